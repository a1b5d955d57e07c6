/* SPDX-License-Identifier: MIT */
/* The main screen over the demo account: what a person sees and what keys do. */
#include "tests/tui/demo.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static struct demo *open_demo(int rows, int columns)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, rows, columns);
    assert_non_null(demo);
    terminal_wait_idle(demo->terminal, 300, 3000);
    return demo;
}

static void press(terminal *terminal, const char *keys, const char *wanted)
{
    terminal_keys(terminal, keys);
    if (!terminal_wait_for(terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
    }
}

/* Without the status line, whose words pass. */
static char *lasting_text(terminal *terminal)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int row = 0; row < 24; row++) {
        g_autofree char *line = terminal_row(terminal, row);
        if (row != 22)
            g_string_append_printf(text, "%s\n", line);
    }
    return g_strdup(text->str);
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 100, 1000);
    terminal_keys(demo->terminal, "\003");
    int status = terminal_wait_exit(demo->terminal, 5000);
    if (!WIFEXITED(status)) { /* on a busy machine both keys were read at once, as Alt-Ctrl-C */
        terminal_keys(demo->terminal, "\003");
        status = terminal_wait_exit(demo->terminal, WAIT_MS);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    demo_free(demo);
}

static void a_message_opens_and_closes(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    press(demo->terminal, "\r", "From  postern");
    press(demo->terminal, "n", "pipeline failed");
    press(demo->terminal, "q", "unread of 48");
    press(demo->terminal, "/", "Show messages with");
    press(demo->terminal, "terminal\r", "Daily Terminal");
    press(demo->terminal, "\033", "Ada Lovelace");
    leave(demo);
}

static void archiving_says_so_and_undo_takes_it_back(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    press(demo->terminal, "e", "Archived 1 message");
    assert_true(terminal_wait_for(demo->terminal, "of 47", WAIT_MS));
    press(demo->terminal, "u", "Taken back");
    assert_true(terminal_wait_for(demo->terminal, "of 48", WAIT_MS));
    leave(demo);
}

static void a_held_key_deletes_nothing_for_good(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    press(demo->terminal, "d", "Deleted 1 message");
    press(demo->terminal, "gt", "of 2");
    press(demo->terminal, "d", "Delete for good?");
    terminal_keys(demo->terminal, "dddd");
    terminal_wait_idle(demo->terminal, 100, 1000);
    assert_true(terminal_contains(demo->terminal, "Delete for good?"));
    terminal_keys(demo->terminal, "\r");
    assert_true(terminal_wait_gone(demo->terminal, "Delete for good?", WAIT_MS));
    assert_true(terminal_contains(demo->terminal, "of 2"));
    terminal_keys(demo->terminal, "d");
    assert_true(terminal_wait_for(demo->terminal, "Delete for good?", WAIT_MS));
    press(demo->terminal, "y", "Deleted 1 message for good");
    leave(demo);
}

static void a_conversation_unfolds_into_its_messages(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "jj");
    press(demo->terminal, "z", "├▸ Charles Babbage");
    terminal_keys(demo->terminal, "z");
    assert_true(terminal_wait_gone(demo->terminal, "├▸", WAIT_MS));
    leave(demo);
}

/* In the folder list: found as one types, opened by Enter, all there again behind it; Esc takes it back. */
static void folders_are_found_by_a_part_of_their_name(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 120);
    press(demo->terminal, "\027/aRc", "Show folders with");
    assert_true(terminal_wait_for(demo->terminal, "Archive", WAIT_MS));
    assert_true(terminal_wait_gone(demo->terminal, "Junk", WAIT_MS));
    press(demo->terminal, "\033", "Junk");
    press(demo->terminal, "/arc", "Show folders with");
    assert_true(terminal_wait_gone(demo->terminal, "Junk", WAIT_MS));
    press(demo->terminal, "\r", "Archive");
    press(demo->terminal, "\r", "Junk");
    leave(demo);
}

