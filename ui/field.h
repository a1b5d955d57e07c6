/* SPDX-License-Identifier: MIT */
/* One line of text being edited: cursor by grapheme cluster, the keys of a shell's command line. */
#pragma once
#include "ui/canvas.h"
#include "ui/input.h"
#include <glib.h>

struct field {
    GString *text;
    size_t cursor; /* byte offset, on a cluster boundary */
    size_t scroll; /* first byte shown */
};
void field_init(struct field *field, const char *text);
void field_clear(struct field *field);
void field_set(struct field *field, const char *text);
/* True: the key was for the field. */
bool field_key(struct field *field, const struct key *key);
/* Draws at most width cells; has_focus puts the terminal's cursor in. */
void field_draw(struct field *field, canvas *canvas, int row, int column, int width, bool has_focus);
void field_insert(struct field *field, const char *utf8);
