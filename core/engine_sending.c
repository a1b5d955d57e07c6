/* SPDX-License-Identifier: MIT */
/* One account's outgoing mail: what is due is sent, one message after another over one connection; what is in doubt is asked about. */
#include "core/account_endpoint.h"
#include "core/engine_private.h"
#include "core/outbox_clock.h"
#include "core/outbox_words.h"
#include "core/outbox_worker.h"
#include "net/error.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <time.h>

#define BROKEN_FIRST_MS   5000 /* the connection failed: it may be back at once */
#define BROKEN_LONGEST_MS 120000
#define SHOWN_BYTES       (256 * 1024) /* smaller messages are gone before anybody could look */
#define PROGRESS_EVERY_US 100000
#define LOOK_AGAIN_MS     5000
#define CLOCK_DRIFT_S     2 /* less than that is no clock that was set */

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
    engine_notice(account, text);
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

/* --- what the screen sees while a big message goes out --- */
struct upload {
    engine_account *account;
    char *title;
    int64_t job; /* 0: none shown yet */
    int64_t told_us;
    bool is_cancelled;
};

static void post_upload(const struct upload *self, uint64_t done, uint64_t total, enum job_state state)
{
    const struct event event = { .type = EVENT_PROGRESS,
                                 .account = self->account->id,
                                 .item = self->job,
                                 .done = (int64_t)done,
                                 .total = (int64_t)total,
                                 .text = self->title,
                                 .state = state };
    if (self->job != 0)
        event_post(self->account->engine->events, &event);
}

static bool note_upload(uint64_t done, uint64_t total, void *data)
{
    struct upload *self = data;
    engine *engine = self->account->engine;
    int64_t now_us = g_get_monotonic_time();
    if (total < SHOWN_BYTES)
        return true;
    if (self->job == 0)
        self->job = atomic_fetch_add(&engine->last_job, 1) + 1;
    self->is_cancelled = self->is_cancelled || atomic_load(&engine->cancelled_job) == self->job;
    if (now_us - self->told_us >= PROGRESS_EVERY_US)
        post_upload(self, done, total, JOB_RUNNING);
    self->told_us = now_us - self->told_us >= PROGRESS_EVERY_US ? now_us : self->told_us;
    return !self->is_cancelled;
}

/* --- one row --- */
/* May it be tried now at all? What is not so is woken for: an answer, the network, the time. */
static bool may_send(engine_account *account)
{
    bool is_reachable = !needs_network(account->account) || engine_account_is_online(account);
    return is_reachable && !engine_is_waiting_for_person(account, true) && atomic_load(&account->smtp_until) <= now_ms();
}

/* False: asked, or stopping, or without a token. */
static bool take_password(engine_account *account, worker *thread, const struct outbox_item *item, char **password_out)
{
    g_autoptr(GError) why = NULL;
    if (!needs_password(account->account))
        return true;
    *password_out = engine_password(account, true, worker_cancel_fd(thread), &why);
    if (*password_out == NULL && why != NULL && !worker_is_stopping(thread)) {
        note_outcome(account, false, why);
        notice(account, item, why->message);
    }
    return *password_out != NULL;
}

/* The person is asked about it: that says more. */
static bool is_in_doubt(store *db, int64_t id)
{
    struct outbox_item *now = outbox_item(db, id, NULL);
    bool is_doubtful = now != NULL && now->state == OUTBOX_IN_DOUBT;
    outbox_item_free(now);
    return is_doubtful;
}

static void ask_or_tell(engine_account *account, const struct outbox_item *item, const struct net_trust_verdict *verdict, const GError *why)
{
    if (g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE))
        engine_certificate_question(account, true, verdict);
    else if (g_error_matches(why, NET_ERROR, NET_ERROR_AUTH))
        engine_password_refused(account, true, why->message);
    if (g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
        return; /* somebody else is writing: it goes on by itself */
    notice(account, item, why->message);
}

/* The person stopped the upload: nothing was sent, and the message comes back. */
static void hold_back(store *db, const struct outbox_job *job, const struct outbox_item *item)
{
    struct outbox_item *held = outbox_set_state(db, item->id, OUTBOX_HELD, NULL, NULL) ? outbox_item(db, item->id, NULL) : NULL;
    if (held != NULL)
        outbox_worker_run(job, held, NULL, NULL);
    outbox_item_free(held);
}

