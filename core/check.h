/* SPDX-License-Identifier: MIT */
/* `postern check`: every connection of an account, step by step, in words. Sends no mail unless it is told to. Blocks: not on the UI thread. */
#pragma once
#include "config/account_file.h"
#include "core/store.h"
#include <glib.h>

struct check_certificate {
    char *subject, *issuer;
    int64_t not_before, not_after; /* epoch seconds */
};
/* One step as it ended. Borrowed for the call. */
struct check_step {
    const char *connection; /* "IMAP mail.example.test:993" */
    const char *step; /* "resolve" "connect" "secure" "certificate" "greet" "capabilities" "login" "folders" "roles" "send" "arrive" */
    bool is_ok, is_skipped;
    bool is_warning; /* works, and the hint says what to do about it all the same */
    int elapsed_ms;
    const char *words; /* what was found, or why not */
    const char *hint;  /* of a failed step, or a warning: what to do; "" otherwise */
    /* Where a step has them; else NULL. */
    const char *tls, *cipher;           /* secure */
    const GPtrArray *chain;             /* certificate: of struct check_certificate*, the server's own first */
    const char *capabilities;           /* capabilities: as the server says them */
    const char *mechanism, *mechanisms; /* login: what was taken, what was offered */
};
typedef void check_report(void *data, const struct check_step *step);
/* Asks the person for a password that is kept nowhere; caller wipes and frees. NULL: nobody to ask. */
typedef char *check_ask(void *data, const struct account_server *server);

struct check_wish {
    check_ask *ask;       /* may be NULL */
    check_report *report; /* may be NULL */
    void *data;
    store *memory;     /* how the servers let us in last time; may be NULL. Only read */
    bool is_send_test; /* one message to oneself, and whether it comes back */
    int cancel_fd;     /* readable: the rest is skipped; -1: none */
};
/* The worst of what was found. */
enum check_end { CHECK_GOOD, CHECK_NOT_LET_IN, CHECK_FAILED };
/* CHECK_GOOD only when every step of every connection worked. A step that does not apply is skipped and counts as well. */
enum check_end check_account(const struct account *account, const struct check_wish *wish);
