/* SPDX-License-Identifier: MIT */
/* A message handed to a program like sendmail: arguments as sendmail's, the message on its standard input. */
#pragma once
#include <glib.h>
#include <stdbool.h>

enum outbox_command_end {
    OUTBOX_COMMAND_TOOK,        /* exit status 0 */
    OUTBOX_COMMAND_LATER,       /* EX_TEMPFAIL */
    OUTBOX_COMMAND_REFUSED,     /* any other exit status */
    OUTBOX_COMMAND_NOT_STARTED, /* error: nothing happened */
    OUTBOX_COMMAND_STOPPED,     /* error: cancelled, killed, or too slow: it may have taken the message */
};
/* Runs "command -i -f sender -- recipient…" without a terminal; fd is read from its beginning. *words_out: what it said, or the exit status; caller frees. */
enum outbox_command_end outbox_command_run(const char *command, const char *sender, const char *const *recipients, int fd, int cancel_fd,
                                           char **words_out, GError **error);
