/* SPDX-License-Identifier: MIT */
/* All that an account's other connection does: intents, folders, headers and bodies ahead, and waiting for news where the screen is not. */
#include "core/append_limit.h"
#include "core/blob.h"
#include "core/imap_alone_private.h"
#include "core/imap_workers_private.h"
#include "core/intent.h"
#include "core/intent_replay_private.h"
#include "core/store_private.h"
#include "core/store_verify.h"
#include "core/sync_backfill.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define BACKFILL_MS       2000 /* a step of it: then it is looked whether there is something better to do */
#define BACKFILL_ALONE_MS 400  /* the same, where the screen waits for this connection */
#define LONG_BACKFILL     300u /* messages: longer ones are told in the activity view */
#define EVICT_EVERY_S     600
#define NOWHERE_FOR_S     INT64_C(1209600) /* two weeks: a message that left a folder may turn up in another one */
#define NOWHERE_MOST      2000             /* of those, each time */
#define LISTED_FOR_S      5                /* a poll right behind the first list needs no second one */
#define DOUBTFUL_S        2                /* see intent_reset_in_flight; */
#define DOUBTFUL_EACH     100              /* messages on their way: a second more */
#define DOUBTFUL_MOST_S   7

static int64_t now_s(void)
{
    return g_get_monotonic_time() / G_USEC_PER_SEC + 1;
}

static void forget_backfill(struct background *state)
{
    g_clear_pointer(&state->missing, g_array_unref);
    g_clear_pointer(&state->hunt, hole_hunt_free);
    g_clear_pointer(&state->waiting, g_array_unref);
    state->folder_id = 0;
}

void imap_background_clear(struct background *self)
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

static void note_recent(struct background *state, int64_t folder_id)
{
    size_t at = 0;
    while (at + 1 < RECENT_MAX && state->recent[at] != folder_id)
        at++;
    memmove(state->recent + 1, state->recent, at * sizeof *state->recent);
    state->recent[0] = folder_id;
}

static void note_busy(struct background *state, const GPtrArray *changed)
{
    for (guint i = 0; i < changed->len; i++) {
        const struct folder *folder = g_ptr_array_index(changed, i);
        if (folder->role != FOLDER_INBOX && folder->backfill_uid == 1)
            note_recent(state, folder->id);
    }
}

#define USED_SHARE    6 /* while somebody looks: of the interval that the settings say */
#define USED_LEAST_S  10
#define USED_MOST_BOX 1000u /* beyond, a list is no small thing any more */

/* Servers do not tell everything of folders (Dovecot 2.3: a renaming by another program), and many tell nothing. */
static int poll_interval_s(const imap_session *self, const struct background *state)
{
    int usual = engine_poll_interval_s(self->account->engine);
    bool is_hurried = engine_is_in_use(self->account->engine) && state->folders <= USED_MOST_BOX;
    return is_hurried ? MIN(usual, MAX(usual / USED_SHARE, USED_LEAST_S)) : usual;
}

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

#define GLANCE_MS        1500 /* another program's change is seen within two seconds */
#define GLANCE_SHARE     15   /* of the time; the most of it is the line's own delay, in which nobody works */
#define GLANCE_MS_FOLDER 5    /* a folder more: about 30 kB a second at most */

/* Until the next look at what other programs do to folders, while somebody is at the screen and bytes are not dear. */
static int64_t glance_rest_ms(const imap_session *self, const struct background *state)
{
    if (!engine_is_in_use(self->account->engine) || state->listed_at == 0 || state->polled_at == 0)
        return G_MAXINT;
    int64_t every_ms = MAX(GLANCE_MS, MAX(state->glance_cost_ms * GLANCE_SHARE, (int64_t)state->folders * GLANCE_MS_FOLDER));
    return MAX(state->glanced_ms + every_ms - now_ms(), 0);
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
    state->folders = folders->len;
    if (!sync_imap_statuses(self, folders, error))
        return false;
    int64_t shown = atomic_load(&self->account->open_folder);
    g_ptr_array_sort_with_data(folders, by_interest, &shown);
    note_busy(state, folders);
    state->are_sizes_old |= folders->len > 0;
    g_clear_pointer(&state->queue, g_ptr_array_unref);
    state->queue = g_steal_pointer(&folders);
    state->polled_at = now_s();
    return true;
}

static bool glance(imap_session *self, struct background *state, GError **error)
{
    int64_t begun_ms = now_ms();
    bool is_changed = false;
    imap_facts_ask_shown(self);
    if (!sync_imap_glance(self, &is_changed, error))
        return false;
    state->glanced_ms = now_ms();
    state->glance_cost_ms = state->glanced_ms - begun_ms;
    return !is_changed || poll_folders(self, state, error);
}

