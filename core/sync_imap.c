/* SPDX-License-Identifier: MIT */
/* Keeping the messages of a folder in step with an IMAP server: newest page first, comparison, chunks. */
#include "core/imap_session_private.h"
#include "core/header_envelope.h"
#include "core/store_verify.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>

#define PAGE_ROWS  60u
#define FLAG_CHUNK 2000u

/* Everything a list shows and a conversation needs, in one item list; what not every server has, where it is offered. */
char *sync_imap_items(const imap_session *self)
{
    bool is_gmail = imap_client_can(self->client, IMAP_CAPABILITY_GMAIL);
    /* Not of a whole folder: Dovecot takes twice as long then, for words that few rows show. */
    bool has_preview = self->backfill == NULL && imap_client_can(self->client, IMAP_CAPABILITY_PREVIEW);
    bool is_long = self->backfill != NULL; /* header lines cost servers less than ENVELOPE: core/header_envelope.h */
    return g_strconcat("(UID FLAGS INTERNALDATE RFC822.SIZE ", is_long ? "" : "ENVELOPE ", "BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (",
                       is_long ? HEADER_ENVELOPE_FIELDS " " : "", "REFERENCES LIST-ID)]", has_preview ? " PREVIEW (LAZY)" : "",
                       is_gmail                                                  ? " X-GM-THRID X-GM-MSGID X-GM-LABELS"
                       : imap_client_can(self->client, IMAP_CAPABILITY_OBJECTID) ? " THREADID EMAILID"
                                                                                 : "",
                       ")", NULL);
}

const char *sync_imap_flag_items(const imap_session *self)
{
    return imap_client_can(self->client, IMAP_CAPABILITY_GMAIL) ? "(UID FLAGS X-GM-LABELS)" : "(UID FLAGS)";
}

bool sync_imap_fail_reply(imap_session *self, const char *what, const struct imap_reply *reply, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s: %s: %s"), self->account->account->name, what, reply->text);
    return false;
}

/* --- the newest page --- */
bool sync_imap_newest(imap_session *self, const struct folder *folder, GError **error)
{
    struct imap_reply reply;
    uint32_t exists = imap_client_mailbox(self->client)->exists;
    self->newest_uid = 0;
    if (exists == 0)
        return true;
    g_autofree char *set = g_strdup_printf("%u:*", exists > PAGE_ROWS ? exists - PAGE_ROWS + 1 : 1), *items = sync_imap_items(self);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, false, set, items), &reply, error))
        return false;
    for (guint i = 0; i < self->fetched->len; i++)
        self->newest_uid = MAX(self->newest_uid, ((const struct fetched *)g_ptr_array_index(self->fetched, i))->uid);
    return imap_session_store_fetched(self, folder->id, folder->uidnext != 0, NULL, error);
}

/* The number behind it; the highest there can be has none. */
static uint32_t behind(uint32_t uid)
{
    return uid < UINT32_MAX ? uid + 1 : uid;
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

static uint32_t highest_of(const GArray *uids)
{
    return uids != NULL && uids->len > 0 ? g_array_index(uids, uint32_t, uids->len - 1) : 0;
}

bool sync_imap_arrivals(imap_session *self, int64_t folder_id, GError **error)
{
    struct imap_reply reply;
    self->has_new_mail = false;
    /* Not what the store knows as the newest: the other connection may have learned a higher number than one that came before it. */
    uint32_t next = self->uids != NULL ? behind(last_uid(self)) : self->next_uid;
    g_autofree char *set = g_strdup_printf("%u:*", MAX(next, 1)), *items = sync_imap_items(self);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error))
        return false;
    for (guint i = 0; i < self->fetched->len; i++)
        self->next_uid = MAX(self->next_uid, behind(((const struct fetched *)g_ptr_array_index(self->fetched, i))->uid));
    return imap_session_store_fetched(self, folder_id, true, NULL, error);
}

/* --- comparison --- */
int sync_imap_by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

