/* SPDX-License-Identifier: MIT */
/* `postern check [ACCOUNT] [--json]`: exit 0 only when every step of every connection works. */
#include "config/secret.h"
#include "core/check.h"
#include "ui/cli.h"
#include "ui/width.h"
#include <getopt.h>
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct check_output {
    bool is_json;
    const struct account *account;
    char *connection; /* of the last line */
    char *password;   /* asked for reading: sending takes it too when its user is the same; wiped */
};

static const char *state_word(const struct check_step *step)
{
    return step->is_skipped ? "skipped" : step->is_ok ? "ok" : "failed";
}

/* One object a line; the names are promised in postern(1). */
static void print_json(const struct check_output *output, const struct check_step *step)
{
    g_autofree char *words = g_utf8_make_valid(step->words, -1), *hint = g_utf8_make_valid(step->hint, -1);
    g_autofree char *connection = g_utf8_make_valid(step->connection, -1);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "account", output->account->id, "connection", connection, "step",
                               step->step, "state", state_word(step), "ms", step->elapsed_ms, "words", words, "hint", hint);
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (line != NULL)
        printf("%s\n", line);
    free(line);
    json_decref(object);
}

static void print_words(struct check_output *output, const struct check_step *step)
{
    g_autofree char *words = width_visible(step->words, strlen(step->words)), *hint = width_visible(step->hint, strlen(step->hint));
    if (g_strcmp0(output->connection, step->connection) != 0) {
        printf("%s\n", step->connection);
        g_free(output->connection);
        output->connection = g_strdup(step->connection);
    }
    printf("  %s %-8s %5d ms  %s\n",
           cli_mark(step->is_skipped ? CLI_MARK_NONE
                    : step->is_ok    ? CLI_MARK_GOOD
                                     : CLI_MARK_BAD),
           step->step, step->elapsed_ms, words);
    if (*hint != '\0')
        printf("             %s %s\n", cli_mark(CLI_MARK_HINT), hint);
}

static void print_step(void *data, const struct check_step *step)
{
    struct check_output *output = data;
    if (output->is_json)
        print_json(output, step);
    else
        print_words(output, step);
    fflush(stdout);
}

static char *ask(void *data, const struct account_server *server)
{
    struct check_output *output = data;
    const struct account *owner = output->account;
    bool is_same = server == &owner->outgoing && output->password != NULL && g_strcmp0(server->user, owner->incoming.user) == 0;
    g_autofree char *prompt =
        g_strdup_printf(_("%s: password of %s at %s:"), owner->name, server->user, server->host != NULL ? server->host : "");
    char *given = is_same ? g_strdup(output->password) : cli_ask_password(prompt);
    if (given != NULL && server == &owner->incoming)
        output->password = g_strdup(given);
    return given;
}

static bool check_one(const struct account *self, bool is_json)
{
    struct check_output output = { .is_json = is_json, .account = self };
    if (!is_json)
        printf("%s (%s)\n", self->name, self->from_address);
    cli_open_secrets(self, false); /* locked: the step that wants the password says so */
    bool is_ok = check_account(self, ask, print_step, &output);
    secret_free(output.password);
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
    if (argc - optind > 1)
        return cli_fail(EX_USAGE, _("check takes one account, or none for all of them."));
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
