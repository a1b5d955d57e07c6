/* SPDX-License-Identifier: MIT */
/* Placements of local accounts: rows named by their Maildir file. */
#include "core/store_private.h"
#include "core/tag.h"

int64_t store_placement_find_file(store *db, int64_t folder_id, const char *file)
{
    int64_t id = 0;
    store_number(db, &id, NULL, "SELECT id FROM placements WHERE folder_id = ? AND file = ?", NUM(folder_id), TXT(file));
    return id;
}

/* On its way elsewhere and taken back, or not yet delivered here: its file is moved by the intent. */
#define IS_AWAITED " EXISTS (SELECT 1 FROM intents AS i WHERE i.placement_id = p.id AND i.type IN (1, 2, 3, 4))"

GPtrArray *store_placement_files(store *db, int64_t folder_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT file FROM placements AS p WHERE folder_id = ? AND file IS NOT NULL AND NOT" IS_AWAITED, NUM(folder_id));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure))
        g_ptr_array_add(files, g_strdup((const char *)sqlite3_column_text(row, 0)));
    if (failure == NULL)
        return g_steal_pointer(&files);
    g_propagate_error(error, failure);
    return NULL;
}

bool store_placement_file_vanished(store *db, int64_t folder_id, const char *file, GError **error)
{
    int64_t id = 0;
    if (!store_begin(db, error))
        return false;
    bool is_done = store_number(db, &id, error, "SELECT id FROM placements AS p WHERE folder_id = ? AND file = ? AND NOT" IS_AWAITED,
                                NUM(folder_id), TXT(file)) &&
                   (id == 0 || store_placement_drop(db, id, error));
    return store_end(db, is_done, error);
}

/* A move that was not carried out yet: its file is still where it was. */
bool store_placement_file_is_leaving(store *db, int64_t folder_id, const char *file)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT COUNT(*) FROM intents WHERE folder_id = ? AND file = ? AND type IN (1, 3) AND state <> 2",
                 NUM(folder_id), TXT(file));
    return count > 0;
}

bool store_placement_set_file_keywords(store *db, int64_t folder_id, const char *file, const char *keywords, GError **error)
{
    int64_t id = store_placement_find_file(db, folder_id, file);
    return id == 0 || (store_run(db, error, "UPDATE placements SET server_keywords = ? WHERE id = ?", TXT(keywords), NUM(id)) &&
                       store_placement_refresh_keywords(db, id, error));
}

static bool marks_write(store *db, int64_t id, unsigned flags, const char *keywords, GError **error)
{
    return store_run(db, error, "UPDATE placements SET server_flags = ?, server_keywords = ? WHERE id = ?", NUM(flags), TXT(keywords),
                     NUM(id)) &&
           store_placement_refresh_flags(db, id, error) && store_placement_refresh_keywords(db, id, error);
}

/* *id_out 0: no such file, or its marks are these already. */
static bool marks_compare(store *db, int64_t folder_id, const char *file, unsigned flags, const char *keywords, int64_t *id_out,
                          GError **error)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT id, server_flags, server_keywords FROM placements WHERE folder_id = ? AND file = ?", NUM(folder_id), TXT(file));
    *id_out = 0;
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure) &&
        (sqlite3_column_int64(row, 1) != (int64_t)flags || !tag_list_equal((const char *)sqlite3_column_text(row, 2), keywords)))
        *id_out = sqlite3_column_int64(row, 0);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

bool store_placement_set_file_marks(store *db, int64_t folder_id, const char *file, unsigned flags, const char *keywords, GError **error)
{
    int64_t id;
    if (!marks_compare(db, folder_id, file, flags, keywords, &id, error))
        return false;
    return id == 0 || (store_begin(db, error) && store_end(db, marks_write(db, id, flags, keywords, error), error));
}
