/* SPDX-License-Identifier: MIT */
/* Every language, theme, size and kind of terminal: each screen keeps what all screens must have (terminal_fault), says the same on every terminal, and
 * those that seldom change look in eighty columns as they did (tests/tui/looks: the texts once for a language, how they look once for each theme). A few
 * of all combinations each time, so that every value is met; POSTERN_LOOKS=all walks all of them (POSTERN_LOOKS=de those of a language), on the
 * program POSTERN_LOOKS_PROGRAM if that is set, and goes on behind a fault; POSTERN_LOOKS_PLACE=help only one screen. POSTERN_SCREENS=write makes the
 * pictures anew. */
#include "tests/remove_tree.h"
#include "tests/tui/demo.h"
#include "tests/tui/looks_words.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum {
    WAIT_MS = 15000,
    SETTLE_MS = 15000,
    QUIET_MS = 50,
    KEPT_ROWS = 24,
    KEPT_COLUMNS = 80,
    DATE_COLUMNS = 14,
    PLACES_A_TIME = 2,
    FIRST_THAT_LEADS_ON = 8, /* of the places */
    SWEEP_QUIET_MS = 15,
    SWEEP_SETTLE_MS = 1200,
    SWEEP_ESCAPE_MS = 60
};

static const char *const languages[] = { "en", "de", "fr", "es", "pt_BR", "it", "pl", "ru", "ja", "zh_CN", "ar" };
static const struct {
    const char *name;
    double contrast;
    bool is_light;
} themes[] = {
    { "default", 3, false }, { "dark", 3, false }, { "light", 3, true }, { "high-contrast", 4.5, false }, { "mono", 4.5, false }
};
static const struct {
    const char *name;
    bool is_console;
} terms[] = { { "xterm-256color", false }, { "screen-256color", false }, { "tmux-256color", false }, { "linux", true },
              { "vt100", false },          { "xterm", false },           { "postern-16", false },    { "postern-direct", false } };
static const struct {
    int rows, columns;
} sizes[] = { { 24, 80 }, { 15, 60 }, { 40, 120 }, { 50, 160 }, { 80, 250 } };

/* The keys that lead from the list to a screen, and back. */
static const struct place {
    const char *name, *keys, *back;
    bool is_kept, passes; /* kept as a picture; it tells of what was done, so that it says other things the next time */
} places[] = {
    { "list", "", "", true, false },
    { "folders", "\027", "\033", true, false },
    { "reader", "<jj\r", "q", false, false },
    { "help", "?", "q", false, false },
    { "palette", ":", "\033", false, false },
    { "settings", "g,", "q", false, true },
    { "activity", "A", "q", false, true },
    { "rules", ":rules\r", "q", false, false },
    { "conversation", "<jj\033[C", "\033[D", false, false },
    { "marks", "< j ", "U", false, false },
    { "folder picker", "<m", "\033", false, false },
    { "folder picker, all", "<m\033[B", "\033", false, false },
    { "folder details", "\027i", "q\033", false, true },
    { "filter of folders", "\027/arc", "\033\033", false, false },
    { "filter prompt", "</ad", "\033", false, false },
    { "nothing found", "</qqqq\r", "\033", false, false },
    { "search", "g/from:ada", "\033", false, false },
    { "wrong search", "g/from:(ada", "\033", false, false },
    { "found", "g/from:ada\r", "q", false, false },
    { "order", "gjo", "\033gi", false, false },
    { "order, all", "gjo\033[B", "\033gi", false, true }, /* in a narrow terminal it is all at once */
    { "trash", "gt", "gi", false, false },
    { "outbox", "go", "q", false, false },
    { "all inboxes", "gA", "gi", false, false },
    { "people", "gp", "\033", false, false },
    { "open messages", "gc", "", false, true },
    { "keys", "gk", "q", false, false },
    { "palette search", ":arch", "\033", false, true },
    { "tag prompt", "<t", "\033", false, true },
    { "putting off", "<W", "\033", false, true },
    { "headers", "<jj\rh", "q", false, true },
    { "help of the reader", "<jj\r?", "qq", false, false },
    { "link prompt", "<jj\rl", "\033q", false, false },
    { "save prompt", "<jj\rs", "\033q", false, true },
    { "newsletter", "/tabs, spaces\r\r", "q\033", false, true },
    { "source", "/tabs, spaces\r\rH", "q\033", false, true },
    { "false link", "/confirm your\r\r", "q\033", false, true },
    { "right to left", "/layla\r\r", "q\033", false, true },
    { "report", "/undelivered\r\r", "q\033", false, true },
    { "forwarded", "/finches\r\r", "q\033", false, true },
    { "invitation", "/invitation: compiler\r\r", "q\033", false, true },
    { "answering an invitation", "/invitation: compiler\r\ri", "\033q\033", false, true },
    { "setting", "g,\r", "\033q", false, true },
    { "new folder", ":folder-create\r", "\033", false, false },
    { "deleting a folder", "\027jjj:folder-delete\r", "\033\033", false, true },
    { "unknown command", ":qqqq\r", "\033", false, false },
    { "check", ":check\r", "q", false, true },
    { "new rule", ":rules\ra", "\033q", false, false },
    { "line of the shell", "!", "\033", false, false },
    { "said", "<t+work\r", "u", false, true },
    { "composer", "cada@example.test\r\r\rGood news\rDear Ada,\r\033", "qt", false, true },
    { "fields", "cad", "\033\033qt", false, true },
    { "help of the composer", "c\033?", "qq", false, true },
    { "file chooser", "c\033A", "\033q", false, true },
    { "attach prompt", "c\033a", "\033q", false, true },
    { "sending later", "cada@example.test\r\r\rGood news\rI attach it.\033L", "\033qt", false, true },
    { "before sending", "cada@example.test\r\r\r\rI attach it.\033y", "\033qt", false, true },
    { "no address", "c\r\r\rGood news\r\033y", "\033qt", false, true },
    { "palette of the composer", "c\033:", "\033q", false, true },
    { "answer", "<jjr\033", "q", false, true },
    { "question", "cada@example.test\r\r\rGood news\033q", "t", false, true },
    { "wizard", ":add-account\r", "\033", false, false },
    { "wizard's complaint", ":add-account\rAda Lovelace\tada\r", "\033", false, false },
};

