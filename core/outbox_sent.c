/* SPDX-License-Identifier: MIT */
/* The copy in Sent: one, ours or the provider's. */
#include "config/paths.h"
#include "config/providers.h"
#include "core/header_fields.h"
#include "core/intent.h"
#include "core/message.h"
#include "core/outbox_people.h"
#include "core/outbox_private.h"
#include "core/outbox_worker_private.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "core/store_private.h"
#include "core/store_role.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PROVIDERS_COPY_S       3  /* until a provider that files its own copy has done so, before ours would be a second one */
#define KNOWN_PROVIDERS_COPY_S 30 /* the same where it is known to file one */

static bool files_its_own(const struct account *self)
{
    const struct provider *provider = self->from_address != NULL ? provider_for_address(self->from_address) : NULL;
    return provider != NULL && provider->saves_sent && g_strcmp0(provider->smtp.host, self->outgoing.host) == 0;
}

static bool is_imap(const struct account *self)
{
    return self->incoming.protocol == ACCOUNT_PROTOCOL_IMAP;
}

/* How long the provider's own copy is waited for; 0: not at all, nobody else can file one. */
static int wait_for_provider_s(const struct account *self)
{
    if (self->save_sent != ACCOUNT_SAVE_SENT_AUTO || !is_imap(self))
        return 0;
    return files_its_own(self) ? KNOWN_PROVIDERS_COPY_S : PROVIDERS_COPY_S;
}

/* Has the account's folder list been seen at all? A first `postern send` may come before any synchronisation. */
static bool is_listed(const struct outbox_job *job, const struct outbox_item *item)
{
    g_autoptr(folder) sent = store_folder_by_role(job->store, item->account_id, FOLDER_SENT, NULL);
    return !is_imap(job->account) || sent != NULL || store_role_knows_home(job->store, item->account_id);
}

/* The provider's copy is here already: a synchronisation was quicker. */
static bool is_seen_here(const struct outbox_job *job, const struct outbox_item *item, int64_t folder_id)
{
    int64_t found = 0;
    if (job->account->save_sent != ACCOUNT_SAVE_SENT_AUTO || item->message_id == NULL)
        return false;
    store_number(job->store, &found, NULL,
                 "SELECT p.id FROM messages AS m CROSS JOIN placements AS p ON p.message_id = m.id WHERE m.id IN " STORE_MESSAGES_OF_HASH(
                     "?1") " AND p.folder_id = ?2 AND m.message_id = ?3",
                 NUM(store_hash(item->message_id)), NUM(folder_id), TXT(item->message_id));
    return found != 0;
}

/* What was sent, and who got it unseen: the Bcc line is for the sender's eyes only. */
static GBytes *copy_bytes(const struct outbox_item *item, const char *bytes, gsize size)
{
    const char *rest = NULL;
    g_autoptr(GString) hidden = g_string_new(NULL);
    g_autoptr(GPtrArray) seen = outbox_people_seen(bytes, size);
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    outbox_hidden_append(hidden, item, seen, true);
    const char *end = fields->len > 0 ? g_array_index(fields, struct header_field, fields->len - 1).end : bytes;
    g_autoptr(GString) copy = g_string_new_len(bytes, (gssize)(end - bytes));
    g_string_append_len(copy, hidden->str, (gssize)hidden->len);
    g_string_append_len(copy, end, (gssize)(bytes + size - end));
    return g_string_free_to_bytes(g_steal_pointer(&copy));
}

/* A file of its own: the outbox's goes its own way. Its name is the row's, so that done twice it is one. */
static char *write_copy(const struct outbox_item *item, GError **error)
{
    g_autofree char *filing = paths_mail_directory(item->account_key, NULL), *directory = g_build_filename(filing, ".filing", NULL);
    g_autofree char *path = g_build_filename(directory, item->file, NULL), *bytes = NULL;
    gsize size = 0, copy_size = 0;
    if (item->path == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, _("The copy for the Sent folder could not be made: %s"), g_strerror(ENOENT));
        return NULL;
    }
    if (!g_file_get_contents(item->path, &bytes, &size, error) || !paths_make(directory, error))
        return NULL;
    g_autoptr(GBytes) copy = copy_bytes(item, bytes, size);
    const char *data = g_bytes_get_data(copy, &copy_size);
    if (!g_file_set_contents_full(path, data, (gssize)copy_size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error))
        return NULL;
    return g_steal_pointer(&path);
}

static bool append_copy(const struct outbox_job *job, const struct outbox_item *item, int64_t target, GError **error)
{
    g_autofree char *path = write_copy(item, error);
    if (path == NULL || !store_begin_durable(job->store, error))
        return false;
    int wait_s = wait_for_provider_s(job->account);
    bool is_done = wait_s > 0 ? intent_append_unless_there(job->store, target, path, MESSAGE_SEEN, store_now_utc() + wait_s, error) != 0
                              : intent_append(job->store, target, path, MESSAGE_SEEN, error) != 0;
    return store_end(job->store, is_done && outbox_set_copied(job->store, item->id, error), error);
}

bool outbox_sent_file(const struct outbox_job *job, const struct outbox_item *item, bool *is_done_out, GError **error)
{
    *is_done_out = true;
    if (item->is_copied)
        return true;
    if (job->account->save_sent == ACCOUNT_SAVE_SENT_NO)
        return outbox_set_copied(job->store, item->id, error);
    *is_done_out = is_listed(job, item);
    if (!*is_done_out)
        return true;
    /* Elsewhere than with IMAP nobody else says where folders are. */
    if (!is_imap(job->account) && !store_role_knows_home(job->store, item->account_id) &&
        !store_role_set_home(job->store, item->account_id, "", '/', error))
        return false;
    int64_t target = store_role_folder(job->store, item->account_id, FOLDER_SENT, error);
    if (target == 0)
        return false;
    if (is_seen_here(job, item, target))
        return outbox_set_copied(job->store, item->id, error);
    return append_copy(job, item, target, error);
}
