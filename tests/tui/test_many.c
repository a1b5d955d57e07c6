/* SPDX-License-Identifier: MIT */
/* Many messages at once, and words that nearly all of them have: done beside the screen, and seen on it. */
#include "tests/tui/demo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
/* after the four above */
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static struct demo *open_demo(void)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80);
    assert_non_null(demo);
    assert_true(terminal_wait_for(demo->terminal, "unread of 48", WAIT_MS));
    return demo;
}

static void press(struct demo *demo, const char *keys, const char *wanted)
{
    terminal_keys(demo->terminal, keys);
    if (!terminal_wait_for(demo->terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
    }
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "Q");
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    if (status != 0) {
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        fail_msg("it ended with %#x:\n%s", (unsigned)status, screen);
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    demo_free(demo);
}

static int mark_nearly_all(struct demo *demo)
{
    press(demo, "T", "Mark messages with");
    press(demo, "example\r", "Marked ");
    g_autofree char *screen = terminal_screen_text(demo->terminal);
    int count = atoi(strstr(screen, "Marked ") + strlen("Marked "));
    assert_in_range(count, 26, 48);
    return count;
}

static void many_are_archived_beside_the_screen_and_taken_back_as_one(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    int count = mark_nearly_all(demo);
    g_autofree char *archived = g_strdup_printf("Archived %d messages", count), *back = g_strdup_printf("Taken back: %s", archived);
    press(demo, "e", archived);
    if (count < 48)
        assert_true(terminal_wait_gone(demo->terminal, "of 48", WAIT_MS));
    press(demo, "u", back);
    assert_true(terminal_wait_for(demo->terminal, "of 48", WAIT_MS));
    leave(demo);
}

static void what_is_being_filed_when_the_person_leaves_is_done(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    int count = mark_nearly_all(demo);
    terminal_keys(demo->terminal, "eQ");
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, NULL));
    g_autofree char *left = count < 48 ? g_strdup_printf("of %d", 48 - count) : g_strdup("0 messages");
    assert_true(terminal_wait_for(demo->terminal, left, WAIT_MS));
    leave(demo);
}

static void a_filter_shows_its_rows_and_esc_all_again(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo, "/", "Show messages with");
    press(demo, "pipeline\r", "Only with: pipeline");
    assert_true(terminal_wait_for(demo->terminal, "pipeline failed", WAIT_MS));
    assert_true(terminal_wait_gone(demo->terminal, "Ada Lovelace", WAIT_MS));
    press(demo, "/\025nosuchwordanywhere\r", "No message has these words");
    assert_true(terminal_wait_for(demo->terminal, "g/ searches all mail", WAIT_MS));
    press(demo, "\033", "Ada Lovelace");
    leave(demo);
}

static void a_filter_narrows_the_list_while_one_types_and_points_at_mistakes(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo, "/", "Show messages with");
    terminal_keys(demo->terminal, "pipel");
    assert_true(terminal_wait_for(demo->terminal, "pipeline failed", WAIT_MS));
    assert_true(terminal_wait_gone(demo->terminal, "Ada Lovelace", WAIT_MS));
    terminal_keys(demo->terminal, "\025is:unred x");
    assert_true(terminal_wait_for(demo->terminal, "cannot follow is:", WAIT_MS));
    assert_true(terminal_contains(demo->terminal, "^^^^^"));
    terminal_keys(demo->terminal, "\025from:ada");
    assert_true(terminal_wait_gone(demo->terminal, "Welcome", WAIT_MS)); /* all were shown as long as there was a mistake */
    press(demo, "\033", "Welcome");
    assert_true(terminal_wait_gone(demo->terminal, "Only with", WAIT_MS));
    leave(demo);
}

static void all_mail_is_searched_read_and_filed_like_in_any_list(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo, "g/", "Search all mail:");
    terminal_keys(demo->terminal, "analytical");
    assert_true(terminal_wait_for(demo->terminal, "Notes on the analytical engine", WAIT_MS));
    press(demo, "\r", "All mail with: analytical");
    terminal_wait_idle(demo->terminal, 500, WAIT_MS); /* the index of a demo that was made just now is not complete yet */
    press(demo, "\r", "From  Charles");
    press(demo, "q", "All mail with: analytical");
    press(demo, "*", "Took the star from 1 message");
    press(demo, "g/\025subject:pipeline subject:failed\r", "pipeline failed");
    press(demo, "d", "Deleted 1 message");
    press(demo, "u", "Taken back");
    press(demo, "\033", "unread of 48");
    assert_true(terminal_wait_gone(demo->terminal, "All mail with", WAIT_MS));
    leave(demo);
}

static void a_search_is_kept_as_a_folder_with_a_count(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    assert_true(terminal_wait_for(demo->terminal, "unread of 48", WAIT_MS));
    press(demo, "g/", "Search all mail:");
    press(demo, "subject:pipeline is:unread\r", "All mail with");
    press(demo, ":", "letters search");
    press(demo, "search-save\r", "Name of the search");
    press(demo, "Broken\r", "Kept as");
    press(demo, "\033", "unread of 48");
    g_autoptr(GRegex) counted = g_regex_new("⌕ Broken +[1-9]", 0, 0, NULL);
    bool is_counted = false;
    for (int i = 0; i < 100 && !is_counted; i++) {
        terminal_wait_idle(demo->terminal, 100, 200);
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        is_counted = g_regex_match(counted, screen, 0, NULL);
    }
    assert_true(is_counted);
    terminal_keys(demo->terminal, "\027>");
    press(demo, "\r", "All mail with: subject:pipeline is:unread");
    leave(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_archived_beside_the_screen_and_taken_back_as_one),
        cmocka_unit_test(what_is_being_filed_when_the_person_leaves_is_done),
        cmocka_unit_test(a_filter_shows_its_rows_and_esc_all_again),
        cmocka_unit_test(a_filter_narrows_the_list_while_one_types_and_points_at_mistakes),
        cmocka_unit_test(all_mail_is_searched_read_and_filed_like_in_any_list),
        cmocka_unit_test(a_search_is_kept_as_a_folder_with_a_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
