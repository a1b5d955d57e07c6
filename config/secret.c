/* SPDX-License-Identifier: MIT */
/* Where a password lies, and how to get it without a terminal, a shell history, or a readable file. */
#include "config/secret.h"
#include "config/ini.h"
#include "config/keyring.h"
#include "config/paths.h"
#include "config/secret_command_private.h"
#include "config/secret_file.h"
#include "config/settings.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MAX 8192u
#define FORGET_MS    5000

void secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

static bool is_outgoing(const struct account *self, const struct account_server *server)
{
    return server == &self->outgoing;
}

static const char *direction_of(const struct account *self, const struct account_server *server)
{
    return is_outgoing(self, server) ? "outgoing" : "incoming";
}

/* --- clear text in a 0600 file --- */
static char *clear_path(const struct account *self, const struct account_server *server)
{
    g_autofree char *name = g_strdup_printf("secrets/%s-%s", self->id, direction_of(self, server));
    return paths_data_file(name);
}

static char *fail_read(const char *path, const struct account *self, GError **error)
{
    int saved = errno;
    if (saved == ENOENT)
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password of %s is not there yet (%s)."), self->name, path);
    else
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("Reading %s failed: %s"), path, g_strerror(saved));
    return NULL;
}

static char *fail_open_to_others(const char *path, GError **error)
{
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PERMISSION, _("Others can read %s, so postern does not use it. Run: chmod 600 %s"), path,
                path);
    return NULL;
}

/* The first line of an open file. */
static char *read_first_line(int fd)
{
    char bytes[PASSWORD_MAX + 1];
    size_t length = 0;
    ssize_t done = 1;
    while (length < PASSWORD_MAX && done != 0) {
        done = read(fd, bytes + length, PASSWORD_MAX - length);
        if (done < 0 && errno != EINTR)
            return NULL;
        length += done > 0 ? (size_t)done : 0;
    }
    bytes[length] = '\0';
    char *line = g_strndup(bytes, strcspn(bytes, "\r\n"));
    explicit_bzero(bytes, sizeof bytes);
    return line;
}

static char *from_clear_file(const struct account *self, const struct account_server *server, GError **error)
{
    g_autofree char *path = clear_path(self, server);
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && is_outgoing(self, server))
        return from_clear_file(self, &self->incoming, error); /* one password for both */
    if (fd < 0 || fstat(fd, &status) != 0) {
        char *none = fail_read(path, self, error);
        if (fd >= 0)
            close(fd);
        return none;
    }
    char *secret = NULL;
    if ((status.st_mode & 077) != 0) {
        fail_open_to_others(path, error);
    } else {
        secret = read_first_line(fd);
        if (secret == NULL)
            fail_read(path, self, error);
    }
    close(fd);
    return secret;
}

static bool to_clear_file(const struct account *self, const struct account_server *server, const char *secret, GError **error)
{
    g_autofree char *path = clear_path(self, server), *directory = g_path_get_dirname(path);
    g_autofree char *line = g_strconcat(secret, "\n", NULL);
    if (strpbrk(secret, "\r\n") != NULL || strlen(secret) >= PASSWORD_MAX) {
        explicit_bzero(line, strlen(line));
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("A password in a file is one line of less than %u bytes."), PASSWORD_MAX);
        return false;
    }
    bool ok = paths_make(directory, error) && ini_write_file(path, line, strlen(line), 0600, error);
    explicit_bzero(line, strlen(line));
    return ok;
}

static bool remove_clear_file(const struct account *self, const struct account_server *server, GError **error)
{
    g_autofree char *path = clear_path(self, server);
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    int saved = errno;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, _("Removing %s failed: %s"), path, g_strerror(saved));
    return false;
}

/* --- the encrypted file: config/secret_file.c --- */
static pthread_mutex_t unlocking = PTHREAD_MUTEX_INITIALIZER; /* one thread opens it, with its 128 MiB; the others find it open */

/* By passphrase-command, where there is one. False: it failed. */
static bool unlock_by_command(int cancel_fd, int timeout_ms, GError **error)
{
    g_autoptr(GPtrArray) errors = NULL;
    struct settings *settings = settings_load_most(&errors);
    char *passphrase = NULL;
    bool is_good = true;
    if (settings->passphrase_command != NULL) {
        passphrase = secret_from_command(settings->passphrase_command, cancel_fd, timeout_ms, error);
        is_good = passphrase != NULL && secret_file_unlock(passphrase, error);
    }
    secret_free(passphrase);
    settings_free(settings);
    return is_good;
}

bool secret_file_unlock_by_command(int cancel_fd, int timeout_ms, GError **error)
{
    pthread_mutex_lock(&unlocking);
    bool is_good = secret_file_state() == SECRET_FILE_OPEN || unlock_by_command(cancel_fd, timeout_ms, error);
    pthread_mutex_unlock(&unlocking);
    return is_good;
}

