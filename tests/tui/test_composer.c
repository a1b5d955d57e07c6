/* SPDX-License-Identifier: MIT */
/* Writing in the demo account: what is sent comes back, and each key of the composer does what it says. */
#include "tests/tui/composing.h"
#include <stdio.h>

static void what_is_sent_in_the_demo_comes_back_to_the_inbox(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    begin_message(demo, "A walk by the sea");
    type(demo->terminal, "\r", "Esc ends writing");
    type(demo->terminal, "Shall we go on Sunday?", "on Sunday?");
    type(demo->terminal, "\033", "y send");
    terminal_keys(demo->terminal, "y");
    expect(demo->terminal, "of 49");
    expect(demo->terminal, "A walk by the sea");
    type(demo->terminal, "g", "Inbox");
    assert_int_equal(kept_files(demo), 0);
    demo_free(demo);
}

static void an_editor_of_ones_own_writes_the_text(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 30", "#!/bin/sh\necho 'Written elsewhere.' > \"$1\"\n");
    begin_message(demo, "Outside");
    type(demo->terminal, "\r", "Written elsewhere.");
    type(demo->terminal, "y", "Sending in 30 s");
    type(demo->terminal, "u", "It was not sent");
    expect(demo->terminal, "Written elsewhere.");
    expect(demo->terminal, "Outside");
    demo_free(demo);
}

static void tab_goes_on_to_an_editor_of_ones_own_as_well(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\nread -r line\necho \"Heard: $line\" > \"$1\"\n");
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "ada@example.test\t\t\tLunch", "Lunch");
    terminal_keys(demo->terminal, "\t");
    terminal_wait_idle(demo->terminal, 300, 3000);
    type(demo->terminal, "yes, at one\r", "Heard: yes, at one");
    expect(demo->terminal, "y send");
    demo_free(demo);
}

/* Over a text without a word it is said that letters are commands, and nothing goes without a question. */
static void an_unwritten_text_says_what_the_keys_do(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\nexit 0\n");
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "ada@example.test\t\t\tLunch", "Lunch");
    type(demo->terminal, "\t", "Enter begins");
    type(demo->terminal, "y", "The message has no text.");
    terminal_keys(demo->terminal, "es, at one"); /* typed by somebody who does not look: it sends nothing, */
    terminal_wait_idle(demo->terminal, 300, 3000);
    expect(demo->terminal, "The message has no text.");
    type(demo->terminal, "\r", "Enter begins"); /* and Enter goes on writing */
    terminal_resize(demo->terminal, 15, 60);
    expect(demo->terminal, " here."); /* on the next line */
    expect(demo->terminal, "Letters are commands");
    type(demo->terminal, "y", "The message has no text.");
    terminal_keys(demo->terminal, "\033[A\r"); /* whoever wants it so */
    assert_true(terminal_wait_gone(demo->terminal, "Enter begins", WAIT_MS));
    demo_free(demo);
}

/* Over the text letters are commands: who goes on by Tab and types "yes" has sent nothing. */
static void tab_goes_on_from_the_subject_to_writing(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "ada@example.test\t\t\tLunch", "Lunch");
    type(demo->terminal, "\tyes, at one", "yes, at one");
    type(demo->terminal, "\033", "y send");
    demo_free(demo);
}

static void an_untouched_message_closes_without_a_question(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "\033", "y send");
    type(demo->terminal, "h", "Header field:");
    type(demo->terminal, "X-Project: Walk\r", "in the header: X-Project: Walk");
    type(demo->terminal, "h", "Header field:");
    type(demo->terminal, "X-Project:\r", "no field of your own");
    type(demo->terminal, "R", "is asked to tell Demo"); /* a receipt, and no longer */
    type(demo->terminal, "R", "No receipt is asked for.");
    assert_true(terminal_wait_gone(demo->terminal, "is asked to tell", WAIT_MS));
    type(demo->terminal, "q", "Nothing was written.");
    assert_int_equal(kept_files(demo), 0);
    demo_free(demo);
}

