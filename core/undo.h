/* SPDX-License-Identifier: MIT */
/* Takes back actions: removes intents not sent yet, appends the inverse of those that were. */
#pragma once
#include "core/store.h"

/* An action on more messages than this is committed in pieces (intent_*, undo and redo alike), so that no other writer waits for it: not for the UI
 * thread. What fails half-way stays half done, and is one action that undo takes back. */
#define ACTION_MANY 100

/* True: *description_out says what was taken back ("Moved 3 messages to Archive"); caller frees. False without error: nothing to undo. */
bool undo_last(store *store, char **description_out, GError **error);
bool redo_last(store *store, char **description_out, GError **error);
/* Of how many messages it would be: more than ACTION_MANY are turned in pieces, not for the UI thread. */
int64_t undo_size(store *store, bool is_redo);
/* What undo would take back, for the status line; NULL: nothing. Caller frees. */
char *undo_describe(store *store);
