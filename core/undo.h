/* SPDX-License-Identifier: MIT */
/* Takes back actions: removes intents not sent yet, appends the inverse of those that were. */
#pragma once
#include "core/store.h"
/* True: *description_out says what was taken back ("Moved 3 messages to Archive"); caller frees. False without error: nothing to undo. */
bool undo_last(store *store, char **description_out, GError **error);
bool redo_last(store *store, char **description_out, GError **error);
/* What undo would take back, for the status line; NULL: nothing. Caller frees. */
char *undo_describe(store *store);
