/* SPDX-License-Identifier: MIT */
/* What a list shows: keyset windows through covering indexes. Cost O(window), at any folder size. */
#pragma once
#include "core/store.h"

enum window_kind {
    WINDOW_MESSAGES /* one row per placement */,
    WINDOW_THREADS /* one row per conversation with a message in the folder */
};

/* A row as it is drawn. In WINDOW_THREADS placement_id is the newest of the conversation in the folder, and counts are of the conversation there. */
struct window_row {
    int64_t placement_id, message_id, thread_id, folder_id;
    int64_t sort_key; /* with tie (placement or thread id): the keyset position */
    int64_t tie;
    int64_t date_utc, size_bytes;
    unsigned flags, part_flags;
    int attachment_count, thread_total, thread_unread, thread_flagged;
    int depth;  /* in store_window_thread */
    char *from; /* display name or address; for threads: "Ada, me" (distinct authors, oldest first, at most 3) */
    char *from_address, *to, *subject, *preview;
};
void window_row_free(struct window_row *row);

struct window_query {
    int64_t folder_id;
    enum window_kind kind;
    bool has_anchor;
    int64_t anchor_key, anchor_tie; /* a row's position */
    int before, after; /* rows newer than the anchor, and the anchor itself with those older. No anchor: 'after' rows from the newest */
};
/* Of struct window_row*, newest first, freed with the array. */
GPtrArray *store_window_read(store *store, const struct window_query *query, GError **error);
/* The messages of one conversation in a folder (0: everywhere), tree order, oldest first, with depth; of more than limit the newest.
 * In a folder it costs O(limit), everywhere O(conversation). */
GPtrArray *store_window_thread(store *store, int64_t thread_id, int64_t folder_id, int limit, GError **error);
/* Where a placement stands now, e.g. to put the cursor back. False: not in the folder. */
bool store_window_locate(store *store, enum window_kind kind, int64_t folder_id, int64_t placement_id, int64_t *key_out, int64_t *tie_out);
/* The next unread after a position (older first when down), 0: none. */
int64_t store_window_next_unread(store *store, int64_t folder_id, int64_t anchor_key, int64_t anchor_tie, bool is_downwards);
