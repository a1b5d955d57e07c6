/* SPDX-License-Identifier: MIT */
/* The query thread and its jobs. A mutex guards the lists and is never held while a job runs. */
#include "core/query.h"
#include "core/worker.h"
#include <pthread.h>
#include <stdatomic.h>

#define OPCODES_BETWEEN_LOOKS 2000 /* of SQLite's machine: well below a millisecond */

struct job {
    int64_t id;
    query_work *work;
    void *data;
    GDestroyNotify data_free;
    atomic_bool is_cancelled, is_interrupted;
};

struct query {
    char *name, *store_path;
    enum store_role role;
    event_queue *events;
    worker *thread; /* NULL: nothing was asked yet */
    store *db;      /* the thread's */
    pthread_mutex_t lock;
    /* --- under the lock --- */
    GQueue waiting, done; /* of struct job* */
    struct job *running;
    bool is_finishing;
};

static _Atomic int64_t last_id;

static void job_free(gpointer data)
{
    struct job *job = data;
    if (job->data != NULL && job->data_free != NULL)
        job->data_free(job->data);
    g_free(job);
}

query *query_new(const char *name, const char *store_path, enum store_role role, event_queue *events)
{
    query *self = g_new0(query, 1);
    self->name = g_strdup(name);
    self->store_path = g_strdup(store_path);
    self->role = role;
    self->events = events;
    pthread_mutex_init(&self->lock, NULL);
    g_queue_init(&self->waiting);
    g_queue_init(&self->done);
    return self;
}

void query_free(query *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    g_queue_clear_full(&self->waiting, job_free);
    if (self->running != NULL)
        atomic_store(&self->running->is_cancelled, true);
    pthread_mutex_unlock(&self->lock);
    worker_free(self->thread);
    g_queue_clear_full(&self->done, job_free);
    pthread_mutex_destroy(&self->lock);
    g_free(self->name);
    g_free(self->store_path);
    g_free(self);
}

void query_finish(query *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_finishing = true;
    pthread_mutex_unlock(&self->lock);
    if (self->thread == NULL)
        return;
    worker_wake(self->thread);
    worker_join(self->thread);
}

/* --- the thread --- */

/* Asked by SQLite every so many steps. sqlite3_interrupt() would miss a job that has not begun its statement yet. */
static int is_unwanted(void *data)
{
    const struct job *job = data;
    return atomic_load(&job->is_cancelled) || atomic_load(&job->is_interrupted);
}

static struct job *job_next(query *self)
{
    pthread_mutex_lock(&self->lock);
    self->running = g_queue_pop_head(&self->waiting);
    struct job *job = self->running;
    pthread_mutex_unlock(&self->lock);
    return job;
}

static void job_run(query *self, struct job *job)
{
    if (self->db == NULL)
        self->db = store_open(self->store_path, self->role, NULL); /* tried again for each: the job says that it got nothing */
    if (self->db != NULL)
        sqlite3_progress_handler(store_db(self->db), OPCODES_BETWEEN_LOOKS, is_unwanted, job);
    job->work(self->db, job->data);
    if (self->db != NULL)
        sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
}

/* Under the lock with the cancelling: either it is done and can be taken, or it was cancelled and nobody hears of it. */
static void job_finish(query *self, struct job *job)
{
    const struct event done = { .type = EVENT_QUERY_DONE, .item = job->id };
    pthread_mutex_lock(&self->lock);
    bool is_wanted = !atomic_load(&job->is_cancelled);
    self->running = NULL;
    if (is_wanted)
        g_queue_push_tail(&self->done, job);
    pthread_mutex_unlock(&self->lock);
    if (is_wanted)
        event_post(self->events, &done); /* the job may be taken and freed from here on */
    else
        job_free(job);
}

static bool is_finished(query *self)
{
    pthread_mutex_lock(&self->lock);
    bool is_finished = self->is_finishing && self->waiting.length == 0;
    pthread_mutex_unlock(&self->lock);
    return is_finished;
}

static void query_main(worker *thread, void *data)
{
    query *self = data;
    struct job *job;
    while (!worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        while ((job = job_next(self)) != NULL) {
            job_run(self, job);
            job_finish(self, job);
        }
        if (is_finished(self))
            break;
        worker_wait(thread, -1, -1);
    }
    g_clear_pointer(&self->db, store_close);
}

/* --- the asking thread --- */

int64_t query_run(query *self, query_work *work, void *data, GDestroyNotify data_free)
{
    struct job *job = g_new0(struct job, 1);
    int64_t id = atomic_fetch_add(&last_id, 1) + 1;
    job->id = id;
    job->work = work;
    job->data = data;
    job->data_free = data_free;
    pthread_mutex_lock(&self->lock);
    g_queue_push_tail(&self->waiting, job);
    pthread_mutex_unlock(&self->lock);
    if (self->thread == NULL)
        self->thread = worker_start(self->name, query_main, self);
    worker_wake(self->thread);
    return id;
}

static struct job *job_remove(GQueue *list, int64_t id)
{
    for (GList *link = list->head; link != NULL; link = link->next) {
        struct job *job = link->data;
        if (job->id != id)
            continue;
        g_queue_delete_link(list, link);
        return job;
    }
    return NULL;
}

void *query_take(query *self, int64_t id)
{
    pthread_mutex_lock(&self->lock);
    struct job *job = job_remove(&self->done, id);
    pthread_mutex_unlock(&self->lock);
    void *data = job != NULL ? g_steal_pointer(&job->data) : NULL;
    if (job != NULL)
        job_free(job);
    return data;
}

void query_interrupt(query *self, int64_t id)
{
    pthread_mutex_lock(&self->lock);
    struct job *job = self->running != NULL && self->running->id == id ? self->running : NULL;
    for (GList *link = self->waiting.head; job == NULL && link != NULL; link = link->next)
        job = ((struct job *)link->data)->id == id ? link->data : NULL;
    if (job != NULL)
        atomic_store(&job->is_interrupted, true);
    pthread_mutex_unlock(&self->lock);
}

void query_cancel(query *self, int64_t id)
{
    pthread_mutex_lock(&self->lock);
    struct job *job = job_remove(&self->waiting, id);
    if (job == NULL)
        job = job_remove(&self->done, id);
    if (job == NULL && self->running != NULL && self->running->id == id)
        atomic_store(&self->running->is_cancelled, true);
    pthread_mutex_unlock(&self->lock);
    if (job != NULL)
        job_free(job);
}