static void a_friend_warns_before_sending(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\necho 'See the attached file.' > \"$1\"\n");
    begin_message(demo, "Report");
    type(demo->terminal, "\r", "See the attached");
    type(demo->terminal, "y", "Before it is sent");
    type(demo->terminal, "g", "See the attached");
    terminal_wait_gone(demo->terminal, "Before it is sent", WAIT_MS);
    g_autofree char *path = g_build_filename(demo->home, "report.txt", NULL), *keys = g_strdup_printf("%s\r", path);
    write_file(path, "Numbers\n", 0600);
    type(demo->terminal, "a", "Attach file");
    type(demo->terminal, keys, "text/plain");
    terminal_keys(demo->terminal, "y");
    expect(demo->terminal, "of 49");
    demo_free(demo);
}

static void a_message_without_recipient_says_so_and_stays(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\necho 'To nobody.' > \"$1\"\n");
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "\r\r\rNobody\r", "To nobody.");
    terminal_keys(demo->terminal, "y");
    terminal_wait_idle(demo->terminal, 300, 3000);
    expect(demo->terminal, "To nobody.");
    assert_true(terminal_contains(demo->terminal, "Nobody"));
    demo_free(demo);
}

/* --- the editor --- */
static void without_an_editor_of_ones_own_the_built_in_one_opens(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS); /* no VISUAL, no EDITOR */
    assert_non_null(demo);
    begin_message(demo, "Plain start");
    type(demo->terminal, "\r", "Esc ends writing");
    type(demo->terminal, "typed here", "typed here");
    demo_free(demo);
}

static void an_editor_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ "EDITOR=/nowhere/ed -x", NULL }));
    expect(demo->terminal, "unread of 48");
    begin_message(demo, "No editor");
    type(demo->terminal, "\r", "/nowhere/ed -x is not installed");
    type(demo->terminal, "typed all the same", "typed all the same");
    demo_free(demo);
}

/* Wherever it is installed: how it ended is told, not where it lives. */
static void an_editor_that_fails_loses_nothing(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/sh\nif grep -q first \"$1\"; then kill -9 $$; fi\necho first > \"$1\"\nexit 3\n";
    struct demo *demo = open_demo("undo-delay = 0", script);
    g_autofree char *far = g_strnfill(200, 'd'), *path = g_build_filename(demo->home, far, "editor", NULL);
    g_autofree char *visual = g_strconcat("VISUAL=", path, NULL);
    write_file(path, script, 0700);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ visual, NULL }));
    expect(demo->terminal, "unread of 48");
    begin_message(demo, "Broken");
    type(demo->terminal, "\r", "ended with status 3; what it wrote was taken");
    expect(demo->terminal, "first");
    type(demo->terminal, "e", "was ended by signal 9; the text is as it was");
    expect(demo->terminal, "first");
    demo_free(demo);
}

/* --- sending --- */
/* 0: no countdown is on the screen. */
static int seconds_shown(terminal *screen)
{
    static const char words[] = "Sending in ";
    g_autofree char *text = terminal_screen_text(screen);
    const char *at = strstr(text, words);
    return at != NULL ? (int)g_ascii_strtoll(at + strlen(words), NULL, 10) : 0;
}

static void the_seconds_before_sending_are_counted(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 7", "#!/bin/sh\necho 'Soon.' > \"$1\"\n");
    begin_message(demo, "Countdown");
    type(demo->terminal, "\r", "Soon.");
    type(demo->terminal, "y", "Sending in ");
    int first = seconds_shown(demo->terminal), later = first;
    for (int i = 0; i < 200 && later == first; i++) {
        terminal_read(demo->terminal, 50);
        later = seconds_shown(demo->terminal);
    }
    assert_in_range(later, 1, first - 1);
    expect(demo->terminal, "Sent: Countdown");
    demo_free(demo);
}

static void a_wrong_address_is_pointed_at(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\necho 'Text.' > \"$1\"\n");
    int row, column;
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "demo@example.test\rgrace\r\rWrong\r", "Text.");
    type(demo->terminal, "y", "Cc: ");
    expect(demo->terminal, "grace");
    terminal_wait_idle(demo->terminal, 200, 3000);
    terminal_cursor(demo->terminal, &row, &column);
    g_autofree char *pointed = terminal_row(demo->terminal, row);
    assert_non_null(strstr(pointed, "Cc       grace"));
    type(demo->terminal, "@example.test", "grace@example.test");
    terminal_keys(demo->terminal, "\023"); /* Ctrl-S */
    expect(demo->terminal, "of 49");
    demo_free(demo);
}

