/* SPDX-License-Identifier: MIT */
/* See view_working.h. */
#include "ui/view_working.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>

struct view_working {
    view base;
    canvas *canvas;
    void (*done)(app *app, void *data);
    int64_t id; /* of the filing thread's job; 0: it is done */
};

/* What the thread has: not the view's, which may be gone first. */
static void work(store *db, void *data)
{
    struct working *job = data;
    job->work(db, job->data);
}

static void job_free(void *data)
{
    struct working *job = data;
    job->data_free(job->data);
    g_free(job);
}

static struct view_working *cast(view *base)
{
    return (struct view_working *)(void *)base;
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, (struct rect){ area.row + MAX(area.rows - 2, 0), area.column, 1, area.columns });
    view_touch(base);
}

static void draw(view *base)
{
    canvas *sheet = cast(base)->canvas;
    canvas_clear_row(sheet, 0, 0, THEME_NORMAL);
    canvas_text(sheet, 0, 1, canvas_area(sheet).columns - 2, THEME_PROGRESS, _("One moment: mail is being filed…"));
}

static bool press(view *base, const struct key *key)
{
    (void)base;
    (void)key;
    return true;
}

static void take_event(view *base, const struct event *event)
{
    struct view_working *self = cast(base);
    app *ui = base->app;
    bool is_ours = event->type == EVENT_QUERY_DONE && self->id != 0 && event->item == self->id;
    struct working *job = is_ours ? query_take(ui->filing, self->id) : NULL;
    if (job == NULL)
        return;
    self->id = 0;
    view_pop(ui, base);
    job->done(ui, job->data);
    job_free(job);
}

static void release(view *base)
{
    canvas_free(cast(base)->canvas);
    g_free(base);
}

static const struct view_ops ops = {
    .name = "waiting", .context = CONTEXT_PROMPT, .layout = place, .draw = draw, .key = press, .event = take_event, .free = release
};

/* False: nothing was done, because somebody else was writing. */
static bool is_done_at_once(app *ui, const struct working *working)
{
    working->work(ui->store, working->data);
    bool is_held_up = working->why != NULL && g_error_matches(*working->why, STORE_ERROR, STORE_ERROR_BUSY);
    if (is_held_up)
        g_clear_error(working->why);
    return !is_held_up;
}

void view_working(app *ui, const struct working *working, bool is_small)
{
    if (is_small && is_done_at_once(ui, working)) {
        working->done(ui, working->data);
        working->data_free(working->data);
        return;
    }
    struct view_working *self = g_new0(struct view_working, 1);
    view_init(&self->base, &ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0, 0, 1, 10 });
    self->id = query_run(ui->filing, work, g_memdup2(working, sizeof *working), job_free);
    view_push(ui, &self->base);
}
