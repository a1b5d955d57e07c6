/* SPDX-License-Identifier: MIT */
/* News of more folders than the two that an account's main connections wait on: one connection each, which follows its folder and does nothing else.
 *
 * They are the first to go: a server that wants no more connections has them closed for a while, and nobody is asked or told anything for them. */
#include "core/imap_alone_private.h"
#include "core/imap_workers_private.h"
#include "net/refusal.h"

#define REFUSED_S    (30 * 60)
#define FAILED_S     60
#define FAILURES_MAX 5 /* doublings of it */

static int64_t now_s(void)
{
    return g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* --- which --- */
static bool is_wanted(imap_session *background, int64_t folder_id, int64_t rested_on)
{
    if (folder_id == 0 || folder_id == rested_on || folder_id == atomic_load(&background->account->open_folder))
        return false;
    g_autoptr(folder) box = store_folder(background->store, folder_id, NULL);
    return box != NULL && box->backfill_uid == 1 && !(box->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE | FOLDER_IS_LOST));
}

static void add_wanted(imap_session *background, GArray *wanted, int64_t folder_id, int64_t rested_on)
{
    for (guint i = 0; i < wanted->len; i++) {
        if (g_array_index(wanted, int64_t, i) == folder_id)
            return;
    }
    if (wanted->len < background->account->account->idle_folders && is_wanted(background, folder_id, rested_on))
        g_array_append_val(wanted, folder_id);
}

static GArray *wanted_folders(imap_session *background, const int64_t *recent, size_t count, int64_t rested_on)
{
    static const enum folder_role roles[] = { FOLDER_INBOX, FOLDER_SENT, FOLDER_ARCHIVE, FOLDER_DRAFTS };
    GArray *wanted = g_array_new(FALSE, FALSE, sizeof(int64_t));
    engine_account *account = background->account;
    if (background->is_notified || imap_alone_is(background) || !imap_client_can(background->client, IMAP_CAPABILITY_IDLE) ||
        !engine_may_fetch_ahead(account))
        return wanted;
    for (size_t i = 0; i < count; i++)
        add_wanted(background, wanted, recent[i], rested_on);
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
        g_autoptr(folder) box = store_folder_by_role(background->store, account->id, roles[i], NULL);
        add_wanted(background, wanted, box != NULL ? box->id : 0, rested_on);
    }
    return wanted;
}

static bool take_out(GArray *wanted, int64_t folder_id)
{
    for (guint i = 0; i < wanted->len; i++) {
        if (g_array_index(wanted, int64_t, i) == folder_id) {
            g_array_remove_index(wanted, i);
            return true;
        }
    }
    return false;
}

/* What is watched already stays where it is: opening a folder costs more than waiting on it. */
void imap_watch_assign(imap_session *background, const int64_t *recent, size_t count, int64_t rested_on)
{
    engine_account *account = background->account;
    g_autoptr(GArray) wanted = wanted_folders(background, recent, count, rested_on);
    bool is_kept[WATCHES_MAX] = { false };
    for (size_t i = 0; i < WATCHES_MAX; i++)
        is_kept[i] = take_out(wanted, atomic_load(&account->watches[i].folder_id));
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        if (account->workers[LANE_WATCH + i] == NULL || is_kept[i])
            continue;
        int64_t next = wanted->len > 0 ? g_array_index(wanted, int64_t, 0) : 0;
        take_out(wanted, next);
        if (atomic_exchange(&account->watches[i].folder_id, next) != next)
            worker_wake(account->workers[LANE_WATCH + i]);
    }
}

bool imap_watch_yield(engine_account *account)
{
    if (atomic_load(&account->watching) == 0)
        return false;
    atomic_store(&account->watch_from, now_s() + REFUSED_S);
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        if (account->workers[LANE_WATCH + i] != NULL)
            worker_wake(account->workers[LANE_WATCH + i]);
    }
    return true;
}

