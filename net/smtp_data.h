/* SPDX-License-Identifier: MIT */
/* A message file as it goes over the line after DATA: CRLF everywhere, dots stuffed, the end unmistakable (RFC 5321 4.5.2, 2.3.8). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Remembers, across pieces, where in a line we are. Zero-initialise. */
struct smtp_data_encoder {
    bool is_in_line;  /* something of this line was written */
    bool has_held_cr; /* a CR whose next byte is not known yet */
    bool is_chunk;    /* for BDAT: no dots are stuffed (RFC 3030 section 2) */
};
/* Appends the encoded bytes to out. A bare LF becomes CRLF; a bare CR a space, as in Postfix: neither ever leaves bare, so no server can be made to
 * see an end of the message, or a header line, where there is none. */
void smtp_data_encode(struct smtp_data_encoder *encoder, const char *bytes, size_t length, GString *out);
/* What ends the message: the last CRLF if it is missing, and the dot (none in a chunk). */
void smtp_data_end(struct smtp_data_encoder *encoder, GString *out);
/* Size as sent, without the stuffed dots (RFC 1870 section 5), and whether the file can be read to its end. False with error. */
bool smtp_data_measure(int fd, uint64_t size_bytes, uint64_t *wire_bytes_out, GError **error);
/* Up to size bytes at offset; false with error when there are none: the file is shorter than it was. */
bool smtp_data_read(int fd, char *bytes, size_t size, uint64_t offset, size_t *done_out, GError **error);
