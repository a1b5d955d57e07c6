/* SPDX-License-Identifier: MIT */
/* Fetching texts and whole messages ahead, as [sync] of the account says: by the background connection, after all headers, newest first. What is on the
 * disk is the record of what was done: a pull that is cut off at any moment goes on where it was. */
#pragma once
#include "core/imap_session_private.h"

typedef struct sync_bodies sync_bodies;
sync_bodies *sync_bodies_new(void);
void sync_bodies_free(sync_bodies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sync_bodies, sync_bodies_free)
/* A portion of it, for at most about a second, and less as soon as this worker is woken or a person waits for a message. *is_done_out: nothing is left that
 * could be fetched now. False: the connection broke. */
bool sync_bodies_step(imap_session *session, sync_bodies *self, bool *is_done_out, GError **error);
/* Now and then: what was opened besides is held below the cache's limit. */
void sync_bodies_evict(imap_session *session, sync_bodies *self);
