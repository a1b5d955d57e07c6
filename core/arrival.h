/* SPDX-License-Identifier: MIT */
/* What has to be done when mail arrives in an inbox: rules, muted conversations, who is told. Each message once: it waits in a table from the transaction that
 * made its row until the one in which all of this is done. Only what arrives: not what was there when a mailbox was first seen, not what comes back. */
#pragma once
#include "core/store.h"

enum news_kind {
    NEWS_KEPT_QUIET, /* new mail that nobody is to be disturbed for: by a rule, filed away, read already, muted */
    NEWS_WANTED,     /* new mail that a person wants to hear of */
    NEWS_RETURNED    /* put off, and back: a person wants to hear of it, but it is no new mail */
};

/* What happens outside the store; any may be NULL. On the thread that calls arrival_run(). */
struct arrival_hooks {
    void *data;
    void (*changed)(void *data, int64_t account_id, int64_t folder_id);
    void (*tell)(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id, enum news_kind news);
    void (*want_text)(void *data, int64_t account_id, int64_t placement_id); /* a rule asks for the text: fetch it */
    bool (*is_stopping)(void *data);                                         /* what is not done yet waits */
    void (*notice)(void *data, const char *words);                           /* a rule that cannot be used */
};
struct arrival_result {
    bool has_intents; /* something is to be done on a server now */
    bool is_waiting;  /* for texts */
    int64_t next_utc; /* when somebody has to look again; 0: only at the next arrival */
};
/* All that waits, and the mail that comes back at a time (core/snooze). account_id 0: of all accounts. */
bool arrival_run(store *store, int64_t account_id, const struct arrival_hooks *hooks, struct arrival_result *out, GError **error);
bool arrival_is_pending(store *store);
bool arrival_awaits(store *store, int64_t placement_id); /* the rules have not seen this one yet */
/* A message that came into a local folder, inside the transaction that made its row; does nothing for other folders than an inbox, or one that a rule
 * asks for. */
bool arrival_note(store *store, int64_t placement_id, GError **error);
