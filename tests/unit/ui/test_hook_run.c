/* SPDX-License-Identifier: MIT */
/* Programs beside the screen: what they get, what they say, and that they end. */
#include "ui/hook_run.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The end of it: a hook is never waited for, so the test does. */
static void wait_for_end(hook_run *run, int64_t now_ms)
{
    while (!hook_run_has_ended(run, now_ms))
        g_usleep(2000);
}

static hook_run *start(const char *words, const char *input)
{
    g_autoptr(GError) why = NULL;
    hook_run *run = hook_run_start(words, input, strlen(input), 1000, &why);
    if (run == NULL)
        print_error("%s\n", why->message);
    assert_non_null(run);
    return run;
}

static void a_program_reads_what_it_is_told(void **state)
{
    (void)state;
    g_autoptr(hook_run) good = start("grep -q '\"event\":\"sent\"'", "{\"event\":\"sent\"}\n");
    wait_for_end(good, 0);
    assert_true(hook_run_is_good(good));
}

static void a_refusal_comes_with_its_words_and_nothing_raw(void **state)
{
    (void)state;
    g_autoptr(hook_run) bad = start("sh -c \"printf 'no \\033[31msubject'; exit 3\"", "{}");
    g_autoptr(hook_run) silent = start("sh -c 'exit 3'", "{}");
    wait_for_end(bad, 0);
    wait_for_end(silent, 0);
    g_autofree char *words = hook_run_words(bad), *code = hook_run_words(silent);
    assert_false(hook_run_is_good(bad));
    assert_string_equal(words, "no [31msubject");
    assert_string_equal(code, "exit code 3");
}

static void what_takes_too_long_is_ended(void **state)
{
    (void)state;
    g_autoptr(hook_run) slow = start("sh -c 'sleep 1000 & wait'", "{}");
    assert_false(hook_run_has_ended(slow, 999));
    wait_for_end(slow, 1000);
    g_autofree char *words = hook_run_words(slow);
    assert_false(hook_run_is_good(slow));
    assert_string_equal(words, "it took too long and was ended");
}

static void much_input_that_nobody_reads_stops_nothing(void **state)
{
    (void)state;
    g_autofree char *much = g_strnfill(4 * 1024 * 1024, 'x');
    g_autoptr(hook_run) deaf = start("true", much);
    wait_for_end(deaf, 0);
    assert_true(hook_run_is_good(deaf));
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    g_autoptr(GError) why = NULL, quote = NULL;
    assert_null(hook_run_start("/no/such/program", "", 0, 0, &why));
    assert_non_null(strstr(why->message, "/no/such/program"));
    assert_null(hook_run_start("'unended", "", 0, 0, &quote));
    assert_non_null(quote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_reads_what_it_is_told), cmocka_unit_test(a_refusal_comes_with_its_words_and_nothing_raw),
        cmocka_unit_test(what_takes_too_long_is_ended),    cmocka_unit_test(much_input_that_nobody_reads_stops_nothing),
        cmocka_unit_test(what_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
