/* SPDX-License-Identifier: MIT */
/* A picture that a message names and does not have: fetched when a person said so, and never otherwise. Any thread; takes its time. */
#pragma once
#include "config/account_file.h"
#include <glib.h>

/* By https alone (http is tried so, too), from the public internet alone, without a cookie or a word about the message. Caller unrefs. */
GBytes *remote_picture_fetch(const char *url, const struct account *account /* whose proxy it goes through */, int cancel_fd,
                             GError **error);
/* Whether one of "ada@x.test; *@news.test" is this sender. */
bool remote_picture_is_allowed(const char *senders, const char *address);
