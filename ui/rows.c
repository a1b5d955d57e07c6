/* SPDX-License-Identifier: MIT */
/* Rows of different heights with a cursor. */
#include "ui/rows.h"
#include "ui/app.h"
#include "ui/width.h"
#include <string.h>

enum { GAP = 2, DETAIL_INDENT = 6, DETAIL_LINES = 4, WHEEL = 3, RIGHT_WIDTH = 28 };

static rows *cast(view *self)
{
    return (rows *)(void *)self;
}

static void row_free(gpointer data)
{
    struct rows_row *row = data;
    if (row->data_free != NULL)
        row->data_free(row->data);
    g_free(row->text);
    g_free(row->right);
    g_free(row->detail);
    g_free(row);
}

void rows_init(rows *self, const struct view_ops *ops, app *ui)
{
    view_init(&self->base, ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->all = g_ptr_array_new_with_free_func(row_free);
    self->cursor = -1;
}

void rows_clear(rows *self)
{
    canvas_free(self->canvas);
    g_ptr_array_unref(self->all);
}

static struct rows_row *row_at(const rows *self, int at)
{
    return at >= 0 && at < (int)self->all->len ? g_ptr_array_index(self->all, at) : NULL;
}

const struct rows_row *rows_current(const rows *self)
{
    const struct rows_row *row = row_at(self, self->cursor);
    return row != NULL && !row->is_title ? row : NULL;
}

/* --- the rows --- */

/* The old ones stay behind the new until rows_end has found the cursor's place. */
void rows_begin(rows *self)
{
    const struct rows_row *now = rows_current(self);
    struct rows_row *mark = g_new0(struct rows_row, 1);
    mark->kind = now != NULL ? now->kind : -1;
    mark->id = now != NULL ? now->id : 0;
    g_ptr_array_set_size(self->all, 0);
    g_ptr_array_add(self->all, mark);
}

struct rows_row *rows_add(rows *self, enum theme_style style, char *text)
{
    struct rows_row *row = g_new0(struct rows_row, 1);
    row->style = style;
    row->text = text;
    g_ptr_array_add(self->all, row);
    return row;
}

void rows_title(rows *self, const char *text)
{
    if (self->all->len > 1)
        rows_add(self, THEME_NORMAL, g_strdup(""))->is_title = true;
    rows_add(self, THEME_TITLE, g_strdup(text))->is_title = true;
}

static int nearest(const rows *self, int at, int step)
{
    for (int i = at; i >= 0 && i < (int)self->all->len; i += step) {
        if (!row_at(self, i)->is_title)
            return i;
    }
    return -1;
}

static int place_of(const rows *self, int kind, int64_t id)
{
    for (guint i = 0; i < self->all->len; i++) {
        const struct rows_row *row = g_ptr_array_index(self->all, i);
        if (!row->is_title && row->kind == kind && row->id == id)
            return (int)i;
    }
    return -1;
}

void rows_end(rows *self)
{
    const struct rows_row *mark = g_ptr_array_index(self->all, 0);
    int kind = mark->kind;
    int64_t id = mark->id;
    g_ptr_array_remove_index(self->all, 0);
    int at = place_of(self, kind, id), old = CLAMP(self->cursor, 0, MAX((int)self->all->len - 1, 0));
    if (at < 0)
        at = nearest(self, old, 1);
    self->cursor = at >= 0 ? at : nearest(self, old, -1);
    view_touch(&self->base);
}

/* --- drawing --- */

static int right_width(const struct rows_row *row)
{
    return row->right != NULL ? MIN(width_text(row->right), RIGHT_WIDTH) + GAP : 0;
}

/* Bytes of the text that stand in the row's own line. */
static size_t first_line(const struct rows_row *row, int columns)
{
    size_t length = strlen(row->text);
    if (!row->goes_on || row->detail != NULL)
        return length;
    g_autoptr(GArray) lines = width_wrap(row->text, MAX(columns - GAP - 1 - right_width(row), 10));
    return lines->len > 1 ? g_array_index(lines, size_t, 1) : length;
}

static const char *detail_of(const struct rows_row *row, int columns)
{
    return row->detail != NULL ? row->detail : row->text + first_line(row, columns);
}

static GArray *detail_lines(const char *detail, int columns)
{
    return *detail != '\0' ? width_wrap(detail, MAX(columns - DETAIL_INDENT - 1, 10)) : NULL;
}

static int height_of(const struct rows_row *row, int columns)
{
    g_autoptr(GArray) lines = detail_lines(detail_of(row, columns), columns);
    return 1 + (lines != NULL ? MIN((int)lines->len, DETAIL_LINES) : 0);
}

static void draw_detail(const rows *self, const struct rows_row *row, int at, struct rect area)
{
    const char *detail = detail_of(row, area.columns);
    g_autoptr(GArray) lines = detail_lines(detail, area.columns);
    for (guint i = 0; lines != NULL && i < MIN(lines->len, (guint)DETAIL_LINES) && at + (int)i < area.rows; i++) {
        size_t start = g_array_index(lines, size_t, i);
        bool is_last = i + 1 == lines->len || i + 1 == DETAIL_LINES; /* what does not fit ends in an ellipsis */
        size_t end = is_last ? strlen(detail) : g_array_index(lines, size_t, i + 1);
        while (!is_last && end > start && detail[end - 1] == ' ') /* where it is broken */
            end--;
        canvas_words(self->canvas, at + (int)i, DETAIL_INDENT, area.columns - DETAIL_INDENT - 1, row->style, detail + start, end - start,
                     detail);
    }
}

static void draw_row(const rows *self, const struct rows_row *row, int at, struct rect area, bool is_current)
{
    g_autofree char *first = g_strndup(row->text, first_line(row, area.columns));
    canvas_text(self->canvas, at, GAP, area.columns - GAP - 1 - right_width(row), row->style, first);
    if (row->right != NULL)
        canvas_text_right(self->canvas, at, area.columns - 1, RIGHT_WIDTH, THEME_DIM, row->right);
    if (is_current) { /* not by the look alone */
        canvas_text(self->canvas, at, 0, 1, row->style, canvas_glyph(GLYPH_ARROW));
        canvas_restyle_row(self->canvas, at, 0, area.columns, THEME_SELECTED);
    }
    draw_detail(self, row, at + 1, area);
}

/* The cursor's row is on the screen, with the heading above it if that is near. */
static void scroll_to_cursor(rows *self, struct rect area)
{
    int used = 0, top = self->cursor;
    if (self->cursor >= 0 && self->cursor <= self->top)
        self->top = self->cursor > 0 && row_at(self, self->cursor - 1)->is_title ? self->cursor - 1 : self->cursor;
    for (; top >= 0; top--) {
        used += height_of(row_at(self, top), area.columns);
        if (used > area.rows)
            break;
    }
    self->top = CLAMP(self->top, MIN(top + 1, MAX(self->cursor, 0)), MAX(self->cursor, 0));
    if (nearest(self, self->cursor - 1, -1) < 0 && used <= area.rows)
        self->top = 0;
}

void rows_draw(view *base)
{
    rows *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    scroll_to_cursor(self, area);
    for (int i = 0; i < area.rows; i++)
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
    int at = 0;
    for (int i = self->top; i < (int)self->all->len && at < area.rows; i++) {
        const struct rows_row *row = row_at(self, i);
        draw_row(self, row, at, area, i == self->cursor);
        if (i == self->cursor && app_settings(base->app)->accessible)
            canvas_cursor(self->canvas, at, GAP);
        at += height_of(row, area.columns);
    }
    base->is_dirty = false;
}

void rows_layout(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
    view_touch(base);
}

/* --- moving about --- */

static bool step(rows *self, int by)
{
    int wanted = CLAMP(self->cursor + by, 0, (int)self->all->len - 1);
    int found = nearest(self, wanted, by > 0 ? 1 : -1);
    if (found < 0)
        found = nearest(self, wanted, by > 0 ? -1 : 1);
    if (found >= 0)
        self->cursor = found;
    view_touch(&self->base);
    return true;
}

static bool step_key(rows *self, enum key_name name)
{
    int page = MAX(canvas_area(self->canvas).rows - 2, 1), all = (int)self->all->len;
    switch (name) {
    case KEY_NAME_DOWN:
        return step(self, 1);
    case KEY_NAME_UP:
        return step(self, -1);
    case KEY_NAME_PAGE_DOWN:
        return step(self, page);
    case KEY_NAME_PAGE_UP:
        return step(self, -page);
    case KEY_NAME_HOME:
        return step(self, -all);
    case KEY_NAME_END:
        return step(self, all);
    default:
        return false;
    }
}

bool rows_key(view *base, const struct key *key)
{
    rows *self = cast(base);
    if (self->all->len == 0)
        return false;
    if (key->kind != KEY_KIND_CHARACTER || key->mods != 0)
        return key->kind != KEY_KIND_CHARACTER && step_key(self, key->name);
    switch (key->character) {
    case 'j':
        return step(self, 1);
    case 'k':
        return step(self, -1);
    case ' ':
        return step_key(self, KEY_NAME_PAGE_DOWN);
    case '<':
        return step_key(self, KEY_NAME_HOME);
    case '>':
        return step_key(self, KEY_NAME_END);
    default:
        return false;
    }
}

bool rows_mouse(view *base, const struct key *key, int row, int column)
{
    rows *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    (void)column;
    if (self->all->len == 0)
        return false;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        return step(self, key->mouse == MOUSE_WHEEL_DOWN ? WHEEL : -WHEEL);
    if (key->mouse != MOUSE_CLICK && key->mouse != MOUSE_DOUBLE)
        return false;
    for (int i = self->top, at = 0; i < (int)self->all->len && at <= row; i++) {
        int height = height_of(row_at(self, i), area.columns);
        if (row < at + height && !row_at(self, i)->is_title)
            self->cursor = i;
        at += height;
    }
    view_touch(base);
    return true;
}
