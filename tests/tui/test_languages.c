/* SPDX-License-Identifier: MIT */
/* The screen in the language "xx", which has the widest of all translations of every text, in ⟦brackets⟧ (tests/po/make_longest): nothing is outside of
 * brackets but mail, names and keys, and no bracket is cut without an ellipsis. POSTERN_LANGUAGE=de prints the screens of that language instead. */
#include "tests/tui/demo.h"
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { WAIT_MS = 30000, QUIET_MS = 120, WORD_MIN = 3 };

static const struct place {
    const char *name, *keys, *back;
    bool has_names; /* of commands and options */
} places[] = {
    { "list", "", "", false },
    { "folders", "\027", "\033", false },
    { "reader", "<jj\r", "q", false },
    { "reader with all headers", "<jj\rh", "q", false },
    { "help", "?", "q", true },
    { "help of the reader", "<jj\r?", "qq", true },
    { "palette", ":", "\033", true },
    { "activity", "A", "q", false },
    { "outbox", "go", "q", false },
    { "folder picker", "<m", "\033", false },
    { "folder picker, all", "<m\033[B", "\033", false },
    { "filter", "</ada\r", "\033", false },
    { "tag prompt", "<t", "\033", false },
    { "order", "gjo", "\033gi", false },
    { "order, all", "gjo\033[B", "\033gi", false },
    { "composer", "cada@example.test\r\r\rGood news\rDear Ada,\r\033", "", false },
    { "question", "q", "t", false },
    { "settings", "g,", "q", true },
    { "putting off", "<Z", "\033", false },
    { "said", "\t<je", "u", false },
    { "keys", "gk", "q", true },
    { "rules", ":rules\r", "q", true },
};

/* Words that are the same in every language: names of keys, of formats, of options. */
static const char keys_and_names[] =
    "enter space escape esc tab backtab ctrl alt left right up down home end pgup pgdn delete insert backspace shift page mouse "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november "
    "december "
    "postern openpgp s/mime html vip imap smtp pop3 tls markdown utf-8 starttls oauth";

static char *mail, *names; /* what the demo's mail says; what commands and options are called */

