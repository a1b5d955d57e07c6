/* SPDX-License-Identifier: MIT */
/* Many bodies into the cache, one after another: one directory is held open, so that each costs four short calls of the system.
 *
 * A whole message that is not here yet is written under its own name at once: it is sealed first, and what has not the length of its seal counts as not
 * here (core/blob_seal), so that a program killed at any moment leaves nothing that looks whole. All else comes by another name and a rename. */
#include "core/blob.h"
#include "core/blob_seal.h"
#include "config/paths.h"
#include "core/message_private.h"
#include "core/store.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BUCKETS        100 /* as blob_cache_path() has them */
#define NAME_MAX_BYTES 64
#define RESERVE_BYTES  (UINT64_C(64) << 20)
#define RESERVE_SHARE  20

struct blob_bulk {
    int root;
    char *path;
    char final[NAME_MAX_BYTES],
        name[NAME_MAX_BYTES]; /* of the file that is being written: where it goes, and what it is called until then */
    int process;
    bool is_sealing; /* false: this file system keeps no attributes */
    int open_fd;     /* of a file that comes in pieces; -1: none */
    int64_t open_id;
    struct blob_sum open_sum;
};

static bool fail(const blob_bulk *self, int saved, GError **error)
{
    bool is_full = saved == ENOSPC || saved == EDQUOT || saved == EROFS || saved == EACCES || saved == EPERM || saved == EFBIG;
    g_set_error(error, STORE_ERROR, is_full ? STORE_ERROR_FULL : STORE_ERROR_OTHER, _("Writing to %s failed: %s."), self->path,
                g_strerror(saved));
    return false;
}

blob_bulk *blob_bulk_new(const char *account_key, GError **error)
{
    g_autoptr(blob_bulk) self = g_new0(blob_bulk, 1);
    self->path = paths_cache_directory(account_key);
    self->process = (int)getpid();
    self->is_sealing = true;
    self->root = self->open_fd = -1;
    if (!paths_make(self->path, error))
        return NULL;
    self->root = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->root < 0) {
        fail(self, errno, error);
        return NULL;
    }
    return g_steal_pointer(&self);
}

static void set_names(blob_bulk *self, int64_t message_id)
{
    (void)g_snprintf(self->final, sizeof self->final, "%02d/%" G_GINT64_FORMAT, (int)(ABS(message_id) % BUCKETS), message_id);
    /* No section of a message is spelled so, and two programs do not write into each other's file. */
    (void)g_snprintf(self->name, sizeof self->name, "%s.tmp%d", self->final, self->process);
}