/* --- one look --- */
/* All combinations, the faults told and gone on behind: waits are short then. */
static bool is_sweep(void)
{
    return g_getenv("POSTERN_LOOKS") != NULL;
}

static int quiet_ms(void)
{
    return is_sweep() ? SWEEP_QUIET_MS : QUIET_MS;
}

static size_t looks_compared;

struct walk {
    struct demo *demo;
    const char *program;
    size_t language, theme, term;
    GHashTable *words;
    char *fresh; /* in which the demo is as it was made: each way of a sweep begins with a copy of it */
    char *shown[G_N_ELEMENTS(places)][G_N_ELEMENTS(sizes)]; /* of this language, on the first terminal that was walked; NULL: not yet */
};

static void fail_at(const struct walk *self, const struct place *place, size_t size, const char *complaint)
{
    g_autofree char *screen = terminal_screen_text(self->demo->terminal);
    (void)fprintf(stderr, "%s, %s, %s on %s, %dx%d: %s\n%s\n", place->name, languages[self->language], themes[self->theme].name,
                  terms[self->term].name, sizes[size].columns, sizes[size].rows, complaint, screen);
    if (!is_sweep())
        fail();
}

/* Without what stands last behind two blanks, and what is in brackets: dates and times pass. Numbers are a sign. */
static void add_timeless(GString *text, const char *row)
{
    const char *end = row + strlen(row), *last = g_strrstr(row, "  ");
    int depth = 0;
    for (const char *at = row; at < (last != NULL ? last : end); at++) {
        bool is_digit = g_ascii_isdigit(*at), is_repeated = is_digit && text->len > 0 && text->str[text->len - 1] == '#';
        depth += *at == '(' ? 1 : 0;
        if (depth == 0 && !is_repeated)
            g_string_append_c(text, is_digit ? '#' : *at);
        depth -= *at == ')' && depth > 0 ? 1 : 0;
    }
    while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    g_string_append_c(text, '\n');
}

static char *timeless(terminal *screen)
{
    g_autofree char *shown = terminal_screen_text(screen);
    g_auto(GStrv) rows = g_strsplit(shown, "\n", -1);
    GString *text = g_string_new(NULL);
    for (char **row = rows; *row != NULL; row++)
        add_timeless(text, *row);
    return g_string_free(text, FALSE);
}

