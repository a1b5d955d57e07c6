/* SPDX-License-Identifier: MIT */
/* What waits: drafts under way, mail in the outbox, what was done and may be taken back, across kill -9 and restarts. */
#include "tests/tui/demo.h"
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 20000, ROWS = 24, COLUMNS = 110 };

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    fprintf(stderr, "there is no \"%s\":\n%s\n", words, shown); /* cmocka cuts long texts off */
    fail();
}

static void expect_gone(terminal *screen, const char *words)
{
    if (!terminal_wait_gone(screen, words, WAIT_MS)) {
        g_autofree char *shown = terminal_screen_text(screen);
        print_error("\"%s\" stays:\n%s\n", words, shown);
        fail();
    }
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

static void write_file(const char *path, const char *text, int mode)
{
    g_autofree char *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
}

static struct demo *open_demo(const char *settings, const char *editor)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *script = g_build_filename(demo->home, "editor", NULL), *visual = g_strdup_printf("VISUAL=%s", script);
    g_autofree char *text = g_strdup_printf("[postern]\n%s\n%s\n", settings, editor == NULL ? "editor = builtin" : "");
    write_file(file, text, 0600);
    if (editor != NULL)
        write_file(script, editor, 0700);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, (const char *const[]){ visual, NULL }));
    expect(demo->terminal, "unread of 48");
    return demo;
}

static void kill_and_restart(struct demo *demo)
{
    kill(terminal_pid(demo->terminal), SIGKILL);
    assert_true(WIFSIGNALED(terminal_wait_exit(demo->terminal, WAIT_MS)));
    assert_true(demo_restart(demo, POSTERN_PROGRAM, ROWS, COLUMNS, NULL));
}

static void begin_message(struct demo *demo, const char *subject)
{
    type(demo->terminal, "c", "Subject");
    type(demo->terminal, "demo@example.test\r\r\r", "demo@example.test");
    type(demo->terminal, subject, subject);
}

/* Written in postern's own editor; letters are commands again. */
static void write_message(struct demo *demo, const char *subject, const char *text)
{
    begin_message(demo, subject);
    type(demo->terminal, "\r", "Esc ends writing");
    type(demo->terminal, text, text);
    type(demo->terminal, "\033", "y send");
}

/* Until one of the files kept of drafts, of that kind, has the words. */
static void expect_kept(struct demo *demo, const char *suffix, const char *words)
{
    g_autofree char *path = g_build_filename(demo->home, "data", "postern", "composing", NULL);
    for (int i = 0; i < WAIT_MS / 50; i++) {
        g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
        const char *name;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *file = g_build_filename(path, name, NULL), *text = NULL;
            if (g_str_has_suffix(name, suffix) && g_file_get_contents(file, &text, NULL, NULL) && strstr(text, words) != NULL)
                return;
        }
        terminal_read(demo->terminal, 50);
    }
    fail_msg("no *%s has \"%s\"", suffix, words);
}

/* --- drafts --- */

static void a_draft_under_way_is_in_drafts_after_kill_9(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    write_message(demo, "Half a letter", "Dear all");
    expect_kept(demo, ".version", "@");
    kill_and_restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "l", "unread of 48"); /* later */
    type(demo->terminal, "gd", "Half a letter");
    kill_and_restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "Dear all");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "k", "Kept in Drafts.");
    type(demo->terminal, "gd", "Half a letter");
    g_autofree char *shown = terminal_screen_text(demo->terminal);
    const char *first = strstr(shown, "Half a letter");
    assert_null(strstr(first + 1, "Half a letter")); /* versions of one draft are one draft */
    demo_free(demo);
}

static void a_draft_gone_on_with_and_killed_stays_one_draft(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    write_message(demo, "Half a letter", "Dear all");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "k", "Kept in Drafts.");
    type(demo->terminal, "gd", "Half a letter");
    type(demo->terminal, "\033[H\r", "Dear all");
    type(demo->terminal, "e", "Esc ends writing");
    type(demo->terminal, "More. ", "More.");
    type(demo->terminal, "\033", "y send");
    kill_and_restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "More.");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "k", "Kept in Drafts.");
    type(demo->terminal, "gd", "Half a letter");
    g_autofree char *shown = terminal_screen_text(demo->terminal);
    assert_null(strstr(strstr(shown, "Half a letter") + 1, "Half a letter"));
    demo_free(demo);
}

static void what_the_editor_saves_is_kept_while_it_runs(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", "#!/bin/sh\n"
                                                    "echo 'First save.' > \"$1.new\" && mv \"$1.new\" \"$1\"\n"
                                                    "read key\n"
                                                    "echo 'Second save.' > \"$1\"\n"
                                                    "read key\n");
    begin_message(demo, "Long letter");
    terminal_keys(demo->terminal, "\r");
    expect_kept(demo, ".eml", "First save.");
    terminal_keys(demo->terminal, "\r");
    expect_kept(demo, ".eml", "Second save.");
    expect_kept(demo, ".version", "@"); /* and it is in Drafts */
    kill_and_restart(demo);
    expect(demo->terminal, "1 unsent message was kept");
    type(demo->terminal, "g", "Second save.");
    demo_free(demo);
}

