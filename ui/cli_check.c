/* SPDX-License-Identifier: MIT */
/* `postern check [ACCOUNT] [--json]`: exit 0 only when every step of every connection works. */
#include "config/secret.h"
#include "core/check.h"
#include "ui/cli.h"
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct check_output {
    bool is_json;
    const char *account;
    char *connection; /* of the last line */
};

static void print_json(const struct check_output *output, const struct check_step *step)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "account", output->account, "connection", step->connection, "step", step->step, "state",
                  step->is_skipped ? "skipped"
                  : step->is_ok    ? "ok"
                                   : "failed",
                  "ms", step->elapsed_ms, "words", step->words != NULL ? step->words : "");
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (line != NULL)
        printf("%s\n", line);
    free(line);
    json_decref(object);
}

static void print_step(void *data, const struct check_step *step)
{
    struct check_output *output = data;
    if (output->is_json) {
        print_json(output, step);
        fflush(stdout);
        return;
    }
    if (g_strcmp0(output->connection, step->connection) != 0) {
        printf("%s\n", step->connection);
        g_free(output->connection);
        output->connection = g_strdup(step->connection);
    }
    g_autofree char *words = g_utf8_make_valid(step->words != NULL ? step->words : "", -1);
    printf("  %s %-8s %5d ms  %s\n",
           step->is_skipped ? "-"
           : step->is_ok    ? "\342\234\223"
                            : "\342\234\227",
           step->step, step->elapsed_ms, words);
    fflush(stdout);
}

static bool check_one(const struct account *self, bool is_json)
{
    struct check_output output = { .is_json = is_json, .account = self->id };
    g_autofree char *prompt = g_strdup_printf(_("Password of %s:"), self->name);
    char *password = self->incoming.secret == ACCOUNT_SECRET_PROMPT ? cli_ask_password(prompt) : NULL;
    if (!is_json)
        printf("%s (%s)\n", self->name, self->from_address);
    bool is_ok = check_account(self, password, print_step, &output);
    secret_free(password);
    g_free(output.connection);
    return is_ok;
}

int cli_check(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
    bool is_json = false, is_ok = true;
    int letter, broken = 0, code = 0;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter != 'j')
            return EX_USAGE;
        is_json = true;
    }
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *first = cli_account(accounts, broken, optind < argc ? argv[optind] : NULL, &code);
    if (first == NULL)
        return code;
    if (optind < argc)
        is_ok = check_one(first, is_json);
    for (guint i = 0; optind >= argc && i < accounts->len; i++)
        is_ok &= check_one(g_ptr_array_index(accounts, i), is_json);
    return cli_finish(!is_ok ? EX_UNAVAILABLE : broken > 0 ? EX_CONFIG : 0);
}
