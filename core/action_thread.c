/* SPDX-License-Identifier: MIT */
/* Undo and redo of conversations broken and joined by hand. What moved is remembered by the hash of its Message-ID, so that it also holds for mail that was
 * read anew since; answers that came since go with what they answer. */
#include "core/intent_private.h"
#include "core/store_window.h"
#include <glib/gi18n-lib.h>

enum { TREE_MAX = 5000 };
/* Rows of action_threads: was and now are conversations, of a link its root (NULL: there was none). */
enum { OF_HASH, OF_MESSAGE /* without a Message-ID */, OF_LINK };

/* --- notes --- */

bool action_thread_note_message(store *db, int64_t action_id, int64_t message_id, int64_t thread_id, GError **error)
{
    return store_run(db, error,
                     "INSERT OR IGNORE INTO action_threads(action_id, kind, key, was, now) SELECT ?1, message_hash IS NULL,"
                     " coalesce(message_hash & " MESSAGE_REF_BITS ", id), thread_id, ?3 FROM messages WHERE id = ?2",
                     NUM(action_id), NUM(message_id), NUM(thread_id));
}
G_STATIC_ASSERT(OF_HASH == 0 && OF_MESSAGE == 1);

bool action_thread_note_all(store *db, int64_t action_id, int64_t from_thread, int64_t thread_id, GError **error)
{
    return store_run(db, error,
                     "INSERT OR IGNORE INTO action_threads(action_id, kind, key, was, now) SELECT ?1, 0, key & " MESSAGE_REF_BITS ","
                     " thread_id, ?3 FROM message_refs WHERE thread_id = ?2 AND message_id IS NULL",
                     NUM(action_id), NUM(from_thread), NUM(thread_id)) &&
           store_run(db, error,
                     "INSERT OR IGNORE INTO action_threads(action_id, kind, key, was, now) SELECT ?1, message_hash IS NULL,"
                     " coalesce(message_hash & " MESSAGE_REF_BITS ", id), thread_id, ?3 FROM messages WHERE thread_id = ?2",
                     NUM(action_id), NUM(from_thread), NUM(thread_id));
}

bool action_thread_note_link(store *db, int64_t action_id, int64_t hash, GError **error)
{
    return store_run(db, error,
                     "INSERT OR IGNORE INTO action_threads(action_id, kind, key, was, was_cut) VALUES(?1, ?3, ?2,"
                     " (SELECT root FROM thread_links WHERE hash = ?2), coalesce((SELECT is_cut FROM thread_links WHERE hash = ?2), 0))",
                     NUM(action_id), NUM(hash), NUM(OF_LINK));
}

bool action_thread_close(store *db, int64_t action_id, GError **error)
{
    return store_run(db, error,
                     "UPDATE action_threads SET now = (SELECT root FROM thread_links WHERE hash = key),"
                     " now_cut = coalesce((SELECT is_cut FROM thread_links WHERE hash = key), 0) WHERE action_id = ? AND kind = ?",
                     NUM(action_id), NUM(OF_LINK));
}

/* --- turning --- */

static bool links_turn(store *db, int64_t action_id, bool is_redo, GError **error)
{
    return store_run(db, error,
                     "DELETE FROM thread_links WHERE hash IN (SELECT key FROM action_threads WHERE action_id = ?1 AND kind = ?3 AND"
                     " CASE ?2 WHEN 1 THEN now ELSE was END IS NULL)",
                     NUM(action_id), NUM(is_redo), NUM(OF_LINK)) &&
           store_run(db, error,
                     "INSERT OR REPLACE INTO thread_links(hash, root, is_cut) SELECT key, CASE ?2 WHEN 1 THEN now ELSE was END,"
                     " CASE ?2 WHEN 1 THEN now_cut ELSE was_cut END FROM action_threads WHERE action_id = ?1 AND kind = ?3 AND"
                     " CASE ?2 WHEN 1 THEN now ELSE was END IS NOT NULL",
                     NUM(action_id), NUM(is_redo), NUM(OF_LINK));
}

/* A way that messages went: from a conversation to another. */
struct way {
    int64_t from, to;
};

static GArray *ways_read(store *db, int64_t action_id, bool is_redo, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT DISTINCT was, now FROM action_threads WHERE action_id = ? AND kind <> ?",
                                               NUM(action_id), NUM(OF_LINK));
    g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(struct way));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        int64_t was = sqlite3_column_int64(row, 0), now = sqlite3_column_int64(row, 1);
        struct way way = { is_redo ? was : now, is_redo ? now : was };
        g_array_append_val(ways, way);
    }
    if (failure == NULL)
        return g_steal_pointer(&ways);
    g_propagate_error(error, failure);
    return NULL;
}

