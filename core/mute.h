/* SPDX-License-Identifier: MIT */
/* Conversations a person does not want to hear of: $Muted on their messages (so that other computers know), and the conversation's number here. What comes
 * to them goes to Archive, read, and nobody is told. */
#pragma once
#include "core/store.h"

/* The conversations of these placements, archived where they are in an inbox. One action, which undo takes back; 0 with error. */
int64_t mute_set(store *store, const int64_t *placements, size_t count, bool is_muted, GError **error);
bool mute_is(store *store, int64_t thread_id);
