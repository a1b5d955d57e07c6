/* SPDX-License-Identifier: MIT */
/* The sequences that make a terminal show a notification, or a name. */
#include "ui/news.h"
#include "ui/title.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void each_terminal_gets_what_it_knows(void **state)
{
    (void)state;
    g_autofree char *kitty = news_sequence("xterm-kitty", false, "Ada", "Notes; more"),
                    *vte = news_sequence("xterm-256color", true, "A;B", "C");
    g_autofree char *console = news_sequence("linux", false, "A", "B"), *none = news_sequence(NULL, false, "A", "B");
    assert_string_equal(kitty, "\033]9;postern: Ada: Notes; more\033\\");
    assert_string_equal(vte, "\033]777;notify;A,B;C\033\\");
    assert_null(console);
    assert_null(none);
}

static void a_folders_name_cannot_leave_the_title(void **state)
{
    (void)state;
    g_autofree char *evil = title_sequence("xterm-256color", "In\033]0;box\007 \xe2\x80\xae x"), *none = title_sequence("linux", "Inbox"),
                    *old = title_sequence(NULL, "Inbox");
    assert_string_equal(evil, "\033]2;In ]0;box x\033\\");
    assert_null(none);
    assert_null(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_terminal_gets_what_it_knows),
                                        cmocka_unit_test(a_folders_name_cannot_leave_the_title) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
