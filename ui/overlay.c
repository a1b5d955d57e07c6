/* SPDX-License-Identifier: MIT */
/* A box over what is below: for questions and pick lists. */
#include "ui/overlay.h"
#include <glib.h>

struct rect overlay_place(struct rect screen, int columns, int rows)
{
    struct rect area = { .rows = MIN(rows, screen.rows), .columns = MIN(columns, screen.columns) };
    area.row = screen.row + (screen.rows - area.rows) / 2;
    area.column = screen.column + (screen.columns - area.columns) / 2;
    return area;
}

/* Two lines and white space: no box where white space will do. */
void overlay_draw(canvas *sheet, const char *title)
{
    struct rect area = canvas_area(sheet);
    for (int row = 0; row < area.rows; row++)
        canvas_clear_row(sheet, row, 0, THEME_NORMAL);
    canvas_fill(sheet, 0, 0, area.columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    canvas_fill(sheet, area.rows - 1, 0, area.columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    if (title == NULL)
        return;
    g_autofree char *words = g_strdup_printf(" %s ", title);
    canvas_text(sheet, 0, 2, area.columns - 4, THEME_TITLE, words);
}
