/* SPDX-License-Identifier: MIT */
/* Tricks of mail that are told to the reader, and honest mail of which nothing is told. */
#include "core/message_warning.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define CHECKED(results) "Authentication-Results: mx.home.test; " results "\nReceived: x\nFrom: Ada <ada@bank.test>\n\nx\n"
#define ATTACHED(name)   "From: a@x.test\nContent-Type: application/x-y\nContent-Disposition: attachment; filename=\"" name "\"\n\nx\n"

static GPtrArray *warnings_of(const char *raw, const char *checker, bool is_sure)
{
    static const char *const own[] = { "me@home.test", "me@rnail.example", NULL };
    const struct message_trust trust = { own, checker, is_sure };
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    return message_warnings(mail, &trust);
}

static void tricks_are_told(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        { "From: \"boss@bank.test\" <x@evil.test>\n\nx\n", "The name says boss@bank.test, but the address is x@evil.test." },
        { "From: =?utf-8?Q?=22boss=40bank=2Etest=22?= <x@evil.test>\n\nx\n",
          "The name says boss@bank.test, but the address is x@evil.test." },
        { "From: a@\xd0\xb0pple.test\n\nx\n", "really xn--pple-43d.test" },
        { "From: a@xn--pple-43d.test\n\nx\n", "“аpple.test”" },
        { "From: a@\xd1\x81\xd0\xbe\xd1\x80\xd0\xb5.test\n\nx\n", "look like others" },
        { "From: boss@h0me.test\n\nx\n", "h0me.test looks like your own domain home.test" },
        { "From: boss@mail.example\n\nx\n", "looks like your own domain rnail.example" },
        { "From: a@bank.test\nReply-To: b@evil.test\n\nx\n", "Answers go to b@evil.test, not to the sender." },
        { "From: a@bank.test\nFrom: b@evil.test\n\nx\n", "more than once" },
        { "From: a@x.test\nSubject: a\xe2\x80\xae"
          "fdp\n\nx\n",
          "turn the direction" },
        { ATTACHED("invoice.pdf.exe"), "only looks like a document: it is a program (.exe)" },
        { ATTACHED("invoice.pdf          .scr"), "program (.scr)" },
        { ATTACHED("invoice\xe2\x80\xae"
                   "fdp.exe"),
          "written backwards" },
        { CHECKED("dmarc=fail (p=none) header.from=bank.test; spf=pass"), "does not come from bank.test" },
        { CHECKED("spf=fail smtp.mailfrom=bank.test; dkim=none"), "does not come from bank.test" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(GPtrArray) found = warnings_of(samples[i][0], "mx.home.test", false);
        if (found->len == 0 || strstr(g_ptr_array_index(found, 0), samples[i][1]) == NULL)
            fail_msg("sample %zu: %s", i, found->len > 0 ? (char *)g_ptr_array_index(found, 0) : "nothing");
    }
}

static void of_honest_mail_nothing_is_told(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "From: Ada <ada@x.test>\nReply-To: news@mail.x.test\nSubject: s\n\nx\n",
        "From: \"ada@x.test\" <ADA@x.test>\n\nx\n",
        "From: \"Ada @ Home\" <ada@x.test>\n\nx\n",
        "From: a@x.test\nReply-To: list@lists.test\nList-Id: <l.lists.test>\n\nx\n",
        "From: a@x.test\nReply-To: me@home.test\n\nx\n",
        "From: a@b\xc3\xbc"
        "cher.test\n\nx\n",
        "From: a@\xe4\xbe\x8b\xe5\xad\x90.test\n\nx\n",
        "From: a@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.test\n\nx\n",
        "From: a@home.test\n\nx\n",
        "From: a@x.co.uk\nReply-To: b@mail.x.co.uk\n\nx\n",
        ATTACHED("setup.exe"),
        ATTACHED("archive.tar.gz"),
        ATTACHED("report.v2.pdf"),
        CHECKED("dmarc=pass; spf=fail; dkim=pass"),
        CHECKED("spf=softfail (dmarc=fail); dkim=none"),
        "Authentication-Results: evil.test; dmarc=fail\nReceived: x\nFrom: a@x.test\n\nx\n",
        "",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(GPtrArray) found = warnings_of(samples[i], "imap.home.test", false);
        if (found->len > 0)
            fail_msg("sample %zu: %s", i, (char *)g_ptr_array_index(found, 0));
    }
}

static void other_houses_under_a_country_are_others(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) found = warnings_of("From: a@x.co.uk\nReply-To: b@y.co.uk\n\nx\n", NULL, false);
    assert_int_equal(found->len, 1);
}

static void missing_checks_are_told_only_of_a_server_that_was_named(void **state)
{
    (void)state;
    static const char raw[] = "Received: x\nFrom: a@x.test\n\nx\n";
    g_autoptr(GPtrArray) guessed = warnings_of(raw, "mx.home.test", false), named = warnings_of(raw, "mx.home.test", true);
    assert_int_equal(guessed->len, 0);
    assert_int_equal(named->len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tricks_are_told),
        cmocka_unit_test(of_honest_mail_nothing_is_told),
        cmocka_unit_test(other_houses_under_a_country_are_others),
        cmocka_unit_test(missing_checks_are_told_only_of_a_server_that_was_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
