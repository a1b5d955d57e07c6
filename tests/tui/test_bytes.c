/* SPDX-License-Identifier: MIT */
/* Over a slow line each byte is seen: what a step of a day's work may write to a terminal of 24 x 80.
 * mutt needs as much or more for the same steps (tests/bench/run --only bytes). */
#include "tests/tui/demo.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000, QUIET_MS = 300 };

static void start_by(struct demo *demo, const char *program, int late_ms, const char *const *env)
{
    assert_true(demo_restart(demo, program, 24, 80, env));
    terminal_answer_late(demo->terminal, late_ms);
    assert_true(terminal_wait_for(demo->terminal, "Welcome", WAIT_MS));
}

static struct demo *open_by(const char *program, const char *settings)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "\003");
    assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
    g_autofree char *file = g_build_filename(demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *serial = g_build_filename(demo->home, "serial", NULL), *text = g_strdup_printf("[postern]\n%s", settings);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    assert_true(g_file_set_contents(serial, "#!/bin/sh\nstty 9600\nexec '" POSTERN_PROGRAM "' \"$@\"\n", -1, NULL));
    assert_int_equal(g_chmod(serial, 0700), 0);
    start_by(demo, program != NULL ? program : serial, 0, (const char *const[]){ "EDITOR=true", "VISUAL=true", NULL });
    return demo;
}

static struct demo *open_slow(const char *settings)
{
    g_autofree char *all = g_strdup_printf("slow-line = yes\n%s", settings);
    return open_by(POSTERN_PROGRAM, all);
}

static void step(terminal *screen, const char *name, const char *keys, const char *wanted, size_t most)
{
    terminal_wait_idle(screen, QUIET_MS, WAIT_MS);
    size_t before = terminal_bytes(screen);
    terminal_keys(screen, keys);
    bool is_there = terminal_wait_for(screen, wanted, WAIT_MS);
    terminal_wait_idle(screen, QUIET_MS, WAIT_MS);
    size_t written = terminal_bytes(screen) - before;
    if (g_getenv("POSTERN_BYTES") != NULL)
        print_message("%s: %zu of %zu\n", name, written, most);
    if (is_there && (written <= most || g_getenv("POSTERN_BYTES") != NULL))
        return;
    g_autofree char *shown = terminal_screen_text(screen);
    fail_msg("%s: %zu bytes, %zu wanted; \"%s\" is %s:\n%s", name, written, most, wanted, is_there ? "there" : "not there", shown);
}

static void hands_that_know_cost_a_slow_line_no_more_than_mutt(void **state)
{
    (void)state;
    struct demo *demo = open_slow("hints = false\n");
    terminal *screen = demo->terminal;
    step(screen, "new message", "c", "To:", 40);
    step(screen, "cancel", "\033", "Welcome", 40);
    step(screen, "order: ask", "o", "Order of this folder:", 260);
    step(screen, "order: leave", "\033", "Welcome", 60);
    step(screen, "go to a folder: ask", "gf", "Go to:", 160);
    step(screen, "go to a folder: leave", "\033", "Welcome", 60);
    step(screen, "mark by words: ask", "T", "Mark messages with:", 60);
    step(screen, "mark by words", "the\r", "marked", 420);
    step(screen, "take the marks away", "\033", "Welcome", 420);
    step(screen, "move: ask", "m", "Move to:", 160);
    step(screen, "move", "arch\r", "Moved 1 message", 420);
    demo_free(demo);
}

