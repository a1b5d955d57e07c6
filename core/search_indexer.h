/* SPDX-License-Identifier: MIT */
/* Keeps the full-text index in step with the store and with the messages on this disk, in the background and at the lowest priority. What it does is
 * one transaction of the index after the other: a kill at any point costs the last one, and nothing of the store waits for it. */
#pragma once
#include "core/event.h"
#include "core/store.h"

typedef struct search_indexer search_indexer;
/* Starts the thread. EVENT_INDEX_CHANGED is posted when there is more to be found; EVENT_PROGRESS while there is much to do. */
search_indexer *search_indexer_start(const char *store_path /* NULL: the usual one */, event_queue *events /* borrowed; NULL: none */);
void search_indexer_wake(search_indexer *self); /* the store changed; any thread */
void search_indexer_free(search_indexer *self); /* stops within a message */

/* The same here and now, until all is indexed (a command without a screen). told (may be NULL): what is left, now and then; false ends it early. */
bool search_indexer_catch_up(const char *store_path, bool (*told)(void *data, int64_t left), void *data, GError **error);
