/* SPDX-License-Identifier: MIT */
/* HTML from strangers as lines: what is shown, what is hidden, which links lie. */
#include "core/html_private.h"
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

static void numbers_stand_once_behind_a_link_and_addresses_below(void **state)
{
    (void)state;
    assert_shown("see <a href='https://a.test/'>this</a> and <a href='https://b.test/x'>that <b>one</b></a>.",
                 "see this [1] and that one [2].\n\n[1] https://a.test/\n[2] https://b.test/x\n");
    assert_shown("<a href='https://a.test/'>over<br>two lines</a>", "over\ntwo lines [1]\n\n[1] https://a.test/\n");
    assert_shown("<a href='https://a.test/'><div>in a block</div></a>after", "in a block [1]\nafter\n\n[1] https://a.test/\n");
}

static void a_number_has_a_span_of_its_own_and_plain_addresses_need_no_list(void **state)
{
    (void)state;
    g_autoptr(text) text = shown("at <a href='https://a.test/'>a.test</a> now");
    g_autofree char *plain = text_plain(text), *whole = text_shown(text);
    assert_string_equal(plain, "at a.test now\n");
    assert_string_equal(whole, "at a.test [1] now\n");
    const struct text_line *line = g_ptr_array_index(text->lines, 0);
    assert_int_equal(line->spans->len, 2);
    assert_true(g_array_index(line->spans, struct text_span, 1).is_number);
}

static void a_link_with_nothing_to_see_is_left_out_and_a_picture_is_named(void **state)
{
    (void)state;
    assert_shown("<a href='https://a.test/'><img src=x width=1></a>seen", "seen\n");
    assert_shown("<a href='https://a.test/'><img src=x></a>", "[picture] [1]\n\n[1] https://a.test/\n");
    assert_shown("<a href='https://a.test/'><img src=x alt='Shop  now'></a>", "[Shop now] [1]\n\n[1] https://a.test/\n");
}

static void every_way_to_hide_a_preheader_is_known(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "display:none",     "DISPLAY : None !important", "font-size:0", "color:red;font-size: 0px", "font-size:1px;line-height:1px",
        "max-height:0",     "max-height:0px;",           "opacity:0",   "height:0;overflow:hidden", "visibility:hidden",
        "color:transparent"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        g_autofree char *html = g_strdup_printf("<div style=\"%s\">pre</div>seen", styles[i]);
        assert_shown(html, "seen\n");
    }
    assert_shown(
        "<style>.preheader, #x { display: none } @media print { p { display: none } }</style><p class='a preheader'>pre</p><p>seen</p>",
        "seen\n");
}

static void what_a_browser_shows_is_shown(void **state)
{
    (void)state;
    static const char *const styles[] = {
        "opacity:0.9",     "display:none;display:block",  "max-height:0.5em", "height:0", "line-height:0;mso-hide:all",
        "font-size:0.8em", "background-color:transparent"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        g_autofree char *html = g_strdup_printf("<div style=\"%s\">seen</div>", styles[i]);
        assert_shown(html, "seen\n");
    }
    /* How MJML closes gaps: nothing is hidden by it. */
    assert_shown("<table><tr><td style='font-size:0px'>gap<div style='font-size:13px'>seen</div></td></tr></table>", "seen\n");
}

static void data_is_in_columns_and_an_arrangement_is_text(void **state)
{
    (void)state;
    assert_shown("<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td align=right>4.50</td></tr><tr><td>Lump of sugar</td><td "
                 "align=right>12.00</td></tr></table>after",
                 "Item           Price\nTea             4.50\nLump of sugar  12.00\n\nafter\n");
    assert_shown("<table><tr><td><table><tr><td><p>one</p></td></tr><tr><td><p>two</p></td></tr></table></td></tr></table>",
                 "one\n\ntwo\n");
    assert_shown("<table role=presentation><tr><td>a</td><td>b</td></tr><tr><td>long</td><td>d</td></tr></table>", "a  b\nlong  d\n");
}

