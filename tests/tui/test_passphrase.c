/* SPDX-License-Identifier: MIT */
/* The passphrase of the encrypted file of secrets, at a terminal: chosen, changed, mistyped, and asked for by other commands. */
#include "config/secret.h"
#include "config/secret_file.h"
#include "tests/tui/terminal.h"
#include "tests/unit/config/fixture.h"
#include <sys/wait.h>

#define FIRST  "correct horse battery"
#define SECOND "another good one"

/* postern COMMAND on a terminal; words are what it says and what is typed then, in turn. Its exit status. */
static int talk(const char *command, const char *argument, const char *const *words)
{
    const char *const argv[] = { POSTERN_PROGRAM, command, argument, NULL };
    g_autofree char *config = g_strdup_printf("XDG_CONFIG_HOME=%s", fixture_directory),
                    *data = g_strdup_printf("XDG_DATA_HOME=%s", fixture_directory);
    const char *const environment[] = { config, data, NULL };
    g_autoptr(terminal) screen = terminal_start(argv, 24, 100, environment);
    for (; *words != NULL; words++) {
        if (!terminal_wait_for(screen, *words, 30000)) {
            g_autofree char *text = terminal_screen_text(screen);
            fail_msg("no \"%s\"\n%s", *words, text);
        }
        if (*++words == NULL)
            break;
        assert_false(terminal_contains(screen, **words != '\0' ? *words : "\001")); /* nothing typed before is shown */
        terminal_keys(screen, *words);
        terminal_keys(screen, "\r");
    }
    int status = terminal_wait_exit(screen, 30000);
    assert_false(terminal_contains(screen, FIRST));
    assert_false(terminal_contains(screen, SECOND));
    return WEXITSTATUS(status);
}

#define TALK(command, argument, ...) talk(command, argument, (const char *const[]){ __VA_ARGS__, NULL })

static void a_passphrase_is_chosen_and_changed(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_int_not_equal(TALK("passphrase", NULL, "Choose a passphrase", "short", "once more", "short", "at least 8"), 0);
    assert_int_not_equal(TALK("passphrase", NULL, "Choose a passphrase", FIRST, "once more", SECOND, "not the same"), 0);
    assert_int_not_equal(TALK("passphrase", NULL, "Choose a passphrase", "half\003", "Nothing was changed"), 0);
    assert_int_equal(secret_file_state(), SECRET_FILE_NONE);
    assert_int_equal(TALK("passphrase", NULL, "Choose a passphrase", FIRST, "once more", FIRST, "under the new passphrase"), 0);
    assert_int_not_equal(
        TALK("passphrase", NULL, "until now", SECOND, "Choose a passphrase", SECOND, "once more", SECOND, "not the passphrase"), 0);
    assert_int_equal(TALK("passphrase", NULL, "until now", FIRST, "Choose a passphrase", SECOND, "once more", SECOND, "under the new"), 0);
    assert_true(secret_file_unlock(SECOND, &error));
    secret_file_lock();
}

static void a_command_asks_for_it_and_tells_a_wrong_one(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path =
        fixture_write("postern/accounts/work.conf",
                      "[account]\nname = Work\nfrom = a@example.test\n[incoming]\nhost = 127.0.0.1\nport = 1\nuser = a\n"
                      "secret = file\n[outgoing]\nhost = 127.0.0.1\nport = 1\n",
                      0600);
    assert_true(secret_file_unlock(FIRST, &error));
    assert_true(secret_file_put("work", "incoming", "hunter2", &error));
    secret_file_lock();
    TALK("check", "work", "Passphrase of the file", SECOND, "not the passphrase", NULL);
    TALK("check", "work", "Passphrase of the file", FIRST, "127.0.0.1", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_passphrase_is_chosen_and_changed),
        FIXTURE_TEST(a_command_asks_for_it_and_tells_a_wrong_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
