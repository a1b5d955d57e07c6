/* SPDX-License-Identifier: MIT */
/* Read-only folders and full mailboxes: what is refused at once, what is left out quietly, what is said once. */
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/intent.h"
#include "tests/unit/core/store_fixture.h"
#include <stdint.h>
#include <string.h>

static int64_t arrive(struct fixture *self, uint32_t uid)
{
    g_autofree char *id = g_strdup_printf("m%u@example.test", uid);
    const struct message_info info = { .message_id = id, .subject = "Rights", .size_bytes = 100, .received_utc = uid };
    int64_t placement = 0;
    assert_true(store_placement_put(self->db, self->inbox, uid, 0, NULL, 0, &info, &placement, NULL, NULL));
    return placement;
}

static void note(struct fixture *self, int64_t folder_id, unsigned mask, unsigned bits)
{
    assert_true(folder_rights_note(self->db, folder_id, mask, bits, NULL, NULL));
}

static void assert_refused(int64_t action, GError **error, const char *words)
{
    assert_int_equal(action, 0);
    assert_true(g_error_matches(*error, STORE_ERROR, STORE_ERROR_DENIED));
    if (strstr((*error)->message, words) == NULL)
        fail_msg("%s", (*error)->message);
    g_clear_error(error);
}

static void a_folder_that_can_only_be_read_is_not_changed(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t id = arrive(self, 5);
    note(self, self->inbox, FOLDER_RIGHTS_OPENED, FOLDER_IS_READ_ONLY | FOLDER_FIXES_SEEN | FOLDER_FIXES_FLAGS | FOLDER_FIXES_DELETED);
    assert_refused(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, &error), &error, "“INBOX” can only be read");
    assert_refused(intent_move(self->db, &id, 1, self->archive, &error), &error, "take no mail out of “INBOX”");
    assert_refused(intent_delete(self->db, &id, 1, false, &error), &error, "take no mail out");
    assert_refused(intent_delete(self->db, &id, 1, true, &error), &error, "take no mail out");
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_int_not_equal(intent_copy(self->db, &id, 1, self->archive, &error), 0); /* that takes nothing away */
    assert_null(error);
}

static void what_only_follows_is_left_out_quietly(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t id = arrive(self, 5);
    note(self, self->inbox, FOLDER_RIGHTS_ASKED, folder_rights_of_acl("lrwipkxtea")); /* no s */
    assert_true(intent_flags_quietly(self->db, &id, 1, MESSAGE_SEEN | MESSAGE_ANSWERED, 0, &error));
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    assert_int_equal(place->flags, MESSAGE_ANSWERED);
    assert_refused(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, &error), &error, "these marks");
    assert_int_not_equal(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, &error), 0);
}

static void nothing_is_put_where_nothing_may_be_put(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t id = arrive(self, 5);
    note(self, self->archive, FOLDER_RIGHTS_ASKED, folder_rights_of_acl("lrs"));
    assert_refused(intent_move(self->db, &id, 1, self->archive, &error), &error, "no mail into “Archive”");
    assert_refused(intent_copy(self->db, &id, 1, self->archive, &error), &error, "no mail into");
    assert_refused(intent_archive(self->db, &id, 1, &error), &error, "no mail into");
    note(self, self->archive, FOLDER_RIGHTS_ASKED, folder_rights_of_acl("lrswipkxte")); /* given since */
    assert_int_not_equal(intent_move(self->db, &id, 1, self->archive, &error), 0);
}

static void the_letters_of_both_rfcs_are_understood(void **state)
{
    (void)state;
    assert_int_equal(folder_rights_of_acl("lrswipkxtea"), 0);
    assert_int_equal(folder_rights_of_acl("lrswipcda"), 0);
    assert_int_equal(folder_rights_of_acl("lr"), FOLDER_RIGHTS_ASKED);
    assert_int_equal(folder_rights_of_acl("lrst"), FOLDER_RIGHTS_ASKED & ~(unsigned)FOLDER_LACKS_SEEN); /* t without e takes nothing away */
    assert_true(folder_rights_is_read_only(FOLDER_IS_READ_ONLY));
    assert_true(folder_rights_is_read_only(folder_rights_of_acl("lr")));
    assert_false(folder_rights_is_read_only(folder_rights_of_acl("lrs")));
    assert_false(folder_rights_is_read_only(0));
}

static void a_new_list_of_folders_leaves_rights_alone(void **state)
{
    struct fixture *self = *state;
    note(self, self->archive, FOLDER_RIGHTS_OPENED, FOLDER_IS_READ_ONLY);
    g_autoptr(folder) listed = store_folder(self->db, self->archive, NULL);
    listed->flags = FOLDER_IS_SUBSCRIBED;
    assert_int_not_equal(store_folder_put(self->db, listed, NULL), 0);
    g_autoptr(folder) again = store_folder(self->db, self->archive, NULL);
    assert_int_equal(again->flags, FOLDER_IS_SUBSCRIBED | FOLDER_IS_READ_ONLY);
}

static char *told(struct fixture *self, uint64_t used, uint64_t limit, bool is_first)
{
    const struct account_quota quota = { used << 10, limit << 10, true, 0 };
    char *words = NULL;
    bool is_changed;
    assert_true(account_quota_note(self->db, self->account, "Work", &quota, is_first, &is_changed, &words, NULL));
    return words != NULL ? words : g_strdup("");
}

static void a_mailbox_that_fills_up_is_told_of_once(void **state)
{
    struct fixture *self = *state;
    struct account_quota known;
    assert_false(account_quota_read(self->db, self->account, &known));
    g_autofree char *calm = told(self, 100, 1000, true), *near = told(self, 900, 1000, true), *again = told(self, 950, 1000, true),
                    *full = told(self, 1000, 1000, true), *still = told(self, 1001, 1000, true);
    assert_string_equal(calm, "");
    assert_non_null(strstr(near, "Work: the mailbox on the server is 90 % full"));
    assert_string_equal(again, "");
    assert_non_null(strstr(full, "is full"));
    assert_string_equal(still, "");
    assert_true(account_quota_read(self->db, self->account, &known));
    assert_int_equal(known.percent, 100);
    g_autofree char *room = told(self, 200, 1000, true), *anew = told(self, 920, 1000, true);
    assert_string_equal(room, "");
    assert_non_null(strstr(anew, "92 %"));
}

static void the_fullest_of_what_is_counted_is_shown(void **state)
{
    struct fixture *self = *state;
    struct account_quota known;
    g_autofree char *one = told(self, 500, 1000, true), *two = told(self, 700, 1000, false), *three = told(self, 100, 1000, false);
    assert_true(account_quota_read(self->db, self->account, &known));
    assert_int_equal(known.percent, 70);
    g_autofree char *next = told(self, 300, 1000, true), *none = told(self, 10, 0, false);
    assert_true(account_quota_read(self->db, self->account, &known));
    assert_int_equal(known.percent, 30);
    g_autofree char *words = account_quota_describe(&known);
    assert_non_null(strstr(words, " of "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_can_only_be_read_is_not_changed), TEST(what_only_follows_is_left_out_quietly),
        TEST(nothing_is_put_where_nothing_may_be_put),       TEST(the_letters_of_both_rfcs_are_understood),
        TEST(a_new_list_of_folders_leaves_rights_alone),     TEST(a_mailbox_that_fills_up_is_told_of_once),
        TEST(the_fullest_of_what_is_counted_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