static void what_an_editor_saves_with_carriage_returns_is_text(void **state)
{
    (void)state;
    struct demo *demo =
        open_demo("undo-delay = 0\nedit-headers = true",
                  "#!/bin/sh\nprintf 'To: bob@x.test\\r\\nReply-To: b@x.test\\r\\nSubject: CR\\r\\n\\r\\none\\r\\ntwo\\r\\n' > \"$1\"\n");
    begin_message(demo, "Lines");
    type(demo->terminal, "\r", "one");
    expect(demo->terminal, "Subject  CR");
    expect(demo->terminal, "Reply-To: b@x.test"); /* what goes out is seen */
    terminal_wait_idle(demo->terminal, 300, WAIT_MS);
    g_autofree char *text = terminal_screen_text(demo->terminal);
    assert_null(strstr(text, "\xe2\x90\x8d"));
    demo_free(demo);
}

static void an_address_of_ones_past_is_offered(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "lovel", "Ada Lovelace <ada@example.test>");
    type(demo->terminal, "\t", "To       Ada Lovelace <ada@example.test>");
    type(demo->terminal, ", grac", "Grace Hopper");
    type(demo->terminal, "\t", "<ada@example.test>, Grace Hopper <grace@example.test>");
    type(demo->terminal, "\tstranger@nowhere.test\t", "before: stranger@nowhere.test");
    demo_free(demo);
}

/* The editor stays open until the first message has come back into the Inbox: nothing waits for it. */
static void mail_goes_on_while_the_editor_is_open(void **state)
{
    (void)state;
    struct demo *demo =
        open_demo("undo-delay = 1", "#!/bin/sh\n"
                                    "if grep -q again \"$1\"; then\n"
                                    "until grep -rqs 'Subject: First one' \"$HOME\"/data/postern/mail/demo/Inbox; do sleep 0.1; done\n"
                                    "fi\n"
                                    "echo 'Written again.' > \"$1\"\n");
    begin_message(demo, "First one");
    type(demo->terminal, "\r", "Written again.");
    type(demo->terminal, "y", "Sending in 1 s");
    begin_message(demo, "Second one");
    type(demo->terminal, "\r", "Written again.");
    type(demo->terminal, "e", "y send"); /* this time it waits for the mail */
    expect(demo->terminal, "of 49");
    expect(demo->terminal, "Second one");
    terminal_wait_idle(demo->terminal, 200, 3000);
    type(demo->terminal, "qt", "First one");
    demo_free(demo);
}

static void a_message_is_sent_on_as_it_is(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "<jb", "as it is, to:");
    type(demo->terminal, "nobody\r", "is not a mail address");
    type(demo->terminal, "b", "as it is, to:");
    type(demo->terminal, "demo@example.test\r", "Sent: [main] pipeline failed");
    demo_free(demo);
}

static void a_shell_command_is_run_and_left(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "!", "Shell command");
    type(demo->terminal, "echo six times $((6 * 7))\r", "six times 42");
    type(demo->terminal, "\r", "unread of 48");
    demo_free(demo);
}

static void who_quits_too_early_is_asked(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 3", "#!/bin/sh\necho 'Last words.' > \"$1\"\n");
    begin_message(demo, "Before I go");
    type(demo->terminal, "\r", "Last words.");
    type(demo->terminal, "y", "Sending in 3 s");
    type(demo->terminal, "Q", "is not sent yet");
    type(demo->terminal, "g", "unread of 48"); /* stays */
    terminal_wait_gone(demo->terminal, "is not sent yet", WAIT_MS);
    type(demo->terminal, "Q", "is not sent yet");
    terminal_keys(demo->terminal, "s");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    restart(demo);
    expect(demo->terminal, "Before I go");
    demo_free(demo);
}

static void an_answer_is_written_below_what_it_answers(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "<r", "Esc ends writing");
    type(demo->terminal, "My answer.", "My answer.");
    int answer = terminal_find_row(demo->terminal, "My answer."), quote = terminal_find_row(demo->terminal, " wrote:");
    g_autofree char *line = terminal_row(demo->terminal, answer);
    assert_string_equal(line, "My answer."); /* a line of its own */
    assert_true(quote < answer);
    type(demo->terminal, "\033", "y send");
    type(demo->terminal, "e", "Esc ends writing");
    type(demo->terminal, " More.", "My answer. More."); /* where it was left */
    demo_free(demo);
}

