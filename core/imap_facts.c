/* SPDX-License-Identifier: MIT */
/* What a server says besides mail: what may be done in a folder, and how full the mailbox is. Into the store, as it comes. */
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/imap_session_private.h"
#include "core/intent_list.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define UNIT 1024u /* of STORAGE */

/* Told by SELECT; the rest is asked for by the way. */
bool imap_facts_opened(imap_session *self, int64_t folder_id, GError **error)
{
    const struct imap_mailbox *mailbox = imap_client_mailbox(self->client);
    unsigned kept = mailbox->permanent_bits, bits = mailbox->is_read_only ? FOLDER_IS_READ_ONLY : 0u;
    bool is_changed = false;
    bits |= (kept & IMAP_FLAG_SEEN ? 0u : FOLDER_FIXES_SEEN) | (kept & IMAP_FLAG_FLAGGED ? 0u : FOLDER_FIXES_FLAGS) |
            (kept & IMAP_FLAG_DELETED ? 0u : FOLDER_FIXES_DELETED) | (kept & IMAP_FLAG_ANY ? FOLDER_KEEPS_WORDS : 0u);
    if (!folder_rights_note(self->store, folder_id, FOLDER_RIGHTS_OPENED | FOLDER_KEEPS_WORDS, bits, &is_changed, error))
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
    /* Nobody waits for the answer: the folder may have been left since. */
    int64_t id = g_strcmp0(selected->name, mailbox) == 0 && self->folder_id != 0
                     ? self->folder_id
                     : store_folder_named(self->store, self->account->id, mailbox);
    unsigned lacking = folder_rights_of_acl(rights);
    if (id == 0 || !folder_rights_note(self->store, id, FOLDER_RIGHTS_ASKED, lacking, &is_changed, NULL) || !is_changed)
        return;
    if (folder_rights_flags(lacking) != 0) /* given back: what it looked like when it was opened is over */
        folder_rights_note(self->store, id, FOLDER_RIGHTS_OPENED, 0, NULL, NULL);
    engine_post(self->account->engine, EVENT_FOLDERS_CHANGED, self->account->id, 0, 0);
}

/* No server tells that rights were given: a folder on the screen that lacks some is asked about, else it would have to be left and opened again. */
void imap_facts_ask_shown(imap_session *self)
{
    int64_t id = atomic_load(&self->account->open_folder), flags = 0;
    if (id == 0 || !imap_client_can(self->client, IMAP_CAPABILITY_ACL) ||
        !store_number(self->store, &flags, NULL, "SELECT flags FROM folders WHERE id = ?", NUM(id)) ||
        ((unsigned)flags & FOLDER_RIGHTS) == 0)
        return;
    g_autoptr(folder) shown = store_folder(self->store, id, NULL);
    if (shown != NULL)
        imap_ask_rights(self->client, shown->name);
}

static int percent_known(imap_session *self)
{
    struct account_quota known = { 0 };
    return account_quota_read(self->store, self->account->id, &known) ? known.percent : 0;
}

void imap_facts_ask_quota(imap_session *self)
{
    self->has_quota = false;
    self->percent_before = percent_known(self);
    imap_ask_quota(self->client, "INBOX");
}

bool imap_facts_use_room(imap_session *self, GError **error)
{
    return percent_known(self) >= self->percent_before || intent_retry_appends(self->store, self->account->id, error);
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

static int by_id(gconstpointer left, gconstpointer right)
{
    int64_t a = (*(struct folder *const *)left)->id, b = (*(struct folder *const *)right)->id;
    return a < b ? -1 : a > b;
}

/* Asked by itself and rarely: some servers open each message for it the first time (RFC 8438, 2). */
#define SIZES_AT_ONCE 10u

static bool take_sizes(imap_session *self, const GPtrArray *asked, GError **error)
{
    for (guint i = 0; i < self->statuses->len; i++) {
        const struct folder *told = g_ptr_array_index(self->statuses, i);
        for (guint k = 0; told->server_bytes >= 0 && k < asked->len; k++) {
            const struct folder *box = g_ptr_array_index(asked, k);
            if (strcmp(box->name, told->name) == 0 && !store_folder_set_server_bytes(self->store, box->id, told->server_bytes, error))
                return false;
        }
    }
    return true;
}

bool imap_facts_sizes(imap_session *self, int64_t *after_id, GError **error)
{
    struct imap_reply reply;
    int64_t last = *after_id;
    g_autoptr(GPtrArray) boxes = store_folders(self->store, self->account->id, error), asked = g_ptr_array_new();
    if (boxes == NULL)
        return false;
    for (guint i = 0; i < boxes->len; i++) {
        struct folder *box = g_ptr_array_index(boxes, i);
        if (box->id > *after_id && !(box->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE | FOLDER_IS_LOST)) && box->uidvalidity != 0)
            g_ptr_array_add(asked, box);
    }
    g_ptr_array_sort(asked, by_id);
    g_ptr_array_set_size(asked, (gint)MIN(asked->len, SIZES_AT_ONCE));
    for (guint i = 0; i < asked->len; i++) {
        const struct folder *box = g_ptr_array_index(asked, i);
        imap_send_status(self->client, box->name, IMAP_STATUS_SIZE);
        last = box->id;
    }
    *after_id = asked->len > 0 ? last : 0;
    if (asked->len == 0)
        return true;
    if (!imap_wait_all(self->client, &reply, error) || !take_sizes(self, asked, error))
        return false;
    for (guint i = self->statuses->len; i-- > 0;) /* the rest is news, which came unasked */
        if (((const struct folder *)g_ptr_array_index(self->statuses, i))->server_bytes >= 0)
            g_ptr_array_remove_index(self->statuses, i);
    return true;
}
