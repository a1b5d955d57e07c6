/* SPDX-License-Identifier: MIT */
/* One line over the status line: "Fetching … Esc leaves it". Everything else goes on. */
#include "ui/view_waiting.h"
#include "core/locate.h"
#include "core/store_message.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

/* Reading and taking apart as much costs about 2 ms: no more of it on the UI's thread. */
#define AT_ONCE_BYTES ((goffset)256 * 1024)

struct waiting {
    view base;
    canvas *canvas;
    int64_t placement_id;
    bool is_with_parts;
    waiting_done *done;
    void *data;
    GDestroyNotify data_free;
    message *loaded;
    int64_t load_id; /* of the loader's; 0: it reads nothing for us */
};

/* A big message on its way through the loader's thread. */
struct waiting_load {
    char *path;
    message *loaded;
    GError *why;
};

static void load_work(store *db, void *data)
{
    (void)db;
    struct waiting_load *job = data;
    job->loaded = message_load(job->path, &job->why);
}

static void load_free(void *data)
{
    struct waiting_load *job = data;
    g_free(job->path);
    g_clear_pointer(&job->loaded, message_free);
    g_clear_error(&job->why);
    g_free(job);
}

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
static char *find_file(app *ui, const struct placement *about, GStatBuf *status)
{
    g_autofree char *path = locate_message(app_store(ui), about);
    if (path == NULL || g_stat(path, status) == 0)
        return g_steal_pointer(&path);
    g_autoptr(placement) now = store_placement(app_store(ui), about->id, NULL);
    g_autofree char *again = now != NULL ? locate_message(app_store(ui), now) : NULL;
    return again != NULL && g_stat(again, status) == 0 ? g_steal_pointer(&again) : NULL;
}

static void load_later(struct waiting *self, const char *path)
{
    struct waiting_load *job = g_new0(struct waiting_load, 1);
    job->path = g_strdup(path);
    self->load_id = query_run(app_loader(self->base.app), load_work, job, load_free);
}

/* False: it is not here yet (it is asked for, or read by the loader), or error is set. */
static bool load(struct waiting *self, const struct placement *about, bool is_asking, GError **error)
{
    GStatBuf status = { 0 };
    g_autofree char *path = find_file(self->base.app, about, &status);
    if (path == NULL && is_asking)
        engine_fetch_message(app_engine(self->base.app), about->account_id, about->id);
    else if (path != NULL && status.st_size > AT_ONCE_BYTES)
        load_later(self, path);
    else if (path != NULL)
        self->loaded = message_load(path, error);
    return self->loaded != NULL;
}

/* True: it was here, and what was waited for has been done. */
static bool go_on(struct waiting *self, bool is_asking, GError **error)
{
    g_autoptr(placement) about = store_placement(app_store(self->base.app), self->placement_id, error);
    if (about == NULL || self->load_id != 0)
        return false;
    bool is_first = self->loaded == NULL;
    if (is_first && !load(self, about, is_asking, error))
        return false;
    if (self->is_with_parts && !fill_parts(self, about, is_asking || is_first))
        return false;
    self->done(self->base.app, self->data, self->loaded);
    return true;
}

/* True: the loader has read the message (or has said why not). */
static bool take_loaded(struct waiting *self, const struct event *event, GError **error)
{
    struct waiting_load *job =
        event->type == EVENT_QUERY_DONE && event->item == self->load_id ? query_take(app_loader(self->base.app), self->load_id) : NULL;
    if (job == NULL)
        return false;
    self->load_id = 0;
    self->loaded = g_steal_pointer(&job->loaded);
    if (self->loaded == NULL)
        g_propagate_error(error, g_steal_pointer(&job->why));
    load_free(job);
    return true;
}

static void waiting_event(view *base, const struct event *event)
{
    struct waiting *self = (struct waiting *)base;
    g_autoptr(GError) why = NULL;
    bool is_loaded = self->load_id != 0 && take_loaded(self, event, &why),
         is_about_it = event->item == self->placement_id && (event->type == EVENT_BODY_AVAILABLE || event->type == EVENT_BODY_FAILED);
    if (!is_loaded && !is_about_it)
        return;
    if (is_about_it && event->type == EVENT_BODY_FAILED)
        app_error(base->app, "%s", event->text != NULL ? event->text : _("The message cannot be fetched."));
    else if (why == NULL && !go_on(self, is_loaded, &why) && why == NULL)
        return; /* more is to come */
    if (why != NULL)
        app_error(base->app, "%s", why->message);
    view_pop(base->app, base);
}

static void waiting_free(view *base)
{
    struct waiting *self = (struct waiting *)base;
    if (self->load_id != 0)
        query_cancel(app_loader(base->app), self->load_id);
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

void view_waiting_for_current(app *ui, waiting_done *done)
{
    int64_t current = app_current_placement(ui);
    if (current == 0)
        app_brief(ui, _("No message is selected."));
    else
        view_waiting_for_message(ui, current, false, done, g_memdup2(&current, sizeof current), g_free);
}
