/* SPDX-License-Identifier: MIT */
/* Maildir files have the line ends of the computer; what a person writes or pipes in has them too. */
#include "core/message_crlf.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORTION (64 * 1024)

static ssize_t read_portion(int fd, char *bytes)
{
    ssize_t count;
    do
        count = read(fd, bytes, PORTION);
    while (count < 0 && errno == EINTR);
    return count;
}

/* 1: there is a line that ends with LF alone; 0: none; -1: it cannot be read. */
static int has_bare_lf(int fd)
{
    char bytes[PORTION], before = '\0';
    ssize_t count;
    while ((count = read_portion(fd, bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] == '\n' && before != '\r')
                return 1;
            before = bytes[i];
        }
    }
    return count < 0 ? -1 : 0;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool convert(int from, int to)
{
    char bytes[PORTION], out[2 * PORTION], before = '\0';
    ssize_t count;
    while ((count = read_portion(from, bytes)) > 0) {
        size_t length = 0;
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] == '\n' && before != '\r')
                out[length++] = '\r';
            out[length++] = before = bytes[i];
        }
        if (!write_all(to, out, length))
            return false;
    }
    return count == 0;
}

/* The file's date is the message's. */
static void keep_date(int from, int to)
{
    struct stat status;
    if (fstat(from, &status) == 0)
        futimens(to, (const struct timespec[]){ status.st_atim, status.st_mtim }); /* without it: today */
}

/* Into a file in memory: nothing of it is left anywhere. */
static int converted(int fd)
{
    int to = lseek(fd, 0, SEEK_SET) == 0 ? memfd_create("postern-crlf", MFD_CLOEXEC) : -1;
    if (to >= 0 && convert(fd, to) && lseek(to, 0, SEEK_SET) == 0) {
        keep_date(fd, to);
        return to;
    }
    int saved = errno;
    if (to >= 0)
        close(to);
    errno = saved;
    return -1;
}

int message_with_crlf(int fd)
{
    int bare = has_bare_lf(fd), result = -1;
    if (bare == 0 && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    if (bare > 0)
        result = converted(fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}
