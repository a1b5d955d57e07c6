/* SPDX-License-Identifier: MIT */
/* Terminals that are small, old, colourless, or read aloud: the same program, and never a stray cell. */
#include "tests/tui/demo.h"
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    print_error("there is no \"%s\":\n%s\n", words, shown);
    fail();
}

static void press(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

/* The demo's mail on another terminal, with settings (NULL: none). */
static struct demo *open_on(int rows, int columns, const char *settings, const char *const *env)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "\003");
    assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
    if (settings != NULL) {
        g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
        g_autofree char *text = g_strdup_printf("[postern]\n%s\n", settings);
        assert_true(g_file_set_contents(file, text, -1, NULL));
    }
    assert_true(demo_restart(demo, POSTERN_PROGRAM, rows, columns, env));
    return demo;
}

/* A colour was set, not only taken away (39, 49). */
static bool has_coloured(terminal *screen)
{
    const GByteArray *raw = terminal_raw(screen);
    g_autofree char *text = g_strndup((const char *)raw->data, raw->len);
    return g_regex_match_simple("\033\\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;]*m", text, G_REGEX_RAW, 0);
}

/* Grey of the light theme. */
static bool is_light(terminal *screen)
{
    const GByteArray *raw = terminal_raw(screen);
    return g_strstr_len((const char *)raw->data, raw->len, "38;5;243") != NULL;
}

static void a_theme_that_was_chosen_stays(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, "theme = default", NULL);
    expect(demo->terminal, "unread of 48");
    terminal_keys(demo->terminal, "\033]11;rgb:ffff/ffff/ffff\033\\?");
    expect(demo->terminal, "Keys in the message list");
    assert_false(is_light(demo->terminal));
    demo_free(demo);
    demo = open_on(24, 80, NULL, (const char *const[]){ "COLORFGBG=0;15", NULL });
    expect(demo->terminal, "unread of 48");
    assert_true(is_light(demo->terminal)); /* nothing was asked */
    demo_free(demo);
}

static void without_hints_keys_that_go_on_are_told_all_the_same(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, "hints = false", NULL);
    expect(demo->terminal, "unread of 48");
    assert_false(terminal_contains(demo->terminal, "c compose"));
    press(demo->terminal, "g", "search all mail"); /* when the hands hesitate */
    terminal_keys(demo->terminal, "s");
    assert_true(terminal_wait_gone(demo->terminal, "search all mail", WAIT_MS));
    demo_free(demo);
}

static void no_color_is_respected(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, NULL, (const char *const[]){ "NO_COLOR=1", NULL });
    expect(demo->terminal, "unread of 48");
    press(demo->terminal, "?", "Keys in the message list");
    assert_false(has_coloured(demo->terminal));
    demo_free(demo);
    demo = open_on(24, 80, NULL, NULL);
    expect(demo->terminal, "unread of 48");
    assert_true(has_coloured(demo->terminal)); /* the test can see colours */
    demo_free(demo);
}

/* The terminal says what colour it is: in time, or so late that it could be taken for typing. Nobody waits for it. */
static void an_answer_of_the_terminal_is_never_typed(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, NULL, NULL);
    expect(demo->terminal, "unread of 48");
    terminal_keys(demo->terminal, "\033]11;rgb:ffff/ffff/ffff\033\\?"); /* and a key that was pressed meanwhile */
    expect(demo->terminal, "Keys in the message list");
    press(demo->terminal, "q", "Welcome");
    assert_true(is_light(demo->terminal));
    terminal_keys(demo->terminal, "\033]11;rgb:ffff/");
    terminal_wait_idle(demo->terminal, 100, 2000);
    terminal_keys(demo->terminal, "dddd/eeee\033\\");
    press(demo->terminal, ":", "letters search");
    press(demo->terminal, "\033", "Welcome");
    terminal_keys(demo->terminal, "\033]11;rgb:ff"); /* cut off for good: what comes then is a key */
    press(demo->terminal, ":", "letters search");
    press(demo->terminal, "\033", "Welcome");
    assert_false(terminal_contains(demo->terminal, "No command on"));
    demo_free(demo);
}

/* --- themes, sizes and kinds of terminal --- */
struct look {
    const char *theme, *term;
    int rows, columns;
};

