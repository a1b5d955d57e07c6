/* SPDX-License-Identifier: MIT */
/* A picture in pixels. What goes to the terminal is made from pixels that were unpacked here, never from bytes of the mail. */
#include "ui/picture_image.h"
#include <chafa.h>
#include <stdatomic.h>

enum { PIXELS_MAX = 1200 * 1000, CHUNK_BYTES = 3072 /* 4096 in base64 */, USUAL_WIDTH = 10, USUAL_HEIGHT = 20 };

struct picture_image {
    atomic_int users;
    uint32_t id;
    int rows, columns, cell_width, cell_height;
    bool is_kitty;
    struct image_pixels pixels; /* sixel's */
    GBytes *file;               /* kitty's: a PNG */
};

static atomic_uint last_id;

static uint32_t id_new(void)
{
    unsigned none = 0;
    atomic_compare_exchange_strong(&last_id, &none,
                                   (g_random_int() & 0x3fffffffu) | 0x1000000u); /* others may draw on this terminal, too */
    return atomic_fetch_add(&last_id, 1) + 1;
}

/* The terminal of kitty's kind makes it as large as its cells: more pixels than a screen shows are not sent. */
static void size_of(const picture_image *self, int *width_out, int *height_out)
{
    int64_t width = (int64_t)self->columns * self->cell_width, height = (int64_t)self->rows * self->cell_height;
    while (self->is_kitty && width * height > PIXELS_MAX) {
        width = width * 3 / 4;
        height = height * 3 / 4;
    }
    *width_out = (int)width;
    *height_out = (int)height;
}

picture_image *picture_image_new(const struct image_pixels *pixels, int columns, int rows, const struct picture_terminal *terminal)
{
    int width = 0, height = 0;
    struct image_pixels scaled = { 0 };
    picture_image *self = g_new0(picture_image, 1);
    atomic_init(&self->users, 1);
    self->id = id_new();
    self->columns = columns;
    self->rows = rows;
    self->cell_width = terminal->cell_width > 0 ? terminal->cell_width : USUAL_WIDTH;
    self->cell_height = terminal->cell_height > 0 ? terminal->cell_height : USUAL_HEIGHT;
    self->is_kitty = terminal->way == PICTURE_KITTY;
    size_of(self, &width, &height);
    if ((int64_t)width * height <= PIXELS_MAX && image_scale(pixels, width, height, &scaled)) {
        self->pixels = scaled;
        self->file = self->is_kitty ? image_png(&scaled) : NULL;
    }
    if (self->is_kitty)
        g_clear_pointer(&self->pixels.bytes, g_bytes_unref);
    if (self->pixels.bytes == NULL && self->file == NULL)
        g_clear_pointer(&self, picture_image_unref);
    return self;
}

picture_image *picture_image_ref(picture_image *self)
{
    atomic_fetch_add(&self->users, 1);
    return self;
}

void picture_image_unref(picture_image *self)
{
    if (self == NULL || atomic_fetch_sub(&self->users, 1) != 1)
        return;
    g_clear_pointer(&self->pixels.bytes, g_bytes_unref);
    g_clear_pointer(&self->file, g_bytes_unref);
    g_free(self);
}

uint32_t picture_image_id(const picture_image *self)
{
    return self->id;
}

int picture_image_columns(const picture_image *self)
{
    return self->columns;
}

bool picture_image_is_kitty(const picture_image *self)
{
    return self->is_kitty;
}

gsize picture_image_bytes(const picture_image *self)
{
    return g_bytes_get_size(self->is_kitty ? self->file : self->pixels.bytes);
}

/* --- sixels --- */

GBytes *picture_image_sixels(const picture_image *self, int first_row, int rows)
{
    const struct image_pixels *pixels = &self->pixels;
    const guint8 *data = g_bytes_get_data(pixels->bytes, NULL);
    int height = rows * self->cell_height;
    chafa_set_n_threads(1);
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    chafa_canvas_config_set_geometry(config, self->columns, rows);
    chafa_canvas_config_set_cell_geometry(config, self->cell_width, self->cell_height);
    chafa_canvas_config_set_pixel_mode(config, CHAFA_PIXEL_MODE_SIXELS);
    chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_TRUECOLOR);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_draw_all_pixels(canvas, pixels->has_alpha ? CHAFA_PIXEL_RGBA8_UNASSOCIATED : CHAFA_PIXEL_RGB8,
                                 data + (gsize)first_row * (gsize)self->cell_height * (gsize)pixels->stride, pixels->width, height,
                                 pixels->stride);
    ChafaTermInfo *usual = chafa_term_db_get_fallback_info(chafa_term_db_get_default());
    GString *words = chafa_canvas_print(canvas, usual);
    chafa_term_info_unref(usual);
    chafa_canvas_unref(canvas);
    chafa_canvas_config_unref(config);
    return g_string_free_to_bytes(words);
}

/* --- kitty --- */

bool picture_image_chunk(const picture_image *self, gsize *at, GString *out)
{
    gsize size = 0;
    const guchar *file = g_bytes_get_data(self->file, &size);
    gsize length = MIN(size - *at, CHUNK_BYTES);
    bool is_last = *at + length == size;
    g_autofree char *code = g_base64_encode(file + *at, length);
    if (*at == 0)
        g_string_append_printf(out, "\033_Ga=t,t=d,f=100,q=2,i=%u,m=%d;%s\033\\", self->id, !is_last, code);
    else
        g_string_append_printf(out, "\033_Gq=2,m=%d;%s\033\\", !is_last, code);
    *at += length;
    return !is_last;
}

void picture_image_place(const picture_image *self, uint32_t placement, int first_row, int rows, GString *out)
{
    int width = self->pixels.width, height = self->pixels.height;
    int top = height * first_row / self->rows, bottom = height * (first_row + rows) / self->rows;
    g_string_append_printf(out, "\033_Ga=p,q=2,C=1,i=%u,p=%u,x=0,y=%d,w=%d,h=%d,c=%d,r=%d\033\\", self->id, placement, top, width,
                           MAX(bottom - top, 1), self->columns, rows);
}
