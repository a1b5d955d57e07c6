/* SPDX-License-Identifier: MIT */
/* The other client of test_converge: does things to the same mail in its own connection, and remembers what it did to which message. */
#pragma once
#include "tests/servers/server_second.h"

/* What the other side did to a message, and where it is if nobody else moves it (c1, c3). */
struct deed {
    guint copies, moves, deletions, volatile_moves;
    bool was_seen_deleted;
    char *place; /* c1, c3: "folder:flags" with \Answered, \Deleted and bmark only; "": gone */
    char *message;
};

struct other {
    second *client;
    GRand *random;
    GHashTable *deeds; /* token → struct deed */
    guint appended, folder_deletions;
    int port;
    const char *user, *password;
    GString *story;
};

void other_open(struct other *self, int port, const char *user, const char *password, guint32 seed);
void other_close(struct other *self);
void other_clean(struct other *self); /* an empty account with the folders that stay */
void other_append(struct other *self);
void other_act(struct other *self);  /* something, drawn */
void other_stay(struct other *self); /* comes back if the server has hung up: on who has a folder open that the person deletes */
void other_tell(struct other *self, const char *format, ...) G_GNUC_PRINTF(2, 3); /* into its story */
