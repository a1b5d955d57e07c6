/* SPDX-License-Identifier: MIT */
/* Tags, VIPs, mute, putting off and rules on the screen, over the demo account. */
#include "tests/tui/demo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>

enum { WAIT_MS = 30000, ROWS = 24, COLUMNS = 100 };

static struct demo *open_demo(void)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_wait_idle(demo->terminal, 300, 3000);
    return demo;
}

static void press(terminal *terminal, const char *keys, const char *wanted)
{
    terminal_keys(terminal, keys);
    if (!terminal_wait_for(terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        print_message("%s", screen);
        fail_msg("after \"%s\" there is no \"%s\"", keys, wanted);
    }
}

static void gone(terminal *terminal, const char *words)
{
    if (!terminal_wait_gone(terminal, words, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        fail_msg("\"%s\" is still there:\n%s", words, screen);
    }
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 100, 1000);
    terminal_keys(demo->terminal, "\003");
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    demo_free(demo);
}

static void a_tag_is_set_seen_found_and_taken_back(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, "t", "A word sets a tag");
    press(demo->terminal, "todo caf\xc3\xa9\r", "Tagged todo, caf\xc3\xa9");
    press(demo->terminal, "", "caf\xc3\xa9 todo ");
    press(demo->terminal, "\r", "Tags  caf\xc3\xa9, todo");
    terminal_keys(demo->terminal, "q");
    terminal_wait_idle(demo->terminal, 150, 2000);
    press(demo->terminal, "/", "Show messages with");
    press(demo->terminal, "tag:caf\xc3\xa9\r", "caf\xc3\xa9 todo ");
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 150, 2000);
    press(demo->terminal, "t", "Tags now: caf\xc3\xa9, todo");
    press(demo->terminal, "-to\t\r", "Took away the tag todo");
    press(demo->terminal, "u", "Took the tag todo");
    press(demo->terminal, "", "todo ");
    leave(demo);
}

static void a_name_that_cannot_be_a_tag_is_refused_in_words(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, "t", "A word sets a tag");
    press(demo->terminal, "$Junk\r", "used by mail programs among themselves");
    leave(demo);
}

static void a_vip_is_marked_and_has_a_search(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, "V", "is a VIP now");
    press(demo->terminal, "", "VIP ");
    press(demo->terminal, "", "From VIPs");
    press(demo->terminal, "V", "is not a VIP any more");
    gone(demo->terminal, "From VIPs");
    press(demo->terminal, "u", "Taken back: Took ");
    press(demo->terminal, "", "From VIPs");
    press(demo->terminal, "u", "Taken back: Made ");
    gone(demo->terminal, "From VIPs");
    leave(demo);
}

static void what_is_put_off_leaves_the_inbox_and_undo_brings_it_back(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, "W", "Tomorrow morning");
    press(demo->terminal, "Pick\r", "Comes back:");
    press(demo->terminal, "nonsense\r", "not a time that is understood");
    terminal_keys(demo->terminal, "\025");
    press(demo->terminal, "2030-01-02 8:00\r", "Comes back 2 Jan 2030 08:00");
    press(demo->terminal, "", "Snoozed");
    press(demo->terminal, "u", "Put off");
    leave(demo);
}

static void a_conversation_is_muted_and_not_any_more(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, "M", "Muted: what comes to this conversation");
    press(demo->terminal, "u", "Muted ");
    leave(demo);
}

static void a_rule_is_made_from_a_message_tried_and_switched_on(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    press(demo->terminal, ":", "commands");
    press(demo->terminal, "rule from\r", "Name of the rule");
    terminal_keys(demo->terminal, "\025");
    press(demo->terminal, "Mine\r", "Match:");
    press(demo->terminal, "\025from:(\r", "What arrives in:");
    press(demo->terminal, "\r", "Move to:");
    press(demo->terminal, "\r", "Tags:");
    press(demo->terminal, "seen\r", "Star");
    press(demo->terminal, "yes\r", "Mark as read");
    press(demo->terminal, "\r", "Notify");
    press(demo->terminal, "\r", "No further rules");
    press(demo->terminal, "\r", "[fault] Mine: from:(");
    press(demo->terminal, "", "parenthesis");
    press(demo->terminal, "\r", "Match:");
    press(demo->terminal, "\025from:ada\r", "What arrives in:");
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 150, 2000);
    press(demo->terminal, "", "[off] Mine: from:ada");
    press(demo->terminal, "", " of ");
    press(demo->terminal, "", "Ada Lovelace");
    press(demo->terminal, " ", "[on] Mine");
    press(demo->terminal, "a", "Name of the rule");
    press(demo->terminal, "Other\r", "Match:");
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 150, 2000);
    press(demo->terminal, "", "2. [fault] Other");
    press(demo->terminal, "", "on/off"); /* among the hints */
    press(demo->terminal, "?", "Keys in the filing rules");
    press(demo->terminal, "q", "2. [fault] Other");
    press(demo->terminal, "K", "1. [fault] Other");
    press(demo->terminal, "d", "Remove the rule?");
    terminal_keys(demo->terminal, "r");
    gone(demo->terminal, "Other");
    press(demo->terminal, "", "1. [on] Mine");
    leave(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_set_seen_found_and_taken_back),
        cmocka_unit_test(a_name_that_cannot_be_a_tag_is_refused_in_words),
        cmocka_unit_test(a_vip_is_marked_and_has_a_search),
        cmocka_unit_test(what_is_put_off_leaves_the_inbox_and_undo_brings_it_back),
        cmocka_unit_test(a_conversation_is_muted_and_not_any_more),
        cmocka_unit_test(a_rule_is_made_from_a_message_tried_and_switched_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
