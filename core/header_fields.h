/* SPDX-License-Identifier: MIT */
/* The header of a message as lines, for what must not change anything else in it: no decoding, no body. */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct header_field {
    const char *begin, *end; /* with its folded lines and line breaks; borrowed from the message */
};
#define HEADER_FIELDS_BYTES_MAX ((size_t)256 * 1024) /* of a header that is read whenever a message is laid out */
/* Splits at the first blank line. A first line that is no field (mbox's "From ") is left out. Caller unrefs; of struct header_field. */
GArray *header_fields_split(const char *text, size_t length, const char **body_out);
GArray *header_fields_of(GBytes *begin); /* of a message's first bytes (NULL: none), from which they are borrowed */
bool header_field_is(const struct header_field *field, const char *name);
char *header_field_value(const struct header_field *field); /* raw, on one line; caller frees */
bool header_fields_have(const GArray *fields, const char *name);
