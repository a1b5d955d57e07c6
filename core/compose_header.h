/* SPDX-License-Identifier: MIT */
/* The header of a draft as text a person edits, with fields of their own in it. */
#pragma once
#include "core/compose.h"

/* From, To, … above the text, an empty line between; caller frees. */
char *compose_header_text(const struct draft *draft);
/* What was made of it. What is no header at the top is the beginning of the text; a field postern makes itself is left out, and said: of char*, names;
 * caller frees. */
GPtrArray *compose_header_take(struct draft *draft, const char *text);
/* "Name: value" among the fields of the person's own; an empty value takes the field away. */
bool compose_header_set(struct draft *draft, const char *line, GError **error);
/* Who is to be told that it was read (Disposition-Notification-To); NULL: nobody. Caller frees. */
char *compose_receipt_asked(const struct draft *draft);
bool compose_receipt_ask(struct draft *draft, const char *whom /* "": nobody */, GError **error);
