/* SPDX-License-Identifier: MIT */
/* `postern check [ACCOUNT] [--json] [--send-test]`: exit 0 only when every step of every connection works. */
#include "config/paths.h"
#include "config/providers.h"
#include "config/secret.h"
#include "core/check.h"
#include "ui/check_step.h"
#include "ui/cli.h"
#include "ui/cli_json.h"
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
    return step->is_skipped ? "skipped" : !step->is_ok ? "failed" : step->is_warning ? "warning" : "ok";
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, cli_json_text(text));
}

static json_t *json_chain(const GPtrArray *chain)
{
    json_t *list = json_array();
    for (guint i = 0; i < chain->len; i++) {
        const struct check_certificate *each = chain->pdata[i];
        json_t *object = json_object();
        json_object_set_new(object, "subject", cli_json_text(each->subject));
        json_object_set_new(object, "issuer", cli_json_text(each->issuer));
        json_object_set_new(object, "not_before", json_integer((json_int_t)each->not_before));
        json_object_set_new(object, "not_after", json_integer((json_int_t)each->not_after));
        json_array_append_new(list, object);
    }
    return list;
}

/* One object a line; the names are promised in doc/json/check.schema.json. */
static void print_json(const struct check_output *output, const struct check_step *step)
{
    json_t *object = json_object();
    set_text(object, "account", output->account->id);
    set_text(object, "connection", step->connection);
    set_text(object, "step", step->step);
    set_text(object, "state", state_word(step));
    json_object_set_new(object, "ms", json_integer(step->elapsed_ms));
    set_text(object, "words", step->words);
    set_text(object, "hint", step->hint);
    set_text(object, "tls", step->tls);
    set_text(object, "cipher", step->cipher);
    set_text(object, "capabilities", step->capabilities);
    set_text(object, "mechanism", step->mechanism);
    set_text(object, "mechanisms", step->mechanisms);
    if (step->chain != NULL)
        json_object_set_new(object, "chain", json_chain(step->chain));
    cli_json_print(object);
}

static void print_words(struct check_output *output, const struct check_step *step)
{
    g_autofree char *words = width_visible(step->words, strlen(step->words)), *hint = width_visible(step->hint, strlen(step->hint));
    if (g_strcmp0(output->connection, step->connection) != 0) {
        printf("%s\n", step->connection);
        g_free(output->connection);
        output->connection = g_strdup(step->connection);
    }
    const char *mark = cli_mark(step->is_skipped                   ? CLI_MARK_NONE
                                : step->is_ok && !step->is_warning ? CLI_MARK_GOOD
                                : step->is_ok                      ? CLI_MARK_HINT
                                                                   : CLI_MARK_BAD);
    g_autofree char *line = check_step_line(mark, step->step, step->elapsed_ms, words);
    printf("  %s\n", line);
    if (*hint != '\0')
        printf("                 %s %s\n", cli_mark(CLI_MARK_HINT), hint);
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

static enum check_end check_one(const struct account *self, const struct check_wish *common, bool is_json)
{
    struct check_output output = { .is_json = is_json, .account = self };
    struct check_wish wish = *common;
    wish.data = &output;
    if (!is_json)
        printf("%s (%s)\n", self->name, self->from_address);
    cli_open_secrets(self, false); /* what is locked is told at the sign-in */
    enum check_end end = check_account(self, &wish);
    secret_free(output.password);
    g_free(output.connection);
    return end;
}

/* How the servers let us in last time; NULL where postern has not run yet. */
static store *open_memory(void)
{
    g_autofree char *path = paths_data_file("mail.db");
    return g_file_test(path, G_FILE_TEST_EXISTS) ? store_open(NULL, STORE_READER, NULL) : NULL;
}

static enum check_end worse(enum check_end one, enum check_end other)
{
    return one > other ? one : other;
}

static int exit_code(enum check_end end, int broken)
{
    static const int codes[] = { [CHECK_GOOD] = 0, [CHECK_NOT_LET_IN] = EX_NOPERM, [CHECK_FAILED] = EX_UNAVAILABLE };
    return end == CHECK_GOOD && broken > 0 ? EX_CONFIG : codes[end];
}

int cli_check(int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { "send-test", no_argument, NULL, 's' }, { 0 } };
    struct check_wish wish = { .ask = ask, .report = print_step, .cancel_fd = -1 };
    enum check_end end = CHECK_GOOD;
    bool is_json = false;
    int letter, broken = 0, code = 0;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter != 'j' && letter != 's')
            return cli_fail_option("check", argv);
        is_json |= letter == 'j';
        wish.is_send_test |= letter == 's';
    }
    if (argc - optind > 1)
        return cli_fail(EX_USAGE, _("check takes one account, or none for all of them."));
    g_autoptr(GPtrArray) accounts = cli_accounts(&broken);
    const struct account *first = cli_account(accounts, broken, optind < argc ? argv[optind] : NULL, &code);
    if (first == NULL)
        return code;
    for (guint i = 0; i < provider_faults()->len; i++) /* what the advice would come from */
        cli_fail(0, "%s", ((const GError *)provider_faults()->pdata[i])->message);
    wish.memory = open_memory();
    if (optind < argc)
        end = check_one(first, &wish, is_json);
    for (guint i = 0; optind >= argc && i < accounts->len; i++)
        end = worse(end, check_one(g_ptr_array_index(accounts, i), &wish, is_json));
    store_close(wish.memory);
    return cli_finish(exit_code(end, broken));
}
