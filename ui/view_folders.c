/* SPDX-License-Identifier: MIT */
/* The folder list as a view: its cursor, what is folded, what is looked for. The tree is read when folders come or go (ui/view_folders_tree.c). */
#include "ui/view_folders.h"
#include "core/outbox.h"
#include "core/store_role.h"
#include "ui/cmd_outbox.h"
#include "ui/view_folders_private.h"
#include <string.h>

static const struct view_ops ops;

static struct view_folders *cast(view *self)
{
    return (struct view_folders *)(void *)self;
}

void view_folders_reload(view *self)
{
    cast(self)->is_stale = true;
    view_touch(self);
}

void view_folders_recount(view *base)
{
    struct view_folders *self = cast(base);
    self->news++;
    view_searches_outdate(self->searches);
    self->is_stale = self->is_stale || store_folder_last(app_store(base->app)) > self->last_folder ||
                     outbox_count(app_store(base->app)) != self->outgoing;
    view_touch(base);
}

static struct view_folders *fresh(view *self)
{
    if (cast(self)->is_stale)
        folder_rows_read(cast(self));
    view_touch(self);
    return cast(self);
}

int64_t view_folders_current(const view *self)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    return row != NULL && !row->is_noselect ? row->folder_id : 0;
}

const char *view_folders_search(const view *self)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    return row != NULL ? row->search : NULL;
}

const char *view_folders_search_name(const view *self)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    return row != NULL && row->search != NULL && row->account_id > STARRED_ROW ? row->label : NULL;
}

bool view_folders_is_on_outbox(const view *self)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    return row != NULL && row_is_outbox(row);
}

void view_folders_load_searches(view *base)
{
    view_searches_load(cast(base)->searches);
    view_folders_reload(base);
}

void view_folders_step(view *base, int rows)
{
    struct view_folders *self = fresh(base);
    int64_t wanted = (int64_t)self->cursor + rows;
    self->cursor = (int)CLAMP(wanted, 0, MAX((int64_t)self->rows->len - 1, 0));
}

/* It may lie in a folded branch: then that is opened. */
static int reveal(struct view_folders *self, int64_t folder_id)
{
    store *db = app_store(self->base.app);
    g_autoptr(folder) box = store_folder(db, folder_id, NULL);
    if (box == NULL || folder_folds_has_account(self->folds, box->account_id))
        return -1;
    g_autofree char *home = store_role_home(db, box->account_id, NULL);
    g_autoptr(GPtrArray) parents = folder_tree_parents(box->name, box->delimiter, home);
    for (guint i = 0; i < parents->len; i++)
        folder_folds_set(self->folds, box->account_id, g_ptr_array_index(parents, i), false);
    folder_rows_read(self);
    return folder_rows_find(self, folder_id, 0, NULL);
}

/* --- the filter --- */

static void end_filter(struct view_folders *self)
{
    if (self->filter == NULL)
        return;
    g_clear_pointer(&self->filter, g_free);
    folder_rows_read(self);
}

const char *view_folders_filter_words(const view *self)
{
    return ((const struct view_folders *)(const void *)self)->filter;
}

void view_folders_filter(view *base, const char *words)
{
    struct view_folders *self = fresh(base);
    if (words == NULL || *words == '\0') {
        self->wanted_folder = self->filter != NULL ? self->before_filter : 0;
        end_filter(self);
        return;
    }
    bool is_begun = self->filter != NULL;
    const struct row *row = folder_rows_current(self);
    self->before_filter = is_begun ? self->before_filter : row != NULL ? row->folder_id : 0;
    g_free(self->filter);
    self->filter = g_strdup(words);
    if (!is_begun)
        folder_rows_read(self);
    folder_rows_filter(self);
}

void view_folders_select(view *base, int64_t folder_id)
{
    struct view_folders *self = cast(base);
    view_touch(base);
    if (self->is_stale) { /* the pane may not be on the screen at all: it is read when it is drawn */
        self->wanted_folder = folder_id;
        g_clear_pointer(&self->filter, g_free);
        return;
    }
    end_filter(self); /* it has led where it was to lead */
    int found = folder_rows_find(self, folder_id, 0, NULL);
    if (found < 0 && folder_id != 0)
        found = reveal(self, folder_id);
    if (found >= 0)
        self->cursor = found;
}

