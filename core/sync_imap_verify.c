/* SPDX-License-Identifier: MIT */
/* A server's change numbers are a promise. Here it is held against the messages themselves, so that no lie and no lost index can spoil the store. */
#include "core/imap_session_private.h"
#include "core/store_private.h"
#include "core/store_verify.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define VERIFY_EVERY_S (24 * 60 * 60)
#define SET_MAX        7000u /* bytes of a set of numbers: servers bound their command lines, some at 8000 */
#define CHUNK          2000u
#define WITNESSES      5u

/* --- after a SELECT that told what changed --- */
/* Those of earlier that are there after all stay; the others are gone. Returns how many are there. */
static guint believe_gone(imap_session *self)
{
    guint count = 0;
    g_array_sort(self->found, sync_imap_by_number);
    for (guint i = 0; i < self->earlier->len; i++) {
        uint32_t uid = g_array_index(self->earlier, uint32_t, i);
        if (sync_imap_has_number(self->found, uid))
            count++;
        else
            g_array_append_val(self->gone, uid);
    }
    self->is_changed |= self->gone->len > 0;
    return count;
}

/* What a person's wishes hang on is not given up on a number's word. *is_true_out false: it is to be compared instead. */
static bool check_vanished(imap_session *self, const struct folder *folder, bool *is_true_out, GError **error)
{
    struct imap_reply reply;
    *is_true_out = true;
    if (self->earlier->len == 0)
        return true;
    g_array_sort(self->earlier, sync_imap_by_number);
    g_autofree char *set = sync_imap_set((const uint32_t *)(void *)self->earlier->data, self->earlier->len);
    *is_true_out = strlen(set) <= SET_MAX;
    if (!*is_true_out)
        return true;
    g_autofree char *criteria = g_strconcat("UID ", set, NULL);
    g_array_set_size(self->found, 0);
    if (!imap_wait(self->client, imap_send_search(self->client, criteria), &reply, error))
        return false;
    guint lies = reply.status == IMAP_OK ? believe_gone(self) : 0;
    if (lies > 0)
        imap_session_distrust(self, folder, lies, true);
    *is_true_out = reply.status == IMAP_OK && lies == 0;
    return true;
}

bool sync_imap_settle_resync(imap_session *self, const struct folder *folder, GError **error)
{
    bool is_true = false;
    if (!check_vanished(self, folder, &is_true, error))
        return false;
    g_array_set_size(self->earlier, 0);
    self->is_resynced = is_true;
    return imap_session_store_fetched(self, folder->id, false, NULL, error);
}

bool sync_imap_adds_up(imap_session *self, int64_t folder_id, guint missing, bool *adds_up_out, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    int64_t count = 0;
    /* What was told while the new ones were asked for belongs to the count. */
    if (!imap_session_store_fetched(self, folder_id, false, NULL, error) || !store_verify_count(self->store, folder_id, &count, error))
        return false;
    /* The other connection may have heard of new ones before this one. */
    g_autoptr(GArray) newer = mailbox->uidnext != 0 && imap_session_may_be_behind(self)
                                  ? store_placement_uids(self->store, folder_id, mailbox->uidnext, UINT32_MAX, error)
                                  : g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (newer == NULL)
        return false;
    *adds_up_out = count + missing >= mailbox->exists && count + missing <= mailbox->exists + newer->len;
    if (!*adds_up_out)
        net_log_note(self->account->account->id, "folder %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT " known + %u new, %u told", folder_id,
                     count, missing, mailbox->exists);
    return true;
}

/* --- numbers that went backwards --- */
static const struct known_identity *identity_of(const GArray *known, uint32_t uid)
{
    const struct known_identity wanted = { .uid = uid }; /* uid is its first field */
    return known->len > 0 ? bsearch(&wanted, known->data, known->len, sizeof wanted, sync_imap_by_number) : NULL;
}

#define MESSAGE_ID_LINE "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"

/* +1: by its Message-ID it is the one that is known; -1: it is another one; 0: one of them has none. */
static int same_by_id(const struct known_identity *known, const struct fetched *fetched)
{
    if (known->id_hash == 0 || fetched->info.message_id == NULL)
        return 0;
    return known->id_hash == store_hash(fetched->info.message_id) ? 1 : -1;
}

