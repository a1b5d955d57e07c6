/* SPDX-License-Identifier: MIT */
/* What the person looks at: the folder on the screen is opened first and followed, and what is to be read is fetched. */
#include "core/imap_workers_private.h"

#define NOOP_MS  10000 /* the poll of servers without IDLE */
#define NEWS_MAX 60u

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

#define PAGE_BREAKS_MAX 2u

/* The line broke over its newest page each time: the other connection finds out which message it is (core/hole_hunt), and here it is done without. */
static bool may_ask_page(imap_session *self, const struct folder *shown)
{
    if (self->page_folder_id != shown->id)
        self->page_breaks = 0;
    self->page_folder_id = shown->id;
    return self->page_breaks++ < PAGE_BREAKS_MAX; /* begins anew when all came */
}

/* The folder on the screen was just opened, or the connection is new. */
static bool open_folder(imap_session *self, const struct folder *shown, bool *is_refused_out, GError **error)
{
    g_autoptr(GArray) missing = NULL;
    if (!imap_session_select(self, shown, is_refused_out, error))
        return false;
    bool may_ask = may_ask_page(self, shown);
    if (!self->is_resynced && may_ask &&
        !sync_imap_newest(self, shown, error)) /* else it is here already, and what is new comes with the comparison */
        return false;
    release_background(self->account);
    if (!sync_imap_compare(self, shown, false, &missing, error))
        return false;
    /* What came between the page and the comparison; all that is older is the background worker's. */
    self->has_new_mail = false;
    bool is_news = missing->len > 0 && g_array_index(missing, uint32_t, missing->len - 1) > self->newest_uid;
    if (is_news && may_ask && !sync_imap_fetch_chunk(self, shown->id, missing, NEWS_MAX, error))
        return false;
    self->page_breaks = may_ask ? 0 : self->page_breaks;
    return true;
}

bool imap_screen_serve(imap_session *self, GError **error)
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

bool imap_screen_has_wish(imap_session *self)
{
    pthread_mutex_lock(&self->account->engine->mutex);
    bool has = !g_queue_is_empty(&self->account->wishes);
    pthread_mutex_unlock(&self->account->engine->mutex);
    return has;
}

bool imap_screen_follow_folder(imap_session *self, const struct folder *shown, bool *is_done_out, bool *is_refused_out, GError **error)
{
    *is_done_out = *is_refused_out = false;
    if (self->folder_id != shown->id || !imap_session_follows(self))
        return open_folder(self, shown, is_refused_out, error);
    if (self->has_new_mail && !sync_imap_arrivals(self, shown->id, error))
        return false;
    *is_done_out = true;
    if ((self->fetched->len > 0 || self->is_changed) && !imap_session_store_fetched(self, shown->id, false, NULL, error))
        return false;
    return sync_imap_stale(self, error);
}

bool imap_screen_follow(imap_session *self, bool *is_done_out, GError **error)
{
    bool is_refused = false;
    g_autoptr(GError) why = NULL;
    *is_done_out = false;
    if (!imap_screen_serve(self, error))
        return false;
    g_autoptr(folder) shown = folder_on_screen(self, error);
    if (shown == NULL)
        return false;
    if (imap_screen_follow_folder(self, shown, is_done_out, &is_refused, &why))
        return true;
    if (is_refused && shown->role != FOLDER_INBOX) {  /* INBOX is tried again later, not at once */
        atomic_store(&self->account->open_folder, 0); /* back to INBOX; the list of folders will tell why */
        atomic_fetch_add(&self->account->sync_wishes, 1);
        if (self->account->workers[LANE_BACKGROUND] != NULL)
            worker_wake(self->account->workers[LANE_BACKGROUND]);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
}

bool imap_screen_idle(imap_session *self, int most_ms, GError **error)
{
    bool has_idle = imap_client_can(self->client, IMAP_CAPABILITY_IDLE);
    imap_session_ask(self);
    return imap_idle(self->client, worker_wake_fd(self->thread),
                     MIN(has_idle ? self->account->engine->settings->idle_renewal_s * 1000 : NOOP_MS, most_ms), error);
}
