/* SPDX-License-Identifier: MIT */
/* The message list: draws what list_model has in its hands, keeps the marks. */
#include "ui/view_list.h"
#include "core/search_threads.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/date.h"
#include "ui/list_model.h"
#include "ui/list_order.h"
#include "ui/unified.h"
#include "ui/row_tags.h"
#include "ui/width.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    MARK_MATCHING_MAX = 100000,
    DATE_COLUMNS = 10,
    WHEEL_ROWS = 3,
    MINUTE_MS = 60000,
    INDEX_WAIT_MS = 300,
    INDEX_COMPLETE_MS = 10000,
    LABEL_COLUMNS = 14,
    SAME_THREAD_MAX = 500,
    LABEL_FROM_COLUMNS = 90
};

struct view_list {
    view base;
    canvas *canvas;
    list_model *model;
    list_order *order;
    GHashTable *marks;  /* placement ids */
    GHashTable *labels; /* folder id → name, of rows that say where they are */
    bool is_stale, shows_recipients;
    int64_t drawn_at_ms;
    int64_t window_job, marks_job; /* on the query thread; 0: none */
    GArray *found;                 /* of int64_t: messages a server has found besides; NULL: none was asked */
    char *server_words;            /* what is to be said of that */
    char *fault;                   /* what is wrong with the filter; NULL: nothing */
    struct query_spot spot;        /* and where */
};

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

static void drop_job(struct view_list *self, int64_t *job)
{
    if (*job != 0)
        query_cancel(app_query(self->base.app), *job);
    *job = 0;
}

static void ask_window(void *data, const struct list_ask *wish)
{
    struct view_list *self = data;
    drop_job(self, &self->window_job);
    if (wish == NULL)
        return;
    struct ask *ask = ask_new(wish);
    ask->found = self->found != NULL ? g_array_copy(self->found) : NULL; /* the query thread's own */
    self->window_job = query_run(app_query(self->base.app), read_window, ask, ask_free);
}

static void forget_fault(struct view_list *self)
{
    g_clear_pointer(&self->fault, g_free);
    self->spot = (struct query_spot){ 0 };
}

static struct view_list *cast(view *self)
{
    return (struct view_list *)(void *)self;
}

static const struct view_list *peek(const view *self)
{
    return (const struct view_list *)(const void *)self;
}

/* Before anything is done with the rows: they are what the store has now. */
static struct view_list *fresh(view *base)
{
    struct view_list *self = cast(base);
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
    struct view_list *self = cast(base);
    g_autoptr(GArray) folders = folders_of(base->app, folder_id);
    const int64_t *ids = (const int64_t *)(void *)folders->data;
    struct window_order order = list_order_for(self->order, folder_id, ids, folders->len);
    self->shows_recipients = shows_recipients(base->app, folder_id);
    self->is_stale = false;
    drop_job(self, &self->marks_job);
    g_hash_table_remove_all(self->marks);
    g_hash_table_remove_all(self->labels);
    forget_fault(self);
    list_model_set_order(self->model, &order, false);
    list_model_show_view(self->model, folder_id, ids, folders->len, placement_id);
    view_touch(base);
}

const struct window_order *view_list_order(const view *base)
{
    return list_model_order(peek(base)->model);
}

bool view_list_set_order(view *base, const struct window_order *order)
{
    struct view_list *self = fresh(base);
    size_t count;
    const int64_t *folders = list_model_folders(self->model, &count);
    bool is_ready = list_order_set(self->order, list_model_folder(self->model), folders, count, order);
    if (is_ready)
        list_model_set_order(self->model, order, true);
    return is_ready;
}

bool view_list_shows(const view *base, int64_t folder_id)
{
    return list_model_has_folder(peek(base)->model, folder_id);
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
    return list_model_folder(peek(base)->model);
}

int64_t view_list_current(const view *base)
{
    const struct list_item *item = list_model_current(peek(base)->model);
    return item != NULL ? item->row->placement_id : 0;
}

int64_t view_list_to_open(view *base)
{
    return list_model_to_open(fresh(base)->model);
}

