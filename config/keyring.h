/* SPDX-License-Identifier: MIT */
/* The desktop's keyring by libsecret, looked up only when it is wanted: postern runs without it. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

/* direction: "incoming" or "outgoing". NULL: not there (CONFIG_ERROR_MISSING) or not to be had (CONFIG_ERROR_SECRET, in words). */
char *keyring_get(const char *account_id, const char *direction, GError **error);
bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, GError **error);
bool keyring_clear(const char *account_id, const char *direction, GError **error);
