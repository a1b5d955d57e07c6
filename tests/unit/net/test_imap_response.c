/* SPDX-License-Identifier: MIT */
/* What servers say about messages, as they are known to get it wrong, and what postern makes of it. */
#include "net/imap_private.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Feeds one FETCH response; the items' values live until the syntax is freed. */
static imap_syntax *syntax_of(const char *items, struct imap_fetch *fetch_out)
{
    const struct imap_value *response = NULL;
    const char *line = NULL;
    g_autofree char *wire = g_strdup_printf("* 1 FETCH (%s)\r\n", items);
    imap_syntax *syntax = imap_syntax_new(&imap_limits_default);
    imap_syntax_feed(syntax, wire, strlen(wire));
    assert_int_equal(imap_syntax_next(syntax, &response, &line, NULL), IMAP_DONE);
    assert_int_equal(response->count, 4);
    assert_true(imap_response_fetch(syntax, &response->items[3], fetch_out));
    return syntax;
}

static void tell_params(GString *story, const struct imap_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(story, " %s=%s", params[i].name, params[i].value);
}

/* "[1]text/plain charset=x 7bit 12 3 | attachment filename=y (children)" */
static void tell_body(GString *story, const struct imap_body *body)
{
    g_string_append_printf(story, "[%s]%s/%s", body->section, body->type, body->subtype);
    tell_params(story, body->params, body->param_count);
    if (strcmp(body->type, "multipart") != 0)
        g_string_append_printf(story, " %s %d %u", body->encoding != NULL ? body->encoding : "-", (int)body->size, body->lines);
    if (body->disposition != NULL)
        g_string_append_printf(story, " | %s", body->disposition);
    tell_params(story, body->disposition_params, body->disposition_param_count);
    for (size_t i = 0; i < body->part_count; i++) {
        g_string_append(story, i == 0 ? " (" : ", ");
        tell_body(story, &body->parts[i]);
    }
    g_string_append(story, body->part_count > 0 ? ")" : "");
}

#define PLAIN "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 12 3)"

