/* SPDX-License-Identifier: MIT */
/* The first start as a person has it: servers by hand, a certificate in doubt, a wrong password, the right one, and mail on the screen. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static server *servers;

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    fail_msg("there is no \"%s\":\n%s", words, shown);
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

static terminal *start(const char *home)
{
    g_autofree char *home_is = g_strdup_printf("HOME=%s", home), *config = g_strdup_printf("XDG_CONFIG_HOME=%s/config", home);
    g_autofree char *data = g_strdup_printf("XDG_DATA_HOME=%s/data", home), *cache = g_strdup_printf("XDG_CACHE_HOME=%s/cache", home);
    const char *const env[] = { home_is, config, data, cache, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=/nonexistent", NULL };
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    terminal *screen = terminal_start(argv, 30, 110, env);
    assert_non_null(screen);
    expect(screen, "Your name");
    return screen;
}

static void enter_servers(terminal *screen)
{
    const struct server_ports *ports = server_ports(servers);
    g_autofree char *imap = g_strdup_printf("\025localhost\t\t\t%d\t", ports->imaps);
    g_autofree char *smtp = g_strdup_printf("\025localhost\t\t%d\r", ports->submissions);
    terminal_keys(screen, "\025Alice\r");
    type(screen, "\025alice@example.test\r", "Servers by hand");
    expect(screen, "port (empty"); /* the search has ended and the form is there */
    terminal_keys(screen, imap);
    terminal_keys(screen, smtp);
}

static char *account_text(const char *home)
{
    g_autofree char *path = g_build_filename(home, "config", "postern", "accounts", "example-test.conf", NULL);
    char *text = NULL;
    struct stat status;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    return text;
}

static void the_wizard_leads_from_nothing_to_mail_on_the_screen(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-wizard-XXXXXX", NULL);
    terminal *screen = start(home);
    enter_servers(screen);
    expect(screen, "Can this server be trusted?");
    expect(screen, "Nothing was sent yet");
    expect(screen, "Server for reading: localhost");
    type(screen, "p", "Keep the password");
    type(screen, "wrong\r\r", "Trying it");
    assert_true(
        terminal_wait_gone(screen, "Keep the password", WAIT_MS)); /* the whole table is drawn: it says "refused" before the form is back */
    expect(screen, "Keep the password");
    expect(screen, "refused the user name or password");
    type(screen, SERVER_PASSWORD "\r\r", "It works");
    g_autofree char *accounts = g_build_filename(home, "config", "postern", "accounts", NULL);
    assert_false(g_file_test(accounts, G_FILE_TEST_IS_DIR)); /* nothing is on the disk before the last Enter */
    type(screen, "\r", "The account is saved in");
    g_autofree char *text = account_text(home);
    assert_null(strstr(text, "pa ss")); /* without a keyring the password is nowhere: asked at each start, but known in this run */
    assert_non_null(strstr(text, "secret = prompt"));
    g_auto(GStrv) around_pins = g_strsplit(text, "tls-fingerprint", -1);
    assert_int_equal(g_strv_length(around_pins), 3); /* one pin each: both servers show the same certificate */
    assert_true(server_deliver(servers, SERVER_USER, "INBOX",
                               "From: Bob <bob@example.test>\nSubject: first mail\nMessage-ID: <w1@example.test>\n\nhi\n"));
    expect(screen, "first mail");
    terminal_keys(screen, "\003");
    int status = terminal_wait_exit(screen, WAIT_MS);
    assert_true(WIFEXITED(status));
    terminal_free(screen);
    remove_tree(home);
}

static void leaving_the_wizard_leaves_nothing_behind(void **state)
{
    (void)state;
    g_autofree char *home = g_dir_make_tmp("postern-wizard-XXXXXX", NULL);
    terminal *screen = start(home);
    enter_servers(screen);
    expect(screen, "Can this server be trusted?");
    g_autofree char *port = g_strdup_printf("%d", server_ports(servers)->imaps);
    type(screen, "\033", "Servers by hand");
    expect(screen, port); /* what was typed is there still */
    type(screen, "\033", "Your name");
    expect(screen, "alice@example.test");
    terminal_keys(screen, "\033");
    int status = terminal_wait_exit(screen, WAIT_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    g_autofree char *accounts = g_build_filename(home, "config", "postern", "accounts", NULL);
    assert_false(g_file_test(accounts, G_FILE_TEST_EXISTS));
    terminal_free(screen);
    remove_tree(home);
}

static int tear_down(void **state)
{
    (void)state;
    server_free(servers);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wizard_leads_from_nothing_to_mail_on_the_screen),
        cmocka_unit_test(leaving_the_wizard_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
