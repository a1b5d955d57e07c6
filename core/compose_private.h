/* SPDX-License-Identifier: MIT */
/* Between the files of the composer. */
#pragma once
#include "core/compose.h"

/* In drafts: which message is answered, so that it is marked when the draft is sent another day. */
#define COMPOSE_REPLY_HEADER "X-Postern-Reply"

/* "Name <addr>"; caller frees. */
char *compose_mailbox(const char *name, const char *address);
/* A MIME type by name, then by content; caller frees. */
char *compose_guess_type(const char *name, const void *bytes, size_t size);
void compose_read_reply_mark(struct draft *self, const char *value /* may be NULL */);
