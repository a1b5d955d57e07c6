/* SPDX-License-Identifier: MIT */
/* Renaming and removing folders that are directories. */
#include "core/maildir_folder.h"
#include "core/blob.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static bool fail(GError **error, const char *path)
{
    int saved = errno;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "%s: %s", path, g_strerror(saved));
    return false;
}

static void sync_parent(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* --- renaming --- */

static bool rename_directory(const char *from, const char *to, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(to);
    bool is_there = g_file_test(to, G_FILE_TEST_IS_DIR);
    if (!g_file_test(from, G_FILE_TEST_IS_DIR)) {
        errno = ENOENT;
        return is_there || fail(error, from); /* is_there: done before a crash */
    }
    if (is_there) {
        errno = EEXIST;
        return fail(error, to);
    }
    if (g_mkdir_with_parents(parent, 0700) != 0 || g_rename(from, to) != 0)
        return fail(error, to);
    sync_parent(from);
    sync_parent(to);
    return true;
}

static bool rename_one(const struct maildir_tree *tree, const char *from, const char *to, GError **error)
{
    g_autofree char *old_directory = maildir_tree_directory(tree, from), *new_directory = maildir_tree_directory(tree, to);
    return rename_directory(old_directory, new_directory, error);
}

bool maildir_folder_rename(const struct maildir_tree *tree, const char *from, const char *to, GError **error)
{
    g_autofree char *below = g_strdup_printf("%s%c", from, tree->delimiter);
    g_autoptr(GPtrArray) names = tree->layout != MAILDIR_PLAIN ? maildir_tree_list(tree, error) : g_ptr_array_new();
    if (names == NULL)
        return false;
    /* Those below first: while the folder itself has its old name, a crash leaves something to repeat. */
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *wanted = g_str_has_prefix(name, below) ? g_strconcat(to, name + strlen(from), NULL) : NULL;
        if (wanted != NULL && !rename_one(tree, name, wanted, error))
            return false;
    }
    return rename_one(tree, from, to, error);
}

/* --- removing --- */

static bool count_one(void *data, const char *file, unsigned flags, const char *path)
{
    guint *count = data;
    (void)file;
    (void)flags;
    (void)path;
    ++*count;
    return true;
}

/* What other programs noted about the folder goes with it; a directory that is not empty stays, and the folder with it. */
static bool remove_files(const char *directory, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        bool is_file = g_file_test(path, G_FILE_TEST_IS_REGULAR) || g_file_test(path, G_FILE_TEST_IS_SYMLINK);
        if (is_file && g_unlink(path) != 0)
            return fail(error, path);
    }
    return true;
}

bool maildir_folder_remove(const struct maildir_tree *tree, const char *name, GError **error)
{
    static const char *const parts[] = { "tmp", "new", "cur" };
    g_autofree char *directory = maildir_tree_directory(tree, name);
    guint count = 0;
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
        return true;
    blob_maildir_each(directory, count_one, &count, NULL);
    if (count > 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    g_dngettext(GETTEXT_PACKAGE, "there is %u message in it, which is nowhere else: move or delete it first",
                                "there are %u messages in it, which are nowhere else: move or delete them first", count),
                    count);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(directory, parts[i], NULL);
        if ((i == 0 && !remove_files(path, error)) || (g_rmdir(path) != 0 && errno != ENOENT))
            return fail(error, path);
    }
    if (!remove_files(directory, error))
        return false;
    if (g_rmdir(directory) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
        return fail(error, directory);
    sync_parent(directory);
    return true;
}
