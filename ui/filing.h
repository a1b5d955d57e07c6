/* SPDX-License-Identifier: MIT */
/* What a person changes in the store: a little at once, much (or while another writer has the store) on a thread, one after the other. */
#pragma once
#include "ui/app.h"

struct filing {
    /* Once, on the UI thread or the filing thread: touches its data and db only. */
    bool (*apply)(store *db, void *data, GError **error);
    /* UI thread. is_done false: error says why (NULL: nothing was to be done). */
    void (*done)(app *app, void *data, bool is_done, const GError *error);
    GDestroyNotify data_free;
    void *data;
    size_t count;  /* messages */
    bool is_quiet; /* that it waits for the store is not told */
};
void filing_start(app *app, const struct filing *filing /* copied; data is taken */);
/* One row, one step of the store: at once, or quietly when it is free. */
struct filing_step {
    bool (*apply)(store *db, struct filing_step *step, GError **error);
    void (*done)(app *app, const struct filing_step *step, bool is_done, const GError *error); /* NULL: only what went wrong is told */
    int64_t id, number;
    const char *text, *more; /* copied; NULL */
    int64_t made;            /* for apply to tell done */
};
void filing_step_start(app *app, const struct filing_step *step /* copied */);
bool filing_is_busy(const app *app); /* something is being filed on the thread: what comes now comes after it */
/* A job of status_jobs(). True: it is one of ours and ends soon; undo takes back what was done of it. */
bool filing_cancel(app *app, int64_t job);
void filing_tick(app *app); /* every second: the list shows how far it is */
void filing_event(app *app, const struct event *event);
