/* SPDX-License-Identifier: MIT */
/* Orders of a folder other than by date: rows with a sort key, made when a folder is first sorted that way and kept up by triggers from then on. */
#pragma once
#include "core/store_window.h"

/* The function of the triggers that makes sort keys; every connection needs it (core/store.c). */
bool store_order_register(sqlite3 *db);
/* Dates need nothing; the others have to be built once in each folder, for messages and for conversations. */
bool store_order_is_ready(store *store, int64_t folder_id, enum window_kind kind, enum window_sort sort);
/* Builds it; O(folder), so not on the UI thread. Others may write meanwhile; killed in the middle it is begun anew. tell may be NULL. */
typedef void store_order_tell(void *data, int64_t done, int64_t total);
bool store_order_build(store *store, int64_t folder_id, enum window_kind kind, enum window_sort sort, store_order_tell *tell, void *data,
                       GError **error);
/* What a subject or a name is sorted by: folded, without "Re:" and what stands before the first letter; at most WINDOW_TEXT_MAX - 1 bytes. */
void store_order_text(enum window_sort sort, const char *text, char *key_out);
/* How a folder is ordered: remembered by its id (those below zero are views over several). */
struct window_order {
    enum window_sort sort;
    bool is_reversed, is_flat;
};
bool store_order_remembered(store *store, int64_t folder_id, struct window_order *order_out); /* false: never changed */
bool store_order_remember(store *store, int64_t folder_id, const struct window_order *order, GError **error);