/* What was moved here since the folder was compared waits for the next time; what waited before, and was not found, is not here. */
static bool forget_waiting(imap_session *self, const struct background *state, GError **error)
{
    return store_verify_forget_waiting(self->store, state->folder_id, state->replays == self->replays ? NULL : state->waiting, error);
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
                store_folder_set_backfill(self->store, state->folder_id, 1, error) && forget_waiting(self, state, error);
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
        else if (now_s() - state->listed_at > LISTED_FOR_S) /* renamed or deleted by somebody else, perhaps: the list tells */
            state->polled_at = 0;
        return is_refused;
    }
    state->replays = self->replays;
    state->uidnext = imap_client_mailbox(self->client)->uidnext;
    state->highestmodseq = imap_client_mailbox(self->client)->highestmodseq;
    g_clear_pointer(&state->waiting, g_array_unref);
    state->waiting = store_verify_waiting(self->store, next->id, error);
    if (state->waiting == NULL || !rules_watch_before(self->store, &self->rules, error) ||
        !sync_imap_compare(self, next, true, &state->missing, error))
        return false;
    if (self->is_flags_refused) /* asked again with the next poll */
        state->highestmodseq = next->uidvalidity == imap_client_mailbox(self->client)->uidvalidity ? next->highestmodseq : 0;
    state->folder_id = next->id;
    state->total = state->missing->len;
    state->job = state->total > LONG_BACKFILL ? atomic_fetch_add(&self->account->engine->last_job, 1) + 1 : 0;
    state->hunt = hole_hunt_after_break(self, next->id, state->missing);
    return state->missing->len > 0 || state->hunt != NULL || finish_folder(self, state, error);
}

/* True in *is_done_out: there is nothing more to be had. */
static bool fill_holes(imap_session *self, struct background *state, bool *is_done_out, GError **error)
{
    *is_done_out = false;
    if (state->hunt == NULL && !hole_hunt_begin(self, state->folder_id, state->uidnext, &state->hunt, error))
        return false;
    if (state->hunt == NULL) {
        *is_done_out = true;
        return true;
    }
    bool is_over = false;
    if (!hole_hunt_step(self, state->hunt, imap_alone_is(self) ? BACKFILL_ALONE_MS : BACKFILL_MS, &is_over, error))
        return false;
    if (!is_over)
        return true;
    hole_hunt_take_rest(state->hunt, state->missing);
    g_clear_pointer(&state->hunt, hole_hunt_free);
    *is_done_out = state->missing->len == 0;
    return true;
}

static bool backfill(imap_session *self, struct background *state, GError **error)
{
    g_autoptr(folder) where = store_folder(self->store, state->folder_id, NULL);
    bool is_refused = false, is_done = false;
    if (where == NULL) {
        forget_backfill(state);
        return true;
    }
    /* Replay may have selected another one meanwhile. */
    if (!imap_session_select(self, where, &is_refused, error) ||
        !sync_backfill_run(self, state->folder_id, state->missing, imap_alone_is(self) ? BACKFILL_ALONE_MS : BACKFILL_MS, error))
        return false;
    if (state->missing->len == 0) {
        if (!fill_holes(self, state, &is_done, error))
            return false;
        return !is_done || finish_folder(self, state, error);
    }
    if (state->job != 0 && atomic_load(&self->account->engine->cancelled_job) == state->job) {
        post_backfill(self, state, JOB_CANCELLED); /* until the next poll finds the folder incomplete */
        forget_backfill(state);
        return true;
    }
    if (state->job != 0)
        post_backfill(self, state, JOB_RUNNING);
    return true;
}

/* What the rows hold is found anew if the mail turns up again. Which accounts had it is not known any more; the engine's own list of them is not for this
 * thread. */
static void collect_messages(imap_session *self)
{
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (store_message_collect(self->store, NOWHERE_FOR_S, NOWHERE_MOST, gone, NULL) <= 0)
        return;
    g_autoptr(sqlite3_stmt) row = store_select(self->store, NULL, "SELECT key FROM accounts");
    while (row != NULL && store_step(self->store, row, NULL))
        blob_cache_forget((const char *)sqlite3_column_text(row, 0), (const int64_t *)(void *)gone->data, gone->len);
}

void imap_background_evict(imap_session *self, struct background *state)
{
    if (state->evicted_at != 0 && now_s() - state->evicted_at < EVICT_EVERY_S)
        return;
    state->evicted_at = now_s();
    sync_bodies_evict(self, state->bodies);
    collect_messages(self);
}