static void what_is_sent_is_not_offered_again(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 60", NULL);
    write_message(demo, "Sent and killed", "Goodbye");
    expect_kept(demo, ".version", "@");
    type(demo->terminal, "y", "Sending in");
    kill_and_restart(demo);
    expect(demo->terminal, "unread of 48");
    terminal_wait_idle(demo->terminal, 500, 5000);
    assert_false(terminal_contains(demo->terminal, "unsent"));
    type(demo->terminal, "gd", "Drafts");
    assert_false(terminal_contains(demo->terminal, "Sent and killed"));
    expect(demo->terminal, "Outbox");
    type(demo->terminal, "u", "It was not sent."); /* also after the restart */
    expect(demo->terminal, "Goodbye");
    expect(demo->terminal, "Sent and killed");
    demo_free(demo);
}

static void a_draft_that_was_thrown_away_comes_back(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    write_message(demo, "Rash words", "I quit");
    type(demo->terminal, "\030", "It was not sent.");
    type(demo->terminal, "t", "Thrown away");
    kill_and_restart(demo);
    expect(demo->terminal, "unread of 48");
    type(demo->terminal, "u", "The draft is back.");
    expect(demo->terminal, "Rash words");
    expect(demo->terminal, "I quit");
    demo_free(demo);
}

/* --- the outbox --- */

static void a_planned_message_is_in_the_outbox_until_its_time(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    write_message(demo, "Birthday", "Many happy returns");
    type(demo->terminal, "L", "Send when");
    terminal_keys(demo->terminal, "yesterday\r");
    expect(demo->terminal, "is not a time that is understood"); /* it is told, and the message stays */
    type(demo->terminal, "L", "Send when");
    type(demo->terminal, "2h\r", "It will be sent");
    expect(demo->terminal, "Outbox");
    type(demo->terminal, "go", "goes");
    expect(demo->terminal, "Birthday");
    type(demo->terminal, "t", "Send when");
    type(demo->terminal, "tomorrow 8:00\r", "Its time is changed.");
    expect(demo->terminal, "goes tomorrow 08:00");
    kill_and_restart(demo);
    expect(demo->terminal, "Outbox");
    type(demo->terminal, "go", "goes tomorrow 08:00");
    type(demo->terminal, "e", "Many happy returns");
    type(demo->terminal, "L", "Send when");
    type(demo->terminal, "3h\r", "It will be sent");
    expect_gone(demo->terminal, "tomorrow 08:00"); /* the list below shows it with its new time */
    type(demo->terminal, "y", "It is sent now.");
    expect(demo->terminal, "Nothing waits");
    type(demo->terminal, "q", "of 49");
    expect_gone(demo->terminal, "Outbox");
    demo_free(demo);
}

static void a_message_discarded_from_the_outbox_is_a_draft_again(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 60", NULL);
    write_message(demo, "Better not", "Never mind");
    type(demo->terminal, "y", "Sending in");
    type(demo->terminal, "go", "Better not");
    type(demo->terminal, "d", "Undo does not bring it"); /* said before it happens */
    type(demo->terminal, "d", "Not sent: it goes back to Drafts");
    expect(demo->terminal, "Nothing waits");
    terminal_keys(demo->terminal, "q");
    type(demo->terminal, "gd", "Better not");
    demo_free(demo);
}

/* How far a message is taken back, as it is noted beside its draft: "" before that. Caller frees. */
static char *taking_note(struct demo *demo)
{
    g_autofree char *path = g_build_filename(demo->home, "data", "postern", "composing", NULL);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    const char *name;
    char *note = NULL;
    while (note == NULL && entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *file = g_str_has_suffix(name, ".taking") ? g_build_filename(path, name, NULL) : NULL;
        if (file != NULL)
            g_file_get_contents(file, &note, NULL, NULL);
    }
    return note != NULL ? note : g_strdup("");
}

static void send_big(struct demo *demo, const char *subject)
{
    enum { BYTES = 12 * 1024 * 1024 };
    g_autofree char *path = g_build_filename(demo->home, "big.bin", NULL), *keys = g_strdup_printf("\024%s\r", path);
    g_autofree char *bytes = g_malloc0(BYTES);
    assert_true(g_file_set_contents(path, bytes, BYTES, NULL));
    begin_message(demo, subject);
    type(demo->terminal, keys, "big.bin  application/octet-stream");
    type(demo->terminal, "\023", "takes it back");
}

