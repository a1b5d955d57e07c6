/* SPDX-License-Identifier: MIT */
/* What a POP3 server says, from bytes: status lines (RFC 1939, 2449) and the dot-stuffed text behind them. Knows no connection. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pop3_parse { POP3_PARSE_MORE, POP3_PARSE_DONE, POP3_PARSE_BAD };
enum pop3_status { POP3_OK, POP3_ERR, POP3_CONTINUE /* "+ " while signing in */ };
enum pop3_code { /* RFC 2449 section 8, RFC 3206, RFC 6856 */
                 POP3_CODE_NONE,
                 POP3_CODE_IN_USE,
                 POP3_CODE_LOGIN_DELAY,
                 POP3_CODE_SYS_TEMP,
                 POP3_CODE_SYS_PERM,
                 POP3_CODE_AUTH,
                 POP3_CODE_UTF8
};

struct pop3_reply {
    enum pop3_status status;
    enum pop3_code code;
    bool is_bare_lf; /* ended without CR: so does the text behind it */
    char *text;      /* the server's words behind the status and the code; owned */
};
void pop3_reply_clear(struct pop3_reply *reply);
/* False: not a POP3 answer. line has no line end; NULs are '?'. */
bool pop3_reply_parse(const char *line, size_t length, struct pop3_reply *reply_out);
/* The words for a person: valid UTF-8 without control characters; caller frees. */
char *pop3_reply_words(const struct pop3_reply *reply);

/* One line at a time. Zero-initialise; clear frees. */
struct pop3_line {
    GString *text; /* without its end */
    bool is_bare_lf;
    bool is_whole;
};
void pop3_line_clear(struct pop3_line *line);
/* *used_out: how much of bytes was taken, at least one. DONE: a line is there, until the next call. BAD: longer than net_limits allows. */
enum pop3_parse pop3_line_feed(struct pop3_line *line, const char *bytes, size_t length, size_t *used_out);

/* The text behind a status line, up to the line with a single dot. Line ends become LF, stuffed dots go. */
struct pop3_text {
    enum pop3_text_state { POP3_TEXT_START, POP3_TEXT_DOT, POP3_TEXT_DOT_CR, POP3_TEXT_LINE, POP3_TEXT_CR, POP3_TEXT_END } state;
    bool is_first_line;
    bool
        is_bare_lf; /* the server ends lines with LF alone. Else an LF alone is content: "\n.\r\n" in a message must not end it (smuggling) */
};
void pop3_text_begin(struct pop3_text *text, bool is_bare_lf);
/* Appends what was decoded. *used_out as above. DONE: the dot was read. */
enum pop3_parse pop3_text_feed(struct pop3_text *text, const char *bytes, size_t length, size_t *used_out, GString *decoded);

/* "12 whatever" → the number (1 … 2^32-1) and what follows its blanks; NULL: no such line. */
const char *pop3_number_parse(const char *line, uint32_t *number_out);
/* "12 3400" */
bool pop3_size_parse(const char *line, uint32_t *number_out, uint64_t *size_out);
/* The timestamp of a greeting that APOP may answer: "<…@…>", printable ASCII only, for other bytes are how a man in the middle learns
 * the password from the digest (RFC 1939 section 7, CVE-2007-1558). Caller frees; NULL: none. */
char *pop3_timestamp_find(const char *greeting);
