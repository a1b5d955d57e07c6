/* SPDX-License-Identifier: MIT */
/* Keeping the store in step with an IMAP server: folder list, newest page first, comparison, chunks. */
#include "core/imap_session_private.h"
#include "core/intent.h"
#include "core/store_role.h"
#include "core/sync_convert.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define PAGE_ROWS  60u
#define FLAG_CHUNK 2000u

/* Everything a list shows and a conversation needs, in one item list. */
static const char full_items[] =
    "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES LIST-ID)])";

static bool fail_reply(imap_session *self, const char *what, const struct imap_reply *reply, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s: %s: %s"), self->account->account->name, what, reply->text);
    return false;
}

/* --- folder list --- */
/* The names a person wrote down in [folders] stand above the server's word, and that above our guess. */
static enum folder_role configured_role(const struct account *settings, const char *name)
{
    static const enum folder_role roles[] = { [ACCOUNT_FOLDER_SENT] = FOLDER_SENT,
                                              [ACCOUNT_FOLDER_DRAFTS] = FOLDER_DRAFTS,
                                              [ACCOUNT_FOLDER_TRASH] = FOLDER_TRASH,
                                              [ACCOUNT_FOLDER_JUNK] = FOLDER_JUNK,
                                              [ACCOUNT_FOLDER_ARCHIVE] = FOLDER_ARCHIVE };
    for (size_t i = 0; i < ACCOUNT_FOLDER_ROLES; i++) {
        if (g_strcmp0(settings->folders[i], name) == 0)
            return roles[i];
    }
    return FOLDER_NONE;
}

static int rank_of(imap_session *self, const struct folder *folder)
{
    if (configured_role(self->account->account, folder->name) != FOLDER_NONE)
        return 3;
    return folder->total != 0 ? 2 : 1; /* on_list: told by the server, or guessed */
}

/* Each role is had by one folder only: the one with the best claim. */
static void settle_roles(imap_session *self)
{
    for (guint i = 0; i < self->listed->len; i++) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        enum folder_role configured = configured_role(self->account->account, folder->name);
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

static bool is_listed(imap_session *self, const char *name)
{
    for (guint i = 0; i < self->listed->len; i++) {
        if (strcmp(((const struct folder *)g_ptr_array_index(self->listed, i))->name, name) == 0)
            return true;
    }
    return false;
}

/* One that a person's unsent wishes may speak of is only marked: they are explained, not forgotten. One made here is not on the server before
 * the first message is. */
static bool drop_folder(imap_session *self, struct folder *unlisted, GError **error)
{
    if (unlisted->uidvalidity == 0 && unlisted->role != FOLDER_NONE)
        return true;
    if (intent_count(self->store, self->account->id) == 0)
        return store_folder_remove(self->store, unlisted->id, error);
    unlisted->flags |= FOLDER_IS_GONE;
    return store_folder_put(self->store, unlisted, error) != 0;
}

/* A folder that is not listed any more: is it really gone? A list may be cut short by a server's fault, and then all would be fetched anew. */
static bool is_gone(imap_session *self, const struct folder *folder, bool *is_gone_out, GError **error)
{
    struct imap_reply reply;
    if (!imap_wait(self->client, imap_send_status(self->client, folder->name, IMAP_STATUS_UIDVALIDITY), &reply, error))
        return false;
    *is_gone_out = reply.status == IMAP_NO && !imap_session_is_later(&reply);
    return true;
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

/* Those that stay leave the array. */
static bool find_unlisted(imap_session *self, GPtrArray *known, GError **error)
{
    for (guint i = known->len; i-- > 0;) {
        const struct folder *folder = g_ptr_array_index(known, i);
        bool has_gone = !is_listed(self, folder->name) && folder->role != FOLDER_INBOX && folder->role != FOLDER_OUTBOX &&
                        !is_pending(self, folder->name);
        if (has_gone && !is_gone(self, folder, &has_gone, error))
            return false;
        if (!has_gone)
            g_ptr_array_remove_index(known, i);
    }
    return true;
}

static bool put_listed(imap_session *self, GPtrArray *unlisted, GError **error)
{
    for (guint i = 0; i < self->listed->len; i++) {
        struct folder *folder = g_ptr_array_index(self->listed, i);
        folder->total = 0;
        if (store_folder_put(self->store, folder, error) == 0 || !store_breathe(self->store, error))
            return false;
    }
    for (guint i = 0; i < unlisted->len; i++) {
        if (!drop_folder(self, g_ptr_array_index(unlisted, i), error))
            return false;
    }
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

bool sync_imap_folders(imap_session *self, GError **error)
{
    struct imap_reply reply;
    g_ptr_array_set_size(self->listed, 0);
    if (!imap_wait(self->client, imap_send_list(self->client, "", "*"), &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        return fail_reply(self, _("the folders cannot be listed"), &reply, error);
    if (self->listed->len == 0)
        return true;
    settle_roles(self);
    foresee_changes(self);
    g_autoptr(GPtrArray) unlisted = store_folders(self->store, self->account->id, error);
    if (unlisted == NULL || !find_unlisted(self, unlisted, error) || !store_begin(self->store, error))
        return false;
    if (!put_listed(self, unlisted, error)) {
        store_rollback(self->store);
        return false;
    }
    if (!store_commit(self->store, error) || !note_home(self, error))
        return false;
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    engine_wake_outbox(self->account->engine); /* a Sent copy may have waited for its folder */
    return true;
}

/* --- the newest page --- */
bool sync_imap_newest(imap_session *self, const struct folder *folder, GError **error)
{
    struct imap_reply reply;
    uint32_t exists = imap_client_mailbox(self->client)->exists;
    self->newest_uid = 0;
    if (exists == 0)
        return true;
    g_autofree char *set = g_strdup_printf("%u:*", exists > PAGE_ROWS ? exists - PAGE_ROWS + 1 : 1);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, false, set, full_items), &reply, error))
        return false;
    for (guint i = 0; i < self->fetched->len; i++)
        self->newest_uid = MAX(self->newest_uid, ((const struct fetched *)g_ptr_array_index(self->fetched, i))->uid);
    return imap_session_store_fetched(self, folder->id, folder->uidnext != 0, NULL, error);
}

static uint32_t last_uid(const imap_session *self)
{
    for (guint i = self->uids != NULL ? self->uids->len : 0; i-- > 0;) {
        uint32_t uid = g_array_index(self->uids, uint32_t, i);
        if (uid != 0)
            return uid;
    }
    return 0;
}

bool sync_imap_arrivals(imap_session *self, int64_t folder_id, GError **error)
{
    struct imap_reply reply;
    self->has_new_mail = false;
    uint32_t last = last_uid(self);
    g_autofree char *set = g_strdup_printf("%u:*", last + 1);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, full_items), &reply, error))
        return false;
    return imap_session_store_fetched(self, folder_id, true, NULL, error);
}

