/* SPDX-License-Identifier: MIT */
/* The two workers of an IMAP account: one follows the folder on the screen, one does all the rest. */
#include "core/imap_alone_private.h"
#include "core/intent.h"
#include "core/server_search_private.h"
#include "core/sync_bodies.h"
#include "core/sync_backfill.h"
#include "net/refusal.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#define NOOP_MS          10000 /* the poll of servers without IDLE */
#define NEWS_MAX         60u
#define BACKFILL_MS      400  /* a step of it: then it is looked whether there is something better to do */
#define LONG_BACKFILL    300u /* messages: longer ones are told in the activity view */
#define EVICT_EVERY_S    600
#define NEVER_GIVEN_UP_S 300
#define FIRST_PAGE_MS    1500
#define DUE_SOON_S       5
#define LISTED_FOR_S     5 /* a poll right behind the first list needs no second one */
#define DOUBTFUL_S       2 /* see intent_reset_in_flight */

/* --- connection, backoff --- */
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

static void fail_connection(imap_session *self, struct backoff *backoff, const GError *why)
{
    int least_ms = 0;
    bool needs_person = is_question(why);
    bool is_one_too_many = net_refusal_of(why->message, &least_ms) == NET_REFUSAL_CONNECTIONS ||
                           (backoff->turned_away >= TURNED_AWAY_MAX && is_turned_away(why));
    abort_connection(self);
    imap_alone_end(self);
    if (is_one_too_many && imap_alone_step_aside(self))
        return;
    if (worker_is_stopping(self->thread) || g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED))
        return;
    backoff->failed_at = g_get_monotonic_time() / 1000;
    if (backoff->failing_since == 0)
        backoff->failing_since = backoff->failed_at;
    engine_set_state(self->account, self->lane, needs_person ? CONNECTION_NEEDS_PERSON : CONNECTION_WAITING, why->message);
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

/* Some command was answered with "not so fast": what it was for is done again later, and nothing is asked until then. */
static bool is_throttled(imap_session *self, GError **error)
{
    const char *words = imap_client_throttled(self->client);
    if (words == NULL)
        return false;
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s asks for a pause. It says: %s"), self->account->account->incoming.host, words);
    return true;
}

static void run(engine_account *account, enum lane lane, worker *thread, bool (*step)(imap_session *self, void *state, GError **error),
                void *state)
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
            is_ok = !is_throttled(&session, &why);
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

/* --- interactive --- */
/* INBOX of an account that was never listed: made on the fly, so that its newest page need not wait for LIST. */
static struct folder *inbox(imap_session *self, GError **error)
{
    struct folder *found = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    if (found != NULL)
        return found;
    struct folder wanted = {
        .account_id = self->account->id, .name = (char *)"INBOX", .wire = (char *)"INBOX", .delimiter = '/', .role = FOLDER_INBOX
    };
    int64_t id = store_folder_put(self->store, &wanted, error);
    if (id == 0)
        return NULL;
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    return store_folder(self->store, id, error);
}

static struct folder *folder_on_screen(imap_session *self, GError **error)
{
    int64_t wanted = atomic_load(&self->account->open_folder);
    struct folder *found = wanted != 0 ? store_folder(self->store, wanted, NULL) : NULL;
    if (found != NULL && !(found->flags & FOLDER_IS_NOSELECT))
        return found;
    folder_free(found);
    return inbox(self, error);
}

/* The newest page is on the screen: now the other connection may have the processor, the line and the server. */
static void release_background(engine_account *account)
{
    if (!atomic_exchange(&account->has_page, true) && account->workers[LANE_BACKGROUND] != NULL)
        worker_wake(account->workers[LANE_BACKGROUND]);
}