bool view_list_has_marks(const view *base)
{
    return g_hash_table_size(peek(base)->marks) > 0;
}

GArray *view_list_targets(view *base)
{
    struct view_list *self = fresh(base);
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
    cast(base)->is_stale = true;
    fresh(base);
}

bool view_list_step(view *base, enum list_step step)
{
    struct view_list *self = fresh(base);
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
    return list_model_go(fresh(base)->model, placement_id);
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
    struct view_list *self = fresh(base);
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
    return list_model_reach(fresh(base)->model, placement_id);
}

bool view_list_has_threads(const view *base)
{
    return list_model_has_threads(peek(base)->model) && view_list_folder(base) != 0;
}

static int64_t thread_of(const struct view_list *self, int64_t placement_id)
{
    g_autoptr(placement) row = store_placement(app_store(self->base.app), placement_id, NULL);
    return row != NULL ? row->thread_id : 0;
}

int64_t view_list_next_unread_elsewhere(view *base)
{
    struct view_list *self = fresh(base);
    const struct list_item *item = list_model_current(self->model);
    int64_t key = item != NULL ? item->row->sort_key : G_MAXINT64, tie = item != NULL ? item->row->placement_id : G_MAXINT64;
    int64_t here = item != NULL ? item->row->thread_id : 0;
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

static void set_mark(struct view_list *self, int64_t id, bool is_marked)
{
    if (is_marked)
        g_hash_table_add(self->marks, g_memdup2(&id, sizeof id));
    else
        g_hash_table_remove(self->marks, &id);
}

void view_list_mark(view *base, bool is_down)
{
    struct view_list *self = fresh(base);
    int64_t current = view_list_current(base);
    bool is_marked = g_hash_table_contains(self->marks, &current);
    g_autoptr(GArray) targets = list_model_targets(self->model);
    for (guint i = 0; i < targets->len; i++)
        set_mark(self, g_array_index(targets, int64_t, i), !is_marked);
    list_model_step(self->model, is_down ? 1 : -1);
}

void view_list_unmark_all(view *base)
{
    g_hash_table_remove_all(cast(base)->marks);
    view_touch(base);
}

void view_list_mark_matching(view *base, const char *words)
{
    struct view_list *self = cast(base);
    struct list_ask wish = { { .folder_id = list_model_folder(self->model), .after = MARK_MATCHING_MAX + 1 }, words, false };
    wish.query.folders = list_model_folders(self->model, &wish.query.folder_count);
    drop_job(self, &self->marks_job);
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
        set_mark(self, g_array_index(matches, int64_t, i), true);
    if (matches->len > count)
        app_say(self->base.app, _("Marked %u messages; there are more."), count);
    else
        app_say(self->base.app, g_dngettext(GETTEXT_PACKAGE, "Marked %u message.", "Marked %u messages.", count), count);
}

/* True: it was one of ours. */
static bool take_answer(struct view_list *self, int64_t job)
{
    bool is_window = job == self->window_job, is_marks = job == self->marks_job;
    if (job == 0 || (!is_window && !is_marks))
        return false;
    struct ask *ask = query_take(app_query(self->base.app), job);
    *(is_window ? &self->window_job : &self->marks_job) = 0;
    if (is_window) {
        forget_fault(self);
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

bool view_list_expand(view *base)
{
    return list_model_unfold(fresh(base)->model, true);
}

bool view_list_collapse(view *base)
{
    return list_model_unfold(fresh(base)->model, false);
}

void view_list_fold(view *base)
{
    if (!view_list_expand(base))
        view_list_collapse(base);
}

void view_list_filter(view *base, const char *words, bool is_typed)
{
    struct view_list *self = fresh(base);
    if (words == NULL)
        forget_fault(self);
    list_model_set_filter(self->model, words, is_typed);
}

void view_list_show_found(view *base, GArray *found, const char *words)
{
    struct view_list *self = cast(base);
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
    if (list_model_folder(cast(base)->model) != 0)
        view_list_show(base, 0, 0);
    view_list_filter(base, words, is_typed);
}

bool view_list_is_search(const view *base)
{
    return list_model_folder(peek(base)->model) == 0 && list_model_filter(peek(base)->model) != NULL;
}

const char *view_list_filter_words(const view *base)
{
    return list_model_filter(peek(base)->model);
}

void view_list_fold_all(view *base)
{
    struct view_list *self = fresh(base);
    list_model_unfold_all(self->model, !list_model_is_unfolded_all(self->model));
}

/* --- drawing --- */

struct columns {
    int from, star, subject, subject_width, from_width, clip, clip_width, date;
};

static struct columns columns_for(int width)
{
    struct columns at = { .from = 3 };
    at.from_width = CLAMP(width / 4, 14, 26);
    at.star = at.from + at.from_width + 1;
    at.subject = at.star + 2;
    at.date = width - DATE_COLUMNS - 1;
    at.clip_width = 5;
    at.clip = at.date - at.clip_width;
    at.subject_width = MAX(at.clip - at.subject - 1, 0);
    return at;
}

static const char *state_glyph(const struct view_list *self, const struct list_item *item)
{
    const struct window_row *row = item->row;
    bool is_unread = item->is_folded ? row->thread_unread > 0 : !(row->flags & MESSAGE_SEEN);
    if (g_hash_table_contains(self->marks, &row->placement_id))
        return canvas_glyph(GLYPH_MARK);
    if (is_unread)
        return canvas_glyph(GLYPH_UNREAD);
    if (row->flags & MESSAGE_ANSWERED)
        return canvas_glyph(GLYPH_REPLIED);
    return row->flags & MESSAGE_FORWARDED ? canvas_glyph(GLYPH_FORWARDED) : " ";
}

static void draw_names(const struct view_list *self, int at, const struct columns *columns, const struct list_item *item,
                       enum theme_style style)
{
    const struct window_row *row = item->row;
    int column = columns->from, right = columns->from + columns->from_width;
    const char *names = self->shows_recipients && row->to != NULL && *row->to != '\0' ? row->to : row->from;
    g_autofree char *count = item->is_folded ? g_strdup_printf(" (%d)", row->thread_total + row->thread_sent) : g_strdup("");
    if (item->is_child && row->depth > 0) {
        column += MIN(2 * (row->depth - 1), columns->from_width / 3);
        column +=
            canvas_text(self->canvas, at, column, 3, THEME_TREE, canvas_glyph(item->is_last_child ? GLYPH_LAST_BRANCH : GLYPH_BRANCH)) + 1;
    }
    int room = MAX(right - column - width_text(count), 0);
    if (names == NULL || *names == '\0')
        names = row->from_address != NULL && *row->from_address != '\0' ? row->from_address : _("(nobody)");
    column += canvas_text(self->canvas, at, column, room, style, names);
    canvas_text(self->canvas, at, column, right - column, THEME_DIM, count);
}

static void draw_parts(const struct view_list *self, int at, const struct columns *columns, const struct window_row *row)
{
    char line[32] = "";
    if (row->part_flags & MESSAGE_IS_HEAD)
        g_strlcat(line, canvas_glyph(GLYPH_ELLIPSIS), sizeof line);
    if (row->part_flags & MESSAGE_HAS_INVITATION)
        g_strlcat(line, canvas_glyph(GLYPH_CALENDAR), sizeof line);
    if (row->attachment_count > 1)
        g_snprintf(line + strlen(line), sizeof line - strlen(line), "%s %d", canvas_glyph(GLYPH_CLIP), MIN(row->attachment_count, 99));
    else if (row->part_flags & MESSAGE_HAS_ATTACHMENT)
        g_strlcat(line, canvas_glyph(GLYPH_CLIP), sizeof line);
    canvas_text(self->canvas, at, columns->clip, columns->clip_width - 1, THEME_ATTACHMENT, line);
}

/* "Sent", or in a list of several accounts the account's name. */
static const char *label_of(const struct view_list *self, const struct list_item *item)
{
    bool is_unified = list_model_folder(self->model) < 0, has_room = canvas_area(self->canvas).columns >= LABEL_FROM_COLUMNS;
    if (!item->is_elsewhere && !(is_unified && has_room))
        return NULL;
    char *label = g_hash_table_lookup(self->labels, &item->row->folder_id);
    if (label != NULL)
        return label;
    g_autoptr(folder) box = store_folder(app_store(self->base.app), item->row->folder_id, NULL);
    const struct account *owner = box != NULL ? app_account(self->base.app, box->account_id) : NULL;
    label = g_strdup(box == NULL          ? ""
                     : item->is_elsewhere ? (box->role == FOLDER_SENT ? _("Sent") : box->name)
                     : owner != NULL      ? owner->name
                                          : "");
    g_hash_table_insert(self->labels, g_memdup2(&item->row->folder_id, sizeof(int64_t)), label);
    return label;
}

static void draw_subject(const struct view_list *self, int at, const struct columns *columns, const struct list_item *item,
                         enum theme_style style)
{
    const char *label = label_of(self, item), *subject = item->row->subject;
    int column = columns->subject, right = columns->subject + columns->subject_width;
    if (label != NULL && *label != '\0') {
        column += canvas_text(self->canvas, at, column, MIN(LABEL_COLUMNS, columns->subject_width / 2), THEME_DIM, label);
        column += canvas_text(self->canvas, at, column, right - column, THEME_DIM, " ");
        column += canvas_text(self->canvas, at, column, right - column, THEME_DIM, canvas_glyph(GLYPH_ARROW)) + 1;
    }
    column += row_tags_draw(self->canvas, at, column, (right - column) / 2, item->row, g_get_real_time() / G_USEC_PER_SEC);
    canvas_text(self->canvas, at, column, right - column, style, subject != NULL && *subject != '\0' ? subject : _("(no subject)"));
}

static void draw_item(const struct view_list *self, int at, const struct list_item *item, bool is_current, int64_t now)
{
    const struct window_row *row = item->row;
    int width = canvas_area(self->canvas).columns;
    struct columns columns = columns_for(width);
    bool is_unread = item->is_folded ? row->thread_unread > 0 : !(row->flags & MESSAGE_SEEN);
    bool is_marked = g_hash_table_contains(self->marks, &row->placement_id);
    bool is_flagged = item->is_folded ? row->thread_flagged > 0 : (row->flags & MESSAGE_FLAGGED) != 0;
    enum theme_style style = is_marked ? THEME_MARKED : is_unread ? THEME_UNREAD : THEME_READ;
    g_autofree char *date = date_short(row->date_utc, now, app_settings(self->base.app)->date_format);
    canvas_clear_row(self->canvas, at, 0, THEME_NORMAL);
    canvas_text(self->canvas, at, 0, 1, style, is_current ? canvas_glyph(GLYPH_ARROW) : " ");
    canvas_text(self->canvas, at, 1, 1, style, state_glyph(self, item));
    if (row->is_found_by_server)
        canvas_text(self->canvas, at, 2, 1, THEME_DIM, canvas_glyph(GLYPH_SERVER));
    draw_names(self, at, &columns, item, style);
    if (is_flagged)
        canvas_text(self->canvas, at, columns.star, 1, THEME_FLAGGED, canvas_glyph(GLYPH_STAR));
    draw_subject(self, at, &columns, item, style);
    draw_parts(self, at, &columns, row);
    canvas_text_right(self->canvas, at, width - 1, DATE_COLUMNS, THEME_DATE, date);
    if (!is_current)
        return;
    bool has_focus = view_top(self->base.app) == &self->base;
    canvas_restyle_row(self->canvas, at, 0, width, has_focus ? THEME_SELECTED : THEME_BOLD);
    if (has_focus && app_settings(self->base.app)->accessible)
        canvas_cursor(self->canvas, at, columns.from);
}

static const char *empty_words(const struct view_list *self)
{
    if (list_model_is_searching(self->model))
        return _("Searching…");
    if (self->fault != NULL)
        return "";
    if (list_model_filter(self->model) != NULL)
        return list_model_folder(self->model) != 0 ? _("No message has these words. Esc shows all again.")
                                                   : _("No message has these words.");
    if (list_model_folder(self->model) == 0)
        return _("Your folders appear here as soon as the account is ready…");
    return _("No messages here.");
}

static int filter_rows(const struct view_list *self)
{
    return list_model_filter(self->model) == NULL ? 0 : self->fault != NULL ? 3 : 1;
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
    canvas_clear_row(self->canvas, row + 1, 0, THEME_NORMAL);
    canvas_text(self->canvas, row, MIN(at, columns - 2), columns, THEME_ERROR, mark);
    canvas_text(self->canvas, row + 1, 1, columns - 2, THEME_ERROR, self->fault);
}

/* The filter's words stand in the first row while there is one. */
static int draw_filter(const struct view_list *self)
{
    const char *words = list_model_filter(self->model);
    if (words == NULL)
        return 0;
    bool is_search = list_model_folder(self->model) == 0, is_searching = list_model_is_searching(self->model);
    const char *label = is_searching ? _("Searching:") : is_search ? _("All mail with:") : _("Only with:");
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
    canvas_text(self->canvas, 0, at, MAX(columns - at - 1, 0), THEME_MATCH, rest);
    if (self->fault != NULL)
        draw_fault(self, 1, column);
    return filter_rows(self);
}

static void draw(view *base)
{
    struct view_list *self = fresh(base);
    struct rect area = canvas_area(self->canvas);
    int first = draw_filter(self), rows = MAX(area.rows - first, 1);
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    list_model_set_rows(self->model, rows);
    int top = list_model_top(self->model), count = list_model_count(self->model);
    self->drawn_at_ms = app_now_ms();
    for (int i = 0; i < rows; i++) {
        const struct list_item *item = list_model_item(self->model, top + i);
        if (item != NULL)
            draw_item(self, first + i, item, top + i == list_model_cursor(self->model), now);
        else
            canvas_clear_row(self->canvas, first + i, 0, THEME_NORMAL);
    }
    if (count == 0)
        canvas_text(self->canvas, first + MIN(1, rows - 1), 3, area.columns - 4, THEME_DIM, empty_words(self));
    base->is_dirty = false;
}

/* --- the rest of a view --- */

static bool mouse(view *base, const struct key *key, int row, int column)
{
    struct view_list *self = fresh(base);
    int first = filter_rows(self), at = list_model_top(self->model) + row - first;
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
    struct view_list *self = cast(base);
    int64_t folder_id = view_list_folder(base);
    if (list_order_event(self->order, news)) {
        take_order(self);
        return;
    }
    if (news->type == EVENT_FOLDERS_CHANGED)
        follow_accounts(self);
    bool is_filtered = peek(base)->model != NULL && list_model_filter(peek(base)->model) != NULL;
    bool is_shown = folder_id == 0 || news->folder == 0 || (self->model != NULL && list_model_has_folder(self->model, news->folder));
    bool is_ours = (news->type == EVENT_FOLDER_CHANGED && is_shown) || (news->type == EVENT_INDEX_CHANGED && is_filtered);
    if (news->type == EVENT_QUERY_DONE) {
        if (take_answer(cast(base), news->item))
            view_touch(base);
        return;
    }
    if (is_ours || news->type == EVENT_INTENT_FAILED || (news->type == EVENT_FOLDERS_CHANGED && folder_id != 0)) {
        cast(base)->is_stale = true;
        view_touch(base);
    }
}

static void tick(view *base, int64_t now_ms)
{
    if (now_ms - cast(base)->drawn_at_ms > MINUTE_MS)
        view_touch(base); /* "09:41" becomes "Yesterday" */
}

static void place(view *base, struct rect area)
{
    struct view_list *self = cast(base);
    canvas_move(self->canvas, area);
    if (area.rows > 0)
        list_model_set_rows(self->model, area.rows);
}

static void release(view *base)
{
    struct view_list *self = cast(base);
    drop_job(self, &self->window_job);
    drop_job(self, &self->marks_job);
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
    list_model_set_ask(self->model, ask_window, self);
    list_model_set_threads(self->model, app_settings(ui)->threads);
    self->order = list_order_new(ui);
    self->labels = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    self->marks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return &self->base;
}