static char *difference(const char *before, const char *now)
{
    g_auto(GStrv) old = g_strsplit(before, "\n", -1), new = g_strsplit(now, "\n", -1);
    for (size_t row = 0; old[row] != NULL && new[row] != NULL; row++)
        if (strcmp(old[row], new[row]) != 0)
            return g_strdup_printf("row %zu is\n%s\nand was on another terminal\n%s", row, new[row], old[row]);
    return NULL;
}

static char *fault_now(struct walk *self, size_t place, size_t size)
{
    struct terminal_wishes wishes = { themes[self->theme].contrast, themes[self->theme].is_light, terms[self->term].is_console,
                                      self->words };
    char *fault = terminal_fault(self->demo->terminal, &wishes), **known = &self->shown[place][size];
    g_autofree char *shown = fault == NULL ? timeless(self->demo->terminal) : NULL;
    if (fault == NULL && *known != NULL && !places[place].passes)
        fault = difference(*known, shown);
    return fault;
}

static void look(struct walk *self, size_t place, size_t size)
{
    terminal *screen = self->demo->terminal;
    int64_t until = g_get_monotonic_time() + (is_sweep() ? SWEEP_SETTLE_MS : SETTLE_MS) * 1000LL; /* a busy machine draws late */
    terminal_wait_idle(screen, quiet_ms(), 2000);
    looks_compared++;
    g_autofree char *fault = fault_now(self, place, size);
    while (fault != NULL && g_get_monotonic_time() < until) {
        g_clear_pointer(&fault, g_free);
        terminal_read(screen, 100);
        fault = fault_now(self, place, size);
    }
    if (fault != NULL)
        fail_at(self, &places[place], size, fault);
    else if (self->shown[place][size] == NULL)
        self->shown[place][size] = timeless(screen);
}

static void press(terminal *screen, const char *keys)
{
    while (*keys != '\0') { /* Esc alone must not become the beginning of what follows */
        bool is_arrow = keys[0] == '\033' && keys[1] == '[';
        size_t length = is_arrow ? 3 : *keys == '\033' ? 1 : MIN(strcspn(keys, "\033"), strcspn(keys, "\r") + 1);
        length = MIN(length, strlen(keys));
        g_autofree char *some = g_strndup(keys, length);
        terminal_keys(screen, some);
        terminal_wait_idle(screen, length > 1 || *some != '\033' ? quiet_ms() : is_sweep() ? SWEEP_ESCAPE_MS : 300, 2000);
        keys += length;
    }
}

static char *picture_of(terminal *screen)
{
    g_autofree char *text = terminal_screen_text(screen), *looks = terminal_looks(screen, 0);
    return g_strconcat(text, looks, NULL);
}

/* Presses keys and waits until the screen is another one than before. */
static void go(terminal *screen, const char *keys)
{
    g_autofree char *before = picture_of(screen);
    press(screen, keys);
    int64_t until = g_get_monotonic_time() + (is_sweep() ? SWEEP_SETTLE_MS : WAIT_MS) * 1000LL;
    while (*keys != '\0' && g_get_monotonic_time() < until) {
        g_autofree char *now = picture_of(screen);
        if (strcmp(before, now) != 0)
            break;
        terminal_read(screen, quiet_ms());
    }
    terminal_wait_idle(screen, quiet_ms(), 2000);
}

/* --- terminals that a bare Debian does not have --- */
static const char more_terminals[] =
    "postern-16|xterm with sixteen colours,use=xterm,colors#16,pairs#256,"
    "setaf=\\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,setab=\\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm,\n"
    "postern-direct|xterm with all colours,use=xterm,colors#0x1000000,pairs#0x10000,RGB,CO#8,"
    "setaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,"
    "setab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,\n";

static void compile_terminals(const char *home)
{
    g_autofree char *source = g_build_filename(home, "more.ti", NULL), *into = g_build_filename(home, ".terminfo", NULL);
    const char *const line[] = { "tic", "-x", "-o", into, source, NULL };
    if (g_file_set_contents(source, more_terminals, -1, NULL))
        g_spawn_sync(NULL, (char **)(uintptr_t)line, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, NULL,
                     NULL);
}

