/* SPDX-License-Identifier: MIT */
/* A connection of an account that is kept: opened, used step by step, and after a failure opened again when its time has come. */
#include "core/imap_alone_private.h"
#include "core/imap_workers_private.h"
#include "net/refusal.h"
#include <glib/gi18n-lib.h>
#include <sys/socket.h>

#define NEVER_GIVEN_UP_S 300

struct backoff {
    int64_t failing_since; /* monotonic ms; 0: it works */
    int64_t failed_at;
    unsigned sync_wishes;     /* seen: a person who presses "sync" ends the wait */
    unsigned network_changes; /* seen: another network is another chance, but no other password */
    unsigned turned_away;     /* in a row, before it was let in */
};

#define WAIT_LEAST_MS   1000
#define WAIT_MOST_MS    300000
#define WAIT_SHARE      12
#define TURNED_AWAY_MAX 2     /* while the other connection lives: then it is this one that the server does not want */
#define GOOD_AGAIN_MS   60000 /* one that lets us in and then breaks every time must not be asked every second */

/* A twelfth of the time it has been away: back within seconds after a minute, within minutes after an hour, and never a storm. */
static int backoff_ms(const struct backoff *backoff)
{
    int64_t away = g_get_monotonic_time() / 1000 - backoff->failing_since;
    int base = (int)CLAMP(away / WAIT_SHARE, WAIT_LEAST_MS, WAIT_MOST_MS);
    return base + (int)g_random_int_range(0, base / 4 + 1); /* jitter: many clients must not come back at once */
}

static bool is_question(const GError *why)
{
    return g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE) || g_error_matches(why, NET_ERROR, NET_ERROR_AUTH);
}

static bool is_moved(const imap_session *self, const struct backoff *backoff)
{
    return atomic_load(&self->account->network_changes) != backoff->network_changes;
}

/* Until the time is over, the network changed, or a person answered or asked. What the server itself asked for (least_ms) no person can shorten. */
static void wait_backoff(imap_session *self, struct backoff *backoff, int least_ms, bool needs_person)
{
    int64_t now = g_get_monotonic_time() / 1000, least = now + least_ms;
    int64_t until = now + (needs_person ? NEVER_GIVEN_UP_S * 1000 : MAX(backoff_ms(backoff), least_ms));
    while (!worker_is_stopping(self->thread) && engine_account_is_online(self->account)) {
        int64_t left = until - g_get_monotonic_time() / 1000;
        unsigned wishes = atomic_load(&self->account->sync_wishes);
        bool is_hurried =
            (wishes != backoff->sync_wishes || (is_moved(self, backoff) && !needs_person)) && g_get_monotonic_time() / 1000 >= least;
        if (is_hurried || (left <= 0 && !needs_person) || (needs_person && !engine_is_waiting_for_person(self->account, false)))
            break;
        worker_wait(self->thread, -1, needs_person ? -1 : (int)left);
        worker_clear_wake(self->thread);
    }
    backoff->sync_wishes = atomic_load(&self->account->sync_wishes);
    if (is_moved(self, backoff))
        backoff->failing_since = 0; /* what failed so far says nothing about this network */
    backoff->network_changes = atomic_load(&self->account->network_changes);
}

/* What lies in the sending queue must not reach the server later, when a new connection has looked whether it was done. */
static void abort_connection(imap_session *self)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    int fd = self->client != NULL ? net_stream_fd(imap_client_stream(self->client)) : -1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once); /* without it: as good as it gets */
    imap_session_close(self);
}

/* Hung up on, or refused, before it was let in: what servers do that have no words for "one connection too many". */
static bool is_turned_away(const GError *why)
{
    return g_error_matches(why, NET_ERROR, NET_ERROR_CLOSED) || g_error_matches(why, NET_ERROR, NET_ERROR_REFUSED);
}

/* A line that died without a word seldom dies alone: the account's other one is asked now whether it lives. */
static void doubt_others(const imap_session *self, const GError *why)
{
    for (size_t lane = 0; self->client != NULL && lane < G_N_ELEMENTS(self->account->workers); lane++) {
        worker *other = self->account->workers[lane];
        if (g_error_matches(why, NET_ERROR, NET_ERROR_TIMEOUT) && other != NULL && other != self->thread)
            worker_hurry(other);
    }
}

static void fail_connection(imap_session *self, struct backoff *backoff, const GError *why)
{
    int least_ms = 0;
    doubt_others(self, why);
    bool needs_person = is_question(why);
    bool is_one_too_many = net_refusal_of(why->message, &least_ms) == NET_REFUSAL_CONNECTIONS ||
                           (backoff->turned_away >= TURNED_AWAY_MAX && is_turned_away(why));
    imap_session_note_end(self, why);
    abort_connection(self);
    imap_alone_end(self);
    bool has_room = is_one_too_many && imap_watch_yield(self->account);
    if (is_one_too_many && !has_room && imap_alone_step_aside(self))
        return;
    if (worker_is_stopping(self->thread) || g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED))
        return;
    backoff->failed_at = g_get_monotonic_time() / 1000;
    if (backoff->failing_since == 0)
        backoff->failing_since = backoff->failed_at;
    engine_set_trouble(self->account, self->lane, needs_person, why);
    wait_backoff(self, backoff, least_ms, needs_person);
}

/* Offline by a person's switch: no connection at all. */
static bool wait_online(imap_session *self)
{
    if (engine_account_is_online(self->account))
        return false;
    imap_session_close(self);
    imap_alone_end(self);
    engine_set_state(self->account, self->lane, CONNECTION_OFFLINE, _("offline, as you wished"));
    worker_wait(self->thread, -1, -1);
    worker_clear_wake(self->thread);
    return true;
}

bool imap_lane_is_throttled(imap_session *self, GError **error)
{
    const char *words = imap_client_throttled(self->client);
    if (words == NULL)
        return false;
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s asks for a pause. It says: %s"), self->account->account->incoming.host, words);
    return true;
}

void imap_lane_run(engine_account *account, enum lane lane, worker *thread, imap_step *step, void *state)
{
    imap_session session;
    struct backoff backoff = { 0 };
    imap_session_init(&session, account, lane, thread);
    while (!worker_is_stopping(thread)) {
        GError *why = NULL;
        if (wait_online(&session))
            continue;
        bool is_ok = session.client != NULL || imap_session_open(&session, &why);
        backoff.turned_away = is_ok ? 0 : backoff.turned_away + 1;
        is_ok = is_ok && step(&session, state, &why);
        if (session.client != NULL && imap_client_throttled(session.client) != NULL) {
            g_clear_error(&why); /* it may have hung up besides */
            is_ok = !imap_lane_is_throttled(&session, &why);
        }
        if (is_ok) {
            if (g_get_monotonic_time() / 1000 - backoff.failed_at > GOOD_AGAIN_MS)
                backoff.failing_since = 0;
            continue;
        }
        if (why == NULL)
            g_set_error(&why, NET_ERROR, NET_ERROR_REFUSED, _("%s cannot be kept in step just now."), account->account->name);
        fail_connection(&session, &backoff, why);
        g_clear_error(&why);
    }
    imap_session_clear(&session);
}
