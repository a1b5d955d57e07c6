/* SPDX-License-Identifier: MIT */
/* The worker that carries out rules on arrival and brings back mail that was put off: woken by whatever changed a folder, and by the clock. */
#include "core/arrival.h"
#include "core/engine_private.h"

#define TEXT_POLL_MS  2000 /* while a rule waits for a text */
#define TEXT_AGAIN_US (60 * G_USEC_PER_SEC)
#define CLOCK_MAX_MS  60000 /* the clock may be set, or the computer sleep */

struct arrivals {
    engine *engine;
    worker *thread;
    GHashTable *asked;   /* int64 placement → int64 monotonic µs: when its text was asked for */
    GHashTable *noticed; /* what was said already */
};

static void on_changed(void *data, int64_t account_id, int64_t folder_id)
{
    const struct arrivals *self = data;
    engine_post(self->engine, EVENT_FOLDER_CHANGED, account_id, folder_id, 0);
}

static void on_tell(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id, enum news_kind news)
{
    const struct arrivals *self = data;
    const struct event event = { .type = EVENT_NEWS, .state = (int)news, .account = account_id, .folder = folder_id, .item = placement_id };
    event_post(self->engine->events, &event);
}

static void on_want_text(void *data, int64_t account_id, int64_t placement_id)
{
    struct arrivals *self = data;
    const int64_t *last = g_hash_table_lookup(self->asked, &placement_id);
    int64_t now_us = g_get_monotonic_time();
    if (last != NULL && now_us - *last < TEXT_AGAIN_US)
        return;
    g_hash_table_insert(self->asked, g_memdup2(&placement_id, sizeof placement_id), g_memdup2(&now_us, sizeof now_us));
    engine_fetch_message(self->engine, account_id, placement_id);
}

static bool on_is_stopping(void *data)
{
    const struct arrivals *self = data;
    return worker_is_stopping(self->thread);
}

static void on_notice(void *data, const char *words)
{
    struct arrivals *self = data;
    if (!g_hash_table_add(self->noticed, g_strdup(words)))
        return;
    const struct event event = { .type = EVENT_NOTICE, .text = (char *)words };
    event_post(self->engine->events, &event);
}

static void arrivals_init(struct arrivals *self, engine *engine, worker *thread)
{
    *self = (struct arrivals){ .engine = engine,
                               .thread = thread,
                               .asked = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free),
                               .noticed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
}

static void arrivals_clear(struct arrivals *self)
{
    g_hash_table_unref(self->asked);
    g_hash_table_unref(self->noticed);
}

/* How long it may sleep then. */
static int run(struct arrivals *self, store *db, int64_t account_id, bool *has_intents_out)
{
    const struct arrival_hooks hooks = { self, on_changed, on_tell, on_want_text, on_is_stopping, on_notice };
    struct arrival_result result = { 0 };
    g_autoptr(GError) why = NULL;
    bool is_ok = arrival_run(db, account_id, &hooks, &result, &why);
    if (!is_ok && !g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY)) /* else it is tried again, as often as need be */
        on_notice(self, why->message);
    *has_intents_out = result.has_intents;
    if (!is_ok || result.is_waiting)
        return TEXT_POLL_MS;
    if (g_hash_table_size(self->asked) > 0)
        g_hash_table_remove_all(self->asked);
    int64_t left_s = result.next_utc - g_get_real_time() / G_USEC_PER_SEC;
    return result.next_utc == 0 ? -1 : (int)CLAMP(left_s * 1000, 100, CLOCK_MAX_MS);
}

static void arrivals_main(worker *thread, void *data)
{
    struct arrivals self;
    g_autoptr(GError) why = NULL;
    arrivals_init(&self, data, thread);
    g_autoptr(store) db = store_open(self.engine->store_path, STORE_WORKER, &why);
    while (db != NULL && !worker_is_stopping(thread)) {
        bool has_intents = false;
        worker_clear_wake(thread);
        int wait_ms = run(&self, db, 0, &has_intents);
        if (has_intents)
            engine_wake_writers_soon(self.engine);
        worker_wait(thread, -1, wait_ms);
    }
    if (why != NULL)
        on_notice(&self, why->message);
    arrivals_clear(&self);
}

bool engine_arrivals_once(engine *engine, worker *thread, int64_t account_id)
{
    struct arrivals self;
    bool has_intents = false;
    g_autoptr(store) db = store_open(engine->store_path, STORE_WORKER, NULL);
    arrivals_init(&self, engine, thread);
    pthread_mutex_lock(&engine->once_mutex); /* rules, and what comes back, are done once */
    if (db != NULL)
        run(&self, db, account_id, &has_intents);
    pthread_mutex_unlock(&engine->once_mutex);
    arrivals_clear(&self);
    return has_intents;
}

void engine_arrivals_start(engine *self)
{
    worker *started = worker_start("arrivals", arrivals_main, self);
    pthread_mutex_lock(&self->mutex);
    worker *old = self->arrivals;
    self->arrivals = old != NULL ? old : started;
    pthread_mutex_unlock(&self->mutex);
    if (old != NULL)
        worker_free(started);
}

void engine_arrivals_stop(engine *self)
{
    pthread_mutex_lock(&self->mutex);
    worker *stopped = self->arrivals;
    self->arrivals = NULL;
    pthread_mutex_unlock(&self->mutex);
    worker_free(stopped);
}

void engine_wake_arrivals(engine *self)
{
    pthread_mutex_lock(&self->mutex);
    if (self->arrivals != NULL)
        worker_wake(self->arrivals);
    pthread_mutex_unlock(&self->mutex);
}
