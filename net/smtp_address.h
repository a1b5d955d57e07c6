/* SPDX-License-Identifier: MIT */
/* Mail addresses as they may stand in MAIL and RCPT (RFC 5321 4.1.2, 6531), or not at all. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* The address as it is sent (international domains as A-labels), or NULL with *why_out (borrowed, translated). Caller frees.
 * Refused: empty, line breaks, control characters, spaces, '<' and '>' (they would end the path and begin something else), more than 320 bytes. */
char *smtp_address_to_wire(const char *address, bool has_smtputf8, bool *needs_smtputf8_out, const char **why_out);
