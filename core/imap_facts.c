/* SPDX-License-Identifier: MIT */
/* What a server says besides mail: what may be done in a folder, and how full the mailbox is. Into the store, as it comes. */
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/imap_session_private.h"
#include <glib/gi18n-lib.h>

#define UNIT 1024u /* of STORAGE */

/* Told by SELECT; the rest is asked for by the way. */
bool imap_facts_opened(imap_session *self, int64_t folder_id, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    unsigned kept = mailbox->permanent_bits, bits = mailbox->is_read_only ? FOLDER_IS_READ_ONLY : 0u;
    bool is_changed = false;
    bits |= (kept & IMAP_FLAG_SEEN ? 0u : FOLDER_FIXES_SEEN) | (kept & IMAP_FLAG_FLAGGED ? 0u : FOLDER_FIXES_FLAGS) |
            (kept & IMAP_FLAG_DELETED ? 0u : FOLDER_FIXES_DELETED);
    if (!folder_rights_note(self->store, folder_id, FOLDER_RIGHTS_OPENED, bits, &is_changed, error))
        return false;
    if (is_changed)
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
    imap_ask_rights(self->client, mailbox->name);
    return true;
}

void imap_facts_rights(void *data, const char *mailbox, const char *rights)
{
    imap_session *self = data;
    const struct imap_mailbox *selected = imap_client_mailbox(self->client);
    bool is_changed = false;
    if (self->folder_id == 0 || g_strcmp0(selected->name, mailbox) != 0)
        return; /* asked for one that was left since: it is asked again */
    if (folder_rights_note(self->store, self->folder_id, FOLDER_RIGHTS_ASKED, folder_rights_of_acl(rights), &is_changed, NULL) &&
        is_changed)
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
}

void imap_facts_ask_quota(imap_session *self)
{
    self->has_quota = false;
    imap_ask_quota(self->client, "INBOX");
}

void imap_facts_quota(void *data, const struct imap_quota *quota)
{
    imap_session *self = data;
    bool is_bytes = g_ascii_strcasecmp(quota->resource, "STORAGE") == 0, is_changed = false, is_first = !self->has_quota;
    uint64_t most = G_MAXUINT64 / UNIT, unit = is_bytes ? UNIT : 1;
    g_autofree char *words = NULL;
    if (!is_bytes && g_ascii_strcasecmp(quota->resource, "MESSAGE") != 0)
        return;
    self->has_quota = true;
    const struct account_quota told = { MIN(quota->used, most) * unit, MIN(quota->limit, most) * unit, is_bytes, 0 };
    if (!account_quota_note(self->store, self->account->id, self->account->account->name, &told, is_first, &is_changed, &words, NULL))
        return; /* told again with the next poll */
    if (words != NULL)
        engine_notice(self->account, words);
    if (is_changed)
        engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
}