/* --- a walk --- */
/* A time zone in which it is noon: dates of hours ago are times of day then, whenever the test runs. */
static char *noon(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_strdup_printf("TZ=NOON%+d", g_date_time_get_hour(now) - 12); /* POSIX: west of Greenwich is positive */
}

static void run(const char *const *line)
{
    int status = 1;
    bool is_run = g_spawn_sync(NULL, (char **)(uintptr_t)line, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL);
    assert_true(is_run && status == 0);
}

/* The folders of the program in a home; what else is there (terminals) stays. */
static void copy_home(const char *from, const char *to)
{
    static const char *const parts[] = { "config", "data", "cache" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *source = g_build_filename(from, parts[i], NULL), *target = g_build_filename(to, parts[i], NULL);
        remove_tree(target);
        if (g_file_test(source, G_FILE_TEST_IS_DIR))
            run((const char *const[]){ "cp", "-a", source, target, NULL });
    }
}

static void end_program(struct walk *self)
{
    kill(terminal_pid(self->demo->terminal), SIGTERM);
    assert_int_not_equal(terminal_wait_exit(self->demo->terminal, WAIT_MS), -1);
}

static bool wait_online(terminal *screen)
{
    int64_t until = g_get_monotonic_time() + WAIT_MS * 1000LL;
    for (;;) {
        g_autofree char *head = terminal_row(screen, 0);
        if (strstr(head, "\xe2\x97\x8f") != NULL)
            return true;
        if (g_get_monotonic_time() > until) {
            g_autofree char *shown = terminal_screen_text(screen);
            (void)fprintf(stderr, "not online:\n%s\n", shown);
            return false;
        }
        terminal_read(screen, 20);
    }
}

static void start(struct walk *self, size_t size)
{
    g_autofree char *file = g_build_filename(self->demo->home, "config", "postern", "postern.conf", NULL);
    g_autofree char *settings = g_strdup_printf("[postern]\ntheme = %s\nmark-read-delay = -1\n", themes[self->theme].name);
    g_autofree char *kind = g_strconcat("TERM=", terms[self->term].name, NULL), *zone = noon(),
                    *language =
                        g_strdup_printf("LANG=%s.UTF-8", strcmp(languages[self->language], "en") == 0 ? "C" : languages[self->language]);
    end_program(self);
    if (self->fresh != NULL)
        copy_home(self->fresh, self->demo->home);
    assert_true(g_file_set_contents(file, settings, -1, NULL));
    assert_true(demo_restart(self->demo, self->program, sizes[size].rows, sizes[size].columns,
                             (const char *const[]){ kind, language, zone, "VISUAL=", NULL }));
    assert_true(terminal_wait_for(self->demo->terminal, "Welcome", WAIT_MS));
    assert_true(wait_online(self->demo->terminal)); /* nothing is said any more */
    press(self->demo->terminal, "<");
    terminal_wait_idle(self->demo->terminal, is_sweep() ? 60 : 150, 3000);
}

static void take_language(struct walk *self, size_t language)
{
    self->language = language;
    g_clear_pointer(&self->words, g_hash_table_unref);
    self->words = words_of(languages[language]);
    assert_non_null(self->words);
    add_words(self->words, self->demo->home); /* is named by checks */
    for (size_t i = 0; i < G_N_ELEMENTS(places) * G_N_ELEMENTS(sizes); i++)
        g_clear_pointer(&self->shown[i / G_N_ELEMENTS(sizes)][i % G_N_ELEMENTS(sizes)], g_free);
}

static void resize(struct walk *self, size_t size)
{
    terminal_resize(self->demo->terminal, sizes[size].rows, sizes[size].columns);
    terminal_read(self->demo->terminal, 10);
    terminal_wait_idle(self->demo->terminal, quiet_ms(), 2000);
}

static const char *wanted_place(void)
{
    const char *name = g_getenv("POSTERN_LOOKS_PLACE");
    return name != NULL ? name : "";
}

/* By which the list is known again. */
static char *head_and_first(terminal *screen)
{
    GString *text = g_string_new(NULL);
    for (int row = 0; row <= 2; row += 2) {
        g_autofree char *line = terminal_row(screen, row);
        add_timeless(text, line);
    }
    return g_string_free(text, FALSE);
}

