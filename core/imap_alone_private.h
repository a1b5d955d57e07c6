/* SPDX-License-Identifier: MIT */
/* Two workers and a server that lets in one connection only (other programs of the person hold the rest, or it allows no more): the first does the work
 * of both as long as it lives. */
#pragma once
#include "core/imap_session_private.h"

/* Does this connection do the work of both? */
bool imap_alone_is(const imap_session *self);
/* This connection has ended; where it did everything, both begin anew. */
void imap_alone_end(imap_session *self);
/* For the one that was not let in: waits as long as the other does everything. False, at once: there is no other that is in. */
bool imap_alone_step_aside(imap_session *self);
