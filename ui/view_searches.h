/* SPDX-License-Identifier: MIT */
/* The saved searches of the folder list, with counts that follow the mail. Counting is done on a thread of its own. */
#pragma once
#include "config/searches.h"
#include "core/event.h"
#include "ui/app.h"

#define VIEW_SEARCHES_MAX 9999 /* so many matches are looked at */
typedef struct view_searches view_searches;
view_searches *view_searches_new(app *app); /* loaded */
void view_searches_free(view_searches *self);
void view_searches_load(view_searches *self);
const GPtrArray *view_searches_all(const view_searches *self); /* of struct saved_search*, until they are loaded again */
int64_t view_searches_unread(const view_searches *self, guint at);
void view_searches_outdate(view_searches *self);                          /* mail changed */
bool view_searches_event(view_searches *self, const struct event *event); /* true: a count changed */
void view_searches_tick(view_searches *self, int64_t now_ms);
