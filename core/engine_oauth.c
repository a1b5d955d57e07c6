/* SPDX-License-Identifier: MIT */
/* Access tokens while the engine runs: in memory only, fetched before they expire, thrown away when a server refuses them. */
#include "config/error.h"
#include "config/secret.h"
#include "core/engine_private.h"
#include "core/oauth_account.h"
#include <glib/gi18n-lib.h>
#include <poll.h>

#define EARLY_S  60
#define UNSAID_S 120 /* the life of a token that says nothing of it */
#define TURN_MS  50

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

/* A token is not used in its last minute (or quarter): the sign-in takes time, and clocks differ. */
static void keep_token(engine_account *self, struct oauth_tokens *tokens)
{
    int64_t now_utc = g_get_real_time() / G_USEC_PER_SEC, life_s = tokens->expires_utc > 0 ? tokens->expires_utc - now_utc : UNSAID_S;
    pthread_mutex_lock(&self->engine->mutex);
    net_secret_free(self->access_token);
    self->access_token = g_strdup(tokens->access);
    self->access_until_utc = now_utc + life_s - MIN(EARLY_S, life_s / 4);
    net_secret_free(self->unkept_refresh);
    self->unkept_refresh = g_steal_pointer(&tokens->refresh);
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

/* Asks the person, once for both directions; the sentence is for those who have no screen. The outbox tries again from time to time, the others wait
 * for the answer. */
static void fail_sign_in(engine_account *self, bool is_outgoing, const char *why, GError **error)
{
    g_set_error(error, NET_ERROR, is_outgoing ? NET_ERROR_REFUSED : NET_ERROR_AUTH,
                _("%s signs in with a browser. Run: postern sign-in %s%s%s%s"), self->account->name, self->account->id,
                why != NULL ? " (" : "", why != NULL ? why : "", why != NULL ? ")" : "");
    if (!engine_is_waiting_for_person(self, false))
        engine_sign_in_question(self, why);
}

static char *unkept_refresh(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    char *unkept = g_strdup(self->unkept_refresh);
    pthread_mutex_unlock(&self->engine->mutex);
    return unkept;
}

static void forget_unkept(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    g_clear_pointer(&self->unkept_refresh, net_secret_free);
    pthread_mutex_unlock(&self->engine->mutex);
}

/* NULL with error; a permission that is gone, or was never there, is a question to the person. */
static char *fetch_token(engine_account *self, bool is_outgoing, int cancel_fd, GError **error)
{
    struct oauth_tokens tokens;
    g_autoptr(GError) why = NULL, unkept_why = NULL;
    char *unkept = unkept_refresh(self), *token = NULL;
    bool is_good = oauth_account_refresh(self->account, unkept, cancel_fd, &tokens, &unkept_why, &why);
    net_secret_free(unkept);
    if (unkept_why != NULL)
        engine_notice(self, unkept_why->message);
    if (is_good) {
        token = g_strdup(tokens.access);
        keep_token(self, &tokens);
    } else if (g_error_matches(why, NET_ERROR, NET_ERROR_AUTH)) {
        forget_unkept(self); /* what the person, or another postern, puts in its place counts then */
        fail_sign_in(self, is_outgoing, why->message, error);
    } else if (why->domain == CONFIG_ERROR && why->code != CONFIG_ERROR_CANCELLED) {
        fail_sign_in(self, is_outgoing, why->code == CONFIG_ERROR_MISSING ? NULL : why->message, error);
    } else {
        g_propagate_error(error, g_steal_pointer(&why));
    }
    oauth_tokens_clear(&tokens);
    return token;
}

static void show_link(void *data, const char *link)
{
    engine_account *self = data;
    const struct event event = { .type = EVENT_VISIT, .account = self->id, .state = 1, .text = (char *)link };
    event_post(self->engine->events, &event);
}

static void show_code(void *data, const char *link, const char *code)
{
    g_autofree char *words = g_strdup_printf("%s\n%s", link, code);
    show_link(data, words);
}

/* The person said yes: this worker waits for the browser. NULL: nobody said so, or it came to nothing (told). */
static char *visit(engine_account *self, int cancel_fd)
{
    const struct oauth_sign_in how = { .data = self, .visit = show_link, .device = show_code, .cancel_fd = cancel_fd };
    struct oauth_tokens tokens = { 0 };
    g_autoptr(GError) why = NULL;
    char *token = NULL;
    pthread_mutex_lock(&self->engine->mutex);
    enum sign_in_answer wanted = self->visit;
    self->visit = SIGN_IN_LATER;
    pthread_mutex_unlock(&self->engine->mutex);
    if (wanted != SIGN_IN_LATER && oauth_account_ask(self->account, &how, wanted == SIGN_IN_DEVICE, &tokens, &why)) {
        if (oauth_account_keep(self->account, tokens.refresh, -1, &why))
            g_clear_pointer(&tokens.refresh, secret_free);
        token = g_strdup(tokens.access);
        keep_token(self, &tokens);
    }
    if (why != NULL && !g_error_matches(why, NET_ERROR, NET_ERROR_CANCELLED))
        engine_notice(self, why->message);
    oauth_tokens_clear(&tokens);
    return token;
}

static char *fail_locked(engine_account *self, bool is_outgoing, GError **error)
{
    g_set_error(error, NET_ERROR, is_outgoing ? NET_ERROR_REFUSED : NET_ERROR_AUTH,
                _("The sign-in of %s lies in the file of secrets, which wants its passphrase."), self->account->name);
    return NULL;
}

static char *fresh_token(engine_account *self, bool is_outgoing, int cancel_fd, GError **error)
{
    if (!engine_open_secrets(self, is_outgoing, true, cancel_fd))
        return fail_locked(self, is_outgoing, error);
    char *token = visit(self, cancel_fd);
    return token != NULL ? token : fetch_token(self, is_outgoing, cancel_fd, error);
}

char *engine_access_token(engine_account *self, bool is_outgoing, int cancel_fd, GError **error)
{
    if (!take_turn(self, cancel_fd, error))
        return NULL;
    char *token = known_token(self);
    if (token == NULL && engine_is_waiting_for_person(self, false))
        fail_sign_in(self, is_outgoing, NULL, error);
    else if (token == NULL)
        token = fresh_token(self, is_outgoing, cancel_fd, error);
    end_turn(self);
    return token;
}
