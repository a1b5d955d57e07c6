/* SPDX-License-Identifier: MIT */
/* What servers say, in the words of people. */
#include "net/smtp_dsn.h"
#include "net/smtp_status.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void what_a_server_says_is_told_in_plain_words(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *text, *words;
    } rows[] = {
        { 550, "5.1.1 <x@y>: Recipient address rejected: User unknown", "there is no such mailbox" },
        { 451, "4.7.1 Greylisted, try again in 5 minutes", "greylisting" },
        { 450, "4.2.0 <x@y>: Recipient address rejected: Greylisted", "greylisting" },
        { 451, "4.7.1 please come back", "some minutes" },
        { 452, "4.2.2 Mailbox full", "the mailbox is full" },
        { 552, "5.3.4 Message size exceeds fixed limit", "larger than the server takes" },
        { 552, "quota exceeded", "the mailbox is full" },
        { 550, "no", "does not exist" },
        { 421, "4.7.0 too many connections from you", "too many connections" },
        { 550, "5.4.5 Daily user sending limit exceeded", "a day" },
        { 553, "5.6.7 no", "letters" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *words = smtp_status_words(rows[i].code, rows[i].text);
        if (words == NULL || strstr(words, rows[i].words) == NULL)
            fail_msg("%d %s: %s", rows[i].code, rows[i].text, words != NULL ? words : "nothing");
    }
    assert_null(smtp_status_words(250, "2.0.0 ok"));
    assert_null(smtp_status_words(550, "5.9.9 something new"));
    assert_null(smtp_status_words(599, ""));
}

static void only_the_words_of_the_standard_ask_for_notices(void **state)
{
    (void)state;
    unsigned notify = 99;
    assert_true(smtp_dsn_parse_notify("success, Delay", &notify));
    assert_int_equal(notify, SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY);
    assert_true(smtp_dsn_parse_notify("", &notify));
    assert_int_equal(notify, 0);
    assert_true(smtp_dsn_parse_notify("never", &notify));
    assert_false(smtp_dsn_parse_notify("never,success", &notify));
    assert_false(smtp_dsn_parse_notify("always", &notify));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_server_says_is_told_in_plain_words),
        cmocka_unit_test(only_the_words_of_the_standard_ask_for_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
