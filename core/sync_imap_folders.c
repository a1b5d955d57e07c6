/* SPDX-License-Identifier: MIT */
/* The folders of an IMAP server: which there are, what they are for, and which of them changed. */
#include "core/folder_rights.h"
#include "core/imap_session_private.h"
#include "core/intent.h"
#include "core/store_role.h"
#include "core/store_verify.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define FLAGS_EVERY_S    600
#define LOST_KEPT_S      (7 * 24 * 60 * 60)
#define FLOOD_LEAST      3u  /* folders that vanish at once, before it is taken for a fault */
#define VERIFIED_AT_ONCE 10u /* folders that did not change and are looked at all the same, each poll */

/* Not the server's own ids: Cyrus (3.6) puts freed memory in their place. The answer to SELECT has them. */
static const unsigned polled_items =
    IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY | IMAP_STATUS_UNSEEN | IMAP_STATUS_HIGHESTMODSEQ;

static int rank_of(imap_session *self, const struct folder *folder)
{
    if (store_role_configured(self->account->account, folder->name) != FOLDER_NONE)
        return 3;
    return folder->total != 0 ? 2 : 1; /* on_list: told by the server, or guessed */
}

/* Each role is had by one folder only: the one with the best claim. */
static void settle_roles(imap_session *self)
{
    for (guint i = 0; i < self->listed->len; i++) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        enum folder_role configured = store_role_configured(self->account->account, folder->name);
        if (configured != FOLDER_NONE)
            folder->role = configured;
    }
    for (guint i = 0; i < self->listed->len; i++) {
        struct folder *one = g_ptr_array_index(self->listed, i);
        for (guint k = 0; k < self->listed->len && one->role != FOLDER_NONE; k++) {
            struct folder *other = g_ptr_array_index(self->listed, k);
            if (other != one && other->role == one->role)
                *(rank_of(self, other) > rank_of(self, one) || (rank_of(self, other) == rank_of(self, one) && k < i) ? &one->role
                                                                                                                     : &other->role) =
                    FOLDER_NONE;
        }
    }
}

static GHashTable *index_by_name(GPtrArray *folders)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal); /* borrows names and folders */
    for (guint i = 0; i < folders->len; i++) {
        struct folder *folder = g_ptr_array_index(folders, i);
        g_hash_table_insert(index, folder->name, folder);
    }
    return index;
}

/* One that a person's unsent wishes may speak of is only marked: they are explained, not forgotten. So is one that went together with most others:
 * that may be a server's fault. One made here is not on the server before the first message is. */
static bool drop_folder(imap_session *self, struct folder *unlisted, bool is_kept, GError **error)
{
    if (unlisted->uidvalidity == 0 && unlisted->role != FOLDER_NONE)
        return true;
    if (intent_count(self->store, self->account->id) == 0 && !is_kept)
        return store_folder_remove(self->store, unlisted->id, error);
    unlisted->flags |= is_kept ? FOLDER_IS_LOST : FOLDER_IS_GONE; /* what is lost can still be read here */
    return store_folder_put(self->store, unlisted, error) != 0 &&
           (!is_kept || store_folder_set_verified(self->store, unlisted->id, g_get_real_time() / G_USEC_PER_SEC, error));
}

/* The server does not know yet what the person renamed or deleted: its list is read as it will be. */
static void foresee_changes(imap_session *self)
{
    for (guint i = self->listed->len; i-- > 0;) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        char *name = intent_folder_local_name(self->store, folder);
        g_free(folder->name);
        folder->name = name;
        if (intent_folder_is_pending(self->store, self->account->id, name, INTENT_FOLDER_DELETE))
            g_ptr_array_remove_index(self->listed, i);
    }
}

static bool is_pending(imap_session *self, const char *name)
{
    return intent_folder_is_pending(self->store, self->account->id, name, INTENT_FOLDER_CREATE) ||
           intent_folder_is_pending(self->store, self->account->id, name, INTENT_FOLDER_DELETE);
}

/* Lost together with most others, and not for long: still waited for. */
static bool is_waited_for(const struct folder *folder)
{
    return (folder->flags & FOLDER_IS_LOST) && g_get_real_time() / G_USEC_PER_SEC - folder->verified_utc < LOST_KEPT_S;
}

