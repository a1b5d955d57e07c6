/* SPDX-License-Identifier: MIT */
/* Finding mail in the store by a query of core/query_language: windows of rows, newest first, that cost O(window) where the words decide.
 * Not for the UI thread (core/query). */
#pragma once
#include "core/query_language.h"
#include "core/store_folder.h"
#include "core/store_window.h"

/* Waits until the headers of all mail that is in the store are in the index, at most so long. False: they are not, or the job was cancelled. */
bool search_wait(store *store, int timeout_ms);
struct search_request {
    const char *text;  /* what a person typed */
    bool is_typed;     /* still typing: what is not finished is no error */
    int64_t folder_id; /* 0: everywhere */
    bool has_anchor;   /* as in window_query: anchor_key is a row's sort_key */
    int64_t anchor_key;
    int before, after;
    const GArray *found; /* of int64_t: messages a server found besides (core/server_search); NULL: none */
};
/* Of struct window_row*, newest first, one for each message, freed with the array; sort_key orders them, tie and the counts of threads are not used.
 * NULL: QUERY_LANGUAGE_ERROR with the spot (spot_out may be NULL), or STORE_ERROR. */
GPtrArray *search_read(store *store, const struct search_request *request, struct query_spot *spot_out, GError **error);
/* Those of the messages (of int64_t) that the query matches, wherever they are or in the folder. NULL: STORE_ERROR. */
GArray *search_keep(store *store, const struct query_node *root, int64_t folder_id, const GArray *messages, GError **error);
/* Placements that match, in no order, at most limit; of int64_t. A message that is in several folders counts in each. */
GArray *search_placements(store *store, int64_t folder_id, const char *text, int limit, struct query_spot *spot_out, GError **error);
/* How many messages match and how many of them are unread there, at most limit looked at. */
bool search_count(store *store, const char *text, int limit, int64_t *total_out, int64_t *unread_out, GError **error);
/* Whether in: (a node of QUERY_FOLDER) names this folder. */
bool search_folder_is(const struct folder *folder, const struct query_node *node);