bool sync_imap_has_number(const GArray *sorted, uint32_t number)
{
    return sorted->len > 0 && bsearch(&number, sorted->data, sorted->len, sizeof number, sync_imap_by_number) != NULL;
}

static bool has_hole(const GArray *uids)
{
    for (guint i = 0; i < uids->len; i++) {
        if (g_array_index(uids, uint32_t, i) == 0)
            return true;
    }
    return false;
}

/* The answer to SEARCH has fewer messages than the folder is said to have: asked in another way, by the sequence numbers. */
static bool ask_uids_by_fetch(imap_session *self, bool *is_whole_out, GError **error)
{
    struct imap_reply reply;
    uint32_t exists = imap_client_mailbox(self->client)->exists;
    g_clear_pointer(&self->uids, g_array_unref);
    self->uids = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    g_array_set_size(self->uids, exists);
    if (!imap_wait(self->client, imap_send_fetch(self->client, false, "1:*", "(UID)"), &reply, error))
        return false;
    *is_whole_out = reply.status == IMAP_OK && self->uids != NULL && !has_hole(self->uids);
    return true;
}

/* The numbers of the selected folder, in self->uids (see on_search). *is_whole_out false: some are missing, so what is not in it need not be gone. */
static bool ask_uids(imap_session *self, bool *is_whole_out, GError **error)
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
        return sync_imap_fail_reply(self, _("the messages cannot be listed"), &reply, error);
    if (self->uids == NULL)
        self->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    *is_whole_out = self->uids->len >= imap_client_mailbox(self->client)->exists;
    if (*is_whole_out)
        return true;
    net_log_note(self->account->account->id, "the answer to SEARCH has %u messages of %u", self->uids->len,
                 imap_client_mailbox(self->client)->exists);
    return ask_uids_by_fetch(self, is_whole_out, error);
}

/* What this connection's view of the folder cannot hold yet: servers show a connection new messages between its commands only. */
static uint32_t unseen_from(const imap_session *self, const GArray *theirs)
{
    uint32_t uidnext = imap_client_mailbox(self->client)->uidnext;
    return self->doubt == DOUBT_NONE && uidnext != 0 && imap_session_may_be_behind(self) ? MAX(uidnext, behind(highest_of(theirs))) : 0;
}

struct walk {
    const GArray *theirs, *known;
    GArray *missing;
    bool is_whole;   /* what is not among theirs is gone */
    uint32_t unseen; /* from this number on the other connection may know more than this one was told; 0: no */
    guint untold;    /* gone, and the server has not said so */
};

#define BEHIND_ALL (UINT64_C(1) << 32) /* no number of a message */

/* Both lists ascend: one walk tells what is missing here and what is gone there. */
static bool walk_uids(imap_session *self, const struct folder *folder, struct walk *walk, GError **error)
{
    guint k = 0;
    bool is_ok = store_begin(self->store, error);
    g_array_sort(self->gone, sync_imap_by_number);
    for (guint i = 0; is_ok && (i < walk->theirs->len || k < walk->known->len);) {
        uint64_t theirs = i < walk->theirs->len ? g_array_index(walk->theirs, uint32_t, i) : BEHIND_ALL;
        uint64_t ours = k < walk->known->len ? g_array_index(walk->known, uint32_t, k) : BEHIND_ALL;
        if (theirs == ours) {
            i++;
            k++;
        } else if (theirs < ours) {
            if (theirs != 0)
                g_array_append_val(walk->missing, g_array_index(walk->theirs, uint32_t, i));
            i++;
        } else if (walk->unseen != 0 && ours >= walk->unseen) {
            k++;
        } else {
            if (walk->is_whole)
                is_ok = store_placement_vanished(self->store, folder->id, (uint32_t)ours, error) && store_breathe(self->store, error);
            self->is_changed |= walk->is_whole;
            walk->untold += walk->is_whole && !sync_imap_has_number(self->gone, (uint32_t)ours);
            k++;
        }
    }
    if (!is_ok) {
        store_rollback(self->store);
        return false;
    }
    return store_commit(self->store, error) && imap_session_store_fetched(self, folder->id, false, NULL, error);
}

