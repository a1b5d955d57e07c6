/* SPDX-License-Identifier: MIT */
/* Bytes → tagged values (RFC 9051 section 9): knows lines, literals and limits, nothing of their meaning.
 *
 * Incremental: feed() takes what came; next() gives whole responses. The same result for every way of cutting the input. */
#pragma once
#include "net/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct imap_limits {
    size_t line_max;    /* bytes of a response without its literals */
    size_t literal_max; /* bytes of one literal */
    size_t total_max;   /* bytes of a response with all its literals */
    unsigned depth_max; /* nested lists */
    unsigned item_max;  /* values in a response */
};
extern const struct imap_limits imap_limits_default;

enum imap_kind { IMAP_NIL, IMAP_ATOM, IMAP_NUMBER, IMAP_STRING, IMAP_LIST };
/* Lives in the parser's arena until the next imap_syntax_next(). Strings are NUL-terminated too (and may contain NULs before their length). */
struct imap_value {
    enum imap_kind kind;
    uint64_t number; /* IMAP_NUMBER; its digits are also in bytes */
    const char *bytes;
    size_t length;
    const struct imap_value *items; /* IMAP_LIST */
    size_t count;
};

typedef struct imap_syntax imap_syntax;
imap_syntax *imap_syntax_new(const struct imap_limits *limits);
void imap_syntax_free(imap_syntax *syntax);
void imap_syntax_feed(imap_syntax *syntax, const void *bytes, size_t size);
/* The same without a copy: room for so many bytes, borrowed until the next call, and how many of them there are now. */
void *imap_syntax_room(imap_syntax *syntax, size_t size);
void imap_syntax_fed(imap_syntax *syntax, size_t size);
/* Gives up the bytes that are not part of a response yet: they are not ours to read. Borrowed until the next call. */
const void *imap_syntax_take_rest(imap_syntax *syntax, size_t *size_out);
size_t imap_syntax_unread(const imap_syntax *syntax); /* bytes fed and not yet part of a response that was given out */
/* SEARCH, ESEARCH and VANISHED of any length come in pieces, each a whole response of its own. */
enum imap_step { IMAP_DONE, IMAP_MORE, IMAP_BAD_SYNTAX };
/* DONE: *response_out is a list of the response's words; *text_out its bytes as they came, from the first literal on cut (for status text). BAD: NET_ERROR_PROTOCOL or
 * NET_ERROR_LIMIT with an escaped excerpt; the connection is finished. */
enum imap_step imap_syntax_next(imap_syntax *syntax, const struct imap_value **response_out, const char **text_out, GError **error);
/* Names of mailboxes are UTF-8 from here on (RFC 6855 3, RFC 9051 5.1), not UTF-7: remembered for whoever gives the values a meaning. */
void imap_syntax_set_utf8_names(imap_syntax *syntax, bool are_utf8);
bool imap_syntax_has_utf8_names(const imap_syntax *syntax);
/* Memory for whoever gives the values a meaning: same life as the values. */
void *imap_syntax_alloc(imap_syntax *syntax, size_t size);
/* What bytes look like in a message for a person: escaped, cut. Caller frees. */
char *imap_excerpt(const char *bytes, size_t length);
