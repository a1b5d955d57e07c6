/* SPDX-License-Identifier: MIT */
/* Endpoints and scopes as the services publish them. */
#include "config/oauth_providers.h"
#include "config/ini.h"
#include "config/paths.h"
#include <glib.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define MICROSOFT "https://login.microsoftonline.com/common/oauth2/v2.0/"
#define FASTMAIL  "https://www.fastmail.com/dev/protocol-"
#ifndef POSTERN_OAUTH_CLIENTS
#define POSTERN_OAUTH_CLIENTS "" /* "google-client-id=…,google-client-secret=…,microsoft-client-id=…" */
#endif

static const struct oauth_provider providers[] = {
    { .word = "google",
      .name = "Google",
      .authorization_url = "https://accounts.google.com/o/oauth2/v2/auth",
      .token_url = "https://oauth2.googleapis.com/token", /* there is a device flow, but not for mail */
      .scope = "https://mail.google.com/",
      .extra = "access_type=offline&prompt=consent", /* else there is no refresh token the second time */
      .redirect_host = "127.0.0.1",
      .where = "https://console.cloud.google.com/apis/credentials",
      .how = N_("Make an OAuth client ID of the kind \"Desktop app\"; Google gives a client-id and a client-secret, and wants both. An app "
                "password "
                "does without."),
      .domains = "gmail.com googlemail.com google.com" },
    { .word = "microsoft",
      .name = "Microsoft",
      .authorization_url = MICROSOFT "authorize",
      .token_url = MICROSOFT "token",
      .device_url = MICROSOFT "devicecode",
      .scope = "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/POP.AccessAsUser.All "
               "https://outlook.office.com/SMTP.Send",
      .extra = "prompt=select_account", /* not consent: people may not give it where the administrator did */
      .redirect_host = "localhost",
      .where = "https://entra.microsoft.com",
      .how = N_("Under App registrations, make a public client with the redirect address http://localhost (mobile and desktop), for "
                "accounts in any "
                "directory and personal ones."),
      .domains = "outlook.com office365.com hotmail.com live.com office.com" },
    { .word = "yahoo",
      .name = "Yahoo",
      .authorization_url = "https://api.login.yahoo.com/oauth2/request_auth",
      .token_url = "https://api.login.yahoo.com/oauth2/get_token",
      .scope = "mail-w",
      .redirect_host = "localhost",
      .where = "https://developer.yahoo.com/apps/",
      .how = N_("Yahoo gives the right to read mail to few programs. An app password is the usual way."),
      .domains = "yahoo.com yahoo.co.jp yahoodns.net" },
    { .word = "aol",
      .name = "AOL",
      .authorization_url = "https://api.login.aol.com/oauth2/request_auth",
      .token_url = "https://api.login.aol.com/oauth2/get_token",
      .scope = "mail-w",
      .redirect_host = "localhost",
      .where = "https://developer.yahoo.com/apps/",
      .how = N_("AOL gives the right to read mail to few programs. An app password is the usual way."),
      .domains = "aol.com" },
    { .word = "fastmail",
      .name = "Fastmail",
      .authorization_url = "https://api.fastmail.com/oauth/authorize",
      .token_url = "https://api.fastmail.com/oauth/refresh",
      .scope = FASTMAIL "imap " FASTMAIL "pop " FASTMAIL "smtp",
      .redirect_host = "localhost",
      .where = "https://www.fastmail.com/developer/oauth/",
      .how = N_("Fastmail registers programs when their makers write to it. An app password is the usual way."),
      .domains = "fastmail.com fastmail.fm messagingengine.com" },
};

const struct oauth_provider *oauth_provider_at(size_t index)
{
    return index < G_N_ELEMENTS(providers) ? &providers[index] : NULL;
}

const struct oauth_provider *oauth_provider_named(const char *word)
{
    for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(providers); i++) {
        if (g_ascii_strcasecmp(providers[i].word, word) == 0)
            return &providers[i];
    }
    return NULL;
}

/* imap.gmail.com is of gmail.com; notgmail.com is not. */
static bool is_below(const char *host, const char *domain)
{
    size_t length = strlen(host), tail = strlen(domain);
    return length >= tail && g_ascii_strcasecmp(host + length - tail, domain) == 0 && (length == tail || host[length - tail - 1] == '.');
}

const struct oauth_provider *oauth_provider_for_host(const char *host)
{
    for (size_t i = 0; host != NULL && i < G_N_ELEMENTS(providers); i++) {
        g_auto(GStrv) domains = g_strsplit(providers[i].domains, " ", -1);
        for (char **domain = domains; *domain != NULL; domain++) {
            if (is_below(host, *domain))
                return &providers[i];
        }
    }
    return NULL;
}

/* --- what this program is called there --- */
/* NULL: not there, or empty. */
static const char *value_in(const char *path, const char *key)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(ini) file = ini_load(path, NULL, &why);
    g_autofree char *value = file != NULL ? ini_get(file, "oauth", key) : NULL;
    return value != NULL && *value != '\0' ? g_intern_string(value) : NULL;
}

static const char *built_in(const char *key)
{
    g_auto(GStrv) pairs = g_strsplit(POSTERN_OAUTH_CLIENTS, ",", -1);
    size_t length = strlen(key);
    for (char **pair = pairs; *pair != NULL; pair++) {
        if (strncmp(*pair, key, length) == 0 && (*pair)[length] == '=' && (*pair)[length + 1] != '\0')
            return g_intern_string(*pair + length + 1);
    }
    return NULL;
}

static const char *find_client(const struct oauth_provider *provider, const char *what)
{
    g_autofree char *key = g_strdup_printf("%s-%s", provider->word, what), *own = paths_config_file("postern.conf");
    const char *found = value_in(own, key), *environment = g_getenv("XDG_CONFIG_DIRS");
    g_auto(GStrv) directories = g_strsplit(environment != NULL && *environment != '\0' ? environment : "/etc/xdg", ":", -1);
    for (char **each = directories; *each != NULL && found == NULL; each++) {
        g_autofree char *path = g_build_filename(*each, "postern", "postern.conf", NULL);
        found = g_path_is_absolute(*each) ? value_in(path, key) : NULL;
    }
    return found != NULL ? found : built_in(key);
}

const char *oauth_provider_client_id(const struct oauth_provider *provider)
{
    return find_client(provider, "client-id");
}

const char *oauth_provider_client_secret(const struct oauth_provider *provider)
{
    return find_client(provider, "client-secret");
}
