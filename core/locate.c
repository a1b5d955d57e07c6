/* SPDX-License-Identifier: MIT */
/* Paths of messages: truth first, cache second. */
#include "core/locate.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/intent.h"
#include <unistd.h>

char *locate_maildir(const char *account_key, const char *folder_name)
{
    return paths_mail_directory(account_key, folder_name);
}

char *locate_message(store *db, const struct placement *self)
{
    if (self->file != NULL) {
        g_autofree char *maildir = locate_maildir(self->account_key, self->folder_name);
        return blob_maildir_find(maildir, self->file);
    }
    g_autofree char *path = blob_cache_path(self->account_key, self->message_id, NULL);
    if (access(path, R_OK) == 0)
        return g_steal_pointer(&path);
    g_autofree char *waiting = intent_append_path(db, self->id);
    return waiting != NULL && access(waiting, R_OK) == 0 ? g_steal_pointer(&waiting) : NULL;
}

char *locate_part(const struct placement *self, const char *section)
{
    g_autofree char *path = blob_cache_path(self->account_key, self->message_id, section);
    return access(path, R_OK) == 0 ? g_steal_pointer(&path) : NULL;
}
