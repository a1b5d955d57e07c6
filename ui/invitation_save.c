/* SPDX-License-Identifier: MIT */
/* See invitation_save.h. */
#include "ui/invitation_save.h"
#include "core/calendar_save.h"
#include "core/query.h"
#include "ui/app_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct invitation_saves {
    query *thread;
    GHashTable *words; /* uid → static words, untranslated */
    struct calendar_undo undo;
    char *undo_id, *undo_uid; /* of the answer that the last change belongs to; NULL: none */
};

struct job {
    char *path, *address, *uid, *reply_id;
    calendar *calendar; /* its own: libical goes through a calendar on one thread at a time */
    const struct calendar_event *event;
    enum calendar_answer answer;
    bool is_undo, is_done;
    enum calendar_saved saved;
    struct calendar_undo undo;
    GError *error;
};

static void job_free(gpointer data)
{
    struct job *self = data;
    calendar_free(self->calendar);
    calendar_undo_clear(&self->undo);
    g_clear_error(&self->error);
    g_free(self->path);
    g_free(self->address);
    g_free(self->uid);
    g_free(self->reply_id);
    g_free(self);
}

static void job_work(store *db, void *data)
{
    struct job *self = data;
    (void)db;
    if (self->is_undo) {
        self->is_done = calendar_undo(&self->undo);
        return;
    }
    const struct calendar_save how = {
        .path = self->path, .address = self->address, .answer = self->answer, .is_cancelled = self->calendar->method == CALENDAR_CANCEL
    };
    self->is_done = calendar_save(self->calendar, self->event, &how, &self->saved, &self->undo, &self->error);
}

static struct invitation_saves *saves_of(app *ui)
{
    if (ui->saves != NULL)
        return ui->saves;
    ui->saves = g_new0(struct invitation_saves, 1);
    ui->saves->thread = query_new("calendar", NULL, STORE_READER, ui->events);
    ui->saves->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return ui->saves;
}

/* The same event in a calendar of its own. NULL: it is not wanted, or cannot be read. */
static struct job *job_new(app *ui, const message *letter, const struct calendar_event *event)
{
    const char *path = app_settings(ui)->calendar_save, *missing = NULL;
    calendar *own = path != NULL && *path != '\0' && *event->uid != '\0' ? message_calendar(letter, &missing) : NULL;
    struct job *job = own != NULL ? g_new0(struct job, 1) : NULL;
    if (job == NULL)
        return NULL;
    job->path = g_strdup(path);
    job->uid = g_strdup(event->uid);
    job->calendar = own;
    for (guint i = 0; i < own->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(own->events, i);
        if (strcmp(each->uid, event->uid) == 0 && g_strcmp0(each->occurrence, event->occurrence) == 0)
            job->event = each;
    }
    if (job->event == NULL)
        g_clear_pointer(&job, job_free);
    return job;
}

void invitation_save(app *ui, const message *letter, const struct calendar_event *event, const char *address, enum calendar_answer answer,
                     const char *reply_id)
{
    struct job *job = job_new(ui, letter, event);
    if (job == NULL)
        return;
    job->address = g_strdup(address);
    job->answer = answer;
    job->reply_id = g_strdup(reply_id);
    query_run(saves_of(ui)->thread, job_work, job, job_free);
}

/* Who changes or cancels must at least say that they are who organizes it. */
static bool is_by_organizer(const message *letter, const struct calendar_event *event)
{
    g_autoptr(GPtrArray) senders = message_addresses(letter, "From");
    const struct message_address *from = senders != NULL && senders->len == 1 ? g_ptr_array_index(senders, 0) : NULL;
    return from != NULL && from->address != NULL && event->organizer != NULL && calendar_person_is(event->organizer, from->address);
}

void invitation_save_follow(app *ui, const message *letter, const struct calendar_event *event)
{
    struct job *job = is_by_organizer(letter, event) ? job_new(ui, letter, event) : NULL;
    if (job != NULL)
        query_run(saves_of(ui)->thread, job_work, job, job_free);
}

void invitation_save_undo(app *ui, const char *reply_id)
{
    struct invitation_saves *self = ui->saves;
    if (self == NULL || self->undo_id == NULL || g_strcmp0(self->undo_id, reply_id) != 0)
        return;
    struct job *job = g_new0(struct job, 1);
    job->is_undo = true;
    job->uid = g_steal_pointer(&self->undo_uid);
    job->undo = self->undo;
    self->undo = (struct calendar_undo){ 0 };
    g_clear_pointer(&self->undo_id, g_free);
    query_run(self->thread, job_work, job, job_free);
}

const char *invitation_saved_words(app *ui, const char *uid)
{
    const char *words = ui->saves != NULL ? g_hash_table_lookup(ui->saves->words, uid) : NULL;
    return words != NULL ? _(words) : NULL;
}

static const char *words_of(enum calendar_saved saved)
{
    static const char *const words[] = {
        [CALENDAR_SAVED_NOTHING] = NULL,
        [CALENDAR_SAVED_ADDED] = N_("It was written into your calendar."),
        [CALENDAR_SAVED_CHANGED] = N_("It was changed in your calendar."),
        [CALENDAR_SAVED_REMOVED] = N_("It was taken out of your calendar."),
        [CALENDAR_SAVED_FOREIGN] = N_("Your calendar has an event of that name by somebody else; it was left as it is."),
        [CALENDAR_SAVED_NEWER] = N_("Your calendar has a newer version; it was left as it is."),
    };
    return words[saved];
}

static void note_undo(struct invitation_saves *self, struct job *job)
{
    if (job->undo.path == NULL || job->reply_id == NULL)
        return;
    calendar_undo_clear(&self->undo);
    g_free(self->undo_id);
    g_free(self->undo_uid);
    self->undo = job->undo;
    job->undo = (struct calendar_undo){ 0 };
    self->undo_id = g_steal_pointer(&job->reply_id);
    self->undo_uid = g_strdup(job->uid);
}

void invitation_save_event(app *ui, const struct event *event)
{
    struct job *job = ui->saves != NULL && event->type == EVENT_QUERY_DONE ? query_take(ui->saves->thread, event->item) : NULL;
    if (job == NULL)
        return;
    if (job->error != NULL)
        app_error(ui, _("Not written into your calendar. %s"), job->error->message);
    else if (job->is_undo)
        g_hash_table_remove(ui->saves->words, job->uid);
    else if (words_of(job->saved) != NULL)
        g_hash_table_insert(ui->saves->words, g_strdup(job->uid), (gpointer)(uintptr_t)words_of(job->saved));
    note_undo(ui->saves, job);
    job_free(job);
    const struct event news = { .type = EVENT_INVITATION_CHANGED }; /* the reader says it */
    app_event(ui, &news);
}

void invitation_saves_free(app *ui)
{
    struct invitation_saves *self = ui->saves;
    if (self == NULL)
        return;
    query_finish(self->thread);
    query_free(self->thread);
    calendar_undo_clear(&self->undo);
    g_hash_table_unref(self->words);
    g_free(self->undo_id);
    g_free(self->undo_uid);
    g_free(self);
    ui->saves = NULL;
}
