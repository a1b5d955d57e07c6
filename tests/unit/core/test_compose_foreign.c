/* SPDX-License-Identifier: MIT */
/* Drafts of other programs: what somebody may have meant goes on with them, what is only their bookkeeping is not sent. */
#include "core/compose.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define FROM "From: Alice <alice@example.test>\nTo: bob@example.test\nSubject: plans\nMIME-Version: 1.0\n"
#define TEXT "Content-Type: text/plain; charset=utf-8\n\nHello\n"

static struct account *alice(void)
{
    struct account *self = account_new("work");
    self->from_name = g_strdup("Alice");
    self->from_address = g_strdup("alice@example.test");
    return self;
}

static struct draft *open_as(enum compose_kind kind, const char *bytes, size_t size)
{
    struct account *owner = alice();
    g_autoptr(GError) error = NULL;
    g_autoptr(message) original = message_parse(bytes, size);
    struct draft *self = compose_start(kind, owner, original, NULL, &error);
    if (self == NULL)
        fail_msg("%s", error->message);
    account_free(owner);
    return self;
}

/* Opened, kept as a draft of ours, opened again: as a person does who saves it in between. */
static struct draft *opened(const char *text)
{
    g_autoptr(draft) first = open_as(COMPOSE_DRAFT, text, strlen(text));
    g_autoptr(GBytes) kept = compose_build_draft(first, true);
    return open_as(COMPOSE_DRAFT, g_bytes_get_data(kept, NULL), g_bytes_get_size(kept));
}

static char *sent(struct draft *self)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    if (!compose_build(self, &bytes, &sender, &recipients, &error))
        fail_msg("%s", error->message);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void expect(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("there is no \"%s\" in:\n%s", words, text);
}

static void what_somebody_may_have_meant_is_sent_in_its_order(void **state)
{
    (void)state;
    static const char *const kept[] = { "Organization: Example",
                                        "Importance: high",
                                        "X-Priority: 1 (Highest)",
                                        "Priority: urgent",
                                        "X-Mine: one",
                                        "X-Mine: two",
                                        "Keywords: plans, travel",
                                        "Thread-Topic: plans",
                                        "Mail-Followup-To: list@example.test",
                                        "Return-Receipt-To: alice@example.test",
                                        "Sensitivity: company-confidential",
                                        "X-Label: travel" };
    g_autoptr(GString) text = g_string_new(FROM);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        g_string_append_printf(text, "%s\n", kept[i]);
    g_string_append(text, "Bcc: carol@example.test\n" TEXT);
    g_autoptr(draft) self = opened(text->str);
    g_autofree char *out = sent(self);
    const char *at = out;
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *line = g_strdup_printf("\n%s\n", kept[i]);
        const char *found = strstr(at, line);
        if (found == NULL)
            fail_msg("\"%s\" is not there, or not in its place:\n%s", kept[i], out);
        else
            at = found;
    }
    assert_string_equal(self->bcc, "carol@example.test");
    assert_null(strstr(out, "carol"));
}

static void a_field_of_addresses_stays_one(void **state)
{
    (void)state;
    g_autoptr(draft) self = opened(FROM "Disposition-Notification-To: =?utf-8?q?M=C3=BCller=2C_Al?= <alice@example.test>\n"
                                        "Organization: =?utf-8?q?Caf=C3=A9?= \n =?utf-8?q?_Bar?=\n" TEXT);
    expect(self->extra_headers, "Disposition-Notification-To: \"M\xc3\xbcller, Al\" <alice@example.test>\n");
    expect(self->extra_headers, "Organization: Caf\xc3\xa9 Bar\n");
    g_autofree char *out = sent(self);
    g_autoptr(message) read = message_parse(out, strlen(out));
    g_autoptr(GPtrArray) people = message_addresses(read, "Disposition-Notification-To");
    assert_int_equal(people->len, 1);
    const struct message_address *one = people->pdata[0];
    assert_string_equal(one->name, "M\xc3\xbcller, Al");
    assert_string_equal(one->address, "alice@example.test");
}

