/* SPDX-License-Identifier: MIT */
/* All that can be set, with its help, to be changed where it stands; and all keys. */
#pragma once
#include "ui/command.h"

void cmd_settings(app *app, view *view);
void cmd_settings_edit(app *app, view *view);
void cmd_settings_reset(app *app, view *view);
void cmd_settings_find(app *app, view *view);
void cmd_keys(app *app, view *view); /* view_keys.c */
