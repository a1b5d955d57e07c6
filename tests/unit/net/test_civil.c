/* SPDX-License-Identifier: MIT */
/* Dates as mail has them, against another calendar. */
#include "net/civil.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define INTERNAL "dd-M-yyyy hh:mm:ss +zzzz"

static void every_day_of_two_centuries_is_as_glib_has_it(void **state)
{
    static const char *const months[] = { "Jan", "feb", "MAR", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    (void)state;
    for (int day = 0; day < 200 * 366; day++) {
        g_autoptr(GDateTime) first = g_date_time_new_utc(1900, 1, 1, 0, 0, 0);
        g_autoptr(GDateTime) then = g_date_time_add_days(first, day);
        int64_t utc = 0;
        g_autofree char *text = g_strdup_printf("%02d-%s-%04d %02d:59:%02d +0000", g_date_time_get_day_of_month(then),
                                                months[g_date_time_get_month(then) - 1], g_date_time_get_year(then), day % 24, day % 60);
        const char *rest = net_civil_read(text, INTERNAL, &utc);
        assert_non_null(rest);
        assert_string_equal(rest, "");
        assert_int_equal(utc, g_date_time_to_unix(then) + day % 24 * 3600 + 59 * 60 + day % 60);
    }
}

static void zones_are_taken_off(void **state)
{
    int64_t east = 0, west = 0, utc = 0;
    (void)state;
    assert_non_null(net_civil_read("17-Jul-1996 02:44:25 -0730", INTERNAL, &west));
    assert_non_null(net_civil_read("17-Jul-1996 02:44:25 +0545", INTERNAL, &east));
    assert_non_null(net_civil_read("17-Jul-1996 02:44:25 +0000", INTERNAL, &utc));
    assert_int_equal(utc, 837571465);
    assert_int_equal(west - utc, (7 * 60 + 30) * 60);
    assert_int_equal(east - utc, -(5 * 60 + 45) * 60);
}

static void what_is_behind_is_given_back(void **state)
{
    int64_t utc = 0;
    (void)state;
    assert_string_equal(net_civil_read("Wed, 7 Jul 1999 02:44:25 +0000 (GMT)", "www, d M yyyy hh:mm:ss +zzzz", &utc), " (GMT)");
}

static void what_is_no_date_is_left_to_others(void **state)
{
    static const char *const texts[] = { "",
                                         "1",
                                         "17-Ju",
                                         "17-Jul-1996 02:44:25",
                                         "17-Jul-1996 02:44:25 +000",
                                         "17-Jul-1996 02:44:25 GMT",
                                         "31-Feb-1996 02:44:25 +0000",
                                         "29-Feb-1900 02:44:25 +0000",
                                         "00-Jan-1996 02:44:25 +0000",
                                         "17-Jux-1996 02:44:25 +0000",
                                         "17-Jul-0096 02:44:25 +0000",
                                         "17-Jul-1996 24:00:00 +0000",
                                         "17-Jul-1996 02:60:25 +0000",
                                         "17-Jul-1996 02:44:60 +0000",
                                         "17-Jul-1996 02:44:25 +9999",
                                         "17-Jul-1996 02:44:25 +0060",
                                         "1 -Jul-1996 02:44:25 +0000" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        int64_t utc = 42;
        assert_null(net_civil_read(texts[i], INTERNAL, &utc));
        assert_int_equal(utc, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_two_centuries_is_as_glib_has_it),
        cmocka_unit_test(zones_are_taken_off),
        cmocka_unit_test(what_is_behind_is_given_back),
        cmocka_unit_test(what_is_no_date_is_left_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