static bool is_same_message(const struct known_identity *known, const struct fetched *fetched)
{
    bool has_date = fetched->info.received_utc > 0 && known->received_utc > 0;
    int by_id = same_by_id(known, fetched);
    if (by_id != 0)
        return by_id > 0;
    return known->size_bytes == fetched->info.size_bytes && (!has_date || known->received_utc == fetched->info.received_utc);
}

/* Only what tells one message from another was asked for: of all else nothing is known better than before. */
static void forget_header(imap_session *self, guint begin)
{
    for (guint i = begin; i < self->fetched->len; i++)
        ((struct fetched *)g_ptr_array_index(self->fetched, i))->has_info = false;
}

/* Without a Message-ID: of another size, and come at another time. A server that counts its bytes differently one day, or a copy without its date, is
 * no other message. */
static bool is_stranger(const GArray *witnesses, const struct fetched *fetched)
{
    for (guint i = 0; i < witnesses->len; i++) {
        const struct known_identity *known = &g_array_index(witnesses, struct known_identity, i);
        int by_id = known->uid == fetched->uid ? same_by_id(known, fetched) : 0;
        if (by_id != 0)
            return by_id < 0;
        if (known->uid == fetched->uid)
            return known->size_bytes != fetched->info.size_bytes && fetched->info.received_utc > 0 && known->received_utc > 0 &&
                   known->received_utc != fetched->info.received_utc;
    }
    return false;
}

/* *is_answered_out false: the server refused, so nothing is known of them. */
static bool ask_witnesses(imap_session *self, const GArray *witnesses, bool *is_other_out, bool *is_answered_out, GError **error)
{
    struct imap_reply reply;
    guint before = self->fetched->len;
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = witnesses->len; i-- > 0;)
        g_array_append_val(uids, g_array_index(witnesses, struct known_identity, i).uid);
    g_autofree char *set = sync_imap_set((const uint32_t *)(void *)uids->data, uids->len);
    imap_session_ask(self);
    self->is_identifying = true; /* nothing of it is stored yet */
    bool is_alive = imap_wait(
        self->client, imap_send_fetch(self->client, true, set, "(UID FLAGS INTERNALDATE RFC822.SIZE " MESSAGE_ID_LINE ")"), &reply, error);
    self->is_identifying = false;
    for (guint i = MIN(before, self->fetched->len); is_alive && i < self->fetched->len; i++)
        *is_other_out |= is_stranger(witnesses, g_ptr_array_index(self->fetched, i));
    forget_header(self, MIN(before, self->fetched->len));
    *is_answered_out = is_alive && reply.status == IMAP_OK;
    return is_alive;
}

bool sync_imap_witness(imap_session *self, const struct folder *folder, bool *is_other_out, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    bool is_new = mailbox->uidnext != folder->uidnext || mailbox->highestmodseq != folder->highestmodseq || sync_imap_is_due(folder);
    bool is_answered = true;
    *is_other_out = false;
    if (folder->uidnext == 0 || g_hash_table_contains(self->witnessed, &folder->id) ||
        (!is_new && !store_verify_has_wishes(self->store, folder->id)))
        return true;
    g_autoptr(GArray) witnesses = store_verify_newest(self->store, folder->id, WITNESSES, error);
    if (witnesses == NULL || (witnesses->len > 0 && !ask_witnesses(self, witnesses, is_other_out, &is_answered, error)))
        return false;
    if (!*is_other_out && is_answered)
        g_hash_table_add(self->witnessed, g_memdup2(&folder->id, sizeof folder->id));
    return true;
}

/* Those that are another message leave self->fetched. */
static bool part_strangers(imap_session *self, const struct folder *folder, const GArray *known, GArray *missing, GError **error)
{
    for (guint i = self->fetched->len; i-- > 0;) {
        const struct fetched *fetched = g_ptr_array_index(self->fetched, i);
        const struct known_identity *ours = identity_of(known, fetched->uid);
        if (ours == NULL || is_same_message(ours, fetched))
            continue;
        g_array_append_val(missing, fetched->uid);
        self->is_changed = true;
        if (!store_verify_forget_uid(self->store, folder->id, fetched->uid, error))
            return false;
        g_ptr_array_remove_index(self->fetched, i);
    }
    forget_header(self, 0);
    return imap_session_store_fetched(self, folder->id, false, NULL, error);
}

