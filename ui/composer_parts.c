/* SPDX-License-Identifier: MIT */
/* The attachments of what is being written, kept on the disk. The file gets its name under a lock: nothing appears any more once it is not wanted. */
#include "ui/composer_parts.h"
#include "ui/app_private.h"
#include "ui/composer_dispatch.h"
#include "ui/composer_draft.h"
#include <glib/gstdio.h>
#include <pthread.h>

struct composer_parts {
    pthread_mutex_t lock;
    int users; /* the composer and the job */
    bool is_unwanted;
    int64_t id; /* of the query; the composer's */
};

struct job {
    struct composer_parts *parts;
    struct draft *draft;
    char *kept;
    GError *why;
};

static void release(struct composer_parts *self)
{
    pthread_mutex_lock(&self->lock);
    bool is_last = --self->users == 0;
    pthread_mutex_unlock(&self->lock);
    if (!is_last)
        return;
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

static void job_free(void *data)
{
    struct job *self = data;
    release(self->parts);
    draft_free(self->draft);
    g_free(self->kept);
    g_clear_error(&self->why);
    g_free(self);
}

static void work(store *db, void *data)
{
    struct job *self = data;
    (void)db;
    g_autofree char *fresh = g_strconcat(self->kept, ".new.eml", NULL);
    if (!composer_keep_attachments(self->draft, fresh, &self->why))
        return;
    pthread_mutex_lock(&self->parts->lock);
    if (self->parts->is_unwanted)
        composer_forget_kept(fresh);
    else
        composer_take_attachments(fresh, self->kept, &self->why);
    pthread_mutex_unlock(&self->parts->lock);
}

static bool is_on_its_way(struct composer *self)
{
    struct composer_parts *parts = g_steal_pointer(&self->parts);
    if (parts == NULL)
        return false;
    pthread_mutex_lock(&parts->lock);
    parts->is_unwanted = true;
    pthread_mutex_unlock(&parts->lock);
    query_cancel(app_files(self->base.app), parts->id);
    release(parts);
    return true;
}

bool composer_parts_keep(struct composer *self, GError **error)
{
    is_on_its_way(self);
    if (!composer_is_heavy(self->draft))
        return composer_keep_attachments(self->draft, self->kept, error);
    struct composer_parts *parts = g_new0(struct composer_parts, 1);
    struct job *job = g_new0(struct job, 1);
    pthread_mutex_init(&parts->lock, NULL);
    parts->users = 2;
    *job = (struct job){ .parts = parts, .draft = draft_copy(self->draft), .kept = g_strdup(self->kept) };
    parts->id = query_run(app_files(self->base.app), work, job, job_free);
    self->parts = parts;
    return true;
}

void composer_parts_finish(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    if (is_on_its_way(self) && !composer_keep_attachments(self->draft, self->kept, &why))
        app_error(self->base.app, "%s", why->message);
}

void composer_parts_forget(struct composer *self)
{
    is_on_its_way(self);
}

void composer_parts_event(struct composer *self, const struct event *news)
{
    bool is_ours = news->type == EVENT_QUERY_DONE && self->parts != NULL && self->parts->id == news->item;
    struct job *job = is_ours ? query_take(app_files(self->base.app), news->item) : NULL;
    if (job == NULL)
        return;
    if (job->why != NULL) {
        app_error(self->base.app, "%s", job->why->message);
        self->has_new_attachments = self->is_changed = true; /* tried again with the next change */
    }
    release(g_steal_pointer(&self->parts));
    job_free(job);
}
