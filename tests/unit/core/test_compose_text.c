/* SPDX-License-Identifier: MIT */
/* The forms a text is sent in: flowed, in another charset, from Markdown, under fields of one's own. */
#include "core/compose.h"
#include "core/compose_header.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct draft *letter(const char *body)
{
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    struct draft *self = draft_new(owner);
    account_free(owner);
    g_free(self->to);
    self->to = g_strdup("you@example.test");
    g_free(self->body);
    self->body = g_strdup(body);
    return self;
}

static char *sent(struct draft *self)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void expect(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("there is no \"%s\" in:\n%s", words, text);
}

static void a_flowed_text_can_be_wrapped_anew_and_keeps_its_quotes(void **state)
{
    (void)state;
    g_autoptr(draft) self =
        letter("Short  \n> > twice quoted words that go on for so long that they have to be broken somewhere before the end\n"
               " indented\nFrom here on\n-- \nAl\n");
    self->is_flowed = true;
    g_autofree char *text = sent(self);
    expect(text, "format=flowed");
    expect(text, "\nShort\n>> twice quoted words");
    expect(text, " \n>> ");
    expect(text, "\n  indented\n From here on\n-- \nAl\n");
    g_autoptr(message) read = message_parse(text, strlen(text));
    g_autoptr(text) shown = message_text(read, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_plain(shown);
    expect(plain, "have to be broken somewhere before the end"); /* one paragraph again */
}

/* A blank behind ">" would be read as "goes on in the next line" by who does not count it as stuffing. */
static void an_empty_quoted_line_ends_a_paragraph(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("> one\n>\n> two\n");
    self->is_flowed = true;
    g_autofree char *text = sent(self);
    expect(text, "> one\n>\n> two\n");
}

static void another_charset_is_used_where_it_has_all_the_characters(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("Shall we go and have a caf\xc3\xa9\n");
    self->charset = g_strdup("iso-8859-1");
    g_autofree char *latin = sent(self);
    expect(latin, "charset=iso-8859-1");
    expect(latin, "caf=E9");
    g_free(self->body);
    self->body = g_strdup("5 \xe2\x82\xac\n");
    g_autofree char *euro = sent(self);
    expect(euro, "charset=utf-8");
    assert_true(compose_charset_is_known("koi8-r") && !compose_charset_is_known("nonsense") && !compose_charset_is_known("utf-16") &&
                !compose_charset_is_known("x\r\ny"));
}

static void markdown_goes_as_text_and_as_html_without_raw_tags(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("# Hello\n\n**bold** <script>alert(1)</script> [x](javascript:alert(1))\n-- \nA <b>\n");
    self->is_markdown = true;
    g_autofree char *text = sent(self);
    expect(text, "multipart/alternative");
    expect(text, "**bold**");
    expect(text, "<strong>bold</strong>");
    expect(text, "A &lt;b&gt;");
    const char *html = strstr(text, "<!DOCTYPE");
    assert_non_null(html);
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "javascript:"));
}

static void fields_of_ones_own_are_sent_and_those_of_others_refused(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("Hello\n");
    g_autoptr(GError) error = NULL;
    static const char *const refused[] = { "no field", "Date: now", "Content-Type: text/html", "Received: by me",  "X: a\nBcc: b@x",
                                           "X Y: z",   ": x",       "X-Postern-Draft: yes",    "Message-ID: <a@b>" };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        if (compose_header_set(self, refused[i], NULL))
            fail_msg("taken: %s", refused[i]);
    assert_true(compose_header_set(self, "Organization: Caf\xc3\xa9", &error));
    assert_true(compose_header_set(self, "X-Mood: good", &error));
    assert_true(compose_header_set(self, "x-mood: better", &error));
    assert_true(compose_header_set(self, "X-Gone: soon", &error));
    assert_true(compose_header_set(self, "X-Gone:", &error));
    assert_string_equal(self->extra_headers, "Organization: Caf\xc3\xa9\nx-mood: better\n");
    self->is_flowed = self->is_to_all = true;
    self->addressed = g_strdup("\"A, B\" <me@example.test>");
    g_autoptr(GBytes) draft_bytes = compose_build_draft(self, true);
    g_autoptr(message) kept = message_parse(g_bytes_get_data(draft_bytes, NULL), g_bytes_get_size(draft_bytes));
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    g_autoptr(draft) again = compose_start(COMPOSE_RESUME, owner, kept, NULL, NULL);
    assert_string_equal(again->extra_headers, self->extra_headers);
    assert_string_equal(again->addressed, self->addressed);
    assert_true(again->is_flowed && again->is_to_all && !again->is_markdown);
    g_autofree char *text = sent(again);
    expect(text, "x-mood: better\n");
    expect(text, "Organization: =?");
    assert_null(strstr(text, "X-Postern"));
    account_free(owner);
}