/* --- comparison --- */
static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* The numbers of the selected folder, in self->uids (see on_search). No answer is a folder with nothing in it. */
static bool ask_uids(imap_session *self, GError **error)
{
    struct imap_reply reply;
    g_array_set_size(self->found, 0);
    g_clear_pointer(&self->uids, g_array_unref);
    self->is_mapping = true;
    bool is_answered = imap_wait(self->client, imap_send_search(self->client, "ALL"), &reply, error);
    self->is_mapping = false;
    if (!is_answered)
        return false;
    if (reply.status != IMAP_OK)
        return fail_reply(self, _("the messages cannot be listed"), &reply, error);
    if (self->uids == NULL)
        self->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return true;
}

/* Both lists ascend: one walk tells what is missing here and what is gone there. */
static bool walk_uids(imap_session *self, const struct folder *folder, GArray *known, GArray *missing, GError **error)
{
    guint k = 0;
    bool is_ok = store_begin(self->store, error);
    for (guint i = 0; is_ok && (i < self->uids->len || k < known->len);) {
        uint32_t theirs = i < self->uids->len ? g_array_index(self->uids, uint32_t, i) : UINT32_MAX;
        uint32_t ours = k < known->len ? g_array_index(known, uint32_t, k) : UINT32_MAX;
        if (theirs == ours) {
            i++;
            k++;
        } else if (theirs < ours) {
            g_array_append_val(missing, theirs);
            i++;
        } else {
            is_ok = store_placement_vanished(self->store, folder->id, ours, error) && store_breathe(self->store, error);
            self->is_changed = true;
            k++;
        }
    }
    if (!is_ok) {
        store_rollback(self->store);
        return false;
    }
    return store_commit(self->store, error) && imap_session_store_fetched(self, folder->id, false, NULL, error);
}

/* Flags: what changed since the modseq that was stored, else all that is known, in chunks. */
static bool compare_flags(imap_session *self, const struct folder *folder, GError **error)
{
    struct imap_reply reply;
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    bool has_modseq = imap_client_can(self->client, IMAP_CAPABILITY_CONDSTORE) && mailbox->highestmodseq != 0;
    bool is_same = folder->uidvalidity == mailbox->uidvalidity;
    if (has_modseq && is_same && folder->highestmodseq == mailbox->highestmodseq)
        return true;
    if (has_modseq && is_same && folder->highestmodseq != 0) {
        g_autofree char *items = g_strdup_printf("(UID FLAGS) (CHANGEDSINCE %" G_GUINT64_FORMAT ")", folder->highestmodseq);
        imap_session_ask(self);
        return imap_wait(self->client, imap_send_fetch(self->client, true, "1:*", items), &reply, error) &&
               imap_session_store_fetched(self, folder->id, false, NULL, error);
    }
    g_autoptr(GArray) known = store_placement_uids(self->store, folder->id, 1, UINT32_MAX, error);
    for (guint end = known != NULL ? known->len : 0; end > 0 && !worker_is_stopping(self->thread);) {
        guint begin = end > FLAG_CHUNK ? end - FLAG_CHUNK : 0;
        g_autofree char *set = g_strdup_printf("%u:%u", g_array_index(known, uint32_t, begin), g_array_index(known, uint32_t, end - 1));
        imap_session_ask(self);
        if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, "(UID FLAGS)"), &reply, error) ||
            !imap_session_store_fetched(self, folder->id, false, NULL, error))
            return false;
        end = begin;
    }
    return known != NULL;
}

