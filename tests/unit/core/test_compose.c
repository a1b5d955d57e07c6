/* SPDX-License-Identifier: MIT */
/* Answers, forwards, drafts and mailto: what a person finds in the composer, and what leaves. */
#include "core/compose.h"
#include "core/compose_check.h"
#include "core/outbox_words.h"
#include "core/store_message.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char original_text[] =
    "From: Ada Lovelace <ada@example.test>\nTo: Alice <alice@example.test>, Bob <bob@example.test>\n"
    "Cc: \"Hopper, Grace\" <grace@example.test>, alice2@example.test\nSubject: Re: AW: engine\nMessage-ID: <m2@example.test>\n"
    "References: <m0@example.test> <m1@example.test>\nList-Post: <mailto:list@example.test>\nDate: Fri, 20 Nov 2026 10:00:00 +0000\n"
    "Content-Type: text/plain; charset=utf-8\n\nHello \xc3\xa4\n\n> older\n\n-- \nAda\n";

static struct account *alice(void)
{
    static char *aliases[] = { (char *)"alice2@example.test", NULL };
    struct account *self = account_new("work");
    self->from_name = g_strdup("Alice");
    self->from_address = g_strdup("alice@example.test");
    g_strfreev(self->aliases);
    self->aliases = g_strdupv(aliases);
    return self;
}

static struct draft *start(enum compose_kind kind)
{
    struct account *owner = alice();
    g_autoptr(message) original = message_parse(original_text, strlen(original_text));
    g_autoptr(GError) error = NULL;
    struct draft *self = compose_start(kind, owner, original, NULL, &error);
    if (self == NULL)
        fail_msg("%s", error->message);
    account_free(owner);
    return self;
}

static void an_answer_goes_to_the_writer_and_to_all_without_oneself(void **state)
{
    (void)state;
    g_autoptr(draft) one = start(COMPOSE_REPLY), all = start(COMPOSE_REPLY_ALL), list = start(COMPOSE_REPLY_LIST);
    assert_string_equal(one->to, "Ada Lovelace <ada@example.test>");
    assert_string_equal(one->cc, "");
    assert_string_equal(all->to, "Ada Lovelace <ada@example.test>");
    assert_string_equal(all->cc, "Bob <bob@example.test>, \"Hopper, Grace\" <grace@example.test>");
    assert_string_equal(list->to, "list@example.test");
    assert_string_equal(one->subject, "Re: engine");
    assert_string_equal(one->in_reply_to, "m2@example.test");
    assert_string_equal(one->references, "m0@example.test m1@example.test m2@example.test");
    assert_int_equal(one->reply_flag, MESSAGE_ANSWERED);
    assert_non_null(strstr(one->body, "> Hello \xc3\xa4\n"));
    assert_non_null(strstr(one->body, ">> older\n"));
    assert_null(strstr(one->body, "> Ada\n")); /* the signature is not quoted */
}

static void what_is_built_can_be_read_again_and_hides_bcc(void **state)
{
    (void)state;
    g_autoptr(draft) self = start(COMPOSE_REPLY);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    g_free(self->bcc);
    self->bcc = g_strdup("secret@example.test, ada@example.test, x@b\xc3\xbc"
                         "cher.example");
    if (!compose_build(self, &bytes, &sender, &recipients, &error))
        fail_msg("%s", error->message);
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autofree char *whole = g_strndup(text, size);
    assert_string_equal(sender, "alice@example.test");
    assert_int_equal(g_strv_length(recipients), 3); /* each once */
    assert_string_equal(recipients[2], "x@xn--bcher-kva.example");
    assert_null(strstr(whole, "secret"));
    assert_true(g_str_is_ascii(whole));
    g_autoptr(message) read = message_parse(text, size);
    struct message_info info = { 0 };
    message_info(read, &info);
    assert_string_equal(info.subject, "Re: engine");
    assert_string_equal(info.in_reply_to, "m2@example.test");
    assert_true(g_str_has_suffix(info.message_id, "@example.test"));
}

static void put(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text);
}

