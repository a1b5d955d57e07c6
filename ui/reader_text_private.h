/* SPDX-License-Identifier: MIT */
/* Between ui/reader_text.c and ui/reader_head.c: lines while they are made. */
#pragma once
#include "ui/reader_text.h"

struct reader_build {
    GPtrArray *lines; /* of struct reader_line* */
    const struct reader_wishes *wishes;
    int field_columns; /* where the values of fields begin */
};
struct reader_line *reader_add(struct reader_build *build, enum theme_style style, int indent, char *words /* taken */);
void reader_add_span(struct reader_line *line, size_t start, size_t length, enum theme_style style, int link);
/* Words over as many rows as they need; behind the first the field's name is left out. */
struct reader_line *reader_add_wrapped(struct reader_build *build, enum theme_style style, int indent, const char *words, int columns);

/* --- ui/reader_head.c --- */
/* The names that stand together above most messages make a column in every language; a longer one takes the room it needs. */
int reader_head_columns(void);
/* Subject, fields, warnings, seals and invitation, and a row that parts them from the text. letter: NULL while it is not here. */
void reader_head_add(struct reader_build *build, const struct placement *row, const message *letter);
