/* SPDX-License-Identifier: MIT */
/* Tags as intents: merged, undone, rolled back, and kept here where a server cannot keep them. */
#include "core/intent.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <string.h>

static char *tags_of(struct fixture *self, int64_t id)
{
    g_autoptr(placement) place = store_placement(self->db, id, NULL);
    return g_strdup(place != NULL && place->keywords != NULL ? place->keywords : "");
}

#define assert_tags(self, id, expected)                                                                                                    \
    do {                                                                                                                                   \
        g_autofree char *tags_ = tags_of(self, id);                                                                                        \
        assert_string_equal(tags_, expected);                                                                                              \
    } while (0)

static GPtrArray *due(struct fixture *self)
{
    GPtrArray *rows = intent_pending(self->db, self->account, 100, NULL);
    assert_non_null(rows);
    return rows;
}

static void fly(struct fixture *self, int64_t id)
{
    assert_true(intent_set_in_flight(self->db, &id, 1, NULL));
}

static void a_tag_is_there_at_once_and_queued_as_one_row(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_keywords(self->db, &id, 1, "work", NULL, NULL) > 0);
    assert_true(intent_keywords(self->db, &id, 1, "home", NULL, NULL) > 0);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(intent_keywords(self->db, &id, 1, "later", "home", NULL) > 0);
    assert_tags(self, id, "later work");
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 2); /* the flag and the tags */
    const struct intent *wish = g_ptr_array_index(rows, 1);
    assert_int_equal(wish->type, INTENT_KEYWORDS);
    assert_string_equal(wish->path, "+work +later");
}

static void a_tag_set_and_cleared_before_it_was_sent_leaves_nothing(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_keywords(self->db, &id, 1, "work", NULL, NULL) > 0);
    assert_true(intent_keywords(self->db, &id, 1, NULL, "WORK", NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 0);
    assert_tags(self, id, "");
}

static void the_servers_words_do_not_hide_a_pending_wish(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_keywords(self->db, &id, 1, "work", NULL, NULL) > 0);
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, 0, "other", 5, NULL, NULL));
    assert_tags(self, id, "other work");
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *wish = g_ptr_array_index(rows, 0);
    fly(self, wish->id);
    assert_true(intent_settled(self->db, wish->id, NULL));
    assert_tags(self, id, "other work");
    /* Another client takes it away again. */
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, 0, "other", 6, NULL, NULL));
    assert_tags(self, id, "other");
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, 0, "", 7, NULL, NULL));
    assert_tags(self, id, "");
}

static void a_refused_tag_is_taken_back(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    g_autofree char *words = NULL;
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, 0, "old", 5, NULL, NULL));
    assert_true(intent_keywords(self->db, &id, 1, "work", "old", NULL) > 0);
    assert_tags(self, id, "work");
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *wish = g_ptr_array_index(rows, 0);
    assert_true(intent_rolled_back(self->db, wish->id, "NO", &words, NULL));
    assert_tags(self, id, "old");
    assert_non_null(strstr(words, "could not be marked"));
}

static void undo_and_redo_turn_tags_before_and_after_they_were_sent(void **state)
{
    struct fixture *self = *state;
    int64_t ids[] = { fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001) };
    g_autofree char *said = NULL;
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 2, 0, "work", 5, NULL, NULL));
    assert_true(intent_keywords(self->db, ids, 2, "work", NULL, NULL) > 0); /* the second has it already */
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 1);
    fly(self, ((const struct intent *)g_ptr_array_index(rows, 0))->id);
    assert_true(intent_settled(self->db, ((const struct intent *)g_ptr_array_index(rows, 0))->id, NULL));
    assert_true(undo_last(self->db, &said, NULL));
    assert_non_null(strstr(said, "Tagged 1 message work"));
    assert_tags(self, ids[0], "");
    assert_tags(self, ids[1], "work");
    g_autoptr(GPtrArray) inverse = due(self);
    assert_int_equal(inverse->len, 1);
    assert_string_equal(((const struct intent *)g_ptr_array_index(inverse, 0))->path, "-work");
    assert_true(redo_last(self->db, NULL, NULL));
    assert_tags(self, ids[0], "work");
    g_autoptr(GPtrArray) none = due(self);
    assert_int_equal(none->len, 0);
}

static void what_the_server_cannot_keep_is_kept_here_and_survives_new_numbers(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_keywords(self->db, &id, 1, "work home", NULL, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_true(intent_keywords_keep_here(self->db, ((const struct intent *)g_ptr_array_index(rows, 0))->id, "home work", NULL));
    assert_tags(self, id, "home work");
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, MESSAGE_SEEN, "", 9, NULL, NULL));
    assert_tags(self, id, "home work");
    assert_true(store_folder_set_sync(self->db, self->inbox, 8, 2, 0, 1, NULL)); /* another UIDVALIDITY */
    id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_tags(self, id, "home work");
    /* Cleared here: the server need not hear of it. */
    assert_true(intent_keywords(self->db, &id, 1, NULL, "home", NULL) > 0);
    assert_tags(self, id, "work");
    g_autoptr(GPtrArray) none = due(self);
    assert_int_equal(none->len, 0);
}

