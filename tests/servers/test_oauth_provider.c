/* SPDX-License-Identifier: MIT */
/* postern, a Dovecot that checks tokens, and a real OpenID provider: signing in, tokens that live for seconds, rotation, revocation, refusals. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_memory.h"
#include "tests/servers/server_oidc.h"
#include "tests/servers/server_private.h"
#include "tests/tui/terminal.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SCRIPTS  TESTS_DIR "/servers/oauth"
#define MODULES  TESTS_DIR "/../build/oauth/node_modules"
#define TOKEN_S  4
#define PATIENCE 30000

static server *servers;
static server_oidc *provider;
static char *home;

/* --- the scene --- */
static void extend_dovecot(void)
{
    const char *directory = server_directory(servers);
    g_autofree char *path = g_build_filename(directory, "dovecot.conf", NULL), *before = NULL;
    server_write_text(directory, "oauth2.conf",
                      g_strdup_printf("introspection_mode = post\n"
                                      "introspection_url = http://dovecot:checks-tokens@127.0.0.1:%d/token/introspection\n"
                                      "username_attribute = sub\nactive_attribute = active\nactive_value = true\n",
                                      server_oidc_port(provider)));
    assert_true(g_file_get_contents(path, &before, NULL, NULL));
    server_write_text(directory, "dovecot.conf",
                      g_strdup_printf("%sauth_mechanisms = plain login xoauth2 oauthbearer\n"
                                      "service anvil {\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}\n"
                                      "passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = %s/oauth2.conf\n}\n",
                                      before, directory));
    assert_true(SERVER_RUN("doveadm", "-c", path, "reload"));
}

static void write_account(const char *name, const char *protocol, const char *auth)
{
    const struct server_ports *ports = server_ports(servers);
    g_autofree char *settings = g_build_filename(home, "config/postern", NULL), *accounts = g_build_filename(settings, "accounts", NULL);
    g_autofree char *file = g_strdup_printf("%s.conf", name);
    int port = server_oidc_port(provider);
    bool is_pop3 = strcmp(protocol, "pop3") == 0;
    g_mkdir_with_parents(accounts, 0700);
    server_write_text(settings, "postern.conf", g_strdup("[postern]\npassphrase-command = echo correct horse battery\n"));
    server_write_text(accounts, file,
                      g_strdup_printf("[account]\nname = %s\nfrom = " SERVER_ADDRESS "\n"
                                      "[incoming]\nprotocol = %s\nhost = localhost\nport = %d\nsecurity = tls\nauth = %s\nuser = alice\n"
                                      "secret = file\ntls-ca-file = %s\n"
                                      "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n"
                                      "[oauth]\nclient-id = postern-test\nscope = openid offline_access mail\n"
                                      "authorization-url = http://127.0.0.1:%d/auth\ntoken-url = http://127.0.0.1:%d/token\n"
                                      "device-url = http://127.0.0.1:%d/device/auth\n",
                                      name, protocol, is_pop3 ? ports->pop3s : ports->imaps, auth, server_ca_file(servers),
                                      ports->submissions, server_ca_file(servers), port, port, port));
}

/* $BROWSER, which signs alice in, or refuses. */
static void write_browser(bool is_refusing)
{
    server_write_text(home, "browser",
                      g_strdup_printf("#!/bin/sh\n%sexec node %s/browser.mjs \"$1\" >%s/browsed 2>&1\n",
                                      is_refusing ? "export POSTERN_TEST_REFUSE=1\n" : "", SCRIPTS, home));
    g_autofree char *browser = g_build_filename(home, "browser", NULL);
    g_chmod(browser, 0700);
}

static char **environment_of(void)
{
    static const char *const places[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" },
                                             { "POSTERN_LOG", "log" },        { "BROWSER", "browser" },    { "HOME", "" } };
    char **environment = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *place = g_build_filename(home, places[i][1], NULL);
        environment = g_environ_setenv(environment, places[i][0], place, TRUE);
    }
    return environment;
}