static bool identify_chunk(imap_session *self, const struct folder *folder, const GArray *known, guint begin, guint end, GArray *missing,
                           GError **error)
{
    struct imap_reply reply;
    g_autofree char *set = g_strdup_printf("%u:%u", g_array_index(known, struct known_identity, begin).uid,
                                           g_array_index(known, struct known_identity, end - 1).uid);
    imap_session_ask(self);
    self->is_identifying = true;
    bool is_answered = imap_wait(
        self->client, imap_send_fetch(self->client, true, set, "(UID FLAGS RFC822.SIZE INTERNALDATE " MESSAGE_ID_LINE ")"), &reply, error);
    self->is_identifying = false;
    return is_answered && part_strangers(self, folder, known, missing, error);
}

bool sync_imap_identify(imap_session *self, const struct folder *folder, GArray *missing, GError **error)
{
    guint before = missing->len;
    g_autoptr(GArray) known = store_verify_identities(self->store, folder->id, error);
    for (guint end = known != NULL ? known->len : 0; end > 0; end = end > CHUNK ? end - CHUNK : 0) {
        if (!identify_chunk(self, folder, known, end > CHUNK ? end - CHUNK : 0, end, missing, error))
            return false;
    }
    g_array_sort(missing, sync_imap_by_number);
    self->doubt = DOUBT_NONE;
    if (known == NULL)
        return false;
    g_autofree char *words = g_strdup_printf(
        g_dngettext(GETTEXT_PACKAGE,
                    "%s ▸ %s: the server's numbers went back, as after a restored backup. Every message was compared: %u is another one now"
                    " and is fetched anew; nothing was deleted.",
                    "%s ▸ %s: the server's numbers went back, as after a restored backup. Every message was compared: %u are others now"
                    " and are fetched anew; nothing was deleted.",
                    missing->len - before),
        self->account->account->name, folder->name, missing->len - before);
    engine_notice(self->account, words);
    return true;
}

/* --- the whole, now and then --- */
static const struct {
    const char *criteria;
    unsigned flag; /* 0: all messages */
    bool is_set;
} questions[] = {
    { "ALL", 0, true },
    { "UNSEEN", MESSAGE_SEEN, false },
    { "FLAGGED", MESSAGE_FLAGGED, true },
    { "ANSWERED", MESSAGE_ANSWERED, true },
    { "DELETED", MESSAGE_DELETED, true },
};

bool sync_imap_is_due(const struct folder *folder)
{
    return g_get_real_time() / G_USEC_PER_SEC - folder->verified_utc >= VERIFY_EVERY_S && folder->backfill_uid == 1;
}

static bool wait_questions(imap_session *self, const imap_request requests[], size_t count, bool *is_answered_out, GError **error)
{
    for (size_t i = 0; i < count; i++) {
        struct imap_reply reply;
        if (!imap_wait(self->client, requests[i], &reply, error))
            return false;
        *is_answered_out &= reply.status == IMAP_OK;
    }
    return true;
}

/* All asked at once, one wait, where each answer says which question it is for (RFC 4731); else one after the other. *is_answered_out false: a server
 * that cannot search so. */
static bool ask_questions(imap_session *self, GArray *answers[], bool *is_answered_out, GError **error)
{
    imap_request requests[G_N_ELEMENTS(questions)];
    bool is_alive = true, is_at_once = imap_client_can(self->client, IMAP_CAPABILITY_ESEARCH);
    *is_answered_out = true;
    for (size_t i = 0; is_alive && i < G_N_ELEMENTS(questions); i++) {
        requests[i] = imap_send_search(self->client, questions[i].criteria);
        self->asked[i] = (struct asked){ requests[i], answers[i] };
        is_alive = is_at_once || wait_questions(self, &requests[i], 1, is_answered_out, error);
    }
    if (is_alive && is_at_once)
        is_alive = wait_questions(self, requests, G_N_ELEMENTS(questions), is_answered_out, error);
    memset(self->asked, 0, sizeof self->asked);
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
        g_array_sort(answers[i], sync_imap_by_number);
    return is_alive;
}

static bool has_same_flags(const struct known_flags *ours, GArray *answers[])
{
    for (size_t i = 1; i < G_N_ELEMENTS(questions); i++) {
        bool is_told = sync_imap_has_number(answers[i], ours->uid) == questions[i].is_set;
        if (((ours->flags & questions[i].flag) != 0) != is_told)
            return false;
    }
    return true;
}

