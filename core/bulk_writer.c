/* SPDX-License-Identifier: MIT */
/* The writing thread of a backfill: takes a batch, writes it, says so. Nobody else touches its store connection. */
#include "core/bulk_writer.h"
#include "core/store_private.h"
#include "core/worker.h"
#include <pthread.h>

struct batch {
    int64_t folder_id;
    struct bulk_row *rows;
    size_t count, left;
    bool is_written; /* without an error */
    GError *why;
};

enum writer_state { WRITER_IDLE, WRITER_BUSY, WRITER_DONE };

struct bulk_writer {
    char *store_path;
    worker *thread; /* NULL: not yet */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum writer_state state; /* BUSY: the batch is the thread's */
    bool is_ending;
    struct batch batch;
};

bulk_writer *bulk_writer_new(const char *store_path)
{
    bulk_writer *self = g_new0(bulk_writer, 1);
    self->store_path = g_strdup(store_path);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->changed, NULL);
    return self;
}

/* Its connection has no triggers: four that ask for each row whether they have to do something are a tenth of the work. Where one has (a folder that
 * is also sorted otherwise), the rows are left. The newest part of the ids (core/message_ref), ordered by a hash, is touched everywhere: what does
 * not fit would be read again for each row. Given back with the connection, when the backfill is over. */
static store *open_roomy(const char *path, GError **error)
{
    store *db = store_open(path, STORE_WORKER, error);
    if (db != NULL)
        store_be_quiet(db);
    if (db != NULL)
        /* Each checkpoint waits for the disk twice, and most pages are written again right after it. Refused it is only slower. */
        store_exec(db, "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 33554432", NULL);
    return db;
}

static void batch_write(bulk_writer *self, store **db, people_ledger *people, id_sieve *sieve)
{
    struct batch *batch = &self->batch;
    if (*db == NULL)
        *db = open_roomy(self->store_path, &batch->why);
    batch->is_written = *db != NULL && id_sieve_fill(sieve, *db, &batch->why) &&
                        store_bulk_put(*db, batch->folder_id, batch->rows, batch->count, people, sieve, &batch->left, &batch->why) &&
                        (!people_ledger_is_full(people) || people_ledger_write(people, *db, &batch->why));
}

/* False: it is over. */
static bool await_batch(bulk_writer *self)
{
    pthread_mutex_lock(&self->mutex);
    while (self->state != WRITER_BUSY && !self->is_ending)
        pthread_cond_wait(&self->changed, &self->mutex);
    bool has_batch = self->state == WRITER_BUSY;
    pthread_mutex_unlock(&self->mutex);
    return has_batch;
}

static void set_state(bulk_writer *self, enum writer_state state)
{
    pthread_mutex_lock(&self->mutex);
    self->state = state;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
}

static void writer_main(worker *thread, void *data)
{
    bulk_writer *self = data;
    store *db = NULL;
    g_autoptr(people_ledger) people = people_ledger_new();
    g_autoptr(id_sieve) sieve = id_sieve_new();
    (void)thread;
    while (await_batch(self)) {
        batch_write(self, &db, people, sieve);
        set_state(self, WRITER_DONE);
    }
    if (db != NULL)
        people_ledger_write(people, db, NULL); /* counts by which names are offered: what a crash or a full disk takes of them is no loss */
    store_close(db);
}

void bulk_writer_put(bulk_writer *self, int64_t folder_id, struct bulk_row *rows, size_t count)
{
    g_assert(self->state == WRITER_IDLE);
    self->batch = (struct batch){ .folder_id = folder_id, .rows = rows, .count = count };
    set_state(self, WRITER_BUSY);
    if (self->thread == NULL)
        self->thread = worker_start("writer", writer_main, self);
}

bool bulk_writer_wait(bulk_writer *self, size_t *left_out, GError **error)
{
    pthread_mutex_lock(&self->mutex);
    while (self->state == WRITER_BUSY)
        pthread_cond_wait(&self->changed, &self->mutex);
    bool is_done = self->state != WRITER_DONE || self->batch.is_written;
    self->state = WRITER_IDLE;
    pthread_mutex_unlock(&self->mutex);
    *left_out = is_done ? self->batch.left : 0;
    if (!is_done)
        g_propagate_error(error, g_steal_pointer(&self->batch.why));
    self->batch = (struct batch){ 0 };
    return is_done;
}

void bulk_writer_free(bulk_writer *self)
{
    size_t left;
    if (self == NULL)
        return;
    bulk_writer_wait(self, &left, NULL);
    pthread_mutex_lock(&self->mutex);
    self->is_ending = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    worker_free(self->thread);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    g_free(self->store_path);
    g_free(self);
}
