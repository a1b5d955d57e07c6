/* SPDX-License-Identifier: MIT */
/* The protocol log (POSTERN_LOG=FILE): what went over the line, with secrets blanked. Thread-safe; the file is 0600. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens the process-wide log; NULL or a file that cannot be opened: false and nothing is logged. Call once, before threads. */
bool net_log_open(const char *path);
void net_log_close(void);
bool net_log_is_on(void);

/* One line "TIME NAME > bytes"; control characters escaped, long data cut. name: "imap work/1". Thread-safe, never blocks on the network. */
void net_log_bytes(const char *name, char direction /* '>' or '<' or '*' */, const char *bytes, size_t length);
void net_log_note(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One direction of one connection: bytes come in any pieces, the log gets whole lines. What a line announces as a literal ("{312}" at its end)
 * is mail and is only counted. Owned by one thread. Zero-initialise. */
struct net_log_flow {
    char line[1024];
    size_t length;       /* in line */
    uint64_t line_bytes; /* of this line, also those cut off */
    char tail[32];       /* its end, also where it was cut off */
    size_t tail_length;
    uint64_t literal_left; /* bytes of mail still to come */
};
void net_log_flow_bytes(struct net_log_flow *flow, const char *name, char direction, const char *bytes, size_t length);
void net_log_flow_secret(struct net_log_flow *flow, const char *name, char direction, bool is_line_end); /* "***" */
void net_log_flow_mail(struct net_log_flow *flow, size_t length);                   /* so much of what was announced went another way */
void net_log_flow_end(struct net_log_flow *flow, const char *name, char direction); /* logs a line that was begun */
