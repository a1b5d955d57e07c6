/* SPDX-License-Identifier: MIT */
/* For trying things by hand: starts the tests' Dovecot and Postfix, prints an account file for them, and stops them at SIGTERM, Ctrl-C or end of input. */
#include "tests/servers/server.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void on_signal(int number)
{
    (void)number; /* only interrupts poll() */
}

int main(void)
{
    g_autofree char *why_not = NULL;
    g_autoptr(server) self = server_start(&why_not);
    if (self == NULL) {
        fprintf(stderr, "%s\n", why_not);
        return 69;
    }
    const struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const struct server_ports *ports = server_ports(self);
    printf("# directory %s; imap (STARTTLS) %d, imaps %d, pop3 (STLS) %d, pop3s %d, smtp %d, submission (STARTTLS) %d, submissions %d\n"
           "[account]\nname = Test\nfrom = Alice Example <%s>\n\n"
           "[incoming]\nprotocol = imap\nhost = localhost\nport = %d\nsecurity = tls\nuser = %s\npassword = %s\ntls-ca-file = %s\n\n"
           "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n",
           server_directory(self), ports->imap, ports->imaps, ports->pop3, ports->pop3s, ports->smtp, ports->submission, ports->submissions,
           SERVER_ADDRESS, ports->imaps, SERVER_USER, "pa ss\"w\\\\ord%\xc3\xbc", server_ca_file(self), ports->submissions,
           server_ca_file(self));
    fflush(stdout);
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    poll(&input, 1, -1); /* a line, the end of input, or a signal */
    return 0;
}
