/* SPDX-License-Identifier: MIT */
/* The account's own words before the table's. */
#include "core/oauth_account.h"
#include "config/oauth_providers.h"
#include "config/paths.h"
#include "config/secret.h"
#include "core/instance.h"
#include "net/oauth.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define TURN_TRIES        600
#define TURN_PAUSE_MS     100
#define VISIT_TIMEOUT_MS  600000
#define SECRET_TIMEOUT_MS 60000 /* the keyring may have to be unlocked */

bool oauth_account_is(const struct account *account)
{
    return account->oauth.provider != NULL || account->oauth.token_url != NULL;
}

static bool fail_missing(const struct account *account, const char *key, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("%s is missing in [oauth] of %s."), key,
                account->path != NULL ? account->path : account->name);
    return false;
}

static const char *first_of(const char *own, const char *usual)
{
    return own != NULL ? own : usual;
}

char *oauth_account_missing(const struct account *account)
{
    const struct oauth_provider *provider = oauth_provider_named(account->oauth.provider);
    g_autofree char *settings = paths_config_file("postern.conf");
    if (account->oauth.client_id != NULL || provider == NULL || oauth_provider_client_id(provider) != NULL)
        return NULL;
    return g_strdup_printf(
        _("%s wants to know the program that asks for mail: it needs a client-id, which is had at %s. %s Then write %s-client-id = … "
          "into [oauth] of %s."),
        provider->name, provider->where, _(provider->how), provider->word, settings);
}

bool oauth_account_has_device(const struct account *account)
{
    const struct oauth_provider *provider = oauth_provider_named(account->oauth.provider);
    return account->oauth.device_url != NULL || (provider != NULL && provider->device_url != NULL);
}

static bool fail_client_id(const struct account *account, GError **error)
{
    g_autofree char *guidance = oauth_account_missing(account);
    if (guidance == NULL)
        return fail_missing(account, "client-id", error);
    g_set_error_literal(error, NET_ERROR, NET_ERROR_CONFIG, guidance);
    return false;
}

/* OpenID Connect Core 11: a refresh token is given for offline_access, and that is asked of the person each time. */
static const char *usual_extra(const char *scope)
{
    return scope != NULL && strstr(scope, "offline_access") != NULL ? "prompt=consent" : NULL;
}

bool oauth_account_describe(const struct account *account, struct net_oauth_service *service_out, GError **error)
{
    const struct account_oauth *own = &account->oauth;
    const struct oauth_provider *provider = oauth_provider_named(own->provider);
    static const struct oauth_provider nobody = { 0 };
    const struct oauth_provider *usual = provider != NULL ? provider : &nobody;
    const char *scope = first_of(own->scope, usual->scope);
    *service_out = (struct net_oauth_service){ .authorization_url = first_of(own->authorization_url, usual->authorization_url),
                                               .token_url = first_of(own->token_url, usual->token_url),
                                               .device_url = first_of(own->device_url, usual->device_url),
                                               .scope = scope,
                                               .extra = provider != NULL ? provider->extra : usual_extra(scope),
                                               .client_id = own->client_id,
                                               .client_secret = own->client_secret,
                                               .redirect_host = usual->redirect_host,
                                               .redirect_url = own->redirect_url,
                                               .tls_ca_file = account->incoming.tls_ca_file,
                                               .proxy = account->incoming.proxy };
    if (own->client_id == NULL && provider != NULL) { /* both of them from one place */
        service_out->client_id = oauth_provider_client_id(provider);
        service_out->client_secret = oauth_provider_client_secret(provider);
    }
    if (service_out->client_id == NULL)
        return fail_client_id(account, error);
    if (service_out->token_url == NULL)
        return fail_missing(account, "token-url", error);
    return true;
}

bool oauth_account_keep(struct account *account, const char *refresh, int cancel_fd, GError **error)
{
    if (secret_is_kept(&account->incoming))
        return secret_put(account, &account->incoming, refresh, cancel_fd, SECRET_TIMEOUT_MS, error);
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG,
                _("%s has no place for the sign-in: write secret = keyring (or secret = file, which is encrypted) into [incoming] of %s."),
                account->name, account->path);
    return false;
}

static bool ask_visit(const struct net_oauth_service *service, const struct account *account, const struct oauth_sign_in *how,
                      struct net_oauth_tokens *tokens_out, GError **error)
{
    const char *hint = account->incoming.user != NULL ? account->incoming.user : account->from_address;
    if (service->authorization_url == NULL)
        return fail_missing(account, "authorization-url", error);
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
    if (service->device_url == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG,
                    _("%s has no sign-in by a code on another device. Sign in with a browser on this computer (without --device)."),
                    account->name);
        return false;
    }
    if (!net_oauth_device_start(service, how->cancel_fd, &device, error))
        return false;
    how->device(how->data, device.link, device.user_code);
    bool is_good = net_oauth_device_wait(service, &device, how->cancel_fd, tokens_out, error);
    net_oauth_device_clear(&device);
    return is_good;
}

