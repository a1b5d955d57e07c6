/* SPDX-License-Identifier: MIT */
/* Opening a connection for an account, and taking in what the server says on it. */
#include "core/imap_session_private.h"
#include "core/account_entry.h"
#include "core/intent.h"
#include "core/server_search_private.h"
#include "core/sync_convert.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PAGE_COMMIT_MAX 100u
#define FETCHED_MAX     2000u
#define COPIED_MAX      100000u /* more than a batch can ask for */

/* --- handlers: in the thread of the session, from inside its waits --- */
static void on_exists(void *data, uint32_t count)
{
    imap_session *self = data;
    if (self->uids == NULL || count <= self->uids->len)
        return;
    self->has_new_mail = true;
    while (self->uids->len < count) {
        uint32_t unknown = 0;
        g_array_append_val(self->uids, unknown);
    }
}

static void on_expunge(void *data, uint32_t sequence)
{
    imap_session *self = data;
    if (self->uids == NULL || sequence == 0 || sequence > self->uids->len)
        return;
    uint32_t uid = g_array_index(self->uids, uint32_t, sequence - 1);
    g_array_remove_index(self->uids, sequence - 1);
    self->is_changed = true;
    if (uid != 0)
        g_array_append_val(self->gone, uid); /* a sync to the disk for each would be slow: they go together */
}

static void on_vanished(void *data, bool is_earlier, const struct imap_range *uids, size_t count)
{
    imap_session *self = data;
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GArray) known = store_placement_uids(self->store, self->folder_id, uids[i].first, uids[i].last, NULL);
        if (known != NULL)
            g_array_append_vals(self->gone, known->data, known->len);
    }
    if (!is_earlier)
        g_clear_pointer(&self->uids, g_array_unref); /* sequence numbers are not told: they are asked for anew */
    self->is_changed = true;
}

static void keep_section(imap_session *self, const struct imap_fetch *fetch)
{
    for (size_t i = 0; i < fetch->section_count; i++) {
        if (g_str_has_prefix(fetch->sections[i].name, "HEADER.FIELDS"))
            continue;
        g_byte_array_append(self->section, (const guint8 *)fetch->sections[i].bytes, (guint)fetch->sections[i].length);
        self->has_section |= !fetch->sections[i].is_nil;
    }
}

static void on_fetch(void *data, const struct imap_fetch *fetch)
{
    imap_session *self = data;
    struct imap_fetch copy = *fetch;
    if (self->uids != NULL && fetch->sequence > 0 && fetch->sequence <= self->uids->len) {
        uint32_t *known = &g_array_index(self->uids, uint32_t, fetch->sequence - 1);
        if (copy.has & IMAP_FETCH_UID)
            *known = copy.uid;
        else
            copy.uid = *known; /* flags told without a UID while idling */
    }
    if (copy.has & IMAP_FETCH_SECTION)
        keep_section(self, &copy);
    if (copy.uid != 0 && (copy.has & (IMAP_FETCH_FLAGS | IMAP_FETCH_ENVELOPE | IMAP_FETCH_BODYSTRUCTURE))) {
        struct fetched *fetched = fetched_from(&copy);
        fetched->asked_at = self->asked_at;
        g_ptr_array_add(self->fetched, fetched);
    }
    /* Flags of a whole folder at once: not all in memory. What cannot be written stays, and is tried and told of by the owner's own call. */
    if (self->fetched->len >= FETCHED_MAX && self->fetched->len % FETCHED_MAX == 0 && self->folder_id != 0)
        imap_session_store_fetched(self, self->folder_id, false, NULL, NULL);
}

static void on_list(void *data, const struct imap_list *list)
{
    imap_session *self = data;
    struct folder *folder = g_new0(struct folder, 1);
    *folder = (struct folder){
        .account_id = self->account->id, .name = g_strdup(list->mailbox), .wire = g_strdup(list->wire), .delimiter = list->delimiter
    };
    folder->role = sync_role_of(list);
    folder->flags = (list->attributes & IMAP_LIST_NOSELECT ? FOLDER_IS_NOSELECT : 0u) |
                    (list->attributes & IMAP_LIST_SUBSCRIBED ? FOLDER_IS_SUBSCRIBED : 0u);
    /* Whether the role is the server's word or our guess: a guess gives way. */
    folder->total = (list->attributes & (IMAP_LIST_DRAFTS | IMAP_LIST_SENT | IMAP_LIST_ARCHIVE | IMAP_LIST_JUNK | IMAP_LIST_TRASH |
                                         IMAP_LIST_ALL | IMAP_LIST_FLAGGED)) != 0;
    g_ptr_array_add(self->listed, folder);
}

