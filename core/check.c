/* SPDX-License-Identifier: MIT */
/* `postern check`: the probe's steps, with the connection they belong to. */
#include "core/check.h"
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "net/probe.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_TIMEOUT_MS 30000

static const char *const step_words[] = {
    [NET_PROBE_CONNECT] = "connect", [NET_PROBE_SECURE] = "secure",   [NET_PROBE_GREET] = "greet",
    [NET_PROBE_LOGIN] = "login",     [NET_PROBE_FOLDERS] = "folders",
};

struct checking {
    check_report *report;
    void *data;
    char *connection;
};

static void tell(const struct checking *self, const char *step, bool is_ok, bool is_skipped, int elapsed_ms, const char *words)
{
    const struct check_step told = {
        .connection = self->connection,
        .step = (char *)step,
        .is_ok = is_ok,
        .is_skipped = is_skipped,
        .elapsed_ms = elapsed_ms,
        .words = (char *)words,
    };
    if (self->report != NULL)
        self->report(self->data, &told);
}

static void pass_on(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    if (state != NET_PROBE_RUNNING)
        tell(data, step_words[step], state == NET_PROBE_OK, state == NET_PROBE_SKIPPED, elapsed_ms, words);
}

static char *find_password(const struct account *self, const struct account_server *server, const char *asked, GError **error)
{
    if (server->user == NULL || *server->user == '\0' || server->secret == ACCOUNT_SECRET_NONE)
        return g_strdup("");
    if (server->secret == ACCOUNT_SECRET_PROMPT && asked != NULL)
        return g_strdup(asked);
    return secret_get(self, server, -1, SECRET_TIMEOUT_MS, error);
}

static bool check_server(const struct account *self, const struct account_server *server, enum net_protocol protocol, const char *asked,
                         struct checking *checking)
{
    g_autoptr(GError) error = NULL;
    char *password = find_password(self, server, asked, &error);
    if (password == NULL) {
        tell(checking, step_words[NET_PROBE_LOGIN], false, false, 0, error != NULL ? error->message : "");
        return false;
    }
    const struct net_endpoint endpoint = account_endpoint(server, NULL, NULL);
    const struct net_credentials credentials = { .user = server->user, .password = password, .auth = server->auth };
    const struct net_context context = { .cancel_fd = -1, .log_name = checking->connection };
    struct net_probe_result result;
    bool is_good = net_probe(protocol, &endpoint, &context, &credentials, pass_on, checking, &result, &error);
    net_probe_result_clear(&result);
    secret_free(password);
    return is_good;
}

static bool check_maildir(const struct account_server *server, struct checking *checking)
{
    bool is_there = server->path != NULL && g_file_test(server->path, G_FILE_TEST_IS_DIR) && access(server->path, R_OK | W_OK | X_OK) == 0;
    tell(checking, "folders", is_there, false, 0,
         is_there ? _("the directory can be read and written") : _("the directory is not there or cannot be written"));
    return is_there;
}

static bool check_command(const struct account_server *server, struct checking *checking)
{
    g_auto(GStrv) words = NULL;
    g_autofree char *program = NULL;
    if (server->command != NULL && g_shell_parse_argv(server->command, NULL, &words, NULL))
        program = g_find_program_in_path(words[0]);
    tell(checking, "connect", program != NULL, false, 0, program != NULL ? program : _("there is no such program"));
    return program != NULL;
}

static bool check_one(const struct account *self, const struct account_server *server, const char *password, check_report *report,
                      void *data)
{
    g_autofree char *connection = account_server_words(server);
    struct checking checking = { report, data, connection };
    switch (server->protocol) {
    case ACCOUNT_PROTOCOL_IMAP:
        return check_server(self, server, NET_PROTOCOL_IMAP, password, &checking);
    case ACCOUNT_PROTOCOL_SMTP:
        return check_server(self, server, NET_PROTOCOL_SMTP, password, &checking);
    case ACCOUNT_PROTOCOL_MAILDIR:
        return check_maildir(server, &checking);
    case ACCOUNT_PROTOCOL_SENDMAIL:
        return check_command(server, &checking);
    case ACCOUNT_PROTOCOL_POP3:
        return check_server(self, server, NET_PROTOCOL_POP3, password, &checking);
    }
    return false;
}

bool check_account(const struct account *self, const char *password, check_report *report, void *data)
{
    bool is_incoming_good = check_one(self, &self->incoming, password, report, data);
    bool is_outgoing_good = check_one(self, &self->outgoing, password, report, data);
    return is_incoming_good && is_outgoing_good;
}
