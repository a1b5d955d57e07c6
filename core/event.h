/* SPDX-License-Identifier: MIT */
/* What workers tell the screen: small facts with ids, on one merging queue with an eventfd. Posting never blocks. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum event_type {
    EVENT_FOLDERS_CHANGED, /* account: list, names, roles or counts */
    EVENT_FOLDER_CHANGED,  /* folder: its rows */
    EVENT_MESSAGE_ARRIVED, /* folder, item = message: new mail, for notifications */
    EVENT_NEWS,            /* account, folder, item = placement; state = enum news_kind: new mail, once each, after the rules */
    EVENT_BODY_AVAILABLE,  /* item = placement; text = section for a single part, NULL for the message */
    EVENT_BODY_FAILED,     /* item = placement; text = why */
    EVENT_CONNECTION,      /* account; state = enum connection_state; text = why, in words; not merged away: the last one counts */
    EVENT_PROGRESS,        /* item = job; done, total; text = title; state = enum job_state */
    EVENT_INTENT_FAILED,   /* account, item = intent; text = what was taken back and the server's own words */
    EVENT_OUTBOX_CHANGED,  /* item = outbox row */
    EVENT_QUESTION,        /* item = question id: see core/question.h */
    EVENT_SETUP_STEP,      /* item = candidate or row; state = enum setup_state; text = words */
    EVENT_SETUP_DONE,      /* state != 0: worked; text = why not */
    EVENT_NOTICE,          /* account; text: an [ALERT] or similar: show it; state != 0: it is to be read in any case */
    EVENT_QUERY_DONE,      /* item = query id */
    EVENT_INDEX_CHANGED,   /* more mail is found by its words than before */
    EVENT_CHECK,           /* item = id of a check_run; state != 0: it has ended */
    /* A sign-in waits for a browser. text: a link to be opened on this computer, or, on any device, a link, '\n' and a code. state != 0: an account's
     * (account), to be shown where no browser can be opened; 0: the wizard's, which shows it itself. */
    EVENT_VISIT,
    EVENT_INVITATION_CHANGED, /* what was answered or written into the calendar is another now */
    EVENT_SERVER_SEARCH,      /* item = search: it found more, or is over (core/server_search) */
    EVENT_ALONE,              /* the other postern, which talked to the servers, has ended: engine_wake() takes its place */
};
enum connection_state {
    CONNECTION_OFFLINE,
    CONNECTION_FOLLOWING, /* another process talks to the servers */
    CONNECTION_CONNECTING,
    CONNECTION_ONLINE,
    CONNECTION_SLOW,
    CONNECTION_WAITING /* backoff */,
    CONNECTION_NEEDS_PERSON
};
enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };

struct event {
    enum event_type type;
    int state;
    int64_t account, folder, item;
    int64_t done, total;
    char *text; /* owned */
};
void event_free(struct event *event);

typedef struct event_queue event_queue;
event_queue *event_queue_new(void);
void event_queue_free(event_queue *queue);
int event_queue_fd(const event_queue *queue); /* readable while something waits */
/* Any thread. text is copied. An equal event that still waits (same type and ids) is replaced by this one, so a flood stays small. */
void event_post(event_queue *queue, const struct event *event);
/* The oldest, or NULL. Clears the fd when it was the last. Caller frees with event_free. */
struct event *event_take(event_queue *queue);