static void a_wide_table_wraps_in_its_cells_and_keeps_its_links(void **state)
{
    (void)state;
    g_autoptr(GString) html =
        g_string_new("<table><tr><td>Name</td><td>Value</td></tr><tr><td><a href='https://a.test/'>here</a></td><td>");
    for (int i = 0; i < 30; i++)
        g_string_append(html, "word ");
    g_string_append(html, "</td></tr></table>");
    g_autoptr(text) text = text_from_html(html->str, html->len);
    g_autofree char *plain = text_plain(text);
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    assert_true(g_str_has_prefix(lines[1], "here [1]  word word"));
    assert_true(g_str_has_prefix(lines[2], "          word"));
    for (char **line = lines; *line != NULL; line++)
        assert_true(strlen(*line) <= 76);
}

static void blanks_lists_and_paragraphs_of_word_keep_their_shape(void **state)
{
    (void)state;
    assert_shown("<p style='margin:0cm;margin-bottom:.0001pt'>one</p><p style='margin:0cm 0cm 0.0001pt'>two</p><p "
                 "style='margin:0'>&nbsp;</p><p style='margin:0'>three</p>",
                 "one\ntwo\n\nthree\n");
    assert_shown("<ol start=3><li>c<ul><li>x</ul><li>d</ol>", "  3. c\n    • x\n  4. d\n");
    assert_shown("<pre>a\n\n  b</pre>", "a\n\n  b\n");
    assert_shown("<div style='white-space:pre-wrap'>a\n  b</div>", "a\n  b\n");
    assert_shown("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n");
    assert_shown("a<br>b<br><br>c", "a\nb\n\nc\n");
    assert_shown("<li></li><p>x", "x\n");
    assert_shown("<h1>Title</h1>text<hr>end", "Title\n\ntext\n————————————————————\nend\n");
}

static void cells_with_lines_of_their_own_stand_below_each_other(void **state)
{
    (void)state;
    assert_shown("<table role=none><tr><td>to<br>Ada<td>from<br>Bob</table>", "to\nAda\nfrom\nBob\n");
    assert_shown("<table role=none><tr><td style='font-size:0'><a>seen</a></table>", "seen\n");
    assert_shown("me<div style='border-top:solid #E1E1E1 1.0pt'>From: you</div>", "me\n\nFrom: you\n");
}

static void an_address_that_a_program_made_a_link_has_no_number(void **state)
{
    (void)state;
    assert_shown("Ada &lt;<a href='mailto:ada@x.test'>ada@x.test</a>&gt; wrote <a href='https://x.test/a'>this</a>",
                 "Ada <ada@x.test> wrote this [1]\n\n[1] https://x.test/a\n");
    assert_shown("<a href='mailto:ada@x.test'><br>ada@x.test</a>", "ada@x.test\n");
    assert_shown("<a href='mailto:ada@x.test'>Ada</a>", "Ada [1]\n\n[1] mailto:ada@x.test\n");
}

static void quotes_have_levels(void **state)
{
    (void)state;
    assert_shown("<p>me<blockquote>you<blockquote>I</blockquote></blockquote>", "me\n\n> you\n> \n>> I\n");
}

