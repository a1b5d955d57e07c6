/* SPDX-License-Identifier: MIT */
/* What terminals answer when they are asked for their background. */
#include "ui/background.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool is_light(const char *answer, bool *is_known_out)
{
    bool light = false;
    *is_known_out = background_read(answer, strlen(answer), &light);
    return light;
}

static void answers_of_terminals_are_understood(void **state)
{
    (void)state;
    bool is_known = false;
    assert_true(is_light("\033]11;rgb:ffff/ffff/ffff\033\\\033[?62;c", &is_known) && is_known);
    assert_true(is_light("x\033]11;rgb:fd/f6/e3\007", &is_known) && is_known);
    assert_true(is_light("\033]11;rgba:ffff/ffff/dddd/ffff\007", &is_known) && is_known);
    assert_false(is_light("\033]11;rgb:0000/2b2b/3636\033\\", &is_known));
    assert_true(is_known);
    assert_false(is_light("\033[?1;2c", &is_known) || is_known);
    assert_false(is_light("\033]11;rgb", &is_known) || is_known);
    assert_false(is_light("\033]11;rgb:", &is_known));
    assert_false(is_light("\033]11;rgb:zzzz/////", &is_known));
    assert_false(is_light("", &is_known) || is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_of_terminals_are_understood) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
