/* SPDX-License-Identifier: MIT */
/* Mail out of the store into Maildirs or mbox files, and back. Any thread with its own store; blocks on files only. */
#pragma once
#include "core/store.h"

enum archive_form { ARCHIVE_MAILDIR, ARCHIVE_MBOX };

struct archive_count {
    int64_t done;
    int64_t elsewhere; /* export: only on the server, nothing of it was written */
    int64_t untagged;  /* export to a Maildir, which knows 26 tags: written without some of its */
    int64_t known;     /* import: in the folder already */
    int64_t failed;    /* import: unreadable; named through tell */
};

/* All messages of folder_id into directory (made if need be): a Maildir, or the file FOLDER.mbox, named as the folder, folders below it in directories.
 * Flags, tags and dates go along. A Maildir or mbox that is there already is refused. False with error; count says how far it came. */
bool archive_export(store *store, int64_t folder_id, enum archive_form form, const char *directory, struct archive_count *count,
                    GError **error);

/* An mbox file or one Maildir into folder_id, as appends that wait like any other. A message that was in the folder before (by its Message-ID, else by
 * size, sender and date) is left out, so that an interrupted import can be repeated. spool: directory for files on their way. */
bool archive_import(store *store, int64_t folder_id, const char *path, const char *spool, struct archive_count *count, GError **error);
