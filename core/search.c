/* SPDX-License-Identifier: MIT */
/* What is asked of the index and the store: windows of rows, placements, counts. */
#include "core/search.h"
#include "core/search_index.h"
#include "core/search_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static bool search_begin(struct search *self, const char *text, bool is_typed, query_node **root_out, GError **error)
{
    int64_t now = store_now_utc();
    *root_out = is_typed ? query_language_parse_typed(text, now, self->spot, error) : query_language_parse(text, now, self->spot, error);
    self->root = *root_out;
    return self->root != NULL && search_index_attach(self->db, error);
}

/* --- what is asked --- */

#define WAIT_STEP_US 5000

/* The index can be made anew: that is all that has to be done when it is damaged. */
static bool fail_search(store *db, GError **error)
{
    if (sqlite3_extended_errcode(store_db(db)) != SQLITE_CORRUPT_VTAB)
        return store_fail(db, _("The mail could not be looked through"), error);
    search_index_discard(db);
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER,
                        _("The search index is damaged and is being made anew. No mail is touched by this; search again in a moment."));
    return false;
}

bool search_wait(store *db, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    if (!search_index_attach(db, NULL))
        return false;
    for (;;) {
        int64_t behind = -1;
        if (!store_number(
                db, &behind, NULL,
                "SELECT (SELECT coalesce(max(id), 0) FROM messages) > coalesce((SELECT value FROM search.state WHERE key = 'last'), 0)"))
            return false;
        if (behind == 0 || g_get_monotonic_time() >= deadline)
            return behind == 0;
        g_usleep(WAIT_STEP_US);
    }
}

#define ROW_RESULT " d.docid, 0, 1, (p.flags & 1) = 0, (p.flags & 4) <> 0," STORE_ROW_COLUMNS

/* One stream of rows by docid. A message that is in several folders comes in neighbouring rows: the first one stands for it. */
struct stream {
    sqlite3_stmt *row;
    int64_t docid, last; /* of the row at hand, if has_row; of the one before */
    bool has_row, is_over;
};

static void stream_step(struct stream *self)
{
    self->last = self->docid;
    while (!self->is_over) {
        self->has_row = sqlite3_step(self->row) == SQLITE_ROW;
        self->is_over = !self->has_row;
        if (self->has_row && sqlite3_column_int64(self->row, 0) != self->last)
            break;
    }
    self->docid = self->has_row ? sqlite3_column_int64(self->row, 0) : self->docid;
}

/* The whole of what only names: no condition is left for what the server has found. */
static const struct query_node everything = { .kind = QUERY_ALL };

static bool stream_open(struct stream *self, const struct search *search, enum search_direction direction, int64_t oldest, int64_t newest,
                        GError **error)
{
    *self = (struct stream){ .row = search_prepare(search, ROW_RESULT, direction, oldest, newest, error), .docid = G_MININT64 };
    if (self->row == NULL)
        return false;
    stream_step(self);
    return true;
}

static bool stream_close(struct stream *self, store *db, GError **error)
{
    bool is_ok = self->row == NULL || !self->is_over || sqlite3_reset(self->row) == SQLITE_OK || fail_search(db, error);
    sqlite3_finalize(self->row);
    return is_ok;
}

static void take_row(struct stream *from, GPtrArray *rows, bool is_found_by_server)
{
    struct window_row *row = store_window_row(from->row);
    row->is_found_by_server = is_found_by_server;
    g_ptr_array_add(rows, row);
    stream_step(from);
}

/* What is found here, and between it what only a server has found. */
static bool rows_read(const struct search *self, const GArray *found, enum search_direction direction, int64_t oldest, int64_t newest,
                      int count, GPtrArray *rows, GError **error)
{
    const struct search theirs = { .db = self->db, .root = &everything, .folder_id = self->folder_id, .only = found, .spot = self->spot };
    struct stream here, there = { .is_over = true };
    if (count <= 0)
        return true;
    if (!stream_open(&here, self, direction, oldest, newest, error))
        return false;
    bool is_ok = found == NULL || found->len == 0 || stream_open(&there, &theirs, direction, oldest, newest, error);
    for (; is_ok && count > 0 && (here.has_row || there.has_row); count--) {
        bool is_same = here.has_row && there.has_row && here.docid == there.docid;
        bool is_here = is_same || !there.has_row || (here.has_row && (here.docid < there.docid) == (direction == SEARCH_NEWER));
        if (is_same)
            stream_step(&there);
        take_row(is_here ? &here : &there, rows, !is_here);
    }
    is_ok = stream_close(&here, self->db, is_ok ? error : NULL) && is_ok;
    return stream_close(&there, self->db, is_ok ? error : NULL) && is_ok;
}

