/* SPDX-License-Identifier: MIT */
/* What a list shows: keyset windows through covering indexes. Cost O(window), at any folder size. */
#pragma once
#include "core/store.h"

enum window_kind {
    WINDOW_MESSAGES /* one row per placement */,
    WINDOW_THREADS /* one row per conversation with a message in the folder */
};
/* By date the newest come first, by size the largest, by names and subjects the alphabet; equal ones newest first. A conversation stands by date where its
 * newest message in the folder stands, by sender and subject where its first one does (who began it, and with what), by size with all it holds there
 * (doc/decisions/0013). All but dates must have been built: core/store_order. The numbers are in the store. */
enum window_sort { WINDOW_BY_DATE, WINDOW_BY_FROM, WINDOW_BY_SUBJECT, WINDOW_BY_SIZE, WINDOW_SORTS };
#define WINDOW_TEXT_MAX 41

/* Where a row stands in its list. */
struct window_position {
    char text[WINDOW_TEXT_MAX]; /* "" where the order is one of numbers */
    int64_t key, tie;
};

/* A row as it is drawn. In WINDOW_THREADS placement_id is the newest of the conversation in the folder, and counts are of the conversation there. */
struct window_row {
    int64_t placement_id, message_id, thread_id, folder_id;
    int64_t sort_key; /* with tie (placement or thread id): the keyset position */
    int64_t tie;
    char order_text[WINDOW_TEXT_MAX]; /* before sort_key, where the order is one of texts */
    int64_t date_utc, size_bytes;
    unsigned flags, part_flags;
    int attachment_count, thread_total, thread_unread, thread_flagged;
    int thread_sent;         /* WINDOW_THREADS: one's own answers to it, in Sent */
    bool is_found_by_server; /* in a search: a server has found it, not the index here */
    int depth;               /* in store_window_thread */
    char *from;              /* display name or address; for threads: "Ada, me" (distinct authors, oldest first, at most 3) */
    char *from_address, *to, *subject, *preview;
    char *keywords; /* core/tag.h: of the placement; NULL: none */
    bool is_vip;    /* its sender (core/vip.h) */
};
void window_row_free(struct window_row *row);

struct window_query {
    int64_t folder_id;
    enum window_kind kind;
    bool has_anchor;
    int64_t anchor_key, anchor_tie; /* a row's position */
    int before, after; /* rows newer than the anchor, and the anchor itself with those older. No anchor: 'after' rows from the newest */
    enum window_sort sort;
    bool is_reversed;
    char anchor_text[WINDOW_TEXT_MAX];
    const int64_t *folders; /* borrowed: several folders as one list, folder_id means nothing then; NULL: folder_id */
    size_t folder_count;
    const int64_t *sent; /* borrowed: the folders with one's own answers, for thread_sent; NULL: none */
    size_t sent_count;
};
/* Of struct window_row*, in the order of the list, freed with the array. A conversation that is in several of the folders comes once. */
GPtrArray *store_window_read(store *store, const struct window_query *query, GError **error);
/* Below zero: a stands before b in that list. */
int store_window_compare(const struct window_query *query, const struct window_position *a, const struct window_position *b);
struct window_position store_window_position(const struct window_row *row);
/* Anchors it behind the last row of the list. */
void store_window_last(struct window_query *query);
/* Where a placement stands in that list; the query's anchor is not looked at. False: not in it. */
bool store_window_find(store *store, const struct window_query *query, int64_t placement_id, struct window_position *position_out);
/* The messages of one conversation in a folder (0: everywhere), tree order, oldest first, with depth; of more than limit the newest.
 * In a folder it costs O(limit), everywhere O(conversation). */
GPtrArray *store_window_thread(store *store, int64_t thread_id, int64_t folder_id, int limit, GError **error);
/* The same of several folders together; a message that is in several comes once, from the first of them. */
GPtrArray *store_window_conversation(store *store, int64_t thread_id, const int64_t *folders, size_t folder_count, int limit,
                                     GError **error);
/* Where a placement stands now, e.g. to put the cursor back. False: not in the folder. */
bool store_window_locate(store *store, enum window_kind kind, int64_t folder_id, int64_t placement_id, int64_t *key_out, int64_t *tie_out);
/* The next unread after a position (older first when down), 0: none. */
int64_t store_window_next_unread(store *store, int64_t folder_id, int64_t anchor_key, int64_t anchor_tie, bool is_downwards);
