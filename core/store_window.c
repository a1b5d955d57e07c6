/* SPDX-License-Identifier: MIT */
/* What a list shows: keyset windows, so that the newest page of a million rows costs as much as that of a hundred. */
#include "core/store_window.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define AUTHORS_MAX       3
#define AUTHORS_LOOKED_AT 20

void window_row_free(struct window_row *row)
{
    if (row == NULL)
        return;
    g_free(row->from);
    g_free(row->from_address);
    g_free(row->to);
    g_free(row->subject);
    g_free(row->preview);
    g_free(row);
}

static void window_row_destroy(gpointer data)
{
    window_row_free(data);
}

/* --- the statements: ?1 folder, ?2 ?3 position, ?4 count --- */

#define FROM_MESSAGES                                                                                                                      \
    "SELECT p.sort_key, p.id, 1, (p.flags & 1) = 0, (p.flags & 4) <> 0," STORE_ROW_COLUMNS                                                 \
    " FROM placements AS p INDEXED BY placements_by_sort"                                                                                  \
    " CROSS JOIN messages AS m ON m.id = p.message_id WHERE p.folder_id = ?1"
#define FROM_THREADS                                                                                                                       \
    "SELECT t.sort_key, t.thread_id, t.total, t.unread, t.flagged," STORE_ROW_COLUMNS                                                      \
    " FROM folder_threads AS t INDEXED BY folder_threads_by_sort CROSS JOIN placements AS p ON p.id = t.placement_id"                      \
    " CROSS JOIN messages AS m ON m.id = p.message_id WHERE t.folder_id = ?1"
#define OLDER(key, tie)      " AND (" key ", " tie ") <= (?2, ?3)"
#define NEWER(key, tie)      " AND (" key ", " tie ") > (?2, ?3)"
#define DESCENDING(key, tie) " ORDER BY " key " DESC, " tie " DESC LIMIT ?4"
#define ASCENDING(key, tie)  " ORDER BY " key ", " tie " LIMIT ?4"
enum window_direction { DIRECTION_OLDER, DIRECTION_NEWER, DIRECTIONS };
#define BOTH(from, key, tie)                                                                                                               \
    {                                                                                                                                      \
        [DIRECTION_OLDER] = from OLDER(key, tie) DESCENDING(key, tie), [DIRECTION_NEWER] = from NEWER(key, tie) ASCENDING(key, tie)        \
    }
static const char *const statements[][DIRECTIONS] = {
    [WINDOW_MESSAGES] = BOTH(FROM_MESSAGES, "p.sort_key", "p.id"),
    [WINDOW_THREADS] = BOTH(FROM_THREADS, "t.sort_key", "t.thread_id"),
};
static const char next_unread_down[] = "SELECT id FROM placements INDEXED BY placements_unread WHERE folder_id = ? AND (flags & 1) = 0"
                                       " AND (sort_key, id) < (?, ?) ORDER BY sort_key DESC, id DESC LIMIT 1";
static const char next_unread_up[] = "SELECT id FROM placements INDEXED BY placements_unread WHERE folder_id = ? AND (flags & 1) = 0"
                                     " AND (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT 1";

const char *store_window_statement(size_t index)
{
    size_t windows = G_N_ELEMENTS(statements) * DIRECTIONS;
    if (index >= windows)
        return index == windows ? next_unread_down : index == windows + 1 ? next_unread_up : NULL;
    return statements[index / DIRECTIONS][index % DIRECTIONS];
}

/* --- reading --- */

struct window_row *store_window_row(sqlite3_stmt *row)
{
    struct window_row *line = g_new0(struct window_row, 1);
    line->sort_key = sqlite3_column_int64(row, 0);
    line->tie = sqlite3_column_int64(row, 1);
    line->thread_total = sqlite3_column_int(row, 2);
    line->thread_unread = sqlite3_column_int(row, 3);
    line->thread_flagged = sqlite3_column_int(row, 4);
    line->placement_id = sqlite3_column_int64(row, 5);
    line->message_id = sqlite3_column_int64(row, 6);
    line->thread_id = sqlite3_column_int64(row, 7);
    line->folder_id = sqlite3_column_int64(row, 8);
    line->flags = (unsigned)sqlite3_column_int64(row, 9);
    line->date_utc = sqlite3_column_int64(row, 10);
    line->size_bytes = sqlite3_column_int64(row, 11);
    line->part_flags = (unsigned)sqlite3_column_int64(row, 12);
    line->attachment_count = sqlite3_column_int(row, 13);
    line->from = store_column_dup(row, 14);
    line->from_address = store_column_dup(row, 15);
    line->to = store_column_dup(row, 16);
    line->subject = store_column_dup(row, 17);
    line->preview = store_column_dup(row, 18);
    return line;
}

