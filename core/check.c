/* SPDX-License-Identifier: MIT */
/* `postern check`: the probe's steps, with the connection they belong to, and for the one that failed what to do about it. */
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "core/check_private.h"
#include "core/oauth_account.h"
#include "core/setup_private.h"
#include "core/signin_memory.h"
#include "core/store_folder.h"
#include "net/clock.h"
#include "net/resolve.h"
#include "net/signin.h"
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SECRET_TIMEOUT_MS  30000
#define RESOLVE_TIMEOUT_MS 15000

static const char *const step_words[] = {
    [NET_PROBE_CONNECT] = "connect", [NET_PROBE_SECURE] = "secure",   [NET_PROBE_GREET] = "greet",
    [NET_PROBE_LOGIN] = "login",     [NET_PROBE_FOLDERS] = "folders",
};

/* --- telling --- */
void check_tell(const struct checking *self, const struct check_step *step)
{
    struct check_step told = *step;
    told.connection = self->connection;
    told.words = told.words != NULL ? told.words : "";
    told.hint = told.hint != NULL ? told.hint : "";
    if (self->wish->report != NULL)
        self->wish->report(self->wish->data, &told);
}

void check_tell_ok(const struct checking *self, const char *step, int elapsed_ms, const char *words)
{
    check_tell(self, &(struct check_step){ .step = step, .is_ok = true, .elapsed_ms = elapsed_ms, .words = words });
}

bool check_tell_failed(struct checking *self, const char *step, int elapsed_ms, const char *words, const char *hint)
{
    self->end = MAX(self->end, CHECK_FAILED);
    check_tell(self, &(struct check_step){ .step = step, .elapsed_ms = elapsed_ms, .words = words, .hint = hint });
    return false;
}

void check_tell_skipped(const struct checking *self, const char *step, const char *words)
{
    check_tell(self, &(struct check_step){ .step = step, .is_skipped = true, .words = words });
}

bool check_is_cancelled(const struct checking *self)
{
    struct pollfd fd = { .fd = self->wish->cancel_fd, .events = POLLIN };
    return self->wish->cancel_fd >= 0 && poll(&fd, 1, 0) > 0;
}

static void free_step(void *data)
{
    struct check_step *step = data;
    g_free((char *)step->words);
    g_free(step);
}

/* --- one server --- */
/* Told at once; what comes behind a failure waits with it. */
static void pass_step(struct checking *self, const struct check_step *step)
{
    bool is_failed = !step->is_ok && !step->is_skipped;
    if (!is_failed && self->held->len == 0) {
        check_tell(self, step);
        return;
    }
    struct check_step *copy = g_memdup2(step, sizeof *step);
    copy->words = g_strdup(step->words);
    copy->hint = NULL;
    g_ptr_array_add(self->held, copy);
}

/* Of a certificate that is refused too: which it is. */
static void pass_certificate(struct checking *self, bool is_secured, const char *why_none)
{
    bool is_late = false;
    const struct net_trust_verdict *verdict = &self->result.verdict;
    g_autoptr(GPtrArray) chain = check_chain(self->result.chain, verdict);
    g_autofree char *words = chain->len > 0 ? check_words_chain(chain) : g_strdup(why_none);
    g_autofree char *hint = check_advice_expiry(chain, &is_late), *pinned = NULL;
    if (verdict->fingerprint != NULL)
        pinned = g_strdup_printf("%s; %s", words, verdict->fingerprint);
    struct check_step step = { .step = "certificate",
                               .is_ok = is_secured,
                               .is_skipped = !is_secured && chain->len == 0,
                               .is_warning = is_secured && is_late,
                               .words = pinned != NULL ? pinned : words,
                               .hint = is_secured ? hint : NULL,
                               .chain = self->held->len == 0 ? chain : NULL };
    pass_step(self, &step);
}

