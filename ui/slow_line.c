/* SPDX-License-Identifier: MIT */
/* Whether the terminal is at the other end of a slow line. */
#include "ui/slow_line.h"
#include "ui/width.h"
#include <curses.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW_MS = 200, FAST_BAUD = 38400 /* what a pseudo terminal says of itself */, ROWS = 2, TYPING_COLUMNS = 20 };

static struct {
    bool is_wanted, is_measured, is_far, is_serial;
} state; /* one terminal, one thread */

void slow_line_start(const char *wish)
{
    state.is_wanted = g_strcmp0(wish, "yes") == 0;
    state.is_measured = wish == NULL || strcmp(wish, "auto") == 0;
    int baud = baudrate(); /* stty tells of slow lines that ssh knows nothing of: serial ones, above all */
    state.is_serial = baud > 0 && baud < FAST_BAUD;
}

/* A terminal on this machine may answer late because the machine is busy. */
bool slow_line_may_be_far(void)
{
    return getenv("SSH_CONNECTION") != NULL;
}

void slow_line_note_answer(int64_t took_ms)
{
    state.is_far = took_ms >= SLOW_MS && slow_line_may_be_far();
}

bool slow_line_is(void)
{
    return state.is_wanted || (state.is_measured && (state.is_far || state.is_serial));
}

struct rect slow_line_place(struct rect screen)
{
    int rows = MIN(ROWS, screen.rows);
    return (struct rect){ screen.row + screen.rows - rows, screen.column, rows, screen.columns };
}

int slow_line_draw(canvas *sheet, const char *label, const char *typed, const char *keys)
{
    int columns = canvas_area(sheet).columns;
    canvas_clear_row(sheet, 0, 0, THEME_NORMAL);
    int column = 1 + canvas_text(sheet, 0, 1, MAX(columns / 2, columns - TYPING_COLUMNS - 2), THEME_TITLE, label);
    if (*typed != '\0' && column + 1 < columns)
        column++;
    size_t skipped = 0, length = strlen(typed);
    while (width_text(typed + skipped) > MAX(columns - column - 2, 1) && skipped < length) { /* its end is seen */
        int cells = 0;
        skipped += MAX(width_cluster(typed + skipped, length - skipped, &cells), 1);
    }
    column += canvas_text(sheet, 0, column, columns - column - 1, THEME_NORMAL, typed + skipped);
    int width = width_text(keys);
    if (column + width + 3 < columns)
        canvas_text_right(sheet, 0, columns - 1, width, THEME_HINT_TEXT, keys);
    return MIN(column, columns - 1);
}
