/* SPDX-License-Identifier: MIT */
/* A message that could not be sent, as a draft: for those who did not get it, with the reasons in it. */
#pragma once
#include "core/outbox.h"

#define OUTBOX_REASON_FIELD "X-Postern-Not-Sent" /* one for each recipient: "bob@example.test: 550 5.1.1 no such user" */

/* Only who refused it (or, where nobody has it, everybody) stands in To, Cc and Bcc of the draft: sending it again reaches nobody twice. NULL: there
 * can be no draft of it, because it is somebody else's message that was sent on. */
GBytes *outbox_return_bytes(const struct outbox_item *item, const char *bytes, size_t size);
/* The draft into Drafts and the row out of the way, both or neither. For rows in FAILED and HELD. True also while the folder is not known yet:
 * item->is_returned says what was done when it is read again. */
bool outbox_return(store *store, const struct outbox_item *item, bool is_imap, GError **error);
