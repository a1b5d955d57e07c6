/* SPDX-License-Identifier: MIT */
/* The whole program against a Dovecot that checks tokens: sign in with a browser (curl), read, be revoked, sign in again. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_oauth.h"
#include "tests/servers/server_private.h"
#include "tests/tui/terminal.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static server *servers;
static server_oauth *service;
static char *home;

static bool extend_dovecot(void)
{
    const char *directory = server_directory(servers);
    g_autofree char *path = g_build_filename(directory, "dovecot.conf", NULL), *before = NULL;
    server_write_text(directory, "oauth2.conf",
                      g_strdup_printf("introspection_mode = auth\nintrospection_url = http://127.0.0.1:%d/introspect\n"
                                      "username_attribute = username\nactive_attribute = active\nactive_value = true\n",
                                      server_oauth_port(service)));
    return g_file_get_contents(path, &before, NULL, NULL) &&
           server_write_text(directory, "dovecot.conf",
                             g_strdup_printf("%sauth_mechanisms = plain login xoauth2 oauthbearer\n"
                                             "service anvil {\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}\n"
                                             "passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = %s/oauth2.conf\n}\n",
                                             before, directory)) &&
           SERVER_RUN("doveadm", "-c", path, "reload");
}

static void write_account(const char *auth)
{
    const struct server_ports *ports = server_ports(servers);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL);
    g_mkdir_with_parents(accounts, 0700);
    g_autofree char *settings = g_build_filename(home, "config/postern", NULL);
    server_write_text(settings, "postern.conf", g_strdup("[postern]\npassphrase-command = echo correct horse battery\n"));
    server_write_text(accounts, "work.conf",
                      g_strdup_printf("[account]\nname = Work\nfrom = " SERVER_ADDRESS "\n"
                                      "[incoming]\nprotocol = imap\nhost = localhost\nport = %d\nsecurity = tls\nauth = %s\nuser = alice\n"
                                      "secret = file\ntls-ca-file = %s\n"
                                      "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n"
                                      "[oauth]\nclient-id = postern-test\nscope = mail\n"
                                      "authorization-url = http://127.0.0.1:%d/authorize\ntoken-url = http://127.0.0.1:%d/token\n",
                                      ports->imaps, auth, server_ca_file(servers), ports->submissions, server_ca_file(servers),
                                      server_oauth_port(service), server_oauth_port(service)));
}

/* postern with these arguments; what it printed on both channels, and whether it ended well. */
static char *postern(bool *is_good_out, const char *command, const char *argument)
{
    g_autofree char *config = g_build_filename(home, "config", NULL), *data = g_build_filename(home, "data", NULL),
                    *cache = g_build_filename(home, "cache", NULL), *log = g_build_filename(home, "log", NULL);
    g_auto(GStrv) environment = g_get_environ();
    environment = g_environ_setenv(environment, "XDG_CONFIG_HOME", config, TRUE);
    environment = g_environ_setenv(environment, "XDG_DATA_HOME", data, TRUE);
    environment = g_environ_setenv(environment, "XDG_CACHE_HOME", cache, TRUE);
    environment = g_environ_setenv(environment, "POSTERN_LOG", log, TRUE);
    g_autofree char *browser = g_build_filename(home, "browser", NULL);
    environment = g_environ_setenv(environment, "BROWSER", browser, TRUE);
    const char *const argv[] = { "/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1", POSTERN_PROGRAM, command, argument, NULL };
    char *output = NULL;
    int status = 0;
    assert_true(g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_STDIN_FROM_DEV_NULL, NULL, NULL, &output, NULL, &status, NULL));
    *is_good_out = g_spawn_check_wait_status(status, NULL);
    return output;
}

static void expect(const char *command, bool is_good, const char *words)
{
    bool is_done = false;
    g_autofree char *output = postern(&is_done, command, "work");
    if (is_done != is_good || strstr(output, words) == NULL)
        fail_msg("%s: %s: %s", command, is_done ? "worked" : "failed", output);
}

/* Every file below directory: the file of secrets is encrypted, so not even there. */
static void look_for_tokens(const char *directory)
{
    g_autoptr(GDir) names = g_dir_open(directory, 0, NULL);
    const char *name;
    while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL), *bytes = NULL;
        gsize length = 0;
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            look_for_tokens(path);
        else if (g_file_test(path, G_FILE_TEST_IS_REGULAR) && g_file_get_contents(path, &bytes, &length, NULL) &&
                 (memmem(bytes, length, "access-secret", 13) != NULL || memmem(bytes, length, "refresh-secret", 14) != NULL))
            fail_msg("%s holds a token", path);
    }
}

