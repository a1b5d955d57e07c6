/* SPDX-License-Identifier: MIT */
/* A box over what is below: for questions and pick lists. */
#include "ui/overlay.h"
#include <glib.h>

enum { MARGIN = 24 };

struct rect overlay_place(struct rect screen, int columns, int rows)
{
    bool is_wide = columns + MARGIN > screen.columns; /* stripes of the view below at the sides would only confuse */
    struct rect area = { .rows = MIN(rows, screen.rows), .columns = is_wide ? screen.columns : columns };
    area.row = screen.row + (screen.rows - area.rows) / 2;
    area.column = screen.column + (screen.columns - area.columns) / 2;
    return area;
}

/* Two lines and white space: no box where white space will do. */
void overlay_draw(canvas *sheet, const char *title)
{
    struct rect area = canvas_area(sheet);
    canvas_cut_edges(sheet);
    for (int row = 0; row < area.rows; row++)
        canvas_clear_row(sheet, row, 0, THEME_NORMAL);
    canvas_fill(sheet, 0, 0, area.columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    canvas_fill(sheet, area.rows - 1, 0, area.columns, THEME_LINE, canvas_glyph(GLYPH_HLINE));
    if (title == NULL)
        return;
    g_autofree char *words = g_strdup_printf(" %s ", title);
    canvas_text(sheet, 0, 2, area.columns - 4, THEME_TITLE, words);
}

void overlay_hint(canvas *sheet, const char *words)
{
    struct rect area = canvas_area(sheet);
    g_autofree char *hint = g_strdup_printf(" %s ", words);
    canvas_text(sheet, area.rows - 1, 2, area.columns - 4, THEME_HINT_TEXT, hint);
}

void overlay_mark(canvas *sheet, int row)
{
    struct rect area = canvas_area(sheet);
    canvas_text(sheet, row, 2, 1, THEME_NORMAL, canvas_glyph(GLYPH_ARROW));
    canvas_restyle_row(sheet, row, 2, area.columns - 4, THEME_SELECTED);
}
