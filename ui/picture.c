/* SPDX-License-Identifier: MIT */
/* An image as cells of a terminal, by libchafa, or as pixels of their size. */
#include "ui/picture.h"
#include "core/image.h"
#include <chafa.h>

enum { SIDE_MAX = 1024, CELL_WIDTH = 8, CELL_HEIGHT = 16, OWN_COLORS = 16 };
#define PIXELS_MAX (1200 * 1000) /* on a screen */

static ChafaCanvasConfig *config_new(const struct picture_wishes *wishes, int columns, int rows)
{
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolMap *symbols = chafa_symbol_map_new();
    chafa_symbol_map_add_by_tags(symbols, wishes->is_ascii ? CHAFA_SYMBOL_TAG_ASCII | CHAFA_SYMBOL_TAG_SPACE
                                                           : CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE);
    chafa_canvas_config_set_symbol_map(config, symbols);
    chafa_canvas_config_set_geometry(config, columns, rows);
    chafa_canvas_config_set_cell_geometry(config, CELL_WIDTH, CELL_HEIGHT);
    chafa_canvas_config_set_canvas_mode(config, wishes->colors > 256 ? CHAFA_CANVAS_MODE_TRUECOLOR
                                                : wishes->colors == 256
                                                    ? CHAFA_CANVAS_MODE_INDEXED_240 /* the first 16 are the person's own */
                                                    : CHAFA_CANVAS_MODE_FGBG);
    chafa_symbol_map_unref(symbols);
    return config;
}

/* To curses the first colours of a terminal with millions are those of the palette. */
static int color_of(int color, int colors)
{
    return colors > 256 && color >= 0 ? MAX(color, OWN_COLORS) : colors == 256 ? color : -1;
}

static void cells_take(struct picture *self, ChafaCanvas *canvas, int colors)
{
    for (int y = 0; y < self->rows; y++) {
        for (int x = 0; x < self->columns; x++) {
            struct picture_cell *cell = &self->cells[y * self->columns + x];
            int foreground = -1, background = -1;
            chafa_canvas_get_raw_colors_at(canvas, x, y, &foreground, &background);
            cell->character = chafa_canvas_get_char_at(canvas, x, y);
            cell->foreground = color_of(foreground, colors);
            cell->background = color_of(background, colors);
        }
    }
}

static void draw_cells(struct picture *self, const struct image_pixels *pixels, const struct picture_wishes *wishes)
{
    self->cells = g_new0(struct picture_cell, (gsize)self->columns * (gsize)self->rows);
    chafa_set_n_threads(1);
    ChafaCanvasConfig *config = config_new(wishes, self->columns, self->rows);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_draw_all_pixels(canvas, pixels->has_alpha ? CHAFA_PIXEL_RGBA8_UNASSOCIATED : CHAFA_PIXEL_RGB8,
                                 g_bytes_get_data(pixels->bytes, NULL), pixels->width, pixels->height, pixels->stride);
    cells_take(self, canvas, wishes->colors);
    chafa_canvas_unref(canvas);
    chafa_canvas_config_unref(config);
}

/* As large as it is, at most as wished; never more pixels than a terminal can be asked to draw. */
static void choose_size(struct picture *self, const struct image_pixels *pixels, const struct picture_wishes *wishes)
{
    int width = wishes->terminal.cell_width > 0 ? wishes->terminal.cell_width : CELL_WIDTH;
    int height = wishes->terminal.cell_height > 0 ? wishes->terminal.cell_height : CELL_HEIGHT;
    int most = wishes->columns;
    do {
        int columns = MIN(most, MAX(pixels->width / width, 1)), rows = MIN(wishes->rows, MAX(pixels->height / height, 1));
        chafa_calc_canvas_geometry(pixels->width, pixels->height, &columns, &rows, (float)width / (float)height, FALSE, FALSE);
        self->columns = CLAMP(columns, 1, wishes->columns);
        self->rows = CLAMP(rows, 1, wishes->rows);
        most = self->columns - 1;
    } while (wishes->terminal.way == PICTURE_SIXEL && most > 0 && self->columns * width * self->rows * height > PIXELS_MAX);
}

static struct picture *picture_of(const struct image_pixels *pixels, const struct picture_wishes *wishes)
{
    struct picture *self = g_new0(struct picture, 1);
    choose_size(self, pixels, wishes);
    if (wishes->terminal.way != PICTURE_CELLS)
        self->image = picture_image_new(pixels, self->columns, self->rows, &wishes->terminal);
    if (self->image == NULL)
        draw_cells(self, pixels, wishes);
    return self;
}

struct picture *picture_new(GBytes *bytes, const struct picture_wishes *wishes, GError **error)
{
    struct image_pixels pixels = { 0 };
    if (!image_read(bytes, SIDE_MAX, &pixels, error))
        return NULL;
    struct picture *self = picture_of(&pixels, wishes);
    g_bytes_unref(pixels.bytes);
    return self;
}

void picture_free(struct picture *self)
{
    if (self == NULL)
        return;
    g_free(self->cells);
    picture_image_unref(self->image);
    g_free(self);
}
