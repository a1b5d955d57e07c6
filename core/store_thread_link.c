/* SPDX-License-Identifier: MIT */
/* Conversations broken and joined by hand: what is there is moved at once, and a row in thread_links says what to think of mail that comes. */
#include "core/store_thread_link.h"
#include "core/store_private.h"
#include "core/store_window.h"
#include <glib/gi18n-lib.h>

enum { CONVERSATION_MAX = 5000, JOIN_MAX = 100 };

static bool fail_other(const char *words, GError **error)
{
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, words);
    return false;
}

/* A message as the links know it. */
struct member {
    int64_t message_id, thread_id, hash; /* hash 0: it has no Message-ID, and is forgotten when it is read anew */
};

static bool member_read(store *db, int64_t placement_id, struct member *member_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT m.id, m.thread_id, coalesce(m.message_hash, 0) FROM placements AS p CROSS JOIN messages"
                     " AS m ON m.id = p.message_id WHERE p.id = ?",
                     NUM(placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure)) {
        *member_out = (struct member){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2) };
        return true;
    }
    if (failure == NULL)
        return store_missing(error, _("The message is gone."));
    g_propagate_error(error, failure);
    return false;
}

/* --- breaking --- */

static bool message_move(store *db, int64_t message_id, int64_t thread_id, GError **error)
{
    return store_run(db, error, "UPDATE placements SET thread_id = ? WHERE message_id = ?", NUM(thread_id), NUM(message_id)) &&
           store_run(db, error, "UPDATE messages SET thread_id = ? WHERE id = ?", NUM(thread_id), NUM(message_id)) &&
           store_run(db, error, "UPDATE thread_refs SET thread_id = ? WHERE hash = (SELECT message_hash FROM messages WHERE id = ?)",
                     NUM(thread_id), NUM(message_id));
}

/* The message and what hangs from it: the run of deeper rows behind it in the tree. */
static bool branch_find(const GPtrArray *tree, int64_t message_id, guint *first_out, guint *count_out)
{
    for (guint i = 0; i < tree->len; i++) {
        const struct window_row *row = g_ptr_array_index(tree, i);
        if (row->message_id != message_id)
            continue;
        guint end = i + 1;
        while (end < tree->len && ((const struct window_row *)g_ptr_array_index(tree, end))->depth > row->depth)
            end++;
        *first_out = i;
        *count_out = end - i;
        return true;
    }
    return false;
}

/* A number no message has or will have: threads are named by them. */
static bool thread_name(store *db, int64_t *thread_out, GError **error)
{
    return store_run(db, error, "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'messages'") &&
           store_number(db, thread_out, error, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'");
}

static bool branch_move(store *db, const struct member *member, GError **error)
{
    guint first, count;
    int64_t thread = 0;
    g_autoptr(GPtrArray) tree = store_window_thread(db, member->thread_id, 0, CONVERSATION_MAX, error);
    if (tree == NULL)
        return false;
    if (!branch_find(tree, member->message_id, &first, &count))
        return fail_other(_("This conversation is too long to be broken here."), error);
    if (count == tree->len)
        return fail_other(_("This message is the first of its conversation already."), error);
    if (!thread_name(db, &thread, error))
        return false;
    for (guint i = first; i < first + count; i++)
        if (!message_move(db, ((const struct window_row *)g_ptr_array_index(tree, i))->message_id, thread, error))
            return false;
    return member->hash == 0 ||
           store_run(db, error, "INSERT OR REPLACE INTO thread_links(hash, root, is_cut) VALUES(?1, ?1, 1)", NUM(member->hash));
}

bool store_thread_break(store *db, int64_t placement_id, GError **error)
{
    struct member member = { 0 };
    if (!store_begin(db, error))
        return false;
    bool is_done = member_read(db, placement_id, &member, error) && branch_move(db, &member, error);
    return store_end(db, is_done, error);
}

/* --- joining --- */

/* It keeps being cut from what its own header names, where it was. */
static bool link_write(store *db, const struct member *one, const struct member *to, GError **error)
{
    if (one->hash == 0 || to->hash == 0)
        return true;
    return store_run(db, error, "INSERT OR IGNORE INTO thread_links(hash, root) VALUES(?1, ?1)", NUM(one->hash)) &&
           store_run(db, error, "UPDATE thread_links SET root = ? WHERE hash = ?", NUM(to->hash), NUM(one->hash));
}

static bool is_known(const GArray *members, int64_t thread_id)
{
    for (guint i = 0; i < members->len; i++)
        if (g_array_index(members, struct member, i).thread_id == thread_id)
            return true;
    return false;
}

static bool join_all(store *db, const int64_t *placements, size_t count, int *joined_out, GError **error)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(struct member));
    g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < count; i++) {
        struct member member = { 0 };
        if (!member_read(db, placements[i], &member, error))
            return false;
        if (is_known(members, member.thread_id))
            continue;
        g_array_append_val(members, member);
        g_array_append_val(threads, member.thread_id);
    }
    if (members->len > JOIN_MAX)
        return fail_other(_("So many conversations cannot be joined at once."), error);
    *joined_out = (int)members->len;
    for (guint i = 1; i < members->len; i++)
        if (!link_write(db, &g_array_index(members, struct member, i), &g_array_index(members, struct member, 0), error))
            return false;
    return members->len < 2 || store_thread_unite(db, (const int64_t *)(void *)threads->data, threads->len, error);
}

bool store_thread_join(store *db, const int64_t *placements, size_t count, int *joined_out, GError **error)
{
    int joined = 0;
    if (!store_begin(db, error))
        return false;
    if (!store_end(db, join_all(db, placements, count, &joined, error), error))
        return false;
    *joined_out = joined;
    return true;
}
