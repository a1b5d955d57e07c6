/* SPDX-License-Identifier: MIT */
/* Telling a sender who asks for it that their message was read; and asking for that oneself. */
#pragma once
#include "core/store_message.h"
#include "ui/app.h"
#include "ui/view.h"

void cmd_receipt(app *app, view *view);
void cmd_composer_receipt(app *app, view *view);
/* A person's own mail, and junk, is never answered so. *why_out (may be NULL): why not, in words; static. */
bool receipt_may_be_told(app *app, const struct placement *about, const char **why_out);
