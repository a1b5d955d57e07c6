/* SPDX-License-Identifier: MIT */
/* Commands that act on messages: file, flag, mark, save. */
#pragma once
#include "ui/command.h"

void cmd_archive(app *app, view *view);
void cmd_delete(app *app, view *view);
void cmd_move(app *app, view *view);
void cmd_copy(app *app, view *view);
void cmd_flag(app *app, view *view);
void cmd_fetch_rest(app *app, view *view);
void cmd_toggle_unread(app *app, view *view);
void cmd_mark(app *app, view *view);
void cmd_mark_pattern(app *app, view *view);
void cmd_unmark(app *app, view *view);
void cmd_save(app *app, view *view);
void cmd_save_all(app *app, view *view);
void cmd_open_attachment(app *app, view *view);
void cmd_open_link(app *app, view *view);
void cmd_pipe(app *app, view *view);
void cmd_charset(app *app, view *view); /* ui/cmd_reader.c */
void cmd_print(app *app, view *view);
void cmd_print_tick(app *app, int64_t now_ms); /* each second: what became of what was given to the printer */
void cmd_find(app *app, view *view);
