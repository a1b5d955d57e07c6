/* SPDX-License-Identifier: MIT */
/* Runs a password command so that it can neither see the terminal, nor hang postern, nor outlive its welcome. */
#include "config/secret_command_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 65536u
#define TICK_MS    50 /* between looks at the child where the kernel has no pidfd */

enum run_end { RUN_GOING, RUN_DONE, RUN_CANCELLED, RUN_LATE };
struct command_run {
    pid_t child;
    int status; /* valid when RUN_DONE */
    GString *out, *err;
    struct pollfd fds[4]; /* out, err, cancel, the child itself */
};

/* The child of fork(): only async-signal-safe calls until exec. A session of its own: no terminal, and one kill reaches all of it. */
static void run_child(const char *command, int out, int err)
{
    int null = open("/dev/null", O_RDONLY);
    setsid();
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(126);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Takes what is there; what is over the limit is read and thrown away, so that the command does not stand still. */
static void drain(struct pollfd *fd, GString *into)
{
    char bytes[4096];
    ssize_t done = 1;
    while (fd->fd >= 0 && done > 0) {
        done = read(fd->fd, bytes, sizeof bytes);
        if (done > 0)
            g_string_append_len(into, bytes, MIN(done, (ssize_t)(OUTPUT_MAX - into->len)));
        else if (done == 0 || (errno != EINTR && errno != EAGAIN))
            fd->fd = -1; /* its end; the caller closes it */
        else if (errno == EINTR)
            done = 1;
    }
    explicit_bzero(bytes, sizeof bytes);
}

static bool has_ended(struct command_run *run)
{
    pid_t found = waitpid(run->child, &run->status, WNOHANG);
    if (found < 0 && errno == ECHILD)
        run->status = 0; /* somebody else ignores SIGCHLD: the output decides */
    return found == run->child || (found < 0 && errno == ECHILD);
}

/* The end of the shell ends the run, not the end of its pipes: an agent that it started may keep those open for ever. */
static enum run_end run_step(struct command_run *run, gint64 left_ms)
{
    int patience = left_ms > G_MAXINT ? G_MAXINT : (int)left_ms;
    if (run->fds[3].fd < 0)
        patience = MIN(patience, TICK_MS);
    int ready = poll(run->fds, G_N_ELEMENTS(run->fds), patience);
    if (ready < 0 && errno != EINTR)
        return RUN_LATE;
    if (ready > 0 && run->fds[2].revents != 0)
        return RUN_CANCELLED;
    bool is_over = has_ended(run); /* before the last reading: what it wrote is in the pipe then */
    drain(&run->fds[0], run->out);
    drain(&run->fds[1], run->err);
    return is_over ? RUN_DONE : RUN_GOING;
}

static enum run_end run_watch(struct command_run *run, int timeout_ms)
{
    gint64 deadline = g_get_monotonic_time() / 1000 + timeout_ms;
    enum run_end end = RUN_GOING;
    while (end == RUN_GOING) {
        gint64 left = deadline - g_get_monotonic_time() / 1000;
        end = left > 0 ? run_step(run, left) : RUN_LATE;
    }
    return end;
}

static void kill_all(pid_t child)
{
    kill(-child, SIGKILL);
    kill(child, SIGKILL); /* it may not have a session of its own yet */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static char *first_line(const GString *output)
{
    size_t length = strcspn(output->str, "\r\n");
    return length > 0 ? g_strndup(output->str, length) : NULL;
}

static char *last_line(const GString *output)
{
    const char *begin = output->str, *end = output->str + output->len;
    while (end > begin && g_ascii_isspace(end[-1]))
        end--;
    const char *from = end;
    while (from > begin && from[-1] != '\n' && from[-1] != '\r')
        from--;
    return config_error_words(from, end - from);
}

/* The whole line may have a password in it. */
static char *program_of(const char *command)
{
    g_autofree char *copy = g_strstrip(g_strdup(command));
    return config_error_words(copy, (gssize)strcspn(copy, " \t\r\n"));
}

static char *judge(const struct command_run *run, enum run_end end, const char *command, GError **error)
{
    g_autofree char *words = last_line(run->err), *program = program_of(command);
    if (end == RUN_CANCELLED) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_CANCELLED, _("The password command (%s) was stopped."), program);
    } else if (end != RUN_DONE) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET,
                    _("The password command (%s) did not end in time, so it was stopped. Does it wait for you? It has no terminal. %s"),
                    program, words);
    } else if (WIFSIGNALED(run->status)) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command (%s) was ended by signal %d. %s"), program,
                    WTERMSIG(run->status), words);
    } else if (WEXITSTATUS(run->status) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command (%s) failed with status %d: %s"), program,
                    WEXITSTATUS(run->status), words);
    } else {
        char *secret = first_line(run->out);
        if (secret != NULL)
            return secret;
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command (%s) gave no password: its first line is empty. %s"),
                    program, words);
    }
    return NULL;
}

static char *fail_start(GError **error)
{
    int saved = errno;
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, _("The password command cannot be started: %s"), g_strerror(saved));
    return NULL;
}

static char *watch(pid_t child, const char *command, int out, int err, int cancel_fd, int timeout_ms, GError **error)
{
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct command_run run = { .child = child, .out = g_string_sized_new(OUTPUT_MAX + 1), .err = g_string_new(NULL) };
    run.fds[0] = (struct pollfd){ .fd = out, .events = POLLIN };
    run.fds[1] = (struct pollfd){ .fd = err, .events = POLLIN };
    run.fds[2] = (struct pollfd){ .fd = cancel_fd, .events = POLLIN };
    run.fds[3] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
    enum run_end end = run_watch(&run, timeout_ms);
    if (end != RUN_DONE)
        kill_all(child);
    if (pidfd >= 0)
        close(pidfd);
    char *secret = judge(&run, end, command, error);
    explicit_bzero(run.out->str, run.out->allocated_len);
    g_string_free(run.out, TRUE);
    g_string_free(run.err, TRUE);
    return secret;
}

/* Only our ends are non-blocking: the command's are its own. */
static bool open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

char *secret_from_command(const char *command, int cancel_fd, int timeout_ms, GError **error)
{
    int out[2] = { -1, -1 }, err[2] = { -1, -1 };
    char *secret = NULL;
    pid_t child = open_pipe(out) && open_pipe(err) ? fork() : -1;
    if (child == 0)
        run_child(command, out[1], err[1]);
    if (child < 0) {
        fail_start(error);
    } else {
        close(out[1]);
        close(err[1]);
        out[1] = err[1] = -1;
        secret = watch(child, command, out[0], err[0], cancel_fd, timeout_ms, error);
    }
    close_pipe(out);
    close_pipe(err);
    return secret;
}
