/* SPDX-License-Identifier: MIT */
/* The envelope of a message from its header lines, as a server would make it of them (RFC 9051 2.3.5): where headers of many messages are asked for,
 * the lines cost a server a fraction of ENVELOPE (Dovecot: it keeps the lines, and makes each ENVELOPE anew). Any thread. */
#pragma once
#include <glib.h>

struct imap_envelope; /* net/imap_response.h */

/* The fields it reads, as BODY.PEEK[HEADER.FIELDS (…)] names them. */
#define HEADER_ENVELOPE_FIELDS "DATE FROM REPLY-TO TO CC SUBJECT MESSAGE-ID IN-REPLY-TO"

typedef struct header_envelope header_envelope;

/* Never NULL: what is not in the lines is NULL in the envelope, what cannot be read as an address is left out. Values are unfolded, RFC 2047 stays as
 * it is (names of addresses that only GMime could read are decoded). A field that is there twice: the first counts, but addresses add up. An address
 * without a domain has host ""; a From without any address has one with mailbox "" and the words as its name. reply_to is as written, not a copy of from. Caller frees; the envelope's strings live until then. */
header_envelope *header_envelope_read(const char *lines, size_t length);
const struct imap_envelope *header_envelope_get(const header_envelope *self);
/* What no envelope has; NULL: not there. */
const char *header_envelope_references(const header_envelope *self);
const char *header_envelope_list_id(const header_envelope *self);
void header_envelope_free(header_envelope *self);