static bool rows_read(store *db, const char *sql, const struct window_query *query, int count, GPtrArray *rows, GError **error)
{
    if (count <= 0)
        return true;
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, sql, NUM(query->folder_id), NUM(query->has_anchor ? query->anchor_key : INT64_MAX),
                     NUM(query->has_anchor ? query->anchor_tie : INT64_MAX), NUM(count));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure))
        g_ptr_array_add(rows, store_window_row(row));
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* "Ada, me": who wrote in it, in the order they came in. */
static bool authors_read(store *db, struct window_row *line, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT coalesce(m.from_name, m.from_address, ''), instr(char(10) || a.addresses, char(10) || lower(m.from_address) || char(10))"
        " FROM placements AS p CROSS JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = p.folder_id"
        " JOIN accounts AS a ON a.id = f.account_id WHERE p.thread_id = ? AND p.folder_id = ? ORDER BY p.sort_key, p.id LIMIT ?",
        NUM(line->thread_id), NUM(line->folder_id), NUM(AUTHORS_LOOKED_AT));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    while (names->len < AUTHORS_MAX && store_step(db, row, &failure)) {
        g_autofree char *name = sqlite3_column_int64(row, 1) > 0 ? g_strdup(_("me")) : store_column_dup(row, 0);
        if (*name != '\0' && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    g_ptr_array_add(names, NULL);
    g_free(line->from);
    line->from = g_strjoinv(", ", (char **)names->pdata);
    return true;
}

static void rows_reverse(GPtrArray *rows)
{
    for (guint i = 0, j = rows->len; i + 1 < j; i++) {
        gpointer row = rows->pdata[i];
        rows->pdata[i] = rows->pdata[--j];
        rows->pdata[j] = row;
    }
}

GPtrArray *store_window_read(store *db, const struct window_query *query, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(window_row_destroy);
    const char *const *sql = statements[query->kind];
    if (query->has_anchor && !rows_read(db, sql[DIRECTION_NEWER], query, query->before, rows, error))
        return NULL;
    rows_reverse(rows);
    if (!rows_read(db, sql[DIRECTION_OLDER], query, query->after, rows, error))
        return NULL;
    for (guint i = 0; query->kind == WINDOW_THREADS && i < rows->len; i++) {
        struct window_row *line = g_ptr_array_index(rows, i);
        if (line->thread_total > 1 && !authors_read(db, line, error))
            return NULL;
    }
    return g_steal_pointer(&rows);
}

bool store_window_locate(store *db, enum window_kind kind, int64_t folder_id, int64_t placement_id, int64_t *key_out, int64_t *tie_out)
{
    g_autoptr(sqlite3_stmt) row =
        kind == WINDOW_MESSAGES
            ? store_select(db, NULL, "SELECT sort_key, id FROM placements WHERE id = ? AND folder_id = ?", NUM(placement_id),
                           NUM(folder_id))
            : store_select(db, NULL,
                           "SELECT t.sort_key, t.thread_id FROM placements AS p JOIN folder_threads AS t ON t.folder_id = p.folder_id"
                           " AND t.thread_id = p.thread_id WHERE p.id = ? AND p.folder_id = ?",
                           NUM(placement_id), NUM(folder_id));
    if (row == NULL || !store_step(db, row, NULL))
        return false;
    *key_out = sqlite3_column_int64(row, 0);
    *tie_out = sqlite3_column_int64(row, 1);
    return true;
}

int64_t store_window_next_unread(store *db, int64_t folder_id, int64_t anchor_key, int64_t anchor_tie, bool is_downwards)
{
    int64_t id = 0;
    store_number(db, &id, NULL, is_downwards ? next_unread_down : next_unread_up, NUM(folder_id), NUM(anchor_key), NUM(anchor_tie));
    return id;
}
