/* SPDX-License-Identifier: MIT */
/* Raw messages as files: Maildir truth (fsynced) and the evictable cache of IMAP bodies. Errors are STORE_ERROR (FULL: disk full or not writable). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- truth: a Maildir --- */
/* Writes size bytes into tmp/, fsyncs, renames into new/ or cur/ (cur with flags ":2,S"), fsyncs the directory. *file_out: base name without flags; caller frees. */
bool blob_maildir_deliver(const char *maildir, const void *bytes, size_t size, unsigned flags /* enum message_flag */, char **file_out,
                          GError **error);
bool blob_maildir_make(const char *maildir, GError **error); /* cur, new, tmp; 0700 */
/* Where the file is now (flags change the name): caller frees; NULL: gone. */
char *blob_maildir_find(const char *maildir, const char *file);
bool blob_maildir_set_flags(const char *maildir, const char *file, unsigned flags, GError **error);
unsigned blob_maildir_flags(const char *path); /* as the file's name says them */
/* The small letters behind the flags: which keywords they are says core/maildir_words. */
bool blob_maildir_set_letters(const char *maildir, const char *file, const char *letters, GError **error);
bool blob_maildir_move(const char *from_maildir, const char *file, const char *to_maildir, GError **error);
bool blob_maildir_remove(const char *maildir, const char *file, GError **error); /* gone already: true */
/* Each message file: base name, flags. */
bool blob_maildir_each(const char *maildir, bool (*each)(void *data, const char *file, unsigned flags, const char *path), void *data,
                       GError **error);

/* --- cache: may vanish at any time --- */
/* $XDG_CACHE_HOME/postern/<account>/<last two digits>/<message id>[.<section>]; section NULL: the message (whole or skeleton). NULL: not a section.
 * Caller frees. */
char *blob_cache_path(const char *account_key, int64_t message_id, const char *section);
/* Atomic (tmp + rename), no fsync. */
bool blob_cache_put(const char *account_key, int64_t message_id, const char *section, const void *bytes, size_t size, GError **error);
/* A file of the cache that can be read, and is what was written: nothing of a cache is synced, and a power cut may leave less, or zeros (core/blob_seal).
 * Reads all of it. */
bool blob_is_cached(const char *path);
/* Also notes that it is being read now. */
bool blob_cache_has(const char *account_key, int64_t message_id, const char *section);
/* These messages and their parts: nobody needs them any more. */
void blob_cache_forget(const char *account_key, const int64_t *message_ids, size_t count);
/* Deletes oldest-read first until the account's cache is below limit_bytes. */
bool blob_cache_evict(const char *account_key, uint64_t limit_bytes, GError **error);
/* The same for those that nobody wants to keep: is_kept (asked only when there is more than that) does not count against the limit. Parts of messages
 * are never kept. */
bool blob_cache_evict_but(const char *account_key, uint64_t limit_bytes, bool (*is_kept)(void *data, int64_t message_id), void *data,
                          GError **error);

/* --- many bodies at once into the cache (core/blob_bulk.c): no fsync, whole or not at all under their names --- */
typedef struct blob_bulk blob_bulk;
blob_bulk *blob_bulk_new(const char *account_key, GError **error);
void blob_bulk_free(blob_bulk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(blob_bulk, blob_bulk_free)
bool blob_bulk_put(blob_bulk *self, int64_t message_id, const void *bytes, size_t size, GError **error);
/* In pieces; one at a time. */
bool blob_bulk_begin(blob_bulk *self, int64_t message_id, GError **error);
bool blob_bulk_append(blob_bulk *self, const void *bytes, size_t size, GError **error);
bool blob_bulk_end(blob_bulk *self, GError **error);
void blob_bulk_abandon(blob_bulk *self);
/* Is it here? whole_size: its size as the server says it when all of it is wanted, else -1: its text will do. */
bool blob_bulk_has(blob_bulk *self, int64_t message_id, int64_t whole_size);
bool blob_bulk_has_room(const blob_bulk *self); /* a part of the disk is left to others */
