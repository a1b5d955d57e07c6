/* SPDX-License-Identifier: MIT */
/* A message as lines of a certain width: nothing is cut off, nothing pushes the text away. */
#include "ui/reader_text.h"
#include "ui/bidi.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* All lines, each with its indent; caller frees. */
static char *laid_out_unfolded(const char *raw, int columns, int quotes)
{
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    struct placement row = { .subject = (char *)"s" };
    const struct reader_wishes wishes = { .columns = columns, .quotes = quotes };
    g_autoptr(GPtrArray) lines = reader_lines(&row, mail, text, NULL, &wishes);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++) {
        const struct reader_line *line = g_ptr_array_index(lines, i);
        g_autofree char *seen = g_strchomp(g_strdup(line->text)); /* the blank a line was broken at may hang over */
        assert_true(g_utf8_strlen(seen, -1) + line->indent <= columns);
        g_string_append_printf(all, "%*s%s\n", line->indent, "", line->text);
    }
    return g_string_free(all, FALSE);
}

static char *laid_out(const char *raw, int columns)
{
    return laid_out_unfolded(raw, columns, 0);
}

static void a_crowd_of_addressees_does_not_push_the_text_away(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new("To: u0@x.test");
    for (int i = 1; i < 500; i++)
        g_string_append_printf(raw, ", u%d@x.test", i);
    g_string_append(raw, "\nSubject: s\n\nwords\n");
    g_autofree char *all = laid_out(raw->str, 78);
    assert_non_null(strstr(all, "u7@x.test … and 492 more"));
    assert_null(strstr(all, "u8@x.test"));
}

static void a_list_that_can_be_left_says_by_which_key(void **state)
{
    (void)state;
    const char *const headers[] = { "List-Unsubscribe: <mailto:leave@list.test>\n", "List-Id: <list.test>\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autofree char *raw = g_strconcat("From: a@list.test\nSubject: s\n", headers[i], "\nwords\n", NULL);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
        struct placement row = { .subject = (char *)"s" };
        const struct reader_wishes wishes = { .columns = 78, .leaving_key = "X" };
        g_autoptr(GPtrArray) lines = reader_lines(&row, mail, text, NULL, &wishes);
        bool is_told = false;
        for (guint k = 0; k < lines->len; k++)
            is_told =
                is_told || strstr(((const struct reader_line *)g_ptr_array_index(lines, k))->text, "X leaves this mailing list") != NULL;
        assert_int_equal(is_told, i == 0);
    }
}

static void warnings_and_names_of_files_wrap(void **state)
{
    (void)state;
    g_autofree char *all = laid_out("Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<a "
                                    "href='http://evil.test'>https://login.bank.test</a>\n--b\nContent-Type: application/pdf; "
                                    "name=\"a name of a file that goes on and on and on.pdf\"\n\nx\n--b--\n",
                                    40);
    assert_non_null(strstr(all, "else."));
    assert_non_null(strstr(all, "application/pdf"));
}

static void a_trick_is_told_above_the_text(void **state)
{
    (void)state;
    g_autofree char *all = laid_out("From: \"boss@bank.test\" <x@evil.test>\nSubject: s\n\nwords\n", 78);
    const char *said = strstr(all, "The name says boss@bank.test"), *begun = strstr(all, "words");
    assert_true(said != NULL && begun != NULL && said < begun);
}

