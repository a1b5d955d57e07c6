/* SPDX-License-Identifier: MIT */
/* Commands that find mail. */
#pragma once
#include "ui/command.h"

void cmd_filter(app *app, view *view);
void cmd_search(app *app, view *view);
void cmd_search_save(app *app, view *view);
void cmd_search_remove(app *app, view *view);