/* The folder on the screen was just opened, or the connection is new. */
static bool open_folder(imap_session *self, const struct folder *shown, GError **error)
{
    bool is_refused = false;
    g_autoptr(GArray) missing = NULL;
    g_autoptr(GError) why = NULL;
    if (!imap_session_select(self, shown, &is_refused, &why)) {
        if (!is_refused)
            return g_propagate_error(error, g_steal_pointer(&why)), false;
        if (shown->role == FOLDER_INBOX)
            return g_propagate_error(error, g_steal_pointer(&why)), false; /* tried again later, not at once */
        atomic_store(&self->account->open_folder, 0);                      /* back to INBOX; the list of folders will tell why */
        return true;
    }
    if (!self->is_resynced &&
        !sync_imap_newest(self, shown, error)) /* else it is here already, and what is new comes with the comparison */
        return false;
    release_background(self->account);
    if (!sync_imap_compare(self, shown, false, &missing, error))
        return false;
    /* What came between the page and the comparison; all that is older is the background worker's. */
    self->has_new_mail = false;
    bool is_news = missing->len > 0 && g_array_index(missing, uint32_t, missing->len - 1) > self->newest_uid;
    return !is_news || sync_imap_fetch_chunk(self, shown->id, missing, NEWS_MAX, error);
}

static bool serve_wishes(imap_session *self, GError **error)
{
    struct fetch_wish *wish;
    while ((wish = engine_take_wish(self->account)) != NULL) {
        bool is_ok = fetch_body_run(self, wish, error);
        fetch_wish_free(wish);
        if (!is_ok)
            return false;
    }
    return true;
}

static bool has_wish(imap_session *self)
{
    pthread_mutex_lock(&self->account->engine->mutex);
    bool has = !g_queue_is_empty(&self->account->wishes);
    pthread_mutex_unlock(&self->account->engine->mutex);
    return has;
}

/* The folder on the screen is as the server has it. Not yet, after its newest page: *is_done_out false. */
static bool follow_screen(imap_session *self, bool *is_done_out, GError **error)
{
    *is_done_out = false;
    if (!serve_wishes(self, error))
        return false;
    g_autoptr(folder) shown = folder_on_screen(self, error);
    if (shown == NULL)
        return false;
    if (self->folder_id != shown->id || !imap_session_follows(self))
        return open_folder(self, shown, error);
    if (self->has_new_mail && !sync_imap_arrivals(self, shown->id, error))
        return false;
    *is_done_out = true;
    if ((self->fetched->len > 0 || self->is_changed) && !imap_session_store_fetched(self, shown->id, false, NULL, error))
        return false;
    return sync_imap_stale(self, error);
}

static bool idle_on_screen(imap_session *self, int most_ms, GError **error)
{
    bool has_idle = imap_client_can(self->client, IMAP_CAPABILITY_IDLE);
    imap_session_ask(self);
    return imap_idle(self->client, worker_wake_fd(self->thread),
                     MIN(has_idle ? self->account->engine->settings->idle_renewal_s * 1000 : NOOP_MS, most_ms), error);
}

/* --- background --- */
struct background {
    int64_t listed_at, polled_at, evicted_at; /* monotonic seconds; 0: never */
    unsigned sync_wishes;
    GPtrArray *queue;  /* of struct folder*: to be compared, the most wanted last */
    int64_t folder_id; /* being backfilled; 0: none */
    GArray *missing;
    int64_t job, total;
    uint32_t uidnext; /* as told when it was opened for the comparison: opened again later, it may stand for more than was compared */
    uint64_t highestmodseq;
    unsigned replays; /* imap_session.replays when it was compared */
    unsigned opened;  /* the connection the above belongs to */
    int64_t busy_id;  /* where something happened last, besides INBOX; 0: nowhere yet */
    sync_bodies *bodies;
    int64_t shown_id; /* one connection for both: the folder that was last brought to the screen */
};

static int64_t now_s(void)
{
    return g_get_monotonic_time() / G_USEC_PER_SEC + 1;
}

