/* SPDX-License-Identifier: MIT */
/* Commands for signed and encrypted mail. */
#pragma once
#include "ui/command.h"

void cmd_unlock(app *app, view *view);
void cmd_import_key(app *app, view *view); /* ui/cmd_import_key.c */
