/* SPDX-License-Identifier: MIT */
/* Replies as servers write them, good and bad. */
#include "net/limits.h"
#include "net/smtp_reply.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void replies_are_understood_as_servers_write_them(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        int code;
        const char *enhanced, *text;
    } rows[] = {
        { "250 2.1.0 Ok\r\n", 250, "2.1.0", "2.1.0 Ok" },
        { "250-a\r\n250-b c\r\n250 d\r\n", 250, "", "a\nb c\nd" },
        { "250\r\n", 250, "", "" },
        { "334 \r\n", 334, "", "" },
        { "220 no return\n", 220, "", "no return" },
        { "550-5.7.1 first\r\n550 5.7.1 second\r\n", 550, "5.7.1", "5.7.1 first\n5.7.1 second" },
        { "250-mixed\r\n550 codes\r\n", 550, "", "mixed\ncodes" },
        { "550 5.7.509 long detail\r\n", 550, "5.7.509", "5.7.509 long detail" },
        { "550 4.7.1 class does not fit\r\n", 550, "", "4.7.1 class does not fit" },
        { "550 5.7.1234 too long\r\n", 550, "", "5.7.1234 too long" },
        { "550 5.7.1: colon\r\n", 550, "", "5.7.1: colon" },
        { "550 5.7\r\n", 550, "", "5.7" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        smtp_reply_parser *parser = smtp_reply_parser_new();
        struct smtp_reply reply = { 0 };
        size_t used = 0;
        assert_int_equal(smtp_reply_parser_feed(parser, rows[i].bytes, strlen(rows[i].bytes), &used, &reply), SMTP_PARSE_DONE);
        assert_int_equal(used, strlen(rows[i].bytes));
        assert_int_equal(reply.code, rows[i].code);
        assert_string_equal(reply.enhanced, rows[i].enhanced);
        assert_string_equal(reply.text, rows[i].text);
        smtp_reply_clear(&reply);
        smtp_reply_parser_free(parser);
    }
}

/* A server that has much to say is heard to its end; not all of it is kept. */
static void a_reply_of_thousands_of_lines_is_read_and_cut(void **state)
{
    (void)state;
    g_autoptr(GString) many = g_string_new(NULL);
    for (size_t i = 0; i < 10000; i++)
        g_string_append_printf(many, "250-line %zu of what it has to say\r\n", i);
    g_string_append(many, "250 end\r\n220 next\r\n");
    smtp_reply_parser *parser = smtp_reply_parser_new();
    struct smtp_reply reply = { 0 };
    size_t used = 0;
    assert_int_equal(smtp_reply_parser_feed(parser, many->str, many->len, &used, &reply), SMTP_PARSE_DONE);
    assert_int_equal(reply.code, 250);
    assert_string_equal(many->str + used, "220 next\r\n");
    assert_in_range(strlen(reply.text), net_limits.smtp_reply_bytes / 2, net_limits.smtp_reply_bytes + 100);
    smtp_reply_clear(&reply);
    smtp_reply_parser_free(parser);
}

static void what_is_no_reply_is_refused_at_its_line(void **state)
{
    (void)state;
    g_autofree char *long_line = g_strnfill(net_limits.smtp_line_bytes + 1, '2');
    g_autoptr(GString) many = g_string_new(NULL);
    for (size_t i = 0; i <= net_limits.smtp_reply_lines; i++)
        g_string_append(many, "250-x\r\n");
    const char *const rows[] = { "\r\n",      "25\r\n",    "hello\r\n",      "250x\r\n", "150 x\r\n",
                                 "650 x\r\n", "2x0 x\r\n", "250-a\r\nb\r\n", long_line,  many->str };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        smtp_reply_parser *parser = smtp_reply_parser_new();
        struct smtp_reply reply = { 0 };
        size_t used = 0;
        assert_int_equal(smtp_reply_parser_feed(parser, rows[i], strlen(rows[i]), &used, &reply), SMTP_PARSE_BAD);
        assert_null(reply.text);
        smtp_reply_parser_free(parser);
    }
}

static void only_one_reply_is_taken_at_a_time(void **state)
{
    (void)state;
    const char *bytes = "250 one\r\n550 two\r\n";
    smtp_reply_parser *parser = smtp_reply_parser_new();
    struct smtp_reply reply = { 0 };
    size_t used = 0;
    assert_int_equal(smtp_reply_parser_feed(parser, bytes, strlen(bytes), &used, &reply), SMTP_PARSE_DONE);
    assert_int_equal(used, 9);
    smtp_reply_clear(&reply);
    assert_int_equal(smtp_reply_parser_feed(parser, bytes + used, strlen(bytes) - used, &used, &reply), SMTP_PARSE_DONE);
    assert_string_equal(reply.text, "two");
    smtp_reply_clear(&reply);
    smtp_reply_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_understood_as_servers_write_them),
        cmocka_unit_test(a_reply_of_thousands_of_lines_is_read_and_cut),
        cmocka_unit_test(what_is_no_reply_is_refused_at_its_line),
        cmocka_unit_test(only_one_reply_is_taken_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
