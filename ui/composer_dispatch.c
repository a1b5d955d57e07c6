/* SPDX-License-Identifier: MIT */
/* A message with big files on its way into the outbox. At every moment it is kept as a draft, or in the outbox: the thread takes the kept files away
 * itself, after the outbox has it. */
#include "ui/composer_dispatch.h"
#include "core/outbox.h"
#include "ui/app_private.h"
#include "ui/composer_parts.h"
#include "ui/composer_vault.h"
#include "ui/composer_version.h"
#include <glib/gi18n-lib.h>
#include <stdatomic.h>
#include <string.h>

#define HEAVY_BYTES    ((gsize)1024 * 1024)
#define MARKDOWN_COSTS 32 /* as much as so many bytes of a file: 30 KB of it are about 15 ms */

/* Who comes first decides: the thread that puts it into the outbox, or the person who goes back. */
enum stage { STAGE_BUILDING, STAGE_GOING, STAGE_LEFT };

struct job {
    atomic_int stage;
    struct draft *draft; /* a copy of the thread's own */
    char *account_id, *kept;
    GBytes *bytes; /* built; NULL: not yet */
    char *sender;
    char **recipients;
    bool is_sealed;
    bool is_draft; /* into Drafts, not into the outbox */
    char *message_id, *before;
    struct composer_versioned versioned;
    int delay_s;
    int64_t at_utc, version;
    int64_t outbox_id; /* what came of it */
    bool is_done;
    GError *why;
};

struct dispatch {
    view base;
    canvas *canvas;
    struct composer *composer; /* below it, as long as this is here */
    struct job *job;           /* the query's */
    int64_t id;                /* of the query; 0: it is done */
};

bool composer_is_heavy(const struct draft *draft)
{
    gsize text = draft->body != NULL ? strlen(draft->body) : 0, size = text * (draft->is_markdown ? MARKDOWN_COSTS : 1);
    for (guint i = 0; i < draft->attachments->len; i++)
        size += g_bytes_get_size(((const struct compose_attachment *)g_ptr_array_index(draft->attachments, i))->bytes);
    return size > HEAVY_BYTES;
}

/* --- on the thread --- */

static void job_free(void *data)
{
    struct job *self = data;
    draft_free(self->draft);
    g_free(self->account_id);
    g_free(self->kept);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->sender);
    g_strfreev(self->recipients);
    g_free(self->message_id);
    g_free(self->before);
    g_clear_error(&self->why);
    g_free(self);
}

static bool build(struct job *self)
{
    if (self->is_draft && self->bytes == NULL)
        self->bytes = composer_version_build(self->draft, &self->message_id);
    return self->bytes != NULL || compose_build(self->draft, &self->bytes, &self->sender, &self->recipients, &self->why);
}

static bool put_into_outbox(struct job *self, store *db)
{
    const struct composer_finished finished = {
        .bytes = self->bytes, .sender = self->sender, .recipients = (const char *const *)self->recipients, .is_sealed = self->is_sealed
    };
    self->outbox_id = composer_submit(db, self->account_id, self->draft, &finished, self->delay_s, self->at_utc, self->version, &self->why);
    return self->outbox_id != 0;
}

static void work(store *db, void *data)
{
    struct job *self = data;
    int building = STAGE_BUILDING;
    if (db == NULL)
        g_set_error_literal(&self->why, STORE_ERROR, STORE_ERROR_OTHER, _("The mail index could not be opened."));
    if (db == NULL || atomic_load(&self->stage) == STAGE_LEFT || !build(self) ||
        !atomic_compare_exchange_strong(&self->stage, &building, STAGE_GOING))
        return;
    self->is_done = self->is_draft ? composer_version_store(db, self->account_id, self->bytes, &self->versioned, &self->why)
                                   : put_into_outbox(self, db);
    if (self->is_done)
        composer_forget_kept(self->kept);
}

/* --- on the screen --- */

static struct dispatch *dispatch_of(view *base)
{
    return (struct dispatch *)(void *)base;
}

static void dispatch_layout(view *base, struct rect area)
{
    canvas_move(dispatch_of(base)->canvas, (struct rect){ area.row + MAX(area.rows - 2, 0), area.column, 1, area.columns });
    view_touch(base);
}

static void dispatch_draw(view *base)
{
    canvas *sheet = dispatch_of(base)->canvas;
    canvas_clear_row(sheet, 0, 0, THEME_NORMAL);
    canvas_text(sheet, 0, 1, canvas_area(sheet).columns - 2, THEME_PROGRESS,
                dispatch_of(base)->job->is_draft ? _("Keeping the message in Drafts … Esc goes back")
                                                 : _("Putting the message into the outbox … Esc goes back"));
}

