/* SPDX-License-Identifier: MIT */
/* A message in the form that a server on the way can carry (RFC 6152, 6531, 6532). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct message_form {
    int fd; /* the caller's own, or a file without a name that message_form_clear() closes */
    uint64_t size;
    bool is_8bit;          /* bytes beyond ASCII are left */
    bool has_utf8_headers; /* in the fields of the header, too */
    bool is_made;
};
/* takes_8bit: 8BITMIME, takes_utf8: SMTPUTF8. Header fields beyond ASCII, what is not taken, and what no server takes (NUL, a bare CR, lines of more than 998 bytes), becomes encoded words, A-labels, quoted-printable or base64; signed parts stay as they
 * are. A field with an address that only SMTPUTF8 can carry: the header stays as it is where that is taken, else false with a sentence. fd is read from its start and stays the caller's. */
bool message_form_make(int fd, uint64_t size, bool takes_8bit, bool takes_utf8, struct message_form *form_out, GError **error);
void message_form_clear(struct message_form *form);
/* "To: a@x,\n b@y\n" */
struct _InternetAddressList;
void message_addresses_append(GString *out, const char *name, struct _InternetAddressList *list);
