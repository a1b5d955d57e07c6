/* SPDX-License-Identifier: MIT */
/* A draft in Drafts as versions: a new one is put there, and the one before goes only once the new one is safe.
 *
 * Another program's edit of the same draft is a message of its own: both are kept. */
#pragma once
#include "core/store.h"

/* *placement_inout: the version that this one takes the place of, 0: none; then the new one. message_id: of the new version, no other has it.
 * *is_conflict_out: the version before is gone (another program edited, moved or deleted it), so this one stands beside whatever took its place.
 * On the disk when it returns. Wake the engine. */
bool draft_version_put(store *store, const char *account_key, const void *bytes, size_t size, int64_t *placement_inout,
                       bool *is_conflict_out, GError **error);
/* It was sent, or thrown away: the version in Drafts goes, for good and without an action. Gone already: true. */
bool draft_version_remove(store *store, int64_t placement_id, GError **error);
/* The message with that Message-ID in the account's Drafts; 0: none. */
int64_t draft_version_find(store *store, const char *account_key, const char *message_id);
