/* SPDX-License-Identifier: MIT */
/* The words that may be on the screen in a language: those of its catalogue, of the demo mail, of commands and options. */
#pragma once
#include "tests/tui/terminal.h"
#include <glib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static inline bool is_of_word(gunichar sign)
{
    return g_unichar_isalpha(sign) || g_unichar_ismark(sign) || sign == 0x2019;
}

static inline void add_words(GHashTable *words, const char *text)
{
    const char *begin = NULL;
    for (const char *at = text;; at = g_utf8_next_char(at)) {
        bool is_inside = *at != '\0' && is_of_word(g_utf8_get_char(at));
        if (is_inside && begin == NULL)
            begin = at;
        if (!is_inside && begin != NULL) {
            g_autofree char *word = g_strndup(begin, (gsize)(at - begin));
            g_hash_table_add(words, terminal_word(word));
            begin = NULL;
        }
        if (*at == '\0')
            return;
    }
}

/* The letter of an answer may stand within a word: "Um&benennen". */
static inline void add_marked(GHashTable *words, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "&", -1);
    g_autofree char *whole = g_strjoinv("", parts);
    add_words(words, text);
    add_words(words, whole);
}

static inline uint32_t number_at(const char *data, size_t at)
{
    uint32_t number = 0;
    memcpy(&number, data + at, sizeof number);
    return number;
}

/* The texts of a catalogue: what the program may say in its language; into ids go what they are of, but those that are in it already are left out
 * (English stands for what is not translated yet). Lengths are the build's own. */
static inline bool add_catalogue(GHashTable *words, const char *language, GHashTable *ids)
{
    g_autofree char *folder = g_path_get_dirname(POSTERN_PROGRAM);
    bool is_english = strcmp(language, "en") == 0;
    g_autofree char *path = is_english ? g_build_filename(folder, "po", "english.mo", NULL)
                                       : g_build_filename(folder, "po", language, "LC_MESSAGES", "postern.mo", NULL);
    g_autofree char *data = NULL;
    size_t length = 0;
    if (!g_file_get_contents(path, &data, &length, NULL) || length < 28)
        return false;
    for (uint32_t i = 0, count = number_at(data, 8); i < count; i++) {
        const char *id = data + number_at(data, number_at(data, 12) + 8 * i + 4),
                   *text = data + number_at(data, number_at(data, 16) + 8 * i + 4);
        uint32_t size = number_at(data, number_at(data, 16) + 8 * i);
        if (!g_hash_table_add(ids, g_strdup(id)))
            continue;
        for (uint32_t at = 0; at < size; at += (uint32_t)strlen(text + at) + 1) /* plurals */
            if (*id != '\0')
                add_marked(words, text + at);
    }
    return true;
}

static inline void add_literals(GHashTable *words, const char *file)
{
    g_autofree char *path = g_build_filename(TESTS_DIR, "..", file, NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) parts = g_strsplit(text, "\\n", -1); /* an escape is no letter */
    g_autofree char *whole = g_strjoinv(" ", parts);
    add_words(words, whole);
}

/* Caller frees. */
static inline GHashTable *words_of(const char *language)
{
    static const char *const sources[] = { "core/demo_rows.c",  "core/demo.c",    "ui/commands.c",       "config/options.c",
                                           "config/settings.c", "ui/keystroke.c", "config/providers.ini" };
    GHashTable *words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        add_literals(words, sources[i]);
    add_words(
        words,
        "Good news Dear Ada backspace pgup pgdn monday tuesday wednesday thursday friday saturday sunday january february march april "
        "june july august september october november december postern tui https OpenPGP XDG_CONFIG_HOME arch qqqq CHANGELOG CMakeLists "
        "CMakePresets CONTRIBUTING README LICENSE");
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_there = add_catalogue(words, language, ids) && (strcmp(language, "en") == 0 || add_catalogue(words, "en", ids));
    assert_true(is_there);
    return words;
}
