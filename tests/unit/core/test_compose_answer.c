/* SPDX-License-Identifier: MIT */
/* Whom an answer reaches, under which subject, from which address; and what is quoted in it. */
#include "core/compose.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct account *alice(void)
{
    static char *aliases[] = { (char *)"Al <al@example.test>", NULL };
    struct account *self = account_new("work");
    self->from_name = g_strdup("Alice");
    self->from_address = g_strdup("alice@example.test");
    g_strfreev(self->aliases);
    self->aliases = g_strdupv(aliases);
    return self;
}

static struct draft *answer_to(enum compose_kind kind, const char *header, const char *body)
{
    struct account *owner = alice();
    g_autofree char *text = g_strconcat(header, "Message-ID: <m@x>\nDate: Fri, 20 Nov 2026 10:00:00 +0000\n\n", body, NULL);
    g_autoptr(message) original = message_parse(text, strlen(text));
    g_autoptr(GError) error = NULL;
    struct draft *self = compose_start(kind, owner, original, NULL, &error);
    if (self == NULL)
        fail_msg("%s", error->message);
    account_free(owner);
    return self;
}

struct reach {
    enum compose_kind kind;
    const char *header, *from, *to, *cc;
};

#define ME "Alice <alice@example.test>"
static const struct reach reaches[] = {
    { COMPOSE_REPLY, "From: Bob <bob@x.test>\nTo: " ME "\n", ME, "Bob <bob@x.test>", "" },
    { COMPOSE_REPLY, "From: Bob <bob@x.test>\nReply-To: Office <office@x.test>\nTo: " ME "\n", ME, "Office <office@x.test>", "" },
    { COMPOSE_REPLY, "From: Bob <bob@x.test>\nReply-To: \nTo: " ME "\n", ME, "Bob <bob@x.test>", "" },
    { COMPOSE_REPLY, "From: Bob <bob@x.test>\nTo: al@example.test\n", "Al <al@example.test>", "Bob <bob@x.test>", "" },
    /* one's own mail is gone on with */
    { COMPOSE_REPLY, "From: Al <al@example.test>\nTo: Bob <bob@x.test>, Eve <eve@x.test>\nCc: Kim <kim@x.test>\n", "Al <al@example.test>",
      "Bob <bob@x.test>, Eve <eve@x.test>", "" },
    { COMPOSE_REPLY_ALL, "From: " ME "\nTo: Bob <bob@x.test>\nCc: Kim <kim@x.test>, alice@example.test\n", ME, "Bob <bob@x.test>",
      "Kim <kim@x.test>" },
    { COMPOSE_REPLY, "From: " ME "\nTo: " ME "\n", ME, ME, "" },
    /* to all: nobody twice, not oneself */
    { COMPOSE_REPLY_ALL, "From: Bob <bob@x.test>\nTo: ALICE@example.test, BOB@x.test, Eve <eve@x.test>\nCc: eve@x.test, Kim <kim@x.test>\n",
      ME, "Bob <bob@x.test>", "Eve <eve@x.test>, Kim <kim@x.test>" },
    { COMPOSE_REPLY_ALL, "From: Bob <bob@x.test>\nTo: friends: Kim <kim@x.test>, Eve <eve@x.test>;\n", ME, "Bob <bob@x.test>",
      "Kim <kim@x.test>, Eve <eve@x.test>" },
    { COMPOSE_REPLY_ALL, "From: =?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@x.test>\nTo: " ME ", \"Doe, \\\"Jo\\\"\" <jo@x.test>\n", ME,
      "\"Müller, Jörg\" <j@x.test>", "\"Doe, \\\"Jo\\\"\" <jo@x.test>" },
    /* lists */
    { COMPOSE_REPLY_ALL, "From: Bob <bob@x.test>\nTo: l@lists.test\nMail-Followup-To: l@lists.test, " ME "\n", ME, "l@lists.test", "" },
    { COMPOSE_REPLY_LIST, "From: Bob <bob@x.test>\nTo: l@lists.test\nList-Post: <https://x.test>, <MAILTO:l%2Bx@lists.test?subject=x>\n",
      ME, "l+x@lists.test", "" },
    { COMPOSE_REPLY_LIST, "From: Bob <bob@x.test>\nTo: l@lists.test\nList-Post: NO\nMail-Followup-To: l@lists.test\n", ME, "l@lists.test",
      "" },
    { COMPOSE_FORWARD, "From: Bob <bob@x.test>\nTo: al@example.test\n", "Al <al@example.test>", "", "" },
    /* somebody else's message written anew is not sent in their name */
    { COMPOSE_EDIT, "From: Bob <bob@x.test>\nTo: Alice <alice@example.test>, \"Doe, Jo\" <jo@x.test>\n", ME,
      "Alice <alice@example.test>, \"Doe, Jo\" <jo@x.test>", "" },
};

