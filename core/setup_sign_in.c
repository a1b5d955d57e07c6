/* SPDX-License-Identifier: MIT */
/* The second phase of the setup: signing in for reading, then for sending, and looking at the folders. */
#include "config/secret.h"
#include "config/secret_file.h"
#include "core/oauth_account.h"
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define COMMAND_TIMEOUT_MS 60000 /* it may ask for a PIN somewhere */

static bool has_no_sign_in(const struct setup_attempt *attempt)
{
    const char *offered = attempt->result.mechanisms;
    return attempt->failed_at == NET_PROBE_LOGIN && attempt->result.is_reachable && (offered == NULL || *offered == '\0');
}

static const char *password_for(const setup *self, const struct account_server *server)
{
    bool is_other = server == &self->account->outgoing && self->outgoing_password != NULL;
    return is_other ? self->outgoing_password : self->password != NULL ? self->password : "";
}

/* NULL: with a password. */
static const char *token_of(const setup *self)
{
    return self->tokens != NULL && oauth_account_is(self->account) ? self->tokens->access : NULL;
}

/* The address, then what stands before the @: the server says which by letting us in. What it says of the first one is what the person is told. */
static bool try_users(struct setup_attempt *attempt, struct account_server *server)
{
    setup *self = attempt->self;
    g_autoptr(GError) first = NULL;
    g_auto(GStrv) users = setup_user_names(self->address, server->user);
    for (char **user = users; *user != NULL; user++) {
        const struct net_credentials credentials = {
            .user = *user, .password = password_for(self, server), .auth = server->auth, .token = token_of(self)
        };
        setup_probe_row(attempt, &credentials);
        if (attempt->is_good) {
            g_free(server->user);
            server->user = g_strdup(*user);
        }
        if (attempt->is_good || !g_error_matches(attempt->error, NET_ERROR, NET_ERROR_AUTH) || has_no_sign_in(attempt))
            break;
        first = first == NULL ? g_error_copy(attempt->error) : first;
    }
    if (first != NULL && g_error_matches(attempt->error, NET_ERROR, NET_ERROR_AUTH)) {
        g_clear_error(&attempt->error);
        attempt->error = g_steal_pointer(&first);
    }
    return attempt->is_good;
}

static void skip_sign_in(setup *self, guint index, struct account_server *server)
{
    g_free(server->user);
    server->user = g_strdup("");
    server->secret = ACCOUNT_SECRET_NONE;
    pthread_mutex_lock(&self->lock);
    setup_row_at(self, index)->login = SETUP_SKIPPED;
    pthread_mutex_unlock(&self->lock);
}

/* A server for sending that lets nobody sign in is used without: in a house of one's own that is usual. */
static bool go_without_sign_in(struct setup_attempt *attempt, struct account_server *server)
{
    if (server != &attempt->self->account->outgoing || !has_no_sign_in(attempt))
        return false;
    skip_sign_in(attempt->self, attempt->index, server);
    attempt->is_good = true;
    return true;
}

static bool go_by_choice_without(struct setup_attempt *attempt, struct account_server *server)
{
    setup_probe_row(attempt, NULL);
    if (attempt->is_good)
        skip_sign_in(attempt->self, attempt->index, server);
    return attempt->is_good;
}

static void take_folders(setup *self, const struct setup_attempt *attempt)
{
    pthread_mutex_lock(&self->lock);
    g_ptr_array_unref(self->folders);
    self->folders = setup_folders_map(attempt->result.folders);
    setup_folders_apply(attempt->result.folders, self->account);
    pthread_mutex_unlock(&self->lock);
}

static enum setup_fault fault_of(const GError *error)
{
    if (error == NULL || error->domain != NET_ERROR)
        return SETUP_FAULT_SERVER;
    return error->code == NET_ERROR_AUTH          ? SETUP_FAULT_PASSWORD
           : error->code == NET_ERROR_INSECURE    ? SETUP_FAULT_CLEARTEXT
           : error->code == NET_ERROR_CERTIFICATE ? SETUP_FAULT_CERTIFICATE
                                                  : SETUP_FAULT_SERVER;
}

/* Caller frees. */
static char *note_fault(setup *self, const struct setup_attempt *attempt, bool is_outgoing)
{
    const char *words = attempt->error != NULL ? attempt->error->message : "";
    pthread_mutex_lock(&self->lock);
    setup_note_doubt(self, attempt);
    self->fault = fault_of(attempt->error);
    self->is_fault_outgoing = is_outgoing;
    pthread_mutex_unlock(&self->lock);
    return is_outgoing ? g_strdup_printf(_("Reading works. Sending does not: %s"), words) : g_strdup(words);
}

