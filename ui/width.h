/* SPDX-License-Identifier: MIT */
/* Cells of a text: East Asian width, combining marks, emoji sequences, by grapheme cluster. Pure; no terminal. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* What the screen shows for one grapheme cluster. Where terminals disagree about the cells of a sequence (families, skin tones, emoji selectors), the
 * first character stands for all of it: so every terminal agrees with us about the columns. */
struct width_glyph {
    char text[40]; /* valid UTF-8, never a control */
    int cells;     /* 0..2, or the length of a symbol like ‹U+202E› */
    int run;       /* for who draws several: which of them it belongs to; else 0 */
};
size_t width_glyph_at(const char *text, size_t length, struct width_glyph *glyph_out);
/* One grapheme cluster at text (length bytes, > 0): its bytes; *cells_out as above. Invalid bytes are one byte, one cell. */
size_t width_cluster(const char *text, size_t length, int *cells_out);
int width_text(const char *utf8);
/* Bytes of the longest prefix that fits in cells. */
size_t width_prefix(const char *utf8, size_t length, int cells, int *used_out);
/* Clean text for the screen: controls as ␀-pictures, bidi controls and other invisible tricks as ‹U+202E›-like symbols, invalid bytes as �; tab as spaces. Caller frees. */
char *width_visible(const char *bytes, size_t length);
/* Byte offsets where lines break at words for a width; of size_t (starts of lines, first is 0). */
#include <glib.h>
GArray *width_wrap(const char *utf8, int columns);