static void a_sender_is_named_as_far_as_known(void **state)
{
    static const struct {
        const char *name, *address, *said;
    } cases[] = {
        { NULL, NULL, "(nobody)" },
        { NULL, "a@x.test", "a@x.test" },
        { "Ann", NULL, "Ann" },
        { "Ann", "a@x.test", "Ann <a@x.test>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct placement row = { .subject = (char *)"s", .from_name = (char *)cases[i].name, .from_address = (char *)cases[i].address };
        const struct reader_wishes wishes = { .columns = 78 };
        g_autoptr(GPtrArray) lines = reader_lines(&row, NULL, NULL, NULL, &wishes);
        bool is_said = false;
        for (guint k = 0; k < lines->len; k++) {
            const char *line = ((const struct reader_line *)g_ptr_array_index(lines, k))->text;
            if (g_str_has_prefix(line, "From"))
                is_said = strcmp(line + 4 + strspn(line + 4, " "), cases[i].said) == 0;
        }
        assert_true(is_said);
    }
}

static void a_long_text_says_that_files_follow(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new("Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n");
    for (int i = 0; i < 40; i++)
        g_string_append(raw, "words\n");
    g_string_append(raw, "--b\nContent-Type: application/pdf; name=x.pdf\n\nx\n--b--\n");
    g_autofree char *all = laid_out(raw->str, 78);
    const char *said = strstr(all, "1 attachment at the end"), *begun = strstr(all, "words");
    assert_true(said != NULL && begun != NULL && said < begun);
}

static void paragraphs_from_right_to_left_begin_at_the_right_edge(void **state)
{
    (void)state;
    static const char raw[] = "Subject: s\nContent-Type: text/plain; charset=utf-8\n\nשלום abc\n> > שלום\nabc שלום\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    struct placement row = { .subject = (char *)"s" };
    struct reader_wishes wishes = { .columns = 40, .quotes = 9 };
    for (int i = 0; i < 2; i++) {
        bidi_choose(i == 0 ? "program" : "terminal");
        g_autoptr(GPtrArray) lines = reader_lines(&row, mail, text, NULL, &wishes);
        const struct reader_line *last[3] = { g_ptr_array_index(lines, lines->len - 3), g_ptr_array_index(lines, lines->len - 2),
                                              g_ptr_array_index(lines, lines->len - 1) };
        assert_true(last[0]->is_rtl == (i == 0) && last[0]->shift == (i == 0 ? 32 : 0) && last[0]->prefix == 0);
        assert_true(last[1]->is_rtl == (i == 0) && last[1]->shift == (i == 0 ? 32 : 0) && last[1]->prefix == (i == 0 ? 4 : 0));
        assert_false(last[2]->is_rtl);
    }
    bidi_choose("auto");
}

static void colors_of_the_sender_are_there_for_who_wants_them(void **state)
{
    (void)state;
    static const char raw[] = "Subject: s\nContent-Type: text/html\n\n<p>a <font color=red>red</font>\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    struct placement row = { .subject = (char *)"s" };
    for (int i = 0; i < 2; i++) {
        struct reader_wishes wishes = { .columns = 40, .has_colors = i == 1 };
        g_autoptr(GPtrArray) lines = reader_lines(&row, mail, text, NULL, &wishes);
        const struct reader_line *line = g_ptr_array_index(lines, lines->len - 1);
        const struct reader_span *span = &g_array_index(line->spans, struct reader_span, 0);
        assert_int_equal(span->color, i == 1 ? 0xff0001 : 0);
        assert_int_equal(span->start, 2);
        assert_int_equal(span->style, THEME_NORMAL);
    }
}

#define QUOTED                                                                                                                             \
    "Subject: s\n\nmine\n> one\n>> two a\n>> two b\n>> two c\n>>>> four a\n>>>> four b\n>>>> four c\n>>>> four d\n> one again\nend\n"

static void quoted_text_is_unfolded_level_by_level(void **state)
{
    (void)state;
    g_autoptr(message) mail = message_parse(QUOTED, strlen(QUOTED));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    g_autofree char *folded = laid_out_unfolded(QUOTED, 78, 0), *one = laid_out_unfolded(QUOTED, 78, 1),
                    *two = laid_out_unfolded(QUOTED, 78, 2), *all = laid_out_unfolded(QUOTED, 78, 4);
    assert_non_null(strstr(folded, "9 quoted lines\nend"));
    assert_non_null(strstr(one, "mine\n> one\n> "));
    assert_non_null(strstr(one, "7 quoted lines\n> one again\nend"));
    assert_non_null(strstr(two, "> > two c\n> > "));
    assert_non_null(strstr(two, "4 quoted lines"));
    assert_non_null(strstr(all, "> > > > four d"));
    assert_int_equal(reader_quotes_next(text, 0), 1);
    assert_int_equal(reader_quotes_next(text, 1), 2);
    assert_int_equal(reader_quotes_next(text, 2), 4);
    assert_int_equal(reader_quotes_next(text, 4), 0);
}

static void numbers_stand_once_and_addresses_that_are_seen_are_not_listed(void **state)
{
    (void)state;
    g_autofree char *all =
        laid_out("Subject: s\nContent-Type: text/html\n\n<a href='https://a.test/'>a.test</a> <a href='https://b.test/'>this</a>\n", 78);
    assert_non_null(strstr(all, "a.test [1] this [2]"));
    assert_null(strstr(all, "[1] https"));
    assert_non_null(strstr(all, "[2] https://b.test/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_text_is_unfolded_level_by_level),
        cmocka_unit_test(a_crowd_of_addressees_does_not_push_the_text_away),
        cmocka_unit_test(paragraphs_from_right_to_left_begin_at_the_right_edge),
        cmocka_unit_test(colors_of_the_sender_are_there_for_who_wants_them),
        cmocka_unit_test(a_list_that_can_be_left_says_by_which_key),
        cmocka_unit_test(warnings_and_names_of_files_wrap),
        cmocka_unit_test(a_trick_is_told_above_the_text),
        cmocka_unit_test(a_sender_is_named_as_far_as_known),
        cmocka_unit_test(a_long_text_says_that_files_follow),
        cmocka_unit_test(numbers_stand_once_and_addresses_that_are_seen_are_not_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