static void help_and_palette_come_from_the_table(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    press(demo->terminal, "?", "Keys in the message list");
    press(demo->terminal, "q", "unread of");
    press(demo->terminal, "Y", "No command on Y");
    terminal_keys(demo->terminal, "k"); /* the next key takes it away */
    assert_true(terminal_wait_gone(demo->terminal, "No command on Y", 5000));
    press(demo->terminal, ":", "Commands");
    press(demo->terminal, "archi", "go-archive");
    press(demo->terminal, "\r", "Archived 1 message");
    leave(demo);
}

static void columns_stay_aligned_whatever_the_script(void **state)
{
    (void)state;
    struct demo *demo = open_demo(50, 160);
    const char *names[] = { "田中", "김철수", "דוד", "Łukasz", "Ольга", "Emoji Fan" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        int row = terminal_find_row(demo->terminal, names[i]);
        assert_true(row >= 0);
        /* The last cells of each row are its date, so a text that counts its cells wrongly would push it out of its place. */
        g_autofree char *text = terminal_row(demo->terminal, row);
        bool has_date = g_str_has_suffix(text, "Yesterday") || g_ascii_isdigit(text[strlen(text) - 1]);
        assert_true(has_date);
    }
    leave(demo);
}

static void any_size_is_drawn_without_a_stray_cell(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    g_autofree char *before = lasting_text(demo->terminal);
    const int sizes[][2] = { { 15, 60 }, { 60, 200 }, { 20, 100 }, { 50, 170 }, { 15, 99 }, { 5, 20 }, { 24, 80 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        terminal_resize(demo->terminal, sizes[i][0], sizes[i][1]);
    terminal_wait_idle(demo->terminal, 500, 5000);
    g_autofree char *after = lasting_text(demo->terminal);
    assert_string_equal(before, after);
    terminal_resize(demo->terminal, 8, 30);
    assert_true(terminal_wait_for(demo->terminal, "postern needs", WAIT_MS));
    terminal_resize(demo->terminal, 24, 80);
    assert_true(terminal_wait_for(demo->terminal, "unread of 48", WAIT_MS));
    leave(demo);
}

static void a_paste_is_never_run_as_commands(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "\033[200~ddddeeee\033[201~");
    terminal_wait_idle(demo->terminal, 300, 2000);
    assert_true(terminal_contains(demo->terminal, "unread of 48"));
    press(demo->terminal, "/", "Show messages with");
    press(demo->terminal, "\033[200~hal\nt\033[201~", "hal t");
    g_autofree char *many = g_strnfill(70000, 'x'), *paste = g_strdup_printf("\033[200~%s\033[201~", many);
    press(demo->terminal, paste, "too long for one line");
    assert_true(terminal_contains(demo->terminal, "hal t"));
    terminal_keys(demo->terminal, "\033");
    leave(demo);
}

static void the_cursor_is_where_it_was_at_the_next_start(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "jjj");
    terminal_wait_idle(demo->terminal, 200, 2000);
    terminal_keys(demo->terminal, "Q");
    assert_true(terminal_wait_exit(demo->terminal, WAIT_MS) == 0);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, NULL));
    assert_true(terminal_wait_for(demo->terminal, "Grace Hopper", WAIT_MS));
    terminal_wait_idle(demo->terminal, 200, 2000);
    int row = terminal_find_row(demo->terminal, "Grace Hopper");
    assert_true(row >= 0);
    g_autofree char *text = terminal_row(demo->terminal, row);
    assert_true(g_str_has_prefix(text, "▸"));
    leave(demo);
}

static void a_hang_up_ends_it_with_the_place_saved(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    kill(terminal_pid(demo->terminal), SIGHUP);
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    demo_free(demo);
}

