/* SPDX-License-Identifier: MIT */
/* The panes as somebody wants them: how many, and where the lines between them are; by key, by mouse, remembered. */
#pragma once
#include "ui/app.h"

void divider_restore(app *app);                      /* as they were left */
bool divider_mouse(app *app, const struct key *key); /* true: it was about a line */
void cmd_layout(app *app, view *view);
void cmd_divider_left(app *app, view *view);
void cmd_divider_right(app *app, view *view);
