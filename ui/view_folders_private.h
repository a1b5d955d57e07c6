/* SPDX-License-Identifier: MIT */
/* Between the files of the folder list: its rows, and who makes, draws and moves over them. */
#pragma once
#include "ui/app_private.h"
#include "ui/folder_folds.h"
#include "ui/view_folders.h"
#include "ui/view_searches.h"

/* Rows that are no account's and no saved search's: below all of those. */
#define UNREAD_ROW  (G_MININT64 + 1)
#define STARRED_ROW (G_MININT64 + 2)

struct row {
    int64_t folder_id, account_id; /* folder_id 0: the account's own line */
    int64_t counted_id;            /* the folder whose count is shown; 0: none */
    unsigned counted_at;           /* the news that count is of */
    char *label;
    char *name;   /* of a folder, or of what exists only as a part of names: whole */
    char *search; /* a saved search: its query; its account_id is below zero */
    char *words;  /* what the filter looks at, folded; NULL: not looked at yet */
    int64_t count;
    int64_t unread_below; /* of a folded branch */
    char delimiter;
    int depth, quota; /* quota: of an account's line, percent; 0: not known */
    bool is_unread, is_noselect, is_read_only, has_children, is_folded;
};
struct view_folders {
    view base;
    canvas *canvas;
    GPtrArray *all;        /* of struct row*: what the tree has, or while there is a filter what all trees have */
    GPtrArray *rows;       /* those of them that are shown; borrowed */
    char *filter;          /* as typed; NULL: none */
    int64_t before_filter; /* the folder under the cursor then */
    folder_folds *folds;
    int cursor, top;
    bool is_stale; /* the tree */
    unsigned news; /* counts changed so many times */
    view_searches *searches;
    int64_t outgoing;                   /* messages in the outbox */
    int64_t last_folder, wanted_folder; /* wanted: where the cursor goes when the tree is read; 0: it stays */
};

bool row_is_outbox(const struct row *row);
bool row_is_account(const struct row *row);

/* --- view_folders_tree.c --- */
void folder_rows_free(void *row);
/* The tree is read anew, or only looked through for other words. The cursor stays on its row, or where that was. */
void folder_rows_read(struct view_folders *self);
void folder_rows_filter(struct view_folders *self);
/* By its id, or the row of an account that has this name (NULL: the account's own). -1: it is not shown. */
int folder_rows_find(const struct view_folders *self, int64_t folder_id, int64_t account_id, const char *name);
const struct row *folder_rows_current(const struct view_folders *self); /* NULL: there is none */
void folder_row_count(const struct folder *box, struct row *row);
bool folder_role_counts_all(enum folder_role role); /* shown is how many there are, not how many are unread */

/* --- view_folders_draw.c --- */
void view_folders_draw(view *base);
int view_folders_first_row(const struct view_folders *self); /* on the screen: below the line of the filter */