static char *read_words(const char *const *files, const char *pattern, const char *more)
{
    GString *all = g_string_new(more);
    g_autoptr(GRegex) wanted = g_regex_new(pattern, 0, 0, NULL);
    for (; *files != NULL; files++) {
        g_autofree char *path = g_build_filename(TESTS_DIR, "..", *files, NULL), *text = NULL;
        g_autoptr(GMatchInfo) match = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            continue;
        for (g_regex_match(wanted, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
            g_autofree char *found = g_match_info_fetch(match, 0);
            g_string_append_printf(all, " %s", found);
        }
    }
    char *words = g_utf8_strdown(all->str, -1);
    g_string_free(all, TRUE);
    return words;
}

static int read_corpus(void **state)
{
    (void)state;
    mail = read_words((const char *const[]){ "core/demo_rows.c", "core/demo.c", NULL }, "\"[^\n]*\"", keys_and_names);
    names = read_words((const char *const[]){ "ui/commands.c", "config/options.c", "config/settings.c", NULL }, "\\{ \"[^\"]*\"",
                       "default auto true false");
    return 0;
}

static int free_corpus(void **state)
{
    (void)state;
    g_free(mail);
    g_free(names);
    return 0;
}

enum { OPEN = 0x27E6, CLOSE = 0x27E7, ELLIPSIS = 0x2026 };

struct reading {
    bool has_names;
    int depth;         /* of brackets */
    bool is_continued; /* the row begins within one that was opened above */
    GString *word;     /* the letters outside of brackets that came last */
};

static bool is_known(const struct reading *self)
{
    const char *word = self->word->str;
    return self->word->len < WORD_MIN || strstr(mail, word) != NULL || (self->has_names && strstr(names, word) != NULL);
}

/* What one sign does; NULL: nothing is wrong. */
static const char *read_sign(struct reading *self, gunichar c)
{
    if (self->depth == 0 && c < 128 && g_ascii_isalpha((char)c)) {
        g_string_append_c(self->word, g_ascii_tolower((char)c));
        return NULL;
    }
    if (!is_known(self))
        return "is not translated";
    g_string_truncate(self->word, 0);
    if (c == OPEN && self->is_continued)
        return "comes where another text is cut";
    if (c == OPEN || c == CLOSE || c == ELLIPSIS)
        self->is_continued = false;
    self->depth = c == OPEN ? self->depth + 1 : c == CLOSE ? MAX(self->depth - 1, 0) : c == ELLIPSIS ? 0 : self->depth;
    return NULL;
}

static char *row_fault(struct reading *self, const char *row)
{
    if (g_str_has_prefix(row, "\xe2\x94\x80")) /* below a line is another thing than above it, which may go on if one scrolls */
        self->depth = 0;
    self->is_continued = self->depth > 0;
    for (const char *at = row;; at = g_utf8_next_char(at)) {
        const char *fault = read_sign(self, *at != '\0' ? g_utf8_get_char(at) : ' ');
        if (fault != NULL)
            return g_strdup_printf("“%s” %s: %s", self->word->str, fault, row);
        if (*at == '\0')
            return NULL;
    }
}

/* The first thing that is wrong with a screen; NULL: all is well. */
static char *fault_of(const char *shown, bool has_names)
{
    g_auto(GStrv) rows = g_strsplit(shown, "\n", -1);
    g_autoptr(GString) word = g_string_new(NULL);
    struct reading reading = { .word = word, .has_names = has_names };
    char *fault = NULL;
    for (char **row = rows; fault == NULL && *row != NULL; row++)
        fault = row_fault(&reading, *row);
    return fault;
}

static void look(terminal *screen, const struct place *place, int rows, int columns)
{
    g_autofree char *shown = terminal_screen_text(screen),
                    *fault = g_getenv("POSTERN_LANGUAGE") == NULL ? fault_of(shown, place->has_names) : NULL;
    if (fault != NULL || g_getenv("POSTERN_LANGUAGE") != NULL)
        (void)fprintf(stderr, "=== %s, %dx%d\n%s\n", place->name, columns, rows, shown);
    if (fault != NULL)
        fail_msg("%s, %dx%d: %s", place->name, columns, rows, fault);
}

static void press(terminal *screen, const char *keys)
{
    for (const char *key = keys; *key != '\0'; key++) { /* Esc alone must not become the beginning of what follows */
        terminal_keys(screen, (char[]){ *key, '\0' });
        terminal_wait_idle(screen, *key == '\033' ? 300 : 40, 2000);
    }
    terminal_wait_idle(screen, QUIET_MS, 3000);
}

static void nothing_escapes_translation_and_nothing_is_cut(void **state)
{
    (void)state;
    const char *shown = g_getenv("POSTERN_LANGUAGE");
    g_autofree char *language = g_strdup_printf("LANG=%s.UTF-8", shown != NULL ? shown : "xx_XX");
    struct demo *demo = demo_start(POSTERN_PROGRAM, 24, 80);
    assert_non_null(demo);
    terminal_keys(demo->terminal, "\003");
    assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
    assert_true(demo_restart(demo, POSTERN_PROGRAM, 24, 80, (const char *const[]){ language, "VISUAL=", NULL }));
    assert_true(terminal_wait_for(demo->terminal, "Welcome", WAIT_MS));
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        press(demo->terminal, places[i].keys);
        look(demo->terminal, &places[i], 24, 80);
        terminal_resize(demo->terminal, 15, 60);
        terminal_wait_idle(demo->terminal, QUIET_MS, 3000);
        look(demo->terminal, &places[i], 15, 60);
        terminal_resize(demo->terminal, 24, 80);
        press(demo->terminal, places[i].back);
    }
    demo_free(demo);
}

/* In sixty columns, what had been out of line, broken within a hint, or called by two names. */
static const struct {
    const char *language, *keys, *back, *shown;
} lines[] = {
    { "ja", "<jj\r", "q", " 宛先   自分" },
    { "ar", "<jj\r", "q", " ﺦﻳﺭﺎﺘﻟﺍ (" },
    { "ar", "\027i", "q\033", "ﺡﻮﻤﺴﻤﻟﺍ       ءﻲﺷ ﻞﻛ" }, /* beside its name */
    { "zh_CN", "<jj\r", "q", "日 星期" },
    { "de", ":add-account\r", "\033", "  Ctrl-D nur umsehen mit Demokonto   Esc verlässt" },
    { "de", "\027jjj:folder-delete\r", "\033\033", "In Archiv sind" },
};

static void lines_are_as_a_native_would_have_them(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 15, 60);
    assert_non_null(demo);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        if (i == 0 || strcmp(lines[i].language, lines[i - 1].language) != 0) {
            g_autofree char *language = g_strdup_printf("LANG=%s.UTF-8", lines[i].language);
            terminal_keys(demo->terminal, "\003");
            assert_int_not_equal(terminal_wait_exit(demo->terminal, WAIT_MS), -1);
            assert_true(demo_restart(demo, POSTERN_PROGRAM, 15, 60, (const char *const[]){ language, "VISUAL=", NULL }));
            assert_true(terminal_wait_for(demo->terminal, "Welcome", WAIT_MS));
        }
        press(demo->terminal, lines[i].keys);
        if (!terminal_wait_for(demo->terminal, lines[i].shown, WAIT_MS)) {
            g_autofree char *shown = terminal_screen_text(demo->terminal);
            fail_msg("%s is not in\n%s", lines[i].shown, shown);
        }
        press(demo->terminal, lines[i].back);
    }
    demo_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_escapes_translation_and_nothing_is_cut),
        cmocka_unit_test(lines_are_as_a_native_would_have_them),
    };
    return cmocka_run_group_tests(tests, read_corpus, free_corpus);
}
