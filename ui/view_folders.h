/* SPDX-License-Identifier: MIT */
/* The folder list: accounts, their folders as a tree, saved searches, unread counts. */
#pragma once
#include "ui/view.h"

view *view_folders_new(app *app);
void view_folders_reload(view *self);           /* folders came, went or changed their names */
void view_folders_recount(view *self);          /* mail came, went or changed: O(screen) */
int64_t view_folders_current(const view *self); /* 0: an account's line */
void view_folders_step(view *self, int rows);   /* G_MAXINT and G_MININT: the ends */
void view_folders_fold(view *self, int wish);   /* 1 open, 0 close, -1 toggle */
void view_folders_select(view *self, int64_t folder_id);
/* The saved search under the cursor; NULL: it is on something else. */
const char *view_folders_search(const view *self);
const char *view_folders_search_name(const view *self);
void view_folders_load_searches(view *self);    /* their file changed */
int64_t view_folders_account(const view *self); /* of the row under the cursor; 0: a saved search */
/* The folder under the cursor, also one that cannot be opened; 0 with a name: it exists only as a part of names. name_out: NULL on an account's line. */
int64_t view_folders_at_cursor(const view *self, const char **name_out);
void view_folders_toggle_subscribed(view *self, int64_t account_id, bool *is_only_out); /* all folders, or those that are subscribed */
bool view_folders_is_on_outbox(const view *self); /* the row of what waits to be sent, which is there only when something does */
/* Only the folders, of all branches, whose names have the words; NULL or "": all again, and the cursor where it was. Opening one ends it. */
void view_folders_filter(view *self, const char *words);
const char *view_folders_filter_words(const view *self); /* NULL: there is none */
