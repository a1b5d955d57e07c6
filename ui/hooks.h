/* SPDX-License-Identifier: MIT */
/* Programs of a person's own that hear what happens: JSON on their standard input. Which ones: the options hook-… */
#pragma once
#include "ui/app.h"

typedef struct hooks hooks;
hooks *hooks_new(app *app);
void hooks_free(hooks *hooks);
void hooks_event(hooks *hooks, const struct event *event);
void hooks_tick(hooks *hooks, int64_t now_ms); /* starts what waits, and hears who has ended; each turn of the loop */
bool hooks_is_busy(const hooks *hooks);        /* something runs: the loop looks again soon */
void hooks_tell(hooks *hooks, const char *event /* "start", "quit" */);

/* Asks the program before-send, if there is one, whether a message may go. False: there is none, and done is not called. done comes in a later turn:
 * words (NULL: it may go) say why not. */
typedef void hooks_answer(app *app, void *data, const char *words);
bool hooks_ask_before_send(hooks *hooks, const struct draft *draft, hooks_answer *done, void *data);
