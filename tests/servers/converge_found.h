/* SPDX-License-Identifier: MIT */
/* What is on the server and what is in the store at the end of some rounds of test_converge: message for message, flag for flag. */
#pragma once
#include "tests/servers/converge_world.h"

struct found {
    GPtrArray *server, *store; /* of char*: a line for each message, sorted */
    GHashTable *places;        /* token → of char*: "folder:flags" on the server, all flags */
};

void found_open(struct found *self);
void found_clear(struct found *self);
const char *found_name(const char *wire); /* of a mailbox, as the store spells it */
void found_on_server(struct world *self, struct found *found);
void found_in_store(struct world *self, struct found *found);
void found_compare(struct world *self, struct found *found);
