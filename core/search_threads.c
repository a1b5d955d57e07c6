/* SPDX-License-Identifier: MIT */
/* What a filter finds, as conversations: met from the newest on, each is where its newest message was found. */
#include "core/search_threads.h"
#include "core/store_private.h"
#include <string.h>

/* A conversation is known to have come already only by having been met: so far down it is looked for, behind that it may come twice. */
enum { MET_MAX = 20000, BATCH_MAX = 1000 };

struct gathering {
    store *db;
    const struct window_query *query;
    struct search_request request;
    struct query_spot *spot;
    GHashTable *met;          /* thread ids */
    GPtrArray *newer, *older; /* of struct window_row*: before the anchor, and from it on */
    int looked_at;
};

static void row_destroy(gpointer data)
{
    window_row_free(data);
}

static bool is_in_list(const struct window_query *query, int64_t folder_id)
{
    for (size_t i = 0; i < query->folder_count; i++)
        if (query->folders[i] == folder_id)
            return true;
    return query->folder_count == 0;
}

static void gather(struct gathering *self, struct window_row *row /* taken */)
{
    bool is_newer = self->query->has_anchor && row->sort_key > self->query->anchor_key;
    if (!is_in_list(self->query, row->folder_id) || !g_hash_table_add(self->met, g_memdup2(&row->thread_id, sizeof row->thread_id))) {
        window_row_free(row);
        return;
    }
    g_ptr_array_add(is_newer ? self->newer : self->older, row);
    if (is_newer && (int)self->newer->len > self->query->before)
        g_ptr_array_remove_index(self->newer, 0);
}

/* False with error. *is_end_out: there is nothing older. */
static bool gather_batch(struct gathering *self, bool *is_end_out, GError **error)
{
    g_autoptr(GPtrArray) rows = search_read(self->db, &self->request, self->spot, error);
    if (rows == NULL)
        return false;
    *is_end_out = (int)rows->len < self->request.after;
    self->looked_at += (int)rows->len;
    if (rows->len > 0) {
        self->request.has_anchor = true;
        self->request.anchor_key = ((const struct window_row *)g_ptr_array_index(rows, rows->len - 1))->sort_key - 1;
    }
    self->request.after = MIN(self->request.after * 2, BATCH_MAX);
    g_ptr_array_set_free_func(rows, NULL);
    for (guint i = 0; i < rows->len; i++)
        gather(self, g_ptr_array_index(rows, i));
    return true;
}

static bool gather_all(struct gathering *self, GError **error)
{
    const struct window_query *query = self->query;
    for (bool is_end = false; !is_end && (int)self->older->len < query->after;) {
        bool is_far = self->looked_at > MET_MAX && query->has_anchor && self->request.anchor_key > query->anchor_key;
        if (is_far) { /* on from a little above the anchor */
            self->request.anchor_key = query->anchor_key;
            self->request.before = query->before;
        }
        if (!gather_batch(self, &is_end, error))
            return false;
        self->request.before = 0;
    }
    if ((int)self->older->len > query->after)
        g_ptr_array_set_size(self->older, query->after);
    return true;
}

static GPtrArray *threads_read(struct gathering *self, GError **error)
{
    g_autoptr(GHashTable) met = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_destroy), older = g_ptr_array_new_with_free_func(row_destroy);
    self->met = met;
    self->newer = rows;
    self->older = older;
    self->request.has_anchor = false;
    self->request.before = 0;
    self->request.after = MAX(self->query->after, 1);
    if (!gather_all(self, error))
        return NULL;
    g_ptr_array_extend_and_steal(rows, g_steal_pointer(&older));
    for (guint i = 0; i < rows->len; i++)
        if (!store_window_count_thread(self->db, self->query, g_ptr_array_index(rows, i), error))
            return NULL;
    return g_steal_pointer(&rows);
}

/* Several folders are those of a role in all accounts: the language has a word for that. */
static char *text_of(store *db, const struct window_query *query, const char *text, size_t *shift_out)
{
    static const char *const words[] = { [FOLDER_INBOX] = "inbox",     [FOLDER_DRAFTS] = "drafts", [FOLDER_SENT] = "sent",
                                         [FOLDER_ARCHIVE] = "archive", [FOLDER_JUNK] = "junk",     [FOLDER_TRASH] = "trash" };
    g_autoptr(folder) box = query->folder_count > 1 ? store_folder(db, query->folders[0], NULL) : NULL;
    const char *word = box != NULL && (size_t)box->role < G_N_ELEMENTS(words) ? words[box->role] : NULL;
    *shift_out = 0;
    if (word == NULL || text[strspn(text, " ")] == '\0')
        return g_strdup(text);
    *shift_out = strlen("in: (") + strlen(word);
    return g_strdup_printf("in:%s (%s)", word, text);
}

static void spot_shift(struct query_spot *spot, size_t shift, size_t length)
{
    spot->start = MIN(spot->start - MIN(spot->start, shift), length);
    spot->end = MIN(spot->end - MIN(spot->end, shift), length);
}

GPtrArray *search_read_list(store *db, const struct window_query *query, const char *text, bool is_typed, const GArray *found,
                            struct query_spot *spot_out, GError **error)
{
    size_t shift = 0;
    g_autofree char *whole = text_of(db, query, text, &shift);
    struct query_spot spot = { 0 };
    struct gathering self = { .db = db, .query = query, .spot = &spot };
    self.request = (struct search_request){ .text = whole,
                                            .is_typed = is_typed,
                                            .folder_id = query->folder_count == 1 ? query->folders[0] : 0,
                                            .has_anchor = query->has_anchor,
                                            .anchor_key = query->anchor_key,
                                            .before = query->before,
                                            .after = query->after,
                                            .found = found };
    bool is_threads = query->kind == WINDOW_THREADS && query->folder_count > 0;
    GPtrArray *rows = is_threads ? threads_read(&self, error) : search_read(db, &self.request, &spot, error);
    spot_shift(&spot, shift, strlen(text));
    if (spot_out != NULL && rows == NULL)
        *spot_out = spot;
    return rows;
}
