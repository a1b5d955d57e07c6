/* SPDX-License-Identifier: MIT */
/* Conversations broken and joined by hand. It is remembered by Message-ID, so that it holds also when the mail is read anew from its server. */
#pragma once
#include "core/store.h"

/* The message, with all that answers it, becomes a conversation of its own. STORE_ERROR_MISSING: it is gone; STORE_ERROR_OTHER: it is the first already. */
bool store_thread_break(store *store, int64_t placement_id, GError **error);
/* The conversations of these messages become one. joined_out: how many they were; 1: nothing was to be done. */
bool store_thread_join(store *store, const int64_t *placements, size_t count, int *joined_out, GError **error);
