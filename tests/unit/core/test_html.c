/* SPDX-License-Identifier: MIT */
/* HTML from strangers as lines: what is shown, what is hidden, which links lie. */
#include "core/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct text *shown(const char *html)
{
    return text_from_html(html, strlen(html));
}

static void assert_shown(const char *html, const char *expected)
{
    g_autoptr(text) text = shown(html);
    g_autofree char *plain = text_plain(text);
    assert_string_equal(plain, expected);
}

static const struct text_link *first_link(const struct text *text)
{
    assert_true(text->links->len >= 1);
    return g_ptr_array_index(text->links, 0);
}

static void paragraphs_lists_and_quotes_keep_their_shape(void **state)
{
    (void)state;
    assert_shown("<p>one\n two</p><p>three</p>", "one two\n\nthree\n");
    assert_shown("<ol><li>a<li>b</ol>", "  1. a\n  2. b\n");
    assert_shown("<blockquote>said</blockquote>", "> said\n");
}

static void what_a_browser_hides_is_not_shown(void **state)
{
    (void)state;
    assert_shown("<div style='display: none'>pre</div><script>x()</script><style>p{}</style><img width=1 height=1 alt=spy>seen", "seen\n");
}

static void a_link_that_names_another_host_is_suspicious(void **state)
{
    (void)state;
    g_autoptr(text) lying = shown("<a href='http://evil.test/'>http://bank.test/</a>");
    assert_true(first_link(lying)->is_suspicious);
    g_autoptr(text) honest = shown("<a href='https://www.bank.test/x'>bank.test</a>");
    assert_false(first_link(honest)->is_suspicious);
}

static void a_lying_link_cannot_hide_in_a_block(void **state)
{
    (void)state;
    g_autoptr(text) text = shown("<a href='http://evil.test/'><div>http://bank.test/</div></a>");
    assert_string_equal(first_link(text)->label, "http://bank.test/");
    assert_true(first_link(text)->is_suspicious);
}

static void a_label_over_two_lines_is_whole_characters(void **state)
{
    (void)state;
    g_autoptr(text) text = shown("x<a href='http://a.test/'>a<br>ééé</a>");
    assert_string_equal(first_link(text)->label, "aééé");
}

static void endless_lists_and_depth_have_an_end(void **state)
{
    (void)state;
    g_autoptr(GString) html = g_string_new("<ol>");
    for (int i = 0; i < 50000; i++)
        g_string_append(html, "<li>");
    g_autoptr(text) list = text_from_html(html->str, html->len);
    g_string_truncate(html, 0);
    for (int i = 0; i < 100000; i++)
        g_string_append(html, "<div>");
    g_string_append(html, "deep");
    g_autoptr(text) deep = text_from_html(html->str, html->len);
    g_autofree char *plain = text_plain(deep);
    assert_string_equal(plain, "deep\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_lists_and_quotes_keep_their_shape), cmocka_unit_test(what_a_browser_hides_is_not_shown),
        cmocka_unit_test(a_link_that_names_another_host_is_suspicious), cmocka_unit_test(a_lying_link_cannot_hide_in_a_block),
        cmocka_unit_test(a_label_over_two_lines_is_whole_characters),   cmocka_unit_test(endless_lists_and_depth_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
