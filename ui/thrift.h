/* SPDX-License-Identifier: MIT */
/* What the terminal can be told in fewer bytes than curses tells it. */
#pragma once
#include <stdbool.h>

/* Asks the terminal, if its description says so, whether it repeats a line's sign: not all that say so do. Over ssh each is asked where the cursor is, for
 * how long the answer takes tells how far it is. To be called before the first picture. */
void thrift_ask(void);
/* The answer is still to come. */
bool thrift_awaits(void);
/* Without the ESC. True: it was the answer. */
bool thrift_take(const char *answer);
/* Between wnoutrefresh() and doupdate(): writes what is cheap in another way, and lets curses believe that it stood there before. */
void thrift_before_update(void);