/* What is on the screen, without what changes from minute to minute. */
static char *timeless(terminal *screen)
{
    g_autofree char *shown = terminal_screen_text(screen);
    g_autoptr(GRegex) times = g_regex_new(" *([0-9]+:[0-9]+|Yesterday|[0-9]{4}-[0-9]+-[0-9]+|(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]+|"
                                          "[0-9]+ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))[^\n]*",
                                          0, 0, NULL);
    return g_regex_replace_literal(times, shown, -1, 0, " #", 0, NULL);
}

static const struct {
    const char *keys, *wanted, *back;
} places[] = {
    { "", "Welcome", "" },
    { "<jj\r", "Dear friend", "q" },
    { "?", "Keys in the message list", "q" },
    { ":", "letters search", "\033" },
    { "g,>", "[folders] archive", "q" },
    { "cad", "Ada Lovelace", "\033" },
};

static void check_look(terminal *screen, const struct look *look, size_t place, char **reference)
{
    g_autofree char *shown = timeless(screen), *unreadable = terminal_unreadable(screen);
    if (unreadable != NULL)
        fail_msg("%s on %s, %dx%d: %s", look->theme, look->term, look->columns, look->rows, unreadable);
    if (reference[place] == NULL)
        reference[place] = g_strdup(shown);
    g_auto(GStrv) old = g_strsplit(reference[place], "\n", -1), new = g_strsplit(shown, "\n", -1);
    for (size_t row = 0; old[row] != NULL && new[row] != NULL; row++)
        if (strcmp(old[row], new[row]) != 0) {
            print_error("%s on %s, %dx%d, after %s: row %zu is\n%s\nand was\n%s\n", look->theme, look->term, look->columns, look->rows,
                        places[place].keys, row, new[row], old[row]);
            fail();
        }
}

static void set_theme(const struct demo *demo, const char *theme)
{
    g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *text = g_strdup_printf("[postern]\ntheme = %s\nmark-read-delay = -1\n", theme);
    assert_true(g_file_set_contents(file, text, -1, NULL));
}

/* False: this machine does not know such a terminal. */
static bool walk(struct demo *demo, const struct look *look, char **reference)
{
    g_autofree char *kind = g_strconcat("TERM=", look->term, NULL);
    set_theme(demo, look->theme);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, look->rows, look->columns, (const char *const[]){ kind, "VISUAL=", NULL }));
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        terminal_wait_idle(demo->terminal, i == 0 ? 300 : 80, 3000);
        if (i == 0 && terminal_contains(demo->terminal, "is not known"))
            return false; /* ncurses-base has few */
        press(demo->terminal, places[i].keys, places[i].wanted);
        if (i == 0)
            expect(demo->terminal, "\xe2\x97\x8f online");
        terminal_wait_idle(demo->terminal, 120, 3000);
        check_look(demo->terminal, look, i, reference);
        terminal_keys(demo->terminal, places[i].back);
        if (strcmp(places[i].back, "\033") == 0) /* Esc and the next key, read at once, would be Alt and that key */
            assert_true(terminal_wait_gone(demo->terminal, places[i].wanted, WAIT_MS));
    }
    terminal_wait_idle(demo->terminal, 300, 3000);
    press(demo->terminal, "\030", "It was not sent."); /* out of the composer: nothing is kept */
    press(demo->terminal, "t", "Thrown away");
    return true;
}

static void walk_size(struct demo *demo, const struct look *looks, size_t count)
{
    char *reference[G_N_ELEMENTS(places)] = { NULL };
    for (size_t i = 0; i < count; i++)
        if (!walk(demo, &looks[i], reference))
            print_message("%s is not installed here\n", looks[i].term);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_free(reference[i]);
}

static const char *const all_themes[] = { "default", "dark", "light", "high-contrast", "mono" };
static const char *const all_terms[] = {
    "xterm-256color", "xterm", "screen", "screen-256color", "tmux", "tmux-256color", "linux", "vt100", "vt220", "xterm-direct", "rxvt"
}; /* ansi wraps at once, which libvterm does not */

/* Each theme on each terminal in four sizes: ten minutes. */
static void walk_all(struct demo *demo)
{
    static const int sizes[][2] = { { 15, 60 }, { 24, 80 }, { 50, 160 }, { 60, 250 } };
    for (size_t size = 0; size < G_N_ELEMENTS(sizes); size++) {
        g_autoptr(GArray) looks = g_array_new(FALSE, FALSE, sizeof(struct look));
        for (size_t i = 0; i < G_N_ELEMENTS(all_themes) * G_N_ELEMENTS(all_terms); i++) {
            struct look look = { all_themes[i % G_N_ELEMENTS(all_themes)], all_terms[i / G_N_ELEMENTS(all_themes)], sizes[size][0],
                                 sizes[size][1] };
            g_array_append_val(looks, look);
        }
        walk_size(demo, (const struct look *)(void *)looks->data, looks->len);
    }
}

