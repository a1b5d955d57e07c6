/* SPDX-License-Identifier: MIT */
/* Between the files of core/search: a query's words (search_match), its conditions (search_condition), the statement (search_plan). */
#pragma once
#include "core/query_language.h"
#include "core/store_private.h"

/* --- search_match.c: words → FTS5 --- */
bool search_match_can(
    const struct query_node *node); /* FTS5 can say all of it: there are words to find, and what is taken away from them */
void search_match_write(GString *out, const struct query_node *node);
void search_match_write_all(GString *out, const struct query_node *const *nodes, guint count);

/* --- search_condition.c --- */
struct search_plan {
    store *db;
    GString *sql;
    GPtrArray *values;      /* of struct store_value*; their texts are owned */
    int64_t newest, oldest; /* docids, from before: and after: */
    const char *lead_sql;   /* FROM …; NULL: all mail */
    const GArray *only;     /* as in struct search */
    GString *match;         /* of the leading words; NULL: none */
    struct query_spot *spot;
    GError *error;
};
/* "?7", and its value is kept until the statement runs. */
void search_plan_write_value(struct search_plan *plan, struct store_value value);
void search_plan_value_free(gpointer value);
void search_plan_write_ids(struct search_plan *plan, const GArray *ids /* of int64_t */);
void search_plan_write_condition(struct search_plan *plan, const struct query_node *node);
/* Of int64_t: the folders that in: names. */
GArray *search_plan_folders(struct search_plan *plan, const struct query_node *node, int64_t *total_out);

/* --- search_plan.c --- */
struct search {
    store *db;
    const struct query_node *root;
    int64_t folder_id;
    const GArray *only; /* of int64_t: only these messages; NULL: all */
    struct query_spot *spot;
};
enum search_direction { SEARCH_OLDER, SEARCH_NEWER, SEARCH_ANY_ORDER };
/* Caller finalizes; NULL: error is set. */
sqlite3_stmt *search_prepare(const struct search *self, const char *result, enum search_direction direction, int64_t oldest, int64_t newest,
                             GError **error);
