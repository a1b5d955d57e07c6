/* SPDX-License-Identifier: MIT */
/* Between the files of one message on its way to the screen. */
#pragma once
#include "ui/app_private.h"
#include "ui/reader_invitation.h"
#include "ui/reader_load.h"
#include "ui/reader_opening.h"
#include "ui/reader_page.h"
#include "ui/reader_pictures.h"

enum page_state { PAGE_NEW, PAGE_FETCHING, PAGE_LOADING, PAGE_SHOWN, PAGE_FAILED };

#define OPENING_SAID_MS 150 /* what takes longer is said */

struct reader_page {
    view *owner;
    app *ui;
    enum page_state state;
    int64_t placement_id;
    struct placement *row;
    message *letter;
    struct text *text;
    enum message_view view;
    GPtrArray *lines; /* of struct reader_line*; NULL: to be laid out again */
    int columns;      /* they are laid out for */
    char *why;        /* PAGE_FAILED */
    int64_t load_id;  /* PAGE_LOADING: the loader's job, which has the message meanwhile; else 0 */
    bool has_all_headers, has_colors, is_part, is_gone;
    reader_pictures *pictures; /* NULL: they are not drawn */
    int quotes;                /* levels of quoted text that are unfolded */
    bool is_read_due, is_seen; /* seen: it was on the screen */
    int64_t opened_at_ms, load_began_ms;
    reader_opening *opening;       /* GnuPG is looking at it; NULL */
    struct reader_opened *opened;  /* what it said, but for the message and the text, which are ours; NULL */
    reader_invitation *invitation; /* NULL: it invites to nothing */
    bool is_sealed, is_raw_wanted; /* signed or encrypted; it is fetched as a whole for that */
};

/* reader_page.c */
void reader_page_forget_lines(reader_page *self); /* they are laid out again */
void reader_page_lay_out_anew(reader_page *self); /* the same text; long ones on the loader's thread, and the old lines stand until then */
void reader_page_render(reader_page *self);       /* its text, for the view that is wanted */
void reader_page_fetch_more(reader_page *self);   /* what the view needs and is not here */

/* reader_page_shown.c */
/* NULL-terminated; behind the NULL: who checks mail at the account's server, or NULL. */
GPtrArray *reader_page_own_addresses(const reader_page *self);
struct reader_wishes reader_page_wishes(const reader_page *self, GPtrArray *own /* borrowed by what is returned */);