/* postern with this line of arguments; what it printed, caller frees. */
static char *postern(const char *arguments, bool *is_good_out)
{
    g_auto(GStrv) environment = environment_of();
    g_autofree char *line = g_strdup_printf("exec %s %s 2>&1", POSTERN_PROGRAM, arguments);
    const char *const argv[] = { "/bin/sh", "-c", line, NULL };
    char *output = NULL;
    int status = 0;
    assert_true(g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_STDIN_FROM_DEV_NULL, NULL, NULL, &output, NULL, &status, NULL));
    *is_good_out = g_spawn_check_wait_status(status, NULL);
    return output;
}

static void expect(const char *arguments, bool is_good, const char *words)
{
    bool is_done = false;
    g_autofree char *output = postern(arguments, &is_done);
    if (is_done == is_good && strstr(output, words) != NULL)
        return;
    g_autofree char *browsed = g_build_filename(home, "browsed", NULL), *page = NULL;
    g_file_get_contents(browsed, &page, NULL, NULL);
    fail_msg("%s %s: %s (browser: %s)", arguments, is_done ? "worked" : "failed", output, page != NULL ? page : "");
}

static terminal *start_screen(void)
{
    const char *const argv[] = { POSTERN_PROGRAM, NULL };
    g_auto(GStrv) environment = environment_of();
    return terminal_start(argv, 24, 80, (const char *const *)environment);
}

static void expect_screen(terminal *screen, const char *wanted)
{
    if (terminal_wait_for(screen, wanted, PATIENCE))
        return;
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("no \"%s\"\n%s", wanted, text);
}

static void deliver(const char *subject)
{
    g_autofree char *message = g_strdup_printf("From: bob@example.test\nSubject: %s\n\nhi\n", subject);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", message));
}

/* The server ends all connections: whoever wants to go on signs in again. */
static void kick(void)
{
    g_free(server_doveadm(servers, "kick", SERVER_USER, NULL));
}

/* --- signing in --- */
static void the_browser_signs_in_and_tokens_of_seconds_are_refreshed(void **state)
{
    (void)state;
    expect("sync work", false, "postern sign-in work");
    expect("sign-in work", true, "work is signed in");
    deliver("First of the provider");
    expect("sync work", true, "");
    expect("check work", true, "OAUTHBEARER");
    assert_true(server_oidc_refreshed(provider) >= 2); /* each with a new refresh token: the old one used twice would end it all */
}

/* The provider takes a refresh token that is used twice for theft, and takes all back. */
static void several_programs_at_once_are_not_taken_for_thieves(void **state)
{
    (void)state;
    bool is_done = false;
    g_autofree char *line =
        g_strdup_printf("check work >%s/one & %s check work >%s/two & %s check work && wait", home, POSTERN_PROGRAM, home, POSTERN_PROGRAM);
    g_free(postern(line, &is_done));
    assert_true(is_done);
    expect("sync work", true, "");
}

static void mail_is_sent_with_a_token(void **state)
{
    (void)state;
    bool is_done = false;
    g_autofree char *line = g_strdup_printf("send -t <%s/mail", home);
    server_write_text(home, "mail", g_strdup("From: " SERVER_ADDRESS "\nTo: " SERVER_ADDRESS "\nSubject: Sent by token\n\nhi\n"));
    g_autofree char *output = postern(line, &is_done);
    g_autofree char *found = server_doveadm(servers, "search", "-u", SERVER_USER, "header", "subject", "Sent by token", NULL);
    if (!is_done || found == NULL || *found == '\0')
        fail_msg("%s", output);
}

