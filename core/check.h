/* SPDX-License-Identifier: MIT */
/* `postern check`: every connection of an account, step by step, in words. Sends no mail. Blocks: for the command line. */
#pragma once
#include "config/account_file.h"

struct check_step {
    char *connection; /* "IMAP mail.example.test:993" */
    char *step;       /* "resolve" "connect" "secure" "greet" "login" "folders" "roles" */
    bool is_ok, is_skipped;
    int elapsed_ms;
    char *words; /* what was found, or why not */
    char *hint;  /* of a failed step: what to do; "" otherwise */
};
typedef void check_report(void *data, const struct check_step *step);
/* Asks the person for a password that is kept nowhere; caller wipes and frees. NULL: nobody to ask. */
typedef char *check_ask(void *data, const struct account_server *server);
/* True only when every step of every connection worked. A step that does not apply is skipped and counts as well. */
bool check_account(const struct account *account, check_ask *ask, check_report *report, void *data);
