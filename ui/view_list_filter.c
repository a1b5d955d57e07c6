/* SPDX-License-Identifier: MIT */
/* The filter of a list: asks the query thread for what it finds and for what is to be marked, and draws the line with its words. */
#include "core/search_threads.h"
#include "ui/slow_line.h"
#include "ui/view_list_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { MARK_MATCHING_MAX = 100000, INDEX_WAIT_MS = 300, INDEX_COMPLETE_MS = 10000, SLOW_MS = 200 };

/* A question for the query thread, and its answer. */
struct ask {
    struct window_query query; /* its folders are owned */
    char *filter;              /* NULL: none */
    bool is_typed;
    GArray *found; /* what a server has found besides; NULL: nothing */
    GPtrArray *rows;
    GArray *matches;
    struct query_spot spot;
    GError *error;
};

static void ask_free(gpointer data)
{
    struct ask *ask = data;
    g_free((int64_t *)(uintptr_t)ask->query.folders);
    g_free((int64_t *)(uintptr_t)ask->query.sent);
    g_free(ask->filter);
    g_clear_error(&ask->error);
    g_clear_pointer(&ask->rows, g_ptr_array_unref);
    g_clear_pointer(&ask->matches, g_array_unref);
    g_clear_pointer(&ask->found, g_array_unref);
    g_free(ask);
}

static struct ask *ask_new(const struct list_ask *wish)
{
    struct ask *ask = g_new0(struct ask, 1);
    ask->query = wish->query;
    ask->query.folders = g_memdup2(wish->query.folders, wish->query.folder_count * sizeof(int64_t));
    ask->query.sent = g_memdup2(wish->query.sent, wish->query.sent_count * sizeof(int64_t));
    ask->filter = g_strdup(wish->filter);
    ask->is_typed = wish->is_typed;
    return ask;
}

static void read_window(store *db, void *data)
{
    struct ask *ask = data;
    if (db != NULL && !ask->is_typed)
        search_wait(db, INDEX_WAIT_MS); /* mail that has just come; more of it comes in with EVENT_INDEX_CHANGED */
    if (db != NULL)
        ask->rows = search_read_list(db, &ask->query, ask->filter, ask->is_typed, ask->found, &ask->spot, &ask->error);
}

static void read_matches(store *db, void *data)
{
    struct ask *ask = data;
    if (db != NULL)
        search_wait(db, INDEX_COMPLETE_MS);
    if (db != NULL)
        ask->matches = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; ask->matches != NULL && i < MAX(ask->query.folder_count, 1); i++) {
        int64_t folder_id = ask->query.folder_count > 0 ? ask->query.folders[i] : 0;
        g_autoptr(GArray) found = search_placements(db, folder_id, ask->filter, ask->query.after, &ask->spot, &ask->error);
        if (found == NULL)
            g_clear_pointer(&ask->matches, g_array_unref);
        else if (found->len > 0)
            g_array_append_vals(ask->matches, found->data, found->len);
    }
}

void view_list_drop_job(struct view_list *self, int64_t *job)
{
    if (*job != 0)
        query_cancel(app_query(self->base.app), *job);
    *job = 0;
}

void view_list_ask_window(void *data, const struct list_ask *wish)
{
    struct view_list *self = data;
    view_list_drop_job(self, &self->window_job);
    if (wish == NULL)
        return;
    struct ask *ask = ask_new(wish);
    ask->found = self->found != NULL ? g_array_copy(self->found) : NULL; /* the query thread's own */
    self->asked_ms = app_now_ms();
    self->window_job = query_run(app_query(self->base.app), read_window, ask, ask_free);
}

/* Most answers are there before an eye could read that they are awaited. */
bool view_list_is_slow(const struct view_list *self)
{
    return list_model_is_searching(self->model) && app_now_ms() - self->asked_ms >= SLOW_MS;
}

void view_list_forget_fault(struct view_list *self)
{
    g_clear_pointer(&self->fault, g_free);
    self->spot = (struct query_spot){ 0 };
}

void view_list_mark_matching(view *base, const char *words)
{
    struct view_list *self = view_list_of(base);
    struct list_ask wish = { { .folder_id = list_model_folder(self->model), .after = MARK_MATCHING_MAX + 1 }, words, false };
    wish.query.folders = list_model_folders(self->model, &wish.query.folder_count);
    view_list_drop_job(self, &self->marks_job);
    self->marks_job = query_run(app_query(base->app), read_matches, ask_new(&wish), ask_free);
}

static void mark_matches(struct view_list *self, const GArray *matches, const GError *error)
{
    if (matches == NULL) {
        const char *why = error != NULL ? error->message : _("The messages could not be looked through.");
        app_error(self->base.app, _("%s Nothing was marked."), why);
        return;
    }
    guint count = MIN(matches->len, MARK_MATCHING_MAX);
    for (guint i = 0; i < count; i++)
        view_list_set_mark(self, g_array_index(matches, int64_t, i), true);
    if (matches->len > count)
        app_say(self->base.app, _("Marked %u messages; there are more."), count);
    else
        app_say(self->base.app, g_dngettext(GETTEXT_PACKAGE, "Marked %u message.", "Marked %u messages.", count), count);
}

/* True: it was one of ours. */
bool view_list_take_answer(struct view_list *self, int64_t job)
{
    bool is_window = job == self->window_job, is_marks = job == self->marks_job;
    if (job == 0 || (!is_window && !is_marks))
        return false;
    struct ask *ask = query_take(app_query(self->base.app), job);
    *(is_window ? &self->window_job : &self->marks_job) = 0;
    if (is_window) {
        view_list_forget_fault(self);
        self->fault = ask != NULL && ask->error != NULL ? g_strdup(ask->error->message) : NULL;
        self->spot = ask != NULL ? ask->spot : self->spot;
        list_model_answer(self->model, ask != NULL ? g_steal_pointer(&ask->rows) : NULL);
    } else if (ask == NULL || ask->query.folder_id == list_model_folder(self->model)) {
        mark_matches(self, ask != NULL ? ask->matches : NULL, ask != NULL ? ask->error : NULL);
    }
    if (ask != NULL)
        ask_free(ask);
    return true;
}

