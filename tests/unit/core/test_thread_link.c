/* SPDX-License-Identifier: MIT */
/* Conversations broken and joined by hand: at once, for answers that come later, and when the mail is read anew. */
#include "core/store_thread_link.h"
#include "core/reindex.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <string.h>

static int64_t thread_of(struct fixture *self, int64_t placement_id)
{
    struct placement_row row;
    assert_true(store_placement_row(self->db, placement_id, &row, NULL));
    return row.thread_id;
}

/* a – b – c, and d that answers a. */
struct four {
    int64_t a, b, c, d;
};

static struct four put_four(struct fixture *self)
{
    return (struct four){ .a = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
                          .b = fixture_put(self->db, self->inbox, 2, "b@x", "a@x", 1001),
                          .c = fixture_put(self->db, self->sent, 1, "c@x", "a@x b@x", 1002),
                          .d = fixture_put(self->db, self->inbox, 3, "d@x", "a@x", 1003) };
}

static void assert_broken_at_b(struct fixture *self, const struct four *four)
{
    assert_int_equal(thread_of(self, four->a), thread_of(self, four->d));
    assert_int_equal(thread_of(self, four->b), thread_of(self, four->c));
    assert_int_not_equal(thread_of(self, four->a), thread_of(self, four->b));
    fixture_recount(self->db);
}

