/* SPDX-License-Identifier: MIT */
/* Bytes to SMTP replies (RFC 5321 4.2, RFC 2034), cut anywhere. Knows limits, no meaning. */
#pragma once
#include "net/smtp_client.h"

/*  Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF      (RFC 5321 4.2)
 * Generous: a bare LF ends a line too, the code may stand alone, and of different codes in one reply the last one counts. */
enum smtp_parse { SMTP_PARSE_MORE, SMTP_PARSE_DONE, SMTP_PARSE_BAD };

typedef struct smtp_reply_parser smtp_reply_parser;
smtp_reply_parser *smtp_reply_parser_new(void);
void smtp_reply_parser_free(smtp_reply_parser *parser);
/* Takes bytes up to the end of one reply; *used_out says how many. DONE: *reply_out (caller clears) is filled and the parser is empty again.
 * BAD: no reply, or larger than net_limits; the parser is of no more use. */
enum smtp_parse smtp_reply_parser_feed(smtp_reply_parser *parser, const char *bytes, size_t length, size_t *used_out,
                                       struct smtp_reply *reply_out);
/* The line the parser choked on, escaped and cut, for a message. Caller frees. */
char *smtp_reply_parser_excerpt(const smtp_reply_parser *parser);
/* "5.1.1" at the start of a reply's text, if it fits the code; else "". */
void smtp_reply_find_enhanced(int code, const char *text, char enhanced_out[12]);
/* All on one line, control characters as spaces: for a sentence. Caller frees. */
char *smtp_reply_words(const struct smtp_reply *reply);
