/* SPDX-License-Identifier: MIT */
/* Every IMAP security × every SMTP door, end to end in the real program: written in the terminal, sent, seen to arrive by IDLE, in another client's view and in Sent. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static server *servers;

struct door {
    const char *name;
    const char *security;
    int port;
    bool has_sign_in;
};

/* An empty home with one account file; its directory. */
static char *make_home(const struct door *in, const struct door *out)
{
    char *home = g_dir_make_tmp("postern-round-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    g_autofree char *text = g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = imap\nhost = "
                                            "localhost\nport = %d\nsecurity = %s\nuser = %s\n"
                                            "password = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[outgoing]\nprotocol = smtp\nhost = "
                                            "localhost\nport = %d\nsecurity = %s\ntls-ca-file = %s\n%s",
                                            SERVER_ADDRESS, in->port, in->security, SERVER_USER, server_ca_file(servers), out->port,
                                            out->security, server_ca_file(servers), out->has_sign_in ? "" : "user =\n");
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\n", -1, NULL));
    return home;
}

static terminal *start(const char *home)
{
    g_autofree char *home_word = g_strconcat("HOME=", home, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", home, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", home, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", home, "/cache", NULL);
    const char *const env[] = { home_word, config, data, cache, NULL };
    return terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100, env);
}

static void fail_with_screen(terminal *screen, const char *what)
{
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("%s\n%s\n%s", what, text, log);
}

/* Another client's view, asked until it is there or the time is over: mail takes its way through Postfix and LMTP. */
static bool is_seen_in(const char *mailbox, const char *subject)
{
    for (int i = 0; i < 100; i++) {
        g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", mailbox, NULL);
        if (strstr(found, subject) != NULL)
            return true;
        g_usleep(50 * 1000);
    }
    return false;
}

static void send_and_receive(const struct door *in, const struct door *out)
{
    g_autofree char *subject = g_strdup_printf("From %s to %s", out->name, in->name), *home = make_home(in, out);
    g_autoptr(terminal) screen = start(home);
    assert_non_null(screen);
    if (!terminal_wait_for(screen, "online", 20000))
        fail_with_screen(screen, "not online");
    terminal_keys(screen, "c");
    assert_true(terminal_wait_for(screen, "Subject", 5000));
    terminal_keys(screen, SERVER_ADDRESS);
    terminal_keys(screen, "\033[B\033[B\033[B"); /* Cc, Bcc, Subject */
    terminal_keys(screen, subject);
    terminal_keys(screen, "\r");
    terminal_keys(screen, "Written in the terminal.");
    if (!terminal_wait_for(screen, "Written in the terminal.", 5000))
        fail_with_screen(screen, "no editor");
    terminal_keys(screen, "\033");
    terminal_wait_idle(screen, 100, 2000);
    terminal_keys(screen, "y");
    if (!is_seen_in("INBOX", subject))
        fail_with_screen(screen, "another client does not see the message");
    if (!terminal_wait_for(screen, subject, 5000))
        fail_with_screen(screen, "the message did not arrive on the screen");
    if (!is_seen_in("Sent", subject))
        fail_with_screen(screen, "there is no copy in Sent");
    g_clear_pointer(&screen, terminal_free); /* or it would go on writing there */
    remove_tree(home);
}

static void mail_goes_round_through_every_pair_of_doors(void **state)
{
    const struct server_ports *ports = server_ports(servers);
    const struct door ins[] = { { "IMAP plain", "plain", ports->imap, true },
                                { "IMAP STARTTLS", "starttls", ports->imap, true },
                                { "IMAP TLS", "tls", ports->imaps, true } };
    const struct door outs[] = { { "SMTP 25 plain", "plain", ports->smtp, false },
                                 { "SMTP 25 STARTTLS", "starttls", ports->smtp, false },
                                 { "SMTP 587 STARTTLS", "starttls", ports->submission, true },
                                 { "SMTP 465 TLS", "tls", ports->submissions, true } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ins); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(outs); k++)
            send_and_receive(&ins[i], &outs[k]);
    }
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(mail_goes_round_through_every_pair_of_doors) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