/* Where a message went at that time; 0: it was not there yet. */
static bool target_of(store *db, int64_t action_id, bool is_redo, int64_t message_id, int64_t *target_out, GError **error)
{
    *target_out = 0;
    return store_number(db, target_out, error,
                        "SELECT CASE ?2 WHEN 1 THEN t.now ELSE t.was END FROM messages AS m JOIN action_threads AS t ON t.action_id = ?1"
                        " AND t.kind = (m.message_hash IS NULL) AND t.key = coalesce(m.message_hash & " MESSAGE_REF_BITS
                        ", m.id) WHERE m.id = ?3",
                        NUM(action_id), NUM(is_redo), NUM(message_id));
}

/* One conversation parted again, in the order of its tree: each message goes where it was, or where that went which it answers. */
static bool tree_part(store *db, const struct action *action, bool is_redo, int64_t thread_id, GError **error)
{
    g_autoptr(GPtrArray) tree = store_window_thread(db, thread_id, 0, TREE_MAX, error);
    g_autoptr(GArray) above = g_array_new(FALSE, TRUE, sizeof(int64_t)); /* by depth: where those went that are answered */
    for (guint i = 0; tree != NULL && i < tree->len; i++) {
        const struct window_row *row = g_ptr_array_index(tree, i);
        guint depth = (guint)MAX(row->depth, 0);
        int64_t target = 0;
        if (!target_of(db, action->id, is_redo, row->message_id, &target, error))
            return false;
        if (target == 0 && depth > 0 && depth <= above->len)
            target = g_array_index(above, int64_t, depth - 1);
        g_array_set_size(above, depth + 1);
        g_array_index(above, int64_t, depth) = target;
        if (target != 0 && target != thread_id && !store_thread_move(db, row->message_id, target, error))
            return false;
    }
    return tree != NULL;
}

/* What is known of mail that is not here. */
static bool refs_part(store *db, const struct action *action, bool is_redo, GError **error)
{
    return store_run(db, error,
                     "UPDATE message_refs SET thread_id = (SELECT CASE ?2 WHEN 1 THEN now ELSE was END FROM action_threads WHERE"
                     " action_id = ?1 AND kind = 0 AND key = message_refs.key & " MESSAGE_REF_BITS
                     ") WHERE key IN (SELECT g.base | a.key FROM"
                     " action_threads AS a CROSS JOIN ref_parts AS g WHERE a.action_id = ?1 AND a.kind = 0) AND thread_id IN (SELECT CASE "
                     "?2 WHEN 1 THEN was ELSE now END FROM action_threads"
                     " WHERE action_id = ?1 AND kind <> 2)",
                     NUM(action->id), NUM(is_redo));
}

static bool ways_part(store *db, const struct action *action, bool is_redo, const GArray *ways, GError **error)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < ways->len; i++) {
        struct way *way = &g_array_index(ways, struct way, i);
        if (g_hash_table_add(done, &way->from) && !tree_part(db, action, is_redo, way->from, error))
            return false;
    }
    return refs_part(db, action, is_redo, error);
}

static bool ways_unite(store *db, const GArray *ways, GError **error)
{
    for (guint i = 0; i < ways->len; i++) {
        struct way way = g_array_index(ways, struct way, i);
        if (!store_thread_merge(db, way.from, way.to, error))
            return false;
    }
    return true;
}

static bool is_anything_there(store *db, const GArray *ways, bool *is_there_out, GError **error)
{
    *is_there_out = false;
    for (guint i = 0; i < ways->len && !*is_there_out; i++) {
        int64_t found = 0;
        if (!store_number(db, &found, error, "SELECT 1 FROM messages WHERE thread_id = ? LIMIT 1",
                          NUM(g_array_index(ways, struct way, i).from)))
            return false;
        *is_there_out = found != 0;
    }
    return true;
}

bool action_thread_turn(store *db, const struct action *action, bool is_redo, char **why_out, GError **error)
{
    bool is_there = false, is_uniting = (action->kind == ACTION_THREAD_JOIN) == is_redo;
    g_autoptr(GArray) ways = ways_read(db, action->id, is_redo, error);
    if (ways == NULL || !is_anything_there(db, ways, &is_there, error))
        return false;
    if (!is_there) {
        *why_out = g_strdup(_("its messages are not there any more"));
        return true;
    }
    return links_turn(db, action->id, is_redo, error) &&
           (is_uniting ? ways_unite(db, ways, error) : ways_part(db, action, is_redo, ways, error));
}