/* --- the connection --- */
struct watch {
    struct watch_post *post;
    imap_session session;
    worker *thread;
    unsigned failures, network_changes;
    int64_t from; /* monotonic s: not before */
};

/* 0: it is not time for any. */
static int64_t folder_now(const struct watch *self)
{
    engine_account *account = self->post->account;
    if (!engine_may_fetch_ahead(account) || atomic_load(&account->alone) != 0 ||
        now_s() < MAX(self->from, atomic_load(&account->watch_from)))
        return 0;
    return atomic_load(&self->post->folder_id);
}

static void leave(struct watch *self)
{
    if (self->session.client != NULL)
        atomic_fetch_sub(&self->post->account->watching, 1);
    imap_session_close(&self->session);
}

/* Until there is a folder, or the time has come. */
static void rest(struct watch *self)
{
    engine_account *account = self->post->account;
    int64_t left_s = MAX(self->from, atomic_load(&account->watch_from)) - now_s();
    leave(self);
    worker_wait(self->thread, -1, left_s > 0 ? (int)MIN(left_s, REFUSED_S) * 1000 : -1);
    worker_clear_wake(self->thread);
    if (atomic_load(&account->network_changes) == self->network_changes)
        return;
    self->network_changes = atomic_load(&account->network_changes);
    self->failures = 0;
    self->from = 0;
    atomic_store(&account->watch_from, 0);
}

static bool are_others_online(engine_account *account)
{
    pthread_mutex_lock(&account->engine->mutex);
    bool are = true;
    for (size_t i = 0; i < LANE_COUNT; i++)
        are = are && (account->states[i] == CONNECTION_ONLINE || account->states[i] == CONNECTION_SLOW);
    pthread_mutex_unlock(&account->engine->mutex);
    return are;
}

static bool enter(struct watch *self, GError **error)
{
    if (self->session.client != NULL)
        return true;
    if (!imap_session_open(&self->session, error)) {
        bool is_said = *error != NULL && net_refusal_of((*error)->message, NULL) == NET_REFUSAL_CONNECTIONS;
        if (is_said || are_others_online(self->post->account)) /* so it is this one that the server does not want */
            atomic_store(&self->post->account->watch_from, now_s() + REFUSED_S);
        return false;
    }
    atomic_fetch_add(&self->post->account->watching, 1);
    return true;
}

static bool follow(struct watch *self, int64_t folder_id, GError **error)
{
    bool is_done = false, is_refused = false;
    g_autoptr(folder) box = store_folder(self->session.store, folder_id, NULL);
    g_autoptr(GError) why = NULL;
    if (box == NULL || !imap_screen_follow_folder(&self->session, box, &is_done, &is_refused, &why)) {
        if (why != NULL && !is_refused)
            return g_propagate_error(error, g_steal_pointer(&why)), false;
        atomic_compare_exchange_strong(&self->post->folder_id, &folder_id, 0);
        return true;
    }
    self->failures = 0;
    return !is_done || imap_screen_idle(&self->session, G_MAXINT, error);
}

void imap_watch_main(worker *thread, void *data)
{
    struct watch self = { .post = data, .thread = thread };
    imap_session_init(&self.session, self.post->account, LANE_WATCH, thread);
    while (!worker_is_stopping(thread)) {
        g_autoptr(GError) why = NULL;
        worker_clear_wake(thread);
        int64_t folder_id = folder_now(&self);
        if (folder_id == 0) {
            rest(&self);
            continue;
        }
        if (enter(&self, &why) && follow(&self, folder_id, &why) && !imap_lane_is_throttled(&self.session, &why))
            continue;
        leave(&self);
        self.failures = MIN(self.failures + 1, (unsigned)FAILURES_MAX);
        self.from = now_s() + ((int64_t)FAILED_S << self.failures);
    }
    leave(&self);
    imap_session_clear(&self.session);
}
