/* SPDX-License-Identifier: MIT */
/* Where everything is: folders | list | reader, folders | list, one pane at a time, by the width or by wish. */
#include "ui/layout.h"
#include <glib.h>
#include <string.h>

static void place_single(struct layout *self, const struct layout_wishes *wishes)
{
    enum pane shown = wishes->focus;
    if (shown == PANE_READER && !wishes->has_reader)
        shown = PANE_LIST;
    self->panes[shown] = self->body;
}

enum layout_kind layout_kind_of(const char *word)
{
    static const char *const words[] = { "auto", "one", "two", "three" };
    for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i], word) == 0)
            return (enum layout_kind)i;
    return LAYOUT_AUTO;
}

static int list_part(int whole, const struct layout_wishes *wishes, int usual)
{
    int percent = wishes->list_percent > 0 ? CLAMP(wishes->list_percent, LAYOUT_PERCENT_LEAST, LAYOUT_PERCENT_MOST) : usual;
    return MAX(whole * percent / 100, 1);
}

static void place_above(struct layout *self, const struct layout_wishes *wishes, struct rect right)
{
    int list_rows = list_part(right.rows, wishes, 33);
    self->split_row = right.row + list_rows;
    self->panes[PANE_LIST] = right;
    self->panes[PANE_LIST].rows = list_rows;
    self->panes[PANE_READER] = (struct rect){ self->split_row + 1, right.column, right.rows - list_rows - 1, right.columns };
}

static void place_beside(struct layout *self, const struct layout_wishes *wishes, struct rect right)
{
    int list_columns = list_part(right.columns, wishes, 45);
    self->panes[PANE_LIST] = right;
    self->panes[PANE_LIST].columns = list_columns;
    self->reader_line = right.column + list_columns;
    self->panes[PANE_READER] = (struct rect){ right.row, self->reader_line + 1, right.rows, right.columns - list_columns - 1 };
}

/* What is right of the folders: the list, the message in its place, or both. */
static void place_right(struct layout *self, const struct layout_wishes *wishes, struct rect right)
{
    bool is_auto = wishes->kind == LAYOUT_AUTO, is_three = wishes->kind == LAYOUT_THREE;
    if (!wishes->has_reader)
        self->panes[PANE_LIST] = right;
    else if (is_three ? self->screen.columns >= LAYOUT_BESIDE : is_auto && self->screen.columns >= LAYOUT_WIDE)
        place_beside(self, wishes, right);
    else if (is_three || (is_auto && self->screen.rows >= LAYOUT_TALL))
        place_above(self, wishes, right);
    else
        self->panes[wishes->focus == PANE_LIST ? PANE_LIST : PANE_READER] = right;
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
    bool is_single = wishes->kind == LAYOUT_ONE || (wishes->kind == LAYOUT_AUTO && columns < LAYOUT_MIDDLE);
    if (is_single || wishes->is_linear) {
        place_single(&self, wishes);
        return self;
    }
    struct rect right = self.body;
    if (wishes->has_folders) {
        int wanted = wishes->folders_columns > 0 ? wishes->folders_columns : columns / 7;
        int width = CLAMP(wanted, wishes->folders_columns > 0 ? LAYOUT_FOLDERS_LEAST : 16, columns / (wishes->folders_columns > 0 ? 2 : 3));
        self.panes[PANE_FOLDERS] = (struct rect){ self.body.row, 0, self.body.rows, width };
        self.folders_line = width;
        right.column = width + 1;
        right.columns = columns - width - 1;
    }
    place_right(&self, wishes, right);
    return self;
}
