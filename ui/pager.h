/* SPDX-License-Identifier: MIT */
/* Lines that scroll, full screen: help and activity are this with other lines. */
#pragma once
#include "ui/view.h"
#include <glib.h>

struct pager_line {
    enum theme_style style;
    char *key; /* first column, as a key; NULL */
    char *text;
    int indent;
};
/* A piece of a line, as wide as the screen. */
struct pager_row {
    guint line;
    size_t start, end;
};
typedef struct pager pager;
/* First member of the views made of it. */
struct pager {
    view base;
    canvas *canvas;
    GPtrArray *lines;     /* of struct pager_line* */
    int top, key_columns; /* top: a row of the wrapped text */
    GArray *rows;         /* of struct pager_row, for the width of the last drawing */
    int wrapped_columns;
    bool has_facts; /* names and what is so: beside each other, also where the words are written from the right */
};
void pager_init(pager *self, const struct view_ops *ops, app *app);
void pager_empty(pager *self); /* takes all lines away */
void pager_clear(pager *self); /* frees what it holds, not itself */
void pager_add(pager *self, enum theme_style style, const char *key, char *words /* taken */);
void pager_layout(view *self, struct rect area);
void pager_draw(view *self);
bool pager_key(view *self, const struct key *key);
bool pager_mouse(view *self, const struct key *key, int row, int column);
