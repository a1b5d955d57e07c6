/* SPDX-License-Identifier: MIT */
/* `postern check` against a real Dovecot and Postfix: what it finds in words and as JSON, the test message, and faults with what to do. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_private.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <cmocka.h>

static server *servers;
static char *home;

/* --- an account and the program --- */
static void write_account(const char *protocol, int port, const char *security, const char *more)
{
    g_autofree char *directory = g_build_filename(home, "config", "postern", "accounts", NULL),
                    *path = g_build_filename(directory, "work.conf", NULL), *escaped = g_strescape(SERVER_PASSWORD, "\xc3\xbc\"");
    g_autofree char *text = g_strdup_printf(
        "[account]\nfrom = " SERVER_ADDRESS "\n[incoming]\nprotocol = %s\nhost = localhost\nport = %d\nsecurity = %s\n"
        "user = " SERVER_USER "\npassword = %s\ntls-ca-file = %s\n%s\n[outgoing]\nhost = localhost\nport = %d\n"
        "user = " SERVER_USER "\ntls-ca-file = %s\n",
        protocol, port, security, escaped, server_ca_file(servers), more, server_ports(servers)->submissions, server_ca_file(servers));
    g_mkdir_with_parents(directory, 0700);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

/* Its exit code; what it printed is the caller's to free. */
static int run(const char *words, char **output_out)
{
    g_autofree char *command =
        g_strdup_printf("env HOME='%s' XDG_CONFIG_HOME='%s/config' XDG_DATA_HOME='%s/data' XDG_CACHE_HOME='%s/cache' "
                        "LANG=C.UTF-8 '%s' check %s",
                        home, home, home, home, POSTERN_PROGRAM, words);
    g_autofree char *errors = NULL;
    int status = 0;
    assert_true(g_spawn_command_line_sync(command, output_out, &errors, &status, NULL));
    if (!WIFEXITED(status) || WEXITSTATUS(status) == EX_CONFIG)
        fail_msg("%s\n%s", *output_out, errors);
    return WEXITSTATUS(status);
}

static void expect(const char *words, int code, const char *const *wanted)
{
    g_autofree char *output = NULL;
    int got = run(words, &output);
    if (got != code)
        fail_msg("exit %d instead of %d:\n%s", got, code, output);
    for (; *wanted != NULL; wanted++) {
        if (strstr(output, *wanted) == NULL)
            fail_msg("there is no \"%s\":\n%s", *wanted, output);
    }
}
#define EXPECT(words, code, ...) expect(words, code, (const char *const[]){ __VA_ARGS__, NULL })

/* --- what is found --- */
static void every_step_says_what_was_found(void **state)
{
    (void)state;
    write_account("imap", server_ports(servers)->imaps, "tls", "");
    EXPECT("", 0, "TLSv1.3, TLS_AES_", "valid until ", "issued by ", "AUTH=PLAIN", "PLAIN, the strongest of what is offered (PLAIN LOGIN)",
           "6 folders", "Sent: Sent");
    write_account("imap", server_ports(servers)->imap, "starttls", "auth = login");
    EXPECT("work", 0, "LOGIN, because the account says auth = login");
    write_account("pop3", server_ports(servers)->pop3, "starttls", "");
    EXPECT("", 0, "POP3 localhost:", "TLSv1.3", "the strongest of what is offered");
}

/* All members that a connection can have come together only here. */
static void json_is_what_its_schema_says(void **state)
{
    (void)state;
    g_autofree char *output = NULL, *lines = g_build_filename(home, "jsonl", NULL), *path = g_build_filename(lines, "check.jsonl", NULL);
    g_autofree char *command = g_strdup_printf(TESTS_DIR "/tui/check_json " TESTS_DIR "/../doc/json '%s' check", lines), *told = NULL;
    int status = 0;
    write_account("imap", server_ports(servers)->imaps, "tls", "");
    assert_int_equal(run("--json", &output), 0);
    g_mkdir_with_parents(lines, 0700);
    assert_true(g_file_set_contents(path, output, -1, NULL));
    assert_true(g_spawn_command_line_sync(command, &told, NULL, &status, NULL));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    if (status != 0)
        fail_msg("%s", told);
}

static void json_has_the_same_with_stable_names(void **state)
{
    (void)state;
    write_account("imap", server_ports(servers)->imaps, "tls", "");
    EXPECT("--json", 0, "\"step\":\"certificate\",\"state\":\"ok\"", "\"chain\":[{\"subject\":", "\"not_after\":",
           "\"tls\":\"TLSv1.3\",\"cipher\":", "\"mechanism\":\"PLAIN\",\"mechanisms\":\"PLAIN LOGIN\"", "\"step\":\"capabilities\"",
           "\"capabilities\":\"IMAP4rev1");
}

static void a_test_message_is_sent_and_seen_to_arrive(void **state)
{
    (void)state;
    const struct server_ports *ports = server_ports(servers);
    write_account("imap", ports->imaps, "tls", "");
    EXPECT("--send-test", 0, "a message to " SERVER_ADDRESS " was taken", "the message is in the Inbox");
    write_account("pop3", ports->pop3s, "tls", "");
    EXPECT("--send-test --json", 0, "\"step\":\"send\",\"state\":\"ok\"", "\"step\":\"arrive\",\"state\":\"ok\"");
}

/* --- faults --- */
static void a_wrong_password_is_not_let_in(void **state)
{
    (void)state;
    write_account("imap", server_ports(servers)->imaps, "tls", "password-command = echo wrong");
    g_autofree char *path = g_build_filename(home, "config", "postern", "accounts", "work.conf", NULL), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, "password = "))
            g_string_append_printf(kept, "%s\n", *line);
    }
    assert_true(g_file_set_contents(path, kept->str, -1, NULL));
    EXPECT("", EX_NOPERM, "refused", "Check user (" SERVER_USER ")");
}

static void a_server_that_is_spoken_to_wrongly_says_what_to_do(void **state)
{
    (void)state;
    const struct server_ports *ports = server_ports(servers);
    write_account("imap", ports->imap, "tls", "");
    EXPECT("", EX_UNAVAILABLE, "does not speak TLS on this port", "usual are 993");
    write_account("imap", 9, "tls", "");
    EXPECT("", EX_UNAVAILABLE, "cannot be reached", "usual are 993");
}

static int tear_down(void **state)
{
    (void)state;
    if (g_getenv("POSTERN_KEEP") == NULL)
        remove_tree(home);
    g_free(home);
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
    home = g_dir_make_tmp("postern-check-XXXXXX", NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_says_what_was_found), cmocka_unit_test(json_has_the_same_with_stable_names),
        cmocka_unit_test(json_is_what_its_schema_says),   cmocka_unit_test(a_test_message_is_sent_and_seen_to_arrive),
        cmocka_unit_test(a_wrong_password_is_not_let_in), cmocka_unit_test(a_server_that_is_spoken_to_wrongly_says_what_to_do),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, tear_down);
}
