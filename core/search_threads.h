/* SPDX-License-Identifier: MIT */
/* What a filter finds in a list, in the form of the list: messages, or the conversations that have one. Not for the UI thread (core/query). */
#pragma once
#include "core/search.h"

/* As search_read, in the query's folders (none: everywhere). In WINDOW_THREADS the newest message that is found stands for its conversation, which comes
 * once; rows have its counts then. The query's order is not looked at: what is found comes newest first. */
GPtrArray *search_read_list(store *store, const struct window_query *query, const char *text, bool is_typed, const GArray *found /* as in
                            search_request */
                            ,
                            struct query_spot *spot_out, GError **error);
