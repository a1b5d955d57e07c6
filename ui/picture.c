/* SPDX-License-Identifier: MIT */
/* An image as cells of a terminal, by libchafa. */
#include "ui/picture.h"
#include "core/image.h"
#include <chafa.h>

enum { SIDE_MAX = 1024, CELL_WIDTH = 8, CELL_HEIGHT = 16, OWN_COLORS = 16 };
#define CELL_RATIO 0.5f /* a cell is twice as high as it is wide */

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

static struct picture *picture_of(const struct image_pixels *pixels, const struct picture_wishes *wishes)
{
    int columns = MIN(wishes->columns, MAX(pixels->width / CELL_WIDTH, 1)), rows = MIN(wishes->rows, MAX(pixels->height / CELL_HEIGHT, 1));
    chafa_calc_canvas_geometry(pixels->width, pixels->height, &columns, &rows, CELL_RATIO, FALSE, FALSE);
    struct picture *self = g_new0(struct picture, 1);
    self->columns = CLAMP(columns, 1, wishes->columns);
    self->rows = CLAMP(rows, 1, wishes->rows);
    self->cells = g_new0(struct picture_cell, (gsize)self->columns * (gsize)self->rows);
    chafa_set_n_threads(1);
    ChafaCanvasConfig *config = config_new(wishes, self->columns, self->rows);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_draw_all_pixels(canvas, pixels->has_alpha ? CHAFA_PIXEL_RGBA8_UNASSOCIATED : CHAFA_PIXEL_RGB8,
                                 g_bytes_get_data(pixels->bytes, NULL), pixels->width, pixels->height, pixels->stride);
    cells_take(self, canvas, wishes->colors);
    chafa_canvas_unref(canvas);
    chafa_canvas_config_unref(config);
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
    g_free(self);
}