/* Refused (one message cannot be read, an ill moment), what was not told stays to be asked: a change number may not be remembered for it. */
static bool fetch_flags(imap_session *self, int64_t folder_id, const char *set, const char *items, GError **error)
{
    struct imap_reply reply;
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error))
        return false;
    self->is_flags_refused |= reply.status != IMAP_OK;
    return imap_session_store_fetched(self, folder_id, false, NULL, error);
}

/* Flags: what changed since the modseq that was stored, else all that is known, in chunks. */
static bool compare_flags(imap_session *self, const struct folder *folder, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    bool has_modseq = imap_client_can(self->client, IMAP_CAPABILITY_CONDSTORE) && mailbox->highestmodseq != 0 &&
                      !imap_session_is_distrusted(self, folder->id);
    bool is_same = folder->uidvalidity == mailbox->uidvalidity;
    if (has_modseq && is_same && folder->highestmodseq == mailbox->highestmodseq)
        return true;
    if (has_modseq && is_same && folder->highestmodseq != 0) {
        g_autofree char *items =
            g_strdup_printf("%s (CHANGEDSINCE %" G_GUINT64_FORMAT ")", sync_imap_flag_items(self), folder->highestmodseq);
        return fetch_flags(self, folder->id, "1:*", items, error);
    }
    g_autoptr(GArray) known = store_placement_uids(self->store, folder->id, 1, UINT32_MAX, error);
    for (guint end = known != NULL ? known->len : 0; end > 0 && !worker_is_stopping(self->thread);) {
        guint begin = end > FLAG_CHUNK ? end - FLAG_CHUNK : 0;
        g_autofree char *set = g_strdup_printf("%u:%u", g_array_index(known, uint32_t, begin), g_array_index(known, uint32_t, end - 1));
        if (!fetch_flags(self, folder->id, set, sync_imap_flag_items(self), error))
            return false;
        end = begin;
    }
    return known != NULL;
}

