/* SPDX-License-Identifier: MIT */
/* What is being written outlives the program, in whatever way it ends. */
#include "tests/tui/composing.h"

static void a_draft_survives_kill_9(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "Not finished");
    type(demo->terminal, "\r", "Esc ends writing");
    type(demo->terminal, "The beginning of a", "beginning of a");
    terminal_keys(demo->terminal, "\033");
    expect(demo->terminal, "y send"); /* written at the latest when the editor ends */
    kill_hard(demo);
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "Not finished");
    expect(demo->terminal, "The beginning of a");
    kill_hard(demo); /* and again: the recovered one is kept as well */
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "t", "unread of 48");
    terminal_wait_gone(demo->terminal, "unsent message", WAIT_MS);
    assert_int_equal(kept_files(demo), 0);
    demo_free(demo);
}

static void what_an_editor_wrote_survives_the_end_of_postern(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\necho 'Saved in the editor.' > \"$1\"\nkill -9 $PPID\n");
    begin_message(demo, "Killed while editing");
    terminal_keys(demo->terminal, "\r");
    assert_true(WIFSIGNALED(terminal_wait_exit(demo->terminal, WAIT_MS)));
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "Killed while editing");
    expect(demo->terminal, "Saved in the editor.");
    assert_int_equal(kept_files(demo), 1);
    demo_free(demo);
}

static void hanging_up_keeps_what_was_typed(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "Typed just now");
    kill(terminal_pid(demo->terminal), SIGHUP);
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "Typed just now");
    demo_free(demo);
}

static void an_open_composer_is_not_offered_to_a_second_postern(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "Still open here");
    terminal_keys(demo->terminal, "\t");
    terminal_wait_idle(demo->terminal, 200, 3000);
    assert_int_equal(kept_files(demo), 1);
    struct demo second = { demo->home, NULL };
    terminal *first = demo->terminal;
    assert_true(demo_restart(&second, POSTERN_PROGRAM, ROWS, COLUMNS, NULL));
    expect(second.terminal, "unread of 48");
    terminal_wait_idle(second.terminal, 300, 3000);
    assert_false(terminal_contains(second.terminal, "unsent message"));
    terminal_free(second.terminal);
    assert_true(terminal_contains(first, "Still open here"));
    demo_free(demo);
}

static void a_message_kept_in_drafts_is_there(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "For later");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "k", "Kept in Drafts.");
    type(demo->terminal, "gd", "For later");
    assert_int_equal(kept_files(demo), 0);
    expect(demo->terminal, "2 messages"); /* the demo account brings one */
    type(demo->terminal, "E", "y send");
    type(demo->terminal, "q", "The draft is as it was."); /* nothing was changed: nothing is asked */
    assert_int_equal(kept_files(demo), 0);
    type(demo->terminal, "E", "y send"); /* going on with it replaces the old version */
    type(demo->terminal, "m", "as HTML");
    type(demo->terminal, "q", "It was not sent.");
    type(demo->terminal, "k", "Kept in Drafts.");
    expect(demo->terminal, "For later");
    terminal_wait_idle(demo->terminal, 500, 5000);
    expect(demo->terminal, "2 messages"); /* as before: the new version instead of the old one */
    demo_free(demo);
}

/* The reply is written, postern is killed, the draft recovered and sent: the original is marked all the same. */
static void a_recovered_answer_marks_its_original(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "gi", "Inbox");
    type(demo->terminal, "jr", "Esc ends writing");
    type(demo->terminal, "My answer. ", "My answer.");
    type(demo->terminal, "\033", "y send");
    kill_hard(demo);
    restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "My answer.");
    type(demo->terminal, "y", "of 49");
    type(demo->terminal, ":", "Commands");
    type(demo->terminal, "conversations on", "conversations on/off");
    type(demo->terminal, "\r", "\xe2\x86\xa9"); /* every message by itself: the sign of an answered one */
    int row = terminal_find_row(demo->terminal, "  [main] pipeline failed");
    g_autofree char *answered = row >= 0 ? terminal_row(demo->terminal, row) : NULL;
    assert_non_null(answered);
    if (answered != NULL && strstr(answered, "\xe2\x86\xa9") == NULL)
        fail_msg("%s", answered);
    demo_free(demo);
}

static void a_draft_that_is_opened_is_gone_on_with(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "gd", "1 message");
    type(demo->terminal, "\r", "y send");
    expect(demo->terminal, "I have looked at the drawing");
    type(demo->terminal, "e", "Esc ends writing");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_survives_kill_9),
        cmocka_unit_test(what_an_editor_wrote_survives_the_end_of_postern),
        cmocka_unit_test(hanging_up_keeps_what_was_typed),
        cmocka_unit_test(an_open_composer_is_not_offered_to_a_second_postern),
        cmocka_unit_test(a_message_kept_in_drafts_is_there),
        cmocka_unit_test(a_recovered_answer_marks_its_original),
        cmocka_unit_test(a_draft_that_is_opened_is_gone_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
