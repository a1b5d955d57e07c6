/* SPDX-License-Identifier: MIT */
/* Folders of the same role in all accounts as one: all inboxes. Such a view has an id below zero where a folder has one above. */
#pragma once
#include "ui/app.h"

#define UNIFIED(role) (-(int64_t)(role))

GArray *unified_folders(app *app, int64_t view_id); /* of int64_t; caller frees */
const char *unified_name(int64_t view_id);          /* translated */
bool unified_count(app *app, int64_t view_id, int64_t *total_out, int64_t *unread_out);
bool unified_is_offered(app *app); /* with one account there is nothing to unite */
/* The roles that have a row of their own above the accounts, in order; 0 ends it. */
extern const enum folder_role unified_roles[];
const char *unified_label(int64_t view_id);  /* shorter than the name: for the folder list; translated */
bool unified_has(app *app, int64_t view_id); /* two accounts at least have such a folder */
