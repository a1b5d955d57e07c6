/* SPDX-License-Identifier: MIT */
/* The outbox as a whole: a thread for each account that has something to send, and sending once for the command line. */
#include "core/engine_private.h"
#include "core/intent.h"
#include <glib/gi18n-lib.h>

#define FOLLOW_EVERY_MS 1000
#define OPEN_AGAIN_MS   30000
#define LOOK_EVERY_US   50000

static engine_account *account_of(engine *self, const char *key)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *each = g_ptr_array_index(self->accounts, i);
        if (g_strcmp0(each->account->id, key) == 0)
            return each;
    }
    return NULL;
}

static bool has_work(const struct outbox_item *item)
{
    return item->state != OUTBOX_FAILED || !item->is_returned;
}

/* Each account with mail in the outbox gets a thread of its own: a server that stands still holds up nobody else's mail. */
static void start_lanes(engine *self, store *db, GHashTable *lanes)
{
    g_autoptr(GPtrArray) items = outbox_items(db, NULL);
    for (guint i = 0; items != NULL && i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        engine_account *account = account_of(self, item->account_key);
        if (account == NULL || !has_work(item) || g_hash_table_contains(lanes, account))
            continue;
        g_autofree char *name = g_strdup_printf("send %s", item->account_key);
        g_hash_table_insert(lanes, account, worker_start(name, sending_main, account));
    }
}

static void wake_lanes(GHashTable *lanes)
{
    GHashTableIter each;
    gpointer thread;
    g_hash_table_iter_init(&each, lanes);
    while (g_hash_table_iter_next(&each, NULL, &thread))
        worker_wake(thread);
}

static void stop_lanes(GHashTable *lanes)
{
    GHashTableIter each;
    gpointer thread;
    g_hash_table_iter_init(&each, lanes);
    while (g_hash_table_iter_next(&each, NULL, &thread))
        worker_stop(thread); /* all of them first: they end side by side */
    g_hash_table_unref(lanes);
}

/* Recovering takes what is being sent for what a crash left behind: only the first of several does it. */
static bool begin_sending(engine *self, store *db)
{
    pthread_mutex_lock(&self->once_mutex);
    bool is_ready = self->once_sending > 0 || outbox_recover(db, NULL) >= 0;
    self->once_sending += is_ready;
    pthread_mutex_unlock(&self->once_mutex);
    return is_ready;
}

bool outbox_run_once(engine_account *account, worker *thread)
{
    engine *self = account->engine;
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, NULL);
    if (db == NULL || !begin_sending(self, db))
        return false;
    int64_t before = intent_count(db, account->id); /* put off by the server: what was sent changes nothing for them */
    sending_run_due(account, thread, db);
    pthread_mutex_lock(&self->once_mutex);
    self->once_sending--;
    pthread_mutex_unlock(&self->once_mutex);
    return intent_count(db, account->id) > before;
}

/* A full disk may get room again: tried until it works, or the thread is to end (NULL). */
static store *open_outbox(engine *self, worker *thread)
{
    while (!worker_is_stopping(thread)) {
        g_autoptr(GError) why = NULL;
        g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, &why);
        if (db != NULL && outbox_recover(db, &why) >= 0)
            return g_steal_pointer(&db);
        const struct event event = { .type = EVENT_NOTICE, .text = why != NULL ? why->message : NULL };
        event_post(self->events, &event);
        worker_wait(thread, -1, OPEN_AGAIN_MS);
        worker_clear_wake(thread);
    }
    return NULL;
}

static void free_lane(gpointer thread)
{
    worker_free(thread);
}

void outbox_main(worker *thread, void *data)
{
    engine *self = data;
    g_autoptr(store) db = open_outbox(self, thread);
    GHashTable *lanes = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_lane);
    while (db != NULL && !worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        start_lanes(self, db, lanes);
        wake_lanes(lanes);
        worker_wait(thread, instance_bell_fd(self->instance), -1);
        bool is_wanted = atomic_exchange(&self->wants_writers, false); /* one account has a step ready for another */
        if (instance_take_bell(self->instance) || is_wanted)           /* or another process wrote something down: intents too */
            engine_wake_writers(self);
    }
    stop_lanes(lanes);
}

/* --- another process does the network --- */
static int64_t data_version(store *db)
{
    sqlite3_stmt *row = store_prepare(db, "PRAGMA data_version", NULL);
    int64_t version = row != NULL && sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    if (row != NULL)
        sqlite3_reset(row);
    return version;
}

