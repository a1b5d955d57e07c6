/* SPDX-License-Identifier: MIT */
/* Links that a terminal opens itself: which terminals can, and what of an address may be written to them. */
#include "ui/hyperlink.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void only_terminals_that_are_known_for_it_get_links(void **state)
{
    (void)state;
    static const struct {
        struct hyperlink_terminal terminal;
        bool wanted;
    } samples[] = {
        { { .term = "xterm-kitty" }, true },
        { { .term = "foot-direct" }, true },
        { { .term = "xterm-256color" }, false },
        { { .term = "xterm-256color", .vte = "6800" }, true },
        { { .term = "xterm-256color", .vte = "4602" }, false },
        { { .term = "xterm-256color", .program = "iTerm.app" }, true },
        { { .term = "xterm-256color", .konsole = "220401" }, true },
        { { .term = "tmux-256color", .program = "tmux", .version = "3.3a" }, false },
        { { .term = "tmux-256color", .program = "tmux", .version = "3.4" }, true },
        { { .term = "screen-256color", .vte = "6800" }, false },
        { { .term = "linux" }, false },
        { { .term = NULL }, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        if (hyperlink_is_understood(&samples[i].terminal) != samples[i].wanted)
            fail_msg("sample %zu", i);
}

static void an_address_cannot_end_the_sequence_it_stands_in(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        { "https://a.test/x?y=1&z#f", "https://a.test/x?y=1&z#f" },
        { "HTTP://a.test/", "HTTP://a.test/" },
        { "mailto:ada@x.test", "mailto:ada@x.test" },
        { "https://a.test/\033]8;;\a\033\\x", "https://a.test/%1B]8;;%07%1B%5Cx" },
        { "https://a.test/\302\234\303\244 b", "https://a.test/%C2%9C%C3%A4%20b" },
        { "file:///etc/passwd", NULL },
        { "javascript:alert(1)", NULL },
        { "x-evil://a", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *safe = hyperlink_address(samples[i][0]);
        if (g_strcmp0(safe, samples[i][1]) != 0)
            fail_msg("%s -> %s", samples[i][0], safe != NULL ? safe : "NULL");
    }
    g_autofree char *tail = g_strnfill(4000, 'a'), *url = g_strconcat("https://", tail, NULL), *safe = hyperlink_address(url);
    assert_null(safe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_terminals_that_are_known_for_it_get_links),
        cmocka_unit_test(an_address_cannot_end_the_sequence_it_stands_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
