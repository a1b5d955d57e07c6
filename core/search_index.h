/* SPDX-License-Identifier: MIT */
/* The full-text index: search.db beside the store's mail.db, made from it and from the messages on this disk, and made anew when it is lost or damaged.
 * A file of its own, so that writing it never holds the store's lock. See doc/decisions/0007.
 *
 * Every message has a docid that orders by its date (and within a second by arrival): FTS5 gives the newest matches first without sorting. */
#pragma once
#include "core/store.h"

/* --- reading: `search` is attached to a store's connection --- */
/* Makes the file if there is none; attaches it once. False: it cannot be read. */
bool search_index_attach(store *store, GError **error);
/* It is damaged: it is emptied when it is opened next, and filled again by the indexer. */
void search_index_discard(store *store);
#define SEARCH_DOCID_SECOND 16              /* docids of one second; more messages of it go into the next ones */
int64_t search_index_docid_at(int64_t utc); /* the least docid of that second; any utc */

/* --- writing: one thread --- */
typedef struct search_index search_index;
search_index *search_index_open(store *store /* borrowed for the call */, GError **error);
void search_index_close(search_index *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(search_index, search_index_close)

/* What is looked for in a message: raw text, folded by the index. NULL: none. */
struct search_text {
    int64_t message_id;
    int64_t date_utc;
    const char *subject, *from_name, *from_address, *recipients, *cc, *list_id; /* as in the store: they never change */
    const char *attachments; /* names, ' ' separated; NULL: not known, those that are indexed stay */
    const char *body;        /* the same */
    bool is_body_wanted;     /* it has not been looked for yet: search_index_wanted will name it */
};
bool search_index_begin(search_index *self, GError **error);
bool search_index_end(search_index *self, bool is_done, GError **error); /* commits, on the disk; or rolls back */
/* Puts it in, or what changed. Within a transaction cheapest in ascending date_utc. */
bool search_index_put(search_index *self, const struct search_text *text, GError **error);
/* The header as it was put in. Not there: true. */
bool search_index_remove(search_index *self, const struct search_text *text, GError **error);
bool search_index_give_up(search_index *self, int64_t message_id, GError **error); /* its body is not wanted any more */
/* All messages up to this id are in it, as of the last look, which every transaction is. */
int64_t search_index_last(const search_index *self);
void search_index_look(search_index *self);
bool search_index_set_last(search_index *self, int64_t message_id, GError **error);
/* Of int64_t: messages whose body was not looked for yet, newest first. */
GArray *search_index_wanted(search_index *self, int limit, GError **error);
