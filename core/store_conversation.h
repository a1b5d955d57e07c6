/* SPDX-License-Identifier: MIT */
/* A whole conversation, wherever its messages lie: what the reader shows. */
#pragma once
#include "core/store_window.h"

struct conversation_entry {
    int64_t placement_id, message_id, folder_id, sort_key;
    unsigned flags;
};
/* Of struct conversation_entry, oldest first: each message once, from folder_id where it is there; what is in Trash or Junk only where folder_id itself
 * is such a folder. It costs O(conversation), so limit says how many rows may be looked at (the rest is left out). NULL with error. */
GArray *store_conversation(store *store, int64_t thread_id, int64_t folder_id, int limit, GError **error);
struct window_row *store_conversation_row(store *store, int64_t placement_id, GError **error); /* NULL without error: it is gone */
