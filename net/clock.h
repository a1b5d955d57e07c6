/* SPDX-License-Identifier: MIT */
/* Monotonic milliseconds, replaceable in tests. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

int64_t net_clock_ms(void);
/* NULL: the real one again. Tests only, before threads. While it is replaced every wait looks at it each few milliseconds. */
void net_clock_replace(int64_t (*clock)(void));
bool net_clock_is_replaced(void);
