/* SPDX-License-Identifier: MIT */
/* Access tokens while the engine runs: in memory only, fetched before they expire, thrown away when a server refuses them. */
#include "config/secret.h"
#include "core/engine_private.h"
#include "core/oauth_account.h"
#include "net/oauth.h"
#include <glib/gi18n-lib.h>
#include <poll.h>

#define SECRET_TIMEOUT_MS 60000
#define EARLY_S           60 /* a token is not used in its last minute: the sign-in takes time, and clocks differ */
#define TURN_MS           50

static char *known_token(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    bool is_good = self->access_token != NULL && g_get_real_time() / G_USEC_PER_SEC < self->access_until_utc;
    char *token = is_good ? g_strdup(self->access_token) : NULL;
    pthread_mutex_unlock(&self->engine->mutex);
    return token;
}

void engine_access_token_refused(engine_account *self, GError *why)
{
    if (!oauth_account_is(self->account) || !g_error_matches(why, NET_ERROR, NET_ERROR_AUTH))
        return;
    pthread_mutex_lock(&self->engine->mutex);
    g_clear_pointer(&self->access_token, net_secret_free);
    pthread_mutex_unlock(&self->engine->mutex);
    why->code = NET_ERROR_REFUSED;
}

static void keep_token(engine_account *self, const struct net_oauth_tokens *tokens)
{
    int64_t until_utc = tokens->expires_utc > 0 ? tokens->expires_utc - EARLY_S : g_get_real_time() / G_USEC_PER_SEC + EARLY_S;
    pthread_mutex_lock(&self->engine->mutex);
    net_secret_free(self->access_token);
    self->access_token = g_strdup(tokens->access);
    self->access_until_utc = until_utc;
    pthread_mutex_unlock(&self->engine->mutex);
}

/* One worker of the account fetches, the others wait for what it gets: services that give a new refresh token each time take back the old one. */
static bool take_turn(engine_account *self, int cancel_fd, GError **error)
{
    struct pollfd cancel = { .fd = cancel_fd, .events = POLLIN };
    for (;;) {
        pthread_mutex_lock(&self->engine->mutex);
        bool is_free = !self->is_fetching_token;
        self->is_fetching_token = true;
        pthread_mutex_unlock(&self->engine->mutex);
        if (is_free)
            return true;
        if (poll(&cancel, 1, TURN_MS) > 0) {
            g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("The sign-in was called off."));
            return false;
        }
    }
}

static void end_turn(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    self->is_fetching_token = false;
    pthread_mutex_unlock(&self->engine->mutex);
}

/* Not an error that waits for an answer on the screen: the answer is given in the browser. Trying again later finds it. */
static void fail_sign_in(const engine_account *self, const GError *why, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s signs in with a browser. Run: postern sign-in %s%s%s%s"), self->account->name,
                self->account->id, why != NULL ? " (" : "", why != NULL ? why->message : "", why != NULL ? ")" : "");
}

static bool fetch_token(engine_account *self, const char *refresh, int cancel_fd, GError **error)
{
    struct net_oauth_service service;
    struct net_oauth_tokens tokens = { 0 };
    g_autoptr(GError) why = NULL, unkept = NULL;
    if (!oauth_account_describe(self->account, &service, error))
        return false;
    if (!net_oauth_refresh(&service, refresh, cancel_fd, &tokens, &why)) {
        if (g_error_matches(why, NET_ERROR, NET_ERROR_AUTH))
            fail_sign_in(self, why, error);
        else
            g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    keep_token(self, &tokens);
    bool is_new = tokens.refresh != NULL && g_strcmp0(tokens.refresh, refresh) != 0;
    if (is_new && !oauth_account_keep(self->account, tokens.refresh, cancel_fd, &unkept))
        engine_notice(self, unkept->message);
    net_oauth_tokens_clear(&tokens);
    return true;
}

char *engine_access_token(engine_account *self, int cancel_fd, GError **error)
{
    if (!take_turn(self, cancel_fd, error))
        return NULL;
    char *token = known_token(self);
    if (token == NULL) {
        g_autoptr(GError) why = NULL;
        char *refresh = secret_get(self->account, &self->account->incoming, cancel_fd, SECRET_TIMEOUT_MS, &why);
        if (refresh == NULL || *refresh == '\0')
            fail_sign_in(self, why, error);
        else if (fetch_token(self, refresh, cancel_fd, error))
            token = known_token(self);
        if (token == NULL && error != NULL && *error == NULL)
            fail_sign_in(self, NULL, error); /* it gave one that has expired already */
        secret_free(refresh);
    }
    end_turn(self);
    return token;
}
