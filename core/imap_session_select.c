/* SPDX-License-Identifier: MIT */
/* Opening a folder: with what changed since in the same answer, where the server can tell (RFC 7162), and with doubt where it contradicts itself. */
#include "core/imap_session_private.h"
#include "core/intent.h"
#include "core/store_verify.h"
#include "net/log.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void imap_session_enable(imap_session *self)
{
    bool can_enable = imap_client_can(self->client, IMAP_CAPABILITY_ENABLE);
    bool is_utf8 = can_enable && imap_client_can(self->client, IMAP_CAPABILITY_UTF8_ACCEPT);
    self->is_qresync = can_enable && imap_client_can(self->client, IMAP_CAPABILITY_QRESYNC);
    if (self->is_qresync || is_utf8) /* travels with the next request, as it must before a folder is selected */
        imap_send_enable(self->client, !is_utf8 ? "QRESYNC" : self->is_qresync ? "QRESYNC UTF8=ACCEPT" : "UTF8=ACCEPT");
}

bool imap_session_follows(const imap_session *self)
{
    return self->is_followed || self->uids != NULL;
}

/* --- trust --- */
#define MENDED_MAX 3u /* one such may be a race of our own two connections */

bool imap_session_is_distrusted(const imap_session *self, int64_t folder_id)
{
    return g_hash_table_contains(self->distrusted, &folder_id);
}

/* How often the folder did not add up on this connection's watch. */
static guint note_mended(imap_session *self, int64_t folder_id)
{
    guint times = GPOINTER_TO_UINT(g_hash_table_lookup(self->mended, &folder_id)) + 1;
    g_hash_table_insert(self->mended, g_memdup2(&folder_id, sizeof folder_id), GUINT_TO_POINTER(times));
    return times;
}

void imap_session_distrust(imap_session *self, const struct folder *folder, guint differences, bool is_certain)
{
    bool is_last_time = is_certain || note_mended(self, folder->id) >= MENDED_MAX;
    const char *name = self->account->account->name;
    net_log_note(self->account->account->id, "folder %" G_GINT64_FORMAT " did not add up: %u differences; compared in full%s", folder->id,
                 differences, is_last_time ? ", not trusted any more" : "");
    if (imap_session_is_distrusted(self, folder->id))
        return;
    g_autofree char *words = g_strdup_printf(
        g_dngettext(GETTEXT_PACKAGE, "%s ▸ %s did not add up with the server (%u difference) and was compared in full; nothing is lost.",
                    "%s ▸ %s did not add up with the server (%u differences) and was compared in full; nothing is lost.", differences),
        name, folder->name, differences);
    engine_notice(self->account, words);
    if (!is_last_time)
        return;
    g_hash_table_add(self->distrusted, g_memdup2(&folder->id, sizeof folder->id));
    store_folder_set_verified(self->store, folder->id, 0, NULL); /* the next run looks first */
}

/* --- select --- */
static bool may_resync(const imap_session *self, const struct folder *folder)
{
    return self->is_qresync && folder->backfill_uid == 1 && folder->uidvalidity != 0 && folder->highestmodseq != 0 &&
           !imap_session_is_distrusted(self, folder->id);
}

/* Nothing of the folder that is left belongs to the next one. */
static bool leave_folder(imap_session *self, GError **error)
{
    /* What was told of the folder that is left must not be lost with it. */
    if (self->folder_id != 0 && !imap_session_store_fetched(self, self->folder_id, false, NULL, error))
        return false;
    self->folder_id = 0;
    self->is_followed = self->is_resynced = self->has_new_mail = false;
    self->doubt = DOUBT_NONE;
    self->newest_uid = self->exists = 0;
    g_clear_pointer(&self->uids, g_array_unref);
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0);
    g_array_set_size(self->stale, 0);
    g_array_set_size(self->earlier, 0);
    return true;
}

bool imap_session_leave(imap_session *self, GError **error)
{
    struct imap_reply reply;
    return self->folder_id == 0 || (leave_folder(self, error) && imap_wait(self->client, imap_send_unselect(self->client), &reply, error));
}

static bool send_select(imap_session *self, const struct folder *folder, bool is_resync, struct imap_reply *reply, GError **error)
{
    g_autofree char *name = intent_folder_server_name(self->store, folder, 0);
    bool was_open = imap_client_mailbox(self->client)->name != NULL;
    imap_session_learn_name(self, folder);
    imap_session_ask(self);
    self->is_closing = was_open && is_resync;
    self->folder_id = is_resync ? folder->id : 0; /* what vanished is looked up while it is told */
    imap_request request = is_resync ? imap_send_select_resync(self->client, name, folder->uidvalidity, folder->highestmodseq)
                                     : imap_send_select(self->client, name, false);
    bool is_answered = imap_wait(self->client, request, reply, error);
    self->is_resynced = is_resync && is_answered && reply->status == IMAP_OK && !self->is_closing;
    self->is_closing = false;
    self->folder_id = 0;
    return is_answered;
}

/* The same folder, and a number that must only grow has become smaller; or the server's own id says that it is another folder, which has the numbers and
 * the name that this one had (two made in one second, and renamed: the list alone could not tell which is which). */
