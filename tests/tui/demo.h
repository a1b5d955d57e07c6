/* SPDX-License-Identifier: MIT */
/* postern with its demo account in directories of its own, on a terminal of a test. */
#pragma once
#include "tests/tui/terminal.h"

struct demo {
    char *home; /* removed at the end */
    terminal *terminal;
};
/* POSTERN_PROGRAM with a fresh home; the wizard's demo key was pressed and the mail is there. NULL: it did not come. */
struct demo *demo_start(const char *program, int rows, int columns);
/* The same, at the wizard's first page. */
struct demo *demo_start_wizard(const char *program, int rows, int columns);
/* The same home again, after the program has ended. */
bool demo_restart(struct demo *demo, const char *program, int rows, int columns, const char *const *more_env);
void demo_free(struct demo *demo);