bool sync_imap_compare(imap_session *self, const struct folder *folder, bool is_with_flags, GArray **missing_out, GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    /* Read before the server is asked: a number the other connection learns meanwhile (its own move) is not in the answer, and not gone. */
    g_autoptr(GArray) known = store_placement_uids(self->store, folder->id, 1, UINT32_MAX, error);
    if (known == NULL || !ask_uids(self, error) || !walk_uids(self, folder, known, missing, error) ||
        (is_with_flags && !compare_flags(self, folder, error)))
        return false;
    *missing_out = g_steal_pointer(&missing);
    return true;
}

/* "5,7:9" of ascending numbers. */
static char *uid_set(const uint32_t *uids, guint count)
{
    GString *set = g_string_new(NULL);
    for (guint i = 0; i < count;) {
        guint end = i;
        while (end + 1 < count && uids[end + 1] == uids[end] + 1)
            end++;
        g_string_append_printf(set, end > i ? "%s%u:%u" : "%s%u", set->len > 0 ? "," : "", uids[i], uids[end]);
        i = end + 1;
    }
    return g_string_free(set, FALSE);
}

bool sync_imap_stale(imap_session *self, GError **error)
{
    struct imap_reply reply;
    if (self->stale->len == 0)
        return true;
    g_array_sort(self->stale, by_number);
    g_autofree char *set = uid_set((const uint32_t *)(void *)self->stale->data, self->stale->len);
    g_array_set_size(self->stale, 0);
    imap_session_ask(self);
    return imap_wait(self->client, imap_send_fetch(self->client, true, set, "(UID FLAGS)"), &reply, error) &&
           imap_session_store_fetched(self, self->folder_id, false, NULL, error);
}

bool sync_imap_fetch_chunk(imap_session *self, int64_t folder_id, GArray *missing, guint count, GError **error)
{
    struct imap_reply reply;
    guint begin = missing->len > count ? missing->len - count : 0;
    if (missing->len == 0)
        return true;
    g_autofree char *set = uid_set(&g_array_index(missing, uint32_t, begin), missing->len - begin);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, full_items), &reply, error))
        return false;
    g_array_set_size(missing, begin); /* also those the server did not give: a hole must not be asked for for ever */
    return imap_session_store_fetched(self, folder_id, false, NULL, error);
}

/* --- polling --- */
static const struct folder *status_of(imap_session *self, const char *name)
{
    for (guint i = 0; i < self->statuses->len; i++) {
        const struct folder *status = g_ptr_array_index(self->statuses, i);
        if (strcmp(status->name, name) == 0)
            return status;
    }
    return NULL;
}

static bool has_changed(imap_session *self, const struct folder *folder)
{
    const struct folder *status = status_of(self, folder->name);
    if (status == NULL)
        return false; /* not told: gone or forbidden; LIST will say */
    bool has_modseq = status->highestmodseq != 0 && folder->highestmodseq != 0;
    return status->uidvalidity != folder->uidvalidity || status->uidnext != folder->uidnext || status->server_total != folder->total ||
           (has_modseq ? status->highestmodseq != folder->highestmodseq : status->unread >= 0 && status->unread != folder->unread);
}

bool sync_imap_statuses(imap_session *self, GPtrArray *folders, GError **error)
{
    struct imap_reply reply;
    const unsigned items =
        IMAP_STATUS_MESSAGES | IMAP_STATUS_UIDNEXT | IMAP_STATUS_UIDVALIDITY | IMAP_STATUS_UNSEEN | IMAP_STATUS_HIGHESTMODSEQ;
    g_ptr_array_set_size(self->statuses, 0);
    for (guint i = 0; i < folders->len; i++)
        imap_send_status(self->client, ((const struct folder *)g_ptr_array_index(folders, i))->name, items); /* pipelined */
    if (!imap_wait_all(self->client, &reply, error))
        return false;
    for (guint i = folders->len; i-- > 0;) {
        if (!has_changed(self, g_ptr_array_index(folders, i)))
            g_ptr_array_remove_index(folders, i);
    }
    return true;
}