static enum session_doubt doubt_of(const struct folder *folder, const struct imap_mailbox *mailbox)
{
    if (folder->uidvalidity == 0 || folder->uidvalidity != mailbox->uidvalidity)
        return DOUBT_NONE;
    bool is_uid_back = mailbox->uidnext != 0 && mailbox->uidnext < folder->uidnext;
    bool is_modseq_back = mailbox->highestmodseq != 0 && mailbox->highestmodseq < folder->highestmodseq;
    bool is_other = folder->mailbox_id != NULL && mailbox->id != NULL && strcmp(folder->mailbox_id, mailbox->id) != 0;
    return is_uid_back || is_modseq_back || is_other ? DOUBT_IDENTITY : DOUBT_NONE;
}

/* Nothing that rests on a number is done any more until all messages were compared. */
static bool forget_numbers(imap_session *self, const struct folder *folder, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    net_log_note(self->account->account->id,
                 "folder %" G_GINT64_FORMAT " is another one, or went back: UIDNEXT %u, was %u; HIGHESTMODSEQ %" G_GUINT64_FORMAT
                 ", was %" G_GUINT64_FORMAT,
                 folder->id, mailbox->uidnext, folder->uidnext, mailbox->highestmodseq, folder->highestmodseq);
    return store_verify_forget_wishes(self->store, folder->id, error) && store_verify_forget_modseq(self->store, folder->id, 0, error);
}

static bool note_doubt(imap_session *self, const struct folder *folder, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    self->doubt = doubt_of(folder, mailbox);
    self->is_resynced = self->is_resynced && self->doubt == DOUBT_NONE && mailbox->uidvalidity == folder->uidvalidity &&
                        mailbox->highestmodseq != 0 && imap_client_has_enabled(self->client, IMAP_CAPABILITY_QRESYNC);
    return self->doubt == DOUBT_NONE || forget_numbers(self, folder, error);
}

static void drop_told(imap_session *self)
{
    g_ptr_array_set_size(self->fetched, 0);
    g_array_set_size(self->gone, 0);
    g_array_set_size(self->earlier, 0);
}

/* A backup was put back, and new mail has grown the numbers up to where they were, or beyond: the numbers themselves tell nothing then. */
static bool call_witnesses(imap_session *self, const struct folder *folder, GError **error)
{
    bool is_other = false;
    if (!sync_imap_witness(self, folder, &is_other, error))
        return false;
    if (!is_other)
        return true;
    self->doubt = DOUBT_IDENTITY;
    self->is_resynced = false;
    drop_told(self);
    /* Until all were compared it is asked again, after a crash too. */
    return store_folder_set_verified(self->store, folder->id, 0, error) && forget_numbers(self, folder, error);
}

#define BEHIND_FOR_US (60 * G_USEC_PER_SEC)

void imap_session_note_numbers(imap_session *self)
{
    atomic_store(&self->account->numbered_us, g_get_monotonic_time());
}

bool imap_session_may_be_behind(const imap_session *self)
{
    int64_t at = atomic_load(&self->account->numbered_us);
    return at != 0 && g_get_monotonic_time() - at < BEHIND_FOR_US;
}

void imap_session_call_again(imap_session *self, int64_t folder_id)
{
    imap_session_note_numbers(self);
    g_hash_table_remove(self->witnessed, &folder_id);
}

static bool open_selected(imap_session *self, const struct folder *folder, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    bool is_same = folder->uidvalidity == mailbox->uidvalidity;
    self->exists = mailbox->exists;
    self->seen_uid = mailbox->uidnext > 0 ? mailbox->uidnext - 1 : 0;
    self->opened_modseq = mailbox->highestmodseq;
    if (!note_doubt(self, folder, error))
        return false;
    if (!self->is_resynced)
        drop_told(self);
    /* uidnext and modseq are remembered only after what they stand for is in the store: a crash in between must not skip mail. */
    if (!store_folder_set_sync(self->store, folder->id, mailbox->uidvalidity, is_same ? folder->uidnext : 0,
                               is_same ? folder->highestmodseq : 0, mailbox->exists, error) ||
        (mailbox->id != NULL && !store_folder_set_mailbox_id(self->store, folder->id, mailbox->id, error)) ||
        !imap_facts_opened(self, folder->id, error))
        return false;
    self->folder_id = folder->id;
    if (is_same && self->doubt == DOUBT_NONE && !call_witnesses(self, folder, error))
        return false;
    if (!self->is_resynced)
        return true;
    if (!sync_imap_settle_resync(self, folder, error))
        return false;
    self->is_followed = self->is_resynced;
    return true;
}

bool imap_session_select(imap_session *self, const struct folder *folder, bool *is_refused_out, GError **error)
{
    struct imap_reply reply;
    bool is_resync = may_resync(self, folder);
    *is_refused_out = false;
    if (self->folder_id == folder->id && self->folder_id != 0)
        return true;
    if (!leave_folder(self, error) || !send_select(self, folder, is_resync, &reply, error))
        return false;
    if (reply.status == IMAP_BAD && is_resync) { /* offered, and not understood */
        self->is_qresync = false;
        if (!send_select(self, folder, false, &reply, error))
            return false;
    }
    if (reply.status == IMAP_OK)
        return open_selected(self, folder, error);
    *is_refused_out = true;
    self->is_refusal_temporary = imap_session_is_later(&reply);
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s cannot open %s: %s"), self->account->account->name, folder->name, reply.text);
    return false;
}

bool imap_session_look(imap_session *self, uint32_t uid, GError **error)
{
    struct imap_reply reply;
    if (uid <= self->seen_uid)
        return true;
    if (!imap_wait(self->client, imap_send_noop(self->client), &reply, error))
        return false;
    self->seen_uid = reply.status == IMAP_OK ? MAX(uid, self->seen_uid) : self->seen_uid;
    return true;
}
