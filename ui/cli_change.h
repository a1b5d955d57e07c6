/* SPDX-License-Identifier: MIT */
/* What the command line does to messages that it names: found, changed in the store with an intent, told to who carries it out. */
#pragma once
#include "core/store.h"
#include "ui/cli.h"

struct cli_change {
    const char *command;
    /* Before anything is changed, e.g. to find a folder; NULL: nothing to do. An exit code after saying what is wrong, 0: go on. */
    int (*prepare)(store *db, GPtrArray *accounts, int broken, void *data);
    bool (*apply)(store *db, const void *data, const int64_t *ids, size_t count, GError **error);
    void *data;
};
/* argv: the words behind the command's own, read as cli_selection does. Returns the exit code. */
int cli_change(const struct cli_change *change, int argc, char **argv);
/* "--json" and "--dry-run" may stand before the command's own words too: where these begin, and (count of them) brought before the options. */
int cli_change_options(int argc, char **argv);
void cli_change_options_behind(int first, int count, char **argv);
