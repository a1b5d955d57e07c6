/* SPDX-License-Identifier: MIT */
/* The reader: a message, or a conversation: its messages one under the other, those that were read in one line each. What is asked of the reader is
 * asked of the message under its cursor. */
#pragma once
#include "core/message.h"
#include "ui/view.h"

view *view_reader_new(app *app);
bool view_reader_is_open(const view *self);
int64_t view_reader_placement(const view *self); /* 0: none */
void view_reader_show(view *self, int64_t placement_id);
void view_reader_show_conversation(view *self, int64_t placement_id /* the cursor's */); /* one message: the same as view_reader_show */
bool view_reader_is_conversation(const view *self);
bool view_reader_step(view *self, int by);           /* to the next message of the conversation; false: there is none */
bool view_reader_next_unread(view *self);            /* of the conversation */
void view_reader_open_all(view *self, bool is_open); /* all its messages; or one line each again */
bool view_reader_is_all_open(const view *self);
/* What the message under the cursor was, it is no more (moved, deleted by the person): the next one of the conversation. False: there is none. */
bool view_reader_leave(view *self);
void view_reader_outdate(view *self); /* the store changed */
void view_reader_close(view *self);
bool view_reader_scroll(view *self, int lines); /* false: it is the end */
void view_reader_scroll_page(view *self, int pages, bool *is_end_out);
void view_reader_scroll_end(view *self, bool is_top);
/* Words within what is shown, from the top of the screen on; they stay marked until view_reader_find_end(). False: they are not there. */
bool view_reader_find(view *self, const char *words);
bool view_reader_find_next(view *self, int by); /* false: nothing is being looked for */
bool view_reader_find_end(view *self);          /* false: nothing was */
const char *view_reader_sought(const view *self);
void view_reader_toggle_headers(view *self);
void view_reader_cycle_view(view *self);
bool view_reader_set_charset(view *self, const char *charset); /* NULL: as the message says; false: there is no such charset */
void view_reader_source(view *self);
bool view_reader_pictures(view *self); /* as reader_page_pictures */
void view_reader_colors(view *base);   /* those of the sender, or of the theme */
void view_reader_fetch_pictures(view *self);
void view_reader_fold(view *self);                    /* quoted text */
const message *view_reader_message(const view *self); /* NULL: not here yet */
/* Where only parts of the message are here, all of it is asked for; true: it is here (the message itself, or the part MESSAGE_SECTION_RAW). */
bool view_reader_fetch_raw(view *self);
bool view_reader_is_locked(const view *self, const char **whose_out, bool *is_wrong_out); /* as reader_page_is_locked */
void view_reader_unlock(view *self, const char *passphrase);
const struct text *view_reader_text(const view *self);
const struct placement *view_reader_row(const view *self);
struct part_jobs *view_reader_jobs(view *self); /* attachments on their way into files */
/* Index into message_parts() of the attachment shown with this number (1, 2, …); -1: none. */
int view_reader_attachment(const view *self, int number);
int view_reader_attachment_count(const view *self);
