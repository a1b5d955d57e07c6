/* SPDX-License-Identifier: MIT */
/* One message of the store on standard output, for scripts and for people: a line, or a JSON object (postern(1), JSON). */
#pragma once
#include "core/store_window.h"
#include "ui/cli.h"

struct cli_message_form {
    bool is_json;
    bool has_folder; /* a line says in which folder the message is, else whether it is unread ("N"); JSON says both */
};
/* A row whose message went meanwhile prints nothing. */
void cli_message_print(store *db, const struct window_row *row, const struct cli_message_form *form);
