/* SPDX-License-Identifier: MIT */
/* The sample messages of the demo account, as a table. */
#pragma once
#include <stddef.h>

enum demo_form {
    DEMO_TEXT,   /* body is plain text, UTF-8 */
    DEMO_FLOWED, /* the same, format=flowed */
    DEMO_HTML,   /* body is HTML */
    DEMO_BOTH,   /* an HTML alternative is made from the plain text */
    DEMO_RAW,    /* body begins with its own Content- header lines, a blank line, then the body */
};
struct demo_row {
    const char *folder;
    int minutes_ago;
    unsigned flags;        /* enum message_flag */
    const char *from, *to; /* to NULL: the person */
    const char *subject;
    const char *id, *reply_to_id; /* without <>; id NULL: made up */
    enum demo_form form;
    const char *headers; /* more header lines, each ended by \n; NULL: none */
    const char *body;
};
extern const struct demo_row demo_rows[];
extern const size_t demo_row_count;
