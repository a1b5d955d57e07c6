/* SPDX-License-Identifier: MIT */
/* Messages, conversations, people. */
#include "core/store_contact.h"
#include "store_fixture.h"
#include <string.h>

static int64_t thread_of(struct fixture *self, int64_t placement_id)
{
    int64_t thread = 0;
    assert_true(store_number(self->db, &thread, NULL, "SELECT thread_id FROM placements WHERE id = ?", NUM(placement_id)));
    return thread;
}

static void one_message_in_two_folders_is_one_row(void **state)
{
    struct fixture *self = *state;
    fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    fixture_put(self->db, self->archive, 1, "a@x", NULL, 1000);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 1);
    struct message_info other = fixture_info("a@x", NULL, 1000);
    other.size_bytes = 4711; /* a forger, or a list that changed it */
    assert_true(store_placement_put(self->db, self->inbox, 2, 0, NULL, 0, &other, NULL, NULL, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 2);
    fixture_put(self->db, self->inbox, 3, NULL, NULL, 1000);
    fixture_put(self->db, self->inbox, 4, NULL, NULL, 1000);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 4);
    fixture_recount(self->db);
}

static void an_answer_that_comes_first_waits_for_its_question(void **state)
{
    struct fixture *self = *state;
    int64_t home = store_account_id(self->db, "home", NULL), other = fixture_folder(self->db, home, "INBOX", FOLDER_INBOX);
    int64_t second = fixture_put(self->db, self->inbox, 1, "b@x", "root@x a@x", 1001);
    int64_t third = fixture_put(self->db, self->sent, 1, "c@x", "root@x", 1002);
    int64_t first = fixture_put(self->db, other, 1, "a@x", NULL, 1000);
    assert_int_equal(thread_of(self, first), thread_of(self, second));
    assert_int_equal(thread_of(self, first), thread_of(self, third));
    fixture_recount(self->db);
}

static void a_message_that_names_both_joins_two_conversations(void **state)
{
    struct fixture *self = *state;
    int64_t a = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), b = fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001);
    int64_t b2 = fixture_put(self->db, self->archive, 1, "b2@x", "b@x", 1002);
    assert_true(thread_of(self, a) != thread_of(self, b));
    fixture_put(self->db, self->inbox, 3, "c@x", "a@x b@x", 1003);
    assert_int_equal(thread_of(self, a), thread_of(self, b));
    assert_int_equal(thread_of(self, a), thread_of(self, b2));
    fixture_recount(self->db);
}

static void equal_subjects_alone_are_no_conversation(void **state)
{
    struct fixture *self = *state;
    int64_t a = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), b = fixture_put(self->db, self->inbox, 2, NULL, NULL, 1001);
    assert_true(thread_of(self, a) != thread_of(self, b));
}

static void ten_thousand_references_cost_no_more_than_fifty(void **state)
{
    struct fixture *self = *state;
    g_autoptr(GString) references = g_string_new("root@x");
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(references, " r%d@x", i);
    int64_t root = fixture_put(self->db, self->inbox, 1, "root@x", NULL, 1000);
    int64_t near = fixture_put(self->db, self->inbox, 2, "r9990@x", NULL, 1000);
    int64_t far = fixture_put(self->db, self->inbox, 3, "r5000@x", NULL, 1000);
    int64_t hostile = fixture_put(self->db, self->inbox, 4, "evil@x", references->str, 1001);
    assert_int_equal(thread_of(self, hostile), thread_of(self, root));
    assert_int_equal(thread_of(self, hostile), thread_of(self, near));
    assert_true(thread_of(self, hostile) != thread_of(self, far));
    assert_true(fixture_number(self->db, "SELECT count(*) FROM message_refs") < 60);
    assert_true(fixture_number(self->db, "SELECT max(length(refs)) FROM messages") < 5000);
    fixture_recount(self->db);
}

static void text_without_end_is_cut(void **state)
{
    struct fixture *self = *state;
    g_autofree char *endless = g_malloc(1000001);
    for (size_t i = 0; i < 1000000; i += 2)
        memcpy(endless + i, "é", 2);
    endless[1000000] = '\0';
    struct message_info info = { .message_id = endless,
                                 .in_reply_to = endless,
                                 .references = endless,
                                 .subject = endless,
                                 .from_name = endless,
                                 .from_address = endless,
                                 .to = endless,
                                 .cc = endless,
                                 .reply_to = endless,
                                 .list_id = endless,
                                 .preview = endless,
                                 .structure = endless,
                                 .date_utc = INT64_MAX,
                                 .received_utc = INT64_MIN,
                                 .size_bytes = -1 };
    GError *error = NULL;
    int64_t id;
    assert_true(store_placement_put(self->db, self->inbox, 1, ~0U, endless, UINT64_MAX, &info, &id, NULL, &error));
    g_autoptr(placement) place = store_placement(self->db, id, &error);
    assert_non_null(place);
    assert_true(g_utf8_validate(place->subject, -1, NULL));
    assert_true(strlen(place->subject) <= 2000);
    fixture_recount(self->db);
}