/* The same picture, and nothing that cannot be read. POSTERN_LOOKS=all: every theme on every terminal in four sizes. */
static void every_theme_and_terminal_shows_the_same(void **state)
{
    (void)state;
    static const struct look small[] = { { "default", "xterm-256color", 15, 60 }, { "high-contrast", "linux", 15, 60 } },
                             usual[] = { { "light", "xterm-256color", 24, 80 },
                                         { "dark", "screen", 24, 80 },
                                         { "mono", "vt100", 24, 80 },
                                         { "light", "linux", 24, 80 } },
                             large[] = { { "dark", "tmux-256color", 60, 250 }, { "high-contrast", "xterm", 60, 250 } };
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "\003");
    assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
    if (g_strcmp0(g_getenv("POSTERN_LOOKS"), "all") == 0) {
        walk_all(demo);
    } else {
        walk_size(demo, small, G_N_ELEMENTS(small));
        walk_size(demo, usual, G_N_ELEMENTS(usual));
        walk_size(demo, large, G_N_ELEMENTS(large));
    }
    demo_free(demo);
}

/* Latin-1 and plain C: no byte beyond the locale reaches the terminal. */
static void locales_without_utf_8_get_what_they_can_show(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, NULL, (const char *const[]){ "LANG=C", "LC_ALL=C", NULL });
    expect(demo->terminal, "unread of 48");
    expect(demo->terminal, "compiler meeting - m"); /* a dash is one, not a question mark */
    press(demo->terminal, "\r", "Welcome");
    press(demo->terminal, "q", "pipeline");
    press(demo->terminal, "cad", "Ada Lovelace");
    terminal_wait_idle(demo->terminal, 200, 3000);
    const GByteArray *raw = terminal_raw(demo->terminal);
    for (guint i = 0; i < raw->len; i++)
        if (raw->data[i] >= 0x80) {
            print_error("byte %02x at %u\n", raw->data[i], i);
            fail();
        }
    demo_free(demo);
}

/* --- sizes --- */
static const struct {
    const char *keys, *wanted, *small; /* small: what is there at 60x15 as well */
    bool is_lineless;
} views[] = {
    { "", "unread of 48", "unread of 48", false },
    { "\027", "Drafts", "Drafts", false },
    { "\r", "Welcome", "Welcome", false },
    { "?", "Keys in the message list", "Keys in the message list", false },
    { ":", "letters search", "letters search", false },
    { "A", "Connections", "Connections", false },
    { "m", "Down lists all", "Archive", false },
    { "m\033[B", "letters search", "Archive", false },
    { "cada@example.test\r\r\rHi", "Subject  Hi", "Subject  Hi", true },
    { "cada@example.test\r\r\rHi\r", "Esc ends writing", "Subject  Hi", true },
    { "cada@example.test\r\r\rHi\030", "It was not sent.", "Go on writing", true },
    { "/ada", "Show messages with: ada", "Show messages with: ada", false },
};

static void check_frame(terminal *screen, int columns, bool is_lineless)
{
    terminal_wait_idle(screen, 150, 3000);
    g_autofree char *rule = terminal_row(screen, 1);
    assert_int_equal(g_utf8_strlen(rule, -1), is_lineless ? 0 : columns); /* the line below the header goes from edge to edge */
}

static void every_view_can_be_resized(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 100);
    assert_non_null(demo);
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 100, (const char *const[]){ "VISUAL=", NULL }));
        expect(demo->terminal, "unread of 48");
        press(demo->terminal, views[i].keys, views[i].wanted);
        terminal_resize(demo->terminal, 15, 60);
        expect(demo->terminal, views[i].small);
        check_frame(demo->terminal, 60, views[i].is_lineless);
        terminal_resize(demo->terminal, 5, 20);
        expect(demo->terminal, "Make it larger.");
        terminal_keys(demo->terminal, "jdyq"); /* nothing is done blindly */
        terminal_wait_idle(demo->terminal, 100, 1000);
        terminal_resize(demo->terminal, 60, 200);
        expect(demo->terminal, views[i].small);
        check_frame(demo->terminal, 200, views[i].is_lineless);
        terminal_resize(demo->terminal, 24, 100);
        expect(demo->terminal, views[i].wanted);
        check_frame(demo->terminal, 100, views[i].is_lineless);
        g_autofree char *keep = g_build_filename(demo->home, "data", "postern", "composing", NULL);
        terminal_keys(demo->terminal, "\030t"); /* a composer is left without a trace */
        terminal_wait_idle(demo->terminal, 100, 1000);
    }
    demo_free(demo);
}

