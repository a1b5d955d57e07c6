/* SPDX-License-Identifier: MIT */
/* Parts of messages on their way into files: fetched if they are not here, taken apart and written on the loader's thread, never over another file unasked.
 * The screen goes on meanwhile. UI thread only. */
#pragma once
#include "core/message.h"
#include "core/store_message.h"
#include "ui/app.h"

typedef struct part_jobs part_jobs;
part_jobs *part_jobs_new(app *app);
void part_jobs_free(part_jobs *jobs); /* what is under way is given up */
void part_jobs_event(part_jobs *jobs, const struct event *event);

/* A name from a mail as a file's: no folder in it, no dot before it. Caller frees. */
char *part_job_name(const struct message_part *part, int number);
/* path: a file, or a folder the name is put into. Asks if there is such a file. */
void part_jobs_save(part_jobs *jobs, const struct placement *row, const struct message_part *part, int number, const char *path);
/* Of struct message_part*, borrowed; a name that is taken gets a number. */
void part_jobs_save_all(part_jobs *jobs, const struct placement *row, GPtrArray *parts, const char *folder);
/* Into a private file, and from there into the program for its type. */
void part_jobs_open(part_jobs *jobs, const struct placement *row, const struct message_part *part, int number);
