/* SPDX-License-Identifier: MIT */
/* Whether anything still arrives at the other end: asked of the kernel while an answer is awaited. Who is slow has a pulse: the kernel there confirms what
 * comes, also what asks only for that, and also while its window is closed. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct stream_pulse {
    bool is_felt;           /* the kernel asks often now */
    int idle_s, interval_s; /* what it did before */
};

/* When to look again, for a silence that began at since_ms and is looked at now. */
int64_t stream_pulse_next_ms(int64_t since_ms, int64_t now_ms);
/* True: the line is dead. False also where nobody can tell: a socket pair, a system without TCP_INFO. */
bool stream_pulse_has_stopped(struct stream_pulse *pulse, int fd, int silent_ms);
/* Somebody spoke: as before. */
void stream_pulse_let_go(struct stream_pulse *pulse, int fd);
/* For tests: how long nothing may be confirmed. 0: as ever. */
void stream_pulse_set_patience(int most_ms);