static void a_running_program_refreshes_before_the_end_and_after_a_refusal(void **state)
{
    (void)state;
    g_autoptr(terminal) screen = start_screen();
    expect_screen(screen, "First of the provider");
    int before = server_oidc_refreshed(provider);
    g_usleep((TOKEN_S + 1) * G_USEC_PER_SEC); /* the token's own clock, at the provider */
    kick();
    deliver("After the end of a token");
    expect_screen(screen, "After the end of a token");
    assert_true(server_oidc_refreshed(provider) > before);
    g_free(server_oidc_control(provider, "expire")); /* earlier than was said */
    kick();
    deliver("After a refusal");
    expect_screen(screen, "After a refusal");
    int known = 0;
    g_auto(GStrv) tokens = server_oidc_tokens(provider);
    for (char **token = tokens; *token != NULL; token++)
        known += server_memory_count(terminal_pid(screen), *token);
    assert_in_range(known, 0, 1); /* the access token that is good now; refresh tokens and what went before are forgotten */
}

static void a_provider_that_is_busy_is_no_reason_to_sign_in_anew(void **state)
{
    (void)state;
    g_free(server_oidc_control(provider, "fault?1=busy!"));
    expect("sync work", false, "no usable answer");
    g_free(server_oidc_control(provider, "fault?1=temporarily_unavailable"));
    expect("sync work", false, "just now");
    expect("sync work", true, "");
}

static void a_revoked_permission_asks_again_in_words(void **state)
{
    (void)state;
    g_free(server_oidc_control(provider, "revoke"));
    expect("sync work", false, "expired or was withdrawn; sign in again");
    expect("check work", false, "withdrawn");
    g_autoptr(terminal) screen = start_screen();
    expect_screen(screen, "Sign in with the browser");
    expect_screen(screen, "withdrawn");
    terminal_wait_idle(screen, 1000, 10000); /* a question takes keys only after a moment of calm */
    deliver("After the second sign-in");
    terminal_keys(screen, "o");
    expect_screen(screen, "After the second sign-in");
}

static void a_refusal_in_the_browser_is_told_and_changes_nothing(void **state)
{
    (void)state;
    write_browser(true);
    expect("sign-in work", false, "refused in the browser");
    write_browser(false);
    expect("sync work", true, "");
}

/* --- a browser on another device --- */
static char *wait_for_file(const char *name, const char *wanted)
{
    g_autofree char *path = g_build_filename(home, name, NULL);
    for (int i = 0; i < PATIENCE / 50; i++) {
        char *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, wanted) != NULL)
            return text;
        g_free(text);
        g_usleep(50000);
    }
    fail_msg("%s never said %s", name, wanted);
    return NULL;
}

static void a_code_on_another_device_signs_in(void **state)
{
    (void)state;
    g_free(server_oidc_control(provider, "revoke"));
    g_auto(GStrv) environment = environment_of();
    g_autofree char *line = g_strdup_printf("exec %s sign-in --device work >%s/device 2>&1", POSTERN_PROGRAM, home);
    const char *const argv[] = { "/bin/sh", "-c", line, NULL };
    GPid process;
    int status = 0;
    assert_true(g_spawn_async(NULL, (char **)argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &process, NULL));
    g_autofree char *said = wait_for_file("device", "type there:");
    g_free(server_oidc_control(provider, "fault?1=busy!")); /* a hiccup on the way */
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(said), " \n", -1);
    const char *link = NULL, *code = words[g_strv_length(words) - 1];
    for (char **word = words; *word != NULL; word++)
        link = g_str_has_prefix(*word, "http") ? *word : link;
    g_autofree char *browser = g_build_filename(SCRIPTS, "browser.mjs", NULL);
    assert_true(SERVER_RUN("node", browser, link, code));
    assert_int_equal(waitpid(process, &status, 0), process);
    g_autofree char *after = wait_for_file("device", "signed in");
    assert_int_equal(status, 0);
    expect("sync work", true, "");
}

static void the_screen_shows_the_code_for_another_device(void **state)
{
    (void)state;
    g_free(server_oidc_control(provider, "revoke"));
    g_autoptr(terminal) screen = start_screen();
    expect_screen(screen, "use a code on another device");
    terminal_wait_idle(screen, 1000, 10000);
    terminal_keys(screen, "c");
    expect_screen(screen, "Code: ");
    g_autofree char *link = terminal_row(screen, terminal_find_row(screen, "http://")),
                    *code = terminal_row(screen, terminal_find_row(screen, "Code: "));
    g_autofree char *browser = g_build_filename(SCRIPTS, "browser.mjs", NULL);
    assert_true(SERVER_RUN("node", browser, g_strstrip(link), strstr(code, "Code: ") + 6));
    deliver("After the code");
    expect_screen(screen, "After the code");
}

