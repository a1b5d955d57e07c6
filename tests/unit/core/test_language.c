/* SPDX-License-Identifier: MIT */
/* Dates, numbers and order where the system has no locale but C.UTF-8: the translation's own. */
#include "core/language.h"
#include <locale.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void dates_are_plain_in_english(void **state)
{
    (void)state;
    g_autoptr(GDateTime) when = g_date_time_new_utc(2026, 11, 2, 21, 5, 0);
    g_autofree char *list = language_date(when, "%a %-e %b|%A %B|%H:%M"), *day = language_date(when, "%x"),
                    *whole = language_date(when, "%c"), *other = language_date(when, "%Y%%a %_e%");
    assert_string_equal(list, "Mon 2 Nov|Monday November|21:05");
    assert_string_equal(day, "2026-11-02");
    assert_string_equal(whole, "Mon \xe2\x80\x87"
                               "2 Nov 2026 21:05");
    assert_true(other == NULL || strstr(other, "2026%a") != NULL); /* what GLib thinks of a broken format */
}

static void the_clock_is_of_twelve_hours_where_people_read_it_so(void **state)
{
    (void)state;
    g_setenv("LC_TIME", "en_US.UTF-8", TRUE);
    g_autoptr(GDateTime) when = g_date_time_new_utc(2026, 11, 2, 21, 5, 0);
    g_autofree char *time = language_date(when, "%H:%M");
    assert_string_equal(time, "9:05 PM");
    g_unsetenv("LC_TIME");
}

static void numbers_have_marks(void **state)
{
    (void)state;
    g_autofree char *count = language_number(1048210), *few = language_number(999), *below = language_number(-1000),
                    *size = language_decimal(1234.56, 1), *whole = language_decimal(0.4, 0), *minus = language_decimal(-2.5, 1);
    assert_string_equal(count, "1 048 210");
    assert_string_equal(few, "999");
    assert_string_equal(below, "-1 000");
    assert_string_equal(size, "1 234.6");
    assert_string_equal(whole, "0");
    assert_string_equal(minus, "-2.5");
}

static void sizes_have_units_of_the_language(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *words;
    } sizes[] = { { 0, "0 bytes" },          { 1, "1 byte" },         { 999, "999 bytes" },           { 1000, "1 KB" },
                  { 24500, "25 KB" },        { 999499, "999 KB" },    { 999500, "1.0 MB" },           { 16777216, "16.8 MB" },
                  { 999949999, "999.9 MB" }, { 999950000, "1.0 GB" }, { 1234567890123, "1 234.6 GB" } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *words = language_size(sizes[i].bytes);
        assert_string_equal(words, sizes[i].words);
    }
}

static void order_knows_no_marks_and_no_case(void **state)
{
    (void)state;
    const char *words[] = { "Ahorn", "Ärger", "azur", "Zebra", "zoo" };
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(words); i++) {
        g_autofree char *one = language_sort_key(words[i]), *next = language_sort_key(words[i + 1]);
        if (strcmp(one, next) >= 0)
            fail_msg("%s comes after %s", words[i], words[i + 1]);
    }
    g_autofree char *broken = language_sort_key("\xff\xfe"), *same = language_sort_key("\xff\xfe");
    assert_string_equal(broken, same);
}

int main(void)
{
    g_setenv("LC_ALL", "C.UTF-8", TRUE);
    setlocale(LC_ALL, "");
    g_unsetenv("LC_ALL");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_plain_in_english),
        cmocka_unit_test(the_clock_is_of_twelve_hours_where_people_read_it_so),
        cmocka_unit_test(numbers_have_marks),
        cmocka_unit_test(sizes_have_units_of_the_language),
        cmocka_unit_test(order_knows_no_marks_and_no_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
