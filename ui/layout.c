/* SPDX-License-Identifier: MIT */
/* Where everything is: three widths (folders | list | reader, folders | list, one pane at a time). */
#include "ui/layout.h"
#include <glib.h>

static void place_single(struct layout *self, const struct layout_wishes *wishes)
{
    enum pane shown = wishes->focus;
    if (shown == PANE_READER && !wishes->has_reader)
        shown = PANE_LIST;
    self->panes[shown] = self->body;
}

/* In the middle the reader takes the list's place, or the lower part where the screen is tall. */
static void place_middle(struct layout *self, const struct layout_wishes *wishes, struct rect right)
{
    if (!wishes->has_reader) {
        self->panes[PANE_LIST] = right;
        return;
    }
    if (self->screen.rows < LAYOUT_TALL) {
        self->panes[PANE_READER] = right;
        return;
    }
    int list_rows = right.rows / 3;
    self->split_row = right.row + list_rows;
    self->panes[PANE_LIST] = right;
    self->panes[PANE_LIST].rows = list_rows;
    self->panes[PANE_READER] = (struct rect){ self->split_row + 1, right.column, right.rows - list_rows - 1, right.columns };
}

static void place_wide(struct layout *self, const struct layout_wishes *wishes, struct rect right)
{
    self->panes[PANE_LIST] = right;
    if (!wishes->has_reader)
        return;
    int list_columns = right.columns * 45 / 100;
    self->panes[PANE_LIST].columns = list_columns;
    self->reader_line = right.column + list_columns;
    self->panes[PANE_READER] = (struct rect){ right.row, self->reader_line + 1, right.rows, right.columns - list_columns - 1 };
}

struct layout layout_of(int rows, int columns, const struct layout_wishes *wishes)
{
    struct layout self = { .screen = { 0, 0, rows, columns }, .folders_line = -1, .reader_line = -1, .split_row = -1 };
    self.is_too_small = rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS;
    if (self.is_too_small)
        return self;
    self.header = (struct rect){ 0, 0, 1, columns };
    self.top_line = (struct rect){ 1, 0, 1, columns };
    self.bottom_line = (struct rect){ rows - 3, 0, 1, columns };
    self.status = (struct rect){ rows - 2, 0, 1, columns };
    self.hints = (struct rect){ rows - 1, 0, 1, columns };
    self.body = (struct rect){ 2, 0, rows - 5, columns };
    if (columns < LAYOUT_MIDDLE || wishes->is_linear) {
        place_single(&self, wishes);
        return self;
    }
    struct rect right = self.body;
    if (wishes->has_folders) {
        int wanted = wishes->folders_columns > 0 ? wishes->folders_columns : columns / 7;
        int width = CLAMP(wanted, 16, columns / 3);
        self.panes[PANE_FOLDERS] = (struct rect){ self.body.row, 0, self.body.rows, width };
        self.folders_line = width;
        right.column = width + 1;
        right.columns = columns - width - 1;
    }
    if (columns >= LAYOUT_WIDE)
        place_wide(&self, wishes, right);
    else
        place_middle(&self, wishes, right);
    return self;
}