void oauth_tokens_clear(struct oauth_tokens *tokens)
{
    secret_free(tokens->access);
    secret_free(tokens->refresh);
    *tokens = (struct oauth_tokens){ 0 };
}

bool oauth_account_ask(const struct account *account, const struct oauth_sign_in *how, bool is_device, struct oauth_tokens *tokens_out,
                       GError **error)
{
    struct net_oauth_service service;
    struct net_oauth_tokens tokens = { 0 };
    *tokens_out = (struct oauth_tokens){ 0 };
    if (!oauth_account_describe(account, &service, error))
        return false;
    bool is_good = (is_device ? ask_device : ask_visit)(&service, account, how, &tokens, error);
    if (is_good && tokens.refresh == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL,
                    _("The sign-in of %s worked, but for an hour only: the service gave no refresh token. Look at scope in [oauth] of %s."),
                    account->name != NULL ? account->name : account->from_address,
                    account->path != NULL ? account->path : _("the account"));
        is_good = false;
    }
    if (is_good) {
        tokens_out->access = g_steal_pointer(&tokens.access);
        tokens_out->refresh = g_steal_pointer(&tokens.refresh);
        tokens_out->expires_utc = tokens.expires_utc;
    }
    net_oauth_tokens_clear(&tokens);
    return is_good;
}

bool oauth_account_sign_in(struct account *account, const struct oauth_sign_in *how, bool is_device, GError **error)
{
    struct oauth_tokens tokens = { 0 };
    bool is_good =
        oauth_account_ask(account, how, is_device, &tokens, error) && oauth_account_keep(account, tokens.refresh, how->cancel_fd, error);
    oauth_tokens_clear(&tokens);
    if (is_good)
        instance_ring(NULL);
    return is_good;
}

/* --- refreshing --- */
/* One process at a time: a service that gives a new refresh token each time takes a second use of the old one for theft, and takes all back. -1 with error. */
static int take_turn(const struct account *account, int cancel_fd, GError **error)
{
    g_autofree char *name = g_strdup_printf("secrets/%s.lock", account->id), *path = paths_data_file(name),
                    *directory = g_path_get_dirname(path);
    if (!paths_make(directory, error))
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct pollfd cancel = { .fd = cancel_fd, .events = POLLIN };
    for (int i = 0; fd >= 0 && i < TURN_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        if (errno != EWOULDBLOCK || poll(&cancel, 1, TURN_PAUSE_MS) > 0)
            break;
    }
    g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("The sign-in of %s is being renewed by another postern."), account->name);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Under the lock: what is kept may be newer than what the caller knew. */
static bool refresh_kept(struct account *own, const char *unkept, int cancel_fd, struct oauth_tokens *tokens_out, GError **error)
{
    struct net_oauth_service service;
    struct net_oauth_tokens tokens = { 0 };
    char *refresh = unkept != NULL ? g_strdup(unkept) : secret_get(own, &own->incoming, cancel_fd, SECRET_TIMEOUT_MS, error);
    if (refresh != NULL && *refresh == '\0') {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("%s was never signed in."), own->name);
        g_clear_pointer(&refresh, secret_free);
    }
    bool is_good =
        refresh != NULL && oauth_account_describe(own, &service, error) && net_oauth_refresh(&service, refresh, cancel_fd, &tokens, error);
    bool is_new = tokens.refresh != NULL && g_strcmp0(tokens.refresh, refresh) != 0;
    if (is_good) {
        tokens_out->access = g_steal_pointer(&tokens.access);
        tokens_out->expires_utc = tokens.expires_utc;
        tokens_out->refresh = is_new || unkept != NULL ? g_strdup(is_new ? tokens.refresh : unkept) : NULL;
    }
    net_oauth_tokens_clear(&tokens);
    secret_free(refresh);
    return is_good;
}

bool oauth_account_refresh(const struct account *account, const char *unkept, int cancel_fd, struct oauth_tokens *tokens_out,
                           GError **unkept_why, GError **error)
{
    g_autoptr(account) own = account_copy(account);
    *tokens_out = (struct oauth_tokens){ 0 };
    int turn = take_turn(account, cancel_fd, error);
    bool is_good = turn >= 0 && refresh_kept(own, unkept, cancel_fd, tokens_out, error);
    /* Before the access token is used for anything: the old refresh token is worth nothing any more. Nobody calls this off. */
    if (is_good && tokens_out->refresh != NULL && oauth_account_keep(own, tokens_out->refresh, -1, unkept_why))
        g_clear_pointer(&tokens_out->refresh, secret_free);
    if (turn >= 0)
        close(turn);
    return is_good;
}

char *oauth_account_token(const struct account *account, int cancel_fd, GError **error)
{
    struct oauth_tokens tokens;
    g_autoptr(GError) unkept = NULL;
    bool is_good = oauth_account_refresh(account, NULL, cancel_fd, &tokens, &unkept, error);
    if (is_good && unkept != NULL) {
        g_propagate_error(error, g_steal_pointer(&unkept));
        is_good = false;
    }
    char *token = is_good ? g_steal_pointer(&tokens.access) : NULL;
    oauth_tokens_clear(&tokens);
    return token;
}
