/* SPDX-License-Identifier: MIT */
/* Notices that this computer slept, or that its network is another one now: both mean that connections may be dead without anybody having said so. */
#pragma once
#include "core/worker.h"
#include <stdint.h>

/* Until the worker is stopped: calls changed, on its thread, after each sleep and each change of addresses or default routes (settled for half a second). */
void link_watch_run(worker *thread, void (*changed)(void *data, bool has_slept), void *data);

/* --- for tests --- */
/* The addresses and ways out that count, one a line; caller frees. */
char *link_watch_picture(void);
/* Has it slept since *slept_ms_inout was written? boot counts sleep, monotonic does not. */
bool link_watch_has_slept(int64_t *slept_ms_inout, int64_t boot_ms, int64_t monotonic_ms);