static void the_browser_signs_in_and_a_revoked_sign_in_is_told_and_renewed(void **state)
{
    (void)state;
    static const char *const auths[] = { "auto", "xoauth2", "oauthbearer" };
    write_account(auths[0]);
    expect("sync", false, "postern sign-in work");
    expect("sign-in", true, "Work is signed in");
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++) {
        write_account(auths[i]);
        expect("sync", true, ""); /* each with a new refresh token: the service takes back the old one */
    }
    assert_int_equal(server_oauth_refreshed(service), 3);
    expect("check", true, "OAUTHBEARER");
    server_oauth_revoke(service);
    expect("sync", false, "withdrawn");
    expect("sign-in", true, "Work is signed in");
    expect("sync", true, "");
    look_for_tokens(home);
}

static terminal *start_screen(void)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" },
                                             { "XDG_DATA_HOME", "data" },
                                             { "XDG_CACHE_HOME", "cache" },
                                             { "BROWSER", "browser" },
                                             { "HOME", "" } };
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *word = g_strdup_printf("%s=%s/%s", places[i][0], home, places[i][1]);
        g_strv_builder_add(words, word);
    }
    g_auto(GStrv) environment = g_strv_builder_end(words);
    return terminal_start(argv, 24, 80, (const char *const *)environment);
}

static void expect_screen(terminal *screen, const char *wanted)
{
    if (terminal_wait_for(screen, wanted, 30000))
        return;
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("no \"%s\"\n%s", wanted, text);
}

/* A question takes keys only after a moment of calm. */
static void say_yes(terminal *screen)
{
    expect_screen(screen, "Sign in with the browser");
    terminal_wait_idle(screen, 1000, 10000);
    terminal_keys(screen, "o");
}

static void the_screen_asks_for_the_browser_and_goes_on_by_itself(void **state)
{
    (void)state;
    server_oauth_revoke(service);
    write_account("auto");
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", "From: bob@example.test\nSubject: Behind the browser\n\nhi\n"));
    g_autofree char *data = g_build_filename(home, "data", NULL);
    remove_tree(data); /* as on the first day */
    g_autoptr(terminal) first = start_screen();
    say_yes(first);
    expect_screen(first, "Behind the browser");
    g_clear_pointer(&first, terminal_free);
    server_oauth_revoke(service);
    g_autoptr(terminal) second = start_screen();
    expect_screen(second, "withdrawn");
    say_yes(second);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", "From: bob@example.test\nSubject: And again\n\nhi\n"));
    expect_screen(second, "And again");
}

static void an_account_without_a_client_id_is_told_where_one_is_had(void **state)
{
    (void)state;
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL);
    server_write_text(accounts, "mail.conf",
                      g_strdup("[account]\nfrom = a@gmail.com\n[incoming]\nprotocol = imap\nhost = localhost\nuser = a\nsecret = file\n"
                               "[outgoing]\nprotocol = smtp\nhost = localhost\n[oauth]\nprovider = google\n"));
    bool is_done = true;
    g_autofree char *output = postern(&is_done, "sign-in", "mail");
    assert_false(is_done);
    assert_non_null(strstr(output, "client-id"));
    assert_non_null(strstr(output, "console.cloud.google.com"));
}

static int set_up(void **state)
{
    (void)state;
    service = server_oauth_start();
    home = g_dir_make_tmp("postern-oauth-XXXXXX", NULL);
    server_write_text(home, "browser", g_strdup("#!/bin/sh\nexec curl -s -L -o /dev/null \"$1\"\n"));
    g_autofree char *browser = g_build_filename(home, "browser", NULL);
    g_chmod(browser, 0700);
    return extend_dovecot() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    server_free(servers);
    server_oauth_free(service);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_browser_signs_in_and_a_revoked_sign_in_is_told_and_renewed),
        cmocka_unit_test(the_screen_asks_for_the_browser_and_goes_on_by_itself),
        cmocka_unit_test(an_account_without_a_client_id_is_told_where_one_is_had),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
