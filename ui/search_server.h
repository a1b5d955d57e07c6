/* SPDX-License-Identifier: MIT */
/* The search of the list, continued on the servers: offered, begun by itself where mail is only there, and told of in the line above the list. */
#pragma once
#include "core/event.h"
#include "ui/command.h"

void cmd_search_server(app *app, view *view);
/* The words of the list changed. is_typed: they may still change. */
void search_server_offer(app *app, bool is_typed);
void search_server_end(app *app);
void search_server_event(app *app, const struct event *event);
