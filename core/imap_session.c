/* SPDX-License-Identifier: MIT */
/* Opening a connection for an account, and taking in what the server says on it. */
#include "core/imap_session_private.h"
#include "core/account_entry_private.h"
#include "core/bulk_writer.h"
#include "core/gmail_labels.h"
#include "core/hole_hunt.h"
#include "core/intent.h"
#include "core/server_search_private.h"
#include "core/store_private.h"
#include "core/sync_convert.h"
#include "core/tag.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PAGE_COMMIT_MAX 100u

/* --- life --- */
void imap_session_init(imap_session *self, engine_account *account, enum lane lane, worker *thread)
{
    *self = (imap_session){ .account = account, .lane = lane, .thread = thread };
    self->fetched = g_ptr_array_new_with_free_func((GDestroyNotify)fetched_free);
    self->gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->touched = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->stale = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->copied = g_array_new(FALSE, FALSE, sizeof(struct copied));
    self->found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->listed = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    self->statuses = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    self->section = g_byte_array_new();
    self->earlier = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    self->distrusted = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->mended = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->compared = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    self->witnessed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    self->holes = hole_hunt_table();
    self->settled_odds = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
}

void imap_session_clear(imap_session *self)
{
    imap_session_close(self);
    bulk_writer_free(self->writer);
    store_close(self->store);
    g_ptr_array_unref(self->fetched);
    g_clear_pointer(&self->texts, text_pool_unref);
    g_array_unref(self->gone);
    g_array_unref(self->touched);
    g_array_unref(self->stale);
    g_array_unref(self->copied);
    g_array_unref(self->found);
    g_ptr_array_unref(self->listed);
    g_free(self->listed_sum);
    g_free(self->told_sum);
    g_ptr_array_unref(self->statuses);
    g_byte_array_unref(self->section);
    server_search_run_free(self->search);
    g_array_unref(self->earlier);
    g_hash_table_unref(self->distrusted);
    g_hash_table_unref(self->mended);
    g_hash_table_unref(self->compared);
    g_hash_table_unref(self->witnessed);
    g_free(self->end_words);
    g_hash_table_unref(self->holes);
    g_hash_table_unref(self->settled_odds);
}

void imap_session_close(imap_session *self)
{
    g_clear_pointer(&self->client, imap_client_free);
    g_clear_pointer(&self->uids, g_array_unref);
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0); /* the next comparison finds them */
    g_array_set_size(self->stale, 0);
    g_array_set_size(self->earlier, 0);
    self->folder_id = 0;
    self->is_qresync = self->is_followed = self->is_resynced = self->is_closing = self->has_statuses = self->is_notified =
        self->is_notify_asked = false;
    self->doubt = DOUBT_NONE;
    g_hash_table_remove_all(self->settled_odds);
    g_hash_table_remove_all(self->compared);
    g_hash_table_remove_all(self->witnessed);
}

/* --- packing (RFC 4978): nothing depends on it, so a server that does it wrongly is spoken to without it --- */
#define PACKED_AGAIN_S 86400 /* tried again after so long */

static char *unpacked_key(const imap_session *self)
{
    return g_strdup_printf("unpacked:%" G_GINT64_FORMAT, self->account->id);
}

/* To this computer itself it would only cost time. */
static bool may_pack(imap_session *self)
{
    g_autofree char *key = unpacked_key(self), *since = store_get_meta(self->store, key);
    int64_t age_s = g_get_real_time() / G_USEC_PER_SEC - (since != NULL ? g_ascii_strtoll(since, NULL, 10) : 0);
    bool is_off = since != NULL && age_s >= 0 && age_s < PACKED_AGAIN_S;
    return !is_off && self->lane == LANE_BACKGROUND && !net_stream_is_loopback(imap_client_stream(self->client));
}

/* What came cannot be read, and it came packed: where it is refused, the capability is forgotten. */
static void note_packing(imap_session *self, const GError *why)
{
    bool is_nonsense = g_error_matches(why, NET_ERROR, NET_ERROR_PROTOCOL) || g_error_matches(why, NET_ERROR, NET_ERROR_LIMIT);
    if (self->client == NULL || !is_nonsense || !imap_client_can(self->client, IMAP_CAPABILITY_COMPRESS_DEFLATE) || !may_pack(self))
        return;
    g_autofree char *key = unpacked_key(self), *now = g_strdup_printf("%" G_GINT64_FORMAT, g_get_real_time() / G_USEC_PER_SEC);
    net_log_note(self->account->account->id, "spoken to without compression from here on, for a day");
    store_set_meta(self->store, key, now, NULL); /* else it is met again */
}

void imap_session_note_end(imap_session *self, const GError *why)
{
    note_packing(self, why);
    g_free(self->end_words);
    self->end_words = g_strdup(why->message);
}

