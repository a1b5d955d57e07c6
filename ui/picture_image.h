/* SPDX-License-Identifier: MIT */
/* A picture in pixels, for terminals that draw them: as large as the cells it is to stand in. It belongs to whoever holds it, on any thread. */
#pragma once
#include "core/image.h"
#include "ui/picture_terminal.h"
#include <stdint.h>

typedef struct picture_image picture_image;
/* Not on the UI's thread. NULL: it cannot be kept (too large for its cells). */
picture_image *picture_image_new(const struct image_pixels *pixels, int columns, int rows, const struct picture_terminal *terminal);
picture_image *picture_image_ref(picture_image *image);
void picture_image_unref(picture_image *image); /* NULL: nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(picture_image, picture_image_unref)

uint32_t picture_image_id(const picture_image *image); /* no other of this run has it */
int picture_image_columns(const picture_image *image);
bool picture_image_is_kitty(const picture_image *image);
gsize picture_image_bytes(const picture_image *image); /* of memory */

/* Sixels of some of its rows, by libchafa. May take a tenth of a second: not on the UI's thread. */
GBytes *picture_image_sixels(const picture_image *image, int first_row, int rows);
/* A piece of the file that goes to a terminal of kitty's kind, from *at on, which is moved; false: that was the last. */
bool picture_image_chunk(const picture_image *image, gsize *at, GString *out);
/* The words that put some of its rows where the cursor is. */
void picture_image_place(const picture_image *image, uint32_t placement, int first_row, int rows, GString *out);
