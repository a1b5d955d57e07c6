/* SPDX-License-Identifier: MIT */
/* The message list: shows what list_model has in its hands, keeps the marks. */
#include "ui/view_list.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/unified.h"
#include "ui/view_list_private.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { WHEEL_ROWS = 3, MINUTE_MS = 60000, SAME_THREAD_MAX = 500 };

/* Before anything is done with the rows: they are what the store has now. */
struct view_list *view_list_fresh(view *base)
{
    struct view_list *self = view_list_of(base);
    if (self->is_stale)
        list_model_reload(self->model);
    self->is_stale = false;
    view_touch(base);
    return self;
}

static GArray *folders_of(app *ui, int64_t folder_id)
{
    if (folder_id < 0)
        return unified_folders(ui, folder_id);
    GArray *one = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (folder_id != 0)
        g_array_append_val(one, folder_id);
    return one;
}

static bool shows_recipients(app *ui, int64_t folder_id)
{
    g_autoptr(folder) box = folder_id > 0 ? store_folder(app_store(ui), folder_id, NULL) : NULL;
    enum folder_role role = box != NULL ? box->role : folder_id < 0 ? (enum folder_role) - folder_id : FOLDER_NONE;
    return role == FOLDER_SENT || role == FOLDER_DRAFTS || role == FOLDER_OUTBOX;
}

void view_list_show(view *base, int64_t folder_id, int64_t placement_id)
{
    struct view_list *self = view_list_of(base);
    g_autoptr(GArray) folders = folders_of(base->app, folder_id);
    const int64_t *ids = (const int64_t *)(void *)folders->data;
    struct window_order order = list_order_for(self->order, folder_id, ids, folders->len);
    self->shows_recipients = shows_recipients(base->app, folder_id);
    self->is_stale = false;
    view_list_drop_job(self, &self->marks_job);
    g_hash_table_remove_all(self->marks);
    g_hash_table_remove_all(self->labels);
    view_list_forget_fault(self);
    list_model_set_order(self->model, &order, false);
    list_model_show_view(self->model, folder_id, ids, folders->len, placement_id);
    view_touch(base);
}

const struct window_order *view_list_order(const view *base)
{
    return list_model_order(view_list_peek(base)->model);
}

bool view_list_set_order(view *base, const struct window_order *order)
{
    struct view_list *self = view_list_fresh(base);
    size_t count;
    const int64_t *folders = list_model_folders(self->model, &count);
    bool is_ready = list_order_set(self->order, list_model_folder(self->model), folders, count, order);
    if (is_ready)
        list_model_set_order(self->model, order, true);
    return is_ready;
}

bool view_list_shows(const view *base, int64_t folder_id)
{
    return list_model_has_folder(view_list_peek(base)->model, folder_id);
}

/* An order that was being built is there. */
static void take_order(struct view_list *self)
{
    size_t count;
    const int64_t *folders = list_model_folders(self->model, &count);
    const struct window_order *shown = list_model_order(self->model);
    struct window_order order = list_order_for(self->order, list_model_folder(self->model), folders, count);
    if (count == 0 || (order.sort == shown->sort && order.is_reversed == shown->is_reversed && order.is_flat == shown->is_flat))
        return;
    list_model_set_order(self->model, &order, true);
    app_say(self->base.app, _("Order: %s. It is remembered for this folder."), list_order_words(&order));
    view_touch(&self->base);
}

/* An account came or went. */
static void follow_accounts(struct view_list *self)
{
    int64_t shown = list_model_folder(self->model);
    size_t count;
    const int64_t *now = list_model_folders(self->model, &count);
    if (shown >= 0)
        return;
    g_autoptr(GArray) folders = unified_folders(self->base.app, shown);
    if (folders->len != count || memcmp(folders->data, now, count * sizeof *now) != 0)
        view_list_show(&self->base, shown, view_list_current(&self->base));
}

int64_t view_list_folder(const view *base)
{
    return list_model_folder(view_list_peek(base)->model);
}