void view_list_filter(view *base, const char *words, bool is_typed)
{
    struct view_list *self = view_list_fresh(base);
    if (words == NULL)
        view_list_forget_fault(self);
    list_model_set_filter(self->model, words, is_typed);
}

void view_list_show_found(view *base, GArray *found, const char *words)
{
    struct view_list *self = view_list_of(base);
    bool is_same = (found != NULL ? found->len : 0) == (self->found != NULL ? self->found->len : 0);
    g_clear_pointer(&self->found, g_array_unref);
    g_free(self->server_words);
    self->found = found;
    self->server_words = g_strdup(words);
    self->is_stale = self->is_stale || !is_same;
    view_touch(base);
}

void view_list_search(view *base, const char *words, bool is_typed)
{
    if (list_model_folder(view_list_of(base)->model) != 0)
        view_list_show(base, 0, 0);
    view_list_filter(base, words, is_typed);
}

bool view_list_is_search(const view *base)
{
    return list_model_folder(view_list_peek(base)->model) == 0 && list_model_filter(view_list_peek(base)->model) != NULL;
}

const char *view_list_filter_words(const view *base)
{
    return list_model_filter(view_list_peek(base)->model);
}

#define FAULT_ROWS 3u

static GArray *fault_lines(const struct view_list *self)
{
    return width_wrap(self->fault, MAX(canvas_area(self->canvas).columns - 2, 10));
}

static int fault_rows(const struct view_list *self)
{
    g_autoptr(GArray) lines = fault_lines(self);
    return (int)MIN(lines->len, FAULT_ROWS);
}

int view_list_filter_rows(const struct view_list *self)
{
    if (list_model_filter(self->model) == NULL)
        return 0;
    if (self->fault != NULL)
        return 2 + fault_rows(self);
    /* While they are typed they stand in the prompt, and are not written twice with each letter. */
    bool has_more = self->server_words != NULL || view_list_is_slow(self);
    return list_model_is_typed(self->model) && !has_more ? 0 : 1;
}

static void draw_fault_words(const struct view_list *self, int row)
{
    g_autoptr(GArray) lines = fault_lines(self);
    int columns = canvas_area(self->canvas).columns;
    for (guint i = 0; i < MIN(lines->len, FAULT_ROWS); i++) {
        bool is_last = i + 1 == lines->len || i + 1 == FAULT_ROWS; /* what does not fit ends in an ellipsis */
        size_t start = g_array_index(lines, size_t, i), end = is_last ? strlen(self->fault) : g_array_index(lines, size_t, i + 1);
        g_autofree char *line = g_strndup(self->fault + start, end - start);
        canvas_clear_row(self->canvas, row + (int)i, 0, THEME_NORMAL);
        canvas_text(self->canvas, row + (int)i, 1, columns - 2, THEME_ERROR, g_strchomp(line));
    }
}

/* Below the words: a mark under the spot, and below that what is wrong there. */
static void draw_fault(const struct view_list *self, int row, int column)
{
    const char *words = list_model_filter(self->model);
    size_t length = strlen(words), start = MIN(self->spot.start, length), end = CLAMP(self->spot.end, start, length);
    g_autofree char *head = g_strndup(words, start), *part = g_strndup(words + start, end - start);
    int columns = canvas_area(self->canvas).columns, at = column + width_text(head);
    g_autofree char *mark = g_strnfill((gsize)CLAMP(width_text(part), 1, MAX(columns - at - 1, 1)), '^');
    canvas_clear_row(self->canvas, row, 0, THEME_NORMAL);
    canvas_text(self->canvas, row, MIN(at, columns - 2), columns, THEME_ERROR, mark);
    draw_fault_words(self, row + 1);
}

/* The filter's words stand in the first row while there is one. */
int view_list_draw_filter(const struct view_list *self)
{
    const char *words = list_model_filter(self->model);
    if (view_list_filter_rows(self) == 0)
        return 0;
    bool is_search = list_model_folder(self->model) == 0;
    const char *label = view_list_is_slow(self) ? _("Searching:") : is_search ? _("All mail with:") : _("Only with:");
    const char *end = is_search ? _("Esc leaves") : _("Esc shows all");
    int columns = canvas_area(self->canvas).columns;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    int column = 2 + canvas_text(self->canvas, 0, 1, columns - 2, THEME_MATCH, label), at = column;
    at += canvas_text(self->canvas, 0, at, columns - at - 1, THEME_MATCH, words) + 1;
    if (self->server_words != NULL) {
        g_autofree char *news = g_strdup_printf("%s %s", canvas_glyph(GLYPH_DOT), self->server_words);
        at += canvas_text(self->canvas, 0, at, MAX(columns - at - 1, 0), THEME_MATCH, news) + 1;
    }
    g_autofree char *rest = g_strdup_printf("%s %s", canvas_glyph(GLYPH_DOT), end);
    if (!slow_line_is() || app_settings(self->base.app)->hints)
        at += canvas_text(self->canvas, 0, at, MAX(columns - at - 1, 0), THEME_MATCH, rest);
    if (slow_line_is())
        canvas_restyle_row(self->canvas, 0, 1, at - 1, THEME_MATCH); /* one look, blanks too: each change of looks is bytes */
    if (self->fault != NULL)
        draw_fault(self, 1, column);
    return view_list_filter_rows(self);
}