static void pop3_signs_in_with_tokens_too(void **state)
{
    (void)state;
    static const char *const auths[] = { "auto", "xoauth2", "oauthbearer" };
    expect("sign-in work", true, "work is signed in");
    write_account("pop", "pop3", "auto");
    expect("sign-in pop", true, "pop is signed in");
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++) {
        write_account("pop", "pop3", auths[i]);
        expect("sync pop", true, "");
    }
}

/* --- what is left behind --- */
/* Base64 of a text that stands at any place of another one: what is the same whatever comes before and after. Caller frees. */
static char *base64_core(const char *text, size_t shift)
{
    g_autofree char *padded = g_strdup_printf("%.*s%s", (int)shift, "xx", text);
    g_autofree char *whole = g_base64_encode((const guchar *)padded, strlen(padded));
    return g_strndup(whole + 4, (strlen(padded) / 3 - 1) * 4);
}

static bool holds(const char *bytes, size_t length, const char *token)
{
    bool is_there = memmem(bytes, length, token, strlen(token)) != NULL;
    for (size_t shift = 0; shift < 3; shift++) {
        g_autofree char *core = base64_core(token, shift);
        is_there = is_there || memmem(bytes, length, core, strlen(core)) != NULL;
    }
    return is_there;
}

static void look_into(const char *path, char **tokens, unsigned *files)
{
    g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    const char *name;
    while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        look_into(below, tokens, files);
    }
    if (names != NULL || !g_file_test(path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents(path, &bytes, &length, NULL))
        return;
    *files += 1;
    for (char **token = tokens; *token != NULL; token++) {
        if (holds(bytes, length, *token))
            fail_msg("%s holds a token", path);
    }
}

static void no_file_and_no_log_holds_a_token(void **state)
{
    (void)state;
    unsigned files = 0;
    g_auto(GStrv) tokens = server_oidc_tokens(provider);
    g_autofree char *log = wait_for_file("log", "OAUTHBEARER");
    assert_true(g_strv_length(tokens) >= 20);
    look_into(home, tokens, &files);
    assert_true(files > 5);
}

static int set_up(void **state)
{
    (void)state;
    home = g_dir_make_tmp("postern-oidc-XXXXXX", NULL);
    extend_dovecot();
    write_account("work", "imap", "auto");
    write_browser(false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    server_free(servers);
    server_oidc_free(provider);
    remove_tree(home);
    g_free(home);
    return 0;
}

int main(void)
{
    g_autofree char *why_not = NULL;
    provider = server_oidc_start(SCRIPTS, MODULES, TOKEN_S, &why_not);
    servers = provider != NULL ? server_start(&why_not) : NULL;
    if (servers == NULL) {
        server_oidc_free(provider);
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_browser_signs_in_and_tokens_of_seconds_are_refreshed),
        cmocka_unit_test(several_programs_at_once_are_not_taken_for_thieves),
        cmocka_unit_test(mail_is_sent_with_a_token),
        cmocka_unit_test(a_running_program_refreshes_before_the_end_and_after_a_refusal),
        cmocka_unit_test(a_provider_that_is_busy_is_no_reason_to_sign_in_anew),
        cmocka_unit_test(a_refusal_in_the_browser_is_told_and_changes_nothing),
        cmocka_unit_test(a_revoked_permission_asks_again_in_words),
        cmocka_unit_test(a_code_on_another_device_signs_in),
        cmocka_unit_test(the_screen_shows_the_code_for_another_device),
        cmocka_unit_test(pop3_signs_in_with_tokens_too),
        cmocka_unit_test(no_file_and_no_log_holds_a_token),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
