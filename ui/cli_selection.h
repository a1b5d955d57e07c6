/* SPDX-License-Identifier: MIT */
/* Which messages a command of the command line is about: their numbers (--id), or a query. */
#pragma once
#include "core/query_language.h"
#include "core/store.h"
#include "ui/cli.h"

struct cli_selection {
    GArray *ids;   /* of int64_t: placements */
    GString *text; /* a query; "": none */
    bool is_json, is_dry;
};
typedef struct cli_selection cli_selection;
void cli_selection_init(struct cli_selection *self);
void cli_selection_clear(struct cli_selection *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cli_selection, cli_selection_clear)
/* Reads --id N, --json, --dry-run, --, and the words of a query. 0, or an exit code after saying what is wrong. */
int cli_selection_read(struct cli_selection *self, const char *command, int argc, char **argv);
/* The placements, in no order, also those that the query finds; of int64_t. NULL: said why, *code_out is the exit code. */
GArray *cli_selection_find(const struct cli_selection *self, store *db, int *code_out);

/* What is wrong with a query, with a line that points at it; returns the exit code. */
int cli_fail_query(const char *text, const struct query_spot *spot, const GError *why);
/* Mail that came since the client last ran, or that it is just getting. What cannot be indexed now is only not found (said). */
void cli_bring_up_to_date(void);