static void on_status(void *data, const struct imap_mailbox_status *status)
{
    imap_session *self = data;
    struct folder *folder = g_new0(struct folder, 1);
    *folder = (struct folder){ .name = g_strdup(status->mailbox),
                               .uidvalidity = status->uidvalidity,
                               .uidnext = status->uidnext,
                               .highestmodseq = status->highestmodseq,
                               .unread = status->has & IMAP_STATUS_UNSEEN ? (int64_t)status->unseen : -1,
                               .server_total = status->has & IMAP_STATUS_MESSAGES ? (int64_t)status->messages : -1 };
    g_ptr_array_add(self->statuses, folder);
}

static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static void on_search(void *data, const uint32_t *numbers, size_t count)
{
    imap_session *self = data;
    g_array_append_vals(self->found, numbers, (guint)count);
    if (!self->is_mapping)
        return;
    /* Now, not when the command is done: servers tell what was expunged or came between this answer and the end of the command. */
    g_array_sort(self->found, by_number);
    g_clear_pointer(&self->uids, g_array_unref);
    self->uids = g_array_copy(self->found);
}

/* The n-th number of ranges; 0: there are fewer. */
static uint32_t nth(const struct imap_range *ranges, size_t count, uint64_t n)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t length = (uint64_t)ranges[i].last - ranges[i].first + 1;
        if (n < length)
            return ranges[i].first + (uint32_t)n;
        n -= length;
    }
    return 0;
}

/* The k-th source number became the k-th target number (RFC 4315). */
static void on_copyuid(void *data, const struct imap_reply *reply)
{
    imap_session *self = data;
    for (uint64_t n = 0; n < COPIED_MAX; n++) {
        struct copied one = { (uint32_t)reply->number, nth(reply->source, reply->source_count, n),
                              nth(reply->target, reply->target_count, n) };
        if (one.from == 0 || one.to == 0)
            return;
        g_array_append_val(self->copied, one);
    }
}

void imap_session_note_copied(imap_session *self, const struct imap_reply *reply)
{
    if (reply->code == IMAP_CODE_COPYUID)
        on_copyuid(self, reply);
}

static void on_alert(void *data, const char *text)
{
    imap_session *self = data;
    g_autofree char *words = g_strdup_printf(_("%s says: %s"), self->account->account->name, text);
    const struct event event = { .type = EVENT_NOTICE, .account = self->account->id, .text = words };
    event_post(self->account->engine->events, &event);
}

static void on_slow(void *data, int waited_ms)
{
    imap_session *self = data;
    if (waited_ms == 0) {
        engine_set_state(self->account, self->lane, CONNECTION_ONLINE, "");
        return;
    }
    g_autofree char *words = g_strdup_printf(_("%s does not answer for %d s"), self->account->account->incoming.host, waited_ms / 1000);
    engine_set_state(self->account, self->lane, CONNECTION_SLOW, words);
}

/* --- life --- */
void imap_session_init(imap_session *self, engine_account *account, enum lane lane, worker *thread)
{
    *self = (imap_session){ .account = account, .lane = lane, .thread = thread };
    self->fetched = g_ptr_array_new_with_free_func((GDestroyNotify)fetched_free);
    self->gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->stale = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->copied = g_array_new(FALSE, FALSE, sizeof(struct copied));
    self->found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->listed = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    self->statuses = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    self->section = g_byte_array_new();
}

void imap_session_clear(imap_session *self)
{
    imap_session_close(self);
    store_close(self->store);
    g_ptr_array_unref(self->fetched);
    g_array_unref(self->gone);
    g_array_unref(self->stale);
    g_array_unref(self->copied);
    g_array_unref(self->found);
    g_ptr_array_unref(self->listed);
    g_ptr_array_unref(self->statuses);
    g_byte_array_unref(self->section);
    server_search_run_free(self->search);
}

void imap_session_close(imap_session *self)
{
    g_clear_pointer(&self->client, imap_client_free);
    g_clear_pointer(&self->uids, g_array_unref);
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0); /* the next comparison finds them */
    g_array_set_size(self->stale, 0);
    self->folder_id = 0;
}