/* --- the way in: core/account_entry --- */
static bool door_connect(void *session, const struct net_endpoint *endpoint, const struct net_context *context,
                         struct net_trust_verdict *verdict, GError **error)
{
    imap_session *self = session;
    const struct imap_handlers handlers = imap_session_handlers(self);
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
void imap_session_learn_name(imap_session *self, const struct folder *folder)
{
    if (folder->wire != NULL && *folder->wire != '\0' && strstr(folder->wire, "\xef\xbf\xbd") == NULL)
        imap_client_learn_name(self->client, folder->name, folder->wire);
}

static void learn_names(imap_session *self)
{
    g_autoptr(GPtrArray) folders = store_folders(self->store, self->account->id, NULL);
    for (guint i = 0; folders != NULL && i < folders->len; i++)
        imap_session_learn_name(self, g_ptr_array_index(folders, i));
}

/* All that the screen does not wait for. Packing begins behind the sign-in, so no secret is ever packed together with what a stranger may choose
 * (CRIME). */
static bool prepare_background(imap_session *self, GError **error)
{
    bool is_packed = false;
    learn_names(self);
    return !may_pack(self) || imap_client_compress(self->client, &is_packed, error);
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
    imap_session_enable(self);
    self->append_limit_folder = 0;
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
    int64_t id = store_placement_of_uid(self->store, folder_id, fetched->uid);
    if (id == 0 || !was_settled_since(self, id, fetched->asked_at))
        return false;
    g_autoptr(placement) known = store_placement(self->store, id, NULL);
    return known != NULL && (known->flags != fetched->flags || !tag_list_equal(known->keywords, fetched->keywords));
}

/* --- what was fetched, into the store --- */
/* What a server tells without being asked has no labels in it. */
static bool add_known_labels(imap_session *self, int64_t folder_id, struct fetched *fetched, GError **error)
{
    g_autofree char *server = NULL, *kept = NULL, *shown = NULL;
    int64_t id = fetched->lacks_labels ? store_placement_of_uid(self->store, folder_id, fetched->uid) : 0;
    if (id == 0)
        return true;
    if (!store_keywords_read(self->store, id, &server, &kept, &shown, error))
        return false;
    g_autofree char *all = gmail_labels_keep(fetched->keywords, server);
    fetched->keywords = all != NULL ? text_pool_keep(fetched->texts, all, strlen(all)) : "";
    fetched->lacks_labels = false;
    return true;
}

static bool store_one(imap_session *self, int64_t folder_id, struct fetched *fetched, GArray *arrived, int *new_count, GError **error)
{
    int64_t placement = 0;
    bool is_new = false, is_known = false;
    if (!add_known_labels(self, folder_id, fetched, error))
        return false;
    if (is_stale(self, folder_id, fetched)) {
        g_array_append_val(self->stale, fetched->uid);
        return true;
    }
    uint64_t modseq = imap_session_is_distrusted(self, folder_id) ? 0 : fetched->modseq; /* 0: true whatever was told before */
    if (!fetched->has_info)
        return store_placement_set_server_flags(self->store, folder_id, fetched->uid, fetched->flags, fetched->keywords, modseq, &is_known,
                                                error);
    if (!store_placement_put(self->store, folder_id, fetched->uid, fetched->flags, fetched->keywords, modseq, &fetched->info, &placement,
                             &is_new, error))
        return false;
    *new_count += is_new;
    if (is_new && !(fetched->flags & MESSAGE_SEEN))
        g_array_append_val(arrived, placement);
    return true;
}

bool imap_session_is_gone(imap_session *self, int64_t folder_id, uint32_t uid, int64_t asked_at)
{
    return imap_gone_has(self->account->gone, folder_id, imap_client_mailbox(self->client)->uidvalidity, uid, asked_at);
}

/* Written, and the other connection was told meanwhile that it is gone: when that looked, it was not in the store yet. */
static bool take_back_gone(imap_session *self, int64_t folder_id, const GArray *written, int64_t asked_at, GError **error)
{
    for (guint i = 0; i < written->len; i++) {
        uint32_t uid = g_array_index(written, uint32_t, i);
        if (imap_session_is_gone(self, folder_id, uid, asked_at) && !store_placement_vanished(self->store, folder_id, uid, error))
            return false;
    }
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
    int64_t asked_at = INT64_MAX;
    g_autoptr(GArray) arrived = g_array_new(FALSE, FALSE, sizeof(int64_t)), written = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (total == 0 && !self->is_changed)
        return true;
    if (!rules_watch_before(self->store, &self->rules, error))
        return false;
    /* New mail need not wait for a disk that a backfill keeps busy: what is lost with the power, the server tells again. */
    if (!store_begin_refetchable(self->store, error))
        return false;
    if (!store_gone(self, folder_id, error)) {
        store_rollback(self->store);
        return false;
    }
    for (guint i = 0; i < total; i++) {
        struct fetched *fetched = g_ptr_array_index(self->fetched, i);
        if (fetched->has_info)
            g_array_append_val(written, fetched->uid);
        asked_at = MIN(asked_at, fetched->asked_at);
        /* A page is one commit: half of it would be a list that jumps. */
        if (!store_one(self, folder_id, fetched, arrived, &count, error) ||
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
    if (count > 0)
        imap_session_note_numbers(self);
    if (!store_commit(self->store, error) || !take_back_gone(self, folder_id, written, asked_at, error))
        return false;
    engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, folder_id, 0);
    for (guint i = 0; is_arrival && i < arrived->len; i++) /* behind it: the picture they hurry shows them */
        engine_post(self->account->engine, EVENT_MESSAGE_ARRIVED, self->account->id, folder_id, g_array_index(arrived, int64_t, i));
    return true;
}
