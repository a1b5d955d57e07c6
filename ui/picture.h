/* SPDX-License-Identifier: MIT */
/* An image for a terminal (libchafa): characters with two colours, or pixels. No terminal is touched here; not on the UI's thread, it may take a moment. */
#pragma once
#include "ui/picture_image.h"
#include <glib.h>
#include <stdbool.h>

struct picture_cell {
    gunichar character;
    int foreground, background; /* as style_picture_colors() says: 16…255, or 0xrrggbb; -1: the terminal's own */
};
struct picture {
    int rows, columns;
    struct picture_cell *cells; /* row by row; NULL: it is in pixels */
    picture_image *image;
};
struct picture_wishes {
    int columns, rows; /* at most */
    int colors;        /* style_picture_colors() */
    bool is_ascii;     /* the terminal has no block characters */
    struct picture_terminal terminal;
};
/* NULL: it is no image that can be shown; the sentence says why. */
struct picture *picture_new(GBytes *bytes, const struct picture_wishes *wishes, GError **error);
void picture_free(struct picture *picture);
typedef struct picture picture;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(picture, picture_free)
