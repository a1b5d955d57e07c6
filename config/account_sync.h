/* SPDX-License-Identifier: MIT */
/* What of an IMAP account's messages is kept on this computer, beyond their headers: [sync], and [sync FOLDER] for folders that are different. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum account_bodies {
    ACCOUNT_BODIES_UNSAID,
    ACCOUNT_BODIES_HEADERS,   /* what is opened is fetched then */
    ACCOUNT_BODIES_TEXT,      /* what is read; attachments when they are opened */
    ACCOUNT_BODIES_EVERYTHING /* whole messages */
};

#define ACCOUNT_SYNC_ALWAYS INT64_MIN
/* One group of the file. 0 in a field: it is not said there. */
struct account_sync {
    enum account_bodies bodies;
    int64_t since;     /* > 0: from this time on (UTC); < 0: so many seconds back; ACCOUNT_SYNC_ALWAYS: however old */
    uint64_t max_size; /* bytes; of larger ones only the text; UINT64_MAX: no limit */
    uint64_t newest;   /* at most so many of a folder; UINT64_MAX: no limit */
    char *folder;      /* of [sync FOLDER]: a name or a pattern with * and ?; NULL: of [sync] */
};
void account_sync_free(struct account_sync *self);
/* As "[sync] bodies = …" alone. Caller frees the array. */
GPtrArray *account_sync_only(enum account_bodies bodies);
struct account_sync *account_sync_copy(const struct account_sync *from);

/* What it comes to for one folder. */
struct account_sync_policy {
    enum account_bodies bodies; /* never UNSAID */
    int64_t since_utc;          /* 0: however old */
    uint64_t max_size, newest;  /* UINT64_MAX: no limit */
};
/* sections: of struct account_sync*. is_near: one of the folders a person reads from (inbox, Sent, Drafts): where nothing is said, their newest texts
 * are kept, so that a train without a network is no surprise. */
struct account_sync_policy account_sync_policy_of(const GPtrArray *sections, const char *folder_name, bool is_near, int64_t now_utc);
const char *account_bodies_word(enum account_bodies bodies);
