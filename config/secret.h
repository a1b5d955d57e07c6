/* SPDX-License-Identifier: MIT */
/* Passwords: from the keyring, a command, a 0600 file, or the account file. Asking the person is the caller's part. */
#pragma once
#include "config/account_file.h"

/* Wipes, then frees; NULL is fine. */
void secret_free(char *secret);

/* The server's password; caller frees with secret_free. ACCOUNT_SECRET_PROMPT: NULL with CONFIG_ERROR_MISSING — the caller asks. ACCOUNT_SECRET_FILE:
 * CONFIG_ERROR_LOCKED — the caller asks for the passphrase and gives it to secret_file_unlock. May block up to
 * timeout_ms (command, keyring): never on the UI thread. cancel_fd readable: CONFIG_ERROR_CANCELLED; -1: none. The command gets no terminal;
 * its first output line is the secret; what it says on stderr is in the error. */
char *secret_get(const struct account *account, const struct account_server *server, int cancel_fd, int timeout_ms, GError **error);
/* Stores where server->secret says (keyring; file: config/secret_file.h; clear-file: $XDG_DATA_HOME/postern/secrets/ID-incoming, 0600; password: in the
 * struct, saved by account_file_save). The keyring may wait for the person to unlock it, as above. */
bool secret_put(const struct account *account, struct account_server *server, const char *secret, int cancel_fd, int timeout_ms,
                GError **error);
bool secret_forget(const struct account *account, const struct account_server *server, GError **error);
bool secret_is_kept(const struct account_server *server); /* is there a place that secret_put writes to by itself? */
/* Opens the encrypted file with what passphrase-command (postern.conf) gives. True also when there is no such command, or nothing to open. Waits as
 * secret_get does. */
bool secret_file_unlock_by_command(int cancel_fd, int timeout_ms, GError **error);
/* A session bus and a secret service are there; may take up to 1 s: not on the UI thread. */
bool secret_has_keyring(int cancel_fd);
