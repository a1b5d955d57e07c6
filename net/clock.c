/* SPDX-License-Identifier: MIT */
/* What time it is for deadlines. */
#include "net/clock.h"
#include <glib.h>

static int64_t (*replaced_clock)(void);

int64_t net_clock_ms(void)
{
    return replaced_clock != NULL ? replaced_clock() : g_get_monotonic_time() / 1000;
}

void net_clock_replace(int64_t (*clock)(void))
{
    replaced_clock = clock;
}

bool net_clock_is_replaced(void)
{
    return replaced_clock != NULL;
}
