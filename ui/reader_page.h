/* SPDX-License-Identifier: MIT */
/* One message on its way to the screen: found on this computer or fetched, taken apart (on another thread when it is big), laid out for a width. */
#pragma once
#include "core/message.h"
#include "core/store_message.h"
#include "ui/view.h"

typedef struct reader_page reader_page;
reader_page *reader_page_new(view *owner /* the pane; borrowed */, int64_t placement_id, GError **error); /* NULL: the message is gone */
void reader_page_expect(reader_page *page, int columns, bool is_part); /* how it will be asked for, as far as that is known */
void reader_page_free(reader_page *page);                              /* also ends what is being fetched for it */
void reader_page_begin(reader_page *page);
void reader_page_event(reader_page *page, const struct event *news);
void reader_page_tick(reader_page *page, int64_t now_ms);
/* It has been on the screen: read after the delay that a person set. */
void reader_page_note_seen(reader_page *page);
void reader_page_note_row(reader_page *page, const struct placement *now); /* its row has changed: tags, what its sender was told */
void reader_page_note_gone(reader_page *page); /* another program took it away: what is here stays, and says so */

/* Of struct reader_line*; borrowed, until anything changes. is_part: of a conversation, whose subject stands above. */
const GPtrArray *reader_page_lines(reader_page *page, int columns, bool is_part);

int64_t reader_page_placement(const reader_page *page);
const message *reader_page_message(const reader_page *page); /* NULL: not here yet */
const struct text *reader_page_text(const reader_page *page);
const struct placement *reader_page_row(const reader_page *page);
bool reader_page_fetch_raw(reader_page *page); /* view_reader_fetch_raw */
void reader_page_toggle_colors(reader_page *page);
void reader_page_toggle_headers(reader_page *page);
void reader_page_fold(reader_page *page);
/* Draws its pictures, or no more; true: some lie elsewhere, and nobody has said yet that they may be fetched. */
bool reader_page_pictures(reader_page *page);
void reader_page_fetch_pictures(reader_page *page); /* somebody says so */
void reader_page_cycle_view(reader_page *page);
void reader_page_source(reader_page *page);
bool reader_page_set_charset(reader_page *page, const char *charset); /* NULL: as the message says; false: no such charset */
/* True: a passphrase is wanted for it; whose: of which key (borrowed). */
bool reader_page_is_locked(const reader_page *page, const char **whose_out, bool *is_wrong_out);
void reader_page_unlock(reader_page *page, const char *passphrase);