static void pass_on(void *data, enum net_probe_step probed, enum net_probe_state state, int elapsed_ms, const char *words)
{
    struct checking *self = data;
    const struct net_probe_result *result = &self->result;
    bool is_failed = state == NET_PROBE_FAILED;
    g_autofree char *reason = NULL;
    if (state == NET_PROBE_RUNNING)
        return;
    if (probed == NET_PROBE_LOGIN && self->no_password != NULL && state == NET_PROBE_SKIPPED && self->held->len == 0) {
        is_failed = true;
        words = self->no_password->message;
    }
    struct check_step step = { .step = step_words[probed],
                               .is_ok = !is_failed && state == NET_PROBE_OK,
                               .is_skipped = !is_failed && state == NET_PROBE_SKIPPED,
                               .elapsed_ms = state != NET_PROBE_SKIPPED ? elapsed_ms : 0,
                               .words = words };
    if (probed == NET_PROBE_SECURE && step.is_ok) {
        step.tls = result->tls_version;
        step.cipher = result->tls_cipher;
        reason = g_strdup_printf("%s, %s", result->tls_version, result->tls_cipher);
        step.words = reason;
    } else if (probed == NET_PROBE_LOGIN && step.is_ok) {
        step.mechanism = result->mechanism;
        step.mechanisms = result->mechanisms;
        reason = check_words_mechanism(self);
        step.words = reason;
    }
    pass_step(self, &step);
    if (probed == NET_PROBE_SECURE)
        pass_certificate(self, step.is_ok, state == NET_PROBE_SKIPPED ? words : _("none was seen"));
    if (probed == NET_PROBE_GREET)
        pass_step(self, &(struct check_step){ .step = "capabilities",
                                              .is_ok = step.is_ok,
                                              .is_skipped = !step.is_ok,
                                              .words = step.is_ok ? result->capabilities : words,
                                              .capabilities = step.is_ok ? result->capabilities : NULL });
}

/* The first is the one that failed. */
static void tell_held(struct checking *self, const char *hint)
{
    for (guint i = 0; i < self->held->len; i++) {
        struct check_step step = *(const struct check_step *)self->held->pdata[i];
        step.hint = i == 0 ? hint : NULL;
        check_tell(self, &step);
    }
    g_ptr_array_set_size(self->held, 0);
}

char *check_password(struct checking *self, const struct account_server *server)
{
    if (server->user == NULL || *server->user == '\0' || server->secret == ACCOUNT_SECRET_NONE || !net_sasl_needs_password(server->auth))
        return g_strdup("");
    if (oauth_account_is(self->account))
        return oauth_account_token(self->account, self->wish->cancel_fd, &self->no_password);
    char *asked = server->secret == ACCOUNT_SECRET_PROMPT && self->wish->ask != NULL ? self->wish->ask(self->wish->data, server) : NULL;
    return asked != NULL ? asked : secret_get(self->account, server, self->wish->cancel_fd, SECRET_TIMEOUT_MS, &self->no_password);
}

bool check_is_oauth(const struct checking *self, const char *password)
{
    return oauth_account_is(self->account) && password != NULL && *password != '\0';
}

static bool check_name(struct checking *self, const struct net_endpoint *endpoint)
{
    g_autoptr(GError) error = NULL;
    int64_t began = net_clock_ms();
    struct net_wait wait = { .cancel_fd = self->wish->cancel_fd, .deadline_ms = began + RESOLVE_TIMEOUT_MS };
    if (endpoint->proxy != NULL) {
        check_tell_skipped(self, "resolve", _("the proxy does that"));
        return true;
    }
    g_autofree char *name = net_host_to_ascii(endpoint->host, &error);
    net_wait_begin(&wait);
    g_autoptr(GArray) found = name != NULL ? net_resolve(name, endpoint->port, &wait, &error) : NULL;
    int elapsed = (int)(net_clock_ms() - began);
    if (found == NULL) {
        g_autofree char *hint = check_advice(self, error, NULL);
        return check_tell_failed(self, "resolve", elapsed, error->message, hint);
    }
    const struct net_address *first = &g_array_index(found, struct net_address, 0);
    g_autofree char *words = net_address_words((const struct sockaddr *)&first->socket, first->length);
    check_tell_ok(self, "resolve", elapsed, words);
    return true;
}

static void skip_all(const struct checking *self)
{
    static const char *const steps[] = { "connect", "secure", "certificate", "greet", "capabilities", "login", "folders" };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        check_tell_skipped(self, steps[i], _("not tried"));
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
    check_tell_ok(self, "roles", 0, words->str);
}

/* The sign-in worked, but with less than last time: somebody may be in between. */
static void tell_memory(const struct checking *self)
{
    bool is_outgoing = self->server == &self->account->outgoing;
    g_autofree char *last = self->wish->memory != NULL ? signin_memory_last(self->wish->memory, self->account->id, is_outgoing) : NULL;
    if (last == NULL || self->result.mechanism == NULL || !net_signin_is_weaker(self->result.mechanism, last))
        return;
    g_autofree char *words = g_strdup_printf(_("last time this server let us in with %s, which protects the password better"), last);
    check_tell(self, &(struct check_step){ .step = "login",
                                           .is_ok = true,
                                           .is_warning = true,
                                           .words = words,
                                           .hint = _("If nobody changed that server on purpose, ask those who run it."),
                                           .mechanism = self->result.mechanism,
                                           .mechanisms = self->result.mechanisms });
}

