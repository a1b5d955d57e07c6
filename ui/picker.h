/* SPDX-License-Identifier: MIT */
/* A list in a box with a line to type into: the palette and the folder picker are this with other rows. */
#pragma once
#include "ui/view.h"
#include <glib.h>

struct picker_row {
    char *text; /* what typing is matched with */
    char *note; /* right, dim; NULL */
    int64_t id;
    char *hidden; /* more words it is found by, each from its beginning; the picker's own copy, NULL: none */
    char *exact;  /* words apart by blanks: whoever types one of them means this row; the picker's own, NULL: none */
    char *folded; /* the picker's own */
    int score;
};
typedef void picker_answer(app *app, void *data, const struct picker_row *row /* NULL: Esc; gone after the call */);
struct picker_row *picker_row_new(const char *text, const char *note, int64_t id);
void picker_row_hide(struct picker_row *row, const char *words); /* more hidden words */
enum { PICKER_TYPED = -1 };
/* What is typed can be taken as it is: in the picker that was pushed last a row behind all that fit, with that note and the id PICKER_TYPED.
 * can_be: what may be typed so; NULL: anything. */
void picker_offer_typed(app *app, const char *note, bool (*can_be)(const char *typed));
void picker_push(app *app, const char *title, GPtrArray *rows /* of struct picker_row*, taken */, picker_answer *answer, void *data,
                 GDestroyNotify data_free);
/* The one that was pushed last takes two rows until somebody asks for all (arrow down): who knows what is sought types a few letters. */
void picker_begin_as_line(app *app);
void picker_row_free(void *row);
int picker_row_score(struct picker_row *row, const char *typed); /* 0: not at all. For the test. */
/* How well a typed text fits: letters in order; 0: not at all. For the test. */
int picker_score(const char *text, const char *typed);
