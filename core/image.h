/* SPDX-License-Identifier: MIT */
/* Images unpacked for the screen, and attached ones made smaller on request. May take a second: not on the UI's thread. */
#pragma once
#include "core/compose.h"
#include <stdatomic.h>

/* An image for the screen. */
struct image_pixels {
    int width, height, stride;
    bool has_alpha; /* four bytes a pixel, else three */
    GBytes *bytes;  /* caller unrefs */
};
/* So that its longer side has at most that many pixels, turned as the camera says; of what moves the first picture. */
bool image_read(GBytes *bytes, int side, struct image_pixels *out, GError **error);
/* In another size; false: there is no memory for it. */
bool image_scale(const struct image_pixels *image, int width, int height, struct image_pixels *out);
GBytes *image_png(const struct image_pixels *image); /* as a file; NULL: it cannot be; caller unrefs */

bool attachment_is_image(const struct compose_attachment *attachment);
/* The same so that its longer side has at most that many pixels; turned as the camera says, without what else the camera wrote into it (place, time,
 * model). Touches nothing of the attachment or its file. *smaller_out NULL: it was small enough; caller frees. false: it cannot be, or (is_unwanted, may
 * be NULL) nobody wants it any more. What would take more memory than a photograph does is refused before it is unpacked. */
bool attachment_shrink(const struct compose_attachment *attachment, int pixels, const atomic_bool *is_unwanted,
                       struct compose_attachment **smaller_out, GError **error);
