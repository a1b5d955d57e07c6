/* SPDX-License-Identifier: MIT */
/* A message read, rendered and laid out, for the reader; on the UI's thread when it is small, on the loader's when it is big. */
#pragma once
#include "core/store.h"
#include "ui/reader_text.h"

/* Belongs to one thread at a time, with all that is in it. */
struct reader_load {
    char *path, *raw_path; /* raw: the source where it is another file; NULL */
    message *letter;       /* NULL: to be read first; NULL afterwards: it could not be */
    enum message_view view;
    struct text *text;     /* NULL: to be made first */
    struct placement *row; /* to lay it out for the width of now; NULL: not asked for */
    GPtrArray *own;        /* what wishes borrows */
    struct reader_wishes wishes;
    GPtrArray *lines;
    bool gathers_keys; /* what its header says of the sender's key is kept (Autocrypt) */
    bool is_sealed;    /* signed or encrypted: GnuPG is to look at it */
};
void reader_load_work(store *db, void *load); /* a query_work; db is not used */
void reader_load_free(void *load);
