/* SPDX-License-Identifier: MIT */
/* What a person types to find mail: its meaning, its one spelling, and where it points when it is wrong. */
#include "core/query_language.h"
#include "core/store_message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#define NOW INT64_C(1763726400) /* 2025-11-21 12:00 UTC */

static char *meaning_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(query_node) root = query_language_parse(text, NOW, NULL, &error);
    return root != NULL ? query_language_write(root) : g_strdup_printf("! %s", error->message);
}

static void queries_are_read_as_people_mean_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *meaning;
    } cases[] = {
        { "", "in:anywhere" },
        { "   ", "in:anywhere" },
        { "ada", "ada" },
        { "ada lovelace", "ada lovelace" },
        { "\"ada lovelace\"", "\"ada lovelace\"" },
        { "eng*", "eng*" },
        { "from:ada is:unread", "from:ada -is:read" },
        { "FROM:ada Is:Read", "from:ada is:read" },
        { "-from:ada", "-from:ada" },
        { "--ada", "--ada" },
        { "NOT ada", "-ada" },
        { "ada AND grace", "ada grace" },
        { "ada OR grace alan", "ada OR (grace alan)" },
        { "(ada OR grace) alan", "(ada OR grace) alan" },
        { "((ada))", "ada" },
        { "a OR b OR c", "a OR b OR c" },
        { "(a b) (c d)", "a b c d" },
        { "from:(ada OR grace)", "from:ada OR from:grace" },
        { "is:(unread starred)", "-is:read is:flagged" },
        { "subject:\"the engine\"", "subject:\"the engine\"" },
        { "in:Work/Reports", "in:\"Work/Reports\"" },
        { "in:\"My folder\"", "in:\"My folder\"" },
        { "in:anywhere x", "in:anywhere x" },
        { "has:attachment -has:invitation", "has:attachment -has:invitation" },
        { "tag:work label:home", "tag:\"work\" tag:\"home\"" },
        { "larger:5M", "size:5242880.." },
        { "smaller:1.5k", "size:..1536" },
        { "size:1M..2M", "size:1048576..2097152" },
        { "newer:7d", "date:@1763121600.." },
        { "older:12h", "date:..@1763683200" },
        { "after:@5 before:@9", "date:@5.. date:..@9" },
        { "id:<a@b>", "id:\"a@b\"" },
        { "~f ada ~s \"the engine\"", "from:ada subject:\"the engine\"" },
        { "~N | ~F", "-is:read OR is:flagged" },
        { "!~U (~t bob | ~c bob)", "--is:read (to:bob OR cc:bob)" },
        { "! ~f ada", "-from:ada" },
        { "~A", "in:anywhere" },
        { "~L ada ~N", "with:ada -is:read" },
        { "~d <7d ~z >5M", "date:@1763121600.. size:5242880.." },
        { "~X ~l", "has:attachment is:list" },
        { "~/src", "~/src" },
        { "! ada", "ada" },
        { "10:30", "10:30" },
        { "http://example.test/x", "http://example.test/x" },
        { "Re: ada", "Re: ada" },
        { "or and not", "or and not" },
        { "& ada -", "ada" },
        { "ada (grace)", "ada grace" },
        { "会議 meeting", "会議 meeting" },
        { "\"\"", "in:anywhere" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *meaning = meaning_of(cases[i].text);
        if (strcmp(meaning, cases[i].meaning) != 0)
            fail_msg("%s means %s, wanted %s", cases[i].text, meaning, cases[i].meaning);
    }
}

static void days_are_those_of_the_persons_clock(void **state)
{
    (void)state;
    g_setenv("TZ", "UTC", TRUE);
    static const struct {
        const char *text, *meaning;
    } cases[] = {
        { "on:2025-11-03", "date:@1762128000..@1762214400" },
        { "after:2025/11/03", "date:@1762128000.." },
        { "before:2025-11", "date:..@1761955200" },
        { "on:2025-11", "date:@1761955200..@1764547200" },
        { "date:2025", "date:@1735689600..@1767225600" },
        { "date:2025-01..2025-02", "date:@1735689600..@1740787200" },
        { "on:today", "date:@1763683200..@1763769600" },
        { "before:yesterday", "date:..@1763596800" },
        { "newer:1y", "date:@1732190400.." },
        { "newer_than:1m", "date:@1761048000.." },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *meaning = meaning_of(cases[i].text);
        assert_string_equal(meaning, cases[i].meaning);
    }
}