static void forget_backfill(struct background *state)
{
    g_clear_pointer(&state->missing, g_array_unref);
    state->folder_id = 0;
}

static void background_clear(struct background *self)
{
    forget_backfill(self);
    g_clear_pointer(&self->queue, g_ptr_array_unref);
    g_clear_pointer(&self->bodies, sync_bodies_free);
}

static void post_backfill(imap_session *self, struct background *state, enum job_state job_state)
{
    g_autoptr(folder) where = store_folder(self->store, state->folder_id, NULL);
    int64_t left = state->missing != NULL ? state->missing->len : 0;
    g_autofree char *title = g_strdup_printf(_("%s ▸ %s: headers"), self->account->account->name, where != NULL ? where->name : "?");
    const struct event event = { .type = EVENT_PROGRESS,
                                 .account = self->account->id,
                                 .folder = state->folder_id,
                                 .item = state->job,
                                 .done = state->total - left,
                                 .total = state->total,
                                 .state = job_state,
                                 .text = title };
    event_post(self->account->engine->events, &event);
}

static int by_interest(gconstpointer left, gconstpointer right, gpointer data)
{
    const struct folder *a = *(struct folder *const *)left, *b = *(struct folder *const *)right;
    int64_t shown = *(const int64_t *)data;
    int a_rank = a->id == shown ? 2 : a->role == FOLDER_INBOX, b_rank = b->id == shown ? 2 : b->role == FOLDER_INBOX;
    return a_rank != b_rank ? a_rank - b_rank : a->server_total < b->server_total ? 1 : -1; /* small ones are soon done */
}

static void note_busy(struct background *state, const GPtrArray *changed)
{
    for (guint i = 0; i < changed->len; i++) {
        const struct folder *folder = g_ptr_array_index(changed, i);
        if (folder->role != FOLDER_INBOX && folder->backfill_uid == 1)
            state->busy_id = folder->id;
    }
}

/* Which folders changed since the last look. */
static bool poll_folders(imap_session *self, struct background *state, GError **error)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, self->account->id, error);
    if (folders == NULL)
        return false;
    for (guint i = folders->len; i-- > 0;) {
        if (((const struct folder *)g_ptr_array_index(folders, i))->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE))
            g_ptr_array_remove_index(folders, i);
    }
    if (!sync_imap_statuses(self, folders, error))
        return false;
    int64_t shown = atomic_load(&self->account->open_folder);
    g_ptr_array_sort_with_data(folders, by_interest, &shown);
    note_busy(state, folders);
    g_clear_pointer(&state->queue, g_ptr_array_unref);
    state->queue = g_steal_pointer(&folders);
    state->polled_at = now_s();
    return true;
}

/* Everything of the folder is in the store: what the server's numbers stand for may be remembered. */
static bool finish_folder(imap_session *self, struct background *state, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    bool is_selected = self->folder_id == state->folder_id;
    bool is_ok = true;
    if (is_selected)
        is_ok = store_folder_set_sync(self->store, state->folder_id, mailbox->uidvalidity, state->uidnext, state->highestmodseq,
                                      mailbox->exists, error) &&
                store_folder_set_backfill(self->store, state->folder_id, 1, error) &&
                /* What was moved here since the folder was compared waits for the next time. */
                (state->replays != self->replays || store_folder_forget_waiting(self->store, state->folder_id, error) >= 0);
    post_backfill(self, state, JOB_DONE);
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    forget_backfill(state);
    return is_ok;
}

