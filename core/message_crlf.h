/* SPDX-License-Identifier: MIT */
/* A message as it travels: every line ends with CRLF (RFC 5322 section 2.3; servers refuse or spoil others). */
#pragma once

/* The message in fd with CRLF: fd itself (at its beginning) where it has nothing else, or a file without a name, and fd is closed. -1 with errno: it
 * could not be made; fd is closed. */
int message_with_crlf(int fd /* taken */);
