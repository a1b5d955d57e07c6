/* SPDX-License-Identifier: MIT */
/* The check of accounts on a thread of its own, for the screen: what it has found so far can be looked at any time. */
#pragma once
#include "config/account_file.h"
#include "core/event.h"

enum check_line_kind {
    CHECK_LINE_TITLE,
    CHECK_LINE_OK,
    CHECK_LINE_WARNING,
    CHECK_LINE_FAILED,
    CHECK_LINE_SKIPPED,
    CHECK_LINE_HINT,
    CHECK_LINE_SPACE
};
struct check_line {
    enum check_line_kind kind;
    char *step; /* of the first four after the title; else NULL */
    int elapsed_ms;
    char *text;
};

typedef struct check_run check_run;
/* Begins at once. accounts: of struct account*, copied. EVENT_CHECK {item = id} is posted at each new line, and with state != 0 at the end. */
check_run *check_run_new(event_queue *events, const GPtrArray *accounts);
void check_run_free(check_run *self); /* ends it, and waits for that */
int64_t check_run_id(const check_run *self);
bool check_run_is_done(check_run *self);
GPtrArray *check_run_lines(check_run *self); /* of struct check_line*; freed with the array */
