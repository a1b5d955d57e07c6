/* SPDX-License-Identifier: MIT */
/* One run of test_converge: a server's mailbox, the other client, the person's process behind a line that breaks, and what is said when it fails. */
#pragma once
#include "tests/servers/converge_other.h"
#include "tests/servers/fault_proxy.h"
#include <stdio.h>

#define FAULTY 25 /* percent of the connections */

struct world {
    guint32 seed;
    GRand *random;
    const char *server_name;
    char *home;
    fault_proxy *line;
    struct other other;
    GPid person; /* 0: not running */
    FILE *orders, *answers;
    gint64 begun;
    unsigned kills, restarts, syncs, checks;
    bool is_offline;
};

/* port: where the other client goes; relay_port: where the person is led. */
void world_open(struct world *self, const char *server_name, int port, int relay_port, guint32 seed);
void world_close(struct world *self, int rounds);
/* Tells the story, keeps the store where CONVERGE_KEEP says, and fails the test. */
G_NORETURN void world_fail(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* --- the person's process --- */
void world_person_start(struct world *self, bool is_away);
void world_say(struct world *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool world_hear(struct world *self); /* false: it says no, or nothing any more */
void world_person_kill(struct world *self);
void world_person_reap(struct world *self, bool is_killed);
/* The real program without a screen; killed after so many ms where they are not 0. Its exit code, -1: killed. */
int world_sync(struct world *self, int kill_after_ms);
