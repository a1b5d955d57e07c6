/* SPDX-License-Identifier: MIT */
/* Messages that a server did not give when their folder was fetched.
 *
 * A server that comes upon a message it cannot read (a damaged file) ends the whole command with NO: all that the command asked for besides, and that had
 * not been told yet, would be missing with it. What lacks is asked for again in ever smaller portions, until only those are left that it cannot give. */
#pragma once
#include "core/imap_session_private.h"

typedef struct hole_hunt hole_hunt;
/* All of the selected folder below this number (0: all of it) was asked for. *hunt_out NULL: nothing lacks, or no more than what it could not give
 * earlier on this connection. */
bool hole_hunt_begin(imap_session *self, int64_t folder_id, uint32_t below, hole_hunt **hunt_out /* caller frees */, GError **error);
/* Works for about budget_ms. *is_over_out: all is here that the server gives; what it does not give, the person was told. */
bool hole_hunt_step(imap_session *self, hole_hunt *hunt, int budget_ms, bool *is_over_out, GError **error);
/* --- a server that hangs up over a message takes all that was asked for with it as well, and every connection anew --- */
GHashTable *hole_hunt_table(void); /* for imap_session.holes */
/* The line broke while the folder was fetched. */
void hole_hunt_note_break(imap_session *self, int64_t folder_id);
/* What it lacks, to be asked for in portions that get smaller with each break, until the one message is alone; missing is empty then. NULL: as ever,
 * and missing is without those that were given up. */
hole_hunt *hole_hunt_after_break(imap_session *self, int64_t folder_id, GArray *missing /* borrowed */);
/* When such a hunt is over: what may be fetched as ever again goes back. */
void hole_hunt_take_rest(hole_hunt *hunt, GArray *missing);
void hole_hunt_free(hole_hunt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(hole_hunt, hole_hunt_free)