/* Only "" says: no sign-in; NULL: who got in for reading gets in here, as a rule. */
static bool is_without_sign_in(const struct account_server *server, bool is_outgoing)
{
    return is_outgoing && server->user != NULL && *server->user == '\0';
}

/* Caller frees; NULL: signed in. */
static char *sign_in_row(setup *self, guint index)
{
    struct setup_attempt attempt = { .self = self, .index = index, .row = setup_row_at(self, index) };
    struct account_server *server = setup_server_of(self, attempt.row);
    bool is_outgoing = server == &self->account->outgoing;
    char *why_not = NULL;
    bool is_in = is_without_sign_in(server, is_outgoing) ? go_by_choice_without(&attempt, server)
                                                         : try_users(&attempt, server) || go_without_sign_in(&attempt, server);
    if (is_in)
        setup_keep_certificate(&attempt, server);
    if (!is_in) {
        why_not = note_fault(self, &attempt, is_outgoing);
    } else if (!is_outgoing) {
        take_folders(self, &attempt);
        if (self->account->outgoing.user == NULL)
            self->account->outgoing.user = g_strdup(server->user);
    }
    setup_attempt_clear(&attempt);
    return why_not;
}

/* Caller frees; NULL: signed in. */
static char *sign_in_chosen(setup *self, bool is_incoming, unsigned *tried)
{
    char *why_not = NULL;
    for (guint i = 0; i < self->rows->len && why_not == NULL; i++) {
        const struct setup_row *row = setup_row_at(self, i);
        if (!row->is_chosen || setup_row_is_incoming(row) != is_incoming)
            continue;
        why_not = sign_in_row(self, i);
        (*tried)++;
    }
    return why_not;
}

/* What a command gives is tried, so the command is tried too. Caller frees; NULL: there it is. */
static char *ask_command(setup *self, const struct account_server *server, char **password)
{
    g_autoptr(GError) error = NULL;
    if (server->secret != ACCOUNT_SECRET_COMMAND)
        return NULL;
    char *given = secret_get(self->account, server, self->cancel_fd, COMMAND_TIMEOUT_MS, &error);
    if (given == NULL) {
        self->fault = SETUP_FAULT_PASSWORD;
        self->is_fault_outgoing = server == &self->account->outgoing;
        return g_strdup(error->message);
    }
    secret_free(*password);
    *password = given;
    return NULL;
}

/* A file that is there is opened before anything else: its passphrase is asked for on the same form. Caller frees; NULL: it is open, or not wanted. */
static char *open_file(setup *self)
{
    g_autoptr(GError) error = NULL;
    bool is_wanted = self->account->incoming.secret == ACCOUNT_SECRET_FILE && secret_file_state() == SECRET_FILE_LOCKED;
    if (!is_wanted || secret_file_unlock(self->passphrase != NULL ? self->passphrase : "", &error))
        return NULL;
    self->fault = SETUP_FAULT_PASSPHRASE;
    self->is_fault_outgoing = false;
    return g_strdup(error->message);
}

/* Caller frees; NULL: there is a token, or none is wanted. */
static char *visit_browser(setup *self)
{
    g_autoptr(GError) error = NULL;
    if (!oauth_account_is(self->account) || setup_oauth_token(self, &error) != NULL)
        return NULL;
    self->fault = SETUP_FAULT_PASSWORD;
    self->is_fault_outgoing = false;
    return g_strdup(error->message);
}

void *setup_sign_in_main(void *data)
{
    setup *self = data;
    g_autofree char *why_not = open_file(self);
    unsigned tried = 0;
    if (why_not == NULL)
        why_not = ask_command(self, &self->account->incoming, &self->password);
    if (why_not == NULL)
        why_not = ask_command(self, &self->account->outgoing, &self->outgoing_password);
    if (why_not == NULL)
        why_not = visit_browser(self);
    if (why_not == NULL)
        why_not = sign_in_chosen(self, true, &tried);
    if (why_not == NULL) /* with the name that reading has found out */
        why_not = sign_in_chosen(self, false, &tried);
    if (self->fault == SETUP_FAULT_PASSWORD) /* the next time the browser is asked anew */
        setup_oauth_forget(self);
    if (tried == 0 && why_not == NULL)
        why_not = g_strdup(_("There is no server to sign in to yet."));
    if (!setup_is_cancelled(self))
        setup_post(self, EVENT_SETUP_DONE, SETUP_PHASE_SIGN_IN, why_not == NULL, why_not);
    return NULL;
}
