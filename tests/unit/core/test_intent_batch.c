/* SPDX-License-Identifier: MIT */
/* What travels as one command: everything that does the same in one folder, and nothing that would overtake what must be done before it. */
#include "core/intent_replay_private.h"
#include "tests/unit/core/store_fixture.h"

#define MESSAGES 6

struct set {
    struct fixture *store;
    int64_t ids[MESSAGES];
};

static struct set set_up(void **state)
{
    struct set self = { .store = *state };
    for (uint32_t i = 0; i < MESSAGES; i++) {
        g_autofree char *id = g_strdup_printf("m%u@x", i);
        self.ids[i] = fixture_put(self.store->db, self.store->inbox, 10 + i, id, NULL, 1000 + i);
    }
    return self;
}

static GPtrArray *pending(struct set *self)
{
    GPtrArray *rows = intent_pending(self->store->db, self->store->account, 100, NULL);
    assert_non_null(rows);
    return rows;
}

/* "type:uid uid" of each batch, one after the other, as if each were done. */
static char *batches_by(struct set *self, const struct replay_ways *ways)
{
    GString *text = g_string_new(NULL);
    for (int rounds = 0; rounds < 100; rounds++) {
        g_autoptr(GPtrArray) rows = pending(self);
        g_autoptr(GPtrArray) batch = replay_first_batch(rows, ways);
        if (batch->len == 0)
            break;
        g_string_append_printf(text, "%s%d:", text->len > 0 ? " | " : "", ((const struct intent *)g_ptr_array_index(batch, 0))->type);
        for (guint i = 0; i < batch->len; i++) {
            const struct intent *intent = g_ptr_array_index(batch, i);
            g_string_append_printf(text, "%s%u", i > 0 ? " " : "", intent->uid);
            assert_true(intent_settled(self->store->db, intent->id, NULL));
        }
    }
    return g_string_free(text, FALSE);
}

static char *batches(struct set *self)
{
    return batches_by(self, &(const struct replay_ways){ .can_move = true });
}

static void mark(struct set *self, int which, unsigned flags)
{
    assert_true(intent_flags(self->store->db, &self->ids[which], 1, flags, 0, NULL) > 0);
}

static void move(struct set *self, int which, int64_t folder)
{
    assert_true(intent_move(self->store->db, &self->ids[which], 1, folder, NULL) > 0);
}

static void what_does_the_same_travels_together_whatever_lies_between(void **state)
{
    struct set self = set_up(state);
    for (int i = 0; i < 4; i++) {
        mark(&self, i, i % 2 ? MESSAGE_SEEN : MESSAGE_FLAGGED);
        move(&self, i, i % 2 ? self.store->archive : self.store->trash);
    }
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "0:10 11 12 13 | 1:10 12 | 1:11 13");
}

static void flags_of_what_is_deleted_for_good_are_not_sent(void **state)
{
    struct set self = set_up(state);
    mark(&self, 0, MESSAGE_SEEN);
    mark(&self, 1, MESSAGE_SEEN);
    assert_true(intent_delete(self.store->db, &self.ids[0], 1, true, NULL) > 0);
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "0:11 | 3:10");
}

static void a_copy_takes_its_flags_along_though_the_message_is_deleted_then(void **state)
{
    struct set self = set_up(state);
    mark(&self, 0, MESSAGE_SEEN);
    assert_true(intent_copy(self.store->db, &self.ids[0], 1, self.store->archive, NULL) > 0);
    assert_true(intent_delete(self.store->db, &self.ids[0], 1, true, NULL) > 0);
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "0:10 | 2:10 | 3:10");
}

static void two_copies_of_one_message_are_two_commands(void **state)
{
    struct set self = set_up(state);
    for (int i = 0; i < 2; i++)
        assert_true(intent_copy(self.store->db, self.ids, 2, self.store->archive, NULL) > 0);
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "2:10 11 | 2:10 11");
}

