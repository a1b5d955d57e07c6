/* SPDX-License-Identifier: MIT */
/* Header lines as servers hand them through → an envelope. */
#include "core/header_envelope.h"
#include "net/imap_response.h"
#include <gmime/gmime.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* "name|mailbox|host;…" */
static char *addresses_text(const struct imap_address *all, size_t count)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s|%s|%s", i > 0 ? ";" : "", all[i].name != NULL ? all[i].name : "-", all[i].mailbox, all[i].host);
    return g_string_free(text, FALSE);
}

static void values_are_unfolded_and_the_first_counts(void **state)
{
    (void)state;
    static const char lines[] =
        "Subject: Lovely \r\n  weather,\r\n\tisn't\rit \r\n \r\ndate : Mon, 1 Jan 2024 10:00:00 +0000 \r\nSUBJECT: another\r\n"
        "Message-Id:<a@b>\r\nX-Other: no\r\n folded\r\nIn-Reply-To:\r\n <c@d>\r\nreferences: <e@f>\r\n <c@d>\r\nList-ID: Cats "
        "<cats.x>\r\n\r\n";
    header_envelope *header = header_envelope_read(lines, sizeof lines - 1);
    const struct imap_envelope *envelope = header_envelope_get(header);
    assert_string_equal(envelope->subject, "Lovely weather, isn't it");
    assert_string_equal(envelope->date, "Mon, 1 Jan 2024 10:00:00 +0000");
    assert_string_equal(envelope->message_id, "<a@b>");
    assert_string_equal(envelope->in_reply_to, "<c@d>");
    assert_string_equal(header_envelope_references(header), "<e@f> <c@d>");
    assert_string_equal(header_envelope_list_id(header), "Cats <cats.x>");
    assert_int_equal(envelope->from_count, 0);
    header_envelope_free(header);
}

static void addresses_of_every_form_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line, *wanted;
    } cases[] = {
        { "To: ada@example.org", "-|ada|example.org" },
        { "To: <ada@example.org>", "-|ada|example.org" },
        { "To: Ada Lovelace <ada@example.org>", "Ada Lovelace|ada|example.org" },
        { "To: \"Lovelace, Ada\" <ada@example.org>,b@c ,  \"B\"<b@d>", "Lovelace, Ada|ada|example.org;-|b|c;B|b|d" },
        { "To: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <g@h>", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=|g|h" },
        { "To: a@b,\r\n\tc@d,,\r\n e@f\r\nTo: g@h", "-|a|b;-|c|d;-|e|f;-|g|h" },
        /* left to GMime */
        { "To: ada@example.org (Ada)", "Ada|ada|example.org" },
        { "To: a@b, \"Ada \\\"Countess\\\" L\" <ada@example.org>", "-|a|b;Ada \"Countess\" L|ada|example.org" },
        { "To: Friends: a@b, \"C\" <c@d>;, e@f", "-|a|b;C|c|d;-|e|f" },
        { "To: undisclosed-recipients:;", "" },
        { "To: <@relay,@other:ada@example.org>", "-|ada|example.org" },
        { "To: \"quoted local\"@example.org", "-|\"quoted local\"|example.org" },
        { "To: ada@[192.0.2.1]", "-|ada|[192.0.2.1]" },
        { "To: root", "-|root|" },
        { "To: [Team] News <n@x.test>", "[Team] News|n|x.test" },
        { "To: \" via RT \" <rt@b.test>", "via RT|rt|b.test" },
        { "To:", "" },
        { "To: , ,", "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        header_envelope *header = header_envelope_read(cases[i].line, strlen(cases[i].line));
        const struct imap_envelope *envelope = header_envelope_get(header);
        g_autofree char *text = addresses_text(envelope->to, envelope->to_count);
        assert_string_equal(text, cases[i].wanted);
        header_envelope_free(header);
    }
}

static void a_sender_without_an_address_keeps_its_words(void **state)
{
    (void)state;
    static const char lines[] = "From: ada at example.org\r\nTo: nobody at all\r\n";
    header_envelope *header = header_envelope_read(lines, sizeof lines - 1);
    const struct imap_envelope *envelope = header_envelope_get(header);
    assert_int_equal(envelope->from_count, 1);
    assert_string_equal(envelope->from[0].name, "ada at example.org");
    assert_string_equal(envelope->from[0].mailbox, "");
    header_envelope_free(header);
}

static void a_sender_is_named_as_the_message_will_name_it(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *name, *mailbox;
    } cases[] = { { "From: Postmaster <>\r\n", "Postmaster", "" },
                  { "From: \"Night Service\" <>\r\n", "Night Service", "" },
                  { "From: Ann ann@x.test\r\n", "Ann", "ann" },
                  { "From: [Team] News <news@x.test>\r\n", "[Team] News", "news" } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        header_envelope *header = header_envelope_read(cases[i].lines, strlen(cases[i].lines));
        const struct imap_envelope *envelope = header_envelope_get(header);
        assert_int_equal(envelope->from_count, 1);
        assert_string_equal(envelope->from[0].name, cases[i].name);
        assert_string_equal(envelope->from[0].mailbox, cases[i].mailbox);
        header_envelope_free(header);
    }
}

