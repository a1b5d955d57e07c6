/* SPDX-License-Identifier: MIT */
/* Times as people say them. */
#include "core/when.h"
#include "core/snooze.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Sat 21 Nov 2026, 14:10:30 in Berlin (UTC+1) */
#define NOW 1795266630

static const struct {
    const char *text, *expected; /* local time */
} times[] = {
    { "2h", "2026-11-21 16:10:30" },
    { "90 min", "2026-11-21 15:40:30" },
    { "in 3 days", "2026-11-24 14:10:30" },
    { "in an hour", "2026-11-21 15:10:30" },
    { "1d 2h", "2026-11-22 16:10:30" },
    { "+2w", "2026-12-05 14:10:30" },
    { "in 2 days 9:00", "2026-11-23 09:00:00" },
    { "1 month", "2026-12-21 14:10:30" },
    { "later", "2026-11-21 17:00:00" },
    { "later today", "2026-11-21 17:00:00" },
    { "tomorrow", "2026-11-22 08:00:00" },
    { "Tomorrow 8:00", "2026-11-22 08:00:00" },
    { "tomorrow at 17:30", "2026-11-22 17:30:00" },
    { "tomorrow evening", "2026-11-22 18:00:00" },
    { "tomorrow, noon", "2026-11-22 12:00:00" },
    { "8am tomorrow", "2026-11-22 08:00:00" },
    { "12 am tomorrow", "2026-11-22 00:00:00" },
    { "tonight", "2026-11-21 20:00:00" },
    { "this evening", "2026-11-21 18:00:00" },
    { "next week", "2026-11-23 08:00:00" },
    { "next month", "2026-12-01 08:00:00" },
    { "weekend", "2026-11-28 09:00:00" },
    { "mon 9:00", "2026-11-23 09:00:00" },
    { "Mon 9:00", "2026-11-23 09:00:00" },
    { "next friday", "2026-11-27 08:00:00" },
    { "sat", "2026-11-28 08:00:00" },
    { "16:00", "2026-11-21 16:00:00" },
    { "9:00", "2026-11-22 09:00:00" },
    { "at 9", "2026-11-22 09:00:00" },
    { "5pm", "2026-11-21 17:00:00" },
    { "24 dec 10:00", "2026-12-24 10:00:00" },
    { "Dec 24", "2026-12-24 08:00:00" },
    { "3 jan", "2027-01-03 08:00:00" },
    { "24 dec 2027 7:05", "2027-12-24 07:05:00" },
    { "24.12. 10:00", "2026-12-24 10:00:00" },
    { "24.12.2026", "2026-12-24 08:00:00" },
    { "2026-12-24", "2026-12-24 08:00:00" },
    { "2026-12-24 10:00", "2026-12-24 10:00:00" },
    { "2026-12-24T10:00", "2026-12-24 10:00:00" },
    { "2026-12-24T10:00:05Z", "2026-12-24 11:00:05" },
    { "2026-12-24T10:00Z", "2026-12-24 11:00:00" },
    { "2026-12-24T10:00+05:00", "2026-12-24 06:00:00" },
};

static void times_as_people_say_them_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autoptr(GError) error = NULL;
        int64_t when = 0;
        if (!when_parse(times[i].text, NOW, &when, NULL, &error))
            fail_msg("%s: %s", times[i].text, error->message);
        g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(when);
        g_autofree char *text = g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
        if (strcmp(text, times[i].expected) != 0)
            fail_msg("%s: %s, not %s", times[i].text, text, times[i].expected);
    }
}

