/* SPDX-License-Identifier: MIT */
/* Mail that goes away and comes back at a time. The time is a keyword on the message (postern-snooze-20261122T0800Z, UTC) and the message is in a folder
 * "Snoozed" meanwhile: so every postern of the account knows, and other programs see it out of the inbox, too. A keyword whose time is over, in the
 * inbox, says when the message came back: it stands there in the list. */
#pragma once
#include "core/store.h"

#define SNOOZE_FOLDER "Snoozed"

char *snooze_keyword(int64_t until_utc); /* caller frees */
/* The (latest) time in a list of keywords; 0: none. */
int64_t snooze_time(const char *keywords);
/* One action, which undo takes back: the number of it, 0 with error. */
int64_t snooze_set(store *store, const int64_t *placements, size_t count, int64_t until_utc, GError **error);
int64_t snooze_end(store *store, const int64_t *placements, size_t count, GError **error); /* back now */
bool snooze_is_asleep(store *store, int64_t placement_id);

/* Times a person is offered, the soonest first, each once; all still to come. Names are for _(). Returns how many. */
#define SNOOZE_CHOICES_MAX 5
struct snooze_choice {
    const char *name;
    int64_t until_utc;
};
size_t snooze_choices(int64_t now_utc, struct snooze_choice choices_out[SNOOZE_CHOICES_MAX]);

/* --- for core/arrival: on a worker --- */
/* Those that are due come back, unread, where they were; told through back (may be NULL). Those that came back on another computer stand in their place. */
bool snooze_wake_due(store *store, int64_t now_utc, void (*back)(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id),
                     void *data, GError **error);
int64_t snooze_next(store *store, int64_t now_utc); /* when the next is due; 0: none */
