/* SPDX-License-Identifier: MIT */
/* The outbox worker: what is due is sent, one message after another; what is in doubt is asked about. */
#include "core/account_endpoint.h"
#include "core/engine_private.h"
#include "core/intent.h"
#include "core/outbox_worker.h"
#include "net/error.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define FOLLOW_EVERY_MS   1000
#define OPEN_AGAIN_MS     30000
#define LOOK_EVERY_US     50000
#define BROKEN_FIRST_MS   5000 /* the connection failed: it may be back at once */
#define BROKEN_LONGEST_MS 120000

static engine_account *account_of(engine *self, const char *key)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *each = g_ptr_array_index(self->accounts, i);
        if (g_strcmp0(each->account->id, key) == 0)
            return each;
    }
    return NULL;
}

static bool needs_network(const struct account *settings)
{
    return settings->outgoing.protocol == ACCOUNT_PROTOCOL_SMTP;
}

static bool needs_password(const struct account *settings)
{
    return needs_network(settings) && settings->outgoing.user != NULL && *settings->outgoing.user != '\0' &&
           settings->outgoing.secret != ACCOUNT_SECRET_NONE;
}

static void notice(engine_account *account, const struct outbox_item *item, const char *words)
{
    g_autofree char *text = g_strdup_printf(_("\"%s\" is not sent yet: %s"), item->subject != NULL ? item->subject : "", words);
    const struct event event = { .type = EVENT_NOTICE, .account = account->id, .text = text };
    event_post(account->engine->events, &event);
}

/* --- servers that cannot be reached --- */
static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* 5 s, doubled to two minutes, with jitter: all its mail waits, and the first sign of the network ends it. */
static void leave_alone(engine_account *account)
{
    unsigned failures = atomic_fetch_add(&account->smtp_failures, 1);
    int delay_ms = MIN(BROKEN_FIRST_MS << MIN(failures, 8), BROKEN_LONGEST_MS);
    atomic_store(&account->smtp_until, now_ms() + delay_ms + g_random_int_range(0, delay_ms / 5));
}

static void note_outcome(engine_account *account, bool is_ok, const GError *why)
{
    bool needs_person = g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE) || g_error_matches(why, NET_ERROR, NET_ERROR_AUTH);
    if (is_ok)
        atomic_store(&account->smtp_failures, 0);
    else if (!needs_person && !g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED))
        leave_alone(account);
}

/* One row. True: look again at once. */
static bool run_item(engine *self, worker *thread, store *db, const struct outbox_item *item)
{
    engine_account *account = account_of(self, item->account_key);
    g_autoptr(GError) why = NULL;
    if (account == NULL)
        return false;
    if (item->state == OUTBOX_IN_DOUBT) {
        engine_doubt_question(account, item->id, item->subject);
        return false;
    }
    bool is_sending = item->state == OUTBOX_QUEUED;
    if ((!is_sending && item->state != OUTBOX_ACCEPTED) ||
        (is_sending && needs_network(account->account) && !atomic_load(&self->is_online)))
        return false;
    if (is_sending && (engine_is_waiting_for_person(account, true) || atomic_load(&account->smtp_until) > now_ms()))
        return false; /* the answer, or the time, wakes this worker */
    char *password = is_sending && needs_password(account->account) ? engine_password(account, true, worker_cancel_fd(thread), &why) : NULL;
    if (is_sending && needs_password(account->account) && password == NULL) {
        if (why != NULL && !worker_is_stopping(thread)) {
            note_outcome(account, false, why);
            notice(account, item, why->message);
        }
        return false; /* asked, or stopping, or without a token */
    }
    g_autofree char *pins = engine_pins(account, &account->account->outgoing), *name = g_strdup_printf("smtp %s", account->account->id);
    const struct net_context context = { .cancel_fd = worker_cancel_fd(thread), .log_name = name };
    g_autofree char *weaker = NULL;
    const struct outbox_job job = { .store = db,
                                    .account = account->account,
                                    .settings = self->settings,
                                    .password = password,
                                    .pins = pins,
                                    .context = &context,
                                    .notice = &weaker };
    struct net_trust_verdict verdict = { 0 };
    bool is_ok = outbox_worker_run(&job, item, &verdict, &why);
    net_secret_free(password);
    if (weaker != NULL)
        engine_notice(account, weaker);
    engine_access_token_refused(account, why);
    if (is_sending)
        note_outcome(account, is_ok, why);
    if (!is_ok && g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE))
        engine_certificate_question(account, true, &verdict);
    else if (!is_ok && g_error_matches(why, NET_ERROR, NET_ERROR_AUTH))
        engine_password_refused(account, true, why->message);
    if (!is_ok && why != NULL && !worker_is_stopping(thread))
        notice(account, item, why->message);
    net_trust_verdict_clear(&verdict);
    engine_post(self, EVENT_OUTBOX_CHANGED, account->id, 0, item->id);
    engine_post(self, EVENT_FOLDERS_CHANGED, account->id, 0, 0);
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (account->workers[i] != NULL) /* Sent copies and \Answered are intents of the account */
            worker_wake(account->workers[i]);
    }
    return is_ok;
}

