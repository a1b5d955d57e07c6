/* SPDX-License-Identifier: MIT */
/* What terminals answer when they are asked for their background. */
#include "ui/background.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool is_light(const char *answer, bool *is_known_out)
{
    bool light = false;
    *is_known_out = background_read(answer, &light);
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
    assert_false(is_light("\033]11;rgb:zzzz/////", &is_known) || is_known);
    assert_false(is_light("\033]11;rgb:ffff/ffff", &is_known) || is_known);
    assert_false(is_light("", &is_known) || is_known);
}

static void what_cannot_belong_to_an_answer_was_typed(void **state)
{
    (void)state;
    const char *cut = "]11;rgb:ff";
    for (const char *part = "0aF/"; *part != '\0'; part++)
        assert_true(background_may_go_on(cut, (unsigned)*part));
    for (const char *key = "jq?: \r"; *key != '\0'; key++)
        assert_false(background_may_go_on(cut, (unsigned)*key));
    assert_false(background_may_go_on(cut, 0xe9));
    assert_true(background_may_go_on("]11;", 'r') && background_may_go_on("]11;rgb", 'a') && background_may_go_on("]11;rgb", ':'));
    assert_false(background_may_go_on("]11;", 'd'));
    assert_true(background_may_go_on("]1", '0')); /* another answer: nobody knows what belongs to it */
}

static void an_answer_that_nobody_asked_for_says_nothing(void **state)
{
    (void)state;
    assert_false(background_take("]11;rgb:ffff/ffff/ffff") || background_has_news());
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(answers_of_terminals_are_understood),
                                        cmocka_unit_test(what_cannot_belong_to_an_answer_was_typed),
                                        cmocka_unit_test(an_answer_that_nobody_asked_for_says_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