static void a_link_of_the_same_house_or_a_file_name_is_no_lie(void **state)
{
    (void)state;
    static const struct {
        const char *label, *url;
        bool is_lie;
    } links[] = {
        { "bank.test", "https://login.bank.test/", false },
        { "bank.test", "https://bank.test.evil.test/", true },
        { "https://bank.test/login", "https://bank.test@evil.test/", true },
        { "Log in at https://bank.test/ now", "https://evil.test/", true },
        { "report.pdf", "https://files.test/1", false },
        { "www.report.pdf", "https://files.test/1", true },
        { "Node.js", "https://nodejs.test/", false },
        { "version 2.0", "https://a.test/", false },
        { "v2.0", "https://a.test/", false },
        { "192.168.0.1", "http://192.168.0.2/", true },
        { "ada@bank.test", "mailto:eve@evil.test", true },
        { "ada@bank.test", "mailto:Ada@bank.test?subject=x", false },
        { "ada@bank.test", "https://a.test/", false },
        { "bücher.test", "https://xn--bcher-kva.test/", false },
        { "Read more…", "https://a.test/", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *html = g_strdup_printf("<a href=\"%s\">%s</a>", links[i].url, links[i].label);
        g_autoptr(text) text = shown(html);
        if (first_link(text)->is_suspicious != links[i].is_lie)
            fail_msg("%s -> %s", links[i].label, links[i].url);
    }
}

static void deep_input_loses_its_marks_but_not_its_words(void **state)
{
    (void)state;
    g_autoptr(GString) html = g_string_new("<style>p{color:red}</style><script>x()</script><!-- no -->");
    for (int i = 0; i < 5000; i++)
        g_string_append(html, "<div>");
    g_string_append(html, "a &lt; b<p>next");
    g_autoptr(text) text = text_from_html(html->str, html->len);
    g_autofree char *plain = text_plain(text);
    assert_string_equal(plain, "a < b\nnext\n");
}

/* What the sender wishes for the first word of the text. */
static void assert_colors(const char *html, int color, int background)
{
    g_autoptr(text) text = shown(html);
    const struct text_line *line = g_ptr_array_index(text->lines, 0);
    struct text_span first = { 0 };
    if (line->spans->len > 0)
        first = g_array_index(line->spans, struct text_span, 0);
    if (first.color != color || first.background != background)
        fail_msg("%s -> %06x on %06x", html, first.color - 1, first.background - 1);
}

static void colors_are_read_in_all_their_forms(void **state)
{
    (void)state;
    assert_colors("<font color=red>x</font>", 0xff0001, 0);
    assert_colors("<font color='00ff00'>x</font>", 0x00ff01, 0);
    assert_colors("<p style='color:#ABC;background: #112233 url(x)'>x", 0xaabbcd, 0x112234);
    assert_colors("<p style='background-color:rgb(1, 2,3)'><b style='COLOR : rgba(100%, 0%, 0%, .9) !important'>x", 0xff0001, 0x010204);
    assert_colors("<style>.a{color:navy} p{color:red}</style><p class=a>x", 0x000081, 0);
    assert_colors("<body text=green bgcolor='#ffffe0'><table><tr><td bgcolor=teal>x</table>", 0x008001, 0x008081);
    assert_colors("<table><tr bgcolor=red><td>1<td>2<tr><td>3<td>4</table>", 0, 0xff0001);
    assert_colors("<p style='color:red'>a</p>", 0xff0001, 0);
    assert_colors("<p style='color:rgba(1,2,3,0);background:transparent'>x", 0, 0);
    assert_colors("<p style='color:rgb(;background:#12;color:#1234567;color:inherit'>x", 0, 0);
    assert_colors("<p><span style='color:red'></span>x", 0, 0);
}

/* Most of a newsletter is for other readers; where it is not sure what a character means nothing is left out. */
static void what_nobody_reads_is_not_parsed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "<p class=x id=y data-z='1' onclick=\"a>b\">hi</p >", "<p>hi</p>" },
        { "<a href='x?a>b' target=_blank>hi</a>", "<a href='x?a>b'>hi</a>" },
        { "<a href=x/>y</a><br/><img alt=\"\" border=1>", "<a href=x/>y</a><br><img alt=\"\">" },
        { "<style>.a{}</style><p class=a>x", "<style>.a{}</style><p class=a>x" },
        { "<p style=\"font-family:'A;B';display:none;line-height:2\">x", "<p style=\"display:none;\">x" },
        { "<p style=\"x:&quot;;&quot;;display:none\">x", "<p style=\"x:&quot;;&quot;;display:none\">x" },
        { "<p style='mso-x:y'>x", "<p>x" },
        { "<p STYLE=display:none HIDDEN>x", "<p STYLE=display:none HIDDEN>x" },
        { "a<!-- <p>b -->c<!--[if mso]><td><![endif]-->d", "acd" },
        { "a<!-->b<!-- c -->d", "a<!-->b<!-- c -->d" },
        { "a<!-- b --!>c<!-- d -->", "a<!-- b --!>c<!-- d -->" },
        { "a<!-- no end", "a<!-- no end" },
        { "<title><!-- x --></title>y<!-- z -->", "<title><!-- x --></title>y" },
        { "<textarea>  <p a=b></textarea><i a=b>x", "<textarea>  <p a=b></textarea><i>x" },
        { "<script>'<!--'</script><!-- x -->", "<script>'<!--'</script><!-- x -->" },
        { "<svg a=b><style><!-- x --></style>", "<svg a=b><style><!-- x --></style>" },
        { "<p a=\"x>  y<!-- z -->", "<p a=\"x>  y<!-- z -->" },
        { "<p =a>x<!-- y -->", "<p =a>x<!-- y -->" },
        { "a  \n\t b 1 < 2  <3 <", "a b 1 < 2 <3 <" },
        { "<pre>a  b</pre>", "<pre>a  b</pre>" },
        { "<p style=\"white-space: pre-wrap\">a  b", "<p style=\"white-space: pre-wrap\">a  b" },
        { "<p style=\"white-space: nowrap\">a  b", "<p style=\"white-space: nowrap\">a b" },
        { "<!DOCTYPE html><?x y?><![if !mso]>a", "<!DOCTYPE html><?x y?><![if !mso]>a" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(html_aside) closed = html_aside_new("\xff", 1);
        g_autoptr(GString) slim = html_slim(cases[i][0], strlen(cases[i][0]), closed);
        assert_string_equal(slim->str, cases[i][1]);
    }
}