/* Nobody tells it so: the window's shell has SIGHUP ignored, and is the only one who would get it. */
static void a_closed_window_ends_it_without_a_signal(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-window-XXXXXX", NULL), *script = g_build_filename(directory, "window", NULL);
    assert_true(g_file_set_contents(script, "#!/bin/sh\ntrap '' HUP\n" POSTERN_PROGRAM "\nexit 0\n", -1, NULL));
    assert_int_equal(chmod(script, 0700), 0);
    struct demo *demo = demo_start(script, 24, 80);
    assert_non_null(demo);
    terminal_hang_up(demo->terminal);
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    demo_free(demo);
    unlink(script);
    rmdir(directory);
}

static void the_terminal_is_given_back_as_it_was(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "Q");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    const GByteArray *raw = terminal_raw(demo->terminal);
    g_autofree char *tail = g_strndup((const char *)raw->data + (raw->len > 400 ? raw->len - 400 : 0), MIN(raw->len, 400));
    assert_non_null(strstr(tail, "\033[?2004;1004;1002l"));
    assert_non_null(strstr(tail, "\033[?1049l"));
    demo_free(demo);
}

static void an_unknown_terminal_gets_a_sentence(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "Q");
    terminal_wait_exit(demo->terminal, WAIT_MS);
    const char *odd[] = { "TERM=no-such-terminal", NULL };
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, odd));
    assert_true(terminal_wait_for(demo->terminal, "is not known", WAIT_MS));
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 69);
    const char *dumb[] = { "TERM=dumb", NULL };
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, dumb));
    assert_true(terminal_wait_for(demo->terminal, "cannot move its cursor", WAIT_MS));
    demo_free(demo);
}

static void it_works_in_latin_1_and_without_colours(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    terminal_keys(demo->terminal, "Q");
    terminal_wait_exit(demo->terminal, WAIT_MS);
    const char *plain[] = { "LC_ALL=C", "NO_COLOR=1", "TERM=vt100", NULL };
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, plain));
    assert_true(terminal_wait_for(demo->terminal, "unread of 48", WAIT_MS));
    assert_true(terminal_wait_for(demo->terminal, "????", WAIT_MS)); /* the header comes first; the rest may be another read */
    const GByteArray *raw = terminal_raw(demo->terminal);
    for (guint i = 0; i < raw->len; i++)
        assert_true(raw->data[i] < 0x80);
    leave(demo);
}

static void keys_are_answered_at_once(void **state)
{
    (void)state;
    struct demo *demo = open_demo(24, 80);
    double worst = 0;
    int slow = 0;
    for (int i = 0; i < 60; i++) {
        double took = terminal_latency(demo->terminal, i % 30 < 15 ? "j" : "k", 15, 2000);
        worst = MAX(worst, took);
        slow += took < 0 || took > 500; /* sanitizers; tests/bench holds it to 20 */
    }
    print_message("slowest of 60 keys: %.1f ms\n", worst);
    assert_in_range(slow, 0, 6); /* of a machine that was busy elsewhere for a moment */
    leave(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_opens_and_closes),
        cmocka_unit_test(archiving_says_so_and_undo_takes_it_back),
        cmocka_unit_test(a_held_key_deletes_nothing_for_good),
        cmocka_unit_test(a_conversation_unfolds_into_its_messages),
        cmocka_unit_test(folders_are_found_by_a_part_of_their_name),
        cmocka_unit_test(help_and_palette_come_from_the_table),
        cmocka_unit_test(columns_stay_aligned_whatever_the_script),
        cmocka_unit_test(any_size_is_drawn_without_a_stray_cell),
        cmocka_unit_test(a_paste_is_never_run_as_commands),
        cmocka_unit_test(the_cursor_is_where_it_was_at_the_next_start),
        cmocka_unit_test(a_hang_up_ends_it_with_the_place_saved),
        cmocka_unit_test(a_closed_window_ends_it_without_a_signal),
        cmocka_unit_test(the_terminal_is_given_back_as_it_was),
        cmocka_unit_test(an_unknown_terminal_gets_a_sentence),
        cmocka_unit_test(it_works_in_latin_1_and_without_colours),
        cmocka_unit_test(keys_are_answered_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
