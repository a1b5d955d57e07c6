/* SPDX-License-Identifier: MIT */
/* See outbox_clock.h. */
#include "core/outbox_clock.h"
#include "core/outbox_private.h"

enum { NEAR_S = 2 }; /* what was set while the clock was set may be one or the other */

/* What was set by the clock as it was before. */
static bool shift(store *db, int64_t jump_s, int64_t now, GError **error)
{
    return store_run(db, error,
                     "UPDATE outbox SET not_before_utc = not_before_utc + ?1, set_utc = set_utc + ?1 WHERE state = ?2 AND set_utc > 0"
                     " AND CASE WHEN ?1 > 0 THEN set_utc <= ?3 - ?1 + ?4 ELSE set_utc > ?3 + ?4 END",
                     NUM(jump_s), NUM(OUTBOX_QUEUED), NUM(now), NUM(NEAR_S));
}

static bool begin_anew(store *db, int64_t now, GError **error)
{
    return store_run(db, error,
                     "UPDATE outbox SET not_before_utc = ?1 + max(not_before_utc - set_utc, 0), set_utc = ?1"
                     " WHERE state = ?2 AND set_utc > ?1 + ?3",
                     NUM(now), NUM(OUTBOX_QUEUED), NUM(NEAR_S));
}

bool outbox_follow_clock(store *db, int64_t jump_s, GError **error)
{
    int64_t now = store_now_utc(), ahead = 0;
    if (!store_number(db, &ahead, error, "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = ? AND set_utc > ?)", NUM(OUTBOX_QUEUED),
                      NUM(now + NEAR_S)))
        return false;
    if (ahead == 0 && jump_s <= 0)
        return true; /* as nearly always: nothing is written */
    if (!store_begin_durable(db, error))
        return false;
    return store_end(db, (jump_s == 0 || shift(db, jump_s, now, error)) && begin_anew(db, now, error), error);
}
