/* SPDX-License-Identifier: MIT */
/* What rules did to mail on arrival: kept for a while, shown, and taken back one by one. */
#pragma once
#include "core/store.h"

/* One rule and one message. */
struct rules_deed {
    const char *rule;
    int64_t placement_id, from_folder_id, to_folder_id /* 0: not moved */;
    unsigned flags;    /* that were set */
    const char *words; /* "+set" of keywords, ' ' between; NULL: none */
    bool is_quiet;     /* nobody was told */
    const char *fault; /* what could not be done; NULL: nothing */
};
bool rules_log_add(store *store, const struct rules_deed *deed, GError **error);

struct rules_log_row {
    int64_t id, when_utc, placement_id, account_id;
    char *rule, *subject, *sender;
    char *what; /* in words: "moved to Lists, tagged dev" */
    bool is_undone;
};
/* Of struct rules_log_row*, newest first, freed with the array; rule NULL: all. */
GPtrArray *rules_log_read(store *store, const char *rule, int limit, GError **error);
/* The message is as it would be without the rule, where it still is as the rule left it; an action of the person's, which u takes back. False without
 * error: there was nothing left to take back. */
bool rules_log_undo(store *store, int64_t id, GError **error);
