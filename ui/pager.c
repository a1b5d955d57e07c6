/* SPDX-License-Identifier: MIT */
/* Lines that scroll, full screen: help and activity are this with other lines. */
#include "ui/pager.h"
#include "ui/app.h"
#include "ui/width.h"
#include <string.h>

enum { GAP = 2, WHEEL = 3 };

static pager *cast(view *self)
{
    return (pager *)(void *)self;
}

static void line_free(gpointer data)
{
    struct pager_line *line = data;
    g_free(line->key);
    g_free(line->text);
    g_free(line);
}

void pager_init(pager *self, const struct view_ops *ops, app *ui)
{
    view_init(&self->base, ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->lines = g_ptr_array_new_with_free_func(line_free);
    self->rows = g_array_new(FALSE, FALSE, sizeof(struct pager_row));
}

void pager_clear(pager *self)
{
    canvas_free(self->canvas);
    g_ptr_array_unref(self->lines);
    g_array_unref(self->rows);
}

void pager_empty(pager *self)
{
    g_ptr_array_set_size(self->lines, 0);
    self->key_columns = self->wrapped_columns = 0;
}

void pager_add(pager *self, enum theme_style style, const char *key, char *words)
{
    struct pager_line *line = g_new0(struct pager_line, 1);
    line->style = style;
    line->key = g_strdup(key);
    line->text = words;
    self->key_columns = MAX(self->key_columns, key != NULL ? width_text(key) : 0);
    g_ptr_array_add(self->lines, line);
    self->wrapped_columns = 0;
    view_touch(&self->base);
}

void pager_layout(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
}

static int text_column(const pager *self, const struct pager_line *line)
{
    return line->key != NULL ? GAP + self->key_columns + GAP : GAP + line->indent;
}

/* A line goes on below itself where it is too long. */
static void wrap(pager *self, int columns)
{
    if (self->wrapped_columns == columns)
        return;
    self->wrapped_columns = columns;
    g_array_set_size(self->rows, 0);
    for (guint i = 0; i < self->lines->len; i++) {
        const struct pager_line *line = g_ptr_array_index(self->lines, i);
        g_autoptr(GArray) starts = width_wrap(line->text, MAX(columns - text_column(self, line) - 1, 10));
        for (guint k = 0; k < MAX(starts->len, 1u); k++) {
            struct pager_row row = { .line = i,
                                     .start = k < starts->len ? g_array_index(starts, size_t, k) : 0,
                                     .end = k + 1 < starts->len ? g_array_index(starts, size_t, k + 1) : strlen(line->text) };
            g_array_append_val(self->rows, row);
        }
    }
}

static int last_top(const pager *self)
{
    return MAX((int)self->rows->len - canvas_area(self->canvas).rows, 0);
}

static void draw_row(const pager *self, int at, const struct pager_row *row)
{
    const struct pager_line *line = g_ptr_array_index(self->lines, row->line);
    int columns = canvas_area(self->canvas).columns, column = text_column(self, line);
    if (line->key != NULL && row->start == 0)
        canvas_text(self->canvas, at, GAP, self->key_columns, THEME_HINT_KEY, line->key);
    size_t end = row->end;
    while (end > row->start && line->text[end - 1] == ' ') /* the blank where it is broken */
        end--;
    bool is_whole = row->start == 0 && line->text[row->end] == '\0';
    if (self->has_facts && line->key != NULL && is_whole)
        canvas_text(self->canvas, at, column, columns - column - 1, line->style, line->text);
    else
        canvas_words(self->canvas, at, column, columns - column - 1, line->style, line->text + row->start, end - row->start, line->text);
}

void pager_draw(view *base)
{
    pager *self = cast(base);
    struct rect area = canvas_area(self->canvas);
    wrap(self, area.columns);
    self->top = CLAMP(self->top, 0, last_top(self));
    for (int i = 0; i < area.rows; i++) {
        canvas_clear_row(self->canvas, i, 0, THEME_NORMAL);
        if (self->top + i < (int)self->rows->len)
            draw_row(self, i, &g_array_index(self->rows, struct pager_row, (guint)(self->top + i)));
    }
    if (self->top < last_top(self) && !app_settings(base->app)->accessible)
        canvas_text_right(self->canvas, area.rows - 1, area.columns, 1, THEME_DIM, canvas_glyph(GLYPH_OPEN));
    if (app_settings(base->app)->accessible)
        canvas_cursor(self->canvas, 0, GAP);
}

static bool scroll(pager *self, int by)
{
    self->top = CLAMP(self->top + by, 0, last_top(self));
    view_touch(&self->base);
    return true;
}

bool pager_key(view *base, const struct key *key)
{
    pager *self = cast(base);
    int page = MAX(canvas_area(self->canvas).rows - 2, 1);
    const struct {
        enum key_name name;
        uint32_t character;
        int by;
    } keys[] = { { KEY_NAME_DOWN, 'j', 1 },        { KEY_NAME_UP, 'k', -1 },         { KEY_NAME_PAGE_DOWN, ' ', page },
                 { KEY_NAME_PAGE_UP, '-', -page }, { KEY_NAME_HOME, '<', -1000000 }, { KEY_NAME_END, '>', 1000000 } };
    if (key->kind != KEY_KIND_CHARACTER && key->kind != KEY_KIND_NAMED)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (key->mods == 0 && (key->character == keys[i].character || key->name == keys[i].name) &&
            (key->kind == KEY_KIND_NAMED ? key->name == keys[i].name : key->character == keys[i].character))
            return scroll(self, keys[i].by);
    }
    return false;
}

bool pager_mouse(view *base, const struct key *key, int row, int column)
{
    (void)row;
    (void)column;
    if (key->mouse == MOUSE_WHEEL_DOWN || key->mouse == MOUSE_WHEEL_UP)
        scroll(cast(base), key->mouse == MOUSE_WHEEL_DOWN ? WHEEL : -WHEEL);
    return true;
}