static void answers_reach_whom_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(reaches); i++) {
        const struct reach *wanted = &reaches[i];
        g_autoptr(draft) self = answer_to(wanted->kind, wanted->header, "Hello\n");
        if (strcmp(self->from, wanted->from) != 0 || strcmp(self->to, wanted->to) != 0 || strcmp(self->cc, wanted->cc) != 0)
            fail_msg("%s: From %s, To %s, Cc %s", wanted->header, self->from, self->to, self->cc);
    }
}

static void a_list_nobody_may_write_to_is_told(void **state)
{
    (void)state;
    static const char text[] = "From: Bob <bob@x.test>\nList-Post: NO\n\nx\n";
    struct account *owner = alice();
    g_autoptr(message) original = message_parse(text, strlen(text));
    g_autoptr(GError) error = NULL;
    assert_null(compose_start(COMPOSE_REPLY_LIST, owner, original, NULL, &error));
    assert_non_null(error);
    account_free(owner);
}

static void nobody_wrote_in_1970(void **state)
{
    static const struct {
        const char *text, *attribution, *first;
    } cases[] = {
        { "From: Bob <bob@x.test>\nDate: Thu, 19 Nov 2026 12:00:00 +0000\n\nx\n", "%n, %Y:", "Bob, 2026:\n> x\n" },
        { "From: Bob <bob@x.test>\n\nx\n", "%n, %Y:", "Bob wrote:\n> x\n" },
        { "From: Bob <bob@x.test>\n\nx\n", "Dear %n <%a>, 100%%", "Dear Bob <bob@x.test>, 100%\n> x\n" },
        { "From: Bob <bob@x.test>\n\nx\n", NULL, "Bob wrote:\n> x\n" },
        { "From: bob@x.test\nDate: yesterday\n\nx\n", NULL, "bob@x.test wrote:\n> x\n" },
        { "Subject: s\nDate: Thu, 19 Nov 2026 12:00:00 +0000\n\nx\n", NULL, "> x\n" },
    };
    struct account *owner = alice();
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(message) original = message_parse(cases[i].text, strlen(cases[i].text));
        g_autoptr(draft) answer = compose_start(COMPOSE_REPLY, owner, original, cases[i].attribution, NULL);
        assert_non_null(answer);
        assert_true(g_str_has_prefix(answer->body, cases[i].first));
    }
    account_free(owner);
}