/* Nothing that a newcomer needs is missing: what is asked, what can be chosen, which keys. */
static void what_is_asked_in_a_line_can_be_understood(void **state)
{
    (void)state;
    struct demo *demo = open_slow("");
    terminal *screen = demo->terminal;
    step(screen, "first screen", "", "? help", 100);
    step(screen, "order: ask", "o", "f From  s Subject", 360);
    step(screen, "order: choose by the arrows", "\033[C\r", "It is remembered", 2600);
    step(screen, "move: ask", "m", "Enter takes", 260);
    step(screen, "move: another", "\t\t\033[D\003", "Welcome", 400);
    step(screen, "new message", "c", "Esc leaves", 140);
    step(screen, "to", "ada@example.test\r", "Subject:", 140);
    step(screen, "subject, then one's own editor", "Hello\r", "Subject  Hello", 700);
    demo_free(demo);
}

/* Nobody said that it is slow, but stty did. */
static void a_line_of_9600_baud_is_slow(void **state)
{
    (void)state;
    struct demo *demo = open_by(NULL, "");
    step(demo->terminal, "move: ask", "m", "Move to:", 260);
    demo_free(demo);
    demo = open_by(NULL, "slow-line = no\n");
    terminal_keys(demo->terminal, ":");
    assert_true(terminal_wait_for(demo->terminal, "Commands", WAIT_MS));
    g_autofree char *shown = terminal_screen_text(demo->terminal);
    assert_null(strstr(shown, "Commands:")); /* the picker's frame has its title */
    demo_free(demo);
}

/* Over ssh the terminal's first answer tells, whatever the terminal is called: screen and tmux repeat no signs, and are asked all the same. */
static void a_terminal_that_answers_late_over_ssh_is_far(void **state)
{
    (void)state;
    static const char *const names[] = { "TERM=screen-256color", "TERM=xterm-256color" };
    struct demo *demo = open_by(POSTERN_PROGRAM, "");
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(names); i++) {
        bool is_far = i % 2 == 0;
        kill(terminal_pid(demo->terminal), SIGTERM);
        assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
        const char *const env[] = { names[i / 2], is_far ? "SSH_CONNECTION=192.0.2.1 50000 192.0.2.2 22" : "SHLVL=1", NULL };
        start_by(demo, POSTERN_PROGRAM, 500, env);
        terminal_wait_idle(demo->terminal, QUIET_MS, WAIT_MS);
        terminal_keys(demo->terminal, "c");
        assert_true(terminal_wait_for(demo->terminal, is_far ? "To:" : "Subject", WAIT_MS));
        assert_int_equal(terminal_contains(demo->terminal, "To:"), is_far);
    }
    demo_free(demo);
}

/* Nobody said anything of the line: what a newcomer sees, and hands that know pay little for it. */
static void the_usual_screen_writes_little(void **state)
{
    (void)state;
    struct demo *demo = open_by(POSTERN_PROGRAM, "");
    terminal *screen = demo->terminal;
    step(screen, "first screen", "", "? help", 100);
    step(screen, "mark by words: ask", "T", "Mark messages with:", 100);
    step(screen, "mark by words", "the\r", "marked", 620);
    step(screen, "take the marks away", "\033", "Welcome", 420);
    step(screen, "order: ask", "o", "f From  s Subject", 280);
    step(screen, "order: leave", "\033", "? help", 200);
    step(screen, "go to a folder: ask", "gf", "Enter takes", 280);
    step(screen, "go to a folder: leave", "\003", "? help", 200);
    step(screen, "move: ask", "m", "Down lists all", 280);
    step(screen, "move", "arch\r", "Moved 1 message", 620);
    demo_free(demo);
}

/* Whoever wants no hints gets none, and what is asked needs a row. */
static void without_hints_a_question_is_a_row(void **state)
{
    (void)state;
    struct demo *demo = open_by(POSTERN_PROGRAM, "hints = false\n");
    terminal *screen = demo->terminal;
    step(screen, "new message", "c", "To:", 40);
    step(screen, "cancel", "\033", "Welcome", 40);
    step(screen, "move", "march\r", "Moved 1 message", 460);
    demo_free(demo);
}

