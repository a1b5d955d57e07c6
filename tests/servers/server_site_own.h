/* SPDX-License-Identifier: MIT */
/* The tests' own Dovecot and Postfix (server.h) as a site of the matrix. */
#pragma once
#include "tests/servers/server.h"
#include "tests/servers/server_site.h"

/* alice writes to bob, by name; who needs other names or a host changes them. Borrows the server. */
struct site site_of_server(server *running, const char *column, enum matrix_state state);