static bool begin_folder(imap_session *self, struct background *state, const struct folder *next, GError **error)
{
    bool is_refused = false;
    g_autoptr(GError) why = NULL;
    self->folder_id = 0; /* selected anew: EXISTS and UIDNEXT must be of now */
    if (!imap_session_select(self, next, &is_refused, &why)) {
        if (!is_refused)
            g_propagate_error(error, g_steal_pointer(&why));
        return is_refused;
    }
    state->replays = self->replays;
    state->uidnext = imap_client_mailbox(self->client)->uidnext;
    state->highestmodseq = imap_client_mailbox(self->client)->highestmodseq;
    if (!sync_imap_compare(self, next, true, &state->missing, error))
        return false;
    state->folder_id = next->id;
    state->total = state->missing->len;
    state->job = state->total > LONG_BACKFILL ? atomic_fetch_add(&self->account->engine->last_job, 1) + 1 : 0;
    return state->missing->len > 0 || finish_folder(self, state, error);
}

static bool backfill(imap_session *self, struct background *state, GError **error)
{
    g_autoptr(folder) where = store_folder(self->store, state->folder_id, NULL);
    bool is_refused = false;
    if (where == NULL) {
        forget_backfill(state);
        return true;
    }
    /* Replay may have selected another one meanwhile. */
    if (!imap_session_select(self, where, &is_refused, error) ||
        !sync_backfill_run(self, state->folder_id, state->missing, BACKFILL_MS, error))
        return false;
    if (state->missing->len == 0)
        return finish_folder(self, state, error);
    if (state->job != 0 && atomic_load(&self->account->engine->cancelled_job) == state->job) {
        post_backfill(self, state, JOB_CANCELLED); /* until the next poll finds the folder incomplete */
        forget_backfill(state);
        return true;
    }
    if (state->job != 0)
        post_backfill(self, state, JOB_RUNNING);
    return true;
}

static void evict(imap_session *self, struct background *state)
{
    if (state->evicted_at != 0 && now_s() - state->evicted_at < EVICT_EVERY_S)
        return;
    state->evicted_at = now_s();
    sync_bodies_evict(self, state->bodies);
}

/* Until the next poll, or the next retry that falls due. */
static int rest_ms(const imap_session *self, const struct background *state)
{
    int64_t left_s = state->polled_at + engine_poll_interval_s(self->account->engine) - now_s();
    int64_t due = intent_next_due(self->store, self->account->id), wait_s = due - g_get_real_time() / G_USEC_PER_SEC;
    return (int)MAX(MIN(left_s, due != 0 ? CLAMP(wait_s, 1, 5) : left_s), 0) * 1000;
}

static void queue_folder(struct background *state, struct folder *folder /* taken, may be NULL */)
{
    if (folder == NULL)
        return;
    if (state->queue == NULL)
        state->queue = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    g_ptr_array_add(state->queue, folder);
}

/* What the server told of other folders by itself, in IDLE or with any answer. True: there is something to do. */
static bool take_news(imap_session *self, struct background *state)
{
    bool is_list_changed = false;
    g_autoptr(GPtrArray) news = sync_imap_news(self, &is_list_changed);
    bool has_news = is_list_changed || (news != NULL && news->len > 0);
    if (is_list_changed)
        state->listed_at = state->polled_at = 0;
    while (news != NULL && news->len > 0)
        queue_folder(state, g_ptr_array_steal_index(news, news->len - 1));
    return has_news;
}

/* IDLE on INBOX, since the screen may show another folder; when it shows INBOX, on the one where something happened last. */
static struct folder *folder_to_watch(imap_session *self, const struct background *state)
{
    struct folder *box = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    int64_t shown = atomic_load(&self->account->open_folder);
    struct folder *busy =
        box != NULL && state->busy_id != 0 && (shown == 0 || shown == box->id) && self->account->workers[LANE_INTERACTIVE] != NULL
            ? store_folder(self->store, state->busy_id, NULL)
            : NULL;
    if (busy == NULL || (busy->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE)) || imap_alone_is(self)) {
        folder_free(busy);
        return box;
    }
    folder_free(box);
    return busy;
}

/* Something came since the folder was compared: it was not idled on meanwhile. */
static bool has_missed(const imap_session *self, const struct folder *box)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    return box->backfill_uid == 1 && box->uidnext != 0 && mailbox->uidnext > box->uidnext;
}

