/* SPDX-License-Identifier: MIT */
/* A setting that was changed inside: what it changes at once. */
#pragma once
#include "ui/app.h"

/* The file has it already. True: it counts from now on; false: at the next start. */
bool settings_apply(app *app, const char *name, const char *value);
