/* SPDX-License-Identifier: MIT */
/* `postern check`: the probe's steps, with the connection they belong to, and for the one that failed what to do about it. */
#include "core/check.h"
#include "config/providers.h"
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "core/setup_private.h"
#include "core/store_folder.h"
#include "core/oauth_account.h"
#include "net/clock.h"
#include "net/probe.h"
#include "net/resolve.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_TIMEOUT_MS  30000
#define RESOLVE_TIMEOUT_MS 15000

static const char *const step_words[] = {
    [NET_PROBE_CONNECT] = "connect", [NET_PROBE_SECURE] = "secure",   [NET_PROBE_GREET] = "greet",
    [NET_PROBE_LOGIN] = "login",     [NET_PROBE_FOLDERS] = "folders",
};

struct checking {
    const struct account *account;
    const struct account_server *server;
    check_ask *ask;
    check_report *report;
    void *data;
    char *connection;
    GPtrArray *held;     /* of struct check_step*: from the failed step on, until it is known what to say about it */
    GError *no_password; /* there is none to sign in with */
};

/* --- telling --- */
static void tell(const struct checking *self, const struct check_step *step)
{
    struct check_step told = *step;
    told.connection = self->connection;
    told.words = told.words != NULL ? told.words : (char *)"";
    told.hint = told.hint != NULL ? told.hint : (char *)"";
    if (self->report != NULL)
        self->report(self->data, &told);
}

static void tell_ok(const struct checking *self, const char *step, int elapsed_ms, const char *words)
{
    tell(self, &(struct check_step){ .step = (char *)step, .is_ok = true, .elapsed_ms = elapsed_ms, .words = (char *)words });
}

static bool tell_failed(const struct checking *self, const char *step, int elapsed_ms, const char *words, const char *hint)
{
    tell(self, &(struct check_step){ .step = (char *)step, .elapsed_ms = elapsed_ms, .words = (char *)words, .hint = (char *)hint });
    return false;
}

static void tell_skipped(const struct checking *self, const char *step, const char *words)
{
    tell(self, &(struct check_step){ .step = (char *)step, .is_skipped = true, .words = (char *)words });
}

static void free_step(void *data)
{
    struct check_step *step = data;
    g_free(step->words);
    g_free(step);
}

/* --- what to do --- */
static char *certificate_hint(const struct checking *self, const struct net_trust_verdict *verdict)
{
    if (verdict->is_pin_mismatch)
        return g_strdup(
            _("Ask whoever runs the server whether the certificate was changed. Only then add the new fingerprint to tls-fingerprint."));
    if (verdict->is_name_wrong)
        return g_strdup_printf(_("Use the name the certificate is for as host, if it is the same server: %s"),
                               verdict->names != NULL ? verdict->names : "");
    return g_strdup_printf(
        _("If this is your own server and the fingerprint is right, write tls-fingerprint = %s in %s, or tls-ca-file with its authority."),
        verdict->fingerprint != NULL ? verdict->fingerprint : "", self->account->path);
}

static char *sign_in_hint(const struct checking *self)
{
    const struct provider *provider = provider_for_address(self->account->from_address);
    if (provider != NULL && provider->hint != NULL)
        return g_strdup(provider->hint);
    return g_strdup_printf(
        _("Check user (%s) and password; some servers want the whole address as the name, others what stands before the @."),
        self->server->user != NULL ? self->server->user : "");
}

static char *usual_ports(const struct account_server *server)
{
    return g_strdup_printf(_("Check host and port: usual are %u with security = tls and %u with starttls. A firewall may be in between."),
                           (unsigned)account_default_port(server->protocol, ACCOUNT_SECURITY_TLS),
                           (unsigned)account_default_port(server->protocol, ACCOUNT_SECURITY_STARTTLS));
}

/* Caller frees. */
static char *hint_for(const struct checking *self, const GError *error, const struct net_trust_verdict *verdict)
{
    if (error == NULL || error->domain != NET_ERROR)
        return g_strdup("");
    switch ((enum net_error)error->code) {
    case NET_ERROR_RESOLVE:
        return g_strdup(_("Check how host is written, and whether this computer is online."));
    case NET_ERROR_CONNECT:
    case NET_ERROR_TIMEOUT:
    case NET_ERROR_TLS:
    case NET_ERROR_CLOSED:
    case NET_ERROR_PROTOCOL:
        return usual_ports(self->server);
    case NET_ERROR_CERTIFICATE:
        return certificate_hint(self, verdict);
    case NET_ERROR_NO_STARTTLS:
        return g_strdup_printf(_("Try security = tls with port %u."),
                               (unsigned)account_default_port(self->server->protocol, ACCOUNT_SECURITY_TLS));
    case NET_ERROR_AUTH:
        return sign_in_hint(self);
    case NET_ERROR_INSECURE:
        return g_strdup(_("Use security = tls or starttls."));
    case NET_ERROR_REFUSED:
        return g_strdup(_("Try again later."));
    case NET_ERROR_IO:
    case NET_ERROR_LIMIT:
    case NET_ERROR_CANCELLED:
    case NET_ERROR_CONFIG:
        break;
    }
    return g_strdup("");
}

