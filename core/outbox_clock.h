/* SPDX-License-Identifier: MIT */
/* A delay (the time to take a message back, the wait before the next try) is a length of time; a time that a person chose is a moment of the wall clock.
 * Rows keep both as a moment, and for a delay when it was set (outbox.set_utc; 0: a person chose): a clock that is set does not change how long it is. */
#pragma once
#include "core/store.h"

/* jump_s: how far the wall clock was set since the last call; 0: not, or nobody knows (after a start). A delay that was set at a time that is still to come
 * begins anew. */
bool outbox_follow_clock(store *store, int64_t jump_s, GError **error);
