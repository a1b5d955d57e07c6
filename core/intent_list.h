/* SPDX-License-Identifier: MIT */
/* The queue as a person sees it, for the activity view. */
#pragma once
#include "core/intent.h"

/* What one action does in one folder, or what was refused. */
struct intent_line {
    int64_t id; /* of its first row; of the failure */
    int64_t account_id;
    enum intent_state state;
    bool is_over;      /* refused and taken back: only to be seen */
    bool is_only_here; /* a message that exists nowhere else: discarding it loses it */
    int64_t count;     /* messages */
    int64_t since_utc; /* 0: not known */
    int64_t not_before_utc;
    int attempts;
    int64_t placement_id, folder_id;
    char *words; /* "Move 3 messages from Inbox to Archive" */
    char *error; /* the server's last words; NULL: none */
};
/* What was refused, newest first, then what waits, oldest first; at most limit of each. Freed with the array. */
GPtrArray *intent_lines(store *store, int limit, GError **error);
int64_t intent_failures(store *store); /* how many nobody has seen yet */
bool intent_failure_seen(store *store, int64_t id, GError **error);
/* What waits for a better time, or was given up, is due at once; wake the engine. */
bool intent_retry_now(store *store, int64_t account_id, GError **error);
/* Those messages that were refused a place on the server (a copy in Sent, a draft) and are kept here only; each is looked for there before. */
bool intent_retry_appends(store *store, int64_t account_id, GError **error);
/* All rows of the line go, and what they did is as it was before. False, and nothing is changed, where a server is just doing it. */
bool intent_discard(store *store, int64_t first_id, GError **error);
