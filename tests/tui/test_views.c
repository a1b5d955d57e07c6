/* SPDX-License-Identifier: MIT */
/* How a list is shown: orders that are remembered, conversations opened and closed all together, the inboxes of several accounts as one. */
#include "tests/tui/demo.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
/* after the four above */
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static void wait_for(struct demo *demo, const char *wanted)
{
    if (terminal_wait_for(demo->terminal, wanted, WAIT_MS))
        return;
    g_autofree char *screen = terminal_screen_text(demo->terminal);
    fail_msg("there is no \"%s\":\n%s", wanted, screen);
}

static void press(struct demo *demo, const char *keys, const char *wanted)
{
    terminal_keys(demo->terminal, keys);
    wait_for(demo, wanted);
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "Q");
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int row_of(struct demo *demo, const char *words)
{
    return terminal_find_row(demo->terminal, words);
}

static void an_order_is_chosen_from_a_menu_and_remembered_for_its_folder(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "o", "Order of this folder:");
    press(demo, "\033[B", "Reverse: oldest first"); /* in all words */
    press(demo, "s", "subject, A to Z");
    press(demo, "<", "1202 alarm");
    assert_true(row_of(demo, "1202 alarm") < row_of(demo, "A small language"));
    press(demo, "or", "subject, Z to A");
    wait_for(demo, "Inbox \xc2\xb7 subject, Z to A");
    press(demo, "gs", "Demo \xe2\x96\xb8 Sent"); /* another folder has its own */
    assert_false(terminal_contains(demo->terminal, "Sent \xc2\xb7"));
    press(demo, "gi", "Inbox \xc2\xb7 subject, Z to A");
    leave(demo);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 30, 120, NULL));
    wait_for(demo, "Inbox \xc2\xb7 subject, Z to A");
    wait_for(demo, "(4)"); /* conversations also in this order */
    press(demo, "om", "\xe2\x97\x8f");
    assert_true(terminal_wait_gone(demo->terminal, "(4)", WAIT_MS));
    press(demo, "oa", "Ada Lovelace, Charl");
    assert_true(terminal_wait_gone(demo->terminal, "Z to A", WAIT_MS));
    leave(demo);
    demo_free(demo);
}

static void all_conversations_are_opened_and_closed_by_one_key(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "<", "Ada Lovelace, Charl");
    press(demo, "Z", "\xe2\x94\x94\xe2\x96\xb8 ");
    assert_true(terminal_wait_gone(demo->terminal, "Ada Lovelace, Charl", WAIT_MS));
    press(demo, "Z", "Ada Lovelace, Charl");
    leave(demo);
    demo_free(demo);
}

static void a_conversation_is_broken_and_joined_again(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "<", "(4)");
    press(demo, "jj\033[C", "\xe2\x94\x94\xe2\x96\xb8 ");
    press(demo, "jj#", "a conversation of their own");
    press(demo, "#", "first of its conversation");
    press(demo, "\033[D", "(2)"); /* two and two */
    assert_false(terminal_contains(demo->terminal, "(4)"));
    leave(demo);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 30, 120, NULL));
    wait_for(demo, "of 48");
    press(demo, "&", "Mark the conversations");
    press(demo, "<jj &", "2 conversations are one now");
    wait_for(demo, "(4)");
    press(demo, "u", "Joined 2 conversations");
    assert_true(terminal_wait_gone(demo->terminal, "(4)", WAIT_MS));
    press(demo, "u", "Broke off"); /* also after the restart */
    wait_for(demo, "(4)");
    press(demo, "\022\022", "Joined 2 conversations");
    wait_for(demo, "(4)");
    leave(demo);
    demo_free(demo);
}

static void a_folder_that_is_not_there_yet_is_made_on_the_way(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "mArch", "Archive"); /* what is there comes first */
    press(demo, "\025", "Down lists all");
    press(demo, "Engines", "new folder");
    press(demo, "\r", "There is no folder");
    press(demo, "m", "to Engines");
    press(demo, "W", "letters search");
    press(demo, "2h", "at this time");
    terminal_keys(demo->terminal, "\r");
    assert_true(terminal_wait_gone(demo->terminal, "letters search", WAIT_MS));
    wait_for(demo, "Comes back"); /* said, with the time */
    leave(demo);
    demo_free(demo);
}

