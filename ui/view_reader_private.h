/* SPDX-License-Identifier: MIT */
/* Between the reader's files: the pane, the messages in it, its lines. */
#pragma once
#include "core/store_conversation.h"
#include "ui/app_private.h"
#include "ui/canvas.h"
#include "ui/part_job.h"
#include "ui/reader_page.h"
#include "ui/view_reader.h"

/* A message of the conversation. */
struct part {
    struct conversation_entry entry;
    bool is_open;
    reader_page *page;      /* open and looked at; NULL: not yet */
    struct window_row *row; /* closed and looked at */
};

/* A line: of which message, and which of its lines. */
struct spot {
    guint part;
    int line;
};

struct view_reader {
    view base;
    canvas *canvas;
    GArray *parts; /* of struct part, oldest first; empty: closed */
    guint current;
    struct spot top;
    bool is_conversation, is_stale, is_all_open;
    int64_t thread_id, folder_id; /* of the conversation; the folder it was opened from */
    int64_t job;                  /* a long one that is being read; 0: none */
    part_jobs *jobs;
    char *sought; /* ui/view_reader_find: words that were looked for last; NULL: none */
    bool is_finding, has_found;
    struct spot found;
};

static inline struct view_reader *view_reader_of(view *self)
{
    return (struct view_reader *)(void *)self;
}

static inline const struct view_reader *view_reader_peek(const view *self)
{
    return (const struct view_reader *)(const void *)self;
}

static inline struct part *view_reader_part(const struct view_reader *self, guint at)
{
    return &g_array_index(self->parts, struct part, at);
}

/* view_reader.c */
reader_page *view_reader_page(const struct view_reader *self); /* the one under the cursor; NULL: closed, or it cannot be read */
void view_reader_part_clear(gpointer data);
int view_reader_find_part(const struct view_reader *self, int64_t placement_id); /* -1: none */
int view_reader_body_rows(const struct view_reader *self);
reader_page *view_reader_page_of(struct view_reader *self, guint at);
const GPtrArray *view_reader_lines(struct view_reader *self, guint at); /* of struct reader_line*; NULL: it is closed */
int view_reader_rows(struct view_reader *self, guint at);
bool view_reader_spot_move(struct view_reader *self, struct spot *spot, int by); /* true: it could go so far */
void view_reader_keep_top(struct view_reader *self);

/* view_reader_conversation.c */
bool view_reader_take_conversation(struct view_reader *self, const struct event *news); /* a long one; true: it was ours */
void view_reader_refresh(struct view_reader *self); /* before anything is drawn: messages that joined, left, or were read elsewhere */

/* view_reader_find.c */
struct reader_line;
size_t view_reader_match(const char *line, const char *words, size_t from, size_t *start_out); /* its length; 0: no more. For the test. */
void view_reader_show_found(const struct view_reader *self, int row, const struct reader_line *line);

/* view_reader_draw.c */
void view_reader_draw(view *base);