/* RFC 5322 2.1.1 and RFC 2047 2: lines of a header stay short, whoever is written to and whatever is answered. */
static void no_line_of_a_header_is_too_long_or_beyond_ascii(void **state)
{
    (void)state;
    g_autoptr(draft) self = start(COMPOSE_REPLY);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL, *endless = g_strnfill(3000, 'x');
    g_auto(GStrv) recipients = NULL;
    g_autofree char *ids = g_strdup_printf("ok@example.test b\xc3\xb6se@example.test %s@example.test last@example.test", endless);
    put(&self->references, ids);
    put(&self->in_reply_to, "b\xc3\xb6se@example.test");
    put(&self->to, "\"a.name.that.has.no.blank.and.goes.on.for.ever.and.ever.and.ever.and.never.ends\" <v@example.test>, "
                   "\"\xc3\x96ttinger, \\\"X\\\" (p\xc3\xa4r)\" <o@example.test>, \"O'Neil, A.\" <n@example.test>");
    put(&self->subject, "会議の議事録と会議の議事録と会議の議事録と会議の議事録と会議の議事録と会議の議事録");
    put(&self->extra_headers, "From: eve@example.test\nX-Mine: yes\n");
    if (!compose_build(self, &bytes, &sender, &recipients, &error))
        fail_msg("%s", error->message);
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autofree char *head = g_strndup(text, (gsize)(g_strstr_len(text, (gssize)size, "\n\n") - text));
    g_auto(GStrv) lines = g_strsplit(head, "\n", -1);
    assert_true(g_str_is_ascii(head));
    for (char **line = lines; *line != NULL; line++)
        assert_true(strlen(*line) <= 78);
    assert_non_null(strstr(head, "References: <ok@example.test> <last@example.test>"));
    assert_null(strstr(head, "In-Reply-To"));
    assert_null(strstr(head, "eve@"));
    assert_null(strstr(head, "\\\"")); /* a name is one run of encoded words, or a quoted string */
    assert_non_null(strstr(head, "X-Mine: yes"));
    g_autoptr(message) read = message_parse(text, size);
    assert_non_null(strstr(message_header(read, "To"), "\xc3\x96ttinger, \"X\" (p\xc3\xa4r)"));
    assert_non_null(strstr(message_header(read, "To"), "and.never.ends"));
    assert_string_equal(message_header(read, "Subject"), self->subject);
}

static void a_draft_is_found_again_as_it_was_left(void **state)
{
    (void)state;
    g_autoptr(draft) self = start(COMPOSE_REPLY);
    g_free(self->bcc);
    self->bcc = g_strdup("secret@example.test");
    self->reply_to_placement = 42;
    g_autoptr(GBytes) bytes = compose_build_draft(self, true);
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autoptr(message) kept = message_parse(text, size);
    struct account *owner = alice();
    g_autoptr(draft) again = compose_start(COMPOSE_EDIT, owner, kept, NULL, NULL);
    account_free(owner);
    assert_non_null(again);
    assert_string_equal(again->to, self->to);
    assert_string_equal(again->bcc, "secret@example.test");
    assert_string_equal(again->subject, self->subject);
    assert_string_equal(again->in_reply_to, self->in_reply_to);
    assert_int_equal(again->reply_to_placement, 42);
    assert_int_equal(again->reply_flag, MESSAGE_ANSWERED);
}

/* Fields that are no addresses yet, a sender that is none of ours: as they were typed. */
static void an_unfinished_draft_is_found_again_as_it_was_typed(void **state)
{
    (void)state;
    static const char *const typed[] = { "ada", "Ada Love", "ada@example.test, bo", "\"Müller, J", "ada@", "ada@exämple.test", "日本" };
    struct account *owner = alice();
    for (size_t i = 0; i < G_N_ELEMENTS(typed); i++) {
        g_autoptr(draft) self = start(COMPOSE_REPLY);
        g_free(self->to);
        self->to = g_strdup(typed[i]);
        g_free(self->from);
        self->from = g_strdup("Office <office@other.test>");
        g_autoptr(GBytes) bytes = compose_build_draft(self, false);
        g_autoptr(message) kept = message_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        g_autoptr(draft) again = compose_start(COMPOSE_RESUME, owner, kept, NULL, NULL);
        assert_string_equal(again->to, typed[i]);
        assert_string_equal(again->from, "Office <office@other.test>");
        assert_string_equal(again->body, self->body);
    }
    account_free(owner);
}

static void a_field_that_is_wrong_is_told_by_its_code(void **state)
{
    (void)state;
    g_autoptr(draft) self = start(COMPOSE_REPLY);
    g_autoptr(GError) error = NULL;
    g_free(self->cc);
    self->cc = g_strdup("grace");
    assert_false(compose_check(self, &error));
    assert_true(g_error_matches(error, COMPOSE_ERROR, COMPOSE_ERROR_CC));
    assert_non_null(strstr(error->message, "grace"));
    g_free(self->cc);
    self->cc = g_strdup("");
    assert_true(compose_check(self, NULL));
}

