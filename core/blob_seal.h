/* SPDX-License-Identifier: MIT */
/* What a file of the cache should hold, kept beside it by the file system: its length and checksum, in an extended attribute.
 *
 * Nothing of the cache is synced (doc/decisions/0015): after a power cut a file may be shorter than it was, or hold zeros. The attribute is written with the
 * inode, not with the bytes, so it tells. Where a file system has none, a file is only looked at: empty, or zeros at its ends, it is no mail. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob_sum {
    uint64_t size;
    uint32_t crc;
};
#define BLOB_SUM_NEW ((struct blob_sum){ 0, 0 })
void blob_sum_add(struct blob_sum *self, const void *bytes, size_t size);
/* On a file that is being written, or will be: one that has not this length is not whole. False: the file system cannot keep it, which is no error. */
bool blob_seal(int fd, const struct blob_sum *sum);
/* Is the file what was written? Reads all of it. */
bool blob_is_whole(const char *path);
/* The same by its length alone: for many at once. */
bool blob_has_length(const char *path, uint64_t size);
