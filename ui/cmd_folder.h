/* SPDX-License-Identifier: MIT */
/* Commands that go to folders. */
#pragma once
#include "ui/command.h"

void cmd_folders(app *app, view *view);
void cmd_go_inbox(app *app, view *view);
void cmd_go_sent(app *app, view *view);
void cmd_go_drafts(app *app, view *view);
void cmd_go_archive(app *app, view *view);
void cmd_go_trash(app *app, view *view);
void cmd_go_junk(app *app, view *view);
void cmd_go_all_inboxes(app *app, view *view);
void cmd_go_all_drafts(app *app, view *view);
void cmd_go_all_sent(app *app, view *view);
void cmd_go_all_archives(app *app, view *view);
void cmd_go_folder(app *app, view *view);
void cmd_folder_read(app *app, view *view);
void cmd_folder_create(app *app, view *view);
void cmd_folder_rename(app *app, view *view);
void cmd_folder_delete(app *app, view *view);
/* --- ui/cmd_folder_list.c --- */
void cmd_folder_filter(app *app, view *view);
void cmd_folder_details(app *app, view *view);
/* --- ui/cmd_folder_change.c --- */
void cmd_folder_subscribe(app *app, view *view);
void cmd_folder_notify(app *app, view *view);
void cmd_folder_role(app *app, view *view);
void cmd_folders_subscribed(app *app, view *view);