/* --- the way in: core/account_entry --- */
static bool door_connect(void *session, const struct net_endpoint *endpoint, const struct net_context *context,
                         struct net_trust_verdict *verdict, GError **error)
{
    imap_session *self = session;
    const struct imap_handlers handlers = { .data = self,
                                            .exists = on_exists,
                                            .expunge = on_expunge,
                                            .vanished = on_vanished,
                                            .fetch = on_fetch,
                                            .list = on_list,
                                            .status = on_status,
                                            .search = on_search,
                                            .copyuid = on_copyuid,
                                            .alert = on_alert,
                                            .slow = on_slow };
    self->client = imap_client_connect(endpoint, context, &handlers, verdict, error);
    return self->client != NULL;
}

static bool door_login(void *session, const struct net_credentials *credentials, GError **error)
{
    return imap_client_login(((imap_session *)session)->client, credentials, error);
}

static const char *door_mechanism(const void *session)
{
    return imap_client_mechanism(((const imap_session *)session)->client);
}

static void door_close(void *session)
{
    imap_session_close(session);
}

static bool enter(imap_session *self, GError **error)
{
    g_autofree char *name = g_strdup_printf("imap %s/%d", self->account->account->id, (int)self->lane);
    const struct account_door door = {
        .log_name = name, .lane = self->lane, .connect = door_connect, .login = door_login, .mechanism = door_mechanism, .close = door_close
    };
    return account_enter(self->account, self->store, self->thread, &door, self, error);
}

/* Names that a server spells in its own way (raw UTF-8, broken UTF-7) are sent back as it spells them. Empty: no server has spelled it yet. The store
 * keeps text only, so bytes that are none (Latin-1) are known again after the first LIST. */
static void learn_name(imap_session *self, const struct folder *folder)
{
    if (folder->wire != NULL && *folder->wire != '\0' && strstr(folder->wire, "\xef\xbf\xbd") == NULL)
        imap_client_learn_name(self->client, folder->name, folder->wire);
}

static void learn_names(imap_session *self)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, self->account->id, NULL);
    for (guint i = 0; folders != NULL && i < folders->len; i++)
        learn_name(self, g_ptr_array_index(folders, i));
}

/* All that the screen does not wait for. Packing (RFC 4978) begins behind the sign-in, so no secret is ever packed together with what a stranger may
 * choose (CRIME); to this computer itself it would only cost time. */
static bool prepare_background(imap_session *self, GError **error)
{
    bool is_packed = false;
    learn_names(self);
    return net_stream_is_loopback(imap_client_stream(self->client)) || imap_client_compress(self->client, &is_packed, error);
}

bool imap_session_open(imap_session *self, GError **error)
{
    if (self->store == NULL)
        self->store = store_open(self->account->engine->store_path, STORE_WORKER, error);
    if (self->store == NULL)
        return false;
    if (!enter(self, error) || (self->lane == LANE_BACKGROUND && !prepare_background(self, error))) {
        imap_session_close(self);
        return false;
    }
    if (imap_client_can(self->client, IMAP_CAPABILITY_ID) && self->account->engine->settings->send_client_id)
        imap_send_id(self->client, "postern", POSTERN_VERSION); /* travels with the next request */
    self->opened++;
    engine_set_state(self->account, self->lane, CONNECTION_ONLINE, "");
    return true;
}

bool imap_session_wait(imap_session *self, imap_request request, struct imap_reply *reply_out, GError **error)
{
    return imap_wait(self->client, request, reply_out, error);
}

bool imap_session_is_later(const struct imap_reply *reply)
{
    return reply->code == IMAP_CODE_INUSE || reply->code == IMAP_CODE_UNAVAILABLE || reply->code == IMAP_CODE_SERVERBUG ||
           reply->code == IMAP_CODE_LIMIT || reply->code == IMAP_CODE_EXPUNGEISSUED;
}

bool imap_session_select(imap_session *self, const struct folder *folder, bool *is_refused_out, GError **error)
{
    struct imap_reply reply;
    *is_refused_out = false;
    if (self->folder_id == folder->id && self->folder_id != 0)
        return true;
    /* What was told of the folder that is left must not be lost with it. */
    if (self->folder_id != 0 && !imap_session_store_fetched(self, self->folder_id, false, NULL, error))
        return false;
    self->folder_id = 0;
    g_clear_pointer(&self->uids, g_array_unref);
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0);
    g_array_set_size(self->stale, 0);
    imap_session_ask(self);
    g_autofree char *name = intent_folder_server_name(self->store, folder, 0);
    learn_name(self, folder);
    if (!imap_wait(self->client, imap_send_select(self->client, name, false), &reply, error))
        return false;
    if (reply.status != IMAP_OK) {
        *is_refused_out = true;
        self->is_refusal_temporary = imap_session_is_later(&reply);
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s cannot open %s: %s"), self->account->account->name, folder->name,
                    reply.text);
        return false;
    }
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    self->folder_id = folder->id;
    /* uidnext and modseq are remembered only after what they stand for is in the store: a crash in between must not skip mail. */
    return store_folder_set_sync(self->store, folder->id, mailbox->uidvalidity,
                                 folder->uidvalidity == mailbox->uidvalidity ? folder->uidnext : 0,
                                 folder->uidvalidity == mailbox->uidvalidity ? folder->highestmodseq : 0, mailbox->exists, error);
}

