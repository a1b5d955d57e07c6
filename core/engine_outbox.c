/* SPDX-License-Identifier: MIT */
/* The outbox worker: what is due is sent, one message after another; what is in doubt is asked about. */
#include "core/account_endpoint.h"
#include "core/engine_private.h"
#include "core/outbox_worker.h"
#include "net/error.h"
#include <glib/gi18n-lib.h>
#include <string.h>

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
    char *password = is_sending && needs_password(account->account) ? engine_password(account, true, worker_cancel_fd(thread), &why) : NULL;
    if (is_sending && needs_password(account->account) && password == NULL)
        return false; /* asked, or stopping */
    g_autofree char *pins = engine_pins(account, &account->account->outgoing), *name = g_strdup_printf("smtp %s", account->account->id);
    const struct net_context context = { .cancel_fd = worker_cancel_fd(thread), .log_name = name };
    const struct outbox_job job = {
        .store = db, .account = account->account, .settings = self->settings, .password = password, .pins = pins, .context = &context
    };
    struct net_trust_verdict verdict = { 0 };
    bool is_ok = outbox_worker_run(&job, item, &verdict, &why);
    net_secret_free(password);
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
static int next_due_ms(GPtrArray *items)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC, next = G_MAXINT64;
    for (guint i = 0; i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (item->state == OUTBOX_QUEUED)
            next = MIN(next, item->not_before_utc);
    }
    return next == G_MAXINT64 ? -1 : (int)CLAMP((next - now) * 1000, 200, 3600 * 1000);
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

void outbox_main(worker *thread, void *data)
{
    engine *self = data;
    g_autoptr(GError) why = NULL;
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, &why);
    if (db == NULL || outbox_recover(db, &why) < 0) {
        const struct event event = { .type = EVENT_NOTICE, .text = why != NULL ? why->message : NULL };
        event_post(self->events, &event);
        return;
    }
    while (!worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        run_all(self, thread, db);
        g_autoptr(GPtrArray) items = outbox_items(db, NULL);
        worker_wait(thread, -1, items != NULL ? next_due_ms(items) : 5000);
    }
}

/* --- once, for `postern send` --- */
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

bool engine_send_once(engine *self, int64_t outbox_id, int timeout_ms, GError **error)
{
    struct send_once once = { .engine = self, .id = outbox_id };
    if (!engine_prepare_once(self, error))
        return false;
    worker *thread = worker_start("send", send_main, &once);
    worker_join_within(thread, timeout_ms);
    worker_free(thread);
    if (!once.is_accepted)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    _("The message is safe in the outbox; it was not sent yet and will be as soon as possible."));
    return once.is_accepted;
}
