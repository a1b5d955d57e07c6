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

bool command_is_general(const struct command *self, enum context context)
{
    if (context & (CONTEXT_COMPOSER | CONTEXT_FIELDS | CONTEXT_TEXT))
        return (self->contexts & CONTEXT_MAIL) != 0;
    return (self->contexts & ~(unsigned)CONTEXT_MAIL) != 0 && (self->contexts & (self->contexts - 1)) != 0;
}

GPtrArray *command_list(enum context context)
{
    GPtrArray *found = g_ptr_array_new();
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < command_count; i++) {
            bool is_general = command_is_general(&commands[i], context);
            if ((commands[i].contexts & context) && is_general == (pass == 1))
                g_ptr_array_add(found, (gpointer)(uintptr_t)&commands[i]);
        }
    }
    return found;
}