/* The row that is above this one in the tree. */
static int parent_row(const struct view_folders *self, int row)
{
    int depth = ((const struct row *)g_ptr_array_index(self->rows, row))->depth;
    while (row > 0 && ((const struct row *)g_ptr_array_index(self->rows, row))->depth >= depth)
        row--;
    return row;
}

void view_folders_fold(view *base, int wish)
{
    struct view_folders *self = fresh(base);
    const struct row *row = folder_rows_current(self);
    if (row == NULL || row->search != NULL || row_is_outbox(row))
        return;
    bool is_leaf = !row->has_children || (wish == 0 && row->is_folded);
    if (is_leaf && wish != 1)
        self->cursor = parent_row(self, self->cursor); /* what it is in is folded */
    row = folder_rows_current(self);
    if (row == NULL || !row->has_children)
        return;
    bool is_wanted = wish < 0 ? !row->is_folded : wish == 0;
    folder_folds_set(self->folds, row->account_id, row->name, is_wanted);
    folder_rows_read(self);
}

void view_folders_toggle_subscribed(view *base, int64_t account_id, bool *is_only_out)
{
    struct view_folders *self = fresh(base);
    *is_only_out = !folder_folds_is_subscribed_only(self->folds, account_id);
    folder_folds_set_subscribed_only(self->folds, account_id, *is_only_out);
    folder_rows_read(self);
}

int64_t view_folders_account(const view *self)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    return row != NULL && row->account_id > 0 ? row->account_id : 0;
}

int64_t view_folders_at_cursor(const view *self, const char **name_out)
{
    const struct row *row = folder_rows_current((const struct view_folders *)(const void *)self);
    *name_out = row != NULL ? row->name : NULL;
    return row != NULL ? row->folder_id : 0;
}

static bool mouse(view *base, const struct key *key, int row, int column)
{
    struct view_folders *self = fresh(base);
    (void)column;
    row -= view_folders_first_row(self);
    if (row < 0)
        return true;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP) {
        view_folders_step(base, key->mouse == MOUSE_WHEEL_DOWN ? 3 : -3);
    } else if ((key->mouse == MOUSE_CLICK || key->mouse == MOUSE_DOUBLE) && self->top + row < (int)self->rows->len) {
        self->cursor = self->top + row;
        const struct row *chosen = folder_rows_current(self);
        if (chosen->search != NULL)
            app_search(base->app, chosen->search, false);
        else if (row_is_outbox(chosen))
            cmd_outbox(base->app, base);
        else if (chosen->is_noselect || (chosen->name == NULL && chosen->folder_id == 0))
            view_folders_fold(base, -1);
        else
            app_open_folder(base->app, chosen->folder_id);
    }
    return true;
}

static void event(view *base, const struct event *event)
{
    if (view_searches_event(cast(base)->searches, event))
        view_touch(base);
    /* An outbox is shown only while it has something. */
    if (event->type == EVENT_FOLDERS_CHANGED || event->type == EVENT_OUTBOX_CHANGED || event->type == EVENT_INTENT_FAILED)
        view_folders_reload(base);
    else if (event->type == EVENT_FOLDER_CHANGED)
        view_folders_recount(base);
}

static void tick(view *base, int64_t now_ms)
{
    view_searches_tick(cast(base)->searches, now_ms);
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
}

static void release(view *base)
{
    struct view_folders *self = cast(base);
    canvas_free(self->canvas);
    g_ptr_array_unref(self->rows);
    g_ptr_array_unref(self->all);
    g_free(self->filter);
    folder_folds_free(self->folds);
    view_searches_free(self->searches);
    g_free(self);
}

static const struct view_ops ops = { .name = "folders",
                                     .context = CONTEXT_FOLDERS,
                                     .layout = place,
                                     .draw = view_folders_draw,
                                     .mouse = mouse,
                                     .event = event,
                                     .tick = tick,
                                     .free = release };

view *view_folders_new(app *ui)
{
    struct view_folders *self = g_new0(struct view_folders, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->all = g_ptr_array_new_with_free_func(folder_rows_free);
    self->rows = g_ptr_array_new();
    self->folds = folder_folds_new(app_store(ui));
    self->searches = view_searches_new(ui);
    self->is_stale = true;
    return &self->base;
}