static void a_message_of_a_maildir_keeps_its_tags_here(void **state)
{
    struct fixture *self = *state;
    const struct message_info info = {
        .message_id = "local@x", .subject = "local", .date_utc = 5000, .received_utc = 5000, .size_bytes = 10
    };
    int64_t id = 0;
    assert_true(store_local_put(self->db, self->archive, "1.file", 0, &info, &id, NULL));
    assert_true(intent_keywords(self->db, &id, 1, "work", NULL, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_true(intent_settled(self->db, ((const struct intent *)g_ptr_array_index(rows, 0))->id, NULL));
    assert_true(store_local_put(self->db, self->archive, "1.file", MESSAGE_SEEN, &info, &id, NULL));
    assert_tags(self, id, "work");
}

/* --- into another account --- */

static int64_t abroad_inbox(struct fixture *self, int64_t *account_out)
{
    *account_out = store_account_id(self->db, "home", NULL);
    return fixture_folder(self->db, *account_out, "INBOX", FOLDER_INBOX);
}

/* The one row an account may send now. */
static const struct intent *next_of(struct fixture *self, int64_t account, GPtrArray **rows_out, enum intent_type type)
{
    *rows_out = intent_pending(self->db, account, 100, NULL);
    assert_true((*rows_out)->len > 0);
    const struct intent *wish = g_ptr_array_index(*rows_out, 0);
    assert_int_equal(wish->type, type);
    assert_true(intent_set_in_flight(self->db, &wish->id, 1, NULL));
    return wish;
}

static void settle(struct fixture *self, int64_t account, enum intent_type type)
{
    g_autoptr(GPtrArray) rows = NULL;
    assert_true(intent_settled(self->db, next_of(self, account, &rows, type)->id, NULL));
}

static int64_t put_tagged(struct fixture *self)
{
    bool is_known = false;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, 0, "work later", 1, &is_known, NULL));
    assert_tags(self, id, "later work");
    return id;
}

static void tags_go_along_into_another_account(void **state)
{
    struct fixture *self = *state;
    int64_t account, inbox = abroad_inbox(self, &account), id = put_tagged(self);
    assert_true(intent_move(self->db, &id, 1, inbox, NULL) > 0);
    assert_tags(self, id, "later work"); /* all the time */
    settle(self, self->account, INTENT_FETCH);
    settle(self, account, INTENT_APPEND);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = next_of(self, account, &rows, INTENT_KEYWORDS);
    assert_int_equal(wish->folder_id, inbox);
    assert_true(strcmp(wish->path, "+later +work") == 0 || strcmp(wish->path, "+work +later") == 0);
    assert_true(intent_keywords_keep_here(self->db, wish->id, "later work", NULL)); /* that server has no place for tags */
    settle(self, self->account, INTENT_DELETE);
    assert_tags(self, id, "later work");
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void on_the_way_back_nobody_need_hear_of_tags(void **state)
{
    struct fixture *self = *state;
    int64_t account, inbox = abroad_inbox(self, &account), id = put_tagged(self);
    assert_true(intent_keywords(self->db, &id, 1, "pending", NULL, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, inbox, NULL) > 0);
    assert_tags(self, id, "later pending work");
    assert_true(undo_last(self->db, NULL, NULL));
    assert_tags(self, id, "later pending work");
    assert_int_equal(intent_count(self->db, 0), 1);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_tags(self, id, "later work");
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void what_the_other_account_refuses_comes_back_with_its_tags(void **state)
{
    struct fixture *self = *state;
    g_autoptr(GPtrArray) rows = NULL, tags = NULL;
    g_autofree char *words = NULL;
    int64_t account, inbox = abroad_inbox(self, &account), id = put_tagged(self);
    assert_true(intent_move(self->db, &id, 1, inbox, NULL) > 0);
    assert_true(intent_keywords(self->db, &id, 1, "new", "later", NULL) > 0);
    settle(self, self->account, INTENT_FETCH);
    assert_true(intent_rolled_back(self->db, next_of(self, account, &rows, INTENT_APPEND)->id, "too large", &words, NULL));
    assert_tags(self, id, "new work");
    assert_string_equal(next_of(self, self->account, &tags, INTENT_KEYWORDS)->path, "+new -later");
}

static void a_copy_into_another_account_has_the_tags_too(void **state)
{
    struct fixture *self = *state;
    int64_t account, inbox = abroad_inbox(self, &account), id = put_tagged(self);
    assert_true(intent_copy(self->db, &id, 1, inbox, NULL) > 0);
    int64_t copy = fixture_number(self->db, "SELECT max(id) FROM placements");
    assert_int_not_equal(copy, id);
    assert_tags(self, copy, "later work");
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_tags(self, id, "later work");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tag_is_there_at_once_and_queued_as_one_row, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_tag_set_and_cleared_before_it_was_sent_leaves_nothing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_servers_words_do_not_hide_a_pending_wish, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_refused_tag_is_taken_back, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(undo_and_redo_turn_tags_before_and_after_they_were_sent, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_the_server_cannot_keep_is_kept_here_and_survives_new_numbers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_message_of_a_maildir_keeps_its_tags_here, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(tags_go_along_into_another_account, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(on_the_way_back_nobody_need_hear_of_tags, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_the_other_account_refuses_comes_back_with_its_tags, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_into_another_account_has_the_tags_too, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