static void tell_end(engine_account *account, store *db, const struct outbox_item *before)
{
    struct outbox_item *after = outbox_item(db, before->id, NULL);
    g_autofree char *words = after != NULL ? outbox_news(before, after) : NULL;
    const struct event news = { .type = EVENT_NOTICE, .state = 1, .account = account->id, .text = words };
    if (words != NULL && after->state != OUTBOX_ACCEPTED && after->state != OUTBOX_FILED && after->state != OUTBOX_QUEUED)
        event_post(account->engine->events, &news); /* refused, or in doubt */
    else if (words != NULL)
        engine_notice(account, words);
    outbox_item_free(after);
}

static void post_changes(engine_account *account, int64_t id)
{
    engine *self = account->engine;
    engine_post(self, EVENT_OUTBOX_CHANGED, account->id, 0, id);
    engine_post(self, EVENT_FOLDERS_CHANGED, account->id, 0, 0);
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (account->workers[i] != NULL) /* Sent copies and \Answered are intents of the account */
            worker_wake(account->workers[i]);
    }
}

static bool run_row(engine_account *account, worker *thread, store *db, const struct outbox_item *item, outbox_session *session,
                    const char *password)
{
    g_autofree char *pins = engine_pins(account, &account->account->outgoing), *name = g_strdup_printf("smtp %s", account->account->id);
    g_autofree char *said = NULL, *title = g_strdup_printf(_("Sending: %s"), item->subject != NULL ? item->subject : "");
    const struct net_context context = { .cancel_fd = worker_cancel_fd(thread), .log_name = name };
    struct upload upload = { .account = account, .title = title };
    struct net_trust_verdict verdict = { 0 };
    g_autoptr(GError) why = NULL;
    const struct outbox_job job = { .store = db,
                                    .account = account->account,
                                    .settings = account->engine->settings,
                                    .password = password,
                                    .pins = pins,
                                    .context = &context,
                                    .session = session,
                                    .progress = note_upload,
                                    .progress_data = &upload,
                                    .notice = &said };
    bool is_ok = outbox_worker_run(&job, item, &verdict, &why);
    post_upload(&upload, 1, 1, is_ok ? JOB_DONE : upload.is_cancelled ? JOB_CANCELLED : JOB_FAILED);
    if (upload.is_cancelled && !is_ok)
        hold_back(db, &job, item);
    if (said != NULL)
        engine_notice(account, said);
    engine_access_token_refused(account, why);
    if (item->state == OUTBOX_QUEUED)
        note_outcome(account, is_ok, why);
    if (!is_ok && why != NULL && !worker_is_stopping(thread) && !upload.is_cancelled && !is_in_doubt(db, item->id))
        ask_or_tell(account, item, &verdict, why);
    else if (is_ok)
        tell_end(account, db, item);
    net_trust_verdict_clear(&verdict);
    return is_ok;
}

static bool has_changed(store *db, const struct outbox_item *before)
{
    struct outbox_item *after = outbox_item(db, before->id, NULL);
    bool is_same = after != NULL && after->state == before->state && after->is_returned == before->is_returned;
    outbox_item_free(after);
    return !is_same;
}

static bool run_item(engine_account *account, worker *thread, store *db, const struct outbox_item *item, outbox_session *session)
{
    char *password = NULL;
    bool is_ok = false, is_sending = item->state == OUTBOX_QUEUED;
    if (item->state == OUTBOX_IN_DOUBT) {
        engine_doubt_question(account, item->id, item->subject);
        return false;
    }
    if (!is_sending || (may_send(account) && take_password(account, thread, item, &password))) {
        is_ok = run_row(account, thread, db, item, session, password);
        if (is_sending || has_changed(db, item))
            post_changes(account, item->id);
    }
    net_secret_free(password);
    return is_ok;
}

/* --- all that is due --- */
static bool is_at_rest(const struct outbox_item *item)
{
    return item->state == OUTBOX_FAILED && item->is_returned;
}

static bool is_due(const struct outbox_item *item)
{
    return !is_at_rest(item) && !item->is_taken &&
           (item->state != OUTBOX_QUEUED || item->not_before_utc <= g_get_real_time() / G_USEC_PER_SEC);
}

