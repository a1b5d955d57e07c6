/* SPDX-License-Identifier: MIT */
/* For trying things by hand: starts the tests' Dovecot and Postfix, or with the name of a profile ("gmail") that, prints an account file for them, and
 * stops them at SIGTERM, Ctrl-C or end of input. */
#include "tests/servers/server.h"
#include "tests/servers/server_profile.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void on_signal(int number)
{
    (void)number; /* only interrupts poll() */
}

static void wait_for_end(void)
{
    const struct sigaction action = { .sa_handler = on_signal };
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    fflush(stdout);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    poll(&input, 1, -1); /* a line, the end of input, or a signal */
}

/* As GKeyFile wants it. */
static char *escaped(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "\\", -1);
    return g_strjoinv("\\\\", parts);
}

static void print_profile_server(const profile_server *self, const char *group, const char *cell, const char *security, const char *user)
{
    const char *password = profile_password(self);
    g_autofree char *secret = escaped(password != NULL ? password : profile_token(self)), *name = escaped(user);
    printf("\n[%s]\nprotocol = %s\nhost = localhost\nport = %d\nsecurity = %s\n%suser = %s\npassword = %s\ntls-ca-file = %s\n", group,
           cell[0] == 's' ? "smtp" : "imap", profile_port(self, cell), security, password == NULL ? "auth = xoauth2\n" : "", name, secret,
           profile_ca_file(self));
}

static int serve_profile(const char *name)
{
    g_autofree char *why_not = NULL;
    g_autoptr(profile_server) self = profile_start(name, &why_not);
    if (self == NULL) {
        fprintf(stderr, "%s\n", why_not);
        return 69;
    }
    printf("# %s\n", profile_title(self));
    for (const char *const *cell = profile_cells(); *cell != NULL; cell++) {
        if (profile_port(self, *cell) != 0)
            printf("# %s %d\n", *cell, profile_port(self, *cell));
    }
    printf("[account]\nname = Test\nfrom = Alice <%s>\n", profile_address(self));
    print_profile_server(self, "incoming", "imap4-ssl", "tls", profile_user(self));
    print_profile_server(self, "outgoing", "smtp-submission-tls", "starttls", profile_user_smtp(self));
    wait_for_end();
    return 0;
}

int main(int argc, char **argv)
{
    g_autofree char *why_not = NULL;
    if (argc == 2)
        return serve_profile(argv[1]);
    g_autoptr(server) self = server_start(&why_not);
    if (self == NULL) {
        fprintf(stderr, "%s\n", why_not);
        return 69;
    }
    const struct server_ports *ports = server_ports(self);
    printf("# directory %s; imap (STARTTLS) %d, imaps %d, pop3 (STLS) %d, pop3s %d, smtp %d, submission (STARTTLS) %d, submissions %d\n"
           "[account]\nname = Test\nfrom = Alice Example <%s>\n\n"
           "[incoming]\nprotocol = imap\nhost = localhost\nport = %d\nsecurity = tls\nuser = %s\npassword = %s\ntls-ca-file = %s\n\n"
           "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n",
           server_directory(self), ports->imap, ports->imaps, ports->pop3, ports->pop3s, ports->smtp, ports->submission, ports->submissions,
           SERVER_ADDRESS, ports->imaps, SERVER_USER, "pa ss\"w\\\\ord%\xc3\xbc", server_ca_file(self), ports->submissions,
           server_ca_file(self));
    wait_for_end();
    return 0;
}
