/* SPDX-License-Identifier: MIT */
/* Pictures in the reader: drawn by a key; those that lie elsewhere are fetched only where somebody said so. */
#pragma once
#include "ui/view.h"

void cmd_colors(app *app, view *base);
void cmd_pictures(app *app, view *view);
