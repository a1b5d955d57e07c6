/* SPDX-License-Identifier: MIT */
/* The mail services that sign in by OAuth, and where they do it. The client-id is the account's: each service gives them out itself. */
#pragma once
#include <stddef.h>

struct oauth_provider {
    const char *word; /* provider = … in [oauth] */
    const char *name; /* "Google" */
    const char *authorization_url, *token_url;
    const char *device_url; /* NULL: none, or not for mail */
    const char *scope;
    const char *redirect_host; /* what it lets a program on a desk register */
    const char *where;         /* where a client-id is had */
};
const struct oauth_provider *oauth_provider_named(const char *word); /* NULL: unknown */
const struct oauth_provider *oauth_provider_at(size_t index);        /* NULL behind the last */