/* False: it is in the outbox, or on the last step there. */
static bool give_up(struct dispatch *self)
{
    int building = STAGE_BUILDING;
    bool is_left = self->id != 0 && atomic_compare_exchange_strong(&self->job->stage, &building, STAGE_LEFT);
    if (is_left)
        query_cancel(self->base.app->filing, self->id);
    if (is_left)
        self->id = 0;
    return is_left;
}

static bool dispatch_key(view *base, const struct key *key)
{
    if (key->name != KEY_NAME_ESCAPE || !give_up(dispatch_of(base)))
        return true;
    app_say(base->app, _("It was not sent."));
    view_pop(base->app, base);
    return true;
}

static void tell(app *ui, struct composer *composer, const struct job *job)
{
    if (!g_ptr_array_find(ui->stack, composer, NULL))
        return; /* left by itself meanwhile: the list of what waits tells the rest */
    if (!job->is_done) {
        composer_point_at(composer, job->why);
        return;
    }
    if (job->is_draft)
        composer_version_stored(composer, job->account_id, job->message_id, &job->versioned);
    else
        composer_sent(ui, composer->draft, job->outbox_id, job->at_utc, job->is_sealed);
    composer_settle(composer);
    if (job->is_draft)
        app_say(ui, "%s", job->is_sealed ? _("Kept in Drafts, encrypted to your own key.") : _("Kept in Drafts."));
}

static void dispatch_event(view *base, const struct event *news)
{
    struct dispatch *self = dispatch_of(base);
    bool is_ours = news->type == EVENT_QUERY_DONE && self->id != 0 && news->item == self->id;
    struct job *job = is_ours ? query_take(base->app->filing, self->id) : NULL;
    struct composer *composer = self->composer;
    app *ui = base->app;
    if (job == NULL)
        return;
    self->id = 0;
    view_pop(ui, base);
    tell(ui, composer, job);
    job_free(job);
}

/* The program ends: what is nearly in the outbox goes there, everything else is a draft still. */
static void dispatch_free(view *base)
{
    struct dispatch *self = dispatch_of(base);
    if (self->id != 0 && !give_up(self) && g_ptr_array_find(base->app->stack, self->composer, NULL))
        self->composer->is_settled = true;
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops dispatch_ops = { .name = "waiting",
                                              .context = CONTEXT_PROMPT,
                                              .layout = dispatch_layout,
                                              .draw = dispatch_draw,
                                              .key = dispatch_key,
                                              .event = dispatch_event,
                                              .free = dispatch_free };

static struct job *job_new(struct composer *composer, const struct account *from)
{
    struct job *job = g_new0(struct job, 1);
    composer_keep_now(composer);
    composer_parts_finish(composer);
    job->draft = draft_copy(composer->draft);
    job->account_id = g_strdup(from->id);
    job->kept = g_strdup(composer->kept);
    return job;
}

static void begin(struct composer *composer, struct job *job)
{
    app *ui = composer->base.app;
    struct dispatch *self = g_new0(struct dispatch, 1);
    view_init(&self->base, &dispatch_ops, ui);
    self->base.is_overlay = true;
    self->canvas = canvas_new((struct rect){ 0, 0, 1, 10 });
    self->composer = composer;
    self->job = job;
    self->id = query_run(ui->filing, work, job, job_free);
    view_push(ui, &self->base);
}

void composer_dispatch(struct composer *composer, const struct account *from, const struct composer_finished *finished, int64_t at_utc)
{
    struct job *job = job_new(composer, from);
    job->delay_s = app_settings(composer->base.app)->undo_delay_s;
    job->at_utc = at_utc;
    job->version = composer->replaces;
    if (finished != NULL) {
        job->bytes = g_bytes_ref(finished->bytes);
        job->sender = g_strdup(finished->sender);
        job->recipients = g_strdupv((char **)(uintptr_t)finished->recipients);
        job->is_sealed = finished->is_sealed;
    }
    begin(composer, job);
}

static void begin_draft(struct composer *composer, struct job *job)
{
    job->is_draft = true;
    job->before = g_strdup(composer->version_account);
    job->versioned = (struct composer_versioned){ .replaces = composer->replaces, .account = job->before };
    begin(composer, job);
}

void composer_dispatch_draft(struct composer *composer, const struct account *from)
{
    begin_draft(composer, job_new(composer, from));
}

void composer_dispatch_hidden(struct composer *composer, const struct account *from, GBytes *bytes, const char *message_id)
{
    struct job *job = job_new(composer, from);
    job->bytes = g_bytes_ref(bytes);
    job->message_id = g_strdup(message_id);
    job->is_sealed = true;
    begin_draft(composer, job);
}