static void note_end(struct checking *self, bool is_good, const GError *error)
{
    if (is_good)
        return;
    bool is_not_let_in = g_error_matches(error, NET_ERROR, NET_ERROR_AUTH) || (error == NULL && self->no_password != NULL);
    self->end = MAX(self->end, is_not_let_in ? CHECK_NOT_LET_IN : CHECK_FAILED);
}

static char *hint_for(const struct checking *self, const GError *error)
{
    bool is_to_ask = error == NULL && self->no_password != NULL && self->server->secret == ACCOUNT_SECRET_PROMPT;
    return is_to_ask ? g_strdup(_("Run this at a terminal: the password is asked for there."))
                     : check_advice(self, error, &self->result.verdict);
}

static void check_server(struct checking *self, enum net_protocol protocol)
{
    g_autoptr(GError) error = NULL;
    const struct account_server *server = self->server;
    const struct net_endpoint endpoint = account_endpoint(server, NULL, NULL);
    if (!check_name(self, &endpoint)) {
        skip_all(self);
        return;
    }
    char *password = check_password(self, server);
    const struct net_credentials credentials = {
        .user = server->user, .password = password, .auth = server->auth, .token = check_is_oauth(self, password) ? password : NULL
    };
    const struct net_context context = { .cancel_fd = self->wish->cancel_fd, .log_name = self->connection };
    bool is_good = net_probe(protocol, &endpoint, &context, password != NULL ? &credentials : NULL, pass_on, self, &self->result, &error);
    secret_free(password);
    g_autofree char *hint = self->held->len > 0 ? hint_for(self, error) : NULL;
    tell_held(self, hint);
    if (is_good && self->result.is_signed_in)
        tell_memory(self);
    if (protocol == NET_PROTOCOL_IMAP && self->result.is_signed_in && is_good)
        tell_roles(self, self->result.folders);
    note_end(self, is_good && self->no_password == NULL, error);
    net_probe_result_clear(&self->result);
}

static void check_maildir(struct checking *self)
{
    const char *path = self->server->path;
    if (path != NULL && g_file_test(path, G_FILE_TEST_IS_DIR) && access(path, R_OK | W_OK | X_OK) == 0)
        check_tell_ok(self, "folders", 0, _("the directory can be read and written"));
    else
        check_tell_failed(self, "folders", 0, _("the directory is not there or cannot be written"), _("Check path, and who owns it."));
}

static void check_command(struct checking *self)
{
    g_auto(GStrv) words = NULL;
    g_autofree char *program = NULL;
    if (self->server->command != NULL && g_shell_parse_argv(self->server->command, NULL, &words, NULL))
        program = g_find_program_in_path(words[0]);
    if (program == NULL)
        check_tell_failed(self, "connect", 0, _("there is no such program"), _("Check command; its program is looked for in PATH."));
    else
        check_tell_ok(self, "connect", 0, program);
}

static void check_protocol(struct checking *self)
{
    switch (self->server->protocol) {
    case ACCOUNT_PROTOCOL_IMAP:
        check_server(self, NET_PROTOCOL_IMAP);
        break;
    case ACCOUNT_PROTOCOL_POP3:
        check_server(self, NET_PROTOCOL_POP3);
        break;
    case ACCOUNT_PROTOCOL_SMTP:
        check_server(self, NET_PROTOCOL_SMTP);
        break;
    case ACCOUNT_PROTOCOL_MAILDIR:
        check_maildir(self);
        break;
    case ACCOUNT_PROTOCOL_SENDMAIL:
        check_command(self);
        break;
    }
}

static void check_one(struct checking *self, const struct account_server *server, void (*check)(struct checking *self))
{
    g_autofree char *connection = account_server_words(server);
    if (check_is_cancelled(self))
        return;
    self->server = server;
    self->connection = connection;
    self->held = g_ptr_array_new_with_free_func(free_step);
    check(self);
    g_clear_pointer(&self->held, g_ptr_array_unref);
    g_clear_error(&self->no_password);
    self->connection = NULL;
}

enum check_end check_account(const struct account *account, const struct check_wish *wish)
{
    struct checking checking = { .account = account, .wish = wish };
    check_one(&checking, &account->incoming, check_protocol);
    check_one(&checking, &account->outgoing, check_protocol);
    if (wish->is_send_test)
        check_one(&checking, &account->outgoing, check_send_test);
    return checking.end;
}
