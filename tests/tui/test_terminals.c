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

enum { WAIT_MS = 15000 };

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

/* Whatever the terminal can, the list, the help and the composer are there. */
static void every_kind_of_terminal_is_served(void **state)
{
    (void)state;
    static const char *const kinds[] = { "vt100", "vt220", "linux", "screen", "tmux-256color", "xterm-direct", "xterm", "ansi", "rxvt" };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *kind = g_strconcat("TERM=", kinds[i], NULL);
        struct demo *demo = open_on(24, 80, NULL, (const char *const[]){ kind, NULL });
        terminal_wait_idle(demo->terminal, 300, 5000);
        if (!terminal_contains(demo->terminal, "unread of 48") && terminal_contains(demo->terminal, "is not known on this machine")) {
            print_message("%s is not installed here\n", kinds[i]); /* ncurses-base has few */
            demo_free(demo);
            continue;
        }
        expect(demo->terminal, "unread of 48");
        press(demo->terminal, "?", "Keys in the message list");
        press(demo->terminal, "q", "Welcome");
        press(demo->terminal, "c", "Subject");
        demo_free(demo);
    }
}

/* Latin-1 and plain C: no byte beyond the locale reaches the terminal. */
static void locales_without_utf_8_get_what_they_can_show(void **state)
{
    (void)state;
    struct demo *demo = open_on(24, 80, NULL, (const char *const[]){ "LANG=C", "LC_ALL=C", NULL });
    expect(demo->terminal, "unread of 48");
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
} views[] = {
    { "", "unread of 48", "unread of 48" },
    { "\027", "Drafts", "Drafts" },
    { "\r", "Welcome", "Welcome" },
    { "?", "Keys in the message list", "Keys in the message list" },
    { ":", "letters search", "letters search" },
    { "A", "Connections", "Connections" },
    { "m", "letters search", "Archive" },
    { "cada@example.test\r\r\rHi", "Subject  Hi", "Subject  Hi" },
    { "cada@example.test\r\r\rHi\r", "Esc ends writing", "Subject  Hi" },
    { "cada@example.test\r\r\rHi\030", "It was not sent.", "Go on writing" },
    { "/ada", "Show messages with: ada", "Show messages with: ada" },
};

static void check_frame(terminal *screen, int columns)
{
    terminal_wait_idle(screen, 150, 3000);
    g_autofree char *rule = terminal_row(screen, 1);
    assert_int_equal(g_utf8_strlen(rule, -1), columns); /* the line below the header goes from edge to edge */
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
        check_frame(demo->terminal, 60);
        terminal_resize(demo->terminal, 5, 20);
        expect(demo->terminal, "Make it larger.");
        terminal_keys(demo->terminal, "jdyq"); /* nothing is done blindly */
        terminal_wait_idle(demo->terminal, 100, 1000);
        terminal_resize(demo->terminal, 60, 200);
        expect(demo->terminal, views[i].small);
        check_frame(demo->terminal, 200);
        terminal_resize(demo->terminal, 24, 100);
        expect(demo->terminal, views[i].wanted);
        check_frame(demo->terminal, 100);
        g_autofree char *keep = g_build_filename(demo->home, "data", "postern", "composing", NULL);
        terminal_keys(demo->terminal, "\030t"); /* a composer is left without a trace */
        terminal_wait_idle(demo->terminal, 100, 1000);
    }
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
    check_cursor_on(demo->terminal, "pipeline failed");
    press(demo->terminal, "\r", "From");
    assert_false(terminal_contains(demo->terminal, "Welcome"));
    check_no_line_art(demo->terminal);
    terminal_keys(demo->terminal, "q");
    press(demo->terminal, "\027", "Drafts");
    check_cursor_on(demo->terminal, "Inbox");
    check_no_line_art(demo->terminal);
    press(demo->terminal, "?", "Keys in the folder list");
    check_cursor_on(demo->terminal, "Keys in the folder list");
    terminal_keys(demo->terminal, "q");
    press(demo->terminal, "c", "Subject");
    check_cursor_on(demo->terminal, "To");
    press(demo->terminal, "\t", "Cc");
    check_cursor_on(demo->terminal, "Cc");
    check_no_line_art(demo->terminal);
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_color_is_respected),
        cmocka_unit_test(every_kind_of_terminal_is_served),
        cmocka_unit_test(locales_without_utf_8_get_what_they_can_show),
        cmocka_unit_test(every_view_can_be_resized),
        cmocka_unit_test(the_accessible_screen_is_linear_and_its_cursor_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
