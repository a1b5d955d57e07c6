/* SPDX-License-Identifier: MIT */
/* The tables of the man pages, printed from the program's own: commands, options and words to search with. */
#pragma once

int man_print_keys(void);
int man_print_options(void);
int man_print_search(void);