/* What goes the way of the one before needs no name, and where it lies already is the last that is meant. */
static void mail_is_filed_where_the_last_was_by_one_key_more(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "m", "Down lists all");
    g_autofree char *before = terminal_row(demo->terminal, 29);
    assert_non_null(strstr(before, "Trash"));
    assert_true(g_str_has_suffix(before, "Inbox"));
    press(demo, "arch\r", "Moved 1 message to Archive");
    press(demo, "m", "Down lists all");
    g_autofree char *row = terminal_row(demo->terminal, 29);
    assert_true(g_str_has_prefix(row, " Archive"));
    press(demo, "junk\r", "Moved 1 message to Junk");
    press(demo, "m", "Down lists all");
    press(demo, "\r", "Moved 4 messages to Junk"); /* a conversation */
    press(demo, "m", "Junk  Archive");
    press(demo, "\033", "? help");
    leave(demo);
    demo_free(demo);
}

/* It is looked for in each row at each key, and is one line. */
static void a_paste_into_a_picker_is_a_line_of_bounded_length(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    press(demo, "m", "Down lists all");
    press(demo, "\033[200~\nAr\r\nch\n\033[201~", "Move to: Ar");
    assert_true(terminal_contains(demo->terminal, "Archive"));
    g_autofree char *much = g_strnfill(50000, 'x'), *pasted = g_strdup_printf("\033[200~%s\033[201~", much);
    press(demo, pasted, "xxxxxxxxxx");
    for (int i = 0; i < 230; i++)
        terminal_keys(demo->terminal, "\177");
    assert_true(terminal_wait_gone(demo->terminal, "xx", WAIT_MS));
    press(demo, "arch", "Archive");
    press(demo, "\r", "Moved 1 message");
    leave(demo);
    demo_free(demo);
}

static void a_conversation_is_read_as_one_page_with_one_cursor(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 40, 100);
    assert_non_null(demo);
    press(demo, "<", "(4)");
    press(demo, "jj\r", "1 of 5"); /* with one's own part of it */
    press(demo, "n", "2 of 5");
    press(demo, "nnn", "5 of 5");
    press(demo, "pppp", "1 of 5");
    assert_true(terminal_contains(demo->terminal, "Dear friend"));
    press(demo, "ZZ", "1 of 5"); /* all open, then all but this one a line each */
    press(demo, "n", "2 of 5");
    press(demo, "d", "Deleted 1 message"); /* that one alone; the next has the cursor */
    wait_for(demo, "2 of 4");
    press(demo, "u", "Taken back");
    wait_for(demo, "3 of 5");
    press(demo, "q", "unread of");
    leave(demo);
    demo_free(demo);
}

/* --- a second account: a Maildir that others deliver to --- */

static void write_file(const char *path, const char *text)
{
    g_autofree char *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(g_chmod(path, 0600), 0);
}

static void deliver(struct demo *demo, const char *name, const char *subject)
{
    g_autofree char *path = g_strdup_printf("%s/Mail/home/new/%s", demo->home, name),
                    *part = g_strdup_printf("%s/Mail/home/tmp/%s", demo->home, name);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S +0000");
    g_autofree char *text = g_strdup_printf("From: Mum <mum@example.test>\r\nTo: me@home.test\r\nSubject: %s\r\nDate: %s\r\n"
                                            "Message-ID: <%s@home.test>\r\n\r\nCome home.\r\n",
                                            subject, date, name);
    write_file(part, text);
    assert_int_equal(g_rename(part, path), 0);
}

static void add_second_account(struct demo *demo)
{
    g_autofree char *file = g_strdup_printf("%s/config/postern/accounts/home.conf", demo->home);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Home\nfrom = Me <me@home.test>\n[incoming]\nprotocol = maildir\npath = %s/Mail/home\n"
                        "[outgoing]\nprotocol = sendmail\ncommand = /bin/false\n",
                        demo->home);
    static const char *const parts[] = { "cur", "new", "tmp" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_strdup_printf("%s/Mail/home/%s", demo->home, parts[i]);
        assert_int_equal(g_mkdir_with_parents(path, 0700), 0);
    }
    write_file(file, text);
    deliver(demo, "one", "Sunday lunch");
}

