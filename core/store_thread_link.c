/* SPDX-License-Identifier: MIT */
/* Conversations broken and joined by hand: what is there is moved at once, and a row in thread_links says what to think of mail that comes. */
#include "core/store_thread_link.h"
#include "core/intent_private.h"
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
    char *subject;
};

static void member_clear(gpointer data)
{
    g_clear_pointer(&((struct member *)data)->subject, g_free);
}

static bool member_read(store *db, int64_t placement_id, struct member *member_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT m.id, m.thread_id, coalesce(m.message_hash, 0), m.subject FROM placements AS p CROSS JOIN messages"
                     " AS m ON m.id = p.message_id WHERE p.id = ?",
                     NUM(placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure)) {
        *member_out = (struct member){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                                       store_column_dup(row, 3) };
        return true;
    }
    if (failure == NULL)
        return store_missing(error, _("The message is gone."));
    g_propagate_error(error, failure);
    return false;
}

/* --- breaking --- */

bool store_thread_move(store *db, int64_t message_id, int64_t thread_id, GError **error)
{
    return store_run(db, error, "UPDATE placements SET thread_id = ? WHERE message_id = ?", NUM(thread_id), NUM(message_id)) &&
           store_run(db, error, "UPDATE messages SET thread_id = ? WHERE id = ?", NUM(thread_id), NUM(message_id)) &&
           store_run(
               db, error,
               "UPDATE message_refs SET thread_id = ?1 WHERE key IN " MESSAGE_REF_KEYS("(SELECT message_hash FROM messages WHERE id = ?2)"),
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

static bool branch_move(store *db, int64_t action_id, const struct member *member, GError **error)
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
    for (guint i = first; i < first + count; i++) {
        int64_t message = ((const struct window_row *)g_ptr_array_index(tree, i))->message_id;
        if (!action_thread_note_message(db, action_id, message, thread, error) || !store_thread_move(db, message, thread, error))
            return false;
    }
    return member->hash == 0 ||
           (action_thread_note_link(db, action_id, member->hash, error) &&
            store_run(db, error, "INSERT OR REPLACE INTO thread_links(hash, root, is_cut) VALUES(?1, ?1, 1)", NUM(member->hash)));
}

static bool action_end(store *db, int64_t action_id, GError **error)
{
    return action_thread_close(db, action_id, error) && action_close(db, action_id, 1, error);
}

static bool break_off(store *db, const struct member *member, GError **error)
{
    const struct action done = { .kind = ACTION_THREAD_BREAK, .from_name = member->subject };
    int64_t action_id = action_begin(db, &done, error);
    return action_id != 0 && branch_move(db, action_id, member, error) && action_end(db, action_id, error);
}

bool store_thread_break(store *db, int64_t placement_id, GError **error)
{
    struct member member = { 0 };
    if (!store_begin(db, error))
        return false;
    bool is_done = member_read(db, placement_id, &member, error) && break_off(db, &member, error);
    member_clear(&member);
    return store_end(db, is_done, error);
}

/* --- joining --- */

/* It keeps being cut from what its own header names, where it was. */
static bool link_write(store *db, int64_t action_id, const struct member *one, const struct member *to, GError **error)
{
    if (one->hash == 0 || to->hash == 0)
        return true;
    return action_thread_note_link(db, action_id, one->hash, error) &&
           store_run(db, error, "INSERT OR IGNORE INTO thread_links(hash, root) VALUES(?1, ?1)", NUM(one->hash)) &&
           store_run(db, error, "UPDATE thread_links SET root = ? WHERE hash = ?", NUM(to->hash), NUM(one->hash));
}

/* All into the greatest, each remembered. */
static bool members_unite(store *db, int64_t action_id, const GArray *members, GError **error)
{
    g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t into = 0;
    for (guint i = 0; i < members->len; i++)
        g_array_append_val(threads, g_array_index(members, struct member, i).thread_id);
    if (!store_thread_greatest(db, (const int64_t *)(void *)threads->data, threads->len, &into, error))
        return false;
    for (guint i = 0; i < threads->len; i++) {
        int64_t from = g_array_index(threads, int64_t, i);
        if (from != into && (!action_thread_note_all(db, action_id, from, into, error) || !store_thread_merge(db, from, into, error)))
            return false;
    }
    return true;
}

static bool is_known(const GArray *members, int64_t thread_id)
{
    for (guint i = 0; i < members->len; i++)
        if (g_array_index(members, struct member, i).thread_id == thread_id)
            return true;
    return false;
}

/* One of each conversation. */
static bool members_read(store *db, const int64_t *placements, size_t count, GArray *members, GError **error)
{
    for (size_t i = 0; i < count; i++) {
        struct member member = { 0 };
        if (!member_read(db, placements[i], &member, error))
            return false;
        if (is_known(members, member.thread_id))
            member_clear(&member);
        else
            g_array_append_val(members, member);
    }
    if (members->len > JOIN_MAX)
        return fail_other(_("So many conversations cannot be joined at once."), error);
    return true;
}

static bool join_all(store *db, const int64_t *placements, size_t count, int *joined_out, GError **error)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(struct member));
    g_array_set_clear_func(members, member_clear);
    if (!members_read(db, placements, count, members, error))
        return false;
    *joined_out = (int)members->len;
    if (members->len < 2)
        return true;
    const struct action done = { .kind = ACTION_THREAD_JOIN, .item_id = members->len };
    int64_t action_id = action_begin(db, &done, error);
    for (guint i = 1; action_id != 0 && i < members->len; i++)
        if (!link_write(db, action_id, &g_array_index(members, struct member, i), &g_array_index(members, struct member, 0), error))
            return false;
    return action_id != 0 && members_unite(db, action_id, members, error) && action_end(db, action_id, error);
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
