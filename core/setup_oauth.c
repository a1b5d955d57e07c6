/* SPDX-License-Identifier: MIT */
/* Signing in through the browser while an account is set up: nothing is kept before it is saved. */
#include "config/oauth_providers.h"
#include "core/oauth_account.h"
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

const char *setup_oauth(setup *self)
{
    const char *host = self->account->incoming.host;
    const struct oauth_provider *provider = host != NULL ? oauth_provider_for_host(host) : NULL;
    return provider != NULL ? provider->word : NULL;
}

bool setup_has_device_sign_in(const char *word)
{
    const struct oauth_provider *provider = oauth_provider_named(word);
    return provider != NULL && provider->device_url != NULL;
}

void setup_set_oauth(setup *self, const char *word, bool is_device)
{
    setup_cancel(self);
    if (g_strcmp0(word, self->account->oauth.provider) != 0 || is_device != self->is_device)
        setup_oauth_forget(self);
    g_free(self->account->oauth.provider);
    self->account->oauth.provider = g_strdup(word);
    self->is_device = is_device;
}

char *setup_oauth_missing(setup *self)
{
    struct account *tried = account_copy(self->account);
    if (tried->oauth.provider == NULL)
        tried->oauth.provider = g_strdup(setup_oauth(self));
    char *missing = oauth_account_missing(tried);
    account_free(tried);
    return missing;
}

/* --- the visit --- */
static void set_visit(setup *self, char *words /* taken */)
{
    pthread_mutex_lock(&self->lock);
    g_free(self->visit);
    self->visit = words;
    pthread_mutex_unlock(&self->lock);
    setup_post(self, EVENT_SETUP_STEP, 0, SETUP_RUNNING, "");
}

static void show_link(void *data, const char *link)
{
    setup *self = data;
    setup_post(self, EVENT_VISIT, 0, 0, link);
    set_visit(
        self,
        g_strdup_printf(
            _("Sign in with your browser; it has been opened, if this computer has one. If not, open this link on this computer:\n\n%s"),
            link));
}

static void show_code(void *data, const char *link, const char *code)
{
    set_visit(data, g_strdup_printf(_("On any device, open %s\nand type there: %s"), link, code));
}

char *setup_visit(setup *self)
{
    pthread_mutex_lock(&self->lock);
    char *words = g_strdup(self->visit);
    pthread_mutex_unlock(&self->lock);
    return words;
}

/* --- tokens --- */
void setup_oauth_forget(setup *self)
{
    if (self->tokens == NULL)
        return;
    oauth_tokens_clear(self->tokens);
    g_clear_pointer(&self->tokens, g_free);
}

const char *setup_oauth_token(setup *self, GError **error)
{
    const struct oauth_sign_in how = { .data = self, .visit = show_link, .device = show_code, .cancel_fd = self->cancel_fd };
    if (self->tokens != NULL)
        return self->tokens->access;
    self->tokens = g_new0(struct oauth_tokens, 1);
    bool is_in = oauth_account_ask(self->account, &how, self->is_device, self->tokens, error);
    set_visit(self, NULL);
    if (!is_in)
        setup_oauth_forget(self);
    return is_in ? self->tokens->access : NULL;
}

bool setup_oauth_save(setup *self, GError **error)
{
    struct account_server *in = &self->account->incoming, *out = &self->account->outgoing;
    if (out->secret == ACCOUNT_SECRET_NONE && out->user != NULL && *out->user != '\0')
        out->secret = in->secret;
    if (self->tokens != NULL && self->tokens->refresh != NULL)
        return oauth_account_keep(self->account, self->tokens->refresh, self->cancel_fd, error);
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The service gave no lasting permission: sign in again."));
    return false;
}
