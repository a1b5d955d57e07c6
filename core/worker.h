/* SPDX-License-Identifier: MIT */
/* A thread that sleeps only where it can be woken and stopped: the loop every background thread shares. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct worker worker;
/* Starts main(self, data) on a new thread. */
worker *worker_start(const char *name, void (*main)(worker *self, void *data), void *data);
/* Any thread: the worker's next wait ends at once. */
void worker_wake(worker *self);
/* Any thread: the same, and what it waits for on the network must come within seconds (net_context.hurry_fd). */
void worker_hurry(worker *self);
/* Asks it to end (its cancel fd becomes readable); worker_free also waits for it. */
void worker_stop(worker *self);
void worker_join_within(worker *self, int timeout_ms); /* the same, but stops it after that time */
void worker_join(worker *self);                        /* waits until main returns by itself */
void worker_free(worker *self);
const char *worker_name(const worker *self);

/* --- on the worker's own thread --- */
bool worker_is_stopping(const worker *self);
int worker_cancel_fd(const worker *self); /* for net_context: readable = stop */
int worker_wake_fd(const worker *self);
int worker_hurry_fd(const worker *self);
void worker_clear_wake(worker *self); /* what woke it is being looked at now */
/* Until woken, stopped, or timeout_ms (-1: for ever); other_fd (-1: none) ends it too. */
void worker_wait(worker *self, int other_fd, int timeout_ms);
