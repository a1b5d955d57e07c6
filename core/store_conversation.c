/* SPDX-License-Identifier: MIT */
/* A whole conversation across folders and accounts. */
#include "core/store_conversation.h"
#include "core/store_private.h"

static const char rows_of_thread[] =
    "SELECT p.id, p.message_id, p.folder_id, p.sort_key, p.flags, p.folder_id = ?2 FROM placements AS p INDEXED BY"
    " placements_by_thread CROSS JOIN folders AS f ON f.id = p.folder_id WHERE p.thread_id = ?1 AND"
    " p.folder_id > 0 AND (f.role NOT IN (5, 6) OR f.id = ?2) LIMIT ?3";
G_STATIC_ASSERT(FOLDER_JUNK == 5 && FOLDER_TRASH == 6);

static gint oldest_first(gconstpointer a, gconstpointer b)
{
    const struct conversation_entry *one = a, *other = b;
    if (one->sort_key != other->sort_key)
        return one->sort_key < other->sort_key ? -1 : 1;
    return one->placement_id < other->placement_id ? -1 : one->placement_id > other->placement_id;
}

/* A message in several folders: the one that is asked for, else the one it came to first. */
static void entry_add(GArray *entries, GHashTable *places, const struct conversation_entry *entry, bool is_preferred)
{
    gpointer place = g_hash_table_lookup(places, &entry->message_id);
    if (place == NULL) {
        g_array_append_val(entries, *entry);
        g_hash_table_insert(places, g_memdup2(&entry->message_id, sizeof entry->message_id), GUINT_TO_POINTER(entries->len));
        return;
    }
    struct conversation_entry *known = &g_array_index(entries, struct conversation_entry, GPOINTER_TO_UINT(place) - 1);
    if (is_preferred)
        *known = *entry;
}

GArray *store_conversation(store *db, int64_t thread_id, int64_t folder_id, int limit, GError **error)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(struct conversation_entry));
    g_autoptr(GHashTable) places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(sqlite3_stmt) row = store_select(db, error, rows_of_thread, NUM(thread_id), NUM(folder_id), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        const struct conversation_entry entry = { .placement_id = sqlite3_column_int64(row, 0),
                                                  .message_id = sqlite3_column_int64(row, 1),
                                                  .folder_id = sqlite3_column_int64(row, 2),
                                                  .sort_key = sqlite3_column_int64(row, 3),
                                                  .flags = (unsigned)sqlite3_column_int64(row, 4) };
        entry_add(entries, places, &entry, sqlite3_column_int(row, 5) != 0);
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return NULL;
    }
    g_array_sort(entries, oldest_first);
    return g_steal_pointer(&entries);
}

struct window_row *store_conversation_row(store *db, int64_t placement_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error,
                                               "SELECT p.sort_key, p.id, 1, (p.flags & 1) = 0, (p.flags & 4) <> 0," STORE_ROW_COLUMNS
                                               " FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?",
                                               NUM(placement_id));
    return row != NULL && store_step(db, row, error) ? store_window_row(row) : NULL;
}