/* The parser sees a mark in their place: the tree is the same, and nobody can write such a mark. */
static void words_that_are_put_aside_come_back_in_their_places(void **state)
{
    (void)state;
    static const char html[] = "<p title=nothing>some words <a href='https://x.test/a b'>more &amp; more words</a>";
    g_autoptr(html_aside) aside = html_aside_new(html, strlen(html));
    g_autoptr(GString) slim = html_slim(html, strlen(html), aside);
    assert_string_equal(slim->str, "<p>\U000f0000");
    assert_shown(html, "some words more & more words [1]\n\n[1] https://x.test/a b\n");
    assert_shown("<table>in front of the table<tr><td>in the only cell</table>", "in front of the table\nin the only cell\n");
    assert_shown("<table> &#32; <tr><td>in the only cell</table>", "in the only cell\n");
    assert_shown("<style>.gone {display:none}</style><p class=gone>some words<p>other words", "other words\n");
    assert_shown("<pre>first line\r\nsecond line\rthird line</pre>", "first line\nsecond line\nthird line\n");
    assert_shown("<p>&#x0f0000; some words", "\U000f0000 some words\n");
    assert_shown("<p>&#983040 some words", "\U000f0000 some words\n");
    assert_shown("<p>\U0010fffd some words", "\U0010fffd some words\n");
    assert_shown("<p>some words\x01", "some words\uFFFD\n");
}