static int create(const blob_bulk *self, const char *name, int how)
{
    const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | how;
    int fd = openat(self->root, name, flags, 0600);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    char bucket[] = { name[0], name[1], '\0' };
    if (mkdirat(self->root, bucket, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(self->root, name, flags, 0600);
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return false;
        }
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* What is half written is never seen under its own name. */
static bool finish(blob_bulk *self, int fd, bool is_ok, const struct blob_sum *sum, GError **error)
{
    int saved = errno;
    if (is_ok)
        blob_seal(fd, sum);
    if (close(fd) != 0 && is_ok) {
        saved = errno;
        is_ok = false;
    }
    if (is_ok && renameat(self->root, self->name, self->root, self->final) != 0) {
        saved = errno;
        is_ok = false;
    }
    if (is_ok)
        return true;
    unlinkat(self->root, self->name, 0);
    return fail(self, saved, error);
}

static bool put_renamed(blob_bulk *self, const void *bytes, size_t size, const struct blob_sum *sum, GError **error)
{
    int fd = create(self, self->name, O_TRUNC);
    return fd >= 0 ? finish(self, fd, write_all(fd, bytes, size), sum, error) : fail(self, errno, error);
}

/* fd: new and empty, under its own name. */
static bool put_sealed(blob_bulk *self, int fd, const void *bytes, size_t size, GError **error)
{
    bool is_ok = write_all(fd, bytes, size);
    int saved = errno;
    if (close(fd) != 0 && is_ok) {
        saved = errno;
        is_ok = false;
    }
    if (is_ok)
        return true;
    unlinkat(self->root, self->final, 0);
    return fail(self, saved, error);
}

bool blob_bulk_put(blob_bulk *self, int64_t message_id, const void *bytes, size_t size, GError **error)
{
    struct blob_sum sum = BLOB_SUM_NEW;
    blob_sum_add(&sum, bytes, size);
    set_names(self, message_id);
    int fd = self->is_sealing ? create(self, self->final, O_EXCL) : -1; /* one that is here may be read just now */
    if (fd >= 0 && blob_seal(fd, &sum))
        return put_sealed(self, fd, bytes, size, error);
    if (fd >= 0) {
        self->is_sealing = false;
        close(fd);
        unlinkat(self->root, self->final, 0);
    }
    return put_renamed(self, bytes, size, &sum, error);
}

bool blob_bulk_begin(blob_bulk *self, int64_t message_id, GError **error)
{
    blob_bulk_abandon(self);
    set_names(self, message_id);
    self->open_fd = create(self, self->name, O_TRUNC);
    self->open_id = message_id;
    self->open_sum = BLOB_SUM_NEW;
    return self->open_fd >= 0 || fail(self, errno, error);
}

bool blob_bulk_append(blob_bulk *self, const void *bytes, size_t size, GError **error)
{
    blob_sum_add(&self->open_sum, bytes, size);
    return write_all(self->open_fd, bytes, size) || fail(self, errno, error);
}

bool blob_bulk_end(blob_bulk *self, GError **error)
{
    int fd = self->open_fd;
    self->open_fd = -1;
    set_names(self, self->open_id);
    return finish(self, fd, true, &self->open_sum, error);
}

void blob_bulk_abandon(blob_bulk *self)
{
    if (self->open_fd < 0)
        return;
    close(self->open_fd);
    self->open_fd = -1;
    set_names(self, self->open_id);
    unlinkat(self->root, self->name, 0);
}

/* A skeleton says so in its first line. */
static bool is_skeleton(blob_bulk *self)
{
    char first[sizeof MESSAGE_SKELETON_HEADER - 1];
    int fd = openat(self->root, self->final, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool is_one =
        fd >= 0 && read(fd, first, sizeof first) == (ssize_t)sizeof first && memcmp(first, MESSAGE_SKELETON_HEADER, sizeof first) == 0;
    if (fd >= 0)
        close(fd);
    return is_one;
}

bool blob_bulk_has(blob_bulk *self, int64_t message_id, int64_t whole_size)
{
    struct stat status;
    set_names(self, message_id);
    if (fstatat(self->root, self->final, &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_size == 0)
        return false;
    g_autofree char *path = g_build_filename(self->path, self->final, NULL);
    if (!blob_has_length(path, (uint64_t)status.st_size)) /* cut short by a power cut */
        return false;
    /* Not every server counts bytes rightly: another size alone does not make a message incomplete. */
    return whole_size < 0 || status.st_size == whole_size || !is_skeleton(self);
}

/* The last bytes of a disk belong to what a person writes, not to what can be fetched again. */
bool blob_bulk_has_room(const blob_bulk *self)
{
    struct statvfs about;
    if (fstatvfs(self->root, &about) != 0 || about.f_blocks == 0)
        return true;
    uint64_t all = (uint64_t)about.f_blocks * about.f_frsize, left = (uint64_t)about.f_bavail * about.f_frsize;
    return left > MIN(RESERVE_BYTES, all / RESERVE_SHARE);
}

void blob_bulk_free(blob_bulk *self)
{
    if (self == NULL)
        return;
    if (self->root >= 0) {
        blob_bulk_abandon(self);
        close(self->root);
    }
    g_free(self->path);
    g_free(self);
}