static void post_open_folders(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = g_ptr_array_index(self->accounts, i);
        engine_post(self, EVENT_FOLDERS_CHANGED, account->id, 0, 0);
        if (atomic_load(&account->open_folder) != 0)
            engine_post(self, EVENT_FOLDER_CHANGED, account->id, atomic_load(&account->open_folder), 0);
    }
    engine_post(self, EVENT_OUTBOX_CHANGED, 0, 0, 0);
}

void follower_main(worker *thread, void *data)
{
    engine *self = data;
    g_autoptr(store) db = store_open(self->store_path, STORE_READER, NULL);
    int64_t seen = db != NULL ? data_version(db) : 0;
    while (db != NULL && !worker_is_stopping(thread)) {
        worker_wait(thread, -1, FOLLOW_EVERY_MS);
        worker_clear_wake(thread);
        int64_t now = data_version(db);
        if (now != seen)
            post_open_folders(self);
        if (instance_is_free(self->store_path)) /* its workers are started by the thread that stops them: the screen's */
            engine_post(self, EVENT_ALONE, 0, 0, 0);
        seen = now;
    }
}

/* --- once, for `postern send` --- */
static void fail_not_sent(GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                _("The message is safe in the outbox; it was not sent yet and will be as soon as possible."));
}

struct send_once {
    engine *engine;
    int64_t id;
    bool is_accepted;
};

/* True: some got it, and the server wants the others in a transaction of their own, at once. */
static bool send_round(struct send_once *once, worker *thread, store *db)
{
    struct outbox_item *before = outbox_item(db, once->id, NULL);
    engine_account *account = before != NULL ? account_of(once->engine, before->account_key) : NULL;
    if (account != NULL)
        sending_run_one(account, thread, db, before);
    struct outbox_item *after = outbox_item(db, once->id, NULL);
    once->is_accepted = after == NULL || after->state == OUTBOX_FILED || after->state == OUTBOX_ACCEPTED;
    bool goes_on = before != NULL && after != NULL && after->state == OUTBOX_QUEUED &&
                   g_strv_length(after->accepted) > g_strv_length(before->accepted) &&
                   after->not_before_utc <= g_get_real_time() / G_USEC_PER_SEC;
    outbox_item_free(before);
    outbox_item_free(after);
    return goes_on;
}

static void send_main(worker *thread, void *data)
{
    struct send_once *once = data;
    g_autoptr(store) db = store_open(once->engine->store_path, STORE_WORKER, NULL);
    if (db == NULL || outbox_recover(db, NULL) < 0)
        return;
    while (send_round(once, thread, db) && !worker_is_stopping(thread))
        continue;
}

/* Another process sends: it is told to, and its result is awaited. */
static bool is_sent_by_other(engine *self, int64_t outbox_id, int timeout_ms)
{
    g_autoptr(store) db = store_open(self->store_path, STORE_READER, NULL);
    int64_t until = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    bool is_accepted = false, is_over = db == NULL || !instance_ring(self->store_path);
    while (!is_over) {
        struct outbox_item *item = outbox_item(db, outbox_id, NULL);
        is_accepted = item == NULL || item->state == OUTBOX_FILED || item->state == OUTBOX_ACCEPTED;
        is_over = is_accepted || item->state == OUTBOX_FAILED || item->state == OUTBOX_IN_DOUBT || item->state == OUTBOX_HELD ||
                  g_get_monotonic_time() >= until;
        outbox_item_free(item);
        if (!is_over)
            g_usleep(LOOK_EVERY_US);
    }
    return is_accepted;
}

bool engine_send_once(engine *self, int64_t outbox_id, int timeout_ms, GError **error)
{
    struct send_once once = { .engine = self, .id = outbox_id };
    if (!engine_prepare_once(self, error))
        return false;
    if (!engine_hold_once(self, error)) {
        if (error != NULL && *error != NULL)
            return false;
        once.is_accepted = is_sent_by_other(self, outbox_id, timeout_ms);
        if (!once.is_accepted)
            fail_not_sent(error);
        return once.is_accepted;
    }
    worker *thread = worker_start("send", send_main, &once);
    worker_join_within(thread, timeout_ms);
    worker_free(thread);
    if (!once.is_accepted)
        fail_not_sent(error);
    return once.is_accepted;
}