static void the_header_is_edited_with_the_text(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("Hello\n");
    g_autofree char *text = compose_header_text(self);
    assert_true(g_str_has_prefix(text, "From: me@example.test\nTo: you@example.test\nCc: \nBcc: \nSubject: \n\nHello\n"));
    g_autoptr(GPtrArray) refused = compose_header_take(self, "From: me@example.test\nTo: a@x.test,\n b@x.test\nSubject: Caf\xc3\xa9\n"
                                                             "X-Mine: 1\nDate: today\n\nNote: this is text\n");
    assert_int_equal(refused->len, 1);
    assert_string_equal(refused->pdata[0], "Date");
    assert_string_equal(self->to, "a@x.test, b@x.test");
    assert_string_equal(self->subject, "Caf\xc3\xa9");
    assert_string_equal(self->extra_headers, "X-Mine: 1\n");
    assert_string_equal(self->body, "Note: this is text\n");
    g_autoptr(GPtrArray) none = compose_header_take(self, "only text\n");
    assert_string_equal(self->body, "only text\n");
    assert_string_equal(self->to, "a@x.test, b@x.test");
}

static void a_slip_in_the_header_does_not_empty_the_fields_below_it(void **state)
{
    (void)state;
    g_autoptr(draft) self = letter("Hello\n");
    g_autoptr(GPtrArray) refused = compose_header_take(self, "From: me@example.test\nno colon here\nTo: a@x.test\nTo: b@x.test\nCc:\n"
                                                             "Subject: Roof\n\nSubject: of the text\n");
    assert_int_equal(refused->len, 0);
    assert_string_equal(self->to, "a@x.test, b@x.test"); /* two of them: both are meant */
    assert_string_equal(self->subject, "Roof");
    assert_string_equal(self->body, "no colon here\nSubject: of the text\n");
    g_autoptr(GPtrArray) none = compose_header_take(self, "From: me@example.test\nTo: a@x.test\nCc:\nBcc:\nReply-To:\nSubject: Roof\n"
                                                          "She wrote\nTo: whom\n"); /* the empty line was deleted */
    assert_int_equal(none->len, 0);
    assert_string_equal(self->to, "a@x.test");
    assert_string_equal(self->body, "She wrote\nTo: whom\n");
}

static void what_an_editor_saved_in_its_own_way_is_read(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } rows[] = { { "\xef\xbb\xbfTo: you\r\n\r\nHello\r\n", 21, "To: you\n\nHello\n" },
                 { "Gr\xfc\xdf"
                   "e aus K\xf6ln\n",
                   15,
                   "Gr\xc3\xbc\xc3\x9f"
                   "e aus K\xc3\xb6ln\n" },
                 { "one\0two\n", 8, "one two\n" },
                 { "", 0, "" } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = compose_text_read(rows[i].bytes, rows[i].size);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flowed_text_can_be_wrapped_anew_and_keeps_its_quotes),
        cmocka_unit_test(an_empty_quoted_line_ends_a_paragraph),
        cmocka_unit_test(another_charset_is_used_where_it_has_all_the_characters),
        cmocka_unit_test(markdown_goes_as_text_and_as_html_without_raw_tags),
        cmocka_unit_test(fields_of_ones_own_are_sent_and_those_of_others_refused),
        cmocka_unit_test(the_header_is_edited_with_the_text),
        cmocka_unit_test(a_slip_in_the_header_does_not_empty_the_fields_below_it),
        cmocka_unit_test(what_an_editor_saved_in_its_own_way_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
