/* SPDX-License-Identifier: MIT */
/* Pictures in pixels on the screen. Curses knows nothing of them: it draws cells of their own under them (PICTURE_SCREEN_CELL), and where those are seen,
 * and nothing was drawn over them, the picture is laid upon them after its update. In pieces, between which keys are answered. UI thread only. */
#pragma once
#include "core/event.h"
#include "ui/picture_image.h"

#define PICTURE_SCREEN_CELL 0xA0 /* a blank that nobody else draws */

void picture_screen_start(event_queue *events /* borrowed until picture_screen_end() */); /* more than once: nothing */
/* The pane is drawn anew: what was noted counts no more. */
void picture_screen_begin(void);
/* A row of a picture begins in this cell of the screen. */
void picture_screen_note(picture_image *image, int image_row, int row, int column);

/* Around doupdate(). */
void picture_screen_before_update(int64_t now_ms);
/* Before anything else writes to the terminal: what is under way ends here, and is begun anew later. */
void picture_screen_yield(void);
void picture_screen_event(const struct event *news);
/* Writes what the terminal takes without making anybody wait. */
void picture_screen_write(int64_t now_ms);
bool picture_screen_has_words(int64_t now_ms); /* there is something to be written */
int64_t picture_screen_due_ms(int64_t now_ms); /* when there will be; INT64_MAX: nothing */
void picture_screen_leave(void);               /* another program gets the terminal: no picture of ours stays */
void picture_screen_end(void);
