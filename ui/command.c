/* SPDX-License-Identifier: MIT */
/* Looking a command up by its name. */
#include "ui/command.h"
#include <stdint.h>
#include <string.h>

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

GPtrArray *command_list(enum context context)
{
    GPtrArray *found = g_ptr_array_new();
    bool is_writing = (context & (CONTEXT_COMPOSER | CONTEXT_FIELDS | CONTEXT_TEXT)) != 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < command_count; i++) {
            bool is_general = is_writing && (commands[i].contexts & CONTEXT_MAIL); /* what is there everywhere comes last */
            if ((commands[i].contexts & context) && is_general == (pass == 1))
                g_ptr_array_add(found, (gpointer)(uintptr_t)&commands[i]);
        }
    }
    return found;
}