static void subjects_keep_what_they_tell(void **state)
{
    (void)state;
    static const struct {
        enum compose_kind kind;
        const char *before, *after;
    } rows[] = {
        { COMPOSE_REPLY, "engine", "Re: engine" },
        { COMPOSE_REPLY, "RE: AW: re[2]: Re (3) : engine", "Re: engine" },
        { COMPOSE_REPLY, "Fwd: engine", "Re: Fwd: engine" },
        { COMPOSE_REPLY, "回复：回复: engine", "Re: engine" },
        { COMPOSE_REPLY, "Reply: engine", "Re: Reply: engine" },
        { COMPOSE_REPLY, "Re[x]: engine", "Re: Re[x]: engine" },
        { COMPOSE_REPLY, "", "Re: " },
        { COMPOSE_REPLY, "RÉ\u00a0: engine", "Re: engine" },
        { COMPOSE_REPLY, "Réf. : Re\u00a0: engine", "Re: engine" },
        { COMPOSE_REPLY, "ОТВ: НА: На: engine", "Re: engine" },
        { COMPOSE_REPLY, "Antwort: ΑΠ: Απ: engine", "Re: engine" },
        { COMPOSE_REPLY, "Re^3: VÁ: engine", "Re: engine" },
        { COMPOSE_REPLY, "[engines] Re: AW: steam", "Re: [engines] steam" },
        { COMPOSE_REPLY, "Re: [engines] steam", "Re: [engines] steam" },
        { COMPOSE_REPLY, "[engines]Re:[1] steam", "Re: [engines] [1] steam" },
        { COMPOSE_REPLY, "[engines", "Re: [engines" },
        { COMPOSE_REPLY, "Рефакторинг: engine", "Re: Рефакторинг: engine" },
        { COMPOSE_FORWARD, "Re: engine", "Fwd: Re: engine" },
        { COMPOSE_FORWARD, "Fw: WG: engine", "Fwd: engine" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *header = g_strdup_printf("From: b@x.test\nSubject: %s\n", rows[i].before);
        g_autoptr(draft) self = answer_to(rows[i].kind, header, "Hello\n");
        assert_string_equal(self->subject, rows[i].after);
    }
}

static void the_chain_of_references_goes_on(void **state)
{
    (void)state;
    g_autoptr(GString) header = g_string_new("From: b@x.test\nReferences:");
    for (int i = 0; i < 60; i++)
        g_string_append_printf(header, "\n <id%d@x>", i);
    g_string_append(header, "\n");
    g_autoptr(draft) self = answer_to(COMPOSE_REPLY, header->str, "x\n");
    g_auto(GStrv) ids = g_strsplit(self->references, " ", -1);
    assert_int_equal(g_strv_length(ids), 30);
    assert_string_equal(ids[0], "id0@x");
    assert_string_equal(ids[29], "m@x");
    assert_string_equal(self->in_reply_to, "m@x");
    g_autoptr(draft) second = answer_to(COMPOSE_REPLY, "From: b@x.test\nIn-Reply-To: <before@x>\n", "x\n");
    assert_string_equal(second->references, "before@x m@x");
}

static void what_is_quoted_keeps_its_levels(void **state)
{
    (void)state;
    g_autoptr(draft) self = answer_to(COMPOSE_REPLY, "From: b@x.test\n", "one\n> two\n> > three\n>>> four\n\n-- \nBob\n");
    assert_non_null(strstr(self->body, "\n> one\n>> two\n>>> three\n>>>> four\n"));
    assert_null(strstr(self->body, "Bob"));
}

static void an_answer_above_the_quote_is_quoted_with_it(void **state)
{
    (void)state;
    g_autoptr(draft) self = answer_to(COMPOSE_REPLY, "From: b@x.test\n", "yes\n-- \nBob\n\n> older words\n");
    assert_non_null(strstr(self->body, ">> older words\n"));
}

static void html_alone_is_quoted_as_text(void **state)
{
    (void)state;
    g_autoptr(draft) self = answer_to(COMPOSE_REPLY, "From: b@x.test\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n",
                                      "<html><body><p>Hello <b>there</b></p><blockquote><p>older</p></blockquote></body></html>\n");
    assert_non_null(strstr(self->body, "> Hello"));
    assert_null(strstr(self->body, "<b>"));
    assert_non_null(strstr(self->body, ">> older"));
}

static void long_lines_are_quoted_in_readable_pieces(void **state)
{
    (void)state;
    g_autofree char *words = g_strnfill(400, 'a');
    for (int i = 9; i < 400; i += 10)
        words[i] = ' ';
    g_autoptr(draft) self = answer_to(COMPOSE_REPLY, "From: b@x.test\n", words);
    g_auto(GStrv) lines = g_strsplit(self->body, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        assert_true(strlen(*line) <= 80);
}

/* --- redirecting --- */
static void check_redirected(const char *original_text, const char *kept)
{
    struct account *owner = alice();
    g_autoptr(message) original = message_parse(original_text, strlen(original_text));
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_redirect(owner, original, "\"Müller, Jörg\" <j@x.test>, kim@x.test", &bytes, &sender, &recipients, &error));
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    assert_string_equal(sender, "alice@example.test");
    assert_int_equal(g_strv_length(recipients), 2);
    assert_string_equal(recipients[1], "kim@x.test");
    assert_true(g_str_has_suffix(text, kept)); /* byte for byte */
    g_autofree char *head = g_strndup(text, strlen(text) - strlen(kept));
    assert_true(g_str_is_ascii(head));
    assert_int_equal(strstr(original_text, "\r\n") != NULL, strstr(head, "\r\n") != NULL);
    g_autoptr(message) read = message_parse(text, strlen(text));
    assert_string_equal(message_header(read, "Resent-From"), ME);
    g_autoptr(GPtrArray) people = message_addresses(read, "Resent-To");
    assert_int_equal(people->len, 2);
    assert_string_equal(((const struct message_address *)people->pdata[0])->name, "Müller, Jörg");
    assert_string_equal(message_header(read, "From"), "bob@x.test");
    account_free(owner);
}

static void what_is_redirected_stays_as_it_is(void **state)
{
    (void)state;
    static const char kept[] =
        "From: bob@x.test\nTo: alice@example.test\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMessage-ID: <m@x>\n\nT\xc3\xa4xt\n";
    g_autofree char *noted = g_strconcat("Return-Path: <bob@x.test>\n", kept, NULL);
    check_redirected(kept, kept);
    check_redirected(noted, kept);
    check_redirected("From: bob@x.test\r\nSubject: Hi\r\n\r\nText\r\n", "From: bob@x.test\r\nSubject: Hi\r\n\r\nText\r\n");
}

static void a_redirect_to_nobody_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", "  ", "kim", "kim@", "@x.test" };
    struct account *owner = alice();
    g_autoptr(message) original = message_parse("From: b@x.test\n\nx\n", 18);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        GBytes *bytes = NULL;
        char *sender = NULL, **recipients = NULL;
        if (compose_redirect(owner, original, wrong[i], &bytes, &sender, &recipients, &error))
            fail_msg("“%s” was taken for %s", wrong[i], recipients[0]);
        assert_non_null(error);
        assert_null(bytes);
    }
    account_free(owner);
}