static void errors_point_at_the_spot(void **state)
{
    (void)state;
    static const struct {
        const char *text, *spot;
        int code;
    } cases[] = {
        { "ada is:unred", "unred", QUERY_LANGUAGE_WRONG },
        { "froom:ada x", "froom:", QUERY_LANGUAGE_WRONG },
        { "ada )", ")", QUERY_LANGUAGE_WRONG },
        { "(ada", "(ada", QUERY_LANGUAGE_UNFINISHED },
        { "x \"ada", "\"ada", QUERY_LANGUAGE_UNFINISHED },
        { "ada OR", "OR", QUERY_LANGUAGE_UNFINISHED },
        { "from: ada", "from:", QUERY_LANGUAGE_WRONG },
        { "ada from:", "from:", QUERY_LANGUAGE_UNFINISHED },
        { "x before:2026-13 y", "2026-13", QUERY_LANGUAGE_WRONG },
        { "larger:five", "five", QUERY_LANGUAGE_WRONG },
        { "()", "()", QUERY_LANGUAGE_WRONG },
        { "has:(attachment cake)", "cake", QUERY_LANGUAGE_WRONG },
        { "ö is:ü", "ü", QUERY_LANGUAGE_WRONG },
        { "ada NOT", "NOT", QUERY_LANGUAGE_UNFINISHED },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        struct query_spot spot = { 0 };
        assert_null(query_language_parse(cases[i].text, NOW, &spot, &error));
        g_autofree char *part = g_strndup(cases[i].text + spot.start, spot.end - spot.start);
        if (strcmp(part, cases[i].spot) != 0 || error->code != cases[i].code)
            fail_msg("%s: \"%s\" (%s), wanted \"%s\"", cases[i].text, part, error->message, cases[i].spot);
    }
}

static void what_somebody_is_still_typing_is_no_error(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "from:(ada OR \"grace hopper\") -is:unread has:attachment before:2026-11-03 larger:5M in:inbox id:a@b",
        "tag:work OR (newer:7d NOT subject:\"the engine\")"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        for (size_t length = 0; length <= strlen(lines[i]); length++) {
            g_autofree char *typed = g_strndup(lines[i], length);
            g_autoptr(GError) error = NULL;
            g_autoptr(query_node) root = query_language_parse_typed(typed, NOW, NULL, &error);
            if (root == NULL)
                fail_msg("%s: %s", typed, error->message);
        }
    }
    assert_null(query_language_parse_typed("is:unred x", NOW, NULL, NULL));
    assert_null(query_language_parse_typed("froom:ada", NOW, NULL, NULL));
}

/* A random tree, written and read again, is the same tree. */
static char *random_query(GRand *random, int depth)
{
    static const char *const leaves[] = { "ada",          "from:ada",  "is:unread", "\"a b\"", "to:x*",          "larger:5M",
                                          "in:inbox",     "before:@7", "会議",      "tag:t",   "has:attachment", "cc:\"d e\"",
                                          "account:work", "newer:@3",  "id:x@y",    "body:ß" };
    int what = depth > 4 ? 0 : g_rand_int_range(random, 0, 5);
    if (what <= 1)
        return g_strdup(leaves[g_rand_int_range(random, 0, (gint32)G_N_ELEMENTS(leaves))]);
    g_autofree char *left = random_query(random, depth + 1), *right = random_query(random, depth + 1);
    return what == 2 ? g_strdup_printf("-(%s)", left) : g_strdup_printf(what == 3 ? "(%s %s)" : "(%s OR %s)", left, right);
}

