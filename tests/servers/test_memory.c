/* SPDX-License-Identifier: MIT */
/* What a running postern still knows of a password after it signed in: the one copy that the next connection needs, and nothing in freed memory. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_memory.h"
#include "tests/servers/server_private.h"
#include "tests/tui/terminal.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define PASSPHRASE "correct horse battery"
#define PATIENCE   30000

static server *servers;
static char *home;

struct way {
    const char *secret; /* the line of the account file; %s: the home */
    const char *protocol, *auth;
    const char *typed[4]; /* what is asked for, and what is answered */
    int copies;           /* that are meant to be there; 0: any */
};

static void write_account(const struct way *way)
{
    const struct server_ports *ports = server_ports(servers);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "work.conf", NULL);
    g_auto(GStrv) pieces = g_strsplit(way->secret, "%s", -1);
    g_autofree char *secret = g_strjoinv(home, pieces);
    g_mkdir_with_parents(accounts, 0700);
    server_write_text(
        accounts, "work.conf",
        g_strdup_printf("[account]\nname = Work\nfrom = " SERVER_ADDRESS "\n"
                        "[incoming]\nprotocol = %s\nhost = localhost\nport = %d\nsecurity = tls\nauth = %s\nuser = alice\n"
                        "%s\ntls-ca-file = %s\n"
                        "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = tls\nauth = %s\ntls-ca-file = %s\n",
                        way->protocol, strcmp(way->protocol, "pop3") == 0 ? ports->pop3s : ports->imaps, way->auth, secret,
                        server_ca_file(servers), ports->submissions, way->auth, server_ca_file(servers)));
    g_chmod(path, 0600);
}

static char **environment_of(void)
{
    static const char *const places[][2] = {
        { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" }, { "HOME", "" }
    };
    char **environment = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *place = g_build_filename(home, places[i][1], NULL);
        environment = g_environ_setenv(environment, places[i][0], place, TRUE);
    }
    return environment;
}

static void expect_screen(terminal *screen, const char *wanted)
{
    if (terminal_wait_for(screen, wanted, PATIENCE))
        return;
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("no \"%s\"\n%s", wanted, text);
}

/* The program that runs is told of it, and signs in to send it. */
static void send_one(char **environment, const char *subject)
{
    g_autofree char *line = g_strdup_printf(
        "printf 'From: " SERVER_ADDRESS "\\nTo: " SERVER_ADDRESS "\\nSubject: %s\\n\\nhi\\n' | %s send -t", subject, POSTERN_PROGRAM);
    const char *const argv[] = { "/bin/sh", "-c", line, NULL };
    int status = 0;
    assert_true(g_spawn_sync(NULL, (char **)argv, environment, 0, NULL, NULL, NULL, NULL, &status, NULL));
    assert_true(g_spawn_check_wait_status(status, NULL));
}

static void wait_until_delivered(const char *subject)
{
    for (int i = 0; i < PATIENCE / 100; i++) {
        g_autofree char *found = server_doveadm(servers, "search", "-u", SERVER_USER, "header", "subject", subject, NULL);
        if (found != NULL && *found != '\0')
            return;
        g_usleep(100000);
    }
    fail_msg("%s never arrived", subject);
}

static void sign_in_and_look(const struct way *way, unsigned number)
{
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    g_autofree char *data = g_build_filename(home, "data", NULL), *subject = g_strdup_printf("Mail of way %u", number),
                    *sent = g_strdup_printf("Sent on way %u", number),
                    *message = g_strdup_printf("From: bob@example.test\nSubject: %s\n\nhi\n", subject);
    g_auto(GStrv) environment = environment_of();
    write_account(way);
    remove_tree(data);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", message));
    g_autoptr(terminal) screen = terminal_start(argv, 24, 100, (const char *const *)environment);
    for (size_t i = 0; i < G_N_ELEMENTS(way->typed) && way->typed[i] != NULL; i += 2) {
        expect_screen(screen, way->typed[i]);
        terminal_keys(screen, way->typed[i + 1]);
        terminal_keys(screen, "\r");
    }
    expect_screen(screen, subject);
    send_one(environment, sent);
    wait_until_delivered(sent);
    int copies = server_memory_count(terminal_pid(screen), SERVER_PASSWORD);
    int escaped = server_memory_count(terminal_pid(screen), "password = pa ss\"w\\\\ord%\xc3\xbc"); /* as it stands in an account file */
    int passphrases = server_memory_count(terminal_pid(screen), PASSPHRASE);
    if (copies < 1 || (way->copies > 0 && copies > way->copies) || escaped != 0 || passphrases != 0)
        fail_msg("way %u (%s, %s): %d passwords, %d escaped, %d passphrases", number, way->secret, way->auth, copies, escaped, passphrases);
}

static void after_signing_in_one_copy_of_the_password_is_left(void **state)
{
    (void)state;
    static const struct way ways[] = {
        { "password-command = cat %s/password", "imap", "auto", { NULL }, 1 },
        { "password-command = cat %s/password", "imap", "plain", { NULL }, 1 },
        { "password-command = cat %s/password", "imap", "login", { NULL }, 1 },
        { "password-command = cat %s/password", "pop3", "plain", { NULL }, 1 },
        { "password-command = cat %s/password", "pop3", "login", { NULL }, 1 },
        { "secret = prompt", "imap", "plain", { "Password of alice", SERVER_PASSWORD }, 1 },
        { "secret = file",
          "imap",
          "plain",
          { "Password of alice", SERVER_PASSWORD, "Choose a passphrase", PASSPHRASE "\r" PASSPHRASE },
          1 },
        { "password = pa ss\"w\\\\ord%\xc3\xbc", "imap", "plain", { NULL }, 0 }, /* part of the account, wherever that is */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        sign_in_and_look(&ways[i], (unsigned)i);
}

static int set_up(void **state)
{
    (void)state;
    home = g_dir_make_tmp("postern-memory-XXXXXX", NULL);
    server_write_text(home, "password", g_strdup(SERVER_PASSWORD "\n"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    server_free(servers);
    remove_tree(home);
    g_free(home);
    return 0;
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(after_signing_in_one_copy_of_the_password_is_left) };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
