/* SPDX-License-Identifier: MIT */
/* Numbers that a server said to be gone a moment ago, known to both connections of an account.
 *
 * One connection is told that a message is gone which the other has read and not yet written down: the one finds nothing to take out of the store, and
 * the other would write what nobody says again to be gone. Each notes what it is told *before* it looks into the store, and looks here *after* it has
 * written: so one of the two sees it, whatever the order. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct imap_gone imap_gone;
imap_gone *imap_gone_new(void);
void imap_gone_free(imap_gone *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(imap_gone, imap_gone_free)
/* Any thread. */
void imap_gone_note(imap_gone *self, int64_t folder_id, uint32_t uidvalidity, uint32_t first, uint32_t last);
/* Was it said since asked_at (monotonic µs), or within the last minute? A number does not come back, but a backup may be restored. */
bool imap_gone_has(imap_gone *self, int64_t folder_id, uint32_t uidvalidity, uint32_t uid, int64_t asked_at);