static const struct program {
    const char *name, *fields;
    const char *extra; /* what is left of them; NULL: nothing */
    bool asks_report, is_signed, is_encrypted, is_smime;
} programs[] = {
    { "Thunderbird",
      "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: \nFCC: imap://a@x/Sent\nX-Identity-Key: id1\n"
      "X-Account-Key: account2\nX-Mozilla-Draft-Info: internal/draft; vcard=0; receipt=1; DSN=1; uuencode=0;\n attachmentreminder=0; "
      "deliveryformat=4\nContent-Language: en-US\nX-Priority: 2 (High)\nUser-Agent: Mozilla Thunderbird\n",
      "X-Priority: 2 (High)\nDisposition-Notification-To: Alice <alice@example.test>\n", true, false, false, false },
    { "Thunderbird, both receipts", "X-Mozilla-Draft-Info: internal/draft; vcard=1; receipt=3; DSN=0; uuencode=0\n",
      "Disposition-Notification-To: Alice <alice@example.test>\nReturn-Receipt-To: Alice <alice@example.test>\n", false, false, false,
      false },
    { "Thunderbird, asked already", "Disposition-Notification-To: a@x.test\nX-Mozilla-Draft-Info: internal/draft; receipt=1; DSN=0\n",
      "Disposition-Notification-To: a@x.test\n", false, false, false, false },
    { "Enigmail", "X-Enigmail-Draft-Status: N22110\n", NULL, false, true, true, false },
    { "Enigmail, as usual", "X-Enigmail-Draft-Status: N1110\n", NULL, false, false, false, false },
    { "Apple Mail",
      "X-Apple-Auto-Saved: 1\nX-Apple-Mail-Plain-Text-Draft: yes\nX-Apple-Mail-Remote-Attachments: YES\nX-Apple-Base-Url: x-msg://9/\n"
      "X-Uniform-Type-Identifier: com.apple.mail-draft\nX-Universally-Unique-Identifier: 98BB4986\nX-Apple-Windows-Friendly: 1\n"
      "X-Apple-Mail-Signature: SKIP_SIGNATURE\nX-Mailer: Apple Mail (2.3608)\n",
      NULL, false, false, false, false },
    { "Evolution",
      "X-Evolution-Identity: a0\nX-Evolution-Fcc: folder://c/Sent\nX-Evolution-Transport: 6d\nX-Evolution-Source: \n"
      "X-Evolution-Format: text/plain, pgp-sign, pgp-encrypt\nX-Evolution: 00000001-0110\nOrganization: Example\n",
      "Organization: Example\n", false, true, true, false },
    { "KMail",
      "X-KMail-Identity: 14\nX-KMail-Transport: 1\nX-KMail-Fcc: 12\nX-KMail-Drafts: 3\nX-KMail-Link-Message: 4\nX-KMail-Link-Type: reply\n"
      "X-KMail-SignatureActionEnabled: true\nX-KMail-EncryptActionEnabled: false\nX-KMail-CryptoMessageFormat: 4\nX-Face: abc\n",
      "X-Face: abc\n", false, true, false, true },
    { "mutt", "X-Mutt-References: <a@b>\nX-Mutt-Fcc: =Sent\nX-Mutt-PGP: E<0xAS>I\nX-Mutt-Mix: a\nX-Mutt-Resume-Draft: 1\n", NULL, false,
      false, true, false },
    { "mutt, S/MIME", "X-Mutt-SMIME: SC<aes256>\n", NULL, false, true, false, true },
    { "Claws",
      "AF:0\nNF:0\nS:a@x\nSSV:smtp\nSCF:#mh/Mailbox/sent\nRMID:#imap/a/INBOX\nX-Claws-Account-Id:1\nX-Claws-Sign:0\nX-Claws-Encrypt:1\n"
      "X-Claws-Privacy-System:pgpmime\nX-Claws-End-Special-Headers: 1\nReferences: <a@b>\n",
      NULL, false, false, true, false },
    { "K-9", "X-K9mail-Identity: !l=0&o=0\nAutocrypt-Draft-State: encrypt=yes; _by-choice=yes; \n", NULL, false, false, true, false },
    { "Outlook",
      "X-Unsent: 1\nThread-Topic: plans\nThread-Index: Adx0\nImportance: low\nX-MS-Has-Attach:\nX-MS-TNEF-Correlator:\n"
      "x-ms-exchange-imapappendstamp: a\nX-Microsoft-Mine: 1\nX-OriginatorOrg: x.test\n",
      "Thread-Topic: plans\nThread-Index: Adx0\nImportance: low\nX-Microsoft-Mine: 1\n", false, false, false, false },
    { "Roundcube", "X-Draft-Info: type=reply; uid=4; folder=INBOX\nDisposition-Notification-To: alice@example.test\n",
      "Disposition-Notification-To: alice@example.test\n", false, false, false, false },
    { "Alpine", "Fcc: sent-mail\nX-Reply-UID: (2 > )(1 1)(5)m\nX-Reply-Mbox: INBOX\nX-Cursor-Pos: 12\nX-Our-Headers: X-Mine\nX-Mine: 7\n",
      "X-Mine: 7\n", false, false, false, false },
};

