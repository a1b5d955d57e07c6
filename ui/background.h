/* SPDX-License-Identifier: MIT */
/* Whether the terminal is light or dark, asked of the terminal itself. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Asks (OSC 11) before curses has the terminal; waits 300 ms at most, less where the terminal answers anything. The answer is put into COLORFGBG, for
 * us and for editors; nothing happens where that is set already or the terminal is known not to answer. What was typed meanwhile is kept. */
void background_ask(void);
/* Hands curses what was typed while the terminal was asked. After screen_start. */
void background_type_ahead(void);

/* "\033]11;rgb:ffff/ffff/ffff" anywhere in what came: true, and whether it is light. */
bool background_read(const char *bytes, size_t length, bool *is_light_out);
