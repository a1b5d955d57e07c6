/* SPDX-License-Identifier: MIT */
/* What a composer wants done with files, which may be large or far away: on a thread of its own, one after the other, while the composer stays open. */
#pragma once
#include "ui/composer_private.h"
#include <stdatomic.h>

struct composer_errand {
    char *title;    /* in the list of what is under way; taken */
    bool is_needed; /* the message is not sent before it is done */
    /* On the thread: touches data and the counters only. */
    void (*work)(struct composer_errand *self);
    /* On the UI's thread, while the composer is open; false: something is wrong and was said, the message does not go by itself. */
    bool (*finish)(struct composer *composer, struct composer_errand *self);
    void *data;
    GDestroyNotify data_free;
    unsigned total;
    atomic_uint done;         /* of total */
    atomic_bool is_cancelled; /* the work looks now and then */
};

/* Copied; title and data are taken. */
void composer_errand_start(struct composer *composer, const struct composer_errand *wish);
bool composer_is_waiting(const struct composer *composer); /* for something that is needed before it can be sent */
void composer_errand_tick(struct composer *composer);
bool composer_errand_event(struct composer *composer, const struct event *news); /* true: it was ours; the composer may be gone */
void composer_errands_free(struct composer *composer);                           /* what is under way is given up */
/* A job of status_jobs(). False: it is none of ours. */
bool composer_errand_cancel(app *app, int64_t job);
