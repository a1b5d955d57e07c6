/* SPDX-License-Identifier: MIT */
/* Something that goes on when a message (and, if wanted, all its parts) is on this computer: at once if it is, else after it was fetched, behind a line one can leave with Esc. */
#pragma once
#include "core/message.h"
#include "ui/app.h"

typedef void waiting_done(app *app, void *data, message *original);
/* The same for the message under the cursor, without its parts; data is its placement's id (const int64_t *). Where there is none, that is said. */
void view_waiting_for_current(app *app, waiting_done *done);
void view_waiting_for_message(app *app, int64_t placement_id, bool is_with_parts, waiting_done *done, void *data, GDestroyNotify data_free);
