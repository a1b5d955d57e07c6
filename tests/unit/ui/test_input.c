/* SPDX-License-Identifier: MIT */
/* Names of keys, both ways. What a real terminal sends is tried in tests/tui. */
#include "ui/input.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void a_key_keeps_its_name_both_ways(void **state)
{
    (void)state;
    const char *names[] = { "a",   "G",       "ctrl-p", "alt-x", "F1", "F12",        "up",         "pagedown", "space", "enter", "esc",
                            "tab", "backtab", "?",      ":",     "\\", "ctrl-space", "shift-left", "é",        "-",     "|",     "<" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct key key;
        char text[32];
        assert_true(key_parse(names[i], &key));
        key_format(&key, text, sizeof text);
        assert_string_equal(text, names[i]);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    const char *names[] = { "", "ctrl-", "xx", "F13", "F0", "\xFF", "\x01" };
    struct key key;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(key_parse(names[i], &key));
}

static void large_and_small_letters_are_two_keys_but_one_with_ctrl(void **state)
{
    (void)state;
    struct key small, large;
    assert_true(key_parse("n", &small) && key_parse("N", &large));
    assert_false(key_equal(&small, &large));
    assert_true(key_parse("ctrl-n", &small) && key_parse("ctrl-N", &large));
    assert_true(key_equal(&small, &large));
}

static void a_paste_is_no_key_of_a_table(void **state)
{
    (void)state;
    struct key paste = { .kind = KEY_KIND_PASTE };
    assert_false(key_equal(&paste, &paste));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_keeps_its_name_both_ways),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(large_and_small_letters_are_two_keys_but_one_with_ctrl),
        cmocka_unit_test(a_paste_is_no_key_of_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
