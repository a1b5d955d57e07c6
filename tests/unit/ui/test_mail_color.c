/* SPDX-License-Identifier: MIT */
/* Colours that a sender wished: readable on whatever there is, and nothing where nothing is said. */
#include "config/theme.h"
#include "ui/mail_color.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static double light(int rgb)
{
    static const double weights[] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double value = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * value * value * (value < 0.5 ? 0.9 : 1); /* near enough */
    }
    return sum;
}

static double contrast(int one, int other)
{
    return (MAX(light(one), light(other)) + 0.05) / (MIN(light(one), light(other)) + 0.05);
}

static int rgb_of(int color, int colors)
{
    return colors > 256 || color < 0 ? color : theme_rgb((short)color);
}

static const int samples[] = { 0x000000, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0xff00ff, 0x808080,
                               0x333333, 0xcccccc, 0x000080, 0xffffe0, 0x123456, 0xfedcba, 0x7f7fff, 0x0d6efd, 0xadd8e6 };

static void text_can_be_read_on_every_ground(void **state)
{
    (void)state;
    static const int colors[] = { 256, 1 << 24 }, papers[] = { -1, 0x000000, 0xffffff };
    for (size_t c = 0; c < G_N_ELEMENTS(colors) * G_N_ELEMENTS(papers); c++) {
        const struct mail_color_terminal terminal = { colors[c % 2], papers[c / 2] };
        for (size_t i = 0; i < G_N_ELEMENTS(samples) * (G_N_ELEMENTS(samples) + 1); i++) {
            int color = samples[i % G_N_ELEMENTS(samples)] + 1;
            int ground = i < G_N_ELEMENTS(samples) ? 0 : samples[i / G_N_ELEMENTS(samples) - 1] + 1;
            struct mail_color seen = mail_color_of(color, ground, &terminal);
            if (seen.background >= 0 &&
                (seen.foreground < 0 || contrast(rgb_of(seen.foreground, terminal.colors), rgb_of(seen.background, terminal.colors)) < 2.5))
                fail_msg("%06x on %06x", color - 1, ground - 1);
            if (seen.background >= 0 || seen.foreground < 0)
                continue;
            int rgb = rgb_of(seen.foreground, terminal.colors);
            if ((terminal.paper != 0xffffff && contrast(rgb, 0x000000) < 2.5) || (terminal.paper != 0 && contrast(rgb, 0xffffff) < 2.5))
                fail_msg("%06x as %06x", color - 1, rgb);
        }
    }
}

static void white_on_white_is_what_the_theme_has(void **state)
{
    (void)state;
    const struct mail_color_terminal terminal = { 256, -1 };
    static const int pairs[][2] = {
        { 0xffffff, 0xffffff }, { 0x333333, 0xffffff }, { 0x000000, -1 }, { 0xfefefe, 0xf8f8f8 }, { 0xeeeeee, 0x101010 }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        struct mail_color seen = mail_color_of(pairs[i][0] + 1, pairs[i][1] + 1, &terminal);
        assert_true(seen.foreground == -1 && seen.background == -1);
    }
}

static void eight_colors_are_never_their_own_ground(void **state)
{
    (void)state;
    static const int papers[] = { -1, 0x000000, 0xffffff };
    for (size_t c = 0; c < 2 * G_N_ELEMENTS(papers); c++) {
        const struct mail_color_terminal terminal = { c % 2 ? 8 : 16, papers[c / 2] };
        for (size_t i = 0; i < G_N_ELEMENTS(samples) * G_N_ELEMENTS(samples); i++) {
            struct mail_color seen =
                mail_color_of(samples[i % G_N_ELEMENTS(samples)] + 1, samples[i / G_N_ELEMENTS(samples)] + 1, &terminal);
            assert_true(seen.foreground < 8 && seen.background < 8);
            assert_true(seen.foreground == -1 || seen.foreground != seen.background);
            assert_true(seen.background == -1 || seen.foreground == 0 || seen.foreground == 7);
        }
        struct mail_color blue = mail_color_of(0x0000ff + 1, 0, &terminal);
        assert_int_equal(blue.foreground, papers[c / 2] == 0xffffff ? 4 : 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_can_be_read_on_every_ground),
        cmocka_unit_test(white_on_white_is_what_the_theme_has),
        cmocka_unit_test(eight_colors_are_never_their_own_ground),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