static void reverse(GPtrArray *rows)
{
    for (guint i = 0, j = rows->len; i + 1 < j; i++) {
        gpointer row = rows->pdata[i];
        rows->pdata[i] = rows->pdata[--j];
        rows->pdata[j] = row;
    }
}

static void row_destroy(gpointer data)
{
    window_row_free(data);
}

GPtrArray *search_read(store *db, const struct search_request *request, struct query_spot *spot_out, GError **error)
{
    struct search search = { .db = db, .folder_id = request->folder_id, .spot = spot_out };
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_destroy);
    g_autoptr(query_node) root = NULL;
    int64_t anchor = request->has_anchor ? request->anchor_key : G_MAXINT64;
    if (!search_begin(&search, request->text, request->is_typed, &root, error))
        return NULL;
    if (request->has_anchor && anchor < G_MAXINT64 &&
        !rows_read(&search, request->found, SEARCH_NEWER, MAX(anchor, G_MININT64) + 1, G_MAXINT64, request->before, rows, error))
        return NULL;
    reverse(rows);
    if (!rows_read(&search, request->found, SEARCH_OLDER, G_MININT64, anchor, request->after, rows, error))
        return NULL;
    return g_steal_pointer(&rows);
}

GArray *search_keep(store *db, const struct query_node *root, int64_t folder_id, const GArray *messages, GError **error)
{
    const struct search search = { .db = db, .root = root, .folder_id = folder_id, .only = messages };
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t last = 0;
    int result = SQLITE_ROW;
    if (messages->len == 0)
        return g_steal_pointer(&kept);
    sqlite3_stmt *row =
        search_index_attach(db, error) ? search_prepare(&search, "d.message_id", SEARCH_OLDER, G_MININT64, G_MAXINT64, error) : NULL;
    if (row == NULL)
        return NULL;
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        if (id != last)
            g_array_append_val(kept, id);
        last = id;
    }
    bool is_done = result == SQLITE_DONE || fail_search(db, error);
    sqlite3_finalize(row);
    return is_done ? g_steal_pointer(&kept) : NULL;
}

GArray *search_placements(store *db, int64_t folder_id, const char *text, int limit, struct query_spot *spot_out, GError **error)
{
    struct search search = { .db = db, .folder_id = folder_id, .spot = spot_out };
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query_node) root = NULL;
    if (!search_begin(&search, text, false, &root, error))
        return NULL;
    sqlite3_stmt *row = search_prepare(&search, "p.id", SEARCH_ANY_ORDER, G_MININT64, G_MAXINT64, error);
    int result = SQLITE_ROW;
    if (row == NULL)
        return NULL;
    while ((int)ids->len < limit && (result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    bool is_done = result == SQLITE_ROW || result == SQLITE_DONE || fail_search(db, error);
    sqlite3_finalize(row);
    return is_done ? g_steal_pointer(&ids) : NULL;
}

bool search_count(store *db, const char *text, int limit, int64_t *total_out, int64_t *unread_out, GError **error)
{
    struct search search = { .db = db };
    g_autoptr(query_node) root = NULL;
    if (!search_begin(&search, text, false, &root, error))
        return false;
    sqlite3_stmt *row = search_prepare(&search, "d.docid, (p.flags & 1) = 0", SEARCH_OLDER, G_MININT64, G_MAXINT64, error);
    int64_t last = 0, total = 0, unread = 0;
    int result = SQLITE_ROW;
    if (row == NULL)
        return false;
    while (total < limit && (result = sqlite3_step(row)) == SQLITE_ROW) {
        if (sqlite3_column_int64(row, 0) == last)
            continue;
        last = sqlite3_column_int64(row, 0);
        total++;
        unread += sqlite3_column_int64(row, 1);
    }
    bool is_done = result == SQLITE_ROW || result == SQLITE_DONE || fail_search(db, error);
    sqlite3_finalize(row);
    if (is_done) {
        *total_out = total;
        *unread_out = unread;
    }
    return is_done;
}
