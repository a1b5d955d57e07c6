/* SPDX-License-Identifier: MIT */
/* A command whose input and output are the connection: "ssh gate nc %h %p", "ssh mail.example.org /usr/lib/dovecot/imap". */
#pragma once
#include <glib.h>
#include <stdint.h>

/* Runs it by /bin/sh, with %h and %p replaced (quoted) and %% as %; without a terminal, so it cannot ask there. It ends when the stream does: its input
 * does. The fd of our end, or -1 with error. */
int stream_tunnel_start(const char *command, const char *ascii_host, uint16_t port, GError **error);
