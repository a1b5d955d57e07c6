/* SPDX-License-Identifier: MIT */
/* All of a message, also where its parts came one by one. */
#pragma once
#include "core/message.h"

/* As message_raw(), but with the parts that were filled in (all of them must be here). Caller unrefs. */
GBytes *message_whole(message *message);
