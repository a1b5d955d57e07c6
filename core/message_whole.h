/* SPDX-License-Identifier: MIT */
/* All of a message, also where its parts came one by one. */
#pragma once
#include "core/message.h"

/* As message_raw(), but with the parts that were filled in (all of them must be here). Caller unrefs. */
GBytes *message_whole(message *message);
/* The same; where the file it was loaded from is all of it, that is mapped, which costs nothing however large it is. path: NULL: unknown. */
GBytes *message_whole_mapped(message *message, const char *path);
