/* SPDX-License-Identifier: MIT */
/* A finished message from another program (sendmail's manner) made ready for the outbox (RFC 6409 section 8: missing fields are added, Bcc leaves). */
#pragma once
#include "config/account_file.h"
#include <glib.h>
#include <stdbool.h>

struct submission {
    GBytes *bytes; /* without Bcc */
    char *sender;
    char **recipients; /* envelope; NULL-terminated, never empty, each once */
};
void submission_clear(struct submission *submission);
/* What sendmail's -N, -R and -V may say (RFC 3461); the error says what is wrong. NULL: not said. */
bool submission_check_notice(const char *notify, const char *returns, const char *notice_id, GError **error);
/* wanted: recipients from the command line, may be empty; is_from_header (-t): those of To, Cc and Bcc too. sender NULL: the account's address. */
bool submission_prepare(const char *text, size_t length, const struct account *account, const char *sender, const char *const *wanted,
                        bool is_from_header, struct submission *submission_out, GError **error);