/* Its bytes, too: mutt needs 719 for such an answer until its menu stands, at 24 x 80. */
static void the_quoted_text_of_an_answer_is_folded_until_a_key(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\necho 'My answer.' >> \"$1\"\n");
    size_t before = terminal_bytes(demo->terminal);
    type(demo->terminal, "<r", "My answer.");
    expect(demo->terminal, " quoted lines");
    terminal_wait_idle(demo->terminal, 200, WAIT_MS);
    size_t bytes = terminal_bytes(demo->terminal) - before;
    if (bytes > 900) /* the demo's subject and hints are longer than those of tests/bench/case_bytes.py */
        fail_msg("%" G_GSIZE_FORMAT " bytes", bytes);
    assert_false(terminal_contains(demo->terminal, "> Try this:"));
    type(demo->terminal, "Z", "> Try this:");
    assert_false(terminal_contains(demo->terminal, " quoted lines"));
    type(demo->terminal, "Z", " quoted lines");
    assert_false(terminal_contains(demo->terminal, "> Try this:"));
    demo_free(demo);
}

/* What is typed has no look of its own: a letter is a byte, as it is in mutt. */
static void a_letter_that_is_typed_costs_a_slow_line_one_byte(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "c", "Subject");
    terminal_wait_idle(demo->terminal, 200, WAIT_MS);
    int dearer = 0;
    for (const char *at = "zq@example.test"; *at != '\0'; at++) {
        const char key[] = { *at, '\0' };
        size_t before = terminal_bytes(demo->terminal);
        terminal_keys(demo->terminal, key);
        terminal_wait_idle(demo->terminal, 60, WAIT_MS);
        dearer += terminal_bytes(demo->terminal) - before != 1;
    }
    assert_true(dearer <= 2); /* what was said before goes meanwhile */
    expect(demo->terminal, "zq@example.test");
    demo_free(demo);
}

/* What was counted anew for each cell took a minute of the screen's thread. */
static void a_thousand_pasted_addresses_do_not_stop_the_screen(void **state)
{
    (void)state;
    enum { ADDRESSES = 1200, SOON_MS = 8000 };
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "c", "Subject");
    g_autoptr(GString) paste = g_string_new("\033[200~");
    for (int i = 0; i < ADDRESSES; i++)
        g_string_append_printf(paste, "Person %d <person%d@example.test>, ", i, i);
    g_string_append(paste, "last@example.test\033[201~");
    terminal_keys(demo->terminal, paste->str);
    assert_true(terminal_wait_for(demo->terminal, "last@example.test", SOON_MS));
    demo_free(demo);
}

static void home_file(const struct demo *demo, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(demo->home, name, NULL);
    write_file(path, text, 0600);
}

static void a_group_a_template_and_a_table_make_many_messages_of_one(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 60", NULL);
    terminal *screen = demo->terminal;
    g_autofree char *table = g_build_filename(demo->home, "people.csv", NULL), *pattern = g_build_filename(demo->home, "*.txt", NULL);
    home_file(demo, "people.csv", "name,email\nAda,ada@example.test\nBob,bob@example.test\n");
    home_file(demo, "config/postern/templates/thanks", "Subject: Thanks, {{name}}\n\nDear {{name}}, thank you.\n");
    home_file(demo, "config/postern/groups.conf", "[groups]\nteam = Kim <kim@example.test>, lee@example.test\n");
    home_file(demo, "one.txt", "1");
    home_file(demo, "two.txt", "2");
    type(screen, "c", "Subject");
    type(screen, "team", "Kim <kim@example.test>, lee@example.test"); /* offered */
    type(screen, "\r", "To       Kim <kim@example.test>, lee@example.test");
    type(screen, "\033", "e write");
    type(screen, "t", "Template");
    type(screen, "\r", "Dear {{name}}");
    type(screen, "y", "was not filled in");
    type(screen, "\033", "e write");
    type(screen, "a", "Attach file");
    terminal_keys(screen, pattern);
    type(screen, "\r", "2 files attached");
    type(screen, "m", "Markdown");
    type(screen, "M", "Table (CSV)");
    terminal_keys(screen, table);
    type(screen, "\r", "Message 1 of 2");
    expect(screen, "Dear Ada, thank you.");
    type(screen, "n", "Message 2 of 2");
    expect(screen, "Subject: Thanks, Bob");
    type(screen, "s", "2 messages are in the Outbox");
    assert_int_equal(kept_files(demo), 0);
    type(screen, "go", "Thanks, Ada");
    expect(screen, "Thanks, Bob");
    demo_free(demo);
}