/* What an older postern left in clear text goes into the encrypted file, which is written before the other is removed. */
static char *take_clear_file(const struct account *self, const struct account_server *server)
{
    g_autofree char *path = clear_path(self, server);
    char *secret = g_file_test(path, G_FILE_TEST_EXISTS) ? from_clear_file(self, server, NULL) : NULL;
    if (secret != NULL && secret_file_state() == SECRET_FILE_OPEN && secret_file_put(self->id, direction_of(self, server), secret, NULL))
        remove_clear_file(self, server, NULL);
    return secret;
}

static char *from_file(const struct account *self, const struct account_server *server, int cancel_fd, int timeout_ms, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (!secret_file_unlock_by_command(cancel_fd, timeout_ms, error))
        return NULL;
    char *secret = secret_file_get(self->id, direction_of(self, server), &why);
    bool is_absent = g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING) || g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_LOCKED);
    if (is_absent)
        secret = take_clear_file(self, server);
    if (secret == NULL && is_outgoing(self, server) && g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING))
        return from_file(self, &self->incoming, cancel_fd, timeout_ms, error); /* one password for both */
    if (secret == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return secret;
}

static bool to_file(const struct account *self, const struct account_server *server, const char *secret, struct keyring_wait wait,
                    GError **error)
{
    return secret_file_unlock_by_command(wait.cancel_fd, wait.timeout_ms, error) &&
           secret_file_put(self->id, direction_of(self, server), secret, error) && remove_clear_file(self, server, error);
}

/* --- the keyring: config/keyring.c --- */
static char *from_keyring(const struct account *self, const struct account_server *server, struct keyring_wait wait, GError **error)
{
    g_autoptr(GError) why = NULL;
    char *secret = keyring_get(self->id, direction_of(self, server), wait, &why);
    if (secret == NULL && is_outgoing(self, server) && g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING)) {
        g_clear_error(&why);
        secret = keyring_get(self->id, "incoming", wait, &why); /* one password for both */
    }
    if (secret == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return secret;
}

char *secret_get(const struct account *self, const struct account_server *server, int cancel_fd, int timeout_ms, GError **error)
{
    switch (server->secret) {
    case ACCOUNT_SECRET_COMMAND:
        return secret_from_command(server->password_command, cancel_fd, timeout_ms, error);
    case ACCOUNT_SECRET_KEYRING:
        return from_keyring(self, server, (struct keyring_wait){ cancel_fd, timeout_ms }, error);
    case ACCOUNT_SECRET_FILE:
        return from_file(self, server, cancel_fd, timeout_ms, error);
    case ACCOUNT_SECRET_CLEAR_FILE:
        return from_clear_file(self, server, error);
    case ACCOUNT_SECRET_PASSWORD:
    case ACCOUNT_SECRET_PROMPT:
        if (server->password != NULL)
            return g_strdup(server->password);
        break;
    case ACCOUNT_SECRET_NONE:
        break;
    }
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password of %s must be asked for."), self->name);
    return NULL;
}

bool secret_put(const struct account *self, struct account_server *server, const char *secret, int cancel_fd, int timeout_ms,
                GError **error)
{
    switch (server->secret) {
    case ACCOUNT_SECRET_KEYRING:
        return keyring_put(self->id, direction_of(self, server), self->name, secret, (struct keyring_wait){ cancel_fd, timeout_ms }, error);
    case ACCOUNT_SECRET_FILE:
        return to_file(self, server, secret, (struct keyring_wait){ cancel_fd, timeout_ms }, error);
    case ACCOUNT_SECRET_CLEAR_FILE:
        return to_clear_file(self, server, secret, error);
    case ACCOUNT_SECRET_PASSWORD:
        secret_free(server->password);
        server->password = g_strdup(secret);
        return true;
    case ACCOUNT_SECRET_COMMAND:
    case ACCOUNT_SECRET_PROMPT:
    case ACCOUNT_SECRET_NONE:
        return true; /* nothing to keep */
    }
    return true;
}

bool secret_is_kept(const struct account_server *server)
{
    return server->secret == ACCOUNT_SECRET_KEYRING || server->secret == ACCOUNT_SECRET_FILE || server->secret == ACCOUNT_SECRET_CLEAR_FILE;
}

bool secret_forget(const struct account *self, const struct account_server *server, GError **error)
{
    if (server->secret == ACCOUNT_SECRET_KEYRING)
        return keyring_clear(self->id, direction_of(self, server), (struct keyring_wait){ -1, FORGET_MS }, error);
    if (server->secret == ACCOUNT_SECRET_FILE && !secret_file_remove(self->id, direction_of(self, server), error))
        return false;
    return (server->secret != ACCOUNT_SECRET_FILE && server->secret != ACCOUNT_SECRET_CLEAR_FILE) || remove_clear_file(self, server, error);
}
