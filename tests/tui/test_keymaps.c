/* SPDX-License-Identifier: MIT */
/* Hands from other programs: counts between keys and numbers behind the colon as in vim, patterns as in mutt. */
#include "tests/tui/composing.h"

static char *row_at_cursor(terminal *screen)
{
    terminal_wait_idle(screen, 200, 3000);
    int row = terminal_find_row(screen, "\xe2\x96\xb8\xe2\x97\x8f");
    return row >= 0 ? terminal_row(screen, row) : g_strdup("nowhere");
}

static void a_count_may_stand_between_the_keys(void **state)
{
    (void)state;
    struct demo *demo = open_demo("keys = vim", NULL);
    type(demo->terminal, "d3d", "Deleted 6 messages"); /* the third row is a conversation of four */
    type(demo->terminal, "u", "Taken back");
    type(demo->terminal, "gg2dd", "Deleted 2 messages");
    type(demo->terminal, "u", "Taken back");
    type(demo->terminal, "2d3", "No command on d 3 here");
    demo_free(demo);
}

static void a_number_in_the_palette_is_a_row(void **state)
{
    (void)state;
    struct demo *demo = open_demo("keys = vim", NULL);
    terminal_keys(demo->terminal, ":5\r");
    g_autofree char *fifth = row_at_cursor(demo->terminal);
    assert_non_null(strstr(fifth, "Emoji Fan"));
    terminal_keys(demo->terminal, ":1\r");
    g_autofree char *first = row_at_cursor(demo->terminal);
    assert_non_null(strstr(first, "Welcome"));
    demo_free(demo);
}

static void mutts_pattern_of_people_finds_who_wrote_or_got(void **state)
{
    (void)state;
    struct demo *demo = open_demo("keys = mutt", NULL);
    type(demo->terminal, "l", "Show messages with");
    type(demo->terminal, "~L ada@example.test\r", "Only with");
    expect(demo->terminal, "Ada Lovelace");
    assert_true(terminal_wait_gone(demo->terminal, "Grace Hopper", WAIT_MS));
    type(demo->terminal, "l\025~s ^Re.*engine\r", "no regular expressions");
    demo_free(demo);
}

static void an_unknown_key_is_told_once_and_without_a_key_that_is_not_there(void **state)
{
    (void)state;
    struct demo *demo = open_demo("keys = vim", NULL);
    type(demo->terminal, "\xc3\xa9", "No command on \xc3\xa9 here; ? shows all.");
    type(demo->terminal, "\xc3\xa9", "No command on \xc3\xa9 here; ? shows all.");
    type(demo->terminal, "A", "What was said");
    terminal_wait_idle(demo->terminal, 200, 3000);
    g_autofree char *shown = terminal_screen_text(demo->terminal);
    const char *once = strstr(shown, "No command on");
    assert_non_null(once);
    assert_null(strstr(once + 1, "No command on"));
    type(demo->terminal, "q", "Welcome");
    type(demo->terminal, "\r", "dd delete"); /* not the key that small keyboards have not */
    type(demo->terminal, "?\xc3\xa9", "No command on \xc3\xa9 here.");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_may_stand_between_the_keys),
        cmocka_unit_test(a_number_in_the_palette_is_a_row),
        cmocka_unit_test(an_unknown_key_is_told_once_and_without_a_key_that_is_not_there),
        cmocka_unit_test(mutts_pattern_of_people_finds_who_wrote_or_got),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