static void a_number_zero_from_the_server_is_refused(void **state)
{
    struct fixture *self = *state;
    struct message_info info = fixture_info("a@x", NULL, 1000);
    GError *error = NULL;
    assert_false(store_placement_put(self->db, self->inbox, 0, 0, NULL, 0, &info, NULL, NULL, &error));
    assert_non_null(error);
    g_clear_error(&error);
    assert_false(store_placement_put(self->db, 9999, 1, 0, NULL, 0, &info, NULL, NULL, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
}

static void a_message_that_left_every_folder_is_collected_later(void **state)
{
    struct fixture *self = *state;
    fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1000);
    assert_true(store_placement_vanished(self->db, self->inbox, 1, NULL));
    assert_true(store_placement_vanished(self->db, self->inbox, 2, NULL));
    fixture_put(self->db, self->archive, 9, "b@x", NULL, 1000);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 2);
    assert_int_equal(store_message_collect(self->db, 3600, 100, NULL, NULL), 0);
    assert_int_equal(store_message_collect(self->db, -1, 100, NULL, NULL), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM search_gone"), 1);
    fixture_recount(self->db);
}

static void a_folder_and_an_account_can_go(void **state)
{
    struct fixture *self = *state;
    for (uint32_t uid = 1; uid <= 500; uid++)
        fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000);
    fixture_put(self->db, self->archive, 1, "a@x", NULL, 1000);
    assert_true(store_folder_remove(self->db, self->inbox, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements"), 1);
    fixture_recount(self->db);
    assert_true(store_account_remove(self->db, self->account, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements"), 0);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM accounts"), 0);
}

static void local_files_are_known_by_name(void **state)
{
    struct fixture *self = *state;
    struct message_info info = fixture_info("a@x", NULL, 1000);
    int64_t first, again, other;
    assert_true(store_local_put(self->db, self->inbox, "1.M1.host", MESSAGE_SEEN, &info, &first, NULL));
    assert_true(store_local_put(self->db, self->inbox, "1.M1.host", 0, &info, &again, NULL));
    info.size_bytes = 2000; /* other line ends */
    assert_true(store_local_put(self->db, self->archive, "2.M1.host", 0, &info, &other, NULL));
    assert_int_equal(first, again);
    assert_int_equal(fixture_number(self->db, "SELECT unread FROM folders WHERE name = 'INBOX'"), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 1);
    fixture_recount(self->db);
}

static char *best(struct fixture *self, const char *prefix)
{
    g_autoptr(GPtrArray) found = store_contacts(self->db, prefix, 5, NULL);
    return found->len > 0 ? g_strdup(((struct contact *)g_ptr_array_index(found, 0))->address) : NULL;
}

static void people_written_to_come_before_those_who_write(void **state)
{
    struct fixture *self = *state;
    for (int i = 0; i < 30; i++)
        assert_true(store_contact_note(self->db, "Adam News", "news@letters.test", false, 1000 + i, NULL));
    for (int i = 0; i < 5; i++)
        assert_true(store_contact_note(self->db, "Ådå Lovelace", "ada@example.test", true, 1000, NULL));
    assert_true(store_contact_note(self->db, NULL, "ADA@example.test", false, 2000, NULL));
    g_autofree char *a = best(self, "ad"), *b = best(self, "lov"), *c = best(self, "ada love"), *d = best(self, "news let");
    assert_string_equal(a, "ada@example.test");
    assert_string_equal(b, "ada@example.test");
    assert_string_equal(c, "ada@example.test");
    assert_string_equal(d, "news@letters.test");
    assert_null(best(self, "zzz"));
    assert_null(best(self, ""));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM contacts"), 2);
}

static void mail_makes_contacts_but_junk_does_not(void **state)
{
    struct fixture *self = *state;
    int64_t junk = fixture_folder(self->db, self->account, "Junk", FOLDER_JUNK);
    struct message_info spam = fixture_info("s@x", NULL, 1000), mine = fixture_info("m@x", NULL, 1000);
    spam.from_address = "spam@evil.test";
    mine.to = "\"Hopper, Grace\" <grace@navy.test>, turing@bletchley.test";
    assert_true(store_placement_put(self->db, junk, 1, 0, NULL, 0, &spam, NULL, NULL, NULL));
    assert_true(store_placement_put(self->db, self->sent, 1, 0, NULL, 0, &mine, NULL, NULL, NULL));
    g_autofree char *grace = best(self, "hopper"), *turing = best(self, "turing"), *evil = best(self, "spam");
    assert_string_equal(grace, "grace@navy.test");
    assert_string_equal(turing, "turing@bletchley.test");
    assert_null(evil);
}

static void roles_come_first_in_the_folder_list(void **state)
{
    struct fixture *self = *state;
    fixture_folder(self->db, self->account, "apples", FOLDER_NONE);
    fixture_folder(self->db, self->account, "Drafts", FOLDER_DRAFTS);
    g_autoptr(GPtrArray) folders = store_folders(self->db, self->account, NULL);
    static const char *const names[] = { "INBOX", "Drafts", "Sent", "Archive", "Trash", "apples" };
    assert_int_equal(folders->len, G_N_ELEMENTS(names));
    for (guint i = 0; i < folders->len; i++)
        assert_string_equal(((struct folder *)g_ptr_array_index(folders, i))->name, names[i]);
    g_autoptr(folder) trash = store_folder_by_role(self->db, self->account, FOLDER_TRASH, NULL);
    assert_int_equal(trash->id, self->trash);
    assert_null(store_folder_by_role(self->db, self->account, FOLDER_JUNK, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_message_in_two_folders_is_one_row),
        TEST(an_answer_that_comes_first_waits_for_its_question),
        TEST(a_message_that_names_both_joins_two_conversations),
        TEST(equal_subjects_alone_are_no_conversation),
        TEST(ten_thousand_references_cost_no_more_than_fifty),
        TEST(text_without_end_is_cut),
        TEST(a_number_zero_from_the_server_is_refused),
        TEST(a_message_that_left_every_folder_is_collected_later),
        TEST(a_folder_and_an_account_can_go),
        TEST(local_files_are_known_by_name),
        TEST(people_written_to_come_before_those_who_write),
        TEST(mail_makes_contacts_but_junk_does_not),
        TEST(roles_come_first_in_the_folder_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
