/* SPDX-License-Identifier: MIT */
/* Commands of the program: moving about, panes, help, undo, quit. */
#pragma once
#include "ui/command.h"

void cmd_open(app *app, view *view);
void cmd_back(app *app, view *view);
void cmd_quit(app *app, view *view);
void cmd_redraw(app *app, view *view);
void cmd_suspend(app *app, view *view);
void cmd_palette(app *app, view *view);
void cmd_help(app *app, view *view);
void cmd_activity(app *app, view *view);
void cmd_check(app *app, view *view); /* view_check.c */
void cmd_add_account(app *app, view *view);
void cmd_sync(app *app, view *view);
void cmd_undo(app *app, view *view);
void cmd_redo(app *app, view *view);
void cmd_move_down(app *app, view *view);
void cmd_move_up(app *app, view *view);
void cmd_page_down(app *app, view *view);
void cmd_page_up(app *app, view *view);
void cmd_half_down(app *app, view *view);
void cmd_half_up(app *app, view *view);
void cmd_top(app *app, view *view);
void cmd_bottom(app *app, view *view);
void cmd_next(app *app, view *view);
void cmd_previous(app *app, view *view);
void cmd_next_unread(app *app, view *view);
void cmd_read_on(app *app, view *view);
void cmd_expand(app *app, view *view);
void cmd_collapse(app *app, view *view);
void cmd_fold(app *app, view *view);
void cmd_fold_open(app *app, view *view);
void cmd_fold_close(app *app, view *view);
void cmd_headers(app *app, view *view);
void cmd_view(app *app, view *view);
void cmd_source(app *app, view *view);
void cmd_focus_next(app *app, view *view);