static bool idle_on(imap_session *self, struct background *state, const struct folder *box, int timeout_ms, GError **error)
{
    uint32_t exists = imap_client_mailbox(self->client)->exists;
    if (!sync_imap_stale(self, error) || !sync_imap_notify(self, error))
        return false;
    if (take_news(self, state))
        return true;
    imap_session_ask(self);
    if (!imap_idle(self->client, worker_wake_fd(self->thread), timeout_ms, error))
        return false;
    bool is_known = imap_session_follows(self) && !self->has_new_mail;
    if (!is_known && (imap_client_mailbox(self->client)->exists != exists || self->fetched->len > 0 || self->is_changed))
        queue_folder(state, store_folder(self->store, box->id, NULL));
    take_news(self, state);
    return imap_session_store_fetched(self, box->id, false, NULL, error);
}

/* Nothing to do: until woken, told, or the next poll. */
static bool rest(imap_session *self, struct background *state, GError **error)
{
    bool is_refused = false;
    int timeout_ms = rest_ms(self, state);
    evict(self, state);
    if (timeout_ms == 0)
        return true;
    g_autoptr(folder) box = folder_to_watch(self, state);
    bool is_open = box != NULL && self->folder_id == box->id;
    if (box == NULL || !imap_session_select(self, box, &is_refused, NULL))
        return imap_idle(self->client, worker_wake_fd(self->thread), timeout_ms, error);
    if (is_open || !has_missed(self, box))
        return idle_on(self, state, box, timeout_ms, error);
    state->polled_at = 0;
    return true;
}

static bool list_folders(imap_session *self, struct background *state, GError **error)
{
    state->listed_at = now_s();
    imap_facts_ask_quota(self);
    return sync_imap_folders(self, error);
}

/* A portion of what there is to do. */
static bool work(imap_session *self, struct background *state, unsigned wishes, bool *is_idle_out, GError **error)
{
    *is_idle_out = false;
    if (state->opened != self->opened) { /* a new connection begins at the beginning */
        forget_backfill(state);
        state->opened = self->opened;
        state->listed_at = state->polled_at = 0;
        bool can_move = imap_client_can(self->client, IMAP_CAPABILITY_MOVE) || imap_client_can(self->client, IMAP_CAPABILITY_IMAP4REV2);
        if (!intent_reset_in_flight(self->store, self->account->id, can_move, g_get_real_time() / G_USEC_PER_SEC + DOUBTFUL_S, error))
            return false;
    }
    if (wishes != state->sync_wishes)
        state->listed_at = state->polled_at = 0;
    state->sync_wishes = wishes;
    if (!intent_replay_run(self, error))
        return false;
    if (state->listed_at == 0)
        return list_folders(self, state, error);
    if (state->missing != NULL)
        return backfill(self, state, error);
    if (now_s() - state->polled_at >= engine_poll_interval_s(self->account->engine) || state->polled_at == 0)
        return (now_s() - state->listed_at < LISTED_FOR_S || list_folders(self, state, error)) && poll_folders(self, state, error);
    if (state->queue != NULL && state->queue->len > 0) {
        struct folder *next = g_ptr_array_steal_index(state->queue, state->queue->len - 1);
        bool is_ok = begin_folder(self, state, next, error);
        folder_free(next);
        return is_ok;
    }
    if (state->bodies == NULL)
        state->bodies = sync_bodies_new();
    return sync_bodies_step(self, state->bodies, is_idle_out, error);
}

/* One connection for both: the screen comes first, then the work, and the rest is on the folder of the screen. */
static bool alone_step(imap_session *self, struct background *state, unsigned wishes, GError **error)
{
    bool is_idle = false, is_shown = false;
    int64_t wanted = atomic_load(&self->account->open_folder);
    if (state->shown_id != wanted || has_wish(self)) {
        if (!follow_screen(self, &is_shown, error))
            return false;
        state->shown_id = wanted;
    }
    if (server_search_is_pending(self))
        return serve_wishes(self, error) && server_search_step(self, error);
    if (!work(self, state, wishes, &is_idle, error) || (is_idle && !follow_screen(self, &is_shown, error)))
        return false;
    evict(self, state);
    return !is_idle || !is_shown || idle_on_screen(self, rest_ms(self, state), error);
}

