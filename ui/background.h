/* SPDX-License-Identifier: MIT */
/* Whether the terminal is light or dark, asked of the terminal itself. Nobody waits for what it answers: that comes as input does, early, late or never. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Asks (OSC 11). Nothing happens where COLORFGBG says it already or the terminal is known not to answer. Once curses has the terminal. */
void background_ask(void);
/* For some seconds after the question: half an answer is no key. */
bool background_awaits(void);
/* "]11;rgb:ffff/ffff/ffff", an answer without its ESC and end. True: it was ours, and says something else than was known. */
bool background_take(const char *answer);
bool background_has_news(void); /* since this was called last */
/* Before somebody else has the terminal: an answer that is still on its way is not typed into a shell or an editor. Waits a moment only right behind the
 * question; what was typed ahead then goes with it. */
void background_settle(void);
/* What may still belong to such an answer; anything else was typed while it was cut off. */
bool background_may_go_on(const char *answer, unsigned character);
/* "0;15" or "15;0", as the terminal answered or COLORFGBG has it; NULL: nobody knows. Static. */
const char *background_colors(void);

/* "]11;rgb:ffff/ffff/ffff" anywhere in what came: true, and whether it is light. */
bool background_read(const char *answer, bool *is_light_out);
