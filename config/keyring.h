/* SPDX-License-Identifier: MIT */
/* The desktop's keyring by libsecret, looked up only when it is wanted: postern runs without it.
 *
 * A keyring may ask the person to unlock it and answers only then, or never: so every call has a deadline and ends when cancel_fd becomes readable
 * (-1: none), with CONFIG_ERROR_SECRET or CONFIG_ERROR_CANCELLED. Never on the UI thread. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

struct keyring_wait {
    int cancel_fd, timeout_ms;
};
/* direction: "incoming" or "outgoing". NULL: not there (CONFIG_ERROR_MISSING) or not to be had (CONFIG_ERROR_SECRET, in words). */
char *keyring_get(const char *account_id, const char *direction, struct keyring_wait wait, GError **error);
bool keyring_put(const char *account_id, const char *direction, const char *label, const char *secret, struct keyring_wait wait,
                 GError **error);
bool keyring_clear(const char *account_id, const char *direction, struct keyring_wait wait, GError **error);