/* Milliseconds until the next row is due; -1: none waits. */
static int next_due_ms(engine *self, GPtrArray *items)
{
    int64_t now_us = g_get_real_time(), next = G_MAXINT64;
    for (guint i = 0; i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        engine_account *account = account_of(self, item->account_key);
        if (item->state != OUTBOX_QUEUED || account == NULL || engine_is_waiting_for_person(account, true) ||
            (needs_network(account->account) && !atomic_load(&self->is_online)))
            continue; /* somebody will wake us */
        int64_t due = item->not_before_utc * 1000 - now_us / 1000, reachable = atomic_load(&account->smtp_until) - now_ms();
        next = MIN(next, MAX(due, reachable));
    }
    return next == G_MAXINT64 ? -1 : (int)CLAMP(next, 200, 3600 * 1000);
}

static bool is_due(const struct outbox_item *item)
{
    return item->state != OUTBOX_QUEUED || item->not_before_utc <= g_get_real_time() / G_USEC_PER_SEC;
}

static void run_all(engine *self, worker *thread, store *db)
{
    g_autoptr(GPtrArray) items = outbox_items(db, NULL);
    for (guint i = 0; items != NULL && i < items->len && !worker_is_stopping(thread); i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (is_due(item))
            run_item(self, thread, db, item);
    }
}

bool outbox_run_once(engine *self, worker *thread, int64_t account_id)
{
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, NULL);
    if (db == NULL || outbox_recover(db, NULL) < 0)
        return false;
    run_all(self, thread, db);
    return intent_count(db, account_id) > 0;
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

void outbox_main(worker *thread, void *data)
{
    engine *self = data;
    g_autoptr(store) db = open_outbox(self, thread);
    while (db != NULL && !worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        run_all(self, thread, db);
        g_autoptr(GPtrArray) items = outbox_items(db, NULL);
        worker_wait(thread, instance_bell_fd(self->instance), items != NULL ? next_due_ms(self, items) : 5000);
        bool is_wanted = atomic_exchange(&self->wants_writers, false); /* one account has a step ready for another */
        if (instance_take_bell(self->instance) || is_wanted)           /* or another process wrote something down: intents too */
            engine_wake_writers(self);
    }
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

static void send_main(worker *thread, void *data)
{
    struct send_once *once = data;
    g_autoptr(store) db = store_open(once->engine->store_path, STORE_WORKER, NULL);
    if (db == NULL || outbox_recover(db, NULL) < 0)
        return;
    for (int round = 0; round < 2; round++) { /* once to send, once to file */
        struct outbox_item *item = outbox_item(db, once->id, NULL);
        if (item != NULL && is_due(item))
            run_item(once->engine, thread, db, item);
        once->is_accepted = item == NULL || item->state == OUTBOX_FILED || item->state == OUTBOX_ACCEPTED;
        outbox_item_free(item);
    }
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
