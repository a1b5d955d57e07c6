/* SPDX-License-Identifier: MIT */
/* Telling a person of new mail: the bell, the terminal's own notifications, the desktop's; as the settings say. */
#pragma once
#include "core/event.h"
#include "ui/app.h"

void news_event(app *app, const struct event *event);     /* remembers EVENT_NEWS */
bool news_is_wanted(app *app, const struct event *event); /* whether a person is to hear of this EVENT_NEWS, or EVENT_MESSAGE_ARRIVED */
void news_tell(app *app);                                 /* once a turn: a hundred messages are one ring */
/* The words that make a terminal of this TERM show a notification; NULL: it has none. Both texts are clean already. Caller frees. For the test. */
char *news_sequence(const char *term, bool is_vte, const char *title, const char *body);