/* Sent, and being taken back: at this step of it. A step that was over before anybody looked: once more. */
static struct demo *open_taking(const char *moment)
{
    enum { TRIES = 20 };
    for (int try = 0; try < TRIES; try++) {
        struct demo *demo = open_demo("undo-delay = 100", NULL);
        send_big(demo, "With a big file");
        terminal_keys(demo->terminal, "u");
        const gint64 until = g_get_monotonic_time() + (gint64)WAIT_MS * 1000;
        for (bool is_over = false; !is_over; is_over = terminal_contains(demo->terminal, "big.bin  application/octet-stream")) {
            assert_true(g_get_monotonic_time() < until);
            g_autofree char *note = taking_note(demo);
            if (g_str_has_prefix(note, moment))
                return demo;
            terminal_read(demo->terminal, 0);
        }
        demo_free(demo);
    }
    fail_msg("never seen at %s", moment);
    return NULL;
}

/* Killed between the first and the last step of it: it is there once, and nobody sends it. */
static void what_was_being_taken_back_when_postern_ended_is_not_sent(void **state)
{
    (void)state;
    static const char *const moments[] = { "part", "whole" };
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
        struct demo *demo = open_taking(moments[i]);
        kill_and_restart(demo);
        if (i == 0) { /* nothing of it was kept yet */
            expect(demo->terminal, "unread of 48");
            type(demo->terminal, "go", "Nothing waits");
            type(demo->terminal, "q", "of 48");
            type(demo->terminal, "gd", "With a big file");
        } else {
            expect(demo->terminal, "1 unsent message was kept");
            type(demo->terminal, "g", "big.bin  application/octet-stream");
            type(demo->terminal, "\030", "Leave this message");
            type(demo->terminal, "k", "Kept in Drafts.");
            type(demo->terminal, "go", "Nothing waits");
            type(demo->terminal, "q", "of 48");
            type(demo->terminal, "gd", "With a big file");
        }
        g_autofree char *shown = terminal_screen_text(demo->terminal), *note = taking_note(demo);
        if (strstr(strstr(shown, "With a big file") + 1, "With a big file") != NULL)
            fail_msg("%s: it is there twice:\n%s", moments[i], shown);
        assert_string_equal(note, "");
        demo_free(demo);
    }
}

/* --- undo and activity --- */

static void actions_are_taken_back_in_turn_and_told(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 60", NULL);
    write_message(demo, "In between", "Hello");
    type(demo->terminal, "y", "Sending in");
    type(demo->terminal, "e", "Archived");
    type(demo->terminal, "A", "What you did");
    expect(demo->terminal, "(undo takes this back)");
    expect(demo->terminal, "Sent “In between”");
    terminal_keys(demo->terminal, "q");
    kill_and_restart(demo);
    expect(demo->terminal, "unread of");
    type(demo->terminal, "u", "Taken back: Archived");
    type(demo->terminal, "\022", "Done again: Archived");
    type(demo->terminal, "u", "Taken back: Archived");
    type(demo->terminal, "u", "It was not sent.");
    expect(demo->terminal, "In between");
    demo_free(demo);
}

static void a_folder_is_made_and_taken_back(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    terminal_keys(demo->terminal, ":");
    type(demo->terminal, "new folder\r", "Name of the new folder");
    type(demo->terminal, "Zebra\r", "Made the folder Zebra");
    type(demo->terminal, "u", "Taken back: Made the folder Zebra");
    terminal_keys(demo->terminal, "\022");
    for (int i = 0; i < 50 && !terminal_wait_for(demo->terminal, "Done again: Made the folder Zebra", 200); i++)
        if (terminal_contains(demo->terminal, "try again in a moment")) /* its directory was just going */
            terminal_keys(demo->terminal, "\022");
    expect(demo->terminal, "Done again: Made the folder Zebra");
    demo_free(demo);
}

static void a_whole_folder_is_read_and_unread_again(void **state)
{
    (void)state;
    struct demo *demo = open_demo("undo-delay = 0", NULL);
    type(demo->terminal, "gr", "as read");
    expect_gone(demo->terminal, "unread of 48");
    kill_and_restart(demo);
    expect(demo->terminal, "Inbox");
    type(demo->terminal, "u", "Taken back: Marked");
    expect(demo->terminal, "unread of 48");
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_under_way_is_in_drafts_after_kill_9),
        cmocka_unit_test(a_draft_gone_on_with_and_killed_stays_one_draft),
        cmocka_unit_test(what_the_editor_saves_is_kept_while_it_runs),
        cmocka_unit_test(what_is_sent_is_not_offered_again),
        cmocka_unit_test(a_draft_that_was_thrown_away_comes_back),
        cmocka_unit_test(a_planned_message_is_in_the_outbox_until_its_time),
        cmocka_unit_test(a_message_discarded_from_the_outbox_is_a_draft_again),
        cmocka_unit_test(what_was_being_taken_back_when_postern_ended_is_not_sent),
        cmocka_unit_test(actions_are_taken_back_in_turn_and_told),
        cmocka_unit_test(a_folder_is_made_and_taken_back),
        cmocka_unit_test(a_whole_folder_is_read_and_unread_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
