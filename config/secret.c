/* SPDX-License-Identifier: MIT */
/* Where a password lies, and how to get it without a terminal, a shell history, or a readable file. */
#include "config/secret.h"
#include "config/ini.h"
#include "config/keyring.h"
#include "config/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 65536u

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

/* --- password-command --- */
/* The child of fork(): only async-signal-safe calls until exec. A session of its own: no terminal, and one kill reaches all of it. */
static void run_child(const char *command, int out, int err)
{
    int null = open("/dev/null", O_RDONLY);
    setsid();
    dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

struct command_run {
    GString *out, *err;
    struct pollfd fds[3]; /* out, err, cancel */
    bool is_cancelled, is_late;
};

/* False: that pipe is at its end. */
static bool drain(struct pollfd *fd, GString *into)
{
    char bytes[1024];
    ssize_t done = read(fd->fd, bytes, sizeof bytes);
    if (done < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (done <= 0) {
        fd->fd = -1;
        return false;
    }
    if (into->len < OUTPUT_MAX)
        g_string_append_len(into, bytes, done);
    explicit_bzero(bytes, sizeof bytes);
    return true;
}

static void collect(struct command_run *run, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() / 1000 + timeout_ms;
    while (run->fds[0].fd >= 0 || run->fds[1].fd >= 0) {
        gint64 left = deadline - g_get_monotonic_time() / 1000;
        int ready = left > 0 ? poll(run->fds, 3, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        run->is_late = ready == 0;
        run->is_cancelled = ready > 0 && run->fds[2].revents != 0;
        if (run->is_late || run->is_cancelled || ready < 0)
            return;
        if (run->fds[0].revents != 0)
            drain(&run->fds[0], run->out);
        if (run->fds[1].revents != 0)
            drain(&run->fds[1], run->err);
    }
}

static char *first_line(const GString *output)
{
    size_t length = strcspn(output->str, "\r\n");
    return length > 0 ? g_strndup(output->str, length) : NULL;
}

static char *last_line(GString *output)
{
    g_autofree char *valid = g_utf8_make_valid(output->str, (gssize)output->len);
    g_strchomp(valid);
    const char *newline = strrchr(valid, '\n');
    return g_strescape(newline != NULL ? newline + 1 : valid, NULL);
}

static char *judge_command(struct command_run *run, int status, const char *command, GError **error)
{
    g_autofree char *words = last_line(run->err);
    if (run->is_cancelled) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_CANCELLED, _("The password command was stopped."));
    } else if (run->is_late) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                    _("The password command (%s) did not end in time, so it was stopped. Does it wait for you? It has no terminal."),
                    command);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command (%s) failed with status %d: %s"), command,
                    WIFEXITED(status) ? WEXITSTATUS(status) : -1, words);
    } else {
        char *secret = first_line(run->out);
        if (secret != NULL)
            return secret;
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command (%s) printed nothing. %s"), command, words);
    }
    return NULL;
}

static char *from_command(const char *command, int cancel_fd, int timeout_ms, GError **error)
{
    int out[2], err[2], status = 0;
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        int saved = errno;
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command cannot be started: %s"), g_strerror(saved));
        return NULL;
    }
    pid_t child = fork();
    if (child == 0)
        run_child(command, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    struct command_run run = { .out = g_string_new(NULL), .err = g_string_new(NULL) };
    run.fds[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
    run.fds[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
    run.fds[2] = (struct pollfd){ .fd = cancel_fd, .events = POLLIN };
    collect(&run, timeout_ms);
    if (child > 0 && (run.is_late || run.is_cancelled))
        kill(-child, SIGKILL);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    close(out[0]);
    close(err[0]);
    char *secret = judge_command(&run, child > 0 ? status : 127 << 8, command, error);
    explicit_bzero(run.out->str, run.out->allocated_len);
    g_string_free(run.out, TRUE);
    g_string_free(run.err, TRUE);
    return secret;
}

/* --- a 0600 file --- */
static char *file_path(const struct account *self, const struct account_server *server)
{
    g_autofree char *name = g_strdup_printf("secrets/%s-%s", self->id, is_outgoing(self, server) ? "outgoing" : "incoming");
    return paths_data_file(name);
}

static char *from_file(const struct account *self, const struct account_server *server, GError **error)
{
    g_autofree char *path = file_path(self, server);
    struct stat status;
    gsize length = 0;
    char *text = NULL;
    if (stat(path, &status) != 0 && is_outgoing(self, server))
        return from_file(self, &self->incoming, error); /* one password for both */
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_PERMISSION, _("Others can read %s, so postern does not use it. Run: chmod 600 %s"),
                    path, path);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &length, NULL)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password of %s is not there yet (%s)."), self->name, path);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static bool to_file(const struct account *self, const struct account_server *server, const char *secret, GError **error)
{
    g_autofree char *path = file_path(self, server), *directory = g_path_get_dirname(path);
    g_autofree char *line = g_strconcat(secret, "\n", NULL);
    bool ok = paths_make(directory, error) && ini_write_file(path, line, strlen(line), 0600, error);
    explicit_bzero(line, strlen(line));
    return ok;
}

/* --- the keyring: config/keyring.c --- */

static char *from_keyring(const struct account *self, const struct account_server *server, GError **error)
{
    g_autoptr(GError) why = NULL;
    char *secret = keyring_get(self->id, is_outgoing(self, server) ? "outgoing" : "incoming", &why);
    if (secret == NULL && is_outgoing(self, server)) {
        g_clear_error(&why);
        secret = keyring_get(self->id, "incoming", &why);
    }
    if (secret == NULL)
        g_propagate_error(error, g_steal_pointer(&why));
    return secret;
}

char *secret_get(const struct account *self, const struct account_server *server, int cancel_fd, int timeout_ms, GError **error)
{
    switch (server->secret) {
    case ACCOUNT_SECRET_COMMAND:
        return from_command(server->password_command, cancel_fd, timeout_ms, error);
    case ACCOUNT_SECRET_KEYRING:
        return from_keyring(self, server, error);
    case ACCOUNT_SECRET_FILE:
        return from_file(self, server, error);
    case ACCOUNT_SECRET_PASSWORD:
        if (server->password != NULL)
            return g_strdup(server->password);
        break;
    case ACCOUNT_SECRET_PROMPT:
    case ACCOUNT_SECRET_NONE:
        break;
    }
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("The password of %s must be asked for."), self->name);
    return NULL;
}

bool secret_put(const struct account *self, struct account_server *server, const char *secret, GError **error)
{
    switch (server->secret) {
    case ACCOUNT_SECRET_KEYRING:
        return keyring_put(self->id, is_outgoing(self, server) ? "outgoing" : "incoming", self->name, secret, error);
    case ACCOUNT_SECRET_FILE:
        return to_file(self, server, secret, error);
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

bool secret_forget(const struct account *self, const struct account_server *server, GError **error)
{
    g_autofree char *path = file_path(self, server);
    if (server->secret == ACCOUNT_SECRET_KEYRING)
        return keyring_clear(self->id, is_outgoing(self, server) ? "outgoing" : "incoming", error);
    if (server->secret == ACCOUNT_SECRET_FILE)
        unlink(path);
    return true;
}