/* The numbers whose flags differ; *foreign_out counts messages that only one side has. */
static GArray *find_differences(const GArray *known, GArray *answers[], guint *foreign_out)
{
    GArray *differing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    guint shared = 0;
    for (guint k = 0; k < known->len; k++) {
        const struct known_flags *ours = &g_array_index(known, struct known_flags, k);
        if (!sync_imap_has_number(answers[0], ours->uid))
            continue;
        shared++;
        if (!has_same_flags(ours, answers))
            g_array_append_val(differing, ours->uid);
    }
    *foreign_out = known->len - shared + (answers[0]->len - MIN(shared, answers[0]->len));
    return differing;
}

static bool is_different(const GArray *known, const struct fetched *fetched)
{
    const struct known_flags wanted = { .uid = fetched->uid }; /* uid is its first field */
    const struct known_flags *ours = known->len > 0 ? bsearch(&wanted, known->data, known->len, sizeof wanted, sync_imap_by_number) : NULL;
    const unsigned asked = MESSAGE_SEEN | MESSAGE_FLAGGED | MESSAGE_ANSWERED | MESSAGE_DELETED;
    return ours != NULL && (ours->flags & asked) != (fetched->flags & asked);
}

/* Those that changed before the folder was opened, and that the server did not tell then. */
static guint count_untold(const imap_session *self, const GArray *known)
{
    guint count = 0;
    for (guint i = 0; i < self->fetched->len; i++) {
        const struct fetched *fetched = g_ptr_array_index(self->fetched, i);
        count += fetched->modseq != 0 && fetched->modseq <= self->opened_modseq && is_different(known, fetched);
    }
    return count;
}

/* Their flags as they are. */
static bool mend_flags(imap_session *self, const struct folder *folder, const GArray *known, const GArray *differing, guint *untold_out,
                       GError **error)
{
    const char *items = self->opened_modseq != 0 ? "(UID FLAGS MODSEQ)" : "(UID FLAGS)";
    *untold_out = 0;
    for (guint i = 0; i < differing->len; i++) {
        if (!store_verify_forget_modseq(self->store, folder->id, g_array_index(differing, uint32_t, i), error))
            return false;
    }
    for (guint begin = 0; begin < differing->len; begin += CHUNK / 4) {
        struct imap_reply reply;
        g_autofree char *set = sync_imap_set(&g_array_index(differing, uint32_t, begin), MIN(differing->len - begin, CHUNK / 4));
        imap_session_ask(self);
        if (!imap_wait(self->client, imap_send_fetch(self->client, true, set, items), &reply, error))
            return false;
        *untold_out += count_untold(self, known);
        if (!imap_session_store_fetched(self, folder->id, false, NULL, error))
            return false;
    }
    return true;
}

static bool judge(imap_session *self, const struct folder *folder, GArray *answers[], guint missing, bool *is_same_out, GError **error)
{
    guint foreign = 0, untold = 0;
    if (!imap_session_store_fetched(self, folder->id, false, NULL, error))
        return false;
    g_autoptr(GArray) known = store_verify_flags(self->store, folder->id, error);
    if (known == NULL)
        return false;
    g_autoptr(GArray) differing = find_differences(known, answers, &foreign);
    if (!mend_flags(self, folder, known, differing, &untold, error))
        return false;
    if (untold > 0 && folder->highestmodseq != 0 && store_verify_is_settled(self->store, folder->id))
        imap_session_distrust(self, folder, untold, false);
    *is_same_out = foreign <= missing || !store_verify_is_settled(self->store, folder->id);
    net_log_note(self->account->account->id, "folder %" G_GINT64_FORMAT " verified: %u messages, %u flags mended, %u on one side only",
                 folder->id, known->len, differing->len, foreign - MIN(missing, foreign));
    return true;
}

bool sync_imap_verify(imap_session *self, const struct folder *folder, const GArray *missing, bool *is_same_out, GError **error)
{
    GArray *answers[G_N_ELEMENTS(questions)];
    bool is_answered = false;
    *is_same_out = true;
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
        answers[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    bool is_done = ask_questions(self, answers, &is_answered, error) &&
                   (!is_answered || judge(self, folder, answers, missing->len, is_same_out, error)) &&
                   store_folder_set_verified(self->store, folder->id, g_get_real_time() / G_USEC_PER_SEC, error);
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
        g_array_unref(answers[i]);
    return is_done;
}
