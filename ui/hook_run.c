/* SPDX-License-Identifier: MIT */
/* A program that runs beside the screen: bytes on its standard input, a time limit, and what it said in the end. Nobody waits for it. */
#include "ui/hook_run.h"
#include "core/notify.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
enum { SAID_MAX = 400, GRACE_MS = 2000 };

struct hook_run {
    pid_t pid; /* of the program, and of its group; 0: it has ended */
    int said;  /* what it writes */
    int status;
    int64_t deadline_ms;
    bool is_late;
};

static bool fail_errno(GError **error, const char *what)
{
    int saved = errno;
    g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s: %s", what, g_strerror(saved));
    return false;
}

/* A file without a name: no pipe that somebody would have to keep filling or emptying. In memory: what was decrypted is never on a disk. */
static int nameless_file(GError **error)
{
    int fd = memfd_create("postern-hook", MFD_CLOEXEC);
    if (fd < 0)
        fail_errno(error, _("The input of a hook could not be written"));
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t length, GError **error)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR)
            return fail_errno(error, _("The input of a hook could not be written"));
        bytes += MAX(written, 0);
        length -= (size_t)MAX(written, 0);
    }
    return lseek(fd, 0, SEEK_SET) == 0 || fail_errno(error, _("The input of a hook could not be written"));
}

/* In a group of its own: the limit holds for what it starts, too, and Ctrl-C is not meant for it. */
static int spawn(pid_t *pid, char **argv, int input, int said)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, said, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
    int failure = posix_spawnp(pid, argv[0], &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

/* "~/bin/x" is what a person writes. */
static void expand_home(char **argv)
{
    if (!g_str_has_prefix(argv[0], "~/"))
        return;
    char *path = g_build_filename(g_get_home_dir(), argv[0] + 2, NULL);
    g_free(argv[0]);
    argv[0] = path;
}

hook_run *hook_run_start(const char *words, const char *input, size_t length, int64_t deadline_ms, GError **error)
{
    g_auto(GStrv) argv = NULL;
    if (!g_shell_parse_argv(words, NULL, &argv, error))
        return NULL;
    expand_home(argv);
    g_autoptr(hook_run) self = g_new0(hook_run, 1);
    self->deadline_ms = deadline_ms;
    self->said = nameless_file(error);
    int in = self->said >= 0 ? nameless_file(error) : -1;
    bool is_ready = in >= 0 && write_all(in, input, length, error);
    int failure = is_ready ? spawn(&self->pid, argv, in, self->said) : 0;
    if (in >= 0)
        close(in);
    if (failure != 0) {
        self->pid = 0;
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, _("%s could not be started: %s"), argv[0], g_strerror(failure));
    }
    return is_ready && failure == 0 ? g_steal_pointer(&self) : NULL;
}

void hook_run_free(hook_run *self)
{
    if (self == NULL)
        return;
    if (self->said >= 0)
        close(self->said);
    g_free(self);
}

bool hook_run_has_ended(hook_run *self, int64_t now_ms)
{
    if (self->pid == 0)
        return true;
    pid_t ended = waitpid(self->pid, &self->status, WNOHANG);
    if (ended == self->pid || (ended < 0 && errno == ECHILD)) {
        self->pid = 0;
        return true;
    }
    if (now_ms >= self->deadline_ms) {
        kill(-self->pid, self->is_late ? SIGKILL : SIGTERM);
        self->is_late = true;
        self->deadline_ms = now_ms + GRACE_MS;
    }
    return false;
}

bool hook_run_is_good(const hook_run *self)
{
    return !self->is_late && WIFEXITED(self->status) && WEXITSTATUS(self->status) == 0;
}

char *hook_run_words(const hook_run *self)
{
    char bytes[SAID_MAX + 1] = "";
    ssize_t count = pread(self->said, bytes, SAID_MAX, 0);
    g_autofree char *clean = notify_clean(count > 0 ? bytes : "", SAID_MAX);
    if (self->is_late)
        return g_strdup(_("it took too long and was ended"));
    if (*clean != '\0')
        return g_steal_pointer(&clean);
    return WIFEXITED(self->status) ? g_strdup_printf(_("exit code %d"), WEXITSTATUS(self->status))
                                   : g_strdup_printf(_("ended by signal %d"), WTERMSIG(self->status));
}