static void bad_fields_are_named_and_nothing_is_built(void **state)
{
    (void)state;
    const char *const bad[] = { "", "nobody", "a@x.test b@y.test <", "a b@x.test" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(draft) self = start(COMPOSE_REPLY);
        g_autoptr(GError) error = NULL;
        GBytes *bytes = NULL;
        char *sender = NULL, **recipients = NULL;
        g_free(self->to);
        self->to = g_strdup(bad[i]);
        assert_false(compose_build(self, &bytes, &sender, &recipients, &error));
        assert_true(g_str_has_prefix(error->message, "To: "));
        assert_null(bytes);
    }
}

static void semicolons_part_addresses_too(void **state)
{
    (void)state;
    g_autoptr(draft) self = start(COMPOSE_REPLY);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    g_free(self->to);
    self->to = g_strdup("a@x.test; \"B; b@not\" <b@x.test>; c@x.test");
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    assert_int_equal(g_strv_length(recipients), 3);
}

static void attachments_arrive_byte_for_byte(void **state)
{
    (void)state;
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-compose-XXXXXX.bin", &path, NULL);
    char content[1000];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (char)(i % 256);
    assert_int_equal(write(fd, content, sizeof content), (int)sizeof content);
    close(fd);
    g_autoptr(draft) self = start(COMPOSE_FORWARD_ATTACHED);
    g_free(self->to);
    self->to = g_strdup("b@y.test");
    assert_true(draft_attach(self, path, NULL));
    assert_false(draft_attach(self, "/nonexistent/file", NULL));
    assert_false(draft_attach(self, "/tmp", NULL));
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    g_autoptr(message) read = message_parse(text, size);
    const GPtrArray *parts = message_parts(read);
    assert_int_equal(parts->len, 3); /* text, the forwarded message, the file */
    assert_string_equal(((const struct message_part *)parts->pdata[1])->type, "message/rfc822");
    g_autofree char *got = NULL;
    size_t got_size = 0;
    assert_true(message_part_bytes(read, 2, &got, &got_size, NULL));
    assert_int_equal(got_size, sizeof content);
    assert_memory_equal(got, content, got_size);
    g_unlink(path);
}

static void a_mailto_sets_what_it_may_and_nothing_else(void **state)
{
    (void)state;
    struct account *owner = alice();
    g_autoptr(draft) self = compose_from_mailto(owner,
                                                "mailto:a@x.test,b@x.test?subject=caf%C3%A9%0D%0ABcc:%20evil@x.test&cc=c@x.test&body=one%"
                                                "0D%0Atwo+three&attach=/etc/passwd&from=evil@x.test",
                                                NULL);
    assert_string_equal(self->to, "a@x.test,b@x.test");
    assert_string_equal(self->cc, "c@x.test");
    assert_string_equal(self->bcc, "");
    assert_null(strpbrk(self->subject, "\r\n"));
    assert_true(g_str_has_prefix(self->subject, "caf\xc3\xa9"));
    assert_true(g_str_has_prefix(self->body, "one\ntwo+three\n"));
    assert_int_equal(self->attachments->len, 0);
    assert_string_equal(self->from, "Alice <alice@example.test>");
    assert_null(compose_from_mailto(owner, "http://x.test", NULL));
    account_free(owner);
}

static void odd_mailtos_lose_nothing_of_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *url, *to, *cc, *subject, *body;
    } rows[] = {
        { "mailto:a@x.test?subject=100% sure&body=50%zz off%", "a@x.test", "", "100% sure", "50%zz off%" },
        { "mailto:a@x.test?subject=one&amp;cc=c@x.test&amp;body=two", "a@x.test", "c@x.test", "one", "two" },
        { "mailto://a@x.test?subject=x", "a@x.test", "", "x", "" },
        { "MAILTO:?To=b@x.test&SUBJECT=%e9t%e9", "b@x.test", "", "\xef\xbf\xbdt\xef\xbf\xbd", "" },
        { "mailto:a@x.test?body=zero%00one", "a@x.test", "", "", "zero%00one" },
        { "mailto:a@x.test?subject=%", "a@x.test", "", "%", "" },
        { "mailto:", "", "", "", "" },
    };
    struct account *owner = alice();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(draft) self = compose_from_mailto(owner, rows[i].url, NULL);
        assert_string_equal(self->to, rows[i].to);
        assert_string_equal(self->cc, rows[i].cc);
        assert_string_equal(self->subject, rows[i].subject);
        assert_true(g_str_has_prefix(self->body, rows[i].body));
    }
    account_free(owner);
}

