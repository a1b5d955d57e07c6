/* SPDX-License-Identifier: MIT */
/* Starting a tunnel's command on one end of a socket pair. */
#include "net/stream_tunnel.h"
#include "net/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

static char *command_line(const char *command, const char *host, uint16_t port)
{
    GString *line = g_string_new(NULL);
    g_autofree char *quoted = g_shell_quote(host);
    for (const char *c = command; *c != '\0'; c++) {
        char kind = *c == '%' ? c[1] : '\0';
        if (kind == 'h')
            g_string_append(line, quoted);
        else if (kind == 'p')
            g_string_append_printf(line, "%u", (unsigned)port);
        else if (kind == '%')
            g_string_append_c(line, '%');
        else
            g_string_append_c(line, *c);
        c += kind == 'h' || kind == 'p' || kind == '%' ? 1 : 0;
    }
    return g_string_free(line, FALSE);
}

/* In the child, between fork and exec: no terminal to ask on, no Ctrl-C from it, and none of our thread's blocked signals. */
static void leave_terminal(gpointer nothing)
{
    sigset_t none;
    (void)nothing;
    (void)setsid();
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
}

int stream_tunnel_start(const char *command, const char *ascii_host, uint16_t port, GError **error)
{
    int pair[2];
    GError *why = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        net_fail_errno(error, NET_ERROR_CONNECT, _("A tunnel cannot be made to"), ascii_host);
        return -1;
    }
    g_autofree char *line = command_line(command, ascii_host, port);
    const char *const words[] = { "/bin/sh", "-c", line, NULL };
    /* Without DO_NOT_REAP_CHILD GLib forks twice: nobody of ours has to wait for it. */
    bool is_started = g_spawn_async_with_fds(NULL, (char **)words, NULL, G_SPAWN_STDERR_TO_DEV_NULL, leave_terminal, NULL, NULL, pair[1],
                                             pair[1], -1, &why);
    close(pair[1]);
    if (is_started)
        return pair[0];
    close(pair[0]);
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("tunnel-command cannot be started: %s"), why->message);
    g_error_free(why);
    return -1;
}
