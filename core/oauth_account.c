/* SPDX-License-Identifier: MIT */
/* The account's own words before the table's. */
#include "core/oauth_account.h"
#include "config/oauth_providers.h"
#include "config/secret.h"
#include "core/instance.h"
#include "net/oauth.h"
#include <glib/gi18n-lib.h>

#define VISIT_TIMEOUT_MS  600000
#define SECRET_TIMEOUT_MS 60000 /* the keyring may have to be unlocked */

bool oauth_account_is(const struct account *account)
{
    return account->oauth.provider != NULL || account->oauth.token_url != NULL;
}

static bool fail_missing(const struct account *account, const char *key, const struct oauth_provider *provider, GError **error)
{
    if (provider != NULL)
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG,
                    _("%s signs in at %s, which wants to know the program that asks: %s is missing in [oauth] of %s. One is had at %s."),
                    account->name, provider->name, key, account->path, provider->where);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s is missing in [oauth] of %s."), key, account->path);
    return false;
}

static const char *first_of(const char *own, const char *usual)
{
    return own != NULL ? own : usual;
}

bool oauth_account_describe(const struct account *account, struct net_oauth_service *service_out, GError **error)
{
    const struct account_oauth *own = &account->oauth;
    const struct oauth_provider *provider = oauth_provider_named(own->provider);
    static const struct oauth_provider nobody = { 0 };
    const struct oauth_provider *usual = provider != NULL ? provider : &nobody;
    *service_out = (struct net_oauth_service){ .authorization_url = first_of(own->authorization_url, usual->authorization_url),
                                               .token_url = first_of(own->token_url, usual->token_url),
                                               .device_url = first_of(own->device_url, usual->device_url),
                                               .scope = first_of(own->scope, usual->scope),
                                               .client_id = own->client_id,
                                               .client_secret = own->client_secret,
                                               .redirect_host = usual->redirect_host,
                                               .tls_ca_file = account->incoming.tls_ca_file };
    if (service_out->client_id == NULL)
        return fail_missing(account, "client-id", provider, error);
    if (service_out->token_url == NULL)
        return fail_missing(account, "token-url", provider, error);
    return true;
}

bool oauth_account_keep(struct account *account, const char *refresh, int cancel_fd, GError **error)
{
    if (secret_is_kept(&account->incoming))
        return secret_put(account, &account->incoming, refresh, cancel_fd, SECRET_TIMEOUT_MS, error);
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG,
                _("%s has no place for the sign-in: write secret = keyring (or secret = file) into [incoming] of %s."), account->name,
                account->path);
    return false;
}

static bool ask_visit(const struct net_oauth_service *service, const struct account *account, const struct oauth_sign_in *how,
                      struct net_oauth_tokens *tokens_out, GError **error)
{
    const char *hint = account->incoming.user != NULL ? account->incoming.user : account->from_address;
    if (service->authorization_url == NULL)
        return fail_missing(account, "authorization-url", NULL, error);
    g_autoptr(net_oauth_visit) visit = net_oauth_visit_new(service, hint, error);
    if (visit == NULL)
        return false;
    how->visit(how->data, net_oauth_visit_link(visit));
    return net_oauth_visit_wait(visit, how->cancel_fd, VISIT_TIMEOUT_MS, tokens_out, error);
}

static bool ask_device(const struct net_oauth_service *service, const struct account *account, const struct oauth_sign_in *how,
                       struct net_oauth_tokens *tokens_out, GError **error)
{
    struct net_oauth_device device;
    if (service->device_url == NULL)
        return fail_missing(account, "device-url", NULL, error);
    if (!net_oauth_device_start(service, how->cancel_fd, &device, error))
        return false;
    how->device(how->data, device.link, device.user_code);
    bool is_good = net_oauth_device_wait(service, &device, how->cancel_fd, tokens_out, error);
    net_oauth_device_clear(&device);
    return is_good;
}

bool oauth_account_sign_in(struct account *account, const struct oauth_sign_in *how, bool is_device, GError **error)
{
    struct net_oauth_service service;
    struct net_oauth_tokens tokens = { 0 };
    if (!oauth_account_describe(account, &service, error))
        return false;
    bool is_good = (is_device ? ask_device : ask_visit)(&service, account, how, &tokens, error);
    if (is_good && tokens.refresh == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL,
                    _("The sign-in of %s worked, but for an hour only: the service gave no refresh token. Look at scope in [oauth] of %s."),
                    account->name, account->path);
        is_good = false;
    }
    is_good = is_good && oauth_account_keep(account, tokens.refresh, how->cancel_fd, error);
    net_oauth_tokens_clear(&tokens);
    if (is_good)
        instance_ring(NULL);
    return is_good;
}

char *oauth_account_token(const struct account *account, int cancel_fd, GError **error)
{
    struct net_oauth_service service;
    struct net_oauth_tokens tokens = { 0 };
    g_autoptr(account) own = account_copy(account);
    char *refresh = secret_get(account, &account->incoming, cancel_fd, SECRET_TIMEOUT_MS, error), *token = NULL;
    if (refresh != NULL && oauth_account_describe(account, &service, error) &&
        net_oauth_refresh(&service, refresh, cancel_fd, &tokens, error) &&
        (tokens.refresh == NULL || oauth_account_keep(own, tokens.refresh, cancel_fd, error)))
        token = g_strdup(tokens.access);
    net_oauth_tokens_clear(&tokens);
    secret_free(refresh);
    return token;
}