static void body_structures_are_read_however_they_are_broken(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *story; /* story NULL: as if there were none, so that the whole message is fetched */
    } table[] = {
        /* as it should be */
        { "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"7BIT\" 12 3 NIL (\"INLINE\" NIL) NIL NIL)",
          "[1]text/plain charset=utf-8 7bit 12 3 | inline" },
        { "(\"APPLICATION\" \"PDF\" (\"NAME\" \"a.pdf\") NIL NIL \"BASE64\" 99 NIL (\"ATTACHMENT\" (\"FILENAME\" \"a.pdf\")) NIL NIL)",
          "[1]application/pdf name=a.pdf base64 99 0 | attachment filename=a.pdf" },
        { "(" PLAIN "(\"IMAGE\" \"PNG\" NIL NIL NIL \"BASE64\" 9) \"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL)",
          "[]multipart/mixed boundary=x ([1]text/plain 7bit 12 3, [2]image/png base64 9 0)" },
        /* numbers as strings, as NIL, or missing; encoding missing */
        { "(\"text\" \"plain\" NIL NIL NIL \"7bit\" \"12\" \"3\")", "[1]text/plain 7bit 12 3" },
        { "(\"text\" \"plain\" NIL NIL NIL \"7bit\" NIL NIL)", "[1]text/plain 7bit 0 0" },
        { "(\"text\" \"plain\" NIL NIL NIL NIL NIL NIL NIL NIL NIL)", "[1]text/plain - 0 0" },
        { "(\"text\" \"plain\" NIL NIL NIL \"7bit\")", "[1]text/plain 7bit 0 0" },
        { "(\"text\" \"plain\")", "[1]text/plain - 0 0" },
        { "(\"text\" \"plain\" NIL NIL NIL \"7bit\" -1 99999999999999999999)", "[1]text/plain 7bit 0 0" },
        /* lines left out: what follows is the MD5 and the disposition */
        { "(\"text\" \"html\" NIL NIL NIL \"7bit\" 12 NIL (\"attachment\" (\"filename\" \"a.html\")) NIL)",
          "[1]text/html 7bit 12 0 | attachment filename=a.html" },
        /* words that are no strings, values that are NIL, odd counts */
        { "(TEXT PLAIN (CHARSET us-ascii) NIL NIL 7BIT 12 3)", "[1]text/plain charset=us-ascii 7bit 12 3" },
        { "(NIL NIL NIL NIL NIL \"8bit\" 5)", "[1]application/octet-stream 8bit 5 0" },
        { "(\"text\" \"plain\" (\"charset\" NIL \"format\" \"flowed\" \"odd\") NIL NIL \"7bit\" 1 1)",
          "[1]text/plain format=flowed 7bit 1 1" },
        { "(\"text\" \"plain\" (\"charset\" (\"x\")) NIL NIL \"7bit\" 1 1)", "[1]text/plain 7bit 1 1" },
        { "(\"image\" \"png\" NIL NIL NIL \"base64\" 9 NIL \"attachment\" NIL)", "[1]image/png base64 9 0" },
        { "(\"image\" \"png\" NIL NIL NIL \"base64\" 9 NIL (\"attachment\") NIL)", "[1]image/png base64 9 0 | attachment" },
        { "(\"image\" \"png\" NIL NIL NIL \"base64\" 9 NIL (NIL NIL) NIL)", "[1]image/png base64 9 0" },
        /* multiparts of nothing, without a subtype, with a child that makes no sense: it stays as a multipart of nothing, and the others keep their numbers */
        { "(NIL \"mixed\")", NULL },
        { "(NIL \"mixed\" (\"boundary\" \"x\") NIL NIL)", NULL },
        { "()", NULL },
        { "NIL", NULL },
        { "\"text\"", NULL },
        { "(\"mixed\")", NULL },
        { "(" PLAIN ")", "[]multipart/mixed ([1]text/plain 7bit 12 3)" },
        { "(" PLAIN " NIL)", "[]multipart/mixed ([1]text/plain 7bit 12 3)" },
        { "((NIL \"mixed\")" PLAIN " \"mixed\")", "[]multipart/mixed ([]multipart/mixed, [2]text/plain 7bit 12 3)" },
        { "(()" PLAIN " \"mixed\")", "[]multipart/mixed ([]multipart/mixed, [2]text/plain 7bit 12 3)" },
        { "((" PLAIN " \"alternative\")" PLAIN " \"mixed\" NIL (\"inline\" NIL))",
          "[]multipart/mixed | inline ([1]multipart/alternative ([1.1]text/plain 7bit 12 3), [2]text/plain 7bit 12 3)" },
        /* attached messages: with NIL for the envelope, and as if they were any file */
        { "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 NIL " PLAIN " 7 NIL (\"attachment\" NIL) NIL)",
          "[1]message/rfc822 7bit 99 0 | attachment ([1.1]text/plain 7bit 12 3)" },
        { "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 NIL (\"attachment\" (\"filename\" \"a.eml\")) NIL NIL)",
          "[1]message/rfc822 7bit 99 0 | attachment filename=a.eml" },
        { "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99)", "[1]message/rfc822 7bit 99 0" },
        { "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 (NIL NIL) NIL 3)", "[1]message/rfc822 7bit 99 0" },
        { "(\"message\" \"delivery-status\" NIL NIL NIL \"7bit\" 99 NIL NIL NIL)", "[1]message/delivery-status 7bit 99 0" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct imap_fetch fetch;
        g_autofree char *items = g_strconcat("UID 1 BODYSTRUCTURE ", table[i].wire, NULL);
        imap_syntax *syntax = syntax_of(items, &fetch);
        g_autoptr(GString) story = g_string_new(NULL);
        if (fetch.has & IMAP_FETCH_BODYSTRUCTURE)
            tell_body(story, fetch.body);
        if (strcmp(story->str, table[i].story != NULL ? table[i].story : "") != 0)
            fail_msg("%s\n  is told as \"%s\"", table[i].wire, story->str);
        assert_int_equal(fetch.uid, 1); /* whatever it was, it cost only itself */
        imap_syntax_free(syntax);
    }
}

