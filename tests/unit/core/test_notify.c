/* SPDX-License-Identifier: MIT */
/* What is told of new mail cannot drive a terminal. */
#include "core/notify.h"
#include "store_fixture.h"
#include <string.h>

static void text_of_strangers_becomes_one_plain_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } texts[] = { { "plain", "plain" },
                  { "a\033]9;x\007b", "a ]9;x b" },
                  { "one\r\n two\tthree", "one two three" },
                  { "\xe2\x80\xae"
                    "gnp.exe",
                    "gnp.exe" },
                  { "caf\xc3\xa9 \xe2\x80\x8f\xd7\xa9", "caf\xc3\xa9 \xd7\xa9" },
                  { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
                  { NULL, "" },
                  { "\302\205x\302\233y", "x y" } };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *clean = notify_clean(texts[i].text, 100);
        assert_string_equal(clean, texts[i].clean);
    }
    g_autofree char *cut = notify_clean("0123456789abcdef", 10);
    assert_string_equal(cut, "0123456789");
}

static void one_message_is_told_with_sender_and_subject_many_with_their_number(void **state)
{
    struct fixture *self = *state;
    int64_t ids[] = { fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001),
                      999999 };
    g_auto(notification) one = { 0 }, two = { 0 }, none = { 0 };
    assert_true(notification_of(self->db, ids, 1, &one));
    assert_non_null(strstr(one.body, "Notes on the engine"));
    assert_true(*one.title != '\0');
    assert_true(notification_of(self->db, ids, 3, &two));
    assert_string_equal(two.title, "2 new messages");
    assert_string_equal(two.body, one.title); /* both of the same person */
    assert_false(notification_of(self->db, &ids[2], 1, &none));
}

static void folders_are_told_of_or_kept_quiet_each(void **state)
{
    (void)state;
    assert_true(notify_list_wants(NULL, "INBOX", true));
    assert_false(notify_list_wants(NULL, "Lists", false));
    assert_true(notify_list_wants("Lists/*; Bills", "Lists/dev", false));
    assert_false(notify_list_wants("Lists/*;!Lists/dev", "Lists/dev", false));
    assert_false(notify_list_wants("!INBOX", "INBOX", true));
    g_autofree char *on = notify_list_change(NULL, "Bills", false, true),
                    *quiet = notify_list_change("Lists/*;Bills", "Lists/dev", false, false),
                    *again = notify_list_change(quiet, "Lists/dev", false, true), *inbox = notify_list_change(NULL, "INBOX", true, false),
                    *none = notify_list_change(inbox, "INBOX", true, true);
    assert_string_equal(on, "Bills");
    assert_string_equal(quiet, "Lists/*;Bills;!Lists/dev");
    assert_string_equal(again, "Lists/*;Bills");
    assert_string_equal(inbox, "!INBOX");
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_strangers_becomes_one_plain_line),
        cmocka_unit_test_setup_teardown(one_message_is_told_with_sender_and_subject_many_with_their_number, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(folders_are_told_of_or_kept_quiet_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