static void several_messages_are_open_and_one_is_gone_on_with(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 60", NULL);
    terminal *screen = demo->terminal;
    begin_message(demo, "First letter");
    type(screen, "\r", "Esc ends writing");
    type(screen, "Summer and winter", "and winter");
    type(screen, "\033OR", "Find:"); /* F3 */
    type(screen, "summer\rX", "SummerX");
    type(screen, "\033", "y send");
    type(screen, "w", "1 message is open");
    begin_message(demo, "Second letter");
    type(screen, "\033", "y send");
    type(screen, "\033[19~", "Open messages"); /* F8 */
    type(screen, "\r", "SummerX and winter");
    type(screen, "\033[19~", "Second letter");
    type(screen, "\033", "SummerX and winter");
    kill_hard(demo);
    restart(demo);
    expect(demo->terminal, "2 unsent messages were kept");
    demo_free(demo);
}

static void the_header_is_edited_in_ones_own_editor(void **state)
{
    (void)state;
    struct demo *demo =
        open_demo("undo-delay = 60\nedit-headers = true",
                  "#!/bin/sh\nsed -i -e 's/^Subject:.*/Subject: By hand\\nOrganization: Mine/' \"$1\"\necho 'The text.' >> \"$1\"\n");
    terminal *screen = demo->terminal;
    begin_message(demo, "Outside");
    type(screen, "\r", "The text.");
    expect(screen, "Subject  By hand");
    expect(screen, "Organization: Mine");
    expect(screen, "demo@example.test");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_a_template_and_a_table_make_many_messages_of_one),
        cmocka_unit_test(several_messages_are_open_and_one_is_gone_on_with),
        cmocka_unit_test(tab_goes_on_from_the_subject_to_writing),
        cmocka_unit_test(tab_goes_on_to_an_editor_of_ones_own_as_well),
        cmocka_unit_test(an_unwritten_text_says_what_the_keys_do),
        cmocka_unit_test(the_header_is_edited_in_ones_own_editor),
        cmocka_unit_test(what_is_sent_in_the_demo_comes_back_to_the_inbox),
        cmocka_unit_test(an_editor_of_ones_own_writes_the_text),
        cmocka_unit_test(an_untouched_message_closes_without_a_question),
        cmocka_unit_test(a_friend_warns_before_sending),
        cmocka_unit_test(a_message_without_recipient_says_so_and_stays),
        cmocka_unit_test(without_an_editor_of_ones_own_the_built_in_one_opens),
        cmocka_unit_test(an_editor_that_is_not_there_is_named),
        cmocka_unit_test(an_editor_that_fails_loses_nothing),
        cmocka_unit_test(the_seconds_before_sending_are_counted),
        cmocka_unit_test(a_wrong_address_is_pointed_at),
        cmocka_unit_test(what_an_editor_saves_with_carriage_returns_is_text),
        cmocka_unit_test(an_address_of_ones_past_is_offered),
        cmocka_unit_test(mail_goes_on_while_the_editor_is_open),
        cmocka_unit_test(a_message_is_sent_on_as_it_is),
        cmocka_unit_test(a_shell_command_is_run_and_left),
        cmocka_unit_test(who_quits_too_early_is_asked),
        cmocka_unit_test(an_answer_is_written_below_what_it_answers),
        cmocka_unit_test(the_quoted_text_of_an_answer_is_folded_until_a_key),
        cmocka_unit_test(a_letter_that_is_typed_costs_a_slow_line_one_byte),
        cmocka_unit_test(a_thousand_pasted_addresses_do_not_stop_the_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
