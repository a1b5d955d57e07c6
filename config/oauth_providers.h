/* SPDX-License-Identifier: MIT */
/* The mail services that sign in by OAuth, where they do it, and what this program is called there (its client-id). */
#pragma once
#include <stddef.h>

struct oauth_provider {
    const char *word; /* provider = … in [oauth] */
    const char *name; /* "Google" */
    const char *authorization_url, *token_url;
    const char *device_url; /* NULL: none, or not for mail */
    const char *scope;
    const char *extra;         /* goes with the authorization request; NULL: nothing */
    const char *redirect_host; /* what it lets a program on a desk register */
    const char *where;         /* where a client-id is had */
    const char *how;           /* … and which kind, a sentence to be translated */
    const char *domains;       /* of its mail servers, blanks between them */
};
const struct oauth_provider *oauth_provider_named(const char *word);    /* NULL: unknown */
const struct oauth_provider *oauth_provider_for_host(const char *host); /* of a mail server; NULL: none of them */
const struct oauth_provider *oauth_provider_at(size_t index);           /* NULL behind the last */

/* What the service calls this program: [oauth] WORD-client-id and WORD-client-secret of postern.conf, then of postern/postern.conf in the system's
 * directories (XDG_CONFIG_DIRS: a distributor, an administrator), then what was built in (POSTERN_OAUTH_CLIENTS). NULL: nobody got one. Interned. */
const char *oauth_provider_client_id(const struct oauth_provider *provider);
const char *oauth_provider_client_secret(const struct oauth_provider *provider);
