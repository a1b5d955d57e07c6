/* SPDX-License-Identifier: MIT */
/* A draft under way in the account's Drafts, a version from time to time: for other computers, and for who looks there. */
#pragma once
#include "ui/composer_private.h"

/* Now, and said where it cannot be. */
bool composer_version_put(struct composer *self, GError **error);
/* The two halves of it. The first on any thread, with a store of its own. */
struct composer_versioned {
    int64_t replaces;    /* the version before, then this one */
    const char *account; /* in whose Drafts that was; NULL: in the same */
    bool is_conflict;
};
bool composer_version_store(store *db, const char *account_id, GBytes *bytes, struct composer_versioned *version, GError **error);
void composer_version_stored(struct composer *self, const char *account_id, const char *message_id,
                             const struct composer_versioned *version);
/* If enough was written and it is quiet for a moment, or it is long ago; what cannot be now is tried again later, and is kept on this computer anyway. */
void composer_version_tick(struct composer *self, int64_t now_ms);
/* What is not there yet, because the composer goes away with postern. */
void composer_version_last(struct composer *self);
/* Thrown away: out of Drafts, and undo brings it back. */
void composer_throw(struct composer *self);