int64_t view_list_current(const view *base)
{
    const struct list_item *item = list_model_current(view_list_peek(base)->model);
    return item != NULL ? item->row->placement_id : 0;
}

void view_list_hold(view *base)
{
    struct view_list *self = view_list_of(base);
    list_model_hold(self->model, self->drawn_mail);
}

int64_t view_list_to_open(view *base)
{
    return list_model_to_open(view_list_fresh(base)->model);
}

guint view_list_mark_count(const view *base)
{
    return g_hash_table_size(view_list_peek(base)->marks);
}

bool view_list_has_marks(const view *base)
{
    return g_hash_table_size(view_list_peek(base)->marks) > 0;
}

GArray *view_list_targets(view *base)
{
    struct view_list *self = view_list_fresh(base);
    if (!view_list_has_marks(base))
        return list_model_targets(self->model);
    GArray *targets = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GHashTableIter iter;
    gpointer id = NULL;
    g_hash_table_iter_init(&iter, self->marks);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        g_array_append_vals(targets, id, 1);
    return targets;
}

void view_list_reload(view *base)
{
    view_list_of(base)->is_stale = true;
    view_list_fresh(base);
}

bool view_list_step(view *base, enum list_step step)
{
    struct view_list *self = view_list_fresh(base);
    int page = MAX(canvas_area(self->canvas).rows - 1, 1);
    switch (step) {
    case LIST_DOWN:
        return list_model_step(self->model, 1);
    case LIST_UP:
        return list_model_step(self->model, -1);
    case LIST_PAGE_DOWN:
        list_model_scroll(self->model, page);
        break;
    case LIST_PAGE_UP:
        list_model_scroll(self->model, -page);
        break;
    case LIST_HALF_DOWN:
        list_model_scroll(self->model, page / 2);
        break;
    case LIST_HALF_UP:
        list_model_scroll(self->model, -page / 2);
        break;
    case LIST_TOP:
    case LIST_BOTTOM:
        list_model_end(self->model, step == LIST_TOP);
        break;
    }
    return true;
}

bool view_list_go(view *base, int64_t placement_id)
{
    return list_model_go(view_list_fresh(base)->model, placement_id);
}

/* The newest that is older, in all folders of the list. */
static int64_t unread_below(const struct view_list *self, int64_t key, int64_t tie)
{
    store *db = app_store(self->base.app);
    size_t count;
    const int64_t *folders = list_model_folders(self->model, &count);
    int64_t best = 0, best_key = G_MININT64;
    for (size_t i = 0; i < count; i++) {
        int64_t its_key = 0, its_tie = 0, found = store_window_next_unread(db, folders[i], key, tie, true);
        if (found == 0 || !store_window_locate(db, WINDOW_MESSAGES, folders[i], found, &its_key, &its_tie) || its_key < best_key)
            continue;
        best = found;
        best_key = its_key;
    }
    return best;
}

/* Downwards from the cursor, then once more from the newest. */
bool view_list_next_unread(view *base)
{
    struct view_list *self = view_list_fresh(base);
    store *db = app_store(base->app);
    int64_t key = G_MAXINT64, tie = G_MAXINT64;
    int64_t current = view_list_current(base);
    const struct list_item *item = list_model_current(self->model);
    if (item != NULL && item->is_folded && item->row->thread_unread > 0) {
        int64_t inside = list_model_to_open(self->model);
        if (inside != current || !(item->row->flags & MESSAGE_SEEN))
            return list_model_go(self->model, inside);
    }
    if (item != NULL)
        store_window_locate(db, WINDOW_MESSAGES, item->row->folder_id, current, &key, &tie);
    int64_t found = unread_below(self, key, tie);
    if (found == 0)
        found = unread_below(self, G_MAXINT64, G_MAXINT64);
    return found != 0 && list_model_go(self->model, found);
}

bool view_list_reach(view *base, int64_t placement_id)
{
    return list_model_reach(view_list_fresh(base)->model, placement_id);
}

bool view_list_has_threads(const view *base)
{
    return list_model_has_threads(view_list_peek(base)->model) && view_list_folder(base) != 0;
}

