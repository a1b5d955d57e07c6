/* SPDX-License-Identifier: MIT */
/* Encryption as a person meets it: with keys made by gpg itself, in a home of the test's own. */
#include "tests/remove_tree.h"
#include "tests/tui/demo.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 20000, ROWS = 24, COLUMNS = 90 };

static char *gpg_home; /* short: sockets lie in it */

static bool run(const char *script)
{
    int status = -1;
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    return g_spawn_sync(NULL, (char **)(gpointer)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                        NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

static int open_home(void **state)
{
    (void)state;
    gpg_home = g_dir_make_tmp("gpg-XXXXXX", NULL);
    g_setenv("GNUPGHOME", gpg_home, TRUE);
    return 0;
}

static int close_home(void **state)
{
    (void)state;
    run("gpgconf --kill all");
    remove_tree(gpg_home);
    g_free(gpg_home);
    return 0;
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    print_error("there is no \"%s\":\n%s\n", words, shown);
    fail();
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

/* The demo account beside that keyring; what is kept in memory lies below the test's home. */
static void restart(struct demo *demo)
{
    g_autofree char *runtime = g_build_filename(demo->home, "run", NULL), *memory = g_strdup_printf("XDG_RUNTIME_DIR=%s", runtime);
    g_autofree char *keys = g_strdup_printf("GNUPGHOME=%s", gpg_home);
    assert_int_equal(g_mkdir_with_parents(runtime, 0700), 0);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ memory, keys, NULL }));
}

static struct demo *open_demo(void)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *directory = g_path_get_dirname(file);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(file, "[postern]\neditor = builtin\n", -1, NULL));
    restart(demo);
    expect(demo->terminal, "unread of 48");
    return demo;
}

static bool is_on_the_disk(const struct demo *demo, const char *words)
{
    g_autofree char *home = g_shell_quote(demo->home), *quoted = g_shell_quote(words);
    g_autofree char *script = g_strdup_printf("grep -rqs %s %s/data %s/cache", quoted, home, home);
    return run(script);
}

static void write_secret(struct demo *demo)
{
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "demo@example.test\r\r\r", "demo@example.test");
    type(demo->terminal, "Engine room", "Engine room");
    type(demo->terminal, "\r", "Esc ends writing");
    type(demo->terminal, "It weaves in secret.", "in secret.");
    type(demo->terminal, "\033", "y send");
    type(demo->terminal, "E", "encrypt (OpenPGP)");
}

static void a_draft_to_be_encrypted_lies_in_drafts_encrypted_and_survives_a_power_cut(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    write_secret(demo);
    expect(demo->terminal, "cannot be sent so"); /* said while it is written */
    type(demo->terminal, "q", "It was not sent.");
    type(demo->terminal, "k", "Not kept in Drafts"); /* there is no key yet */
    assert_true(run("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'Demo <demo@example.test>' default "
                    "default never"));
    type(demo->terminal, "q", "It was not sent.");
    type(demo->terminal, "k", "encrypted to your own key");
    type(demo->terminal, "gd", "[...]");
    kill(terminal_pid(demo->terminal), SIGKILL);
    assert_true(WIFSIGNALED(terminal_wait_exit(demo->terminal, WAIT_MS)));
    assert_false(is_on_the_disk(demo, "It weaves"));
    assert_false(is_on_the_disk(demo, "Engine room"));
    g_autofree char *memory = g_build_filename(demo->home, "run", NULL);
    remove_tree(memory);
    restart(demo);
    type(demo->terminal, "gd", "[...]");
    type(demo->terminal, "\r", "y send");
    expect(demo->terminal, "It weaves in secret.");
    expect(demo->terminal, "Engine room");
    expect(demo->terminal, "keys are here");
    demo_free(demo);
}

/* A program of the same person with other data: it neither offers nor forgets what is not its own. */
static void a_secret_draft_is_offered_where_it_was_written_alone(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    g_autofree char *memory = g_strdup_printf("XDG_RUNTIME_DIR=%s/run", demo->home);
    g_autofree char *elsewhere = g_strdup_printf("XDG_DATA_HOME=%s/elsewhere", demo->home);
    write_secret(demo);
    terminal_wait_idle(demo->terminal, 1500, WAIT_MS); /* it is kept a moment later */
    kill(terminal_pid(demo->terminal), SIGKILL);
    assert_true(WIFSIGNALED(terminal_wait_exit(demo->terminal, WAIT_MS)));
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ memory, elsewhere, NULL }));
    expect(demo->terminal, "? help");
    terminal_wait_idle(demo->terminal, 1500, WAIT_MS);
    assert_false(terminal_contains(demo->terminal, "when postern ended"));
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    restart(demo);
    expect(demo->terminal, "was kept when postern ended");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_to_be_encrypted_lies_in_drafts_encrypted_and_survives_a_power_cut),
        cmocka_unit_test(a_secret_draft_is_offered_where_it_was_written_alone),
    };
    return cmocka_run_group_tests(tests, open_home, close_home);
}
