/* SPDX-License-Identifier: MIT */
/* The message list: a window over the store whose cursor belongs to a message. */
#pragma once
#include "core/store_order.h"
#include "ui/view.h"
#include <glib.h>

view *view_list_new(app *app);
void view_list_show(view *self, int64_t folder_id /* below zero: ui/unified */, int64_t placement_id /* cursor; 0: the newest */);
int64_t view_list_folder(const view *self);
int64_t view_list_current(const view *self); /* placement under the cursor; 0: none */
GArray *view_list_targets(view *self);       /* of int64_t; caller frees */
void view_list_hold(view *self);             /* a key: it means what is on the screen */
int64_t view_list_to_open(view *self);       /* of a folded conversation the first unread */
bool view_list_has_marks(const view *self);
guint view_list_mark_count(const view *self);
void view_list_reload(view *self); /* the store changed: the cursor stays on its message, or goes where it was */

enum list_step { LIST_DOWN, LIST_UP, LIST_PAGE_DOWN, LIST_PAGE_UP, LIST_TOP, LIST_BOTTOM, LIST_HALF_DOWN, LIST_HALF_UP };
bool view_list_step(view *self, enum list_step step); /* false: it is the end */
bool view_list_go(view *self, int64_t placement_id);
bool view_list_reach(view *self, int64_t placement_id); /* without unfolding its conversation */
bool view_list_has_threads(const view *self);
bool view_list_next_unread(view *self);
int64_t view_list_next_unread_elsewhere(view *self); /* in another conversation than the cursor's; 0: none */
void view_list_mark(view *self, bool is_down);       /* toggles and steps */
void view_list_unmark_all(view *self);
void view_list_mark_matching(view *self, const char *words); /* in the whole folder; said when it is done */
void view_list_fold(view *self);                             /* toggles the conversation under the cursor */
bool view_list_expand(view *self);                           /* false: nothing to open */
bool view_list_collapse(view *self);
/* words: a query (core/query_language), NULL: none. is_typed: somebody is still typing it. */
void view_list_filter(view *self, const char *words, bool is_typed);
/* In all mail of all accounts, in place of a folder. */
void view_list_search(view *self, const char *words, bool is_typed);
/* What a server has found besides, marked as such among the rest; words: what is to be said of it in the line above. Both may be NULL. */
void view_list_show_found(view *self, GArray *found /* of int64_t, message ids, taken */, const char *words);
bool view_list_is_search(const view *self);
const char *view_list_filter_words(const view *self);
const struct window_order *view_list_order(const view *self);
bool view_list_set_order(view *self, const struct window_order *order); /* false: it is being built, and shown then */
void view_list_fold_all(view *self);
void view_list_unfold_all(view *self, bool is_open);
bool view_list_shows(const view *self, int64_t folder_id); /* alone or with others */