int imap_background_rest_ms(const imap_session *self, const struct background *state)
{
    int64_t left_s = state->polled_at + poll_interval_s(self, state) - now_s();
    int64_t due = intent_next_due(self->store, self->account->id), wait_s = due - g_get_real_time() / G_USEC_PER_SEC;
    int64_t rest_ms = MAX(MIN(left_s, due != 0 ? CLAMP(wait_s, 1, 5) : left_s), 0) * 1000;
    return (int)MIN(rest_ms, glance_rest_ms(self, state));
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
        box != NULL && state->recent[0] != 0 && (shown == 0 || shown == box->id) && self->account->workers[LANE_INTERACTIVE] != NULL
            ? store_folder(self->store, state->recent[0], NULL)
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

#define SIZES_EVERY_S 3600
#define SIZES_AGAIN_S 60 /* where something changed */

static bool are_sizes_due(const imap_session *self, const struct background *state)
{
    bool is_time = state->sized_at == 0 || state->sized_after != 0 ||
                   now_s() - state->sized_at >= (state->are_sizes_old ? SIZES_AGAIN_S : SIZES_EVERY_S);
    return is_time && imap_client_can(self->client, IMAP_CAPABILITY_STATUS_SIZE) && !engine_is_metered(self->account->engine);
}

bool imap_background_rest(imap_session *self, struct background *state, GError **error)
{
    bool is_refused = false;
    if (are_sizes_due(self, state)) {
        state->sized_at = now_s();
        state->are_sizes_old = false;
        return imap_facts_sizes(self, &state->sized_after, error);
    }
    int timeout_ms = imap_background_rest_ms(self, state);
    imap_background_evict(self, state);
    if (timeout_ms == 0)
        return true;
    g_autoptr(folder) box = folder_to_watch(self, state);
    imap_watch_assign(self, state->recent, RECENT_MAX, box != NULL ? box->id : 0);
    bool is_open = box != NULL && self->folder_id == box->id;
    if (box == NULL || !imap_session_select(self, box, &is_refused, NULL))
        return imap_idle(self->client, worker_wake_fd(self->thread), timeout_ms, error);
    if (is_open || !has_missed(self, box))
        return idle_on(self, state, box, timeout_ms, error);
    state->polled_at = 0;
    return true;
}

/* Servers open INBOX for its STATUS and again for SELECT; with all its headers to come, the numbers are no news. */
static bool is_account_new(imap_session *self)
{
    g_autoptr(folder) inbox = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    return inbox == NULL || inbox->uidvalidity == 0;
}

static bool list_folders(imap_session *self, struct background *state, GError **error)
{
    state->listed_at = now_s();
    state->glanced_ms = now_ms();
    imap_facts_ask_quota(self);
    imap_facts_ask_shown(self);
    state->is_inbox_first = state->is_once && is_account_new(self);
    return sync_imap_folders(self, !state->is_inbox_first, error) && imap_facts_use_room(self, error) &&
           append_limit_note(self->store, self->account->id, imap_client_append_limit(self->client), error);
}

static bool begin_inbox(imap_session *self, struct background *state, GError **error)
{
    g_autoptr(folder) inbox = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    state->is_inbox_first = false;
    return inbox == NULL || begin_folder(self, state, inbox, error);
}

/* The old connection's session may go on at the server, with hundreds of messages for seconds: two that move the same ones make copies of them. */
static bool put_off_doubtful(imap_session *self, GError **error)
{
    int64_t wait_s = MIN(DOUBTFUL_S + intent_in_flight(self->store, self->account->id) / DOUBTFUL_EACH, DOUBTFUL_MOST_S);
    return intent_reset_in_flight(self->store, self->account->id, g_get_real_time() / G_USEC_PER_SEC + wait_s, error) &&
           replay_settle_doubtful(self, error);
}

bool imap_background_work(imap_session *self, struct background *state, unsigned wishes, bool *is_idle_out, GError **error)
{
    *is_idle_out = false;
    if (state->opened != self->opened) { /* a new connection begins at the beginning */
        if (state->missing != NULL)
            hole_hunt_note_break(self, state->folder_id);
        forget_backfill(state);
        state->opened = self->opened;
        state->listed_at = state->polled_at = 0;
        if (!put_off_doubtful(self, error))
            return false;
    }
    if (wishes != state->sync_wishes)
        state->listed_at = state->polled_at = 0;
    state->sync_wishes = wishes;
    if (!intent_replay_run(self, error))
        return false;
    if (state->listed_at == 0)
        return list_folders(self, state, error);
    if (state->is_inbox_first)
        return begin_inbox(self, state, error);
    if (state->missing != NULL)
        return backfill(self, state, error);
    if (now_s() - state->polled_at >= poll_interval_s(self, state) || state->polled_at == 0)
        return (now_s() - state->listed_at < LISTED_FOR_S || list_folders(self, state, error)) && poll_folders(self, state, error);
    if (glance_rest_ms(self, state) == 0)
        return glance(self, state, error);
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

bool imap_background_is_done(const struct background *state, bool is_idle)
{
    return is_idle && state->listed_at != 0 && state->polled_at != 0 && state->missing == NULL &&
           (state->queue == NULL || state->queue->len == 0);
}
