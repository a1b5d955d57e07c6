/* SPDX-License-Identifier: MIT */
/* Cells and wrapping of text: what would break a column or reach a terminal raw. */
#include "ui/width.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void cells_are_those_of_a_terminal(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int cells;
    } samples[] = { { "", 0 },
                    { "abc", 3 },
                    { "田中", 4 },
                    { "e\xCC\x81", 1 },
                    { "👩‍💻", 2 },
                    { "👩‍👩‍👧‍👦x", 3 },
                    { "🇪🇺", 2 },
                    { "🇪🇺🇩🇪", 4 },
                    { "👍🏽", 2 },
                    { "❤️", 1 },
                    { "مرحبا", 5 },
                    { "Zażółć", 6 },
                    { "\xFF\xFE", 2 },
                    { "\x1b[31m", 5 },
                    { "a\xC2\xAD"
                      "b",
                      2 },
                    { "\xCC\x81", 1 },
                    { "한국어", 6 },
                    { "…", 1 } };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        assert_int_equal(width_text(samples[i].text), samples[i].cells);
}

static void nothing_that_steers_a_terminal_is_visible_text(void **state)
{
    (void)state;
    const char bad[] = "a\x1b]0;title\x07"
                       "b\x9b"
                       "c\xC2\x9B"
                       "d\xE2\x80\xAE"
                       "e\xE2\x81\xA6"
                       "f\xE2\x80\x8B"
                       "g\r\n\x7f";
    g_autofree char *shown = width_visible(bad, sizeof bad - 1);
    assert_true(g_utf8_validate(shown, -1, NULL));
    for (const char *at = shown; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        assert_false(g_unichar_iscntrl(c));
        assert_false(c == 0x202E || c == 0x2066 || c == 0x200B);
    }
    assert_non_null(strstr(shown, "␛"));
    assert_non_null(strstr(shown, "‹U+202E›"));
    assert_non_null(strstr(shown, "\xEF\xBF\xBD"));
}

static void a_tab_becomes_spaces_up_to_the_next_stop(void **state)
{
    (void)state;
    g_autofree char *shown = width_visible("ab\tc", 4);
    assert_string_equal(shown, "ab      c");
}

static void a_wide_character_is_never_cut(void **state)
{
    (void)state;
    int used = 0;
    assert_int_equal(width_prefix("田中", strlen("田中"), 3, &used), 3);
    assert_int_equal(used, 2);
}

static void lines_break_at_words_and_long_words_anywhere(void **state)
{
    (void)state;
    g_autoptr(GArray) words = width_wrap("one two three", 8);
    assert_int_equal(words->len, 2);
    assert_int_equal(g_array_index(words, size_t, 1), 8);
    g_autoptr(GArray) exact = width_wrap("one two", 7);
    assert_int_equal(exact->len, 1);
    g_autoptr(GArray) cut = width_wrap("abcdefghij", 4);
    assert_int_equal(cut->len, 3);
    g_autoptr(GArray) wide = width_wrap("会議の議事録", 5);
    assert_true(wide->len >= 3);
    g_autoptr(GArray) empty = width_wrap("", 10);
    assert_int_equal(empty->len, 1);
}

static void names_and_addresses_stay_whole(void **state)
{
    static const struct {
        const char *text;
        int columns;
        size_t second; /* where its second row begins; 0: it has one */
    } cases[] = {
        { "see https://example.test/a", 24, 4 },  /* fits a row of its own */
        { "see https://example.test/a", 20, 20 }, /* does not: the row is filled */
        { "is:unread has:attachment", 15, 10 },
        { "the theme high-contrast", 18, 10 },
        { "会議のhas:attachment", 16, 9 }, /* what may stand apart does */
        { "one/two three", 13, 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) starts = width_wrap(cases[i].text, cases[i].columns);
        assert_int_equal(starts->len > 1 ? g_array_index(starts, size_t, 1) : 0, cases[i].second);
    }
}

static void every_row_of_a_wrapped_text_fits(void **state)
{
    (void)state;
    const char *text = "Ein sehr-langes Wort, 会議の議事録 und\xFF kaputt e\xCC\x81 👩‍💻 "
                       "https://example.test/a/very/long/path?with=arguments ende";
    for (int columns = 2; columns < 40; columns++) {
        g_autoptr(GArray) starts = width_wrap(text, columns);
        for (guint i = 0; i < starts->len; i++) {
            size_t start = g_array_index(starts, size_t, i),
                   end = i + 1 < starts->len ? g_array_index(starts, size_t, i + 1) : strlen(text);
            g_autofree char *row = g_strchomp(g_strndup(text + start, end - start));
            assert_true(end > start);
            assert_true(width_text(row) <= columns);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_those_of_a_terminal),
        cmocka_unit_test(nothing_that_steers_a_terminal_is_visible_text),
        cmocka_unit_test(a_tab_becomes_spaces_up_to_the_next_stop),
        cmocka_unit_test(a_wide_character_is_never_cut),
        cmocka_unit_test(lines_break_at_words_and_long_words_anywhere),
        cmocka_unit_test(names_and_addresses_stay_whole),
        cmocka_unit_test(every_row_of_a_wrapped_text_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