/* --- the mouse --- */
static int bar_column(terminal *screen, int from)
{
    g_autofree char *row = terminal_row(screen, 1); /* the line below the header has a tee at each bar */
    int column = 0;
    for (const char *at = row; *at != '\0'; at = g_utf8_next_char(at), column++)
        if (column >= from && g_utf8_get_char(at) == 0x252C)
            return column;
    return -1;
}

static void click(terminal *screen, const char *kind, int column, int row, char end)
{
    g_autofree char *bytes = g_strdup_printf("\033[<%s;%d;%d%c", kind, column + 1, row + 1, end);
    terminal_keys(screen, bytes);
    terminal_wait_idle(screen, 80, 2000);
}

static void the_mouse_moves_lines_opens_menus_and_presses_hints(void **state)
{
    (void)state;
    struct demo *demo = open_on(30, 130, "layout = three", NULL);
    terminal *screen = demo->terminal;
    expect(screen, "unread of 48");
    press(screen, "<jj\r", "Dear friend");
    terminal_wait_idle(screen, 150, 2000);
    int folders = bar_column(screen, 0), line = bar_column(screen, folders + 1);
    assert_true(folders > 0 && line > folders);
    click(screen, "0", line, 8, 'M');
    click(screen, "32", line - 12, 8, 'M');
    click(screen, "0", line - 12, 8, 'm');
    assert_true(ABS(bar_column(screen, folders + 1) - (line - 12)) <= 2);
    click(screen, "0", folders, 8, 'M');
    click(screen, "32", folders + 6, 8, 'M');
    click(screen, "0", folders + 6, 8, 'm');
    assert_int_equal(bar_column(screen, 0), folders + 6);
    click(screen, "2", folders + 12, 4, 'M');
    expect(screen, "letters search");
    terminal_keys(screen, "\033");
    assert_true(terminal_wait_gone(screen, "letters search", WAIT_MS));
    expect(screen, "? help"); /* the last row of the picture */
    g_autofree char *hints = terminal_row(screen, 29);
    const char *help = strstr(hints, "? help");
    assert_non_null(help);
    click(screen, "0", (int)g_utf8_strlen(hints, help - hints), 29, 'M');
    expect(screen, "Keys in the message list");
    terminal_keys(screen, "q");
    terminal_keys(screen, "\033[200~dddq\033[201~"); /* pasted: no commands */
    terminal_wait_idle(screen, 150, 2000);
    assert_false(terminal_contains(screen, "Deleted"));
    demo_free(demo);
}

/* --- read aloud --- */
static void check_no_line_art(terminal *screen)
{
    g_autofree char *shown = terminal_screen_text(screen);
    for (const char *at = shown; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if ((character >= 0x2500 && character <= 0x25ff) || character == 0x2713) {
            print_error("U+%04X in\n%s\n", character, shown);
            fail();
        }
    }
}

static void check_cursor_on(terminal *screen, const char *words)
{
    int row, column;
    terminal_wait_idle(screen, 200, 3000);
    terminal_cursor(screen, &row, &column);
    g_autofree char *line = terminal_row(screen, row);
    if (strstr(line, words) == NULL) {
        g_autofree char *shown = terminal_screen_text(screen);
        print_error("the cursor is on \"%s\", not on \"%s\":\n%s\n", line, words, shown);
        fail();
    }
}