/* Every screen in every size; the first of them is the one it began with. */
static void walk_all_sizes(struct walk *self, size_t first)
{
    start(self, first);
    g_autofree char *home = head_and_first(self->demo->terminal);
    for (size_t place = 0; place < G_N_ELEMENTS(places); place++) {
        if (*wanted_place() != '\0' && strcmp(wanted_place(), places[place].name) != 0)
            continue;
        go(self->demo->terminal, places[place].keys);
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            size_t size = (first + i) % G_N_ELEMENTS(sizes);
            if (i > 0)
                resize(self, size);
            look(self, place, size);
        }
        resize(self, first);
        go(self->demo->terminal, places[place].back);
        press(self->demo->terminal, "<");
        g_autofree char *now = head_and_first(self->demo->terminal);
        if (strcmp(now, home) == 0)
            continue;
        fail_at(self, &places[place], first, home);
        start(self, first);
    }
}

static void walk_all(struct walk *self, const char *wanted)
{
    for (size_t language = 0; language < G_N_ELEMENTS(languages); language++) {
        if (strcmp(wanted, "all") != 0 && strcmp(wanted, languages[language]) != 0)
            continue;
        take_language(self, language);
        for (size_t i = 0; i < G_N_ELEMENTS(themes) * G_N_ELEMENTS(terms); i++) {
            self->theme = i % G_N_ELEMENTS(themes); /* 5 and 8 have no common divisor: every pair comes once */
            self->term = i % G_N_ELEMENTS(terms);
            walk_all_sizes(self, i % G_N_ELEMENTS(sizes));
        }
    }
}

/* --- pictures --- */
/* What is kept of a language: "=== PLACE" and its rows, then "--- THEME PLACE NUMBER" for how each looks. */
static char *picture_path(size_t language)
{
    return g_strdup_printf("%s/looks/%s.looks", TEST_DATA_DIR, languages[language]);
}

/* Dates stand at the right of the list, and pass. */
static char *kept_text(const struct walk *self, const struct place *place)
{
    bool is_list = strcmp(place->name, "list") == 0;
    GString *text = g_string_new(NULL);
    for (int row = 0; row < KEPT_ROWS; row++) {
        g_autofree char *line =
            terminal_row_left(self->demo->terminal, row, is_list && row > 1 ? KEPT_COLUMNS - DATE_COLUMNS : KEPT_COLUMNS);
        g_string_append_printf(text, "%s\n", line);
    }
    return g_string_free(text, FALSE);
}

static char *kept_looks(const struct walk *self, const struct place *place)
{
    return terminal_looks(self->demo->terminal, strcmp(place->name, "list") == 0 ? KEPT_COLUMNS - DATE_COLUMNS : 0);
}

static char *picture_section(const char *file, const char *name)
{
    g_autofree char *head = g_strdup_printf("=== %s\n", name);
    const char *begin = strstr(file, head), *end = NULL;
    if (begin == NULL)
        return NULL;
    begin += strlen(head);
    end = strstr(begin, "=== ");
    if (end == NULL || (strstr(begin, "--- ") != NULL && strstr(begin, "--- ") < end))
        end = strstr(begin, "--- ");
    return end != NULL ? g_strndup(begin, (gsize)(end - begin)) : g_strdup(begin);
}

static char *picture_fault(const struct walk *self, const struct place *place, const char *file)
{
    g_autofree char *wanted = picture_section(file, place->name), *text = kept_text(self, place), *looks = kept_looks(self, place);
    g_autofree char *line = g_strdup_printf("--- %s %s %s\n", themes[self->theme].name, place->name, looks);
    if (wanted == NULL || strcmp(wanted, text) != 0) {
        g_autofree char *first = wanted != NULL ? difference(wanted, text) : NULL;
        return g_strdup_printf("another text than the picture's (POSTERN_SCREENS=write accepts it): %s",
                               first != NULL ? first : "no picture");
    }
    bool is_looked_at = strstr(terms[self->term].name, "256color") != NULL; /* others have other colours */
    return !is_looked_at || strstr(file, line) != NULL ? NULL
                                                       : g_strdup("other colours than the picture's (POSTERN_SCREENS=write accepts them)");
}