static void a_careful_friend_speaks_up(void **state)
{
    (void)state;
    struct account *owner = alice();
    g_autoptr(draft) self = draft_new(owner);
    g_free(self->body);
    self->body = g_strdup("see the attached file\n> I attach nothing\n");
    g_autoptr(GPtrArray) warnings = compose_warnings(self, NULL);
    assert_int_equal(warnings->len, 2); /* no subject; attached without attachment */
    account_free(owner);
}

/* From the outbox: the reasons are there to be shown, and leave with nothing that is sent. */
static void a_message_that_came_back_says_why(void **state)
{
    (void)state;
    static const char returned[] = "X-Postern-Not-Sent: bob@y.test: 550 5.1.1 no such user\nX-Postern-Not-Sent: c@y.test: 452 4.2.2 full\n"
                                   "X-Postern-Report: yes\nFrom: Alice <alice@example.test>\nBcc: bob@y.test, c@y.test\nSubject: x\n\nhi\n";
    struct account *owner = alice();
    g_autoptr(message) kept = message_parse(returned, strlen(returned));
    g_autoptr(draft) again = compose_start(COMPOSE_RESUME, owner, kept, NULL, NULL),
                     other = compose_start(COMPOSE_EDIT, owner, kept, NULL, NULL);
    assert_int_equal(g_strv_length(again->not_sent), 2);
    assert_true(again->asks_report && other->not_sent == NULL && !other->asks_report);
    g_autofree char *first = outbox_not_sent(again->not_sent[0]), *second = outbox_not_sent(again->not_sent[1]);
    assert_string_equal(first, "Not sent to bob@y.test: there is no such mailbox (the server says: 550 5.1.1 no such user)");
    assert_string_equal(second, "Not sent to c@y.test: the mailbox is full (the server says: 452 4.2.2 full)");
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_build(again, &bytes, &sender, &recipients, NULL));
    g_autofree char *sent = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    assert_null(strstr(sent, "X-Postern"));
    assert_int_equal(g_strv_length(recipients), 2);
    account_free(owner);
}

static bool answers_by_smime(const char *type, bool signs_always)
{
    struct account *owner = alice();
    g_autofree char *raw = g_strdup_printf(
        "From: pia@x.test\nTo: alice@example.test\nSubject: s\nMIME-Version: 1.0\nContent-Type: %s\n\n--b\n\nHi\n--b--\n", type);
    g_autoptr(message) original = message_parse(raw, strlen(raw));
    owner->sign = signs_always ? ACCOUNT_SIGN_ALWAYS : owner->sign;
    g_autoptr(draft) self = compose_start(COMPOSE_REPLY, owner, original, NULL, NULL);
    bool is_smime = self->is_smime;
    account_free(owner);
    return is_smime;
}

static void what_came_signed_is_answered_in_the_same_way(void **state)
{
    (void)state;
    assert_true(answers_by_smime("multipart/signed; boundary=b; protocol=\"application/PKCS7-signature\"", false));
    assert_true(answers_by_smime("application/x-pkcs7-mime; smime-type=signed-data", false));
    assert_false(answers_by_smime("multipart/signed; boundary=b; protocol=\"application/pgp-signature\"", false));
    assert_false(answers_by_smime("multipart/mixed; boundary=b", false));
    assert_false(answers_by_smime("application/pkcs7-mime; smime-type=signed-data", true)); /* the account has a way of its own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_goes_to_the_writer_and_to_all_without_oneself),
        cmocka_unit_test(what_is_built_can_be_read_again_and_hides_bcc),
        cmocka_unit_test(no_line_of_a_header_is_too_long_or_beyond_ascii),
        cmocka_unit_test(a_draft_is_found_again_as_it_was_left),
        cmocka_unit_test(a_message_that_came_back_says_why),
        cmocka_unit_test(an_unfinished_draft_is_found_again_as_it_was_typed),
        cmocka_unit_test(a_field_that_is_wrong_is_told_by_its_code),
        cmocka_unit_test(bad_fields_are_named_and_nothing_is_built),
        cmocka_unit_test(semicolons_part_addresses_too),
        cmocka_unit_test(attachments_arrive_byte_for_byte),
        cmocka_unit_test(a_mailto_sets_what_it_may_and_nothing_else),
        cmocka_unit_test(a_careful_friend_speaks_up),
        cmocka_unit_test(odd_mailtos_lose_nothing_of_what_they_say),
        cmocka_unit_test(what_came_signed_is_answered_in_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
