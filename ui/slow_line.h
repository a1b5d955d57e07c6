/* SPDX-License-Identifier: MIT */
/* Whether the terminal is at the other end of a slow line: then less is drawn, and nothing that would have to be drawn once more. */
#pragma once
#include "ui/canvas.h"

void slow_line_start(const char *wish /* "auto" | "yes" | "no" */); /* once curses knows the terminal */
bool slow_line_may_be_far(void);                                    /* the terminal is another machine's, by ssh */
void slow_line_note_answer(int64_t took_ms);                        /* how long the terminal's first answer was under way */
bool slow_line_is(void);
/* Where something is asked then: the two last rows, which cover no mail. */
struct rect slow_line_place(struct rect screen);
/* The upper one of them: what is asked, what is typed, and at the right what may be pressed. Returns the column behind what is typed. */
int slow_line_draw(canvas *canvas, const char *label, const char *typed, const char *keys);
