/* SPDX-License-Identifier: MIT */
/* Something a person waits for on the filing thread, behind a line that says so: keys are answered, and do nothing meanwhile. It is done also when the
 * program ends first. */
#pragma once
#include "core/store.h"
#include "ui/app.h"

struct working {
    void (*work)(store *db, void *data); /* db: the thread's own; NULL: it cannot be opened */
    void (*done)(app *app, void *data);  /* UI thread; not called when the program ends first */
    GDestroyNotify data_free;
    void *data;
    GError **why; /* in the data: where work says what went wrong; NULL: it cannot be held up */
};
/* is_small: at once, with the screen's own store, unless somebody else is writing just then. The data is taken. */
void view_working(app *app, const struct working *working /* copied */, bool is_small);
