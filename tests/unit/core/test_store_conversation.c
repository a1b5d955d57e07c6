/* SPDX-License-Identifier: MIT */
/* A whole conversation, wherever its messages lie. */
#include "core/store_conversation.h"
#include "store_fixture.h"

static const struct conversation_entry *entry_at(const GArray *entries, guint at)
{
    assert_true(at < entries->len);
    return &g_array_index(entries, struct conversation_entry, at);
}

static void answers_in_other_folders_belong_to_it_in_the_order_they_came(void **state)
{
    struct fixture *self = *state;
    int64_t first = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
            mine = fixture_put(self->db, self->sent, 1, "b@x", "a@x", 1001),
            filed = fixture_put(self->db, self->archive, 1, "c@x", "a@x", 1002);
    fixture_put(self->db, self->trash, 1, "d@x", "a@x", 1003);
    fixture_put(self->db, self->inbox, 2, "other@x", NULL, 1004);
    g_autoptr(placement) row = store_placement(self->db, first, NULL);
    g_autoptr(GArray) entries = store_conversation(self->db, row->thread_id, self->inbox, 100, NULL);
    assert_int_equal(entries->len, 3); /* what is in Trash is gone */
    assert_int_equal(entry_at(entries, 0)->placement_id, first);
    assert_int_equal(entry_at(entries, 1)->placement_id, mine);
    assert_int_equal(entry_at(entries, 2)->placement_id, filed);
    g_autoptr(GArray) from_trash = store_conversation(self->db, row->thread_id, self->trash, 100, NULL);
    assert_int_equal(from_trash->len, 4); /* except where one looks at Trash */
}

static void a_message_in_two_folders_comes_once_from_the_one_that_is_shown(void **state)
{
    struct fixture *self = *state;
    fixture_put(self->db, self->archive, 1, "a@x", NULL, 1000);
    int64_t here = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    fixture_put(self->db, self->inbox, 2, "b@x", "a@x", 1001);
    g_autoptr(placement) row = store_placement(self->db, here, NULL);
    g_autoptr(GArray) entries = store_conversation(self->db, row->thread_id, self->inbox, 100, NULL);
    assert_int_equal(entries->len, 2);
    assert_int_equal(entry_at(entries, 0)->placement_id, here);
    struct window_row *line = store_conversation_row(self->db, here, NULL);
    assert_string_equal(line->from, "Ada Lovelace");
    window_row_free(line);
    assert_null(store_conversation_row(self->db, 4711, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_in_other_folders_belong_to_it_in_the_order_they_came),
        TEST(a_message_in_two_folders_comes_once_from_the_one_that_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
