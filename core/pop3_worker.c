/* SPDX-License-Identifier: MIT */
/* The network side of a POP3 account: visits to the maildrop at intervals, on a thread of its own. What a person does to mail is settled by the
 * local worker (core/sync_maildir), which never waits for a server. */
#include "core/pop3_session_private.h"
#include <glib/gi18n-lib.h>

#define NEVER_GIVEN_UP_S 300
#define LOCKED_S         30 /* another program is reading the mailbox: it will not take long */
#define TRIES_ONCE       4  /* of `postern sync`, one after another without progress */

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* The local worker need not look at files that are about to be noted. */
static void set_delivering(engine_account *account, bool is_delivering)
{
    atomic_store(&account->is_delivering, is_delivering);
    if (!is_delivering && account->workers[LANE_INTERACTIVE] != NULL)
        worker_wake(account->workers[LANE_INTERACTIVE]);
}

/* After silence the next try is another one, one request at a time, and at once. A line that breaks is no sign of that: there it would only be slow. */
static void note_end(pop3_session *self, bool is_ok, const GError *why)
{
    bool is_silent = g_error_matches(why, NET_ERROR, NET_ERROR_TIMEOUT);
    if (is_ok)
        return;
    self->progress += is_silent && !self->is_one_by_one ? 1 : 0;
    self->is_one_by_one = is_silent;
}

/* One connection, from greeting to QUIT. */
static bool visit(pop3_session *self, bool *is_again_out, GError **error)
{
    *is_again_out = false;
    if (!pop3_session_open(self, error))
        return false;
    set_delivering(self->account, true);
    bool is_ok = sync_pop3_run(self, is_again_out, error);
    note_end(self, is_ok, error != NULL ? *error : NULL);
    set_delivering(self->account, false);
    pop3_session_close(self);
    self->was_cut = !is_ok;
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    return is_ok;
}

static bool is_line_broken(const GError *why)
{
    return g_error_matches(why, NET_ERROR, NET_ERROR_CLOSED) || g_error_matches(why, NET_ERROR, NET_ERROR_IO) ||
           g_error_matches(why, NET_ERROR, NET_ERROR_TLS) || g_error_matches(why, NET_ERROR, NET_ERROR_TIMEOUT);
}

/* Visits until there is nothing more to do. A line that breaks is no failure as long as each connection brings something. */
static bool visit_all(pop3_session *self, GError **error)
{
    bool is_again = true;
    while (is_again && !worker_is_stopping(self->thread)) {
        GError *why = NULL;
        unsigned progress = self->progress;
        bool is_ok = visit(self, &is_again, &why);
        if (!is_ok && (!is_line_broken(why) || self->progress == progress))
            return g_propagate_error(error, why), false;
        is_again = is_again || !is_ok;
        g_clear_error(&why);
    }
    return true;
}

/* --- waiting --- */
struct rest {
    unsigned failures;        /* one after another that brought nothing */
    unsigned progress;        /* of the session, at the last of them */
    unsigned sync_wishes;     /* seen: a person who presses "sync" ends the wait */
    unsigned network_changes; /* seen: another network, or the end of a sleep, ends it too */
};

/* A line that breaks often but brings something each time is no reason to wait longer and longer. */
static void note_failure(const pop3_session *self, struct rest *rest)
{
    rest->failures = self->progress != rest->progress ? 1 : rest->failures + 1;
    rest->progress = self->progress;
}

static int backoff_s(const pop3_session *self, const struct rest *rest)
{
    static const int steps_s[] = { 1, 2, 5, 10, 30, 60, 120, 300 };
    int wait_s = steps_s[MIN(rest->failures, G_N_ELEMENTS(steps_s)) - 1];
    return MAX(wait_s, MAX(self->is_locked ? LOCKED_S : 0, self->is_locked ? self->login_delay_s : 0));
}

