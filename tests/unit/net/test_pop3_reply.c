/* SPDX-License-Identifier: MIT */
/* What a POP3 server says, however it is cut. */
#include "net/limits.h"
#include "net/pop3_reply.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void a_status_line_is_read_with_its_code(void **state)
{
    static const struct {
        const char *line;
        enum pop3_status status;
        enum pop3_code code;
        const char *text;
    } rows[] = {
        { "+OK", POP3_OK, POP3_CODE_NONE, "" },
        { "+OK hello", POP3_OK, POP3_CODE_NONE, "hello" },
        { "+ok hello", POP3_OK, POP3_CODE_NONE, "hello" },
        { "-ERR [IN-USE] wait", POP3_ERR, POP3_CODE_IN_USE, "wait" },
        { "-ERR [in-use]", POP3_ERR, POP3_CODE_IN_USE, "" },
        { "-ERR [LOGIN-DELAY] wait", POP3_ERR, POP3_CODE_LOGIN_DELAY, "wait" },
        { "-ERR [SYS/TEMP/DISK] full", POP3_ERR, POP3_CODE_SYS_TEMP, "full" },
        { "-ERR [SYS/PERM] gone", POP3_ERR, POP3_CODE_SYS_PERM, "gone" },
        { "-ERR [AUTH] no", POP3_ERR, POP3_CODE_AUTH, "no" },
        { "-ERR [AUTHORS] no", POP3_ERR, POP3_CODE_NONE, "[AUTHORS] no" },
        { "-ERR [", POP3_ERR, POP3_CODE_NONE, "[" },
        { "-ERR []", POP3_ERR, POP3_CODE_NONE, "[]" },
        { "+", POP3_CONTINUE, POP3_CODE_NONE, "" },
        { "+ dGVzdA==", POP3_CONTINUE, POP3_CODE_NONE, "dGVzdA==" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct pop3_reply reply = { 0 };
        assert_true(pop3_reply_parse(rows[i].line, strlen(rows[i].line), &reply));
        assert_int_equal(reply.status, rows[i].status);
        assert_int_equal(reply.code, rows[i].code);
        assert_string_equal(reply.text, rows[i].text);
        pop3_reply_clear(&reply);
    }
}

static void what_is_no_answer_is_told(void **state)
{
    static const char *const lines[] = { "", "220 hello", "* OK", "+OKAY", "-ERROR", "+OK\tx", "-", "++" };
    struct pop3_reply reply = { 0 };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        assert_false(pop3_reply_parse(lines[i], strlen(lines[i]), &reply));
}

static void a_timestamp_with_strange_bytes_is_none(void **state)
{
    static const struct {
        const char *greeting, *timestamp;
    } rows[] = {
        { "ready <1896.697170952@dbc.mtview.ca.us>", "<1896.697170952@dbc.mtview.ca.us>" },
        { "<a> <1@b> c", "<1@b>" },
        { "ready", NULL },
        { "ready <", NULL },
        { "ready <>", NULL },
        { "ready <@>", NULL },
        { "ready <a@>", NULL },
        { "ready <a@b@c>", NULL },
        { "ready <a b@c>", NULL },
        { "ready <a\x80@c>", NULL },
        { "ready <a\x01@c>", NULL },
        { "ready <a<b@c>", "<b@c>" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *found = pop3_timestamp_find(rows[i].greeting);
        if (rows[i].timestamp == NULL)
            assert_null(found);
        else
            assert_string_equal(found, rows[i].timestamp);
    }
}

static void numbers_that_cannot_be_are_none(void **state)
{
    uint32_t number = 0;
    uint64_t size = 0;
    (void)state;
    assert_string_equal(pop3_number_parse("12 whqtswO00WBw418f9t5JxYwZ", &number), "whqtswO00WBw418f9t5JxYwZ");
    assert_int_equal(number, 12);
    assert_string_equal(pop3_number_parse("  7", &number), "");
    assert_null(pop3_number_parse("0 a", &number));
    assert_null(pop3_number_parse("-1 a", &number));
    assert_null(pop3_number_parse("4294967296 a", &number));
    assert_null(pop3_number_parse("12a", &number));
    assert_null(pop3_number_parse("", &number));
    assert_true(pop3_size_parse("3  3400", &number, &size));
    assert_int_equal(size, 3400);
    assert_false(pop3_size_parse("3", &number, &size));
    assert_false(pop3_size_parse("3 many", &number, &size));
}

static void a_line_beyond_the_limit_ends_it(void **state)
{
    struct pop3_line line = { 0 };
    g_autofree char *bytes = g_strnfill(net_limits.pop3_line_bytes + 1, 'x');
    size_t used = 0;
    (void)state;
    assert_int_equal(pop3_line_feed(&line, bytes, net_limits.pop3_line_bytes + 1, &used), POP3_PARSE_BAD);
    pop3_line_clear(&line);
    assert_int_equal(pop3_line_feed(&line, bytes, net_limits.pop3_line_bytes, &used), POP3_PARSE_MORE);
    assert_int_equal(pop3_line_feed(&line, "\n", 1, &used), POP3_PARSE_DONE);
    pop3_line_clear(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_line_is_read_with_its_code),    cmocka_unit_test(what_is_no_answer_is_told),
        cmocka_unit_test(a_timestamp_with_strange_bytes_is_none), cmocka_unit_test(numbers_that_cannot_be_are_none),
        cmocka_unit_test(a_line_beyond_the_limit_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
