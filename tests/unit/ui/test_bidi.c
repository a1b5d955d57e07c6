/* SPDX-License-Identifier: MIT */
/* Right-to-left text in the order in which it is seen. */
#include "ui/bidi.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static char *seen(const char *text)
{
    struct width_glyph glyphs[128];
    int count = 0;
    for (size_t at = 0, length = strlen(text); at < length && count < 128;)
        at += width_glyph_at(text + at, length - at, &glyphs[count++]);
    bidi_order(glyphs, count);
    GString *out = g_string_new(NULL);
    for (int i = 0; i < count; i++)
        g_string_append(out, glyphs[i].text);
    return g_string_free(out, FALSE);
}

static void assert_seen(const char *text, const char *wanted)
{
    g_autofree char *found = seen(text);
    assert_string_equal(found, wanted);
}

static void runs_are_turned_and_brackets_mirrored(void **state)
{
    (void)state;
    assert_seen("Re: שלום", "Re: םולש");
    assert_seen("שלום (12)", "(12) םולש"); /* a paragraph from the right; numbers go on from the left */
    assert_seen("abc", "abc");
    assert_seen("a (ב) c", "a (ב) c");
    assert_seen("שָלום", "םולשָ"); /* a mark stays on its letter */
}

static void arabic_letters_are_joined(void **state)
{
    (void)state;
    assert_seen("ليلى", "\xef\xbb\xb0\xef\xbb\xa0\xef\xbb\xb4\xef\xbb\x9f");
}

static void who_orders_is_known_by_the_environment(void **state)
{
    (void)state;
    const char *hebrew = "\xd7\xa9", *names[] = { "VTE_VERSION", "KONSOLE_VERSION", "MLTERM", "TMUX", "STY", "TERM_PROGRAM" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
    g_setenv("TERM", "xterm-256color", TRUE);
    bidi_choose("auto");
    assert_true(bidi_has(hebrew, 2));
    assert_false(bidi_has("abc äöü 日本", strlen("abc äöü 日本")));
    assert_false(bidi_tells_terminal());
    g_setenv("KONSOLE_VERSION", "230401", TRUE);
    bidi_choose("auto");
    assert_false(bidi_has(hebrew, 2));
    bidi_choose("program");
    assert_true(bidi_has(hebrew, 2));
    g_unsetenv("KONSOLE_VERSION");
    g_setenv("VTE_VERSION", "6800", TRUE);
    bidi_choose("auto");
    assert_true(bidi_has(hebrew, 2) && bidi_tells_terminal());
    g_setenv("TMUX", "/tmp/x", TRUE); /* between VTE and us: it cannot be told */
    bidi_choose("auto");
    assert_false(bidi_has(hebrew, 2) || bidi_tells_terminal());
    bidi_choose("terminal");
    assert_false(bidi_has(hebrew, 2));
    bidi_choose("program");
    bidi_hold(true);
    assert_false(bidi_has(hebrew, 2));
    bidi_hold(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_turned_and_brackets_mirrored),
        cmocka_unit_test(arabic_letters_are_joined),
        cmocka_unit_test(who_orders_is_known_by_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
