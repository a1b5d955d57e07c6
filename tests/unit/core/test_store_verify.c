/* SPDX-License-Identifier: MIT */
/* What is asked each time a folder is looked at, and what an export pages by: in SQLite's steps, which do not depend on the machine. */
#include "store_fixture.h"
#include "core/archive.h"
#include "core/store_verify.h"

static int count_steps(void *data)
{
    ++*(int64_t *)data;
    return 0;
}

static void fill(struct fixture *self, uint32_t from, uint32_t to)
{
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = from; uid <= to; uid++) {
        g_autofree char *id = g_strdup_printf("%u@x", uid);
        fixture_put(self->db, self->inbox, uid, id, NULL, 1000 + uid / 3);
    }
    assert_true(store_commit(self->db, NULL));
}

static int64_t steps_of_a_visit(struct fixture *self, int64_t expected)
{
    int64_t steps = 0, count = 0;
    sqlite3_progress_handler(store_db(self->db), 1, count_steps, &steps);
    assert_true(store_verify_count(self->db, self->inbox, &count, NULL));
    assert_true(store_verify_is_settled(self->db, self->inbox));
    assert_true(store_verify_forget_waiting(self->db, self->inbox, NULL, NULL));
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_int_equal(count, expected);
    return steps;
}

static void a_visit_costs_the_same_however_many_messages_there_are(void **state)
{
    struct fixture *self = *state;
    fill(self, 1, 20);
    int64_t few = steps_of_a_visit(self, 20);
    fill(self, 21, 2000);
    assert_in_range(steps_of_a_visit(self, 2000), 1, few + few / 2);
}

static void what_waits_for_its_number_is_counted_and_forgotten(void **state)
{
    struct fixture *self = *state;
    int64_t count = 0;
    fill(self, 1, 20);
    int64_t moved_here = fixture_put(self->db, self->inbox, 21, "waiting@x", NULL, 2000);
    assert_true(store_run(self->db, NULL, "UPDATE placements SET uid = 0 WHERE id = ?", NUM(moved_here)));
    assert_false(store_verify_is_settled(self->db, self->inbox));
    assert_true(store_verify_count(self->db, self->inbox, &count, NULL));
    assert_int_equal(count, 20);
    assert_true(store_verify_forget_waiting(self->db, self->inbox, NULL, NULL));
    assert_true(store_verify_is_settled(self->db, self->inbox));
    assert_true(store_verify_count(self->db, self->inbox, &count, NULL));
    assert_int_equal(count, 20);
    g_autoptr(placement) gone = store_placement(self->db, moved_here, NULL);
    assert_null(gone);
}

/* What was moved there while the folder was looked at is not among those that were not found. */
static void only_what_waited_at_first_is_forgotten(void **state)
{
    struct fixture *self = *state;
    fill(self, 1, 3);
    assert_true(store_run(self->db, NULL, "UPDATE placements SET uid = 0 WHERE uid = 1"));
    g_autoptr(GArray) waiting = store_verify_waiting(self->db, self->inbox, NULL);
    assert_int_equal(waiting->len, 1);
    assert_true(store_run(self->db, NULL, "UPDATE placements SET uid = 0 WHERE uid = 2"));
    assert_true(store_verify_forget_waiting(self->db, self->inbox, waiting, NULL));
    g_autoptr(GArray) rest = store_verify_waiting(self->db, self->inbox, NULL);
    assert_int_equal(rest->len, 1);
    assert_int_not_equal(g_array_index(rest, int64_t, 0), g_array_index(waiting, int64_t, 0));
    assert_int_not_equal(store_placement_find(self->db, self->inbox, 3), 0);
}

static int64_t steps_of_an_export(struct fixture *self, const char *name, int64_t expected)
{
    g_autofree char *directory = g_build_filename(self->directory, name, NULL);
    struct archive_count count = { 0 };
    int64_t steps = 0;
    sqlite3_progress_handler(store_db(self->db), 1, count_steps, &steps);
    assert_true(archive_export(self->db, self->inbox, ARCHIVE_MBOX, directory, &count, NULL));
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_int_equal(count.done + count.elsewhere, expected);
    return steps / expected;
}

static void an_export_costs_a_message_what_it_costs_among_few_and_leaves_none_out(void **state)
{
    struct fixture *self = *state;
    fill(self, 1, 400);
    int64_t among_few = steps_of_an_export(self, "few", 400);
    fill(self, 401, 4000);
    assert_in_range(steps_of_an_export(self, "many", 4000), 1, among_few + among_few / 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_visit_costs_the_same_however_many_messages_there_are),
        TEST(what_waits_for_its_number_is_counted_and_forgotten),
        TEST(only_what_waited_at_first_is_forgotten),
        TEST(an_export_costs_a_message_what_it_costs_among_few_and_leaves_none_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
