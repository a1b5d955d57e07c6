/* SPDX-License-Identifier: MIT */
/* Changes at once, or behind each other on the filing thread. The UI thread never waits for the store's lock longer than its connection's limit. */
#include "ui/filing.h"
#include "core/undo.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>

/* On the screen's own connection one message costs some 0.2 ms. */
enum { AT_ONCE_MAX = 25 };

struct job {
    struct filing filing;
    GError *error;
    bool is_done;
};

static GHashTable *ours; /* of int64_t: of the jobs on that thread those that file; one person at one screen */

static void job_free(gpointer data)
{
    struct job *job = data;
    if (job->filing.data_free != NULL)
        job->filing.data_free(job->filing.data);
    g_clear_error(&job->error);
    g_free(job);
}

static void job_work(store *db, void *data)
{
    struct job *job = data;
    if (db != NULL)
        job->is_done = job->filing.apply(db, job->filing.data, &job->error);
    else
        g_set_error(&job->error, STORE_ERROR, STORE_ERROR_OTHER, _("The mail index could not be opened."));
}

/* The header shows it among the jobs under way. */
static void show_progress(app *ui, int64_t id, size_t count, enum job_state state)
{
    g_autofree char *title = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "filing %u message", "filing %u messages", (gulong)count),
                                             (unsigned)MIN(count, G_MAXUINT));
    const struct event event = { .type = EVENT_PROGRESS, .item = -id, .state = (int)state, .text = title };
    status_event(ui->status, &event);
}

static void start_on_thread(app *ui, struct job *job)
{
    size_t count = job->filing.count;
    ui->filings++;
    int64_t id = query_run(ui->filing, job_work, job, job_free);
    if (ours == NULL)
        ours = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_hash_table_add(ours, g_memdup2(&id, sizeof id));
    if (job->filing.is_quiet)
        return;
    show_progress(ui, id, count, JOB_RUNNING);
    pace_await(&ui->pace, app_now_ms());
    app_say(ui, _("One moment: mail is being filed…"));
}

void filing_start(app *ui, const struct filing *filing)
{
    struct job *job = g_new0(struct job, 1);
    job->filing = *filing;
    if (filing_is_busy(ui) || filing->count > AT_ONCE_MAX) {
        start_on_thread(ui, job);
        return;
    }
    job_work(ui->store, job);
    if (g_error_matches(job->error, STORE_ERROR, STORE_ERROR_BUSY)) {
        g_clear_error(&job->error);
        start_on_thread(ui, job);
        return;
    }
    filing->done(ui, filing->data, job->is_done, job->error);
    job_free(job);
}

/* --- one step --- */
struct step {
    struct filing_step step;
    char *text, *more;
};

static void step_free(gpointer data)
{
    struct step *self = data;
    g_free(self->text);
    g_free(self->more);
    g_free(self);
}

static bool step_apply(store *db, void *data, GError **error)
{
    struct filing_step *step = &((struct step *)data)->step;
    return step->apply(db, step, error);
}

static void step_done(app *ui, void *data, bool is_done, const GError *error)
{
    const struct filing_step *step = &((const struct step *)data)->step;
    if (step->done != NULL)
        step->done(ui, step, is_done, error);
    else if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
}

void filing_step_start(app *ui, const struct filing_step *step)
{
    struct step *self = g_new0(struct step, 1);
    self->step = *step;
    self->text = g_strdup(step->text);
    self->more = g_strdup(step->more);
    self->step.text = self->text;
    self->step.more = self->more;
    const struct filing filing = { step_apply, step_done, step_free, self, 1, true };
    filing_start(ui, &filing);
}

bool filing_is_busy(const app *ui)
{
    return ui->filings > 0;
}

bool filing_cancel(app *ui, int64_t job)
{
    if (job >= 0)
        return false;
    ui->cancelled_filing = -job;
    query_interrupt(ui->filing, -job);
    return true;
}

void filing_tick(app *ui)
{
    const struct event changed = { .type = EVENT_FOLDER_CHANGED };
    if (filing_is_busy(ui))
        app_event(ui, &changed);
}

void filing_event(app *ui, const struct event *event)
{
    bool is_ours = event->type == EVENT_QUERY_DONE && ours != NULL && g_hash_table_remove(ours, &event->item);
    struct job *job = is_ours ? query_take(ui->filing, event->item) : NULL;
    if (job == NULL)
        return;
    ui->filings--;
    if (!job->filing.is_quiet)
        show_progress(ui, event->item, job->filing.count, JOB_DONE);
    if (event->item == ui->cancelled_filing && !job->is_done) {
        g_clear_error(&job->error);
        g_set_error(&job->error, STORE_ERROR, STORE_ERROR_OTHER, _("it was cancelled."));
    }
    job->filing.done(ui, job->filing.data, job->is_done, job->error);
    job_free(job);
}