/* mutt asks To and Subject before there is a form: so do we, of its hands. */
static void hands_from_mutt_are_asked_as_they_know_it(void **state)
{
    (void)state;
    struct demo *demo = open_by(POSTERN_PROGRAM, "keys = mutt\n");
    terminal *screen = demo->terminal;
    step(screen, "new message", "m", "To:", 120);
    step(screen, "cancel", "\007", "? help", 200);
    step(screen, "to", "mada@example.test\r", "Subject:", 200);
    step(screen, "subject, then one's own editor", "Hello\r", "Subject  Hello", 900);
    demo_free(demo);
}

/* The line has the few words that hands need which know; the arrow down shows all there are. */
static void a_line_to_choose_from_opens_to_a_list(void **state)
{
    (void)state;
    struct demo *demo = open_by(POSTERN_PROGRAM, "");
    terminal *screen = demo->terminal;
    step(screen, "order: ask", "o", "Down explains", 280);
    step(screen, "order: all words", "\033[B", "single messages, newest first", 2000);
    step(screen, "order: leave", "\033", "? help", 2000);
    step(screen, "move: ask", "m", "Down lists all", 280);
    step(screen, "move: all", "\033[B", "letters search", 2000);
    step(screen, "move", "arch\r", "Moved 1 message", 2000);
    demo_free(demo);
}

/* The same day on other terminals: none of them repeats a sign, the Linux console has sequences of its own for the cursor and its letters. */
static void other_terminals_are_written_as_little(void **state)
{
    (void)state;
    static const char *const names[] = { "TERM=linux", "TERM=screen-256color", "TERM=tmux-256color" };
    static const struct {
        const char *name, *keys, *wanted;
        size_t most;
    } steps[] = {
        { "down", "j", "Welcome", 275 },
        { "up", "k", "Welcome", 275 },
        { "star", "*", "u undo", 90 },
        { "take the star away", "u", "Welcome", 110 },
        { "mark", " ", "1 marked", 340 },
        { "unmark", "\033", "Welcome", 120 },
        { "open", "\r", "q back", 560 },
        { "back", "q", "Welcome", 2100 },
        { "help", "?", "Keys in the message list", 1400 },
        { "help: back", "q", "Welcome", 2400 },
        { "search: ask", "g/", "Search all mail:", 240 },
        { "search: a word's beginning", "t", "Welcome", 8 },
        { "search: leave", "\003", "Welcome", 470 },
        { "move: ask", "m", "Enter takes", 200 },
        { "move: letters", "arc", "Enter takes", 90 },
        { "move", "\r", "Moved 1 message", 500 },
        { "undo", "u", "Welcome", 300 },
        { "delete", "d", "Deleted", 330 },
        { "undo deleting", "u", "Welcome", 300 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct demo *demo = open_by(POSTERN_PROGRAM, "");
        kill(terminal_pid(demo->terminal), SIGTERM);
        assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
        start_by(demo, POSTERN_PROGRAM, 0, (const char *const[]){ names[i], NULL });
        step(demo->terminal, "first screen", "", "? help", 100);
        for (size_t each = 0; each < G_N_ELEMENTS(steps); each++) {
            g_autofree char *name = g_strdup_printf("%s, %s", names[i], steps[each].name);
            step(demo->terminal, name, steps[each].keys, steps[each].wanted, steps[each].most);
        }
        demo_free(demo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_that_know_cost_a_slow_line_no_more_than_mutt),
        cmocka_unit_test(what_is_asked_in_a_line_can_be_understood),
        cmocka_unit_test(a_line_of_9600_baud_is_slow),
        cmocka_unit_test(a_terminal_that_answers_late_over_ssh_is_far),
        cmocka_unit_test(the_usual_screen_writes_little),
        cmocka_unit_test(without_hints_a_question_is_a_row),
        cmocka_unit_test(hands_from_mutt_are_asked_as_they_know_it),
        cmocka_unit_test(a_line_to_choose_from_opens_to_a_list),
        cmocka_unit_test(other_terminals_are_written_as_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