static void tell_addresses(GString *story, const char *name, const struct imap_address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct imap_address *address = &addresses[i];
        g_string_append_printf(story, " %s=%s<%s@%s>", name, address->name != NULL ? address->name : "",
                               address->mailbox != NULL ? address->mailbox : "-", address->host != NULL ? address->host : "-");
    }
}

static void envelopes_are_read_however_they_are_broken(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *story; /* NULL: none */
    } table[] = {
        { "(\"Mon, 7 Feb 1994 21:52:25 -0800\" \"hi\" ((\"A\" NIL \"a\" \"x.test\")) NIL NIL ((NIL NIL \"b\" \"y.test\")) NIL NIL "
          "\"<1@x>\" \"<2@x>\")",
          "hi from=A<a@x.test> to=<b@y.test> <1@x> <2@x>" },
        { "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)", "-" },
        /* cut short */
        { "(NIL \"hi\" ((\"A\" NIL \"a\" \"x.test\")))", "hi from=A<a@x.test>" },
        { "(NIL \"hi\")", "hi" },
        { "(NIL)", NULL },
        { "NIL", NULL },
        { "\"hi\"", NULL },
        /* addresses: groups, NIL parts, three parts, strings, without the list around one */
        { "(NIL \"hi\" NIL NIL NIL ((NIL NIL \"friends\" NIL)(NIL NIL \"b\" \"y.test\")(NIL NIL NIL NIL)) NIL NIL NIL NIL)",
          "hi to=<friends@-> to=<b@y.test> to=<-@->" },
        { "(NIL \"hi\" ((NIL NIL NIL \"x.test\")) NIL NIL ((\"A\" NIL \"a\")) NIL NIL NIL NIL)", "hi from=<-@x.test>" },
        { "(NIL \"hi\" \"a@x.test\" NIL NIL \"\" NIL NIL NIL NIL)", "hi" },
        { "(NIL \"hi\" (\"A\" NIL \"a\" \"x.test\") NIL NIL () NIL NIL NIL NIL)", "hi from=A<a@x.test>" },
        { "(NIL \"hi\" ((((NIL)))) NIL NIL (()) NIL NIL NIL NIL)", "hi" },
        /* numbers and atoms where strings belong */
        { "(19940207 2023 ((Ada NIL a x.test)) NIL NIL NIL NIL NIL NIL 5)", "2023 from=Ada<a@x.test> 5" },
        /* the text of a literal */
        { "(NIL {5}\r\na\"b\\c NIL NIL NIL NIL NIL NIL NIL NIL)", "a\"b\\c" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct imap_fetch fetch;
        g_autofree char *items = g_strconcat("ENVELOPE ", table[i].wire, " UID 1", NULL);
        imap_syntax *syntax = syntax_of(items, &fetch);
        g_autoptr(GString) story = g_string_new(NULL);
        const struct imap_envelope *envelope = &fetch.envelope;
        if (fetch.has & IMAP_FETCH_ENVELOPE) {
            g_string_append(story, envelope->subject != NULL ? envelope->subject : "-");
            tell_addresses(story, "from", envelope->from, envelope->from_count);
            tell_addresses(story, "to", envelope->to, envelope->to_count);
            g_string_append_printf(story, "%s%s", envelope->in_reply_to != NULL ? " " : "",
                                   envelope->in_reply_to != NULL ? envelope->in_reply_to : "");
            g_string_append_printf(story, "%s%s", envelope->message_id != NULL ? " " : "",
                                   envelope->message_id != NULL ? envelope->message_id : "");
        }
        if (strcmp(story->str, table[i].story != NULL ? table[i].story : "") != 0)
            fail_msg("%s\n  is told as \"%s\"", table[i].wire, story->str);
        assert_int_equal(fetch.uid, 1);
        imap_syntax_free(syntax);
    }
}

