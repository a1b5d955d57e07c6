/* SPDX-License-Identifier: MIT */
/* Between the model's files: what is in its hands, and how it gets there. */
#pragma once
#include "ui/list_model.h"

enum { LIST_CONVERSATION_MAX = 500 };

/* Where the cursor goes when the rows of a window are there. */
enum landing {
    LAND_NEWEST,
    LAND_OLDEST,
    LAND_HERE /* on its message, or what took its place */,
    LAND_MAIL /* on a certain message */,
    LAND_PLACE /* where the filter was begun */
};
struct wish {
    struct window_query query;
    enum landing landing;
    int64_t mail, by; /* LAND_MAIL; LAND_HERE: so many rows further */
};

/* Where one was, to come back to. */
struct place {
    bool is_set;
    int64_t mail;
    struct window_position head;
    int screen_row;
};

struct list_model {
    store *store;
    int64_t folder_id;
    GArray *folders, *sent; /* of int64_t: what is shown; where one's own answers are */
    struct window_order order;
    struct place place; /* before the filter */
    char *filter;
    bool is_typed;
    int rows;
    GPtrArray *window;    /* of struct window_row*: newest first */
    GPtrArray *children;  /* of GPtrArray*: keeps the unfolded conversations' rows */
    GArray *items;        /* of struct list_item */
    GHashTable *unfolded; /* thread ids; with is_all_unfolded those that are not */
    bool is_all_unfolded;
    int cursor, top;
    bool is_at_newest, is_at_oldest;
    bool is_filling;     /* it was empty when it was shown, or shown unasked, and nobody has moved since: the cursor stays on the newest */
    list_model_ask *ask; /* NULL: every window is read at once */
    void *ask_data;
    struct wish asked;
    bool is_asking, is_searching, wants_reload;
};

/* list_model.c */
struct window_query list_model_query(const list_model *self); /* what is shown; what is found by a filter comes newest first in any order */
struct wish list_model_wish(const list_model *self, enum landing landing,
                            const struct window_position *anchor); /* NULL: from the beginning */
void list_model_grant(list_model *self, const struct wish *wish);  /* the old window stays when the store cannot be read */
void list_model_read_here(list_model *self, int64_t by);           /* what lies around the cursor, which moves by so many rows then */
bool list_model_read_around(list_model *self, int64_t mail);       /* false: it is not in the folder */
GPtrArray *list_model_conversation(const list_model *self, int64_t thread_id, int limit);
bool list_model_is_unfolded(const list_model *self, int64_t thread_id);
void list_model_flatten(list_model *self);                         /* from the window to the items */
int list_model_find(const list_model *self, int64_t placement_id); /* -1: not in hand */
int list_model_find_thread(const list_model *self, int64_t thread_id);
