/* SPDX-License-Identifier: MIT */
/* What is known of a message beside its subject, in short words: VIP, back, muted, its tags. */
#pragma once
#include "core/store_window.h"
#include "ui/canvas.h"

/* Draws them, each with a space behind it, in at most room columns; returns how many it took. */
int row_tags_draw(canvas *canvas, int row, int column, int room, const struct window_row *line, int64_t now_utc);
