/* SPDX-License-Identifier: MIT */
/* The terminal's input mode; for the screen's start and end only. */
#pragma once
#include <stdbool.h>

void input_start(bool has_mouse); /* after initscr */
void input_use_mouse(bool is_wanted);
void input_stop(void);
