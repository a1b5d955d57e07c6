/* SPDX-License-Identifier: MIT */
/* The filing rules on the screen. */
#pragma once
#include "ui/app.h"

void view_rules_push(app *app);
/* Asks for a new rule, whose name and query begin with these; match may be NULL. */
void view_rules_make(app *app, const char *name, const char *match);
/* On the rule under the cursor of that view. */
void cmd_rule_edit(app *app, view *view);
void cmd_rule_switch(app *app, view *view);
void cmd_rule_add(app *app, view *view);
void cmd_rule_remove(app *app, view *view);
void cmd_rule_up(app *app, view *view);
void cmd_rule_down(app *app, view *view);
