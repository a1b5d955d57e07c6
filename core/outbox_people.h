/* SPDX-License-Identifier: MIT */
/* Recipients in the fields of a message beside those of its envelope. */
#pragma once
#include "core/outbox.h"

/* The same mailbox, also where one has its domain in the letters of its language and the other as A-label. */
bool outbox_is_same_address(const char *left, const char *right);
/* A recipient field as it goes into a draft: without those who have the message. Everyone who stands in it is added to seen (of char *). */
void outbox_people_append(GString *out, const char *name, const char *value, const struct outbox_item *item, GPtrArray *seen);
/* "Bcc: …" of the recipients who are not in seen; nothing where there are none. with_taken: also those who have the message. */
void outbox_hidden_append(GString *out, const struct outbox_item *item, const GPtrArray *seen, bool with_taken);
/* Everyone in To, Cc and their Resent- forms; of char *; caller unrefs. */
GPtrArray *outbox_people_seen(const char *bytes, size_t size);
