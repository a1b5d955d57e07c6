/* SPDX-License-Identifier: MIT */
/* Between the workers of an IMAP account: a connection that is kept, what is done for the screen, and what is done besides. */
#pragma once
#include "core/hole_hunt.h"
#include "core/imap_session_private.h"
#include "core/sync_bodies.h"

/* --- imap_lane.c --- */
typedef bool imap_step(imap_session *self, void *state, GError **error);
/* Until the thread is stopped: a connection, and step after step over it. */
void imap_lane_run(engine_account *account, enum lane lane, worker *thread, imap_step *step, void *state);
/* Some command was answered with "not so fast": what it was for is done again later, and nothing is asked until then. */
bool imap_lane_is_throttled(imap_session *self, GError **error);

/* --- imap_screen.c --- */
bool imap_screen_serve(imap_session *self, GError **error); /* what somebody wants to read */
bool imap_screen_has_wish(imap_session *self);
/* The folder on the screen is as the server has it. Not yet, after its newest page: *is_done_out false. */
bool imap_screen_follow(imap_session *self, bool *is_done_out, GError **error);
/* The same of any folder. False with *is_refused_out: the server does not open it, the connection is fine. */
bool imap_screen_follow_folder(imap_session *self, const struct folder *shown, bool *is_done_out, bool *is_refused_out, GError **error);
bool imap_screen_idle(imap_session *self, int most_ms, GError **error);

/* --- imap_watch.c: news of further folders, one connection each, where the server does not tell of all (RFC 5465) --- */
/* background is about to rest: which folders are worth a connection just now. recent: those that changed last, newest first. */
void imap_watch_assign(imap_session *background, const int64_t *recent, size_t count, int64_t rested_on);
/* The server lets in no more: those connections go first. False: there were none. */
bool imap_watch_yield(engine_account *account);

/* --- imap_background.c --- */
#define RECENT_MAX 8
struct background {
    int64_t listed_at, polled_at, evicted_at; /* monotonic seconds; 0: never */
    int64_t glanced_ms, glance_cost_ms; /* when it was last looked which folders there are (monotonic; 0: never), and how long that took */
    int64_t sized_at, sized_after; /* when it was asked how much is in the folders (monotonic seconds), and of which one last; 0: of all */
    bool are_sizes_old;            /* something changed since */
    unsigned sync_wishes;
    GPtrArray *queue;  /* of struct folder*: to be compared, the most wanted last */
    int64_t folder_id; /* being backfilled; 0: none */
    GArray *missing;
    GArray *waiting; /* what waited there for its number when it was compared (core/store_verify.h) */
    hole_hunt *hunt; /* for what was asked for and did not come; NULL: not begun, or nothing lacks */
    int64_t job, total;
    uint32_t uidnext; /* as told when it was opened for the comparison: opened again later, it may stand for more than was compared */
    uint64_t highestmodseq;
    guint folders;              /* that the last poll asked about */
    unsigned replays;           /* imap_session.replays when it was compared */
    unsigned opened;            /* the connection the above belongs to */
    int64_t recent[RECENT_MAX]; /* where something happened last, besides INBOX, newest first; 0: nowhere yet */
    bool is_once;               /* nobody looks at counts: what is first of all need not wait for them */
    bool is_inbox_first;        /* before the poll */
    sync_bodies *bodies;
    int64_t shown_id; /* one connection for both: the folder that was last brought to the screen */
};
void imap_background_clear(struct background *self);
/* A portion of what there is to do. */
bool imap_background_work(imap_session *self, struct background *state, unsigned wishes, bool *is_idle_out, GError **error);
bool imap_background_is_done(const struct background *state, bool is_idle);
/* Nothing to do: until woken, told, or the next poll. */
bool imap_background_rest(imap_session *self, struct background *state, GError **error);
/* Until the next poll, or the next retry that falls due. */
int imap_background_rest_ms(const imap_session *self, const struct background *state);
/* The cache is kept within its size, now and then. */
void imap_background_evict(imap_session *self, struct background *state);
