/* SPDX-License-Identifier: MIT */
/* Long work on the store off the UI thread: a thread with its own connection takes one job after the other, and the result comes back as an event.
 *
 * One thread (the UI's) asks, takes and cancels; the work runs on the query's own thread and touches nothing but its data and the store it is given. */
#pragma once
#include "core/event.h"
#include "core/store.h"

typedef struct query query;
/* db: the query thread's own; NULL when the store cannot be opened. A cancelled job's statements end with an error: it just returns. */
typedef void query_work(store *db, void *data);

query *query_new(const char *name /* of the thread */, const char *store_path /* NULL: the usual one */, enum store_role role,
                 event_queue *events /* borrowed */);
void query_finish(query *self); /* waits until all that was asked is done; nothing may be asked after it */
void query_free(query *self);   /* cancels all and waits for the thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(query, query_free)

/* The job's id, different from those of all other queries. When it is done, EVENT_QUERY_DONE with item = id is posted. The thread starts with the first. */
int64_t query_run(query *self, query_work *work, void *data /* taken */, GDestroyNotify data_free);
/* The data of a job that is done, the caller's again. NULL: cancelled, not done yet, or another query's. */
void *query_take(query *self, int64_t id);
/* It ends soon where it uses the store, which fails for it from now on; it is done then like any other. */
void query_interrupt(query *self, int64_t id);
/* Nobody wants it any more: no event, and its data is freed. One that runs is interrupted where it reads the store. */
void query_cancel(query *self, int64_t id);