static bool may_be_gone(imap_session *self, GHashTable *listed, const struct folder *folder)
{
    return !g_hash_table_contains(listed, folder->name) && folder->role != FOLDER_INBOX && folder->role != FOLDER_OUTBOX &&
           !is_waited_for(folder) && !is_pending(self, folder->name);
}

/* Folders that are not listed any more: are they really gone? A list may be cut short by a server's fault, and then all would be fetched anew. All are
 * asked about at once; those that stay leave the array. */
static bool find_unlisted(imap_session *self, GHashTable *listed, GPtrArray *known, GError **error)
{
    bool is_open = false;
    g_autoptr(GArray) requests = g_array_new(FALSE, FALSE, sizeof(imap_request));
    for (guint i = known->len; i-- > 0;) {
        const struct folder *folder = g_ptr_array_index(known, i);
        is_open |= folder->id == self->folder_id && may_be_gone(self, listed, folder);
        if (!may_be_gone(self, listed, folder))
            g_ptr_array_remove_index(known, i);
    }
    if (is_open && !imap_session_leave(self, error)) /* of one that is open here servers tell what they have open, under its old name */
        return false;
    for (guint i = 0; i < known->len; i++) {
        const struct folder *folder = g_ptr_array_index(known, i);
        imap_request request = imap_send_status(self->client, folder->name, IMAP_STATUS_UIDVALIDITY);
        g_array_append_val(requests, request);
    }
    for (guint i = 0; i < requests->len; i++) {
        struct imap_reply reply;
        struct folder *folder = g_ptr_array_index(known, i);
        if (!imap_wait(self->client, g_array_index(requests, imap_request, i), &reply, error))
            return false;
        folder->total = reply.status == IMAP_NO && !imap_session_is_later(&reply); /* gone */
    }
    for (guint i = known->len; i-- > 0;) {
        if (((const struct folder *)g_ptr_array_index(known, i))->total == 0)
            g_ptr_array_remove_index(known, i);
    }
    return true;
}

/* --- renamed by somebody else --- */
static bool has_ids(const struct folder *gone, const struct folder *status)
{
    return gone->mailbox_id != NULL && status->mailbox_id != NULL;
}

/* The same folder under another name: by the server's own id for it (RFC 8474), else by its numbers. */
static bool is_same_folder(const struct folder *gone, const struct folder *status)
{
    if (has_ids(gone, status))
        return g_strcmp0(gone->mailbox_id, status->mailbox_id) == 0;
    return gone->uidvalidity > 1 && gone->uidvalidity == status->uidvalidity && gone->uidnext > 1 && gone->uidnext == status->uidnext &&
           gone->server_total > 0 && gone->server_total == status->server_total && gone->highestmodseq == status->highestmodseq;
}

/* What is known of those that were not there before; asked for where the list has not told. */
static bool ask_about_new(imap_session *self, GHashTable *known, GError **error)
{
    struct imap_reply reply;
    if (self->has_statuses)
        return true;
    g_ptr_array_set_size(self->statuses, 0);
    for (guint i = 0; i < self->listed->len; i++) {
        const struct folder *folder = g_ptr_array_index(self->listed, i);
        if (!g_hash_table_contains(known, folder->name) && !(folder->flags & FOLDER_IS_NOSELECT))
            imap_send_status(self->client, folder->name, polled_items);
    }
    return imap_wait_all(self->client, &reply, error);
}

/* Of several that went with one UIDVALIDITY, numbers do not tell which is which: it is the time at which a folder was made, and little mail gives small numbers. */
static bool is_alone(GPtrArray *gone, uint32_t uidvalidity)
{
    guint count = 0;
    for (guint i = 0; i < gone->len; i++)
        count += ((const struct folder *)g_ptr_array_index(gone, i))->uidvalidity == uidvalidity;
    return count == 1;
}

/* The one that it is called now; NULL: none, or it cannot be told. */
static const struct folder *new_name_of(imap_session *self, GHashTable *known, GPtrArray *gone, const struct folder *folder)
{
    const struct folder *match = NULL;
    guint candidates = 0;
    for (guint i = 0; i < self->statuses->len; i++) {
        const struct folder *status = g_ptr_array_index(self->statuses, i);
        if (g_hash_table_contains(known, status->name))
            continue;
        candidates += has_ids(folder, status) ? is_same_folder(folder, status) : status->uidvalidity == folder->uidvalidity;
        if (is_same_folder(folder, status))
            match = status;
    }
    return match != NULL && candidates == 1 && (has_ids(folder, match) || is_alone(gone, folder->uidvalidity)) ? match : NULL;
}

