/* SPDX-License-Identifier: MIT */
/* Folders of the same role in all accounts as one: all inboxes. Such a view has an id below zero where a folder has one above. */
#pragma once
#include "ui/app.h"

#define UNIFIED(role) (-(int64_t)(role))

GArray *unified_folders(app *app, int64_t view_id); /* of int64_t; caller frees */
const char *unified_name(int64_t view_id);          /* translated */
bool unified_count(app *app, int64_t view_id, int64_t *total_out, int64_t *unread_out);
bool unified_is_offered(app *app); /* with one account there is nothing to unite */
