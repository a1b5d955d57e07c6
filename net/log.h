/* SPDX-License-Identifier: MIT */
/* The protocol log (POSTERN_LOG=FILE): what went over the line, with secrets blanked. Thread-safe; the file is 0600. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Opens the process-wide log; NULL or a file that cannot be opened: false and nothing is logged. Call once, before threads. */
bool net_log_open(const char *path);
void net_log_close(void);
bool net_log_is_on(void);

/* One line "TIME NAME > bytes"; control characters escaped, long data cut. name: "imap work/1". Thread-safe, never blocks on the network. */
void net_log_bytes(const char *name, char direction /* '>' or '<' or '*' */, const char *bytes, size_t length);
void net_log_note(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
