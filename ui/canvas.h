/* SPDX-License-Identifier: MIT */
/* A rectangle of the screen; the only place where text becomes cells. Foreign text is measured, clipped, and cleaned here and nowhere else. */
#pragma once
#include "config/theme.h"
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct canvas canvas;
struct rect {
    int row, column, rows, columns;
};

/* A part of the screen (stdscr), clipped to it. Cheap value-like object owned by its view. */
canvas *canvas_new(struct rect area);
void canvas_free(canvas *canvas);
void canvas_move(canvas *canvas, struct rect area);
struct rect canvas_area(const canvas *canvas);
/* Draws utf8 from column on, at most width cells; returns the cells used. Control, bidi and invalid bytes are shown as symbols; wide characters are
 * never cut in half; a text that does not fit ends in … */
int canvas_text(canvas *canvas, int row, int column, int width, enum theme_style style, const char *utf8);
int canvas_textn(canvas *canvas, int row, int column, int width, enum theme_style style, const char *utf8, size_t length);
int canvas_text_right(canvas *canvas, int row, int right_column /* first column behind the text */, int width, enum theme_style style,
                      const char *utf8);
/* A row of a paragraph for the person (NULL: it is all of it): in a language that runs from right to left it begins at the right end of the width. */
int canvas_words(canvas *canvas, int row, int column, int width, enum theme_style style, const char *utf8, size_t length,
                 const char *paragraph);
/* Before something is drawn over what is there: wide characters that its edges cut in half become blanks. */
void canvas_cut_edges(const canvas *canvas);
/* Text in several looks, one behind the other. */
struct canvas_run {
    size_t length; /* of its bytes */
    enum theme_style style;
    int color, background; /* as its sender wishes: 0xrrggbb + 1; 0: as the style has it */
    int column, cells;     /* said by canvas_runs: where it stands; 0 cells: nowhere, or not in one piece */
};
/* As canvas_text. is_rtl: a row of a paragraph that runs from right to left. */
int canvas_runs(canvas *canvas, int row, int column, int width, const char *utf8, struct canvas_run *runs, size_t count, bool is_rtl);
void canvas_fill(canvas *canvas, int row, int column, int width, enum theme_style style, const char *utf8 /* one cell: " ", "─" */);
void canvas_clear_row(canvas *canvas, int row, int from_column, enum theme_style style);
/* A cell of a picture: one character of one cell in colours of its own (style_picture_pair). */
void canvas_picture_cell(canvas *canvas, int row, int column, gunichar c, int foreground, int background);
void canvas_cursor(canvas *canvas, int row, int column); /* where the terminal's cursor rests after this turn */
/* The loop: false before the drawing (nobody wants the cursor), true after it (put it where the last canvas_cursor said, or hide it). */
void canvas_rest_cursor(bool is_wanted);
/* Styles over what is drawn already (selection bar): attributes are combined, text stays. */
void canvas_restyle_row(canvas *canvas, int row, int column, int width, enum theme_style style);
/* Line-drawing or its ASCII counterpart, by the terminal's abilities. */
enum glyph {
    GLYPH_HLINE,
    GLYPH_VLINE,
    GLYPH_TEE_DOWN,
    GLYPH_TEE_UP,
    GLYPH_UNREAD,
    GLYPH_STAR,
    GLYPH_CLIP,
    GLYPH_OPEN,
    GLYPH_CLOSED,
    GLYPH_BRANCH,
    GLYPH_LAST_BRANCH,
    GLYPH_ELLIPSIS,
    GLYPH_TICK,
    GLYPH_CROSS,
    GLYPH_BUSY,
    GLYPH_ONLINE,
    GLYPH_OFFLINE,
    GLYPH_WARNING,
    GLYPH_ARROW,
    GLYPH_DOT,
    GLYPH_CALENDAR,
    GLYPH_REPLIED,
    GLYPH_FORWARDED,
    GLYPH_MARK,
    GLYPH_SEARCH,
    GLYPH_SERVER,
    GLYPH_READ_ONLY
};
/* The last cell of the last row stays empty: where writing it would scroll the screen. */
void canvas_spare_corner(bool is_wanted);
/* For screen readers: no lines, and words for what signs tell. */
void canvas_speak(bool is_wanted);
const char *canvas_glyph(enum glyph glyph);