/* Their rows get the new names, so that nothing is fetched again; they leave gone. */
static bool find_renamed(imap_session *self, GHashTable *known, GPtrArray *gone, GError **error)
{
    if (gone->len == 0)
        return true;
    if (!ask_about_new(self, known, error))
        return false;
    for (guint i = gone->len; i-- > 0;) {
        struct folder *folder = g_ptr_array_index(gone, i);
        const struct folder *match = new_name_of(self, known, gone, folder);
        if (match == NULL)
            continue;
        net_log_note(self->account->account->id, "folder %" G_GINT64_FORMAT " was renamed on the server", folder->id);
        g_free(folder->name);
        folder->name = g_strdup(match->name);
        folder->flags &= ~(unsigned)(FOLDER_IS_GONE | FOLDER_IS_LOST);
        if (store_folder_put(self->store, folder, error) == 0) /* spelling, role and the rest follow with the list */
            return false;
        g_ptr_array_remove_index(gone, i);
    }
    return true;
}

/* --- the rows --- */
static bool is_as_listed(const struct folder *known, const struct folder *listed)
{
    return known != NULL && known->role == listed->role && known->flags == listed->flags && known->delimiter == listed->delimiter &&
           g_strcmp0(known->wire, listed->wire) == 0;
}

static bool put_listed(imap_session *self, GHashTable *known, GError **error)
{
    for (guint i = 0; i < self->listed->len; i++) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        const struct folder *row = g_hash_table_lookup(known, folder->name);
        folder->total = 0;
        folder->flags |= row != NULL ? row->flags & FOLDER_TOLD : 0u;
        if (is_as_listed(row, folder))
            continue; /* ten thousand of them, each poll */
        if (store_folder_put(self->store, folder, error) == 0 || !store_breathe(self->store, error))
            return false;
    }
    return true;
}

/* Most of them at once, or even all but INBOX. */
static bool is_flood_of(const GPtrArray *gone, guint known)
{
    return gone->len >= FLOOD_LEAST && gone->len * 2 > known;
}

static bool put_all(imap_session *self, GHashTable *known, GPtrArray *gone, GError **error)
{
    bool is_flood = is_flood_of(gone, g_hash_table_size(known));
    if (!put_listed(self, known, error))
        return false;
    for (guint i = 0; i < gone->len; i++) {
        struct folder *folder = g_ptr_array_index(gone, i);
        bool is_kept = is_flood && !(folder->flags & FOLDER_IS_LOST); /* else its week is over */
        if (!drop_folder(self, folder, is_kept, error))
            return false;
    }
    if (!is_flood)
        return true;
    g_autofree char *words =
        g_strdup_printf(_("%s suddenly has no more than %u of its %u folders. Their mail is kept here for a week, in case"
                          " they come back."),
                        self->account->account->name, self->listed->len, g_hash_table_size(known));
    engine_notice(self->account, words);
    return true;
}

/* Where new folders go: as the server says, else below INBOX where others are there. */
static bool note_home(imap_session *self, GError **error)
{
    struct imap_reply reply;
    const struct imap_namespace *personal = imap_client_namespace(self->client);
    /* The answer may still be on its way: whatever is asked after it comes after it. */
    if (personal == NULL && imap_client_can(self->client, IMAP_CAPABILITY_NAMESPACE)) {
        if (!imap_wait(self->client, imap_send_noop(self->client), &reply, error))
            return false;
        personal = imap_client_namespace(self->client);
    }
    if (personal != NULL)
        return store_role_set_home(self->store, self->account->id, personal->prefix, personal->delimiter, error);
    const struct folder *sample = NULL;
    for (guint i = 0; i < self->listed->len; i++) {
        const struct folder *each = g_ptr_array_index(self->listed, i);
        g_autofree char *prefix = g_strdup_printf("INBOX%c", each->delimiter);
        if (each->delimiter != '\0' && g_ascii_strncasecmp(each->name, prefix, strlen(prefix)) == 0)
            return store_role_set_home(self->store, self->account->id, prefix, each->delimiter, error);
        if (sample == NULL || sample->delimiter == '\0')
            sample = each;
    }
    return store_role_set_home(self->store, self->account->id, "", sample != NULL ? sample->delimiter : '\0', error);
}

