/* SPDX-License-Identifier: MIT */
/* One line over the status line: "Fetching … Esc leaves it". Everything else goes on. */
#include "ui/view_waiting.h"
#include "core/locate.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct waiting {
    view base;
    canvas *canvas;
    int64_t placement_id;
    bool is_with_parts;
    waiting_done *done;
    void *data;
    GDestroyNotify data_free;
    message *loaded;
};

static void waiting_layout(view *base, struct rect area)
{
    struct waiting *self = (struct waiting *)base;
    canvas_move(self->canvas, (struct rect){ area.row + MAX(area.rows - 2, 0), area.column, 1, area.columns });
    view_touch(base);
}

static void waiting_draw(view *base)
{
    struct waiting *self = (struct waiting *)base;
    canvas_clear_row(self->canvas, 0, 0, THEME_NORMAL);
    canvas_text(self->canvas, 0, 1, canvas_area(self->canvas).columns - 2, THEME_PROGRESS, _("Fetching the message … Esc leaves it"));
}

static bool waiting_key(view *base, const struct key *key)
{
    if (key->name == KEY_NAME_ESCAPE)
        view_pop(base->app, base);
    return true;
}

/* The parts that are on the server only: filled in where they came, asked for where not. True: none is missing. */
static bool fill_parts(struct waiting *self, const struct placement *about, bool is_asking)
{
    const GPtrArray *parts = message_parts(self->loaded);
    bool is_complete = true;
    for (guint i = 0; i < parts->len; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *path = !part->is_here ? locate_part(about, part->section) : NULL;
        if (part->is_here || (path != NULL && message_fill_part(self->loaded, part->section, path, NULL)))
            continue;
        is_complete = false;
        if (is_asking)
            engine_fetch_part(app_engine(self->base.app), about->account_id, about->id, part->section);
    }
    return is_complete;
}

/* A file that waits to be put on the server goes when it is there: then it has just become the cached one. */
static message *load_from_where_it_is(app *ui, const struct placement *about, bool *is_here_out, GError **error)
{
    g_autofree char *path = locate_message(app_store(ui), about);
    *is_here_out = path != NULL;
    message *loaded = path != NULL ? message_load(path, NULL) : NULL;
    if (path == NULL || loaded != NULL)
        return loaded;
    g_autoptr(placement) now = store_placement(app_store(ui), about->id, error);
    g_autofree char *again = now != NULL ? locate_message(app_store(ui), now) : NULL;
    *is_here_out = again != NULL;
    return again != NULL ? message_load(again, error) : NULL;
}

/* True: it was here, and what was waited for has been done. */
static bool go_on(struct waiting *self, bool is_asking, GError **error)
{
    app *ui = self->base.app;
    g_autoptr(placement) about = store_placement(app_store(ui), self->placement_id, error);
    if (about == NULL)
        return false;
    bool is_first = self->loaded == NULL, is_here = true;
    if (is_first)
        self->loaded = load_from_where_it_is(ui, about, &is_here, error);
    if (!is_here && is_asking)
        engine_fetch_message(app_engine(ui), about->account_id, about->id);
    if (self->loaded == NULL || (self->is_with_parts && !fill_parts(self, about, is_first)))
        return false;
    self->done(ui, self->data, self->loaded);
    return true;
}

static void waiting_event(view *base, const struct event *event)
{
    struct waiting *self = (struct waiting *)base;
    g_autoptr(GError) why = NULL;
    if (event->item != self->placement_id || (event->type != EVENT_BODY_AVAILABLE && event->type != EVENT_BODY_FAILED))
        return;
    if (event->type == EVENT_BODY_FAILED)
        app_error(base->app, "%s", event->text != NULL ? event->text : _("The message cannot be fetched."));
    else if (!go_on(self, false, &why) && why == NULL)
        return; /* more is to come */
    if (why != NULL)
        app_error(base->app, "%s", why->message);
    view_pop(base->app, base);
}

static void waiting_free(view *base)
{
    struct waiting *self = (struct waiting *)base;
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_clear_pointer(&self->loaded, message_free);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops waiting_ops = { .name = "waiting",
                                             .context = CONTEXT_PROMPT,
                                             .layout = waiting_layout,
                                             .draw = waiting_draw,
                                             .key = waiting_key,
                                             .event = waiting_event,
                                             .free = waiting_free };

void view_waiting_for_message(app *ui, int64_t placement_id, bool is_with_parts, waiting_done *done, void *data, GDestroyNotify data_free)
{
    g_autoptr(GError) why = NULL;
    struct waiting *self = g_new0(struct waiting, 1);
    view_init(&self->base, &waiting_ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0, 0, 1, 10 });
    self->placement_id = placement_id;
    self->is_with_parts = is_with_parts;
    self->done = done;
    self->data = data;
    self->data_free = data_free;
    bool is_done = go_on(self, true, &why);
    if (why != NULL)
        app_error(ui, "%s", why->message);
    if (is_done || why != NULL)
        waiting_free(&self->base);
    else
        view_push(ui, &self->base);
}