static void nonsense_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    static const char *const all[] = { "",
                                       "\n",
                                       ":",
                                       "To",
                                       "To:\"",
                                       "To: <",
                                       "To: a@",
                                       "To: @",
                                       "To: \xff\xfe@\xff",
                                       "From: \"a\" b <c@d",
                                       "Subject",
                                       "Subject:\r\n",
                                       " \r\n \r\n",
                                       "To: a@b\r",
                                       "Cc: (((((((((",
                                       "To: <<<<>>>>,@@@,;;;::" };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        size_t length = strlen(all[i]);
        g_autofree char *exact = g_memdup2(all[i], length); /* a byte too far is seen by the sanitizer */
        header_envelope *header = header_envelope_read(exact, length);
        const struct imap_envelope *envelope = header_envelope_get(header);
        for (size_t k = 0; k < envelope->to_count; k++)
            assert_true(g_utf8_validate(envelope->to[k].mailbox, -1, NULL) && g_utf8_validate(envelope->to[k].host, -1, NULL));
        header_envelope_free(header);
    }
    static const char nul[] = "Subject: a\0b\r\nTo: a@b\0c\r\nFrom: d@e\r\n";
    header_envelope *header = header_envelope_read(nul, sizeof nul - 1);
    assert_string_equal(header_envelope_get(header)->subject, "a");
    assert_int_equal(header_envelope_get(header)->from_count, 1);
    header_envelope_free(header);
}

static void a_million_addresses_take_no_longer_than_they_are_long(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("To: ");
    for (int i = 0; i < 100000; i++)
        g_string_append(text, "a@b, ");
    g_string_append(text, "Group: ");
    for (int i = 0; i < 100000; i++)
        g_string_append(text, "(((\"x");
    header_envelope *header = header_envelope_read(text->str, text->len);
    assert_true(header_envelope_get(header)->to_count >= 100000);
    header_envelope_free(header);
}

static int start_gmime(void **state)
{
    (void)state;
    g_mime_init();
    return 0;
}

static int stop_gmime(void **state)
{
    (void)state;
    g_mime_shutdown();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_unfolded_and_the_first_counts),
        cmocka_unit_test(addresses_of_every_form_are_read),
        cmocka_unit_test(a_sender_without_an_address_keeps_its_words),
        cmocka_unit_test(a_sender_is_named_as_the_message_will_name_it),
        cmocka_unit_test(nonsense_is_read_as_far_as_it_goes),
        cmocka_unit_test(a_million_addresses_take_no_longer_than_they_are_long),
    };
    return cmocka_run_group_tests(tests, start_gmime, stop_gmime);
}