static void what_is_broken_off_takes_its_answers_along(void **state)
{
    struct fixture *self = *state;
    struct four four = put_four(self);
    GError *error = NULL;
    assert_int_equal(thread_of(self, four.a), thread_of(self, four.c));
    assert_true(store_thread_break(self->db, four.b, &error));
    assert_broken_at_b(self, &four);
    assert_false(store_thread_break(self->db, four.b, &error)); /* it is the first now */
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_OTHER));
    g_clear_error(&error);
    assert_false(store_thread_break(self->db, 4711, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
}

static void an_answer_that_comes_later_goes_to_its_part(void **state)
{
    struct fixture *self = *state;
    struct four four = put_four(self);
    assert_true(store_thread_break(self->db, four.b, NULL));
    int64_t e = fixture_put(self->db, self->inbox, 4, "e@x", "a@x b@x c@x", 1004),
            f = fixture_put(self->db, self->inbox, 5, "f@x", "a@x d@x", 1005);
    assert_int_equal(thread_of(self, e), thread_of(self, four.b));
    assert_int_equal(thread_of(self, f), thread_of(self, four.a));
    assert_broken_at_b(self, &four);
}

static void forget_mail(struct fixture *self)
{
    for (uint32_t uid = 1; uid <= 5; uid++) {
        assert_true(store_placement_vanished(self->db, self->inbox, uid, NULL));
        assert_true(store_placement_vanished(self->db, self->sent, uid, NULL));
    }
    assert_true(store_message_collect(self->db, -10, 100, NULL, NULL) >= 0);
}

static void forget_all(struct fixture *self)
{
    forget_mail(self);
    assert_true(store_exec(self->db, "DELETE FROM message_refs", NULL));
}

static void it_holds_when_all_mail_is_read_anew(void **state)
{
    struct fixture *self = *state;
    struct four four = put_four(self);
    assert_true(store_thread_break(self->db, four.b, NULL));
    forget_all(self);
    four = put_four(self);
    assert_broken_at_b(self, &four);
}

static void strangers_are_joined_and_stay_joined_when_read_anew(void **state)
{
    struct fixture *self = *state;
    int joined = 0;
    struct four four = put_four(self);
    int64_t other[] = { four.a, fixture_put(self->db, self->archive, 1, "x@x", NULL, 900) };
    assert_true(store_thread_join(self->db, other, 2, &joined, NULL));
    assert_int_equal(joined, 2);
    assert_int_equal(thread_of(self, other[1]), thread_of(self, four.c));
    assert_true(store_thread_join(self->db, other, 2, &joined, NULL));
    assert_int_equal(joined, 1);
    fixture_recount(self->db);
    forget_all(self);
    assert_true(store_placement_vanished(self->db, self->archive, 1, NULL));
    assert_true(store_message_collect(self->db, -10, 100, NULL, NULL) >= 0);
    other[1] = fixture_put(self->db, self->archive, 1, "x@x", NULL, 900); /* the one that was joined comes first */
    four = put_four(self);
    assert_int_equal(thread_of(self, other[1]), thread_of(self, four.c));
    fixture_recount(self->db);
}

static void what_was_broken_off_can_be_joined_elsewhere_and_does_not_drag_the_old_along(void **state)
{
    struct fixture *self = *state;
    int joined = 0;
    struct four four = put_four(self);
    assert_true(store_thread_break(self->db, four.b, NULL));
    int64_t pair[] = { fixture_put(self->db, self->archive, 1, "x@x", NULL, 900), four.b };
    assert_true(store_thread_join(self->db, pair, 2, &joined, NULL));
    assert_int_equal(thread_of(self, pair[0]), thread_of(self, four.c));
    assert_true(store_placement_vanished(self->db, self->archive, 1, NULL));
    forget_all(self);
    four = put_four(self);
    pair[0] = fixture_put(self->db, self->archive, 1, "x@x", NULL, 900);
    assert_broken_at_b(self, &four);
    assert_int_equal(thread_of(self, pair[0]), thread_of(self, four.b));
}

static void it_survives_the_making_of_a_new_index(void **state)
{
    struct fixture *self = *state;
    struct reindex_report report;
    struct four four = put_four(self);
    assert_true(store_thread_break(self->db, four.b, NULL));
    store_close(self->db);
    assert_true(reindex_build(self->path, &report, NULL));
    g_free(report.old_path);
    self->db = store_open(self->path, STORE_UI, NULL);
    assert_non_null(self->db);
    assert_broken_at_b(self, &four);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM thread_links WHERE is_cut"), 1);
}

static void undo(struct fixture *self, const char *expected)
{
    g_autofree char *words = NULL;
    g_autoptr(GError) error = NULL;
    if (!undo_last(self->db, &words, &error) || strstr(words, expected) == NULL)
        fail_msg("%s: %s", expected, error != NULL ? error->message : words);
    fixture_recount(self->db);
}

static void redo(struct fixture *self)
{
    g_autoptr(GError) error = NULL;
    if (!redo_last(self->db, NULL, &error))
        fail_msg("%s", error != NULL ? error->message : "nothing");
    fixture_recount(self->db);
}

static void a_break_is_taken_back_and_done_again_also_after_a_restart(void **state)
{
    struct fixture *self = *state;
    struct four four = put_four(self);
    int64_t whole = thread_of(self, four.a);
    assert_true(store_thread_break(self->db, four.b, NULL));
    for (int round = 0; round < 3; round++) {
        store_close(self->db);
        self->db = store_open(self->path, STORE_UI, NULL);
        undo(self, "Broke off");
        assert_int_equal(thread_of(self, four.b), whole);
        assert_int_equal(thread_of(self, four.c), whole);
        assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM thread_links"), 0);
        redo(self);
        assert_broken_at_b(self, &four);
    }
    forget_mail(self);
    four = put_four(self);
    assert_broken_at_b(self, &four);
    undo(self, "Broke off"); /* by Message-ID: it was read anew since */
    assert_int_equal(thread_of(self, four.c), thread_of(self, four.a));
}

static void answers_that_came_since_go_with_what_they_answer(void **state)
{
    struct fixture *self = *state;
    struct four four = put_four(self);
    assert_true(store_thread_break(self->db, four.b, NULL));
    int64_t e = fixture_put(self->db, self->inbox, 4, "e@x", "a@x b@x c@x", 1004);
    undo(self, "");
    assert_int_equal(thread_of(self, e), thread_of(self, four.a));
    int64_t f = fixture_put(self->db, self->inbox, 5, "f@x", "a@x b@x c@x", 1005);
    assert_int_equal(thread_of(self, f), thread_of(self, four.a));
    redo(self);
    assert_broken_at_b(self, &four);
    assert_int_equal(thread_of(self, e), thread_of(self, four.b));
    assert_int_equal(thread_of(self, f), thread_of(self, four.b));
}

static void a_join_is_taken_back_and_done_again(void **state)
{
    struct fixture *self = *state;
    int joined = 0;
    struct four four = put_four(self);
    int64_t three[] = { fixture_put(self->db, self->archive, 1, "x@x", NULL, 900), four.b,
                        fixture_put(self->db, self->archive, 2, NULL, NULL, 901) };
    fixture_put(self->db, self->archive, 3, "y@x", "missing@x x@x", 902); /* knows of a message that is not here */
    assert_true(store_thread_join(self->db, three, 3, &joined, NULL));
    assert_int_equal(joined, 3);
    int64_t y2 = fixture_put(self->db, self->archive, 4, "y2@x", "y@x", 903);
    assert_int_equal(thread_of(self, y2), thread_of(self, four.a));
    undo(self, "Joined 3 conversations");
    assert_int_equal(thread_of(self, four.c), thread_of(self, four.a));
    assert_int_not_equal(thread_of(self, three[0]), thread_of(self, four.a));
    assert_int_not_equal(thread_of(self, three[2]), thread_of(self, four.a));
    assert_int_not_equal(thread_of(self, three[2]), thread_of(self, three[0]));
    assert_int_equal(thread_of(self, y2), thread_of(self, three[0]));
    assert_int_equal(thread_of(self, fixture_put(self->db, self->archive, 5, "z@x", "missing@x", 904)), thread_of(self, three[0]));
    redo(self);
    for (int i = 0; i < 3; i++)
        assert_int_equal(thread_of(self, three[i]), thread_of(self, four.a));
    undo(self, "Joined 3");
    assert_int_not_equal(thread_of(self, three[0]), thread_of(self, four.a));
}

static void what_was_broken_and_joined_is_taken_back_step_by_step(void **state)
{
    struct fixture *self = *state;
    int joined = 0;
    struct four four = put_four(self);
    int64_t whole = thread_of(self, four.a), x = fixture_put(self->db, self->archive, 1, "x@x", NULL, 900), pair[] = { x, four.b };
    assert_true(store_thread_break(self->db, four.b, NULL));
    assert_true(store_thread_join(self->db, pair, 2, &joined, NULL));
    undo(self, "Joined");
    assert_broken_at_b(self, &four);
    assert_int_not_equal(thread_of(self, x), thread_of(self, four.b));
    undo(self, "Broke off");
    assert_int_equal(thread_of(self, four.c), whole);
    redo(self);
    redo(self);
    assert_int_equal(thread_of(self, x), thread_of(self, four.c));
    assert_int_not_equal(thread_of(self, x), thread_of(self, four.a));
    forget_mail(self);
    assert_true(store_placement_vanished(self->db, self->archive, 1, NULL));
    assert_true(store_message_collect(self->db, -10, 100, NULL, NULL) >= 0);
    g_autoptr(GError) error = NULL;
    assert_false(undo_last(self->db, NULL, &error)); /* all is gone */
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_broken_off_takes_its_answers_along),
        TEST(an_answer_that_comes_later_goes_to_its_part),
        TEST(it_holds_when_all_mail_is_read_anew),
        TEST(strangers_are_joined_and_stay_joined_when_read_anew),
        TEST(what_was_broken_off_can_be_joined_elsewhere_and_does_not_drag_the_old_along),
        TEST(it_survives_the_making_of_a_new_index),
        TEST(a_break_is_taken_back_and_done_again_also_after_a_restart),
        TEST(answers_that_came_since_go_with_what_they_answer),
        TEST(a_join_is_taken_back_and_done_again),
        TEST(what_was_broken_and_joined_is_taken_back_step_by_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
