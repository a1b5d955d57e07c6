/* SPDX-License-Identifier: MIT */
/* Reading over the demo account: HTML, links that lie, attachments saved and never written over what is there. */
#include "tests/tui/demo.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 10000 };

static void press(terminal *terminal, const char *keys, const char *wanted)
{
    terminal_keys(terminal, keys);
    if (!terminal_wait_for(terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
    }
    terminal_wait_idle(terminal, 60, 1000);
}

static struct demo *open_message(const char *words, const char *subject, const char *wanted)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 40, 120);
    assert_non_null(demo);
    press(demo->terminal, "/", "Show messages with");
    g_autofree char *typed = g_strconcat(words, "\r", NULL);
    press(demo->terminal, typed, "Only with");
    assert_true(terminal_wait_for(demo->terminal, subject, WAIT_MS));
    press(demo->terminal, "\r", wanted);
    return demo;
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "\003");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    demo_free(demo);
}

static void html_is_text_with_numbered_links_and_its_source_is_a_key_away(void **state)
{
    (void)state;
    struct demo *demo = open_message("daily", "This week", "Good morning");
    assert_true(terminal_contains(demo->terminal, "• Tabs stay at the beginning"));
    assert_false(terminal_contains(demo->terminal, "<h1>"));
    press(demo->terminal, "v", "<h1>");
    press(demo->terminal, "v", "• Tabs stay");
    press(demo->terminal, "h", "Message-ID:");
    leave(demo);
}

static void a_link_that_lies_is_flagged_and_shown_before_it_is_opened(void **state)
{
    (void)state;
    struct demo *demo = open_message("bank", "Urgent", "Your Bank <security@");
    assert_true(terminal_contains(demo->terminal, "leads somewhere else"));
    press(demo->terminal, "l", "open this link?");
    press(demo->terminal, "\033", "Your Bank <security@");
    leave(demo);
}

static void an_attachment_is_saved_and_never_over_another_file_unasked(void **state)
{
    (void)state;
    struct demo *demo = open_message("4711", "Ticket", "ticket.pdf");
    g_autofree char *path = g_build_filename(demo->home, "ticket", NULL), *typed = g_strdup_printf("\025%s\r", path), *content = NULL;
    gsize size = 0;
    press(demo->terminal, "s", "Save which attachment");
    press(demo->terminal, "\r", "Save as:");
    press(demo->terminal, typed, "Saved ");
    assert_true(g_file_get_contents(path, &content, &size, NULL));
    assert_true(size > 100 && g_str_has_prefix(content, "%PDF"));
    assert_true(g_file_set_contents(path, "mine", -1, NULL));
    press(demo->terminal, "s", "Save which attachment");
    press(demo->terminal, "\r", "Save as:");
    press(demo->terminal, typed, "with this name already");
    terminal_keys(demo->terminal, "k");
    assert_true(terminal_wait_gone(demo->terminal, "with this name already", WAIT_MS));
    g_autofree char *kept = NULL;
    assert_true(g_file_get_contents(path, &kept, NULL, NULL));
    assert_string_equal(kept, "mine");
    leave(demo);
}

static void the_reader_moves_on_when_its_message_is_deleted(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 40, 120);
    assert_non_null(demo);
    press(demo->terminal, "\r", "From  postern");
    press(demo->terminal, "d", "Deleted 1 message");
    assert_true(terminal_wait_for(demo->terminal, "From  build@ci", WAIT_MS));
    press(demo->terminal, "u", "Taken back");
    leave(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_is_text_with_numbered_links_and_its_source_is_a_key_away),
        cmocka_unit_test(a_link_that_lies_is_flagged_and_shown_before_it_is_opened),
        cmocka_unit_test(an_attachment_is_saved_and_never_over_another_file_unasked),
        cmocka_unit_test(the_reader_moves_on_when_its_message_is_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
