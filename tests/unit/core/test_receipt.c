/* SPDX-License-Identifier: MIT */
/* That a message was read: who asks for it, what is told, and that it is told once. */
#include "core/compose.h"
#include "core/compose_header.h"
#include "core/outbox.h"
#include "core/receipt.h"
#include "core/tag.h"
#include "store_fixture.h"
#include <string.h>

#define ASKS "Disposition-Notification-To: ada@x.test\n"

static void who_asks_is_named_and_machines_are_not_answered(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *to; /* NULL: nobody is to be told */
        bool is_elsewhere;
    } rows[] = {
        { ASKS, "ada@x.test", false },
        { ASKS "Return-Path: <ADA@x.test>\n", "ada@x.test", false },
        { ASKS "Return-Path: <bounce-7@mailer.test>\n", "ada@x.test", true },
        { "Disposition-Notification-To: Spy <spy@y.test>\n", "spy@y.test", true },
        { "Disposition-Notification-To: ada@x.test, spy@y.test\n", "ada@x.test, spy@y.test", true },
        { "Disposition-Notification-To:\n =?utf-8?q?Ad=C3=A1?= <ada@x.test>\n", "ada@x.test", false },
        { "X: y\n", NULL, false },
        { ASKS ASKS, NULL, false },
        { "Disposition-Notification-To: yes\n", NULL, false },
        { "Disposition-Notification-To: a@x, b@x, c@x, d@x, e@x, f@x\n", NULL, false },
        { ASKS "Return-Path: <>\n", NULL, false },
        { ASKS "List-Id: <l.x.test>\n", NULL, false },
        { ASKS "List-Unsubscribe: <mailto:l@x.test>\n", NULL, false },
        { ASKS "Precedence: Bulk\n", NULL, false },
        { ASKS "Auto-Submitted: auto-replied\n", NULL, false },
        { ASKS "Auto-Submitted: no\n", "ada@x.test", false },
        { ASKS "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n", NULL, false },
        { ASKS "Disposition-Notification-Options: x-bill=required,money\n", NULL, false },
        { ASKS "Disposition-Notification-Options: x-note=optional,a\n", "ada@x.test", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *raw = g_strdup_printf("From: Ada <ada@x.test>\nTo: me@y.test\n%sSubject: s\n\n" ASKS "\n", rows[i].fields);
        g_autoptr(message) letter = message_parse(raw, strlen(raw));
        g_auto(receipt) wish = { 0 };
        bool is_asked = receipt_read(letter, &wish);
        if (is_asked != (rows[i].to != NULL) || (is_asked && (strcmp(wish.to, rows[i].to) != 0 || strcmp(wish.who, "Ada") != 0)) ||
            wish.is_elsewhere != rows[i].is_elsewhere)
            fail_msg("%s: %d, to %s, elsewhere %d", rows[i].fields, is_asked, wish.to, wish.is_elsewhere);
    }
}

static struct account *alice(void)
{
    struct account *self = account_new("work");
    self->from_name = g_strdup("Alice");
    self->from_address = g_strdup("alice@example.test");
    g_strfreev(self->aliases);
    self->aliases = g_strsplit("al@example.test", ";", -1);
    return self;
}

static const char asking[] = "From: Ada <ada@x.test>\nTo: al@example.test\n" ASKS
                             "Message-ID: <m1@x.test>\nSubject: =?utf-8?q?Caf=C3=A9?=\nDate: Thu, 19 Nov 2026 10:00:00 +0000\n\nhello\n";

static void what_is_told_is_a_report_that_programs_read(void **state)
{
    (void)state;
    struct account *owner = alice();
    g_autoptr(message) letter = message_parse(asking, strlen(asking));
    g_autoptr(GBytes) bytes = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(receipt_build(owner, letter, &bytes, &recipients, NULL));
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autofree char *text = g_strndup(data, size);
    g_autoptr(message) told = message_parse(data, size);
    assert_int_equal(g_strv_length(recipients), 1);
    assert_string_equal(recipients[0], "ada@x.test");
    assert_true(strstr(message_header(told, "From"), "<al@example.test>") != NULL);
    assert_string_equal(message_header(told, "In-Reply-To"), "<m1@x.test>");
    assert_string_equal(message_header(told, "Subject"), "Read: Caf\xc3\xa9");
    assert_non_null(strstr(text, "\nContent-Type: multipart/report; "));
    assert_non_null(strstr(text, "report-type=disposition-notification"));
    assert_non_null(strstr(text, "Content-Type: message/disposition-notification\n"));
    assert_non_null(strstr(text, "\nFinal-Recipient: rfc822;al@example.test\n"));
    assert_non_null(strstr(text, "\nOriginal-Message-ID: <m1@x.test>\n"));
    assert_non_null(strstr(text, "\nDisposition: manual-action/MDN-sent-manually; displayed\n"));
    g_autoptr(text) shown = message_text(told, MESSAGE_VIEW_BEST);
    g_autofree char *words = text_shown(shown);
    assert_non_null(strstr(words, "al@example.test"));
    g_auto(receipt) again = { 0 };
    assert_false(receipt_read(told, &again)); /* it is never answered itself */
    account_free(owner);
}

