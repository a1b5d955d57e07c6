/* SPDX-License-Identifier: MIT */
/* Placements of local accounts: rows named by their Maildir file. */
#include "core/store_private.h"

int64_t store_placement_find_file(store *db, int64_t folder_id, const char *file)
{
    int64_t id = 0;
    store_number(db, &id, NULL, "SELECT id FROM placements WHERE folder_id = ? AND file = ?", NUM(folder_id), TXT(file));
    return id;
}

GPtrArray *store_placement_files(store *db, int64_t folder_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    /* Without those that are on their way elsewhere, or not yet delivered here: their files are moved by the intent. */
    g_autoptr(sqlite3_stmt) row = store_select(db, error,
                                               "SELECT file FROM placements p WHERE folder_id = ? AND file IS NOT NULL AND NOT EXISTS"
                                               " (SELECT 1 FROM intents i WHERE i.placement_id = p.id AND i.type IN (1, 2, 3, 4))",
                                               NUM(folder_id));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure))
        g_ptr_array_add(files, store_column_dup(row, 0));
    if (failure == NULL)
        return g_steal_pointer(&files);
    g_propagate_error(error, failure);
    return NULL;
}

bool store_placement_file_vanished(store *db, int64_t folder_id, const char *file, GError **error)
{
    int64_t id = store_placement_find_file(db, folder_id, file);
    if (id == 0)
        return true;
    if (!store_begin(db, error))
        return false;
    return store_end(db, store_placement_drop(db, id, error), error);
}

/* A move that was not carried out yet: its file is still where it was. */
bool store_placement_file_is_leaving(store *db, int64_t folder_id, const char *file)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT COUNT(*) FROM intents WHERE folder_id = ? AND file = ? AND type IN (1, 3) AND state <> 2",
                 NUM(folder_id), TXT(file));
    return count > 0;
}

bool store_placement_set_file_flags(store *db, int64_t folder_id, const char *file, unsigned flags, GError **error)
{
    int64_t id = store_placement_find_file(db, folder_id, file), known = 0;
    if (!store_number(db, &known, error, "SELECT server_flags FROM placements WHERE id = ?", NUM(id)))
        return false;
    if (id == 0 || known == (int64_t)flags)
        return true;
    if (!store_begin(db, error))
        return false;
    return store_end(db,
                     store_run(db, error, "UPDATE placements SET server_flags = ? WHERE id = ?", NUM(flags), NUM(id)) &&
                         store_placement_refresh_flags(db, id, error),
                     error);
}
