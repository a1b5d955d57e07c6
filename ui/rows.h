/* SPDX-License-Identifier: MIT */
/* A full screen of rows under headings, with a cursor that stands on rows only: activity and outbox are this with other rows. */
#pragma once
#include "ui/view.h"
#include <glib.h>

struct rows_row {
    bool is_title; /* or a line between: the cursor passes over it */
    enum theme_style style;
    char *text, *right; /* right: dim, at the end of the line; NULL */
    char *detail;       /* below, over as many lines as it needs; NULL */
    bool goes_on;       /* without a detail: what of text does not fit is there */
    int kind;
    int64_t id; /* kind and id say which row it is: the cursor stays on it */
    gpointer data;
    GDestroyNotify data_free;
};
typedef struct rows rows;
/* First member of the views made of it. */
struct rows {
    view base;
    canvas *canvas;
    GPtrArray *all; /* of struct rows_row* */
    int cursor, top;
};
void rows_init(rows *self, const struct view_ops *ops, app *app);
void rows_clear(rows *self);
/* Between these two the rows are made anew. */
void rows_begin(rows *self);
struct rows_row *rows_add(rows *self, enum theme_style style, char *text /* taken */); /* owned by self */
void rows_title(rows *self, const char *text);
void rows_end(rows *self);
const struct rows_row *rows_current(const rows *self); /* NULL: none */
void rows_layout(view *self, struct rect area);
void rows_draw(view *self);
bool rows_key(view *self, const struct key *key);
bool rows_mouse(view *self, const struct key *key, int row, int column);
