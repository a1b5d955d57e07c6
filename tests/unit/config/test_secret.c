/* SPDX-License-Identifier: MIT */
/* Passwords: where they may come from, how long they may take, and who may read them. */
#include "config/secret.h"
#include "fixture.h"
#include <signal.h>
#include <sys/eventfd.h>

static struct account *account_with(enum account_secret secret, const char *command)
{
    struct account *self = account_new("work");
    self->name = g_strdup("Work");
    self->incoming.secret = self->outgoing.secret = secret;
    self->incoming.password_command = g_strdup(command);
    return self;
}

static char *run_for(const char *command, int cancel_fd, int timeout_ms, GError **error)
{
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_COMMAND, command);
    return secret_get(self, &self->incoming, cancel_fd, timeout_ms, error);
}

static void the_first_line_of_the_commands_output_is_the_password(void **state)
{
    (void)state;
    static const struct {
        const char *command, *secret;
    } cases[] = {
        { "echo hunter2", "hunter2" },
        { "printf 'no line break'", "no line break" },
        { "printf 'one\\r\\ntwo\\n'", "one" },
        { "echo ' blanks stay '", " blanks stay " },
        { "printf 'p\\303\\244ss\\377\\n'", "p\303\244ss\377" },
        { "x=$(echo shell) && echo $x | tr a-z A-Z", "SHELL" },
        { "echo secret; head -c 1000000 /dev/zero", "secret" }, /* far more than is kept, and than a pipe holds */
        { "head -c 1000000 /dev/zero >&2; echo secret", "secret" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        char *secret = run_for(cases[i].command, -1, 20000, &error);
        assert_non_null(secret);
        assert_string_equal(secret, cases[i].secret);
        secret_free(secret);
    }
}

static void a_failing_command_says_why_in_its_own_words(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_null(run_for("echo first >&2; echo 'gpg: kein Schlüssel' >&2; exit 3", -1, 20000, &error));
    assert_non_null(strstr(error->message, "status 3"));
    assert_null(strstr(error->message, "first"));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "gpg: kein Schlüssel");
    assert_null(run_for("printf 'evil \\033[2J' >&2; false", -1, 20000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "evil ?[2J");
    assert_null(run_for("no-such-program-as-this", -1, 20000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "status 127");
    assert_null(run_for("kill -9 $$", -1, 20000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "signal 9");
    assert_null(run_for("true", -1, 20000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "no password");
}

static void the_command_line_is_not_repeated_in_the_error(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_null(run_for("echo hunter2; false", -1, 20000, &error));
    assert_null(strstr(error->message, "hunter2"));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "(echo)");
}

static void a_command_that_does_not_end_is_stopped(void **state)
{
    (void)state;
    static const char *const commands[] = { "sleep 1000", "echo early; exec >&- 2>&-; sleep 1000",
                                            "trap '' TERM HUP; sleep 1000; sleep 1000" };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        GError *error = NULL;
        gint64 begin = g_get_monotonic_time();
        assert_null(run_for(commands[i], -1, 200, &error));
        assert_true(g_get_monotonic_time() - begin < 20 * G_USEC_PER_SEC);
        assert_error_says(&error, CONFIG_ERROR_SECRET, "in time");
    }
}

static void an_agent_that_stays_behind_does_not_hold_up_the_password(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *pids = fixture_path("agent"), *command = g_strdup_printf("sleep 600 & echo $! > %s; echo hunter2", pids), *pid = NULL;
    char *secret = run_for(command, -1, 300000, &error);
    assert_non_null(secret);
    assert_string_equal(secret, "hunter2");
    secret_free(secret);
    assert_true(g_file_get_contents(pids, &pid, NULL, NULL));
    assert_int_equal(kill((pid_t)g_ascii_strtoll(pid, NULL, 10), SIGKILL), 0); /* it was left alone */
}

static void a_cancelled_command_is_stopped_with_all_it_started(void **state)
{
    (void)state;
    GError *error = NULL;
    int cancel = eventfd(1, EFD_CLOEXEC);
    assert_null(run_for("sleep 1000 & sleep 1000", cancel, 300000, &error));
    assert_error_says(&error, CONFIG_ERROR_CANCELLED, "stopped");
    close(cancel);
}

static void the_command_has_no_terminal_and_no_input(void **state)
{
    (void)state;
    GError *error = NULL;
    char *secret =
        run_for("if read line; then echo input; elif (exec 3</dev/tty) 2>/dev/null; then echo tty; else echo alone; fi", -1, 20000, &error);
    assert_non_null(secret);
    assert_string_equal(secret, "alone");
    secret_free(secret);
}

static void a_stored_password_is_a_private_file(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_CLEAR_FILE, NULL);
    g_autofree char *path = fixture_path("postern/secrets/work-incoming"), *directory = fixture_path("postern/secrets");
    assert_null(secret_get(self, &self->incoming, -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "Work");
    assert_true(secret_put(self, &self->incoming, " p ä\\ss ", -1, 1000, &error));
    assert_int_equal(fixture_mode(path), 0600);
    assert_int_equal(fixture_mode(directory), 0700);
    char *secret = secret_get(self, &self->incoming, -1, 1000, &error), *same = secret_get(self, &self->outgoing, -1, 1000, &error);
    assert_string_equal(secret, " p ä\\ss ");
    assert_string_equal(same, " p ä\\ss "); /* one password for both, until outgoing has its own */
    secret_free(same);
    secret_free(secret);
    assert_true(secret_put(self, &self->outgoing, "other", -1, 1000, &error));
    secret = secret_get(self, &self->outgoing, -1, 1000, &error);
    assert_string_equal(secret, "other");
    secret_free(secret);
    assert_true(secret_forget(self, &self->incoming, &error));
    assert_true(secret_forget(self, &self->incoming, &error));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void a_stored_password_that_others_can_read_is_not_used(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_CLEAR_FILE, NULL);
    g_autofree char *path = fixture_path("postern/secrets/work-incoming");
    assert_true(secret_put(self, &self->incoming, "hunter2", -1, 1000, &error));
    assert_int_equal(chmod(path, 0644), 0);
    assert_null(secret_get(self, &self->incoming, -1, 1000, &error));
    assert_null(strstr(error->message, "hunter2"));
    assert_error_says(&error, CONFIG_ERROR_PERMISSION, "chmod 600 ");
}

static void a_password_of_two_lines_is_not_cut_silently(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_CLEAR_FILE, NULL);
    assert_false(secret_put(self, &self->incoming, "one\ntwo", -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "one line");
}

static void the_person_is_asked_when_nothing_else_is_said(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_PROMPT, NULL);
    assert_null(secret_get(self, &self->incoming, -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "Work");
    self->incoming.secret = ACCOUNT_SECRET_PASSWORD;
    assert_true(secret_put(self, &self->incoming, "in the file", -1, 1000, &error));
    char *secret = secret_get(self, &self->incoming, -1, 1000, &error);
    assert_string_equal(secret, "in the file");
    secret_free(secret);
}

static void without_a_session_the_keyring_says_so_in_a_sentence(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_with(ACCOUNT_SECRET_KEYRING, NULL);
    g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
    g_setenv("XDG_RUNTIME_DIR", fixture_directory, TRUE);
    assert_null(secret_get(self, &self->incoming, -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "password-command");
    assert_false(secret_put(self, &self->incoming, "x", -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "keyring");
    assert_false(secret_has_keyring(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_first_line_of_the_commands_output_is_the_password),
        FIXTURE_TEST(a_failing_command_says_why_in_its_own_words),
        FIXTURE_TEST(the_command_line_is_not_repeated_in_the_error),
        FIXTURE_TEST(a_command_that_does_not_end_is_stopped),
        FIXTURE_TEST(an_agent_that_stays_behind_does_not_hold_up_the_password),
        FIXTURE_TEST(a_cancelled_command_is_stopped_with_all_it_started),
        FIXTURE_TEST(the_command_has_no_terminal_and_no_input),
        FIXTURE_TEST(a_stored_password_is_a_private_file),
        FIXTURE_TEST(a_stored_password_that_others_can_read_is_not_used),
        FIXTURE_TEST(a_password_of_two_lines_is_not_cut_silently),
        FIXTURE_TEST(the_person_is_asked_when_nothing_else_is_said),
        FIXTURE_TEST(without_a_session_the_keyring_says_so_in_a_sentence),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
