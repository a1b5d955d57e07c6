/* SPDX-License-Identifier: MIT */
/* Commands that say how the list is shown: its order, its conversations. */
#pragma once
#include "ui/command.h"

void cmd_order(app *app, view *view);
void cmd_order_reverse(app *app, view *view);
void cmd_threads(app *app, view *view);
void cmd_fold_all(app *app, view *view);
void cmd_open_all(app *app, view *view);
void cmd_close_all(app *app, view *view);
void cmd_thread_break(app *app, view *view);
void cmd_thread_join(app *app, view *view);
