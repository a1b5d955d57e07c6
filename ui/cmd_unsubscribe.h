/* SPDX-License-Identifier: MIT */
/* Leaving a mailing list: asked first, then by one click (RFC 8058), by a message, or on the list's page. */
#pragma once
#include "core/event.h"
#include "ui/command.h"

void cmd_unsubscribe(app *app, view *view);
void unsubscribe_event(app *app, const struct event *event); /* what came of the click */
void unsubscribe_free(app *app);                             /* gives up what is under way */