static bool background_step(imap_session *self, void *data, GError **error)
{
    struct background *state = data;
    unsigned wishes = atomic_load(&self->account->sync_wishes);
    bool is_idle = false;
    worker_clear_wake(self->thread);
    if (imap_alone_is(self))
        return alone_step(self, state, wishes, error);
    return work(self, state, wishes, &is_idle, error) && (!is_idle || rest(self, state, error));
}

static bool interactive_step(imap_session *self, void *data, GError **error)
{
    unsigned wishes = atomic_load(&self->account->sync_wishes);
    bool is_shown = false;
    worker_clear_wake(self->thread);
    if (imap_alone_is(self))
        return alone_step(self, data, wishes, error);
    if (server_search_is_due(self))
        return serve_wishes(self, error) && server_search_step(self, error);
    if (!follow_screen(self, &is_shown, error))
        return false;
    if (is_shown)
        server_search_note_followed(self);
    return !is_shown || server_search_is_pending(self) || idle_on_screen(self, G_MAXINT, error);
}

void imap_interactive_main(worker *thread, void *account)
{
    struct background state = { 0 };
    run(account, LANE_INTERACTIVE, thread, interactive_step, &state);
    background_clear(&state);
}

/* At the start the person waits for one page: a second sign-in beside it would only slow it down. A page that does not come holds up nothing. */
static void wait_first_page(worker *thread, engine_account *account)
{
    int64_t until = g_get_monotonic_time() / 1000 + FIRST_PAGE_MS;
    while (!worker_is_stopping(thread) && !atomic_load(&account->has_page)) {
        int64_t left = until - g_get_monotonic_time() / 1000;
        if (left <= 0)
            return;
        worker_wait(thread, -1, (int)left);
        worker_clear_wake(thread);
    }
}

void imap_background_main(worker *thread, void *account)
{
    struct background state = { 0 };
    wait_first_page(thread, account);
    run(account, LANE_BACKGROUND, thread, background_step, &state);
    background_clear(&state);
}

/* --- once, for the command line --- */
/* What waits only a moment (see intent_reset_in_flight) is waited for. */
static bool wait_due_soon(imap_session *self, worker *thread)
{
    int64_t due = intent_next_due(self->store, self->account->id), wait_s = due - g_get_real_time() / G_USEC_PER_SEC;
    if (due == 0 || wait_s > DUE_SOON_S || worker_is_stopping(thread))
        return false;
    worker_wait(thread, -1, (int)MAX(wait_s, 0) * 1000 + 100);
    return true;
}

static bool is_everything_done(const struct background *state, bool is_idle)
{
    return is_idle && state->listed_at != 0 && state->polled_at != 0 && state->missing == NULL &&
           (state->queue == NULL || state->queue->len == 0);
}

bool imap_sync_once(engine_account *account, worker *thread, GError **error)
{
    imap_session session;
    struct background state = { 0 };
    imap_session_init(&session, account, LANE_BACKGROUND, thread);
    bool is_ok = imap_session_open(&session, error), is_idle = false;
    while (is_ok && !worker_is_stopping(thread) && !is_everything_done(&state, is_idle)) {
        worker_clear_wake(thread);
        is_ok = work(&session, &state, atomic_load(&account->sync_wishes), &is_idle, error) && !is_throttled(&session, error);
    }
    while (is_ok && wait_due_soon(&session, thread))
        is_ok = intent_replay_run(&session, error);
    imap_session_clear(&session);
    background_clear(&state);
    return is_ok;
}
