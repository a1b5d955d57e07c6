/* SPDX-License-Identifier: MIT */
/* One action on thousands of messages. */
#include "core/intent.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <string.h>

enum { MANY = 3000 };

static int count_commit(void *data)
{
    ++*(int *)data;
    return 0;
}

static int64_t in_folder(struct fixture *self, int64_t folder_id)
{
    int64_t count = -1;
    assert_true(store_number(self->db, &count, NULL, "SELECT count(*) FROM placements WHERE folder_id = ?", NUM(folder_id)));
    return count;
}

/* The lock is given away in between, and undo still means all of them. */
static void many_are_filed_in_pieces_and_taken_back_as_one(void **state)
{
    struct fixture *self = *state;
    static int64_t ids[MANY];
    int commits = 0;
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = 1; uid <= MANY; uid++)
        ids[uid - 1] = fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
    assert_true(store_commit(self->db, NULL));
    sqlite3_commit_hook(store_db(self->db), count_commit, &commits);
    assert_true(intent_move(self->db, ids, MANY, self->archive, NULL) > 0);
    assert_true(commits > 1); /* how often depends on how fast the machine is */
    assert_int_equal(in_folder(self, self->archive), MANY);
    assert_int_equal(intent_count(self->db, 0), MANY);
    assert_int_equal(undo_size(self->db, false), MANY);
    commits = 0;
    g_autofree char *words = NULL;
    assert_true(undo_last(self->db, &words, NULL));
    sqlite3_commit_hook(store_db(self->db), NULL, NULL);
    assert_true(commits > 1); /* how often depends on how fast the machine is */
    assert_non_null(strstr(words, "3000"));
    assert_int_equal(in_folder(self, self->inbox), MANY);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_int_equal(undo_size(self->db, false), 0);
    assert_int_equal(undo_size(self->db, true), MANY);
    fixture_recount(self->db);
}

/* The store fails in the middle (here: the lock cannot be had again). */
static void what_was_filed_before_a_failure_is_taken_back_by_undo(void **state)
{
    struct fixture *self = *state;
    static int64_t ids[MANY];
    GError *error = NULL;
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = 1; uid <= MANY; uid++)
        ids[uid - 1] = fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
    assert_true(store_commit(self->db, NULL));
    assert_true(
        store_exec(self->db,
                   "CREATE TEMP TRIGGER fails BEFORE UPDATE OF folder_id ON placements WHEN NEW.id = (SELECT max(id) FROM placements)"
                   " BEGIN SELECT RAISE(ABORT, 'no more'); END",
                   NULL));
    assert_int_equal(intent_move(self->db, ids, MANY, self->archive, &error), 0);
    assert_non_null(error);
    g_clear_error(&error);
    int64_t moved = in_folder(self, self->archive);
    assert_in_range(moved, 1, MANY - 1);
    assert_int_equal(undo_size(self->db, false), moved);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(in_folder(self, self->inbox), MANY);
    assert_int_equal(intent_count(self->db, 0), 0);
    fixture_recount(self->db);
}

static int count_opcodes(void *data)
{
    ++*(int64_t *)data;
    return 0;
}

enum { MOVE, TURN, SETTLE, ASK, COSTS };

/* In hundreds of SQLite's steps: what n more cost when there are as many already, what it costs to take them back, to have them settled, and to ask what
 * is due. */
static void cost_of(struct fixture *self, uint32_t first, uint32_t n, int64_t cost_out[COSTS])
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = first; uid < first + n; uid++) {
        int64_t id = fixture_put(self->db, self->inbox, uid, NULL, NULL, 1000 + uid);
        g_array_append_val(ids, id);
    }
    assert_true(store_commit(self->db, NULL));
    const int64_t *placements = (const int64_t *)(void *)ids->data;
    memset(cost_out, 0, COSTS * sizeof *cost_out);
    sqlite3_progress_handler(store_db(self->db), 100, count_opcodes, &cost_out[MOVE]);
    assert_true(intent_move(self->db, placements, n, self->archive, NULL) > 0);
    sqlite3_progress_handler(store_db(self->db), 100, count_opcodes, &cost_out[TURN]);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_true(redo_last(self->db, NULL, NULL));
    sqlite3_progress_handler(store_db(self->db), 100, count_opcodes, &cost_out[SETTLE]);
    for (uint32_t i = 0; i < 50; i++)
        assert_true(store_placement_set_uid(self->db, placements[i], self->archive, first + i, NULL));
    sqlite3_progress_handler(store_db(self->db), 100, count_opcodes, &cost_out[ASK]);
    g_autoptr(GPtrArray) due = intent_pending(self->db, self->account, (int)n, NULL);
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_int_equal(due->len, n);
}

static void each_of_many_costs_what_each_of_few_does(void **state)
{
    struct fixture *self = *state;
    int64_t few[COSTS], many[COSTS];
    cost_of(self, 1, 200, few);
    cost_of(self, 1000, 4000, many);
    assert_true(many[MOVE] < 2 * 20 * few[MOVE]);
    assert_true(many[TURN] < 2 * 20 * few[TURN]);
    assert_true(many[SETTLE] < 3 * few[SETTLE]);
    assert_true(many[ASK] < 2 * 20 * few[ASK]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_are_filed_in_pieces_and_taken_back_as_one, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_filed_before_a_failure_is_taken_back_by_undo, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(each_of_many_costs_what_each_of_few_does, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