static void the_accessible_screen_is_linear_and_its_cursor_follows(void **state)
{
    (void)state;
    struct demo *demo = open_on(50, 180, "accessible = true", NULL);
    expect(demo->terminal, "unread of 48");
    check_no_line_art(demo->terminal);
    assert_false(terminal_contains(demo->terminal, "Drafts")); /* one thing at a time */
    terminal_keys(demo->terminal, "<");
    check_cursor_on(demo->terminal, "Welcome");
    terminal_keys(demo->terminal, "j");
    check_cursor_on(demo->terminal,
                    "unread, build@ci.example.test, [main] pipeline failed"); /* states are words, and not columns of signs */
    assert_true(terminal_contains(demo->terminal, "unread, starred, Ada Lovelace, Charles Babbage (4), Re: Notes"));
    assert_true(terminal_contains(demo->terminal, "\xd9\x84\xd9\x8a\xd9\x84\xd9\x89, ")); /* Arabic in the order in which it is said */
    press(demo->terminal, "\r", "From");
    assert_false(terminal_contains(demo->terminal, "Welcome"));
    check_no_line_art(demo->terminal);
    terminal_keys(demo->terminal, "q");
    press(demo->terminal, "\027", "Drafts");
    check_cursor_on(demo->terminal, "Inbox");
    assert_true(terminal_contains(demo->terminal, "Demo open"));
    assert_true(terminal_contains(demo->terminal, "Unread 1"));
    assert_true(terminal_contains(demo->terminal, "1 message")); /* in Drafts: a number alone says nothing */
    check_no_line_art(demo->terminal);
    press(demo->terminal, "?", "Keys in the folder list");
    check_cursor_on(demo->terminal, "Keys in the folder list");
    terminal_keys(demo->terminal, "q");
    press(demo->terminal, ":", "Commands");
    terminal_keys(demo->terminal, "\033[B");
    check_cursor_on(demo->terminal, "compose");
    terminal_keys(demo->terminal, "\033");
    assert_true(terminal_wait_gone(demo->terminal, "Commands", WAIT_MS));
    terminal_keys(demo->terminal, "gi");
    press(demo->terminal, "o", "Order of this folder");
    check_cursor_on(demo->terminal, "marked"); /* the order that is in use */
    terminal_keys(demo->terminal, "\033");
    assert_true(terminal_wait_gone(demo->terminal, "Order of this folder", WAIT_MS));
    press(demo->terminal, "c", "Subject");
    check_cursor_on(demo->terminal, "To");
    press(demo->terminal, "\t", "Cc");
    check_cursor_on(demo->terminal, "Cc");
    check_no_line_art(demo->terminal);
    demo_free(demo);
}

static bool has_written(terminal *screen, const char *bytes)
{
    const GByteArray *raw = terminal_raw(screen);
    return memmem(raw->data, raw->len, bytes, strlen(bytes)) != NULL;
}

/* The lines of the list go for the composer, and come back. */
static void a_line_is_written_once_and_repeated_where_the_terminal_does_that(void **state)
{
    (void)state;
    static const char *const console[] = { "TERM=linux", NULL };
    for (int i = 0; i < 2; i++) {
        struct demo *demo = open_on(24, 80, NULL, i == 0 ? NULL : console);
        press(demo->terminal, "c", "Subject");
        g_autofree char *before = terminal_row(demo->terminal, 1);
        assert_string_equal(before, "");
        terminal_keys(demo->terminal, "\033");
        terminal_wait_idle(demo->terminal, 100, WAIT_MS);
        press(demo->terminal, "q", "Nothing was written");
        for (int row = 1; row <= 21; row += 20) {
            g_autofree char *line = terminal_row(demo->terminal, row);
            assert_int_equal(g_utf8_strlen(line, -1), 80);
            for (const char *at = line; *at != '\0'; at = g_utf8_next_char(at))
                assert_int_equal(g_utf8_get_char(at), 0x2500);
        }
        assert_int_equal(has_written(demo->terminal, "\033[79b"), i == 0);
        assert_int_equal(has_written(demo->terminal, "\033[6n"), i == 0); /* a console that is not said to repeat is not asked */
        press(demo->terminal, "m", "Move to");                            /* a short list covers no more than it needs */
        press(demo->terminal, "\033", "Welcome");
        demo_free(demo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_of_the_terminal_is_never_typed),
        cmocka_unit_test(a_theme_that_was_chosen_stays),
        cmocka_unit_test(without_hints_keys_that_go_on_are_told_all_the_same),
        cmocka_unit_test(no_color_is_respected),
        cmocka_unit_test(a_line_is_written_once_and_repeated_where_the_terminal_does_that),
        cmocka_unit_test(every_theme_and_terminal_shows_the_same),
        cmocka_unit_test(locales_without_utf_8_get_what_they_can_show),
        cmocka_unit_test(every_view_can_be_resized),
        cmocka_unit_test(the_mouse_moves_lines_opens_menus_and_presses_hints),
        cmocka_unit_test(the_accessible_screen_is_linear_and_its_cursor_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
