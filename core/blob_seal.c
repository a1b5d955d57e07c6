/* SPDX-License-Identifier: MIT */
/* What a file of the cache should hold, kept beside it by the file system. */
#include "core/blob_seal.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zlib.h>

#define ATTRIBUTE   "user.postern.sum"
#define TEXT_MAX    40
#define PIECE       65536
#define ZEROS_LEAST 16 /* bytes of nothing at an end: mail has none there */

void blob_sum_add(struct blob_sum *self, const void *bytes, size_t size)
{
    const Bytef *at = bytes;
    self->size += size;
    while (size > 0) {
        uInt part = (uInt)MIN(size, (size_t)1 << 30);
        self->crc = (uint32_t)crc32(self->crc, at, part);
        at += part;
        size -= part;
    }
}

bool blob_seal(int fd, const struct blob_sum *sum)
{
    char text[TEXT_MAX];
    int length = snprintf(text, sizeof text, "%" G_GUINT64_FORMAT " %08x", sum->size, sum->crc);
    return length > 0 && length < (int)sizeof text && fsetxattr(fd, ATTRIBUTE, text, (size_t)length, 0) == 0;
}

/* text has room for one byte more. False: there is none, or none that is ours. */
static bool seal_parse(char *text, ssize_t length, struct blob_sum *sum_out)
{
    if (length <= 0)
        return false;
    text[length] = '\0';
    char *end = NULL;
    sum_out->size = g_ascii_strtoull(text, &end, 10);
    sum_out->crc = (uint32_t)g_ascii_strtoull(end, NULL, 16);
    return end != text && *end == ' ';
}

static bool read_seal(int fd, struct blob_sum *sum_out)
{
    char text[TEXT_MAX + 1];
    return seal_parse(text, fgetxattr(fd, ATTRIBUTE, text, TEXT_MAX), sum_out);
}

static bool is_nothing(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\0')
            return false;
    }
    return true;
}

struct look {
    struct blob_sum sum;
    bool begins_with_zeros, ends_with_zeros;
};

static bool look_through(int fd, struct look *look)
{
    char piece[PIECE];
    *look = (struct look){ BLOB_SUM_NEW, false, false };
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        size_t ends = MIN((size_t)got, (size_t)ZEROS_LEAST);
        look->begins_with_zeros |= look->sum.size == 0 && is_nothing(piece, ends);
        look->ends_with_zeros = is_nothing(piece + got - ends, ends);
        blob_sum_add(&look->sum, piece, (size_t)got);
    }
}

bool blob_is_whole(const char *path)
{
    struct look look;
    struct blob_sum wanted = BLOB_SUM_NEW;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    struct stat status;
    bool is_sealed = read_seal(fd, &wanted);
    bool is_whole =
        fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        (!is_sealed || (uint64_t)status.st_size == wanted.size) && look_through(fd, &look) && look.sum.size > 0 &&
        (is_sealed ? look.sum.size == wanted.size && look.sum.crc == wanted.crc : !look.begins_with_zeros && !look.ends_with_zeros);
    close(fd);
    return is_whole;
}

bool blob_has_length(const char *path, uint64_t size)
{
    char text[TEXT_MAX + 1];
    struct blob_sum wanted;
    ssize_t length = lgetxattr(path, ATTRIBUTE, text, TEXT_MAX);
    return !seal_parse(text, length, &wanted) || wanted.size == size;
}
