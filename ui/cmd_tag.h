/* SPDX-License-Identifier: MIT */
/* Commands on tags, important people, muted conversations, mail that comes back at a time, and rules. */
#pragma once
#include "ui/command.h"

void cmd_tag(app *app, view *view);
void cmd_vip(app *app, view *view);
void cmd_vip_keep_search(app *app); /* "From VIPs" in the folder list is a kept search like any other: as they are now */
void cmd_mute(app *app, view *view);
void cmd_snooze(app *app, view *view);
void cmd_rules(app *app, view *view);
void cmd_rule_from_message(app *app, view *view);
