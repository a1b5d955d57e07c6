/* SPDX-License-Identifier: MIT */
/* Every answer has a letter, and no two have the same. */
#include "ui/answers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void letters_are_those_after_the_mark(void **state)
{
    (void)state;
    g_autoptr(answers) all = answers_new((const char *const[]){ "&Keep", "&Yes, delete for good", NULL });
    assert_int_equal(answers_count(all), 2);
    assert_string_equal(answers_text(all, 1), "Yes, delete for good");
    assert_string_equal(answers_letter(all, 0), "k");
    assert_int_equal(answers_find(all, 'Y'), 1);
    assert_int_equal(answers_find(all, 'n'), -1);
}

static void doubles_and_missing_letters_are_mended(void **state)
{
    (void)state;
    g_autoptr(answers) all = answers_new((const char *const[]){ "&Weiter", "&Wegwerfen", "Später", "\xe5\xbe\x8c\xe3\x81\xa7", "", NULL });
    assert_string_equal(answers_letter(all, 0), "w");
    assert_string_equal(answers_letter(all, 1), "e");
    assert_string_equal(answers_letter(all, 2), "s");
    assert_string_equal(answers_letter(all, 3), "1"); /* nothing that a plain keyboard types */
    assert_string_equal(answers_letter(all, 4), "2");
    assert_int_equal(answers_find(all, '2'), 4);
}

static void letters_of_other_scripts_know_their_capitals(void **state)
{
    (void)state;
    g_autoptr(answers) all = answers_new((const char *const[]){ "&Оставить", "&Да, удалить", NULL });
    assert_string_equal(answers_letter(all, 1), "д");
    assert_int_equal(answers_find(all, g_utf8_get_char("Д")), 1);
}

static void an_answer_about_something_keeps_its_letter_whatever_that_holds(void **state)
{
    (void)state;
    g_autofree char *page = g_strconcat("&Open the page of %s", ANSWER_ABOUT, "a&b %s.example", NULL);
    g_autoptr(answers) all = answers_new((const char *const[]){ "&Keep it", page, "&Leave" ANSWER_ABOUT "nothing to say", NULL });
    assert_string_equal(answers_text(all, 1), "Open the page of a&b %s.example");
    assert_string_equal(answers_letter(all, 1), "o");
    assert_string_equal(answers_text(all, 2), "Leave");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_those_after_the_mark),
        cmocka_unit_test(doubles_and_missing_letters_are_mended),
        cmocka_unit_test(letters_of_other_scripts_know_their_capitals),
        cmocka_unit_test(an_answer_about_something_keeps_its_letter_whatever_that_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
