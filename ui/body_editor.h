/* SPDX-License-Identifier: MIT */
/* A small editor for several lines: for those without one, and for editor = builtin. */
#pragma once
#include "ui/canvas.h"
#include "ui/input.h"
#include <glib.h>

typedef struct body_editor body_editor;
body_editor *body_editor_new(const char *text);
void body_editor_free(body_editor *self);
/* Where the cursor stands, in bytes; a place beyond the text is its end. */
void body_editor_place(body_editor *editor, size_t cursor);
size_t body_editor_cursor(const body_editor *editor);
const char *body_editor_text(const body_editor *self);
/* True: the key was used: arrows and the keys of a shell's line; Ctrl-K, -U, -W cut, Ctrl-Y puts it back in, Ctrl-_ undoes, Ctrl-R redoes. Esc is not: the owner ends the editing. */
bool body_editor_key(body_editor *self, const struct key *key);
/* The cursor goes behind the next place that has the words (the case of letters does not count), from the top again behind the end. False: nowhere. */
bool body_editor_find(body_editor *self, const char *words);
void body_editor_draw(body_editor *self, canvas *canvas, int row, int rows, int columns);