static void what_is_written_is_read_as_the_same(void **state)
{
    (void)state;
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (int i = 0; i < 3000; i++) {
        g_autofree char *text = random_query(random, 0);
        g_autoptr(query_node) root = query_language_parse(text, NOW, NULL, NULL);
        assert_non_null(root);
        g_autofree char *written = query_language_write(root);
        g_autoptr(query_node) again = query_language_parse(written, NOW, NULL, NULL);
        if (again == NULL || !query_node_equal(root, again))
            fail_msg("%s was written %s", text, written);
    }
}

static void nothing_typed_is_too_deep_or_too_long(void **state)
{
    (void)state;
    GString *deep = g_string_new(NULL);
    for (int i = 0; i < 2000; i++)
        g_string_append(deep, i % 2 == 0 ? "(" : "-");
    assert_null(query_language_parse(deep->str, NOW, NULL, NULL));
    g_string_assign(deep, "");
    for (int i = 0; i < 1000; i++)
        g_string_append(deep, "a ");
    assert_null(query_language_parse(deep->str, NOW, NULL, NULL));
    g_string_append_len(deep, deep->str, 3000);
    assert_null(query_language_parse(deep->str, NOW, NULL, NULL));
    g_string_free(deep, TRUE);
    assert_null(query_language_parse("a\xff", NOW, NULL, NULL));
}

static void every_field_has_a_row_for_help(void **state)
{
    (void)state;
    size_t count = 0;
    const struct query_language_field *fields = query_language_fields(&count);
    assert_true(count > 15);
    for (size_t i = 0; i < count; i++)
        assert_true(*fields[i].name != '\0' && *fields[i].help != '\0');
}

static void what_may_follow_is_offered(void **state)
{
    (void)state;
    static const struct {
        const char *text, *first;
        guint count;
    } cases[] = {
        { "ada fr", "ada from:", 1 },
        { "ada (-sub", "ada (-subject:", 1 },
        { "is:unr", "is:unread ", 1 },
        { "x -IN:dra", "x -IN:drafts ", 2 },
        { "from:a", NULL, 0 },
        { "nofield:", NULL, 0 },
        { "has:attach", "has:attachment ", 2 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) found = query_language_complete(cases[i].text);
        assert_int_equal(found->len, cases[i].count);
        if (found->len > 0)
            assert_string_equal(g_ptr_array_index(found, 0), cases[i].first);
    }
    g_autoptr(GPtrArray) all = query_language_complete("");
    assert_true(all->len > 15);
}

static void the_examples_of_the_manual_are_read(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(TESTS_DIR, "..", "doc", "postern-search.7.in", NULL), *page = NULL;
    assert_true(g_file_get_contents(path, &page, NULL, NULL));
    const char *begin = strstr(page, ".SH EXAMPLES\n");
    assert_non_null(begin);
    g_auto(GStrv) lines = g_strsplit(begin, "\n", -1);
    for (char **line = lines + 1; *line != NULL && !g_str_has_prefix(*line, ".SH"); line++) {
        if (strcmp(*line, ".TP") != 0 || line[1] == NULL)
            continue;
        g_auto(GStrv) parts = g_strsplit(line[1], "\\-", -1);
        g_autofree char *query = g_strjoinv("-", parts);
        g_autoptr(GError) error = NULL;
        g_autoptr(query_node) root = query_language_parse(query, NOW, NULL, &error);
        if (root == NULL)
            fail_msg("%s: %s", query, error->message);
    }
}

int main(void)
{
    g_setenv("TZ", "UTC", TRUE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_are_read_as_people_mean_them),
        cmocka_unit_test(the_examples_of_the_manual_are_read),
        cmocka_unit_test(days_are_those_of_the_persons_clock),
        cmocka_unit_test(errors_point_at_the_spot),
        cmocka_unit_test(what_somebody_is_still_typing_is_no_error),
        cmocka_unit_test(what_is_written_is_read_as_the_same),
        cmocka_unit_test(nothing_typed_is_too_deep_or_too_long),
        cmocka_unit_test(every_field_has_a_row_for_help),
        cmocka_unit_test(what_may_follow_is_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
