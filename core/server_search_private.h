/* SPDX-License-Identifier: MIT */
/* A search on the servers: what the screen's thread and the accounts' workers share, and the part of a worker. */
#pragma once
#include "core/imap_session_private.h"
#include "core/server_search.h"

/* What is known of one account's part. */
struct server_search_part {
    int64_t account_id;
    bool is_over;
    int done, total; /* folders */
    char *words;     /* a refusal, in the server's words; NULL: none */
};
/* Under the engine's mutex. */
struct server_search {
    int64_t id;
    char *text;
    int64_t folder_id, first_folder_id, begun_utc;
    GArray *found;   /* of int64_t, message ids */
    GHashTable *had; /* the same, to be looked up */
    bool has_more;
    GPtrArray *parts; /* of struct server_search_part* */
};
void server_search_free(struct server_search *search);

/* --- a worker --- */
/* There is something to do for this connection, and the folder on the screen was followed not long ago. */
bool server_search_is_due(imap_session *session);
bool server_search_is_pending(imap_session *session); /* the first half of that */
/* One question, short enough that a message to be opened need not wait. False: the connection broke; it goes on behind the next one. */
bool server_search_step(imap_session *session, GError **error);
void server_search_note_followed(imap_session *session);
void server_search_run_free(struct server_search_run *run);
