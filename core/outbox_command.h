/* SPDX-License-Identifier: MIT */
/* A message handed to a program like sendmail: arguments as sendmail's, the message on its standard input. */
#pragma once
#include <glib.h>
#include <stdbool.h>

enum outbox_command_end {
    OUTBOX_COMMAND_TOOK,        /* exit status 0 */
    OUTBOX_COMMAND_LATER,       /* EX_TEMPFAIL, and what else may be mended without the message being changed */
    OUTBOX_COMMAND_REFUSED,     /* any other exit status */
    OUTBOX_COMMAND_NOT_STARTED, /* error: nothing happened */
    OUTBOX_COMMAND_STOPPED,     /* error: cancelled, killed, or too slow: it may have taken the message */
};
struct outbox_command {
    const char *command; /* as a shell splits it, but no shell reads it */
    const char *sender;  /* "": nobody, for what must not be answered */
    const char *const *recipients;
    const char *notify, *notice_returns, *notice_id; /* -N, -R, -V; NULL: not said */
    int timeout_s;                                   /* 0: ten minutes */
};
/* Runs "command -i -f sender -- recipient…" without a terminal; fd is read from its beginning. *words_out: what it said, or the exit status; caller frees. */
enum outbox_command_end outbox_command_run(const struct outbox_command *command, int fd, int cancel_fd, char **words_out, GError **error);
