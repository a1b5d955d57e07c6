/* SPDX-License-Identifier: MIT */
/* A message on its way out, in words: for the outbox and for the activity view. */
#pragma once
#include "core/outbox.h"

bool outbox_line_is_bad(const struct outbox_item *item);
/* "goes tomorrow 08:00"; is_online: its account may talk to its servers. Caller frees. */
char *outbox_line_state(const struct outbox_item *item, bool is_online);
char *outbox_line_detail(const struct outbox_item *item); /* to whom, and what a server said; caller frees */
