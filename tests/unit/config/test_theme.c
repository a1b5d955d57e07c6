/* SPDX-License-Identifier: MIT */
/* Every shipped theme can be read: the contrast (as the WCAG counts it, 1 to 21) of each style with the ground it is made for, in true colour, 256, 16
 * and 8 colours of the usual xterm. Run by hand it prints the table. */
#include "config/theme.h"
#include <glib.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

/* ANY: the default's own: bright blue and magenta are the only two of the first sixteen that can be read on black and on white. */
#define TEXT_LEAST   4.5
#define SECOND_LEAST 3.0
#define HIGH_LEAST   7.0
#define FEW_ON_BLACK 4.3
#define FEW_LEAST    3.0 /* of eight colours none is better; bold makes them brighter on most */
enum { WHITE_TEXT = 0xe5e5e5, WHITE = 0xffffff };

static const char *const style_words[] = {
#define X(name, word) word,
    THEME_STYLES(X)
#undef X
};
static const int depths[] = { 0x1000000, 256, 16, 8 };

/* The ground that a theme is made for, and the terminal's own text there. */
static const struct ground {
    const char *theme;
    int text, background;
    double least; /* of text; HIGH_LEAST for all of it */
} grounds[] = { { "default", WHITE_TEXT, 0, TEXT_LEAST },
                { "default", 0, WHITE, TEXT_LEAST },
                { "dark", WHITE_TEXT, 0, TEXT_LEAST },
                { "light", 0, WHITE, TEXT_LEAST },
                { "high-contrast", WHITE_TEXT, 0, HIGH_LEAST },
                { "mono", WHITE_TEXT, 0, HIGH_LEAST },
                { "mono", 0, WHITE, HIGH_LEAST } };

static double luminance(int rgb)
{
    static const double weights[] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double part = (rgb >> (16 - 8 * i) & 255) / 255.0;
        sum += weights[i] * (part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(int first, int second)
{
    double one = luminance(first), two = luminance(second);
    return (MAX(one, two) + 0.05) / (MIN(one, two) + 0.05);
}

static int color_seen(short color, int rgb, int depth, int own)
{
    return color < 0 ? own : depth > 256 ? rgb : theme_rgb(color);
}

/* Half of the way to the ground: more than terminals dim. */
static int dimmed(int text, int background)
{
    int seen = 0;
    for (int shift = 0; shift <= 16; shift += 8)
        seen |= ((text >> shift & 255) + (background >> shift & 255)) / 2 << shift;
    return seen;
}

static double contrast_of(const struct theme_look *look, int depth, const struct ground *ground)
{
    struct theme_look fit = theme_fit(look, depth);
    int text = color_seen(fit.foreground, fit.foreground_rgb, depth, ground->text);
    int background = color_seen(fit.background, fit.background_rgb, depth, ground->background);
    return contrast(fit.dim ? dimmed(text, background) : text, background); /* exchanged it is the same */
}

static double least(enum theme_style style, const struct ground *ground, int depth)
{
    static const enum theme_style second[] = { THEME_HEADER_DIM, THEME_HINT_TEXT, THEME_DIM,      THEME_DATE,
                                               THEME_TREE,       THEME_FIELD,     THEME_SIGNATURE };
    if (style == THEME_LINE) /* no text */
        return 0;
    if (ground->least >= HIGH_LEAST)
        return HIGH_LEAST;
    for (size_t i = 0; i < G_N_ELEMENTS(second); i++)
        if (style == second[i])
            return SECOND_LEAST;
    if (strcmp(ground->theme, "default") == 0 && depth <= 16) /* none of them can be read on both; more terminals are black */
        return ground->background != 0 ? 0 : depth <= 8 ? FEW_LEAST : FEW_ON_BLACK;
    return depth <= 8 ? FEW_LEAST : ground->least;
}

static guint faults_of(const struct ground *ground)
{
    struct theme theme;
    guint faults = 0;
    assert_true(theme_load(ground->theme, &theme, NULL));
    print_message("%-15s on %s       true    256     16      8\n", ground->theme, ground->background == 0 ? "black" : "white");
    for (size_t style = 0; style < THEME_STYLE_COUNT; style++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(depths); i++) {
            double seen = contrast_of(&theme.looks[style], depths[i], ground), wanted = least(style, ground, depths[i]);
            bool is_fault = seen < wanted;
            g_string_append_printf(line, "%6.1f%s", seen, is_fault ? "!" : " ");
            faults += is_fault ? 1 : 0;
        }
        print_message("  %-24s%s\n", style_words[style], line->str);
    }
    return faults;
}

static void every_shipped_theme_can_be_read_on_its_ground(void **state)
{
    (void)state;
    guint faults = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(grounds); i++)
        faults += faults_of(&grounds[i]);
    assert_int_equal(faults, 0);
}

/* The row somebody stands in is drawn as one: its text has the row's colours, whatever it meant. */
static void what_is_chosen_stands_out_from_its_ground(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(grounds); i++) {
        struct theme theme;
        assert_true(theme_load(grounds[i].theme, &theme, NULL));
        for (size_t k = 0; k < G_N_ELEMENTS(depths); k++) {
            struct theme_look fit = theme_fit(&theme.looks[THEME_SELECTED], depths[k]);
            assert_true(fit.reverse || fit.background >= 0 || fit.bold);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_theme_can_be_read_on_its_ground),
        cmocka_unit_test(what_is_chosen_stands_out_from_its_ground),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
