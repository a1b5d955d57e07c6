/* SPDX-License-Identifier: MIT */
/* A time in a person's own words: asked for, shown as it is understood while it is typed, and told where it is not. */
#pragma once
#include "ui/app.h"

/* answer gets the words; NULL: Esc. */
void time_ask(app *app, const char *label, app_answer *answer, void *data, GDestroyNotify data_free);
/* What was typed before stands there, and what is wrong with it above. */
void time_ask_again(app *app, const char *label, const char *before, const char *why, app_answer *answer, void *data,
                    GDestroyNotify data_free);
/* False: the person is told what is wrong. */
bool time_understood(app *app, const char *words, int64_t *at_utc_out);
