/* SPDX-License-Identifier: MIT */
/* Every main screen as a picture, in two sizes: text and colours. POSTERN_SCREENS=write makes the pictures anew. */
#include "tests/tui/demo.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000 };

static const struct size {
    int rows, columns;
} sizes[] = { { 24, 80 }, { 50, 160 } };

/* The keys that lead from the list to a screen, what is there then, and how to leave it. */
static const struct place {
    const char *name, *keys, *wanted, *back;
} places[] = {
    { "list", "", "Welcome", "" },
    { "list-open-conversation", "<jj\033[C", "\xe2\x94\x94\xe2\x96\xb8 ", "\033[D" },
    { "list-marked", "< j ", "Welcome", "U" },
    { "folders", "\027", "Junk", "" },
    { "folders-filter", "\027/arc", "Show folders with", "\033" },
    { "folder-details", "\027i", "Kept here", "q" },
    { "reader", "<jj\r", "I attach the drawing", "q" },
    { "reader-headers", "<jj\rh", "Message-I", "q" },
    { "help", "?", "Keys in the message list", "q" },
    { "palette", ":", "letters search", "\033" },
    { "palette-search", ":arch", "letters search", "\033" },
    { "activity", "A", "Connections", "q" },
    { "folder-picker", "<m", "Down lists all", "\033" },
    { "folder-picker-all", "<m\033[B", "letters search", "\033" },
    { "filter", "</ada\r", "Notes on the analytical engine", "\033" },
    { "order", "gjo", "Order of this folder", "\033gi" },
    { "order-all", "gjo\033[B", "newest first", "\033gi" },
    { "prompt", "</ad", "Show messages with", "\033" },
    { "composer-fields", "cad", "Ada Lovelace", "\033\033qt" },
    { "composer", "cada@example.test\r\r\rGood news\rDear Ada,\r\r> quoted\r\rit runs!\033", "y send", "qt" },
    { "question", "cada@example.test\r\r\rGood news\033q", "It was not sent.", "t" },
    { "settings", "g,", "The screen", "q" },
    { "trash", "gt", "pipeline passed", "gi" },
};

static void compare(terminal *terminal, const char *name, const struct size *size)
{
    g_autofree char *file = g_strdup_printf("%s-%dx%d", name, size->columns, size->rows);
    g_autofree char *complaint = terminal_compare(terminal, file);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

static void keys_one_by_one(terminal *terminal, const char *keys)
{
    for (const char *key = keys; *key != '\0';) { /* Esc alone must not become the beginning of what follows */
        size_t length = g_str_has_prefix(key, "\033[") ? 3 : 1;
        g_autofree char *one = g_strndup(key, length);
        terminal_keys(terminal, one);
        terminal_wait_idle(terminal, *one == '\033' ? 400 : 60, 2000);
        key += length;
    }
}

static void visit(terminal *terminal, const struct place *place, const struct size *size)
{
    keys_one_by_one(terminal, place->keys);
    if (!terminal_wait_for(terminal, place->wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(terminal);
        print_error("%s: there is no \"%s\":\n%s\n", place->name, place->wanted, screen);
        fail();
    }
    compare(terminal, place->name, size);
}

/* A place on earth where it is noon: at night some of the demo's mail would be of yesterday, and the wider date leaves less room beside it. */
static char *noon(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_strdup_printf("TZ=NOON%+d", g_date_time_get_hour(now) - 12); /* POSIX: west of Greenwich is positive */
}

static void start_again(struct demo *demo, const struct size *size)
{
    g_autofree char *zone = noon();
    kill(terminal_pid(demo->terminal), SIGTERM);
    assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, size->rows, size->columns, (const char *const[]){ "VISUAL=", zone, NULL }));
    assert_true(terminal_wait_for(demo->terminal, "unread of 48", WAIT_MS));
    assert_true(terminal_wait_for(demo->terminal, "\xe2\x97\x8f online", WAIT_MS));
}

/* Each from a start of its own: nothing that was said before is in it. */
static void every_screen_looks_as_it_did(void **state)
{
    const struct size *size = *state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, size->rows, size->columns);
    assert_non_null(demo);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        start_again(demo, size);
        visit(demo->terminal, &places[i], size);
        keys_one_by_one(demo->terminal, places[i].back);
    }
    demo_free(demo);
}

static void the_wizard_looks_as_it_did(void **state)
{
    const struct size *size = *state;
    struct demo *demo = demo_start_wizard(POSTERN_PROGRAM, size->rows, size->columns);
    assert_non_null(demo);
    compare(demo->terminal, "wizard", size);
    terminal_keys(demo->terminal, "Ada Lovelace\tada");
    terminal_keys(demo->terminal, "\r");
    compare(demo->terminal, "wizard-bad-address", size);
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_screen_looks_as_it_did, (void *)(uintptr_t)&sizes[0]),
        cmocka_unit_test_prestate(every_screen_looks_as_it_did, (void *)(uintptr_t)&sizes[1]),
        cmocka_unit_test_prestate(the_wizard_looks_as_it_did, (void *)(uintptr_t)&sizes[0]),
        cmocka_unit_test_prestate(the_wizard_looks_as_it_did, (void *)(uintptr_t)&sizes[1]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