static int64_t put(struct fixture *self, int64_t folder, uint32_t uid)
{
    struct message_info info = { .message_id = (char *)"m1@x.test", .subject = (char *)"s", .date_utc = 1, .size_bytes = 10 };
    int64_t id = 0;
    assert_true(store_placement_put(self->db, folder, uid, MESSAGE_SEEN, NULL, 0, &info, &id, NULL, NULL));
    return id;
}

static void it_is_told_once_wherever_the_message_lies(void **state)
{
    struct fixture *self = *state;
    struct account *owner = alice();
    g_autoptr(message) letter = message_parse(asking, strlen(asking));
    g_autoptr(GBytes) bytes = NULL;
    g_auto(GStrv) recipients = NULL;
    g_autoptr(GError) why = NULL;
    int64_t here = put(self, self->inbox, 5), copy = put(self, self->archive, 6);
    assert_true(receipt_build(owner, letter, &bytes, &recipients, NULL));
    int64_t id = receipt_submit(self->db, "work", here, bytes, (const char *const *)recipients, NULL);
    assert_true(id > 0);
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    assert_string_equal(item->sender, ""); /* nothing ever answers it (RFC 8098 3) */
    assert_string_equal(item->recipients[0], "ada@x.test");
    outbox_item_free(item);
    g_autoptr(placement) first = store_placement(self->db, here, NULL), second = store_placement(self->db, copy, NULL);
    assert_true(receipt_is_told(first->keywords) && receipt_is_told(second->keywords));
    assert_int_equal(receipt_submit(self->db, "work", here, bytes, (const char *const *)recipients, &why), 0);
    assert_non_null(why);
    assert_int_equal(receipt_submit(self->db, "work", copy, bytes, (const char *const *)recipients, NULL), 0);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 1);
    assert_false(receipt_is_refused(self->db, here));
    assert_true(outbox_set_state(self->db, id, OUTBOX_SENDING, NULL, NULL));
    assert_true(outbox_set_state(self->db, id, OUTBOX_FAILED, "550 no such user", NULL));
    assert_true(receipt_is_refused(self->db, here) && receipt_is_refused(self->db, copy)); /* wherever it is looked at */
    account_free(owner);
}

static void what_another_program_told_is_not_told_again(void **state)
{
    struct fixture *self = *state;
    struct account *owner = alice();
    g_autoptr(message) letter = message_parse(asking, strlen(asking));
    g_autoptr(GBytes) bytes = NULL;
    g_auto(GStrv) recipients = NULL;
    bool is_known = false;
    int64_t here = put(self, self->inbox, 5);
    assert_true(receipt_build(owner, letter, &bytes, &recipients, NULL));
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 5, MESSAGE_SEEN, "$mdnsent", 2, &is_known, NULL));
    assert_int_equal(receipt_submit(self->db, "work", here, bytes, (const char *const *)recipients, NULL), 0);
    assert_int_equal(outbox_count(self->db), 0);
    account_free(owner);
}

static void a_draft_asks_for_its_own_sender(void **state)
{
    (void)state;
    struct account *owner = alice();
    g_autoptr(draft) self = draft_new(owner);
    assert_null(compose_receipt_asked(self));
    assert_true(compose_receipt_ask(self, self->from, NULL));
    g_autofree char *asked = compose_receipt_asked(self);
    assert_string_equal(asked, self->from);
    draft_change_sender(self, owner, owner, "Al <al@example.test>");
    g_autofree char *changed = compose_receipt_asked(self);
    assert_string_equal(changed, "Al <al@example.test>");
    g_autoptr(GBytes) kept = compose_build_draft(self, true);
    gsize size = 0;
    const char *data = g_bytes_get_data(kept, &size);
    g_autofree char *text = g_strndup(data, size);
    assert_non_null(strstr(text, "\nDisposition-Notification-To: Al <al@example.test>\n"));
    assert_true(compose_receipt_ask(self, "", NULL));
    assert_null(compose_receipt_asked(self));
    account_free(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_is_named_and_machines_are_not_answered),
        cmocka_unit_test(what_is_told_is_a_report_that_programs_read),
        cmocka_unit_test_setup_teardown(it_is_told_once_wherever_the_message_lies, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_another_program_told_is_not_told_again, fixture_setup, fixture_teardown),
        cmocka_unit_test(a_draft_asks_for_its_own_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
