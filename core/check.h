/* SPDX-License-Identifier: MIT */
/* `postern check`: every connection of an account, step by step, in words. Sends no mail. Blocks: for the command line. */
#pragma once
#include "config/account_file.h"

struct check_step {
    char *connection; /* "IMAP mail.example.test:993" */
    char *step;       /* "connect" "secure" "greet" "login" "folders" */
    bool is_ok, is_skipped;
    int elapsed_ms;
    char *words;
};
typedef void check_report(void *data, const struct check_step *step);
/* password asked by the caller where the account says prompt (NULL otherwise). True only when every step of every connection worked. */
bool check_account(const struct account *account, const char *password, check_report *report, void *data);
