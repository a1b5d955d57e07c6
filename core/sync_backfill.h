/* SPDX-License-Identifier: MIT */
/* Headers of many old messages: the next are on their way while these are written. */
#pragma once
#include "core/imap_session_private.h"

/* Fetches from the end of missing (UIDs, ascending; taken off it) into the selected folder, until all are there, the thread is woken or stopped, or
 * for about budget_ms. What was asked for is written before it returns. *count_out: how many were asked for. */
bool sync_backfill_run(imap_session *self, int64_t folder_id, GArray *missing, int budget_ms, GError **error);
/* A FETCH answer came while it runs (from the session's handler). */
void sync_backfill_note(imap_session *self);
