/* SPDX-License-Identifier: MIT */
/* A file of a person's settings onto the disk: whole or not at all. */
#include "config/ini_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 16

/* Behind symbolic links, also one whose target is not there yet: people keep their settings elsewhere and link to them. */
static char *real_path(const char *path)
{
    char *target = g_strdup(path);
    for (int links = 0; links < LINKS_MAX; links++) {
        g_autofree char *next = g_file_read_link(target, NULL), *directory = g_path_get_dirname(target);
        if (next == NULL)
            break;
        g_free(target);
        target = g_path_is_absolute(next) ? g_steal_pointer(&next) : g_build_filename(directory, next, NULL);
    }
    return target;
}

static bool write_temporary(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, text, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        length -= (size_t)done;
    }
    return fsync(fd) == 0;
}

static void sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bool ini_write_file(const char *path, const char *text, size_t length, int mode, GError **error)
{
    g_autofree char *target = real_path(path), *directory = g_path_get_dirname(target);
    g_autofree char *temporary = g_strconcat(target, ".XXXXXX", NULL);
    struct stat status;
    if (g_mkdir_with_parents(directory, 0700) != 0)
        return ini_fail_io(error, _("Making the directory"), directory);
    int wanted = stat(target, &status) == 0 ? (int)(status.st_mode & 0777) & (mode | 0600) : mode;
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return ini_fail_io(error, _("Writing"), target);
    bool ok = fchmod(fd, (mode_t)wanted) == 0 && write_temporary(fd, text, length);
    int saved = errno;
    ok = close(fd) == 0 && ok;
    if (ok && rename(temporary, target) == 0) {
        sync_directory(directory);
        return true;
    }
    errno = ok ? errno : saved;
    ini_fail_io(error, _("Writing"), target);
    unlink(temporary);
    return false;
}
