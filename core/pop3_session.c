/* SPDX-License-Identifier: MIT */
/* Connecting and signing in to a maildrop. */
#include "core/account_endpoint.h"
#include "core/pop3_session_private.h"
#include "core/store_folder.h"
#include "core/oauth_account.h"
#include "core/signin_memory.h"
#include "net/signin.h"
#include <glib/gi18n-lib.h>

void pop3_session_init(pop3_session *self, engine_account *account, worker *thread)
{
    *self = (pop3_session){ .account = account, .thread = thread };
    pop3_maildrop_init(&self->drop);
    self->cuts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->sizes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void pop3_session_clear(pop3_session *self)
{
    pop3_session_close(self);
    pop3_maildrop_clear(&self->drop);
    g_hash_table_unref(self->cuts);
    g_hash_table_unref(self->sizes);
    store_close(self->store);
}

void pop3_session_close(pop3_session *self)
{
    g_clear_pointer(&self->client, pop3_client_free);
    g_clear_pointer(&self->mails, g_hash_table_unref);
}

static void on_tick(void *data, int waited_ms)
{
    pop3_session *self = data;
    if (waited_ms < 5000) {
        engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_ONLINE, "");
        return;
    }
    g_autofree char *words = g_strdup_printf(_("%s does not answer for %d s"), self->account->account->incoming.host, waited_ms / 1000);
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_SLOW, words);
}

static bool connect_client(pop3_session *self, GError **error)
{
    const struct account_server *server = &self->account->account->incoming;
    g_autofree char *pins = engine_pins(self->account, server), *name = g_strdup_printf("pop3 %s", self->account->account->id);
    struct net_endpoint endpoint = account_endpoint(server, self->account->engine->settings, pins);
    struct net_context context = { .cancel_fd = worker_cancel_fd(self->thread),
                                   .hurry_fd = worker_hurry_fd(self->thread),
                                   .log_name = name,
                                   .tick = on_tick,
                                   .data = self };
    struct net_trust_verdict verdict = { 0 };
    GError *why = NULL;
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_CONNECTING, "");
    self->client = pop3_client_connect(&endpoint, &context, &verdict, &why);
    if (g_error_matches(why, NET_ERROR, NET_ERROR_CERTIFICATE))
        engine_certificate_question(self->account, false, &verdict);
    net_trust_verdict_clear(&verdict);
    if (why != NULL)
        g_propagate_error(error, why);
    return self->client != NULL;
}

static bool sign_in(pop3_session *self, GError **error)
{
    const struct account_server *server = &self->account->account->incoming;
    GError *why = NULL;
    char *password = engine_password(self->account, false, worker_cancel_fd(self->thread), &why);
    if (password == NULL) {
        if (why == NULL)
            g_set_error(&why, NET_ERROR, NET_ERROR_AUTH, _("The password of %s is needed."), self->account->account->name);
        g_propagate_error(error, why);
        return false;
    }
    g_autofree char *last = signin_memory_last(self->store, self->account->account->id, false);
    const struct net_credentials credentials = { .user = server->user != NULL ? server->user : "",
                                                 .password = password,
                                                 .auth = server->auth,
                                                 .last = last,
                                                 .token = oauth_account_is(self->account->account) ? password : NULL };
    bool is_in = pop3_client_login(self->client, &credentials, &why);
    net_secret_free(password);
    if (is_in) {
        g_autofree char *notice =
            signin_memory_note(self->store, self->account->account->id, false, server->host, pop3_client_mechanism(self->client));
        if (notice != NULL)
            engine_notice(self->account, notice);
        return true;
    }
    self->is_locked = pop3_client_refusal(self->client) == POP3_CODE_IN_USE || pop3_client_refusal(self->client) == POP3_CODE_LOGIN_DELAY;
    engine_access_token_refused(self->account, why);
    if (g_error_matches(why, NET_ERROR, NET_ERROR_AUTH))
        engine_password_refused(self->account, false, why->message);
    g_propagate_error(error, why);
    return false;
}

/* The local worker makes it too, under the same name. */
static bool find_inbox(pop3_session *self, GError **error)
{
    g_autoptr(folder) found = store_folder_by_role(self->store, self->account->id, FOLDER_INBOX, NULL);
    const struct folder wanted = {
        .account_id = self->account->id, .name = (char *)"Inbox", .wire = (char *)"Inbox", .delimiter = '/', .role = FOLDER_INBOX
    };
    self->inbox_id = found != NULL ? found->id : store_folder_put(self->store, &wanted, error);
    return self->inbox_id != 0;
}

/* Once more where a server hung up over a way to sign in that it will not be shown again. */
static bool enter(pop3_session *self, GError **error)
{
    unsigned lessons = net_signin_lessons();
    GError *why = NULL;
    if (!connect_client(self, error))
        return false;
    if (sign_in(self, &why))
        return true;
    pop3_session_close(self);
    if (lessons == net_signin_lessons() || g_error_matches(why, NET_ERROR, NET_ERROR_AUTH)) {
        g_propagate_error(error, why);
        return false;
    }
    g_clear_error(&why);
    return connect_client(self, error) && sign_in(self, error);
}

bool pop3_session_open(pop3_session *self, GError **error)
{
    if (self->store == NULL)
        self->store = store_open(self->account->engine->store_path, STORE_WORKER, error);
    self->is_locked = false;
    if (self->store == NULL || !find_inbox(self, error))
        return false;
    if (!enter(self, error)) {
        pop3_session_close(self);
        return false;
    }
    self->login_delay_s = pop3_client_login_delay_s(self->client);
    if (self->is_one_by_one)
        pop3_client_forgo_pipelining(self->client);
    engine_set_state(self->account, LANE_BACKGROUND, CONNECTION_ONLINE, "");
    return true;
}
