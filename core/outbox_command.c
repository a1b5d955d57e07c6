/* SPDX-License-Identifier: MIT */
/* Runs the sendmail command: waits on it and on cancel_fd, never for ever. */
#include "core/outbox_command.h"
#include "net/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define TIMEOUT_S   600
#define END_WAIT_MS 2000 /* between the polite signal and the other one */
#define WORDS_BYTES 1000u

static void add_option(GPtrArray *arguments, const char *option, const char *value)
{
    if (value == NULL)
        return;
    g_ptr_array_add(arguments, g_strdup(option));
    g_ptr_array_add(arguments, g_strdup(value)); /* an argument of its own: whatever it begins with, it is the option's */
}

static char **command_arguments(const struct outbox_command *command, GError **error)
{
    g_auto(GStrv) words = NULL;
    if (!g_shell_parse_argv(command->command != NULL ? command->command : "", NULL, &words, error))
        return NULL;
    GPtrArray *arguments = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++) {
        /* Recipients are those of the envelope: with -t the header's would get it too, also those who have it already. */
        if (word == words || strcmp(*word, "-t") != 0)
            g_ptr_array_add(arguments, g_strdup(*word));
    }
    g_ptr_array_add(arguments, g_strdup("-i")); /* a line with one dot is not the end */
    add_option(arguments, "-f", *command->sender != '\0' ? command->sender : "<>");
    add_option(arguments, "-N", command->notify);
    add_option(arguments, "-R", command->notice_returns);
    add_option(arguments, "-V", command->notice_id);
    g_ptr_array_add(arguments, g_strdup("--")); /* an address that begins with '-' is no option */
    for (const char *const *recipient = command->recipients; *recipient != NULL; recipient++)
        g_ptr_array_add(arguments, g_strdup(*recipient));
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(arguments, FALSE);
}

static bool has_ended(int pid_fd, int cancel_fd, int timeout_ms)
{
    struct pollfd fds[] = { { .fd = pid_fd, .events = POLLIN }, { .fd = cancel_fd, .events = POLLIN } };
    int64_t until_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    int ready;
    do {
        int64_t left_us = MAX(until_us - g_get_monotonic_time(), 0);
        ready = poll(fds, G_N_ELEMENTS(fds), (int)(left_us / 1000));
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && fds[0].revents != 0;
}

/* False: cancelled or too slow; the program was told to end. */
static bool wait_for(GPid pid, int cancel_fd, int timeout_ms, int *status_out)
{
    int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    bool is_over = has_ended(pid_fd, cancel_fd, timeout_ms);
    if (!is_over) {
        kill(pid, SIGTERM);
        if (!has_ended(pid_fd, -1, END_WAIT_MS))
            kill(pid, SIGKILL);
    }
    while (waitpid(pid, status_out, 0) < 0 && errno == EINTR)
        continue;
    if (pid_fd >= 0)
        close(pid_fd);
    return is_over;
}

/* What says nothing against the message itself: it may work when somebody has mended it, or by itself. */
static const int later_statuses[] = {
    EX_TEMPFAIL,
    EX_NOHOST /* msmtp: the name was not found */,
    EX_OSERR,
    EX_OSFILE,
    EX_CANTCREAT,
    EX_IOERR,
    EX_PROTOCOL,
    EX_NOPERM /* msmtp: the password */,
    EX_CONFIG,
    126 /* a script's: not executable */,
    127 /* not found */,
};

static enum outbox_command_end end_of_status(int status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(later_statuses); i++) {
        if (later_statuses[i] == status)
            return OUTBOX_COMMAND_LATER;
    }
    return status == 0 ? OUTBOX_COMMAND_TOOK : OUTBOX_COMMAND_REFUSED;
}

static char *words_of(int output, int status)
{
    char bytes[WORDS_BYTES];
    ssize_t count = pread(output, bytes, sizeof bytes, 0);
    g_autofree char *text = g_utf8_make_valid(bytes, MAX(count, 0));
    for (char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    g_strstrip(text);
    if (*text != '\0' || status == 0)
        return g_steal_pointer(&text);
    return g_strdup_printf(_("the command ended with status %d"), status);
}

static enum outbox_command_end end_of(int status, int output, char **words_out, GError **error)
{
    if (!WIFEXITED(status)) {
        g_set_error(error, NET_ERROR, NET_ERROR_IO,
                    _("The command that sends mail was ended by signal %d. Whether it took the message is not known."),
                    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        return OUTBOX_COMMAND_STOPPED;
    }
    *words_out = words_of(output, WEXITSTATUS(status));
    return end_of_status(WEXITSTATUS(status));
}

static enum outbox_command_end await_end(const struct outbox_command *command, GPid pid, int output, int cancel_fd, char **words_out,
                                         GError **error)
{
    int status = 0, timeout_s = command->timeout_s > 0 ? command->timeout_s : TIMEOUT_S;
    if (wait_for(pid, cancel_fd, timeout_s * 1000, &status))
        return end_of(status, output, words_out, error);
    g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED,
                _("The command that sends mail was stopped. Whether it took the message is not known."));
    return OUTBOX_COMMAND_STOPPED;
}

enum outbox_command_end outbox_command_run(const struct outbox_command *command, int fd, int cancel_fd, char **words_out, GError **error)
{
    g_auto(GStrv) arguments = command_arguments(command, error);
    GPid pid = 0;
    int output = arguments != NULL ? memfd_create("sendmail", MFD_CLOEXEC) : -1;
    enum outbox_command_end end = OUTBOX_COMMAND_NOT_STARTED;
    if (arguments == NULL)
        return end;
    if (output < 0)
        net_fail_errno(error, NET_ERROR_IO, _("Starting"), command->command);
    else if (lseek(fd, 0, SEEK_SET) != 0)
        net_fail_errno(error, NET_ERROR_IO, _("Reading the message for"), command->command);
    else if (g_spawn_async_with_fds(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, fd, output,
                                    output, error))
        end = await_end(command, pid, output, cancel_fd, words_out, error);
    if (output >= 0)
        close(output);
    return end;
}
