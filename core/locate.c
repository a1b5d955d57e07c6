/* SPDX-License-Identifier: MIT */
/* Paths of messages: truth first, cache second. */
#include "core/locate.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/maildir_tree.h"
#include "core/store_folder.h"
#include <string.h>
#include <unistd.h>

char *locate_maildir(const char *account_key, const char *folder_name)
{
    return paths_mail_directory(account_key, folder_name);
}

static char *find_in(const struct maildir_tree *tree, const char *folder_name, const char *file)
{
    g_autofree char *maildir = maildir_tree_directory(tree, folder_name);
    return blob_maildir_find(maildir, file);
}

/* A folder that was renamed a moment ago has its old directory until that is carried out. */
static char *locate_file(store *db, const struct placement *self)
{
    g_autoptr(maildir_tree) tree = maildir_tree_of(db, self->account_id, self->account_key);
    g_autoptr(folder) box = store_folder(db, self->folder_id, NULL);
    g_autofree char *name = box != NULL ? intent_folder_server_name(db, box, 0) : g_strdup(self->folder_name);
    char *path = find_in(tree, name, self->file);
    return path == NULL && strcmp(name, self->folder_name) != 0 ? find_in(tree, self->folder_name, self->file) : path;
}

char *locate_message(store *db, const struct placement *self)
{
    if (self->file != NULL)
        return locate_file(db, self);
    g_autofree char *path = blob_cache_path(self->account_key, self->message_id, NULL);
    if (blob_is_cached(path))
        return g_steal_pointer(&path);
    g_autofree char *waiting = intent_append_path(db, self->id);
    return waiting != NULL && access(waiting, R_OK) == 0 ? g_steal_pointer(&waiting) : NULL;
}

char *locate_part(const struct placement *self, const char *section)
{
    g_autofree char *path = blob_cache_path(self->account_key, self->message_id, section);
    return path != NULL && blob_is_cached(path) ? g_steal_pointer(&path) : NULL;
}