/* An old server's LIST does not tell what is subscribed; where nobody wants to know, it is not asked. */
static bool list_subscribed(imap_session *self, GError **error)
{
    struct imap_reply reply;
    if (imap_client_can(self->client, IMAP_CAPABILITY_LIST_EXTENDED) || !store_role_wants_subscribed(self->store, self->account->id))
        return true;
    self->subscribed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_answered = imap_wait(self->client, imap_send_lsub(self->client, "*"), &reply, error);
    g_autoptr(GHashTable) names = g_steal_pointer(&self->subscribed);
    for (guint i = 0; is_answered && i < self->listed->len; i++) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        if (g_hash_table_contains(names, folder->name))
            folder->flags |= FOLDER_IS_SUBSCRIBED;
    }
    return is_answered;
}

/* What was told, so that the same words again need no look into the store. */
static char *listed_sum(const imap_session *self)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    for (guint i = 0; i < self->listed->len; i++) {
        const struct folder *box = g_ptr_array_index(self->listed, i);
        g_autofree char *rest = g_strdup_printf("%c %d %u %" G_GINT64_FORMAT, box->delimiter != '\0' ? box->delimiter : ' ', (int)box->role,
                                                box->flags, box->total);
        g_checksum_update(sum, (const guchar *)box->name, (gssize)strlen(box->name) + 1);
        g_checksum_update(sum, (const guchar *)rest, (gssize)strlen(rest) + 1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static char *told_sum(const imap_session *self)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    for (guint i = 0; i < self->statuses->len; i++) {
        const struct folder *box = g_ptr_array_index(self->statuses, i);
        g_autofree char *rest = g_strdup_printf("%u %u %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, box->uidvalidity,
                                                box->uidnext, box->highestmodseq, box->server_total, box->unread);
        g_checksum_update(sum, (const guchar *)box->name, (gssize)strlen(box->name) + 1);
        g_checksum_update(sum, (const guchar *)rest, (gssize)strlen(rest) + 1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* True: they were others before. */
static bool remember_sum(char **kept, char *sum /* taken */)
{
    bool is_other = g_strcmp0(*kept, sum) != 0;
    g_free(*kept);
    *kept = sum;
    return is_other;
}

static bool list(imap_session *self, bool has_status, GError **error)
{
    struct imap_reply reply;
    g_ptr_array_set_size(self->listed, 0);
    self->has_statuses = false;
    imap_request request = has_status ? imap_send_list_status(self->client, "", "*", polled_items) : imap_send_list(self->client, "", "*");
    if (!imap_wait(self->client, request, &reply, error))
        return false;
    if (reply.status == IMAP_BAD && has_status && !imap_wait(self->client, imap_send_list(self->client, "", "*"), &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        return sync_imap_fail_reply(self, _("the folders cannot be listed"), &reply, error);
    self->has_statuses = has_status && self->statuses->len > 0;
    return list_subscribed(self, error);
}

static bool take_list(imap_session *self, GError **error)
{
    settle_roles(self);
    foresee_changes(self);
    g_autoptr(GPtrArray) known = store_folders(self->store, self->account->id, error),
                         gone = store_folders(self->store, self->account->id, error);
    if (known == NULL || gone == NULL)
        return false;
    g_autoptr(GHashTable) listed = index_by_name(self->listed), rows = index_by_name(known);
    if (!find_unlisted(self, listed, gone, error) || !find_renamed(self, rows, gone, error) || !store_begin(self->store, error))
        return false;
    if (!put_all(self, rows, gone, error)) {
        store_rollback(self->store);
        return false;
    }
    if (!store_commit(self->store, error) || !note_home(self, error))
        return false;
    g_ptr_array_set_size(self->listed, 0); /* what comes from now on comes unasked: see sync_imap_news */
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    engine_wake_outbox(self->account->engine); /* a Sent copy may have waited for its folder */
    return true;
}

bool sync_imap_folders(imap_session *self, bool is_counted, GError **error)
{
    g_ptr_array_set_size(self->statuses, 0);
    if (!list(self, is_counted && imap_client_can(self->client, IMAP_CAPABILITY_LIST_STATUS), error))
        return false;
    remember_sum(&self->listed_sum, listed_sum(self));
    self->listed_replays = self->replays;
    return self->listed->len == 0 || take_list(self, error);
}

/* Where the server tells by itself what comes and goes in folders, or would have to be asked about each, only which there are. */
bool sync_imap_glance(imap_session *self, bool *is_changed_out, GError **error)
{
    bool has_status = !self->is_notified && imap_client_can(self->client, IMAP_CAPABILITY_LIST_STATUS);
    if (has_status)
        g_ptr_array_set_size(self->statuses, 0);
    if (!list(self, has_status, error))
        return false;
    bool is_other = remember_sum(&self->listed_sum, listed_sum(self)) || self->listed_replays != self->replays;
    bool is_told = self->has_statuses && remember_sum(&self->told_sum, told_sum(self));
    self->listed_replays = self->replays;
    *is_changed_out = is_other || is_told;
    self->has_statuses = self->has_statuses && *is_changed_out;
    if (is_other && self->listed->len > 0)
        return take_list(self, error);
    g_ptr_array_set_size(self->listed, 0); /* else it would be taken for news */
    return true;
}

/* --- polling --- */
/* The same words of the server once looked into need no second look, even where its counts do not fit its own messages. */
static bool is_known_odd(imap_session *self, const struct folder *folder, const struct folder *status)
{
    g_autofree char *odds = g_strdup_printf("%u %u %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, status->uidvalidity,
                                            status->uidnext, status->highestmodseq, status->server_total, status->unread);
    if (g_strcmp0(g_hash_table_lookup(self->settled_odds, &folder->id), odds) == 0)
        return true;
    g_hash_table_insert(self->settled_odds, g_memdup2(&folder->id, sizeof folder->id), g_steal_pointer(&odds));
    return false;
}

/* Nothing moved, says the server; are there as many messages as there should be, and as many of them unread? */
static bool is_odd(imap_session *self, struct folder *folder, const struct folder *status)
{
    int64_t count = folder->total;
    bool is_count_off = status->server_total >= 0 && status->server_total != folder->total &&
                        store_verify_count(self->store, folder->id, &count, NULL) && count != status->server_total;
    bool is_unread_off = status->unread >= 0 && status->unread != folder->unread && store_verify_is_settled(self->store, folder->id);
    if ((!is_count_off && !is_unread_off) || is_known_odd(self, folder, status))
        return false;
    folder->verified_utc = 0;
    return true;
}

void sync_imap_note_compared(imap_session *self, int64_t folder_id)
{
    int64_t now_s = g_get_monotonic_time() / G_USEC_PER_SEC;
    g_hash_table_insert(self->compared, g_memdup2(&folder_id, sizeof folder_id), g_memdup2(&now_s, sizeof now_s));
}

/* A server that has no number for changes of flags (bare RFC 3501): they are compared with each connection, and then every ten minutes. */
static bool needs_flags(imap_session *self, const struct folder *folder, const struct folder *status)
{
    const int64_t *compared_s = g_hash_table_lookup(self->compared, &folder->id);
    return status->highestmodseq == 0 && folder->total > 0 &&
           (compared_s == NULL || g_get_monotonic_time() / G_USEC_PER_SEC - *compared_s >= FLAGS_EVERY_S);
}

static bool has_changed(imap_session *self, struct folder *folder, const struct folder *status)
{
    bool has_modseq = status->highestmodseq != 0;
    /* News that comes unasked leaves out what did not change. */
    return (status->uidvalidity != 0 && status->uidvalidity != folder->uidvalidity) ||
           (status->uidnext != 0 && status->uidnext != folder->uidnext) || folder->backfill_uid != 1 ||
           (has_modseq && status->highestmodseq != folder->highestmodseq) || needs_flags(self, folder, status) ||
           is_odd(self, folder, status);
}

static bool ask_statuses(imap_session *self, GPtrArray *folders, GError **error)
{
    struct imap_reply reply;
    if (!self->has_statuses)
        g_ptr_array_set_size(self->statuses, 0);
    self->has_statuses = false; /* good for one look */
    g_autoptr(GHashTable) told = index_by_name(self->statuses);
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *folder = g_ptr_array_index(folders, i);
        if (!g_hash_table_contains(told, folder->name) && !(folder->flags & FOLDER_IS_LOST))
            imap_send_status(self->client, folder->name, polled_items); /* pipelined */
    }
    return imap_wait_all(self->client, &reply, error);
}

/* Never opened, and nothing in it on either side: what was told is all there is to know. Of ten thousand folders most are such. */
static bool is_known_empty(const struct folder *folder, const struct folder *status)
{
    return folder->uidvalidity == 0 && folder->total == 0 && status != NULL && status->server_total == 0 && status->uidvalidity != 0 &&
           status->uidnext != 0;
}

static bool settle_empty(imap_session *self, GPtrArray *folders, GHashTable *told, GError **error)
{
    if (!store_begin(self->store, error))
        return false;
    for (guint i = folders->len; i-- > 0;) {
        const struct folder *folder = g_ptr_array_index(folders, i);
        const struct folder *status = g_hash_table_lookup(told, folder->name);
        if (!is_known_empty(folder, status))
            continue;
        if (!store_folder_set_sync(self->store, folder->id, status->uidvalidity, status->uidnext, status->highestmodseq, 0, error) ||
            !store_folder_set_backfill(self->store, folder->id, 1, error) ||
            (status->mailbox_id != NULL && !store_folder_set_mailbox_id(self->store, folder->id, status->mailbox_id, error)) ||
            !store_breathe(self->store, error)) {
            store_rollback(self->store);
            return false;
        }
        g_ptr_array_remove_index(folders, i);
    }
    return store_commit(self->store, error);
}

bool sync_imap_statuses(imap_session *self, GPtrArray *folders, GError **error)
{
    guint verified = 0;
    if (!ask_statuses(self, folders, error))
        return false;
    g_autoptr(GHashTable) told = index_by_name(self->statuses);
    if (!settle_empty(self, folders, told, error))
        return false;
    for (guint i = folders->len; i-- > 0;) {
        struct folder *folder = g_ptr_array_index(folders, i);
        const struct folder *status = g_hash_table_lookup(told, folder->name);
        bool is_due = status != NULL && folder->total > 0 && sync_imap_is_due(folder) && verified < VERIFIED_AT_ONCE;
        if (status != NULL && status->mailbox_id != NULL && g_strcmp0(status->mailbox_id, folder->mailbox_id) != 0 &&
            !store_folder_set_mailbox_id(self->store, folder->id, status->mailbox_id, error))
            return false;
        /* Not told: gone or forbidden; LIST will say. */
        if (status == NULL || (!has_changed(self, folder, status) && !is_due))
            g_ptr_array_remove_index(folders, i);
        else
            verified += is_due;
    }
    return true;
}

/* --- news without asking (RFC 5465) --- */
bool sync_imap_notify(imap_session *self, GError **error)
{
    struct imap_reply reply;
    if (self->is_notify_asked || !imap_client_can(self->client, IMAP_CAPABILITY_NOTIFY))
        return true;
    self->is_notify_asked = true;
    if (!imap_wait(self->client, imap_send_notify(self->client), &reply, error))
        return false;
    self->is_notified = reply.status == IMAP_OK; /* refused: asked for as before */
    g_ptr_array_set_size(self->listed, 0);
    return true;
}

/* The last word of each folder counts. */
GPtrArray *sync_imap_news(imap_session *self, bool *is_list_changed_out)
{
    *is_list_changed_out = self->is_notified && self->listed->len > 0;
    if (!self->is_notified || self->statuses->len == 0)
        return NULL;
    g_autoptr(GHashTable) told = index_by_name(self->statuses);
    GPtrArray *folders = store_folders(self->store, self->account->id, NULL);
    for (guint i = folders != NULL ? folders->len : 0; i-- > 0;) {
        struct folder *folder = g_ptr_array_index(folders, i);
        const struct folder *status = g_hash_table_lookup(told, folder->name);
        if (status == NULL || !has_changed(self, folder, status))
            g_ptr_array_remove_index(folders, i);
    }
    g_ptr_array_set_size(self->statuses, 0);
    return folders;
}
