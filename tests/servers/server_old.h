/* SPDX-License-Identifier: MIT */
/* Makes a modern IMAP server one of RFC 3501 and nothing else: a relay that takes its extensions out of what it says, and refuses their commands. */
#pragma once
#include <glib.h>

typedef struct old_server old_server;

old_server *old_server_start(int target_port);
void old_server_free(old_server *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(old_server, old_server_free)
int old_server_port(const old_server *self);
/* Commands of extensions that came, and were refused: a client that believes the capabilities sends none. */
guint old_server_refused(old_server *self);
