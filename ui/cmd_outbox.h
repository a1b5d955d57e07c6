/* SPDX-License-Identifier: MIT */
/* Commands of the outbox and of the activity view: what waits, and what is done about it. */
#pragma once
#include "ui/app.h"

void cmd_outbox(app *app, view *view);
void cmd_outbox_edit(app *app, view *view);
void cmd_outbox_send(app *app, view *view);
void cmd_outbox_time(app *app, view *view);
void cmd_outbox_discard(app *app, view *view);
void cmd_activity_open(app *app, view *view);
void cmd_activity_retry(app *app, view *view);
void cmd_activity_discard(app *app, view *view);
void cmd_activity_cancel(app *app, view *view);
/* At start: what servers refused, and nobody has seen in the activity view yet. */
void activity_tell_failures(app *app);