static int64_t thread_of(const struct view_list *self, int64_t placement_id)
{
    g_autoptr(placement) row = store_placement(app_store(self->base.app), placement_id, NULL);
    return row != NULL ? row->thread_id : 0;
}

int64_t view_list_next_unread_elsewhere(view *base)
{
    struct view_list *self = view_list_fresh(base);
    const struct list_item *item = list_model_current(self->model);
    int64_t key = G_MAXINT64, tie = G_MAXINT64, here = item != NULL ? item->row->thread_id : 0;
    if (item != NULL) /* by date, whatever the order of the list */
        store_window_locate(app_store(base->app), WINDOW_MESSAGES, item->row->folder_id, item->row->placement_id, &key, &tie);
    for (int i = 0; i < SAME_THREAD_MAX; i++) {
        int64_t found = unread_below(self, key, tie);
        if (found == 0 && key == G_MAXINT64)
            return 0;
        if (found != 0 && thread_of(self, found) != here)
            return found;
        key = tie = G_MAXINT64; /* once more from the newest, then on behind what is found */
        g_autoptr(placement) row = found != 0 ? store_placement(app_store(base->app), found, NULL) : NULL;
        if (row != NULL)
            store_window_locate(app_store(base->app), WINDOW_MESSAGES, row->folder_id, found, &key, &tie);
    }
    return 0;
}

void view_list_set_mark(struct view_list *self, int64_t id, bool is_marked)
{
    if (is_marked)
        g_hash_table_add(self->marks, g_memdup2(&id, sizeof id));
    else
        g_hash_table_remove(self->marks, &id);
    status_touch(self->base.app->status); /* the header says how many */
}

void view_list_mark(view *base, bool is_down)
{
    struct view_list *self = view_list_fresh(base);
    int64_t current = view_list_current(base);
    bool is_marked = g_hash_table_contains(self->marks, &current);
    g_autoptr(GArray) targets = list_model_targets(self->model);
    for (guint i = 0; i < targets->len; i++)
        view_list_set_mark(self, g_array_index(targets, int64_t, i), !is_marked);
    list_model_step(self->model, is_down ? 1 : -1);
}

void view_list_unmark_all(view *base)
{
    g_hash_table_remove_all(view_list_of(base)->marks);
    status_touch(base->app->status);
    view_touch(base);
}

bool view_list_expand(view *base)
{
    return list_model_unfold(view_list_fresh(base)->model, true);
}

bool view_list_collapse(view *base)
{
    return list_model_unfold(view_list_fresh(base)->model, false);
}

void view_list_fold(view *base)
{
    if (!view_list_expand(base) && !view_list_collapse(base))
        app_brief(base->app, _("There is nothing to fold here."));
}

void view_list_fold_all(view *base)
{
    struct view_list *self = view_list_fresh(base);
    list_model_unfold_all(self->model, !list_model_is_unfolded_all(self->model));
}

void view_list_unfold_all(view *base, bool is_open)
{
    list_model_unfold_all(view_list_fresh(base)->model, is_open);
}

/* What stands where no message is, from a row on. */
static void draw_empty(struct view_list *self, int row)
{
    enum { MARGIN = 3 };
    g_autofree char *words = view_list_empty_words(self);
    struct rect area = canvas_area(self->canvas);
    g_autoptr(GArray) starts = width_wrap(words, MAX(area.columns - MARGIN - 1, 10));
    for (guint i = 0; i < starts->len && row < area.rows; i++) {
        size_t start = g_array_index(starts, size_t, i), end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(words);
        canvas_words(self->canvas, row++, MARGIN, area.columns - MARGIN - 1, THEME_DIM, words + start, end - start, words);
    }
}