/* The SELECT told what changed: left is what is new. *missing_out as in sync_imap_compare. */
static bool compare_news(imap_session *self, const struct folder *folder, GArray *missing, GError **error)
{
    struct imap_reply reply;
    uint32_t first = folder->uidnext;
    if (first == 0 && !store_verify_last_uid(self->store, folder->id, &first, error))
        return false;
    first += folder->uidnext == 0;
    if (first == imap_client_mailbox(self->client)->uidnext)
        return true;
    g_autoptr(GArray) known = store_placement_uids(self->store, folder->id, first, UINT32_MAX, error);
    g_autofree char *criteria = g_strdup_printf("UID %u:*", first);
    g_array_set_size(self->found, 0);
    if (known == NULL || !imap_wait(self->client, imap_send_search(self->client, criteria), &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        return sync_imap_fail_reply(self, _("the messages cannot be listed"), &reply, error);
    g_array_sort(self->found, sync_imap_by_number);
    while (self->found->len > 0 && g_array_index(self->found, uint32_t, 0) < first)
        g_array_remove_index(self->found, 0); /* n:* is the last one, whatever its number (RFC 9051 9, "seq-range") */
    struct walk walk = {
        .theirs = self->found, .known = known, .missing = missing, .is_whole = true, .unseen = unseen_from(self, self->found)
    };
    return walk_uids(self, folder, &walk, error);
}

/* Message by message. */
static bool compare_all(imap_session *self, const struct folder *folder, bool was_resynced, GArray *missing, GError **error)
{
    bool is_whole = false;
    /* Read before the server is asked: a number the other connection learns meanwhile (its own move) is not in the answer, and not gone. */
    g_autoptr(GArray) known = store_placement_uids(self->store, folder->id, 1, UINT32_MAX, error);
    if (known == NULL || !ask_uids(self, &is_whole, error))
        return false;
    g_autoptr(GArray) theirs = self->uids != NULL ? g_array_ref(self->uids) : g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct walk walk = { .theirs = theirs, .known = known, .missing = missing, .is_whole = is_whole, .unseen = unseen_from(self, theirs) };
    if (!walk_uids(self, folder, &walk, error))
        return false;
    self->next_uid = MAX(self->next_uid, behind(highest_of(theirs)));
    if (imap_client_has_enabled(self->client, IMAP_CAPABILITY_QRESYNC)) { /* numbers are told by UID from here on */
        g_clear_pointer(&self->uids, g_array_unref);
        self->is_followed = true;
    }
    if (was_resynced && walk.untold > 0)
        imap_session_distrust(self, folder, walk.untold, false);
    return true;
}

/* Flags, unless the SELECT told them; and whether it is all still true, now and then. */
static bool compare_rest(imap_session *self, const struct folder *folder, bool is_told, bool is_doubtful, GArray *missing, GError **error)
{
    bool is_same = true;
    if (self->doubt == DOUBT_IDENTITY)
        return sync_imap_identify(self, folder, missing, error);
    if (!is_told && !compare_flags(self, folder, error))
        return false;
    if (folder->backfill_uid != 1) /* all of it is fetched for the first time */
        return store_folder_set_verified(self->store, folder->id, g_get_real_time() / G_USEC_PER_SEC, error);
    if (imap_session_is_distrusted(self, folder->id) || (!is_doubtful && !sync_imap_is_due(folder)))
        return true; /* distrusted: all its flags were fetched just now */
    if (!sync_imap_verify(self, folder, missing, &is_same, error))
        return false;
    if (is_same)
        return true;
    g_array_set_size(missing, 0);
    return compare_all(self, folder, is_told, missing, error);
}

bool sync_imap_compare(imap_session *self, const struct folder *folder, bool is_with_flags, GArray **missing_out, GError **error)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    bool is_told = self->is_resynced, adds_up = false;
    self->is_resynced = self->is_flags_refused = false;
    self->next_uid = MAX(imap_client_mailbox(self->client)->uidnext, 1);
    if (is_told && (!compare_news(self, folder, missing, error) || !sync_imap_adds_up(self, folder->id, missing->len, &adds_up, error)))
        return false;
    self->next_uid = MAX(self->next_uid, behind(highest_of(missing)));
    if (!adds_up) {
        g_array_set_size(missing, 0);
        if (!compare_all(self, folder, is_told, missing, error))
            return false;
    }
    if ((is_with_flags || self->doubt != DOUBT_NONE) &&
        !compare_rest(self, folder, is_told && adds_up, is_told && !adds_up, missing, error))
        return false;
    if (is_with_flags && !self->is_flags_refused)
        sync_imap_note_compared(self, folder->id);
    *missing_out = g_steal_pointer(&missing);
    return true;
}

char *sync_imap_set(const uint32_t *uids, guint count)
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
    g_array_sort(self->stale, sync_imap_by_number);
    g_autofree char *set = sync_imap_set((const uint32_t *)(void *)self->stale->data, self->stale->len);
    g_array_set_size(self->stale, 0);
    imap_session_ask(self);
    return imap_wait(self->client, imap_send_fetch(self->client, true, set, sync_imap_flag_items(self)), &reply, error) &&
           imap_session_store_fetched(self, self->folder_id, false, NULL, error);
}

bool sync_imap_fetch_chunk(imap_session *self, int64_t folder_id, GArray *missing, guint count, GError **error)
{
    struct imap_reply reply;
    guint begin = missing->len > count ? missing->len - count : 0;
    if (missing->len == 0)
        return true;
    g_autofree char *set = sync_imap_set(&g_array_index(missing, uint32_t, begin), missing->len - begin), *items = sync_imap_items(self);
    imap_session_ask(self);
    if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error))
        return false;
    g_array_set_size(missing, begin); /* also those the server did not give: a hole must not be asked for for ever */
    return imap_session_store_fetched(self, folder_id, false, NULL, error);
}