static void arrival_dates_are_read_with_and_without_a_zone(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        int64_t date; /* -1: none */
    } table[] = {
        { "\"17-Jul-1996 02:44:25 -0700\"", 837596665 },
        { "\"17-Jul-1996 02:44:25 +0000\"", 837571465 },
        { "\" 7-Jul-1996 02:44:25 +0530\"", 836687665 },
        { "\"7-JUL-1996 02:44:25 +0530\"", 836687665 },
        { "\"17-Jul-1996 02:44:25\"", 837571465 },
        { "\"17-Jul-1996 02:44:25 GMT\"", 837571465 },
        { "\"17-Lug-1996 02:44:25 +0000\"", -1 },
        { "\"17-anF-1996 02:44:25 +0000\"", -1 },
        { "\"31-Feb-1996 02:44:25 +0000\"", -1 },
        { "\"17-Jul-1996\"", -1 },
        { "\"17-Jul-99999999999999999999 99:99:99 +99999999999\"", -1 },
        { "\"\"", -1 },
        { "NIL", -1 },
        { "(\"17-Jul-1996 02:44:25 +0000\")", -1 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct imap_fetch fetch;
        g_autofree char *items = g_strconcat("INTERNALDATE ", table[i].wire, " UID 1", NULL);
        imap_syntax *syntax = syntax_of(items, &fetch);
        int64_t date = fetch.has & IMAP_FETCH_INTERNALDATE ? fetch.internaldate_utc : -1;
        if (date != table[i].date)
            fail_msg("%s is %" G_GINT64_FORMAT, table[i].wire, date);
        imap_syntax_free(syntax);
    }
}

static void response_codes_are_known_and_the_words_stay_untouched(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum imap_code code;
        const char *words;
    } table[] = {
        { "[ALERT] look", IMAP_CODE_ALERT, "look" },
        { "[alert] look", IMAP_CODE_ALERT, "look" },
        { "[AUTHENTICATIONFAILED] no", IMAP_CODE_AUTHENTICATIONFAILED, "no" },
        { "[UNAVAILABLE] later", IMAP_CODE_UNAVAILABLE, "later" },
        { "[INUSE] later", IMAP_CODE_INUSE, "later" },
        { "[LIMIT] too many", IMAP_CODE_LIMIT, "too many" },
        { "[OVERQUOTA] full", IMAP_CODE_OVERQUOTA, "full" },
        { "[NONEXISTENT] what", IMAP_CODE_NONEXISTENT, "what" },
        { "[TRYCREATE] make it", IMAP_CODE_TRYCREATE, "make it" },
        { "[CLOSED]", IMAP_CODE_CLOSED, "" },
        { "[READ-ONLY] look only", IMAP_CODE_READ_ONLY, "look only" },
        { "[X-VENDOR a b] odd", IMAP_CODE_OTHER, "odd" },
        { "[REFERRAL imap://x/] moved", IMAP_CODE_OTHER, "moved" },
        { "no code [at all]", IMAP_CODE_NONE, "no code [at all]" },
        { "UID COPY [TRYCREATE] failed", IMAP_CODE_TRYCREATE, "UID COPY [TRYCREATE] failed" },
        { "[ALERT never closed", IMAP_CODE_NONE, "[ALERT never closed" },
        { "[] empty", IMAP_CODE_OTHER, "empty" },
        { "[ALERT]no space", IMAP_CODE_ALERT, "no space" },
        { "", IMAP_CODE_NONE, "" },
    };
    imap_syntax *arena = imap_syntax_new(&imap_limits_default);
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct imap_reply reply = { 0 };
        const char *arguments = NULL;
        imap_response_code(arena, table[i].text, &reply, &arguments);
        if (reply.code != table[i].code || strcmp(reply.text, table[i].words) != 0)
            fail_msg("%s: %d \"%s\"", table[i].text, (int)reply.code, reply.text);
        assert_non_null(arguments);
    }
    imap_syntax_free(arena);
}

