/* SPDX-License-Identifier: MIT */
/* Modified UTF-7 (RFC 3501 5.1.3): names of mailboxes, and of tags as other mail programs write them. Pure; the caller frees. */
#pragma once

char *imap_utf7_encode(const char *utf8);
char *imap_utf7_decode(const char *wire); /* what does not decode and encode back the same is given as it is */
