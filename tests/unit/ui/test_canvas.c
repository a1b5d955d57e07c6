/* SPDX-License-Identifier: MIT */
/* Text as cells: on a curses screen that writes nowhere. */
#include "ui/canvas.h"
#include "ui/style.h"
#include <curses.h>
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static FILE *nowhere;
static SCREEN *terminal;

static int open_screen(void **state)
{
    (void)state;
    struct theme theme = { 0 };
    setlocale(LC_ALL, "C.UTF-8");
    nowhere = fopen("/dev/null", "r+");
    terminal = nowhere != NULL ? newterm("xterm-256color", nowhere, nowhere) : NULL;
    if (terminal == NULL)
        return -1;
    resizeterm(24, 80);
    assert_true(theme_load("default", &theme, NULL));
    style_start(&theme);
    return 0;
}

static int close_screen(void **state)
{
    (void)state;
    endwin();
    delscreen(terminal);
    return fclose(nowhere);
}

static char *row_text(int row)
{
    wchar_t cells[256] = { 0 };
    mvinnwstr(row, 0, cells, 80);
    return g_strchomp(g_ucs4_to_utf8((const gunichar *)(const void *)cells, -1, NULL, NULL, NULL));
}

static void a_text_that_does_not_fit_ends_in_an_ellipsis(void **state)
{
    (void)state;
    erase();
    canvas *canvas = canvas_new((struct rect){ 0, 0, 24, 80 });
    assert_int_equal(canvas_text(canvas, 0, 0, 5, THEME_NORMAL, "abcdefgh"), 5);
    assert_int_equal(canvas_text(canvas, 1, 0, 8, THEME_NORMAL, "abcdefgh"), 8);
    assert_int_equal(canvas_textn(canvas, 2, 0, 8, THEME_NORMAL, "abcdefgh ijk", 9), 8); /* as it is where a line was broken */
    g_autofree char *cut = row_text(0), *whole = row_text(1), *broken = row_text(2);
    assert_string_equal(cut, "abcd…");
    assert_string_equal(whole, "abcdefgh");
    assert_string_equal(broken, "abcdefgh");
    canvas_free(canvas);
}

static void a_wide_character_at_the_edge_is_left_out(void **state)
{
    (void)state;
    erase();
    canvas *canvas = canvas_new((struct rect){ 0, 0, 24, 80 });
    canvas_text(canvas, 0, 0, 4, THEME_NORMAL, "田中花子");
    canvas_text(canvas, 0, 4, 1, THEME_NORMAL, "|");
    g_autofree char *row = row_text(0);
    assert_true(strstr(row, "田…") != NULL);
    assert_true(g_str_has_suffix(row, "|"));
    canvas_free(canvas);
}

static void controls_never_become_cells(void **state)
{
    (void)state;
    erase();
    canvas *canvas = canvas_new((struct rect){ 0, 0, 24, 80 });
    canvas_text(canvas, 0, 0, 60, THEME_NORMAL,
                "a\x1b[2Jb\x07\xC2\x9B"
                "c\xE2\x80\xAE"
                "d\xFF");
    g_autofree char *row = row_text(0);
    assert_string_equal(row, "a␛[2Jb␇‹U+009B›c‹U+202E›d\xEF\xBF\xBD");
    canvas_free(canvas);
}

static void nothing_is_drawn_outside_the_rectangle(void **state)
{
    (void)state;
    erase();
    canvas *canvas = canvas_new((struct rect){ 2, 10, 3, 20 });
    canvas_text(canvas, 0, 15, 50, THEME_NORMAL, "0123456789");
    canvas_text(canvas, 3, 0, 20, THEME_NORMAL, "below");
    canvas_text(canvas, -1, 0, 20, THEME_NORMAL, "above");
    canvas_text(canvas, 0, -1, 20, THEME_NORMAL, "left");
    canvas_fill(canvas, 1, 0, 500, THEME_LINE, "─");
    g_autofree char *row = row_text(2), *above = row_text(1), *below = row_text(5), *line = row_text(3);
    assert_string_equal(row, "                         0123…");
    assert_string_equal(above, "");
    assert_string_equal(below, "");
    assert_int_equal(g_utf8_strlen(line, -1), 30);
    canvas_free(canvas);
}

static void the_selection_keeps_the_text_and_its_colour(void **state)
{
    (void)state;
    erase();
    canvas *canvas = canvas_new((struct rect){ 0, 0, 24, 80 });
    canvas_text(canvas, 0, 0, 10, THEME_FLAGGED, "x");
    canvas_restyle_row(canvas, 0, 0, 10, THEME_SELECTED);
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1];
    attr_t attributes = 0;
    short pair = 0;
    mvin_wch(0, 0, &cell);
    getcchar(&cell, text, &attributes, &pair, NULL);
    assert_int_equal(text[0], 'x');
    assert_true(attributes & A_REVERSE);
    assert_int_equal(pair, style_of(THEME_FLAGGED).pair);
    canvas_free(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_does_not_fit_ends_in_an_ellipsis),
        cmocka_unit_test(a_wide_character_at_the_edge_is_left_out),
        cmocka_unit_test(controls_never_become_cells),
        cmocka_unit_test(nothing_is_drawn_outside_the_rectangle),
        cmocka_unit_test(the_selection_keeps_the_text_and_its_colour),
    };
    return cmocka_run_group_tests(tests, open_screen, close_screen);
}