static void bookkeeping_stays_at_home_and_what_it_says_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        const struct program *row = &programs[i];
        g_autofree char *text = g_strconcat(FROM, row->fields, TEXT, NULL);
        g_autoptr(draft) self = opened(text);
        if (g_strcmp0(self->extra_headers, row->extra) != 0)
            fail_msg("%s: there is \"%s\" instead of \"%s\"", row->name, self->extra_headers, row->extra);
        if (self->asks_report != row->asks_report || self->is_signed != row->is_signed || self->is_encrypted != row->is_encrypted ||
            self->is_smime != row->is_smime)
            fail_msg("%s: report %d, signed %d, encrypted %d, S/MIME %d", row->name, self->asks_report, self->is_signed, self->is_encrypted,
                     self->is_smime);
        assert_string_equal(self->body, "Hello\n");
    }
}

static void a_flowed_draft_goes_on_in_paragraphs(void **state)
{
    (void)state;
    g_autoptr(draft) self = opened(FROM "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n"
                                        "One paragraph that was bro \nken here.\n>> Twice \n>> quoted.\n> Once.\n  indented\n-- \nAl\n");
    assert_true(self->is_flowed);
    assert_string_equal(self->body, "One paragraph that was broken here.\n>> Twicequoted.\n> Once.\n indented\n-- \nAl\n");
    g_autofree char *out = sent(self);
    expect(out, "format=flowed");
}

static void another_sender_stays_and_nobody_is_still_oneself(void **state)
{
    (void)state;
    g_autoptr(draft) self = opened("From: \"Office, Old\" <office@other.test>\nTo: bob@example.test\n" TEXT),
                     none = opened("To: bob@example.test\nSubject: x\n" TEXT);
    assert_string_equal(self->from, "\"Office, Old\" <office@other.test>");
    assert_string_equal(none->from, "Alice <alice@example.test>");
    static const char theirs[] = "From: Bob <bob@example.test>\nTo: alice@example.test\nX-Mine: 1\nImportance: high\n" TEXT;
    g_autoptr(draft) other = open_as(COMPOSE_EDIT, theirs, strlen(theirs)); /* a new message like it is not theirs */
    assert_string_equal(other->from, "Alice <alice@example.test>");
    assert_null(other->extra_headers);
}

/* It waited, and is taken back. */
static void a_finished_message_is_gone_on_with_as_it_was(void **state)
{
    (void)state;
    static const char finished[] = "Date: Fri, 20 Nov 2026 10:00:00 +0000\nReceived: by x\nMessage-ID: <a@b>\nUser-Agent: postern/1\n"
                                   "Organization: Example\n" FROM "X-Mine: 1\nContent-Type: text/plain; format=flowed\n\nlong \nline\n";
    g_autoptr(draft) self = open_as(COMPOSE_RESUME, finished, strlen(finished));
    assert_string_equal(self->extra_headers, "Organization: Example\nX-Mine: 1\n");
    assert_string_equal(self->body, "long line\n");
    assert_true(self->is_flowed);
}

/* Ours lies in Drafts too, and other programs look at it there. */
static void a_draft_of_ours_shows_its_fields_to_others(void **state)
{
    (void)state;
    g_autoptr(draft) self = opened(FROM "Importance: high\nOrganization: Example\n" TEXT);
    self->extra_headers = (g_free(self->extra_headers), g_strdup("Importance: high\nX-Mailer: mine\nX-Mine: 1\n"));
    g_autoptr(GBytes) kept = compose_build_draft(self, true);
    g_autofree char *text = g_strndup(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept));
    expect(text, "\nImportance: high\n");
    expect(text, "\nX-Mine: 1\n");
    assert_null(strstr(text, "\nX-Mailer: mine")); /* would be lost when it is read again */
    g_autoptr(draft) again = open_as(COMPOSE_DRAFT, text, strlen(text));
    g_autofree char *out = sent(again);
    expect(out, "\nX-Mailer: mine\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_somebody_may_have_meant_is_sent_in_its_order), cmocka_unit_test(a_field_of_addresses_stays_one),
        cmocka_unit_test(bookkeeping_stays_at_home_and_what_it_says_counts), cmocka_unit_test(a_flowed_draft_goes_on_in_paragraphs),
        cmocka_unit_test(another_sender_stays_and_nobody_is_still_oneself),  cmocka_unit_test(a_finished_message_is_gone_on_with_as_it_was),
        cmocka_unit_test(a_draft_of_ours_shows_its_fields_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