/* Elements that are closed where they were opened are not seen by the parser either; what is not so simple is. */
static void elements_that_are_put_aside_come_back_in_their_places(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "<p>one <b>two <i>three</i></b> four", "<p>\U000f0000" },
        { "<p>one <b>two <p>three</b> four five", "<p>one <b>two <p>three</b> \U000f0000" },
        { "<p>some words <a href=x>link and <b>more of it</a> and words", "<p>\U000f0000<a href=x>\U000f0001<b>\U000f0002</a> \U000f0003" },
        { "<a name=x>open word <a href=y>the link</a> behind it", "<a>\U000f0000<a href=y>\U000f0001</a> \U000f0002" },
        { "<p>many words<font color='&copy'>x</font>", "<p>\U000f0000<font color='&copy'>x</font>" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(html_aside) aside = html_aside_new(cases[i][0], strlen(cases[i][0]));
        g_autoptr(GString) slim = html_slim(cases[i][0], strlen(cases[i][0]), aside);
        assert_string_equal(slim->str, cases[i][1]);
    }
    assert_shown("<p>one <b>two <a href='http://x.test/?a=1&b=2&amp;c=3'>three</a></b> four",
                 "one two three [1] four\n\n[1] http://x.test/?a=1&b=2&c=3\n");
    assert_shown("<p>R&amp;D &lt;b&gt; &#8364;&nbsp;5<br>AT&T <span style='display:none'>gone</span>&#128; &copy=1 there",
                 "R&D <b> € 5\nAT&T € ©=1 there\n");
    assert_shown("<table><b>before the table</b><tr><td><i>in the</i> only cell</table>", "before the table\nin the only cell\n");
    assert_shown("<a href=http://x.test/>some <a href=http://y.test/>words and more</a>",
                 "some [1] words and more [2]\n\n[1] http://x.test/\n[2] http://y.test/\n");
    assert_shown("<B>bold <SPAN STYLE=\"DISPLAY:NONE\" HIDDEN>hidden</SPAN >words</B >", "bold words\n");
    assert_shown("<p>picture <img alt='of &amp; me' src=cid:x width=50> and <img width=1 alt=pixel>words", "picture [of & me] and words\n");
    assert_shown("<style>.gone {display:none}</style><p>words <span class=gone>that are hidden</span> stay", "words stay\n");
}

static void more_words_than_marks_are_read_all_the_same(void **state)
{
    (void)state;
    g_autoptr(GString) html = g_string_new(NULL);
    for (unsigned i = 0; i < 140000; i++)
        g_string_append_printf(html, "&lt;word%06u", i);
    g_autoptr(text) text = shown(html->str);
    const struct text_line *line = g_ptr_array_index(text->lines, 0);
    for (unsigned i = 0; i < 140000; i += 997) {
        char word[16];
        g_snprintf(word, sizeof word, "<word%06u", i);
        assert_memory_equal(line->text + (size_t)i * strlen(word), word, strlen(word));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_are_put_aside_come_back_in_their_places),
        cmocka_unit_test(elements_that_are_put_aside_come_back_in_their_places),
        cmocka_unit_test(more_words_than_marks_are_read_all_the_same),
        cmocka_unit_test(paragraphs_lists_and_quotes_keep_their_shape),
        cmocka_unit_test(what_a_browser_hides_is_not_shown),
        cmocka_unit_test(a_link_that_names_another_host_is_suspicious),
        cmocka_unit_test(a_lying_link_cannot_hide_in_a_block),
        cmocka_unit_test(a_label_over_two_lines_is_whole_characters),
        cmocka_unit_test(endless_lists_and_depth_have_an_end),
        cmocka_unit_test(numbers_stand_once_behind_a_link_and_addresses_below),
        cmocka_unit_test(a_number_has_a_span_of_its_own_and_plain_addresses_need_no_list),
        cmocka_unit_test(a_link_with_nothing_to_see_is_left_out_and_a_picture_is_named),
        cmocka_unit_test(every_way_to_hide_a_preheader_is_known),
        cmocka_unit_test(what_a_browser_shows_is_shown),
        cmocka_unit_test(data_is_in_columns_and_an_arrangement_is_text),
        cmocka_unit_test(a_wide_table_wraps_in_its_cells_and_keeps_its_links),
        cmocka_unit_test(blanks_lists_and_paragraphs_of_word_keep_their_shape),
        cmocka_unit_test(quotes_have_levels),
        cmocka_unit_test(cells_with_lines_of_their_own_stand_below_each_other),
        cmocka_unit_test(an_address_that_a_program_made_a_link_has_no_number),
        cmocka_unit_test(a_link_of_the_same_house_or_a_file_name_is_no_lie),
        cmocka_unit_test(colors_are_read_in_all_their_forms),
        cmocka_unit_test(deep_input_loses_its_marks_but_not_its_words),
        cmocka_unit_test(what_nobody_reads_is_not_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