static struct demo *start_with_two(void)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 30, 120);
    assert_non_null(demo);
    leave(demo);
    add_second_account(demo);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 30, 120, NULL));
    wait_for(demo, "Inboxes");
    return demo;
}

static void the_inboxes_of_two_accounts_are_one_list_that_lives(void **state)
{
    (void)state;
    struct demo *demo = start_with_two();
    press(demo, "gA", "Sunday lunch");
    wait_for(demo, "of 49");
    wait_for(demo, "Starred     3"); /* counted */
    wait_for(demo, "Ada Lovelace, Charl");
    press(demo, "</pipeline\r", "Only with: pipeline");
    assert_true(terminal_wait_gone(demo->terminal, "Sunday lunch", WAIT_MS));
    press(demo, "\033", "Sunday lunch");
    terminal_keys(demo->terminal, "<jj");
    terminal_wait_idle(demo->terminal, 100, 2000);
    g_autofree char *before = terminal_row(demo->terminal, row_of(demo, "\xe2\x96\xb8\xe2\x97\x8f"));
    deliver(demo, "two", "Bring cake"); /* comes in without moving the cursor from its message */
    wait_for(demo, "Bring cake");
    wait_for(demo, "of 50");
    g_autofree char *after = terminal_row(demo->terminal, row_of(demo, "\xe2\x96\xb8\xe2\x97\x8f"));
    assert_string_equal(strstr(after, "\xe2\x96\xb8\xe2\x97\x8f"), strstr(before, "\xe2\x96\xb8\xe2\x97\x8f"));
    press(demo, "of", "sender, A to Z");
    press(demo, "<", "Ada Lovelace");
    deliver(demo, "three", "And flowers");
    wait_for(demo, "of 51");
    press(demo, "/flowers\r", "Only with: flowers");
    assert_true(terminal_wait_gone(demo->terminal, "Ada Lovelace", WAIT_MS));
    press(demo, "d", "Deleted 1 message");
    wait_for(demo, "of 50");
    press(demo, "u", "Taken back");
    wait_for(demo, "of 51");
    leave(demo); /* and it is there again the next time */
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 30, 120, NULL));
    wait_for(demo, "sender, A to Z");
    assert_true(terminal_contains(demo->terminal, "of 51"));
    leave(demo);
    demo_free(demo);
}

/* Two windows on one mail: only one talks to the servers, and the other says so; then it takes its place. */
static void a_second_one_says_that_it_follows_the_first(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80), second = { .home = NULL };
    assert_non_null(demo);
    second.home = demo->home;
    assert_true(demo_restart(&second, POSTERN_PROGRAM, 24, 80, NULL));
    wait_for(&second, "Another postern talks to the servers; this one follows it.");
    wait_for(&second, "follows another postern");
    assert_false(terminal_contains(second.terminal, "offline"));
    press(&second, "A", "another postern is running: it talks to the servers");
    press(&second, "q", "Enter open");
    leave(demo);
    wait_for(&second, "\xe2\x97\x8f online");
    leave(&second);
    terminal_free(second.terminal);
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_chosen_from_a_menu_and_remembered_for_its_folder),
        cmocka_unit_test(all_conversations_are_opened_and_closed_by_one_key),
        cmocka_unit_test(a_conversation_is_broken_and_joined_again),
        cmocka_unit_test(a_folder_that_is_not_there_yet_is_made_on_the_way),
        cmocka_unit_test(mail_is_filed_where_the_last_was_by_one_key_more),
        cmocka_unit_test(a_paste_into_a_picker_is_a_line_of_bounded_length),
        cmocka_unit_test(a_conversation_is_read_as_one_page_with_one_cursor),
        cmocka_unit_test(the_inboxes_of_two_accounts_are_one_list_that_lives),
        cmocka_unit_test(a_second_one_says_that_it_follows_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
