/* SPDX-License-Identifier: MIT */
/* Endpoints and scopes as the services publish them. */
#include "config/oauth_providers.h"
#include <glib.h>

#define MICROSOFT "https://login.microsoftonline.com/common/oauth2/v2.0/"

static const struct oauth_provider providers[] = {
    { "google", "Google", "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token",
      NULL, /* there is one, but not for mail */
      "https://mail.google.com/", "127.0.0.1", "https://console.cloud.google.com/apis/credentials" },
    { "microsoft", "Microsoft", MICROSOFT "authorize", MICROSOFT "token", MICROSOFT "devicecode",
      "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/POP.AccessAsUser.All "
      "https://outlook.office.com/SMTP.Send",
      "localhost", "https://entra.microsoft.com (App registrations)" },
    { "yahoo", "Yahoo", "https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token", NULL, "mail-w",
      "localhost", "https://developer.yahoo.com/apps/" },
    { "fastmail", "Fastmail", "https://api.fastmail.com/oauth/authorize", "https://api.fastmail.com/oauth/refresh", NULL,
      "https://www.fastmail.com/dev/protocol-imap https://www.fastmail.com/dev/protocol-pop https://www.fastmail.com/dev/protocol-smtp",
      "localhost", "https://www.fastmail.com/dev/" },
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
