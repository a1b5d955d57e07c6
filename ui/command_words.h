/* SPDX-License-Identifier: MIT */
/* What people call a command, besides its name: words it is found by in the palette, never shown. */
#pragma once
#include "ui/command.h"

#define COMMAND_WORDS_CONTEXT "words a command is found by"
const char *command_words(const struct command *self); /* English, to be translated with the context above; NULL: none */
unsigned command_words_count(void);                    /* for the test */