static void another_account_brings_its_signature(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-sign-XXXXXX", NULL), *one = g_build_filename(directory, "one", NULL),
                    *two = g_build_filename(directory, "two", NULL);
    assert_true(g_file_set_contents(one, "Alice\n", -1, NULL) && g_file_set_contents(two, "-- \nDr. Alice\n", -1, NULL));
    struct account *work = alice(), *home = alice();
    work->signature_file = g_strdup(one);
    home->signature_file = g_strdup(two);
    g_autoptr(draft) self = compose_start(COMPOSE_NEW, work, NULL, NULL, NULL);
    assert_string_equal(self->body, "\n-- \nAlice\n");
    draft_change_sender(self, work, home, "Alice <alice@example.test>");
    assert_string_equal(self->body, "\n-- \nDr. Alice\n");
    g_free(self->body);
    self->body = g_strdup("my own end\n");
    draft_change_sender(self, home, work, "Alice <alice@example.test>");
    assert_string_equal(self->body, "my own end\n");
    account_free(work);
    account_free(home);
    g_unlink(one);
    g_unlink(two);
    g_rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_reach_whom_they_should),       cmocka_unit_test(a_list_nobody_may_write_to_is_told),
        cmocka_unit_test(subjects_keep_what_they_tell),         cmocka_unit_test(the_chain_of_references_goes_on),
        cmocka_unit_test(what_is_quoted_keeps_its_levels),      cmocka_unit_test(an_answer_above_the_quote_is_quoted_with_it),
        cmocka_unit_test(html_alone_is_quoted_as_text),         cmocka_unit_test(long_lines_are_quoted_in_readable_pieces),
        cmocka_unit_test(what_is_redirected_stays_as_it_is),    cmocka_unit_test(a_redirect_to_nobody_is_refused),
        cmocka_unit_test(another_account_brings_its_signature), cmocka_unit_test(nobody_wrote_in_1970),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
