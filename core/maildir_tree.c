/* SPDX-License-Identifier: MIT */
/* Directories of Maildirs ↔ names of folders. */
#include "core/maildir_tree.h"
#include "config/paths.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define DEPTH_MAX 20 /* of plain directories */
#define INBOX     "Inbox"

void maildir_tree_free(struct maildir_tree *self)
{
    if (self == NULL)
        return;
    g_free(self->root);
    g_free(self);
}

static bool is_maildir(const char *directory)
{
    g_autofree char *cur = g_build_filename(directory, "cur", NULL), *fresh = g_build_filename(directory, "new", NULL);
    return g_file_test(cur, G_FILE_TEST_IS_DIR) && g_file_test(fresh, G_FILE_TEST_IS_DIR);
}

static struct maildir_tree *tree(enum maildir_layout layout, const char *root)
{
    struct maildir_tree *self = g_new0(struct maildir_tree, 1);
    self->layout = layout;
    self->root = g_strdup(root);
    self->delimiter = layout == MAILDIR_PLUS ? '.' : '/';
    return self;
}

struct maildir_tree *maildir_tree_new(const char *account_key, const char *path)
{
    g_autofree char *own = paths_mail_directory(account_key, NULL);
    size_t length = path != NULL ? strlen(path) : 0;
    while (length > 1 && path[length - 1] == '/')
        length--;
    g_autofree char *root = path != NULL ? g_strndup(path, length) : NULL;
    if (root == NULL || strcmp(root, own) == 0)
        return tree(MAILDIR_OWN, own);
    return tree(is_maildir(root) ? MAILDIR_PLUS : MAILDIR_PLAIN, root);
}

/* --- names → directories --- */

static bool is_inbox(const char *name)
{
    return g_ascii_strcasecmp(name, INBOX) == 0;
}

/* Modified UTF-7 is what Maildir++ has (Dovecot, Courier); what another program wrote as it is, is found too. */
static char *plus_directory(const struct maildir_tree *self, const char *name)
{
    g_autofree char *encoded = g_convert(name, -1, "UTF-7-IMAP", "UTF-8", NULL, NULL, NULL);
    g_autofree char *usual = g_strconcat(self->root, "/.", encoded != NULL ? encoded : name, NULL),
                    *raw = g_strconcat(self->root, "/.", name, NULL);
    bool is_raw = !g_file_test(usual, G_FILE_TEST_IS_DIR) && g_file_test(raw, G_FILE_TEST_IS_DIR);
    return is_raw ? g_steal_pointer(&raw) : g_steal_pointer(&usual);
}

/* The inbox of plain directories may be written INBOX, inbox or Inbox. */
static char *plain_directory(const struct maildir_tree *self, const char *name)
{
    static const char *const spellings[] = { "INBOX", "inbox", INBOX };
    for (size_t i = 0; is_inbox(name) && i < G_N_ELEMENTS(spellings); i++) {
        g_autofree char *path = g_build_filename(self->root, spellings[i], NULL);
        if (is_maildir(path))
            return g_steal_pointer(&path);
    }
    return g_build_filename(self->root, name, NULL);
}

/* A name never leads out of the tree: ".." is no part of one. */
static bool is_inside(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0' || **part == '.')
            return false;
    }
    return true;
}

char *maildir_tree_directory(const struct maildir_tree *self, const char *name)
{
    if (self->layout == MAILDIR_PLUS && is_inbox(name))
        return g_strdup(self->root);
    if (self->layout == MAILDIR_PLUS && strchr(name, '/') == NULL)
        return plus_directory(self, name);
    if (self->layout == MAILDIR_PLAIN && is_inside(name))
        return plain_directory(self, name);
    g_autofree char *escaped = paths_mail_directory("x", name), *component = g_path_get_basename(escaped);
    return g_build_filename(self->root, component, NULL);
}

/* --- directories → names --- */

struct listing {
    const struct maildir_tree *tree;
    GPtrArray *names;
    GHashTable *seen; /* device:inode: a link that leads back up ends there */
};

static bool is_new_directory(struct listing *self, const char *path)
{
    GStatBuf status;
    if (g_stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return false;
    return g_hash_table_add(self->seen, g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino));
}

