/* SPDX-License-Identifier: MIT */
/* password-command: a command line whose first line of output is the secret. */
#pragma once
#include "config/error.h"

/* As secret_get() says. The command runs under /bin/sh -c, in a session of its own, without a terminal. Caller frees with secret_free. */
char *secret_from_command(const char *command, int cancel_fd, int timeout_ms, GError **error);