/* --- one server --- */
static void pass_on(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    struct checking *self = data;
    bool is_failed = state == NET_PROBE_FAILED;
    if (state == NET_PROBE_RUNNING)
        return;
    if (step == NET_PROBE_LOGIN && self->no_password != NULL && state == NET_PROBE_SKIPPED && self->held->len == 0) {
        is_failed = true;
        words = self->no_password->message;
    }
    struct check_step told = { .step = (char *)step_words[step],
                               .is_ok = !is_failed && state == NET_PROBE_OK,
                               .is_skipped = !is_failed && state == NET_PROBE_SKIPPED,
                               .elapsed_ms = elapsed_ms,
                               .words = (char *)words };
    if (!is_failed && self->held->len == 0) {
        tell(self, &told);
        return;
    }
    struct check_step *copy = g_memdup2(&told, sizeof told);
    copy->words = g_strdup(words);
    g_ptr_array_add(self->held, copy);
}

/* The first is the one that failed. */
static void tell_held(struct checking *self, const char *hint)
{
    for (guint i = 0; i < self->held->len; i++) {
        struct check_step step = *(const struct check_step *)self->held->pdata[i];
        step.hint = i == 0 ? (char *)hint : NULL;
        tell(self, &step);
    }
    g_ptr_array_set_size(self->held, 0);
}

/* "" where nobody signs in. NULL: there is none, see no_password. */
static char *find_password(struct checking *self)
{
    const struct account_server *server = self->server;
    if (server->user == NULL || *server->user == '\0' || server->secret == ACCOUNT_SECRET_NONE || !net_sasl_needs_password(server->auth))
        return g_strdup("");
    if (oauth_account_is(self->account))
        return oauth_account_token(self->account, -1, &self->no_password);
    char *asked = server->secret == ACCOUNT_SECRET_PROMPT && self->ask != NULL ? self->ask(self->data, server) : NULL;
    return asked != NULL ? asked : secret_get(self->account, server, -1, SECRET_TIMEOUT_MS, &self->no_password);
}

static bool check_name(const struct checking *self, const struct net_endpoint *endpoint)
{
    g_autoptr(GError) error = NULL;
    int64_t began = net_clock_ms();
    struct net_wait wait = { .cancel_fd = -1, .deadline_ms = began + RESOLVE_TIMEOUT_MS };
    if (endpoint->proxy != NULL) {
        tell_skipped(self, "resolve", _("the proxy does that"));
        return true;
    }
    g_autofree char *name = net_host_to_ascii(endpoint->host, &error);
    net_wait_begin(&wait);
    g_autoptr(GArray) found = name != NULL ? net_resolve(name, endpoint->port, &wait, &error) : NULL;
    int elapsed = (int)(net_clock_ms() - began);
    if (found == NULL) {
        g_autofree char *hint = hint_for(self, error, NULL);
        return tell_failed(self, "resolve", elapsed, error->message, hint);
    }
    const struct net_address *first = &g_array_index(found, struct net_address, 0);
    g_autofree char *words = net_address_words((const struct sockaddr *)&first->socket, first->length);
    tell_ok(self, "resolve", elapsed, words);
    return true;
}

static void skip_all(const struct checking *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(step_words); i++)
        tell_skipped(self, step_words[i], _("not tried"));
}

