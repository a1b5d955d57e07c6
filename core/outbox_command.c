/* SPDX-License-Identifier: MIT */
/* Runs the sendmail command: waits on it and on cancel_fd, never longer than five minutes. */
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

#define COMMAND_TIMEOUT_MS (5 * 60 * 1000)
#define WORDS_BYTES        1000u

static char **command_arguments(const char *command, const char *sender, const char *const *recipients, GError **error)
{
    g_auto(GStrv) words = NULL;
    if (!g_shell_parse_argv(command, NULL, &words, error))
        return NULL;
    GPtrArray *arguments = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++)
        g_ptr_array_add(arguments, g_strdup(*word));
    g_ptr_array_add(arguments, g_strdup("-i")); /* a line with one dot is not the end */
    if (*sender != '\0' && *sender != '-') {
        g_ptr_array_add(arguments, g_strdup("-f"));
        g_ptr_array_add(arguments, g_strdup(sender));
    }
    g_ptr_array_add(arguments, g_strdup("--")); /* an address that begins with '-' is no option */
    for (; *recipients != NULL; recipients++)
        g_ptr_array_add(arguments, g_strdup(*recipients));
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(arguments, FALSE);
}

/* False: cancelled or too slow; the program was told to end. */
static bool wait_for(GPid pid, int cancel_fd, int *status_out)
{
    int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd fds[] = { { .fd = pid_fd, .events = POLLIN }, { .fd = cancel_fd, .events = POLLIN } };
    int ready;
    do {
        ready = poll(fds, G_N_ELEMENTS(fds), COMMAND_TIMEOUT_MS);
    } while (ready < 0 && errno == EINTR);
    bool has_ended = ready > 0 && fds[0].revents != 0;
    if (!has_ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, status_out, 0) < 0 && errno == EINTR)
        continue;
    if (pid_fd >= 0)
        close(pid_fd);
    return has_ended;
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
    if (WEXITSTATUS(status) == 0)
        return OUTBOX_COMMAND_TOOK;
    return WEXITSTATUS(status) == EX_TEMPFAIL ? OUTBOX_COMMAND_LATER : OUTBOX_COMMAND_REFUSED;
}

enum outbox_command_end outbox_command_run(const char *command, const char *sender, const char *const *recipients, int fd, int cancel_fd,
                                           char **words_out, GError **error)
{
    g_auto(GStrv) arguments = command_arguments(command, sender, recipients, error);
    GPid pid = 0;
    int status = 0, output = memfd_create("sendmail", MFD_CLOEXEC);
    enum outbox_command_end end = OUTBOX_COMMAND_NOT_STARTED;
    if (output < 0 && error != NULL && *error == NULL)
        net_fail_errno(error, NET_ERROR_IO, _("Starting"), command);
    bool is_ready = arguments != NULL && output >= 0 && lseek(fd, 0, SEEK_SET) == 0;
    if (is_ready && g_spawn_async_with_fds(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, fd,
                                           output, output, error)) {
        if (wait_for(pid, cancel_fd, &status)) {
            end = end_of(status, output, words_out, error);
        } else {
            end = OUTBOX_COMMAND_STOPPED;
            g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED,
                        _("The command that sends mail was stopped. Whether it took the message is not known."));
        }
    } else if (error != NULL && *error == NULL) {
        net_fail_errno(error, NET_ERROR_IO, _("Reading the message for"), command);
    }
    if (output >= 0)
        close(output);
    return end;
}
