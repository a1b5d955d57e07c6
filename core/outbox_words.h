/* SPDX-License-Identifier: MIT */
/* What became of outgoing mail, in sentences. */
#pragma once
#include "core/outbox.h"

/* "550 5.1.1 no such user" → "there is no such mailbox (the server says: 550 5.1.1 no such user)"; other words as they are. Caller frees. */
char *outbox_reason(const char *reply);
/* A line as a returned draft has it, "bob@example.test: 550 …" → "Not sent to bob@example.test: there is …". Caller frees. */
char *outbox_not_sent(const char *line);
/* One line for each recipient who does not have it and of whom something is known: "bob@example.test: there is …"; of char *. Caller unrefs. */
GPtrArray *outbox_lines(const struct outbox_item *item);
/* When it is tried again: "14:05", with the day if that is another. NULL: it does not wait for that. Caller frees. */
char *outbox_next_try(const struct outbox_item *item);
/* What a person should hear when a row has changed; NULL: nothing. Caller frees. */
char *outbox_news(const struct outbox_item *before, const struct outbox_item *after);