static void draw(view *base)
{
    struct view_list *self = view_list_fresh(base);
    struct rect area = canvas_area(self->canvas);
    int first = view_list_draw_filter(self), rows = MAX(area.rows - first, 1);
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    list_model_set_rows(self->model, rows);
    int top = list_model_top(self->model), count = list_model_count(self->model);
    self->drawn_at_ms = app_now_ms();
    self->drawn_mail = view_list_current(base);
    base->is_dirty = false;
    if (count == 0 && list_model_is_searching(self->model) && !view_list_is_slow(self))
        return; /* what stands there stays until the answer: most are there in a moment, and an empty list between two is seen */
    for (int i = 0; i < rows; i++) {
        const struct list_item *item = list_model_item(self->model, top + i);
        if (item != NULL)
            view_list_draw_item(self, first + i, item, top + i == list_model_cursor(self->model), now);
        else
            canvas_clear_row(self->canvas, first + i, 0, THEME_NORMAL);
    }
    if (count == 0)
        draw_empty(self, first + MIN(1, rows - 1));
}

/* --- the rest of a view --- */

static bool mouse(view *base, const struct key *key, int row, int column)
{
    struct view_list *self = view_list_fresh(base);
    int first = view_list_filter_rows(self), at = list_model_top(self->model) + row - first;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        list_model_scroll(self->model, key->mouse == MOUSE_WHEEL_DOWN ? WHEEL_ROWS : -WHEEL_ROWS);
    if ((key->mouse == MOUSE_CLICK || key->mouse == MOUSE_DOUBLE) && row >= first && at < list_model_count(self->model)) {
        list_model_set_cursor(self->model, at);
        if (key->mouse == MOUSE_DOUBLE || column < 0)
            app_run_command(base->app, command_find("open"));
    }
    return true;
}

static void event(view *base, const struct event *news)
{
    struct view_list *self = view_list_of(base);
    int64_t folder_id = view_list_folder(base);
    if (list_order_event(self->order, news)) {
        take_order(self);
        return;
    }
    if (news->type == EVENT_FOLDERS_CHANGED)
        follow_accounts(self);
    bool is_filtered = view_list_peek(base)->model != NULL && list_model_filter(view_list_peek(base)->model) != NULL;
    bool is_shown = folder_id == 0 || news->folder == 0 || (self->model != NULL && list_model_has_folder(self->model, news->folder));
    bool is_ours = (news->type == EVENT_FOLDER_CHANGED && is_shown) || (news->type == EVENT_INDEX_CHANGED && is_filtered);
    if (news->type == EVENT_QUERY_DONE) {
        if (view_list_take_answer(view_list_of(base), news->item))
            view_touch(base);
        return;
    }
    if (is_ours || news->type == EVENT_INTENT_FAILED || (news->type == EVENT_FOLDERS_CHANGED && folder_id != 0)) {
        view_list_of(base)->is_stale = true;
        view_touch(base);
    }
}

static void tick(view *base, int64_t now_ms)
{
    struct view_list *self = view_list_of(base);
    if (now_ms - self->drawn_at_ms > MINUTE_MS || view_list_is_slow(self))
        view_touch(base); /* "09:41" becomes "Yesterday" */
}

static void place(view *base, struct rect area)
{
    struct view_list *self = view_list_of(base);
    canvas_move(self->canvas, area);
    if (area.rows > 0)
        list_model_set_rows(self->model, area.rows);
}

static void release(view *base)
{
    struct view_list *self = view_list_of(base);
    view_list_drop_job(self, &self->window_job);
    view_list_drop_job(self, &self->marks_job);
    canvas_free(self->canvas);
    list_model_free(self->model);
    list_order_free(self->order);
    g_hash_table_unref(self->marks);
    g_hash_table_unref(self->labels);
    g_free(self->fault);
    g_clear_pointer(&self->found, g_array_unref);
    g_free(self->server_words);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "list", .context = CONTEXT_LIST, .layout = place, .draw = draw, .mouse = mouse, .event = event, .tick = tick, .free = release
};

view *view_list_new(app *ui)
{
    struct view_list *self = g_new0(struct view_list, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->model = list_model_new(app_store(ui));
    list_model_set_ask(self->model, view_list_ask_window, self);
    list_model_set_threads(self->model, app_settings(ui)->threads);
    self->order = list_order_new(ui);
    self->labels = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    self->marks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return &self->base;
}