static void what_is_no_time_points_at_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t spot;
    } wrong[] = { { "", 0 },
                  { "   ", 0 },
                  { "soon", 0 },
                  { "tomorrow soon", 9 },
                  { "25:00", 0 },
                  { "tomorrow 8:61", 9 },
                  { "31 feb", 0 },
                  { "13pm", 0 },
                  { "99999999999h", 0 },
                  { "tomorrow monday", 9 },
                  { "8:00 9:00", 5 },
                  { "2026-13-01", 0 },
                  { "2h tomorrow", 0 },
                  { "\xff", 0 },
                  { "1 2 3 4 5 6 7 8 9 1 2 3 4 5", 0 },
                  { "-", 0 },
                  { ":", 0 },
                  { "T", 0 },
                  { "in", 0 },
                  { "at", 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        int64_t when = 0;
        size_t spot = 99;
        if (when_parse(wrong[i].text, NOW, &when, &spot, &error))
            fail_msg("%s was understood", wrong[i].text);
        assert_true(g_error_matches(error, WHEN_ERROR, WHEN_ERROR_WORDS));
        if (spot != wrong[i].spot)
            fail_msg("%s: %zu", wrong[i].text, spot);
    }
}

static void what_is_over_is_refused(void **state)
{
    (void)state;
    static const char *const over[] = { "2020-01-01", "today 9:00", "0h", "2026-11-21T10:00" };
    for (size_t i = 0; i < G_N_ELEMENTS(over); i++) {
        g_autoptr(GError) error = NULL;
        int64_t when = 0;
        assert_false(when_parse(over[i], NOW, &when, NULL, &error));
        assert_true(g_error_matches(error, WHEN_ERROR, WHEN_ERROR_PAST));
    }
}

static void a_time_is_told_as_briefly_as_it_is_clear(void **state)
{
    (void)state;
    static const struct {
        int64_t later;
        const char *words;
    } told[] = { { 3600, "today 15:10" },
                 { 86400, "tomorrow 14:10" },
                 { 2 * 86400, "Mon 23 Nov 14:10" },
                 { 60 * 86400, "20 Jan 2027 14:10" },
                 { -86400, "yesterday 14:10" } };
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        g_autofree char *words = when_describe(NOW + told[i].later, NOW);
        assert_string_equal(words, told[i].words);
    }
}

/* 21 November 2026 is a Saturday. */
static void what_is_offered_is_in_order_and_still_to_come(void **state)
{
    static const char *const hours[] = { "2026-11-20T07:00Z", "2026-11-20T13:00Z", "2026-11-20T16:30Z", "2026-11-20T17:59Z",
                                         "2026-11-20T18:00Z", "2026-11-20T20:30Z", "2026-11-20T23:59Z", "2026-11-21T08:30Z",
                                         "2026-11-21T09:00Z", "2026-11-22T12:00Z", "2026-11-23T00:00Z" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(hours); i++) {
        struct snooze_choice choices[SNOOZE_CHOICES_MAX];
        g_autoptr(GDateTime) at = g_date_time_new_from_iso8601(hours[i], NULL);
        int64_t now_utc = g_date_time_to_unix(at), later = 0, evening = 0;
        size_t count = snooze_choices(now_utc, choices);
        assert_true(count >= 2);
        for (size_t k = 0; k < count; k++) {
            assert_true(choices[k].until_utc > (k > 0 ? choices[k - 1].until_utc : now_utc));
            later = strcmp(choices[k].name, "Later today") == 0 ? choices[k].until_utc : later;
            evening = strcmp(choices[k].name, "This evening") == 0 ? choices[k].until_utc : evening;
        }
        assert_true(later == 0 || evening == 0 || later < evening);
        assert_true(later == 0 || (later + 3600) / 86400 == (now_utc + 3600) / 86400); /* Berlin, in winter */
    }
}

int main(void)
{
    g_setenv("TZ", "Europe/Berlin", TRUE);
    g_setenv("LC_ALL", "C.UTF-8", TRUE);
    setlocale(LC_ALL, "");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_as_people_say_them_are_understood),
        cmocka_unit_test(what_is_no_time_points_at_the_word),
        cmocka_unit_test(what_is_over_is_refused),
        cmocka_unit_test(a_time_is_told_as_briefly_as_it_is_clear),
        cmocka_unit_test(what_is_offered_is_in_order_and_still_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
