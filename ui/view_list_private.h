/* SPDX-License-Identifier: MIT */
/* Between the list's files: the view, its filter, its drawing. */
#pragma once
#include "core/search.h"
#include "ui/app_private.h"
#include "ui/canvas.h"
#include "ui/list_model.h"
#include "ui/list_order.h"
#include "ui/view_list.h"

struct view_list {
    view base;
    canvas *canvas;
    list_model *model;
    list_order *order;
    GHashTable *marks;  /* placement ids */
    GHashTable *labels; /* folder id → name, of rows that say where they are */
    bool is_stale, shows_recipients;
    int64_t drawn_at_ms, drawn_mail; /* placement under the cursor on the screen; 0: none */
    int64_t window_job, marks_job;   /* on the query thread; 0: none */
    int64_t asked_ms;                /* window_job */
    GArray *found;                   /* of int64_t: messages a server has found besides; NULL: none was asked */
    char *server_words;              /* what is to be said of that */
    char *fault;                     /* what is wrong with the filter; NULL: nothing */
    struct query_spot spot;          /* and where */
};

static inline struct view_list *view_list_of(view *self)
{
    return (struct view_list *)(void *)self;
}

static inline const struct view_list *view_list_peek(const view *self)
{
    return (const struct view_list *)(const void *)self;
}

/* view_list.c */
struct view_list *view_list_fresh(view *base); /* before anything is done with the rows: they are what the store has now */
void view_list_set_mark(struct view_list *self, int64_t id, bool is_marked);

/* view_list_filter.c */
void view_list_ask_window(void *data /* struct view_list */, const struct list_ask *wish); /* list_model_ask */
bool view_list_take_answer(struct view_list *self, int64_t job);                           /* true: it was one of ours */
void view_list_drop_job(struct view_list *self, int64_t *job);
void view_list_forget_fault(struct view_list *self);
bool view_list_is_slow(const struct view_list *self); /* a filter's rows are awaited for so long that it is worth saying */
int view_list_filter_rows(const struct view_list *self);
int view_list_draw_filter(const struct view_list *self); /* the rows it took, from the first on */

/* view_list_draw.c */
void view_list_draw_item(const struct view_list *self, int at, const struct list_item *item, bool is_current, int64_t now);
char *view_list_empty_words(const struct view_list *self); /* in a list without rows; caller frees */
