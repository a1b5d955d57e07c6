/* SPDX-License-Identifier: MIT */
/* Commands that say what of the network may be used, and the memory of what was said. */
#pragma once
#include "ui/app.h"
#include "ui/command.h"

void cmd_online(app *app, view *view);
void cmd_metered(app *app, view *view);
void cmd_account_online(app *app, view *view);
/* Before the engine starts: as it was left. is_offline: this run begins offline, whatever was said last. */
void online_restore(app *app, bool is_offline);
