/* SPDX-License-Identifier: MIT */
/* A message for servers that carry nothing but ASCII. */
#pragma once
#include <stdint.h>

/* The same message with its 8-bit parts as quoted-printable or base64 (RFC 6152 section 3); what is signed stays as it is. A file without a name, its
 * size in *size_out; caller closes. -1: it could not be made; the message itself is then the best there is. fd is read from its start. */
int message_to_7bit(int fd, uint64_t *size_out);