static void compare(struct walk *self, const struct place *place)
{
    g_autofree char *path = picture_path(self->language), *file = NULL;
    assert_true(g_file_get_contents(path, &file, NULL, NULL));
    int64_t until = g_get_monotonic_time() + SETTLE_MS * 1000LL;
    g_autofree char *fault = picture_fault(self, place, file);
    while (fault != NULL && g_get_monotonic_time() < until) {
        g_clear_pointer(&fault, g_free);
        terminal_read(self->demo->terminal, 100);
        fault = picture_fault(self, place, file);
    }
    if (fault != NULL)
        fail_at(self, place, 0, fault);
}

/* The kept screens in eighty columns, given to what is done with each. */
static void visit_kept(struct walk *self, void (*done)(struct walk *self, const struct place *place))
{
    for (size_t place = 0; place < G_N_ELEMENTS(places); place++) {
        if (!places[place].is_kept)
            continue;
        go(self->demo->terminal, places[place].keys);
        terminal_wait_idle(self->demo->terminal, QUIET_MS, 2000);
        done(self, &places[place]);
        go(self->demo->terminal, places[place].back);
    }
}

static GString *texts_written, *looks_written;

static void write_down(struct walk *self, const struct place *place)
{
    terminal_wait_idle(self->demo->terminal, 200, 2000);
    g_autofree char *text = kept_text(self, place), *looks = kept_looks(self, place);
    if (self->theme == 0)
        g_string_append_printf(texts_written, "=== %s\n%s", place->name, text);
    g_string_append_printf(looks_written, "--- %s %s %s\n", themes[self->theme].name, place->name, looks);
}

static void write_pictures(struct walk *self)
{
    for (size_t language = 0; language < G_N_ELEMENTS(languages); language++) {
        g_autofree char *path = picture_path(language);
        texts_written = g_string_new(NULL);
        looks_written = g_string_new(NULL);
        take_language(self, language);
        for (self->theme = 0; self->theme < G_N_ELEMENTS(themes); self->theme++) {
            start(self, 0);
            visit_kept(self, write_down);
        }
        g_string_append(texts_written, looks_written->str);
        assert_true(g_file_set_contents(path, texts_written->str, -1, NULL));
        g_string_free(texts_written, TRUE);
        g_string_free(looks_written, TRUE);
    }
}

/* Each language once; themes, terminals, sizes and screens take turns beside it, so that all of them are met. */
static void walk_some(struct walk *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        take_language(self, i);
        self->theme = i % G_N_ELEMENTS(themes);
        self->term = i % G_N_ELEMENTS(terms);
        start(self, 0);
        for (size_t k = 0; k < PLACES_A_TIME; k++) {
            size_t place = (i + k * 2) % FIRST_THAT_LEADS_ON, size = (i + k) % G_N_ELEMENTS(sizes);
            resize(self, size);
            go(self->demo->terminal, places[place].keys);
            look(self, place, size);
            go(self->demo->terminal, places[place].back);
        }
        resize(self, 0);
        press(self->demo->terminal, "<");
        visit_kept(self, compare);
    }
}

static void every_language_and_theme_looks_right_everywhere(void **state)
{
    (void)state;
    const char *wanted = g_getenv("POSTERN_LOOKS"), *program = g_getenv("POSTERN_LOOKS_PROGRAM");
    struct walk walk = { .program = program != NULL ? program : POSTERN_PROGRAM };
    walk.demo = demo_start(walk.program, 24, 80);
    assert_non_null(walk.demo);
    compile_terminals(walk.demo->home);
    if (is_sweep()) {
        end_program(&walk);
        walk.fresh = g_strconcat(walk.demo->home, "/fresh", NULL);
        run((const char *const[]){ "mkdir", walk.fresh, NULL });
        copy_home(walk.demo->home, walk.fresh);
    }
    if (g_strcmp0(g_getenv("POSTERN_SCREENS"), "write") == 0)
        write_pictures(&walk);
    else if (wanted != NULL)
        walk_all(&walk, wanted);
    else
        walk_some(&walk);
    g_free(walk.fresh);
    if (is_sweep())
        print_message("%zu pictures\n", looks_compared);
    for (size_t i = 0; i < G_N_ELEMENTS(places) * G_N_ELEMENTS(sizes); i++)
        g_free(walk.shown[i / G_N_ELEMENTS(sizes)][i % G_N_ELEMENTS(sizes)]);
    g_hash_table_unref(walk.words);
    demo_free(walk.demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_language_and_theme_looks_right_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
