/* SPDX-License-Identifier: MIT */
/* The bottom of a stream: a socket. */
#pragma once
#include "net/stream_filter.h"
#include "net/wait.h"
#include <stdint.h>

/* Resolves and connects; the fd is non-blocking. -1 with error, which names every address that was tried. shown_host: as the person wrote it. */
int stream_tcp_connect(const char *shown_host, const char *ascii_host, uint16_t port, struct net_wait *wait, const char *log_name,
                       GError **error);
/* keepalive_s, user_timeout_ms: as in struct net_endpoint. */
stream_filter *stream_tcp_new(int fd /* taken */, int keepalive_s, int user_timeout_ms);
/* Is the other end this machine: 127.0.0.0/8, ::1, a socket pair? */
bool stream_tcp_is_loopback(int fd);