static void nothing_overtakes_what_is_done_to_the_same_message_or_to_a_folder(void **state)
{
    struct set self = set_up(state);
    move(&self, 0, self.store->archive);
    assert_true(intent_copy(self.store->db, &self.ids[1], 1, self.store->trash, NULL) > 0);
    move(&self, 1, self.store->archive); /* behind the copy that is made of it */
    move(&self, 2, self.store->archive);
    assert_int_not_equal(intent_folder_create(self.store->db, self.store->account, "New", NULL), 0);
    move(&self, 3, self.store->archive);
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "2:11 | 1:10 11 12 | 5:0 | 1:13");
}

/* Sent, and the connection broke: so often. */
static void cut_off(struct set *self, int times)
{
    for (int i = 0; i < times; i++) {
        g_autoptr(GPtrArray) rows = pending(self);
        for (guint k = 0; k < rows->len; k++)
            assert_true(intent_set_in_flight(self->store->db, &((const struct intent *)g_ptr_array_index(rows, k))->id, 1, NULL));
        assert_true(intent_reset_in_flight(self->store->db, self->store->account, 0, NULL));
    }
}

static void moves_that_were_cut_off_go_together_again(void **state)
{
    struct set self = set_up(state);
    for (int i = 0; i < 4; i++)
        move(&self, i, self.store->archive);
    cut_off(&self, 1);
    move(&self, 4, self.store->archive);
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "1:10 11 12 13 | 1:14");
}

/* Lines that break again and again: what was not tried goes in smaller pieces, so that each connection gets some of it done. */
static void fewer_go_together_where_others_were_cut_off(void **state)
{
    struct set self = set_up(state);
    enum { MANY = 300 };
    int64_t ids[MANY];
    for (uint32_t i = 0; i < MANY; i++)
        ids[i] = fixture_put(self.store->db, self.store->inbox, 100 + i, NULL, NULL, 2000 + i);
    assert_true(intent_move(self.store->db, ids, MANY, self.store->archive, NULL) > 0);
    assert_false(intent_was_cut_off(self.store->db, self.store->account));
    g_autoptr(GPtrArray) rows = intent_pending(self.store->db, self.store->account, 1000, NULL);
    g_autoptr(GPtrArray) all = replay_first_batch(rows, &(const struct replay_ways){ .can_move = true });
    g_autoptr(GPtrArray) some = replay_first_batch(rows, &(const struct replay_ways){ .can_move = true, .is_cut_off = true });
    assert_int_equal(all->len, MANY);
    assert_int_equal(some->len, 250);
    cut_off(&self, 1);
    assert_true(intent_was_cut_off(self.store->db, self.store->account));
}

static void a_move_that_was_refused_or_may_be_half_done_goes_alone(void **state)
{
    struct set self = set_up(state);
    for (int i = 0; i < 3; i++)
        move(&self, i, self.store->archive);
    cut_off(&self, 1);
    g_autoptr(GPtrArray) rows = pending(&self);
    const struct intent *refused = g_ptr_array_index(rows, 0);
    assert_true(intent_retry_later(self.store->db, refused->id, "no", 0, NULL));
    g_autofree char *text = batches(&self);
    assert_string_equal(text, "1:10 | 1:11 12");
    for (int i = 3; i < 5; i++)
        move(&self, i, self.store->archive);
    cut_off(&self, 1);
    g_autofree char *halves = batches_by(&self, &(const struct replay_ways){ .can_move = false });
    assert_string_equal(halves, "1:13 | 1:14");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_does_the_same_travels_together_whatever_lies_between),
        TEST(flags_of_what_is_deleted_for_good_are_not_sent),
        TEST(a_copy_takes_its_flags_along_though_the_message_is_deleted_then),
        TEST(two_copies_of_one_message_are_two_commands),
        TEST(nothing_overtakes_what_is_done_to_the_same_message_or_to_a_folder),
        TEST(moves_that_were_cut_off_go_together_again),
        TEST(fewer_go_together_where_others_were_cut_off),
        TEST(a_move_that_was_refused_or_may_be_half_done_goes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