/* Which folder is what; a missing one is made when it is needed. */
static void tell_roles(const struct checking *self, const GPtrArray *found)
{
    static const struct {
        enum folder_role role;
        int line; /* enum account_folder_role: what the file says goes before */
        const char *name;
    } roles[] = { { FOLDER_SENT, ACCOUNT_FOLDER_SENT, N_("Sent") },
                  { FOLDER_DRAFTS, ACCOUNT_FOLDER_DRAFTS, N_("Drafts") },
                  { FOLDER_ARCHIVE, ACCOUNT_FOLDER_ARCHIVE, N_("Archive") },
                  { FOLDER_JUNK, ACCOUNT_FOLDER_JUNK, N_("Junk") },
                  { FOLDER_TRASH, ACCOUNT_FOLDER_TRASH, N_("Trash") } };
    g_autoptr(GPtrArray) folders = setup_folders_map(found);
    g_autoptr(GString) words = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
        const char *name = self->account->folders[roles[i].line];
        for (guint k = 0; k < folders->len && name == NULL; k++) {
            const struct setup_folder *each = folders->pdata[k];
            name = each->role == (int)roles[i].role ? each->name : NULL;
        }
        g_string_append_printf(words, "%s%s: %s", words->len > 0 ? ", " : "", _(roles[i].name), name != NULL ? name : _("not there yet"));
    }
    tell_ok(self, "roles", 0, words->str);
}

static bool check_server(struct checking *self, enum net_protocol protocol)
{
    g_autoptr(GError) error = NULL;
    const struct account_server *server = self->server;
    const struct net_endpoint endpoint = account_endpoint(server, NULL, NULL);
    if (!check_name(self, &endpoint)) {
        skip_all(self);
        return false;
    }
    char *password = find_password(self);
    const struct net_credentials credentials = { .user = server->user,
                                                 .password = password,
                                                 .auth = server->auth,
                                                 .token = oauth_account_is(self->account) && password != NULL && *password != '\0'
                                                              ? password
                                                              : NULL };
    const struct net_context context = { .cancel_fd = -1, .log_name = self->connection };
    struct net_probe_result result;
    bool is_good = net_probe(protocol, &endpoint, &context, password != NULL ? &credentials : NULL, pass_on, self, &result, &error);
    bool is_to_ask = error == NULL && self->no_password != NULL && server->secret == ACCOUNT_SECRET_PROMPT;
    g_autofree char *hint =
        is_to_ask ? g_strdup(_("Run this at a terminal: the password is asked for there.")) : hint_for(self, error, &result.verdict);
    tell_held(self, hint);
    if (protocol == NET_PROTOCOL_IMAP && result.is_signed_in && is_good)
        tell_roles(self, result.folders);
    net_probe_result_clear(&result);
    secret_free(password);
    return is_good && self->no_password == NULL;
}

static bool check_maildir(const struct checking *self)
{
    const char *path = self->server->path;
    if (path != NULL && g_file_test(path, G_FILE_TEST_IS_DIR) && access(path, R_OK | W_OK | X_OK) == 0) {
        tell_ok(self, "folders", 0, _("the directory can be read and written"));
        return true;
    }
    return tell_failed(self, "folders", 0, _("the directory is not there or cannot be written"), _("Check path, and who owns it."));
}

static bool check_command(const struct checking *self)
{
    g_auto(GStrv) words = NULL;
    g_autofree char *program = NULL;
    if (self->server->command != NULL && g_shell_parse_argv(self->server->command, NULL, &words, NULL))
        program = g_find_program_in_path(words[0]);
    if (program == NULL)
        return tell_failed(self, "connect", 0, _("there is no such program"), _("Check command; its program is looked for in PATH."));
    tell_ok(self, "connect", 0, program);
    return true;
}

static bool check_protocol(struct checking *self)
{
    switch (self->server->protocol) {
    case ACCOUNT_PROTOCOL_IMAP:
        return check_server(self, NET_PROTOCOL_IMAP);
    case ACCOUNT_PROTOCOL_POP3:
        return check_server(self, NET_PROTOCOL_POP3);
    case ACCOUNT_PROTOCOL_SMTP:
        return check_server(self, NET_PROTOCOL_SMTP);
    case ACCOUNT_PROTOCOL_MAILDIR:
        return check_maildir(self);
    case ACCOUNT_PROTOCOL_SENDMAIL:
        return check_command(self);
    }
    return false;
}

static bool check_one(struct checking *self, const struct account_server *server)
{
    g_autofree char *connection = account_server_words(server);
    self->server = server;
    self->connection = connection;
    self->held = g_ptr_array_new_with_free_func(free_step);
    bool is_good = check_protocol(self);
    g_clear_pointer(&self->held, g_ptr_array_unref);
    g_clear_error(&self->no_password);
    return is_good;
}

bool check_account(const struct account *account, check_ask *ask, check_report *report, void *data)
{
    struct checking checking = { .account = account, .ask = ask, .report = report, .data = data };
    bool is_incoming_good = check_one(&checking, &account->incoming);
    bool is_outgoing_good = check_one(&checking, &account->outgoing);
    return is_incoming_good && is_outgoing_good;
}
