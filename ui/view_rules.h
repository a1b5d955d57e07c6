/* SPDX-License-Identifier: MIT */
/* The filing rules on the screen. */
#pragma once
#include "ui/app.h"

void view_rules_push(app *app);
/* Asks for a new rule, whose name and query begin with these; match may be NULL. */
void view_rules_make(app *app, const char *name, const char *match);