static void words_without_end_are_cut_between_characters(void **state)
{
    (void)state;
    imap_syntax *arena = imap_syntax_new(&imap_limits_default);
    for (size_t shift = 0; shift < 4; shift++) {
        struct imap_reply reply = { 0 };
        const char *arguments = NULL;
        g_autoptr(GString) text = g_string_new("[ALERT] ");
        g_string_append_len(text, "xyz", (gssize)shift);
        while (text->len < 100000)
            g_string_append(text, "\xf0\x9f\x93\xae");
        imap_response_code(arena, text->str, &reply, &arguments);
        assert_true(strlen(reply.text) > 1900 && strlen(reply.text) <= 2000);
        assert_true(g_utf8_validate(reply.text, -1, NULL));
    }
    imap_syntax_free(arena);
}

static void uid_sets_are_read_as_far_as_they_make_sense(void **state)
{
    (void)state;
    static const struct {
        const char *text, *story;
    } table[] = {
        { "1:5,9", "1:5 9:9 " },
        { "5:1", "1:5 " },
        { "4294967295", "4294967295:4294967295 " },
        { "4294967296", "" },
        { "1,4294967296,3", "1:1 " },
        { "0", "" },
        { "1:0", "" },
        { "", "" },
        { ",", "" },
        { "1,,2", "1:1 " },
        { "1:", "" },
        { "1:*", "" },
        { "99999999999999999999", "" },
        { "-1", "" },
        { "1:5x", "1:5 " },
    };
    imap_syntax *arena = imap_syntax_new(&imap_limits_default);
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        size_t count = 0;
        const struct imap_range *ranges = imap_response_ranges(arena, table[i].text, &count);
        g_autoptr(GString) story = g_string_new(NULL);
        for (size_t k = 0; k < count; k++)
            g_string_append_printf(story, "%u:%u ", ranges[k].first, ranges[k].last);
        if (strcmp(story->str, table[i].story) != 0)
            fail_msg("%s: \"%s\"", table[i].text, story->str);
    }
    imap_syntax_free(arena);
}

/* A message that is nested beyond measure is told with all that is no nesting; so are those beside it. */
static void lists_nested_too_deeply_are_passed_over(void **state)
{
    static const unsigned depths[] = { 10, 55, 63, 64, 65, 500, 30000 };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(depths); i++) {
        g_autoptr(GString) items = g_string_new("UID 7 BODYSTRUCTURE ");
        for (unsigned k = 0; k < depths[i]; k++)
            g_string_append(items, "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 100 (\"a)\" NIL) ");
        g_string_append(items, "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)");
        for (unsigned k = 0; k < depths[i]; k++)
            g_string_append(items, " 3)");
        g_string_append(items, " RFC822.SIZE 4711 FLAGS (\\Seen)");
        struct imap_fetch fetch;
        imap_syntax *syntax = syntax_of(items->str, &fetch);
        assert_int_equal(fetch.uid, 7);
        assert_int_equal(fetch.size_bytes, 4711);
        assert_int_equal(fetch.flags.bits, IMAP_FLAG_SEEN);
        imap_syntax_free(syntax);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_structures_are_read_however_they_are_broken),
        cmocka_unit_test(envelopes_are_read_however_they_are_broken),
        cmocka_unit_test(arrival_dates_are_read_with_and_without_a_zone),
        cmocka_unit_test(response_codes_are_known_and_the_words_stay_untouched),
        cmocka_unit_test(words_without_end_are_cut_between_characters),
        cmocka_unit_test(lists_nested_too_deeply_are_passed_over),
        cmocka_unit_test(uid_sets_are_read_as_far_as_they_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
