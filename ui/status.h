/* SPDX-License-Identifier: MIT */
/* The three lines around the panes: where I am (header), what just happened (status), what I may press (hints). */
#pragma once
#include "core/event.h"
#include "ui/canvas.h"
#include "ui/command.h"

typedef struct status status;
status *status_new(app *app);
void status_free(status *status);
void status_say(status *status, const char *text, bool is_error);
/* What went wrong by itself, while the person may have been typing something else: it stands there whenever nothing else is said, until a key comes after it
 * could be read. */
void status_tell(status *status, const char *error);
void status_keep_brief(status *status);   /* what was said last goes with the next key, as errors do */
void status_forget_brief(status *status); /* a key was pressed */
void status_event(status *status, const struct event *event);
void status_touch(status *status);
bool status_is_dirty(const status *status);
void status_tick(status *status, int64_t now_ms);
void status_draw(status *status);
/* The command whose hint is drawn in this column of the hint bar; NULL: none. For the mouse. */
const struct command *status_hint_at(const status *status, int column);
/* Jobs under way, for the activity view: id, title, done, total. */
struct status_job {
    int64_t id, account, done, total;
    char *title;
};
/* Of struct status_job*, borrowed until the next event; caller frees the array. */
GPtrArray *status_jobs(const status *status);
/* As much of a title ("Work ▸ INBOX: headers") as there is room for: without the account first, then without its end. Caller frees. */
char *status_job_title(const struct status_job *job, int room);
