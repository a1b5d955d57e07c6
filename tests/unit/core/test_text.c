/* SPDX-License-Identifier: MIT */
/* Plain text as the reader shows it: quotes, flowed paragraphs, signatures, links. */
#include "core/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void assert_flows(const char *text, bool is_delsp, const char *expected)
{
    g_autoptr(text) flowed = text_from_plain(text, true, is_delsp);
    g_autofree char *plain = text_plain(flowed);
    assert_string_equal(plain, expected);
}

static void assert_links(const char *text, const char *url)
{
    g_autoptr(text) plain = text_from_plain(text, false, false);
    assert_int_equal(plain->links->len, 1);
    assert_string_equal(((struct text_link *)g_ptr_array_index(plain->links, 0))->url, url);
}

static const struct text_line *line_at(const struct text *text, guint index)
{
    assert_true(index < text->lines->len);
    return g_ptr_array_index(text->lines, index);
}

static void flowed_lines_become_paragraphs(void **state)
{
    (void)state;
    assert_flows("one \ntwo\nthree\n", false, "one two\nthree\n");
    assert_flows("ab \ncd\n", true, "abcd\n");
    assert_flows(" From me\n", false, "From me\n");
    assert_flows("> a \n> b\n>> c\nd\n", false, "> a b\n>> c\nd\n");
    assert_flows("words \n-- \nAda\n", false, "words \n-- \nAda\n");
}

static void quotes_are_seen_however_they_are_marked(void **state)
{
    (void)state;
    g_autoptr(text) text = text_from_plain("> one\n>> two\n> > two\n>three\n>\nnone", false, false);
    static const int levels[] = { 1, 2, 2, 1, 1, 0 };
    assert_int_equal(text->lines->len, 6);
    for (guint i = 0; i < 6; i++)
        assert_int_equal(line_at(text, i)->quote_level, levels[i]);
    assert_string_equal(line_at(text, 2)->text, "two");
}

static void a_signature_begins_at_its_separator(void **state)
{
    (void)state;
    g_autoptr(text) text = text_from_plain("hello\n-- \nAda", false, false);
    assert_false(line_at(text, 0)->is_signature);
    assert_true(line_at(text, 1)->is_signature);
    assert_true(line_at(text, 2)->is_signature);
}

static void links_end_before_punctuation(void **state)
{
    (void)state;
    assert_links("see https://a.test/x.", "https://a.test/x");
    assert_links("(https://a.test/x)", "https://a.test/x");
    assert_links("https://a.test/x_(y)", "https://a.test/x_(y)");
    assert_links("<http://a.test/?b=c>,", "http://a.test/?b=c");
    assert_links("write mailto:ada@a.test!", "mailto:ada@a.test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flowed_lines_become_paragraphs),
        cmocka_unit_test(quotes_are_seen_however_they_are_marked),
        cmocka_unit_test(a_signature_begins_at_its_separator),
        cmocka_unit_test(links_end_before_punctuation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
