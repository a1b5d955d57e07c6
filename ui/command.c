/* SPDX-License-Identifier: MIT */
/* Looking a command up by its name. */
#include "ui/command.h"
#include <string.h>

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}