/* In the order they were written; what has failed before comes after what has not. */
static int by_turn(gconstpointer left, gconstpointer right)
{
    const struct outbox_item *a = *(struct outbox_item *const *)left, *b = *(struct outbox_item *const *)right;
    if (a->attempts != b->attempts)
        return a->attempts < b->attempts ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static GPtrArray *items_of(engine_account *account, store *db)
{
    GPtrArray *items = outbox_items(db, NULL);
    for (guint i = items != NULL ? items->len : 0; i-- > 0;) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (item->account_id != account->id)
            g_ptr_array_remove_index(items, i);
    }
    if (items != NULL)
        g_ptr_array_sort(items, by_turn);
    return items;
}

/* Milliseconds until the next row is due; -1: none waits, or somebody will wake us. */
static int next_due_ms(engine_account *account, store *db)
{
    g_autoptr(GPtrArray) items = items_of(account, db);
    int64_t now_us = g_get_real_time(), next = G_MAXINT64;
    bool is_held_up =
        engine_is_waiting_for_person(account, true) || (needs_network(account->account) && !engine_account_is_online(account));
    for (guint i = 0; items != NULL && !is_held_up && i < items->len; i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        int64_t due = item->not_before_utc * 1000 - now_us / 1000, reachable = atomic_load(&account->smtp_until) - now_ms();
        if (item->is_taken)
            continue;
        if (item->state == OUTBOX_QUEUED)
            next = MIN(next, MAX(due, reachable));
        else if (!is_at_rest(item) && item->state != OUTBOX_IN_DOUBT)
            next = MIN(next, LOOK_AGAIN_MS); /* its folder is not known yet */
    }
    if (items == NULL)
        return LOOK_AGAIN_MS;
    return next == G_MAXINT64 ? -1 : (int)CLAMP(next, 200, 3600 * 1000);
}

/* A clock that was set since the last look changes nothing of how long a delay is. */
static void follow_clock(engine_account *account, store *db)
{
    struct timespec since_boot = { 0 };
    clock_gettime(CLOCK_BOOTTIME, &since_boot); /* goes on while the computer sleeps */
    int64_t offset_s = g_get_real_time() / G_USEC_PER_SEC - since_boot.tv_sec;
    int64_t before_s = atomic_exchange(&account->engine->clock_offset_s, offset_s), jump_s = before_s != 0 ? offset_s - before_s : 0;
    if (!outbox_follow_clock(db, ABS(jump_s) > CLOCK_DRIFT_S ? jump_s : 0, NULL))
        atomic_store(&account->engine->clock_offset_s, before_s); /* busy: the next look sees it again */
}

/* A server that takes only so many messages over one connection, or says "later", ends the round for those behind: smtp_until. */
static void run_due(engine_account *account, worker *thread, store *db, outbox_session *session)
{
    follow_clock(account, db);
    g_autoptr(GPtrArray) items = items_of(account, db);
    for (guint i = 0; items != NULL && i < items->len && !worker_is_stopping(thread); i++) {
        const struct outbox_item *item = g_ptr_array_index(items, i);
        if (is_due(item))
            run_item(account, thread, db, item, session);
    }
    outbox_session_close(session);
}

void sending_run_due(engine_account *account, worker *thread, store *db)
{
    outbox_session *session = outbox_session_new();
    run_due(account, thread, db, session);
    outbox_session_free(session);
}

void sending_run_one(engine_account *account, worker *thread, store *db, const struct outbox_item *item)
{
    if (is_due(item))
        run_item(account, thread, db, item, NULL);
}

void sending_main(worker *thread, void *data)
{
    engine_account *account = data;
    g_autoptr(store) db = store_open(account->engine->store_path, STORE_WORKER, NULL);
    outbox_session *session = outbox_session_new();
    while (db != NULL && !worker_is_stopping(thread)) {
        worker_clear_wake(thread);
        if (atomic_exchange(&account->wants_sending, false))
            outbox_hurry(db, account->id, NULL);
        run_due(account, thread, db, session);
        worker_wait(thread, -1, worker_is_stopping(thread) ? 0 : next_due_ms(account, db));
    }
    outbox_session_free(session);
}
