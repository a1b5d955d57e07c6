/* SPDX-License-Identifier: MIT */
/* A box over what is below: for questions and pick lists. */
#pragma once
#include "ui/canvas.h"

/* In the middle of the screen, at most columns × rows, with room for a frame. */
struct rect overlay_place(struct rect screen, int columns, int rows);
/* Frame and empty inside; title in the upper line. */
void overlay_draw(canvas *canvas, const char *title);
/* What may be pressed, in the lower line. */
void overlay_hint(canvas *canvas, const char *words);
/* The row the cursor is on, not by colour alone. */
void overlay_mark(canvas *canvas, int row);
