/* SPDX-License-Identifier: MIT */
/* The encrypted secret file, one for all accounts ($XDG_DATA_HOME/postern/secrets/encrypted, 0600), under a passphrase that is given once a run.
 *
 * Any thread. Between processes a lock file orders the writers; every call reads the file anew, so that two processes see each other's secrets, and a new
 * passphrase given in one of them locks it in the other. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

enum secret_file_state {
    SECRET_FILE_NONE,   /* there is none yet: the first passphrase makes it */
    SECRET_FILE_LOCKED, /* the passphrase has not been given in this run */
    SECRET_FILE_OPEN,
};
#define SECRET_PASSPHRASE_LEAST 8u /* characters, of a new one */

enum secret_file_state secret_file_state(void); /* quick: for the UI thread too */
/* Opens the file, or makes one. Takes a third of a second: not on the UI thread. CONFIG_ERROR_PASSPHRASE: it is another one (or too short, for a new
 * file): ask again. The key stays in locked memory until secret_file_lock. */
bool secret_file_unlock(const char *passphrase, GError **error);
/* All secrets under a new passphrase. CONFIG_ERROR_PASSPHRASE: old is wrong, or passphrase too short. Not on the UI thread. */
bool secret_file_change(const char *old, const char *passphrase, GError **error);
void secret_file_lock(void);

/* direction: "incoming" or "outgoing". NULL: CONFIG_ERROR_LOCKED (passphrase first), CONFIG_ERROR_MISSING (no such secret), CONFIG_ERROR_SECRET (the file was
 * changed). Caller frees with secret_free. */
char *secret_file_get(const char *account_id, const char *direction, GError **error);
/* Durable when it returns. CONFIG_ERROR_LOCKED also when there is no file yet. */
bool secret_file_put(const char *account_id, const char *direction, const char *secret, GError **error);
bool secret_file_remove(const char *account_id, const char *direction, GError **error); /* one that is not there is no error */
char *secret_file_path(void);                                                           /* caller frees */
