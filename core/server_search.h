/* SPDX-License-Identifier: MIT */
/* Looking on the servers for what is not on this computer: the query of core/query_language, asked of every IMAP account, folder after folder, the most
 * likely first. What is found gets its headers fetched into the store, and comes as ids while the search goes on.
 *
 * One search at a time. UI thread; every call returns at once. EVENT_SERVER_SEARCH (item = id) says that there is news. */
#pragma once
#include "core/engine.h"

struct server_search_wish {
    const char *text;
    int64_t folder_id;       /* only there; 0: everywhere */
    int64_t first_folder_id; /* there first; 0: none */
};
/* The id, which is a job too (engine_cancel_job). It takes the place of one before. 0: error says why nothing is asked (offline, nothing to ask for). */
int64_t server_search_begin(engine *engine, const struct server_search_wish *wish, GError **error);
void server_search_end(engine *engine); /* nobody wants it any more */

struct server_search_news {
    bool is_over;
    int folders_done, folders_total;
    int64_t found;
    bool has_more; /* more was found than is shown */
    char *words;   /* what a person should know of it; NULL: nothing */
};
void server_search_news_clear(struct server_search_news *news);
/* False: this search has ended or was replaced. */
bool server_search_look(engine *engine, int64_t id, struct server_search_news *news_out);
/* Of int64_t, message ids, in the order they were found; caller frees. NULL: none, as above. */
GArray *server_search_found(engine *engine, int64_t id);

/* The same for one account on this thread, without a screen: blocks. found_out: caller frees. */
bool server_search_once(engine *engine, const char *account_id, const struct server_search_wish *wish, GArray **found_out,
                        struct server_search_news *news_out, GError **error);
/* Whether it is worth asking by itself: some of the mail that is looked through is only on a server. */
bool server_search_is_worth(store *store, int64_t folder_id);