static void wait_for(pop3_session *self, struct rest *rest, int64_t until_ms, bool needs_person)
{
    while (!worker_is_stopping(self->thread) && engine_account_is_online(self->account)) {
        int64_t left = until_ms - now_ms();
        unsigned wishes = atomic_load(&self->account->sync_wishes);
        bool is_moved = atomic_load(&self->account->network_changes) != rest->network_changes;
        if (wishes != rest->sync_wishes || ((left <= 0 || is_moved) && !needs_person) ||
            (needs_person && !engine_is_waiting_for_person(self->account, false)))
            break;
        worker_wait(self->thread, -1, needs_person ? -1 : (int)MIN(left, G_MAXINT));
        worker_clear_wake(self->thread);
    }
    rest->sync_wishes = atomic_load(&self->account->sync_wishes);
    rest->network_changes = atomic_load(&self->account->network_changes);
}

static void wait_next(pop3_session *self, struct rest *rest)
{
    int interval_s = MAX(engine_poll_interval_s(self->account->engine), self->login_delay_s);
    int jitter_ms = g_random_int_range(0, interval_s * 50 + 1);
    rest->failures = 0;
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_ONLINE, "");
    wait_for(self, rest, now_ms() + (int64_t)interval_s * 1000 + jitter_ms, false);
}

static void wait_failed(pop3_session *self, struct rest *rest, const GError *why)
{
    bool needs_person = g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE) || g_error_matches(why, NET_ERROR, NET_ERROR_AUTH);
    if (worker_is_stopping(self->thread) || g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED))
        return;
    note_failure(self, rest);
    int wait_s = needs_person ? NEVER_GIVEN_UP_S : backoff_s(self, rest);
    engine_set_trouble(self->account, LANE_BACKGROUND, needs_person, why);
    wait_for(self, rest, now_ms() + (int64_t)wait_s * 1000 + g_random_int_range(0, wait_s * 250 + 1), needs_person);
}

/* Offline by a person's switch: no connection at all. */
static bool wait_online(pop3_session *self)
{
    if (engine_account_is_online(self->account))
        return false;
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_OFFLINE, _("offline, as you wished"));
    worker_wait(self->thread, -1, -1);
    worker_clear_wake(self->thread);
    return true;
}

/* --- the thread --- */
void pop3_main(worker *thread, void *data)
{
    engine_account *account = data;
    pop3_session session;
    struct rest rest = { .sync_wishes = atomic_load(&account->sync_wishes) };
    pop3_session_init(&session, account, thread);
    while (!worker_is_stopping(thread)) {
        g_autoptr(GError) why = NULL;
        if (wait_online(&session))
            continue;
        if (visit_all(&session, &why))
            wait_next(&session, &rest);
        else
            wait_failed(&session, &rest, why);
    }
    pop3_session_clear(&session);
}

/* A silent server, or one that speaks no TLS, is worth another try only if it was there before. */
static bool is_worth_a_try(const pop3_session *self, const struct rest *rest, const GError *why)
{
    bool is_cut = g_error_matches(why, NET_ERROR, NET_ERROR_CLOSED) || g_error_matches(why, NET_ERROR, NET_ERROR_IO);
    return rest->failures < TRIES_ONCE && (is_cut || (is_line_broken(why) && self->progress > 0));
}

bool pop3_sync_once(engine_account *account, worker *thread, GError **error)
{
    pop3_session session;
    struct rest rest = { 0 };
    GError *why = NULL;
    bool is_ok = false, is_over = false;
    pop3_session_init(&session, account, thread);
    while (!is_over && !worker_is_stopping(thread)) {
        g_clear_error(&why);
        is_ok = visit_all(&session, &why);
        if (!is_ok)
            note_failure(&session, &rest);
        is_over = is_ok || !is_worth_a_try(&session, &rest, why);
        if (!is_over)
            wait_for(&session, &rest, now_ms() + 1000 * (int64_t)rest.failures, false);
    }
    pop3_session_clear(&session);
    if (why != NULL)
        g_propagate_error(error, why);
    return is_ok;
}