/* --- flags told by one connection while the other changes them --- */
#define SETTLED_KEPT 2000u

void imap_session_ask(imap_session *self)
{
    self->asked_at = g_get_monotonic_time();
}

void imap_session_note_settled(imap_session *self, int64_t placement_id)
{
    engine_account *account = self->account;
    int64_t now = g_get_monotonic_time();
    pthread_mutex_lock(&account->engine->mutex);
    if (g_hash_table_size(account->settled) >= SETTLED_KEPT)
        g_hash_table_remove_all(account->settled); /* long answered */
    g_hash_table_insert(account->settled, g_memdup2(&placement_id, sizeof placement_id), g_memdup2(&now, sizeof now));
    pthread_mutex_unlock(&account->engine->mutex);
}

static bool was_settled_since(imap_session *self, int64_t placement_id, int64_t asked_at)
{
    pthread_mutex_lock(&self->account->engine->mutex);
    const int64_t *settled_at = g_hash_table_lookup(self->account->settled, &placement_id);
    bool is_since = settled_at != NULL && *settled_at >= asked_at;
    pthread_mutex_unlock(&self->account->engine->mutex);
    return is_since;
}

/* Its flags may be those of before our own change, which the other connection has settled meanwhile. Looked at inside the transaction that would write
 * them: what is settled behind it builds on them and is right. */
static bool is_stale(imap_session *self, int64_t folder_id, const struct fetched *fetched)
{
    int64_t id = store_placement_find(self->store, folder_id, fetched->uid);
    if (id == 0 || !was_settled_since(self, id, fetched->asked_at))
        return false;
    g_autoptr(placement) known = store_placement(self->store, id, NULL);
    return known != NULL && (known->flags != fetched->flags || !tag_list_equal(known->keywords, fetched->keywords));
}

/* --- what was fetched, into the store --- */
static bool store_one(imap_session *self, int64_t folder_id, const struct fetched *fetched, bool is_arrival, int *new_count, GError **error)
{
    int64_t placement = 0;
    bool is_new = false, is_known = false;
    if (is_stale(self, folder_id, fetched)) {
        g_array_append_val(self->stale, fetched->uid);
        return true;
    }
    if (!fetched->has_info)
        return store_placement_set_server_flags(self->store, folder_id, fetched->uid, fetched->flags, fetched->keywords, fetched->modseq,
                                                &is_known, error);
    if (!store_placement_put(self->store, folder_id, fetched->uid, fetched->flags, fetched->keywords, fetched->modseq, &fetched->info,
                             &placement, &is_new, error))
        return false;
    *new_count += is_new;
    if (is_new && is_arrival && !(fetched->flags & MESSAGE_SEEN))
        engine_post(self->account->engine, EVENT_MESSAGE_ARRIVED, self->account->id, folder_id, placement);
    return true;
}

static bool store_gone(imap_session *self, int64_t folder_id, GError **error)
{
    for (guint i = 0; i < self->gone->len; i++) {
        if (!store_placement_vanished(self->store, folder_id, g_array_index(self->gone, uint32_t, i), error) ||
            !store_breathe(self->store, error))
            return false;
    }
    return true;
}

bool imap_session_store_fetched(imap_session *self, int64_t folder_id, bool is_arrival, int *new_out, GError **error)
{
    int count = 0;
    guint total = self->fetched->len;
    if (total == 0 && !self->is_changed)
        return true;
    if (!store_begin(self->store, error))
        return false;
    if (!store_gone(self, folder_id, error)) {
        store_rollback(self->store);
        return false;
    }
    for (guint i = 0; i < total; i++) {
        /* A page is one commit: half of it would be a list that jumps. */
        if (!store_one(self, folder_id, g_ptr_array_index(self->fetched, i), is_arrival, &count, error) ||
            (total > PAGE_COMMIT_MAX && !store_breathe(self->store, error))) {
            store_rollback(self->store);
            return false;
        }
    }
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0);
    self->is_changed = false;
    if (new_out != NULL)
        *new_out = count;
    if (!store_commit(self->store, error))
        return false;
    engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, folder_id, 0);
    return true;
}
