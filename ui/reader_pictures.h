/* SPDX-License-Identifier: MIT */
/* The pictures of one message on their way to the screen: unpacked, and fetched if that was allowed, on a thread of their own. UI thread only. */
#pragma once
#include "ui/app.h"
#include "ui/reader_text.h"

typedef struct reader_pictures reader_pictures;
reader_pictures *reader_pictures_new(app *ui);
void reader_pictures_free(reader_pictures *pictures); /* what is under way is given up */
/* From now on also those that lie elsewhere. */
void reader_pictures_allow_remote(reader_pictures *pictures, const struct account *account /* whose mail it is */);
/* Begins with what is new, or everything where the width changed. Cheap if there is nothing to do. */
void reader_pictures_ask(reader_pictures *pictures, const message *letter, const struct text *text, int columns);
bool reader_pictures_is_old(
    const reader_pictures *pictures); /* the terminal can more than they were drawn for, or its letters have another size */
bool reader_pictures_event(reader_pictures *pictures, const struct event *news); /* true: there is more to be seen */
/* Of struct reader_picture* by source; borrowed. */
GHashTable *reader_pictures_table(reader_pictures *pictures);
/* How many of a text's pictures are in the message, and how many are not. */
void reader_pictures_count(const message *letter, const struct text *text, int *here_out, int *remote_out);