/* Only names that lead back to the same directory are folders. */
static void list_one(struct listing *self, const char *name, const char *path)
{
    if (name == NULL || !g_utf8_validate(name, -1, NULL) || *name == '\0')
        return;
    g_autofree char *back = maildir_tree_directory(self->tree, name);
    if (strcmp(back, path) == 0 && is_maildir(path))
        g_ptr_array_add(self->names, g_strdup(name));
}

static void list_own(struct listing *self, const char *entry, const char *path)
{
    g_autofree char *name = *entry != '.' ? g_uri_unescape_string(entry, NULL) : NULL;
    list_one(self, name, path);
}

static void list_plus(struct listing *self, const char *entry, const char *path)
{
    if (*entry != '.')
        return;
    g_autofree char *decoded = g_convert(entry + 1, -1, "UTF-8", "UTF-7-IMAP", NULL, NULL, NULL);
    g_autofree char *back = decoded != NULL ? g_convert(decoded, -1, "UTF-7-IMAP", "UTF-8", NULL, NULL, NULL) : NULL;
    list_one(self, g_strcmp0(back, entry + 1) == 0 ? decoded : entry + 1, path);
}

static bool is_part(const char *entry)
{
    return strcmp(entry, "cur") == 0 || strcmp(entry, "new") == 0 || strcmp(entry, "tmp") == 0;
}

static void list_plain(struct listing *self, const char *directory, const char *prefix, int depth)
{
    g_autoptr(GDir) entries = depth < DEPTH_MAX ? g_dir_open(directory, 0, NULL) : NULL;
    const char *entry;
    while (entries != NULL && (entry = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, entry, NULL);
        g_autofree char *name = *prefix != '\0' ? g_strconcat(prefix, "/", entry, NULL) : g_strdup(entry);
        if (*entry == '.' || (*prefix != '\0' && is_part(entry)) || !is_new_directory(self, path))
            continue;
        list_one(self, *prefix == '\0' && is_inbox(name) ? INBOX : name, path);
        list_plain(self, path, name, depth + 1);
    }
}

static void list_flat(struct listing *self, GDir *entries)
{
    const char *entry;
    while ((entry = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(self->tree->root, entry, NULL);
        if (!is_new_directory(self, path))
            continue;
        if (self->tree->layout == MAILDIR_PLUS)
            list_plus(self, entry, path);
        else
            list_own(self, entry, path);
    }
}

GPtrArray *maildir_tree_list(const struct maildir_tree *self, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GDir) entries = g_dir_open(self->root, 0, error);
    if (entries == NULL) {
        g_prefix_error(error, _("The mail directory cannot be read: "));
        return NULL;
    }
    struct listing listing = { self, g_ptr_array_new_with_free_func(g_free), seen };
    if (self->layout == MAILDIR_PLUS)
        g_ptr_array_add(listing.names, g_strdup(INBOX));
    is_new_directory(&listing, self->root);
    if (self->layout == MAILDIR_PLAIN)
        list_plain(&listing, self->root, "", 0);
    else
        list_flat(&listing, entries);
    return listing.names;
}

/* --- in the store --- */

static char *meta_key(int64_t account_id)
{
    return g_strdup_printf("maildir-tree.%" G_GINT64_FORMAT, account_id);
}

bool maildir_tree_remember(store *db, int64_t account_id, const struct maildir_tree *self, GError **error)
{
    g_autofree char *key = meta_key(account_id), *known = store_get_meta(db, key);
    g_autofree char *value = self->layout != MAILDIR_OWN ? g_strdup_printf("%d:%s", self->layout, self->root) : g_strdup("");
    return g_strcmp0(known != NULL ? known : "", value) == 0 || store_set_meta(db, key, value, error);
}

struct maildir_tree *maildir_tree_of(store *db, int64_t account_id, const char *account_key)
{
    g_autofree char *key = meta_key(account_id), *known = store_get_meta(db, key);
    if (known == NULL || strlen(known) < 3)
        return maildir_tree_new(account_key, NULL);
    return tree(known[0] == '0' + MAILDIR_PLUS ? MAILDIR_PLUS : MAILDIR_PLAIN, known + 2);
}
