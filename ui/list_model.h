/* SPDX-License-Identifier: MIT */
/* The rows a list has in its hands: a window of the store around the cursor, with unfolded conversations in it. No terminal. */
#pragma once
#include "core/search.h"
#include "core/store_order.h"

struct list_item {
    const struct window_row *row; /* borrowed from the model */
    bool is_child;                /* a message of an unfolded conversation */
    bool is_last_child, is_folded /* stands for a whole conversation of several messages */;
    bool is_elsewhere;           /* an own answer, in Sent: it is shown with its folder */
    struct window_position head; /* of its window row */
};
typedef struct list_model list_model;
list_model *list_model_new(store *store /* borrowed */);
void list_model_free(list_model *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(list_model, list_model_free)

/* A filtered window may take long, so it is not read here: ask() has it read elsewhere (what it was asked before is not wanted any more; NULL: nothing
 * is), and list_model_answer brings the rows. Meanwhile the list shows and does what it did. Without ask() they are read at once, too. */
struct list_ask {              /* borrowed for the call */
    struct window_query query; /* its folders and sent are not the asker's: to be copied */
    const char *filter;        /* a query (core/query_language) */
    bool is_typed;             /* somebody is still typing it */
};
typedef void list_model_ask(void *data, const struct list_ask *ask);
void list_model_set_ask(list_model *model, list_model_ask *ask, void *data);
void list_model_answer(list_model *model, GPtrArray *rows /* of struct window_row*, taken; NULL: they could not be read */);
bool list_model_is_typed(const list_model *model);     /* the filter's words stand where they are typed */
bool list_model_is_searching(const list_model *model); /* a new filter's first rows are awaited: those shown are older */

void list_model_show(list_model *model, int64_t folder_id, int64_t placement_id /* 0: the newest */);
/* Several folders as one list; view_id: below zero, what list_model_folder says of it. */
void list_model_show_view(list_model *model, int64_t view_id, const int64_t *folders, size_t count, int64_t placement_id);
int64_t list_model_folder(const list_model *model);
bool list_model_has_folder(const list_model *model, int64_t folder_id); /* it is shown, alone or with others */
const int64_t *list_model_folders(const list_model *model, size_t *count_out);
/* The order of what is shown from now on, and of what is shown next; it must have been built (core/store_order). */
void list_model_set_order(list_model *model, const struct window_order *order, bool is_read);
const struct window_order *list_model_order(const list_model *model);
void list_model_set_rows(list_model *model, int rows); /* of the screen: the window is a few times that */
void list_model_set_threads(list_model *model, bool is_threads);
bool list_model_has_threads(const list_model *model); /* conversations are rows: asked for, and possible in this order */
/* words: a query, NULL: none: the list is where it was before the first. In folder 0 it is looked for in all mail. */
void list_model_set_filter(list_model *model, const char *words, bool is_typed);
const char *list_model_filter(const list_model *model);
/* Reads again: the cursor stays on its message; when that is gone, on the one that took its place. */
void list_model_reload(list_model *model);

int list_model_count(const list_model *model);
const struct list_item *list_model_item(const list_model *model, int at); /* NULL: none */
int list_model_cursor(const list_model *model);
int list_model_top(list_model *model); /* first item on the screen, so that the cursor is visible */
void list_model_scroll(list_model *model, int rows);
void list_model_set_cursor(list_model *model, int at);
const struct list_item *list_model_current(const list_model *model);
/* Somebody who saw the cursor there presses a key: a list that fills goes on from there, and not from what has come since. 0: saw none. */
void list_model_hold(list_model *model, int64_t placement_id);
bool list_model_step(list_model *model, int64_t by); /* false: there was no way to go */
void list_model_end(list_model *model, bool is_top);
bool list_model_go(list_model *model, int64_t placement_id);    /* unfolds its conversation; false: not in the folder */
bool list_model_reach(list_model *model, int64_t placement_id); /* the same, but a folded conversation stays folded: on its row */
bool list_model_unfold(list_model *model, bool is_wanted);      /* the conversation under the cursor; false: nothing changed */
void list_model_unfold_all(list_model *model, bool is_wanted);
bool list_model_is_unfolded_all(const list_model *model);
/* All messages a command on the cursor means: the folded conversation, or the one. Caller frees. */
GArray *list_model_targets(const list_model *model);
/* The message that Enter opens: of a folded conversation the first unread, else the newest. 0: none. */
int64_t list_model_to_open(const list_model *model);
