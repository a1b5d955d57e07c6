/* SPDX-License-Identifier: MIT */
/* The terminal as a whole: into curses and out of it, also when the program dies. */
#pragma once
#include <glib.h>
#include <stdbool.h>

bool screen_start(bool has_mouse, GError **error); /* a sentence when this terminal cannot do it */
void screen_stop(void);
void screen_suspend(void); /* the terminal as it was, for another program or the shell */
void screen_resume(void);
void screen_use_bidi(void); /* bidi_choose() chose anew */
void screen_use_mouse(bool is_wanted);
bool screen_is_resized(void); /* the terminal has another size than what is drawn */
bool screen_resize(void);     /* takes over the terminal's size; true: lay out and draw all anew */
int screen_signal_fd(void);
/* Signals since the last call, as a set. */
enum screen_signal { SCREEN_RESIZED = 1, SCREEN_ENDED = 2, SCREEN_STOPPED = 4, SCREEN_CONTINUED = 8 };
unsigned screen_signals(void);
