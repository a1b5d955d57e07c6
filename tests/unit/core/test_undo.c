/* SPDX-License-Identifier: MIT */
/* Undo of each kind of action, before and after a server has done it, and the queue as a person sees it. */
#include "core/intent.h"
#include "core/intent_list.h"
#include "core/outbox.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <string.h>

/* A server that does everything at once and tells the new numbers. */
static int serve(struct fixture *self)
{
    int done = 0;
    static uint32_t number = 1000;
    for (;;) {
        g_autoptr(GPtrArray) rows = intent_pending(self->db, self->account, 100, NULL);
        assert_non_null(rows);
        if (rows->len == 0)
            return done;
        const struct intent *wish = g_ptr_array_index(rows, 0);
        assert_true(intent_set_in_flight(self->db, &wish->id, 1, NULL));
        if (wish->type == INTENT_MOVE || wish->type == INTENT_COPY)
            assert_true(store_placement_set_uid(self->db, wish->placement_id, wish->target_folder_id, number++, NULL));
        assert_true(intent_settled(self->db, wish->id, NULL));
        done++;
    }
}

static char *undo(struct fixture *self)
{
    g_autoptr(GError) why = NULL;
    char *words = NULL;
    if (!undo_last(self->db, &words, &why))
        return g_strdup(why != NULL ? why->message : "nothing");
    return words;
}

#define assert_undo(self, expected)                                                                                                        \
    do {                                                                                                                                   \
        g_autofree char *said = undo(self);                                                                                                \
        if (strstr(said, expected) == NULL)                                                                                                \
            fail_msg("“%s” is not in “%s”", expected, said);                                                                               \
    } while (0)

static char *name_of(struct fixture *self, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(self->db, folder_id, NULL);
    return box != NULL && (box->flags & FOLDER_IS_GONE) == 0 ? g_strdup(box->name) : NULL;
}

static void assert_name(struct fixture *self, int64_t folder_id, const char *expected)
{
    g_autofree char *name = name_of(self, folder_id);
    if (g_strcmp0(name, expected) != 0)
        fail_msg("%s is not %s", name != NULL ? name : "(none)", expected != NULL ? expected : "(none)");
}

static int64_t folder_of(struct fixture *self, int64_t placement_id)
{
    int64_t folder_id = -1;
    assert_true(store_number(self->db, &folder_id, NULL, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)));
    return folder_id;
}

/* --- folders --- */

static void a_new_folder_is_taken_back_without_a_trace_or_deleted_on_the_server(void **state)
{
    struct fixture *self = *state;
    int64_t box = intent_folder_create(self->db, self->account, "Plans", NULL);
    assert_undo(self, "Made the folder Plans");
    assert_name(self, box, NULL);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(redo_last(self->db, NULL, NULL));
    assert_name(self, box, "Plans"); /* the same number: what was done with it can be done again */
    assert_int_equal(serve(self), 1);
    assert_undo(self, "Made the folder Plans");
    assert_name(self, box, NULL);
    assert_int_equal(serve(self), 1);
    assert_true(redo_last(self->db, NULL, NULL));
    assert_name(self, box, "Plans");
}

static void a_new_folder_with_mail_by_now_stays_and_says_why(void **state)
{
    struct fixture *self = *state;
    int64_t box = intent_folder_create(self->db, self->account, "Plans", NULL);
    serve(self);
    fixture_put(self->db, box, 1, "a@x", NULL, 1000);
    assert_undo(self, "there is mail in it by now");
    assert_name(self, box, "Plans");
    assert_undo(self, "nothing"); /* and does not stand in the way of what was done before */
}

/* The moves out of it are on their way: the server's number is of before. */
static void a_new_folder_of_which_the_server_still_has_mail_can_be_taken_back_later(void **state)
{
    struct fixture *self = *state;
    g_autoptr(GError) why = NULL;
    int64_t box = intent_folder_create(self->db, self->account, "Plans", NULL);
    serve(self);
    assert_true(store_run(self->db, NULL, "UPDATE folders SET server_total = 1 WHERE id = ?", NUM(box)));
    assert_false(undo_last(self->db, NULL, &why));
    assert_non_null(strstr(why->message, "in a moment"));
    assert_true(store_run(self->db, NULL, "UPDATE folders SET server_total = 0 WHERE id = ?", NUM(box)));
    assert_undo(self, "Made the folder Plans");
    assert_name(self, box, NULL);
}

static void moves_into_a_new_folder_are_taken_back_and_done_again_in_turn(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
            box = intent_folder_create(self->db, self->account, "Plans", NULL);
    assert_true(intent_move(self->db, &id, 1, box, NULL) > 0);
    serve(self);
    assert_undo(self, "Moved 1 message to Plans");
    assert_undo(self, "Made the folder Plans");
    serve(self);
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_true(redo_last(self->db, NULL, NULL));
    assert_true(redo_last(self->db, NULL, NULL));
    assert_int_equal(folder_of(self, id), box);
    serve(self);
    fixture_recount(self->db);
}

static void a_renaming_taken_back_before_it_was_sent_is_nothing(void **state)
{
    struct fixture *self = *state;
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE),
            below = fixture_folder(self->db, self->account, "Old/Sub", FOLDER_NONE);
    assert_true(intent_folder_rename(self->db, box, "New", NULL));
    assert_true(intent_folder_rename(self->db, box, "Newer", NULL));
    assert_int_equal(intent_count(self->db, 0), 1);
    assert_name(self, below, "Newer/Sub");
    assert_undo(self, "Renamed the folder New to Newer");
    assert_undo(self, "Renamed the folder Old to New");
    assert_name(self, below, "Old/Sub");
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(redo_last(self->db, NULL, NULL));
    serve(self);
    assert_undo(self, "Renamed the folder Old to New");
    assert_int_equal(serve(self), 1);
    assert_name(self, box, "Old");
}

static void another_programs_renaming_is_not_taken_back(void **state)
{
    struct fixture *self = *state;
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE);
    assert_true(intent_folder_rename(self->db, box, "New", NULL));
    serve(self);
    assert_true(store_run(self->db, NULL, "UPDATE folders SET name = 'Theirs' WHERE id = ?", NUM(box)));
    assert_undo(self, "it is called Theirs by now");
    assert_name(self, box, "Theirs");
}

static void a_folder_goes_to_trash_with_its_mail_and_comes_back(void **state)
{
    struct fixture *self = *state;
    g_autoptr(GError) error = NULL;
    int64_t box = fixture_folder(self->db, self->account, "Lists/C", FOLDER_NONE), id = fixture_put(self->db, box, 1, "a@x", NULL, 1000);
    fixture_folder(self->db, self->account, "Trash/C", FOLDER_NONE);
    assert_true(intent_folder_trash(self->db, box, NULL));
    assert_name(self, box, "Trash/C 2");
    serve(self);
    assert_false(intent_folder_trash(self->db, box, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    assert_undo(self, "Moved the folder Lists/C to Trash");
    assert_name(self, box, "Lists/C");
    assert_int_equal(folder_of(self, id), box);
    assert_int_equal(serve(self), 1);
}

static void a_deleted_folder_is_had_back_while_it_can_be(void **state)
{
    struct fixture *self = *state;
    int64_t empty = fixture_folder(self->db, self->account, "Empty", FOLDER_NONE),
            full = fixture_folder(self->db, self->account, "Full", FOLDER_NONE);
    fixture_put(self->db, full, 1, "a@x", NULL, 1000);
    assert_true(intent_folder_delete(self->db, full, NULL));
    assert_undo(self, "Deleted the folder Full"); /* not sent */
    assert_name(self, full, "Full");
    assert_true(intent_folder_delete(self->db, empty, NULL));
    serve(self);
    assert_undo(self, "Deleted the folder Empty");
    assert_name(self, empty, "Empty");
    assert_int_equal(serve(self), 1);
    assert_true(intent_folder_delete(self->db, full, NULL));
    serve(self);
    assert_undo(self, "deleted for good on the server, with the mail in it");
}

/* --- messages --- */

static void what_another_program_took_is_told_and_the_rest_comes_back(void **state)
{
    struct fixture *self = *state;
    int64_t ids[3];
    for (int i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("m%d@x", i);
        ids[i] = fixture_put(self->db, self->inbox, (uint32_t)i + 1, name, NULL, 1000 + i);
    }
    assert_true(intent_archive(self->db, ids, 3, NULL) > 0);
    serve(self);
    assert_true(store_placement_drop(self->db, ids[0], NULL));                         /* expunged elsewhere */
    assert_true(store_placement_relocate(self->db, ids[1], self->trash, 77, 0, NULL)); /* moved elsewhere */
    assert_undo(self, "only 1: 1 is not there any more: another program took it away; 1 was moved on since");
    assert_int_equal(folder_of(self, ids[2]), self->inbox);
    assert_int_equal(folder_of(self, ids[1]), self->trash);
}

static void a_message_whose_folder_is_gone_stays_and_says_so(void **state)
{
    struct fixture *self = *state;
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE), id = fixture_put(self->db, box, 1, "a@x", NULL, 1000);
    int64_t other = fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1000);
    assert_true(intent_flags(self->db, &other, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    serve(self);
    assert_true(store_folder_remove(self->db, box, NULL));
    assert_undo(self, "the folder that 1 came from is gone");
    assert_int_equal(folder_of(self, id), self->archive);
    assert_undo(self, "Marked 1 message as read");
}

static void a_hundred_actions_are_taken_back_in_turn_after_the_server_did_them(void **state)
{
    struct fixture *self = *state;
    int64_t ids[10];
    for (int i = 0; i < 10; i++) {
        g_autofree char *name = g_strdup_printf("m%d@x", i);
        ids[i] = fixture_put(self->db, self->inbox, (uint32_t)i + 1, name, NULL, 1000 + i);
    }
    for (int i = 0; i < 100; i++) {
        int64_t id = ids[i % 10], action;
        switch (i % 5) {
        case 0:
            action = intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, MESSAGE_SEEN, NULL);
            break;
        case 1:
            action = intent_archive(self->db, &id, 1, NULL);
            break;
        case 2:
            action = folder_of(self, id) != self->trash ? intent_delete(self->db, &id, 1, false, NULL) : 1;
            break;
        case 3:
            action = intent_copy(self->db, &id, 1, self->sent, NULL);
            break;
        default:
            action = intent_flags(self->db, &id, 1, MESSAGE_SEEN, MESSAGE_FLAGGED, NULL);
        }
        assert_true(action > 0);
        if (i % 7 == 0)
            serve(self);
        if (i % 31 == 0) { /* a restart */
            store_close(self->db);
            self->db = store_open(self->path, STORE_UI, NULL);
        }
    }
    serve(self);
    while (undo_last(self->db, NULL, NULL))
        if (g_random_int_range(0, 3) == 0)
            serve(self);
    serve(self);
    for (int i = 0; i < 10; i++)
        assert_int_equal(folder_of(self, ids[i]), self->inbox);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements WHERE flags <> 0 OR server_flags <> 0"), 0);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements"), 10);
    fixture_recount(self->db);
}

/* --- sending --- */

static int64_t send_letter(struct fixture *self, int64_t at_utc)
{
    static const char bytes[] = "From: a@x.test\r\nTo: b@x.test\r\nSubject: Lunch\r\nMessage-ID: <l@x.test>\r\n\r\nAt one?\r\n";
    static const char *const to[] = { "b@x.test", NULL };
    const struct outbox_letter letter = { .account_key = "work",
                                          .bytes = bytes,
                                          .size = sizeof bytes - 1,
                                          .sender = "a@x.test",
                                          .recipients = to,
                                          .delay_s = 10,
                                          .send_at_utc = at_utc,
                                          .is_undoable = true };
    int64_t id = outbox_submit_letter(self->db, &letter, NULL);
    assert_true(id > 0);
    return id;
}

/* A copy that is made again is another placement: what was done with the first follows to it, also a copy of the copy. */
static void what_was_done_with_a_copy_is_done_again_with_the_next(void **state)
{
    struct fixture *self = *state;
    for (int is_served = 0; is_served < 2; is_served++) {
        int64_t id = fixture_put(self->db, self->inbox, 1 + (uint32_t)is_served, is_served ? "s@x" : "a@x", NULL, 1000), copy = 0,
                second = 0;
        assert_true(intent_copy(self->db, &id, 1, self->archive, NULL) > 0);
        assert_true(store_number(self->db, &copy, NULL, "SELECT max(id) FROM placements"));
        assert_true(intent_flags(self->db, &copy, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
        assert_true(intent_keywords(self->db, &copy, 1, "todo", NULL, NULL) > 0);
        assert_true(intent_copy(self->db, &copy, 1, self->sent, NULL) > 0);
        assert_true(store_number(self->db, &second, NULL, "SELECT max(id) FROM placements"));
        assert_true(intent_flags(self->db, &second, 1, MESSAGE_ANSWERED, 0, NULL) > 0);
        assert_true(intent_move(self->db, &copy, 1, self->trash, NULL) > 0);
        for (int round = 0; round < 2; round++) {
            if (is_served)
                serve(self);
            for (int i = 0; i < 6; i++)
                assert_true(undo_last(self->db, NULL, NULL));
            if (is_served)
                serve(self);
            for (int i = 0; i < 6; i++)
                assert_true(redo_last(self->db, NULL, NULL));
            int64_t now = 0, was = 0, both = 0;
            assert_true(store_number(self->db, &both, NULL,
                                     "SELECT count(*) FROM placements WHERE message_id = (SELECT message_id FROM"
                                     " placements WHERE id = ?)",
                                     NUM(id)));
            assert_true(store_number(self->db, &now, NULL,
                                     "SELECT count(*) FROM placements WHERE folder_id = ? AND flags & ? AND keywords"
                                     " = 'todo' AND message_id = (SELECT message_id FROM placements WHERE id = ?)",
                                     NUM(self->trash), NUM(MESSAGE_FLAGGED), NUM(id)));
            assert_true(store_number(self->db, &was, NULL,
                                     "SELECT count(*) FROM placements WHERE folder_id = ? AND flags & ?"
                                     " AND message_id = (SELECT message_id FROM placements WHERE id = ?)",
                                     NUM(self->sent), NUM(MESSAGE_ANSWERED), NUM(id)));
            assert_int_equal(both, 3);
            assert_int_equal(now, 1);
            assert_int_equal(was, 1);
        }
    }
}

static void sending_is_the_last_action_while_it_waits_and_says_when_it_is_too_late(void **state)
{
    struct fixture *self = *state;
    int64_t id = send_letter(self, 0);
    g_auto(undo_next) next = { .kind = UNDO_NOTHING };
    assert_true(undo_look(self->db, &next, NULL));
    assert_int_equal(next.kind, UNDO_SENDING);
    assert_int_equal(next.item_id, id);
    assert_true(outbox_set_state(self->db, id, OUTBOX_SENDING, NULL, NULL));
    assert_true(outbox_set_state(self->db, id, OUTBOX_DATA_BEGUN, NULL, NULL));
    assert_true(outbox_set_state(self->db, id, OUTBOX_ACCEPTED, "250 ok", NULL));
    assert_undo(self, "“Sent “Lunch”” cannot be taken back or repeated any more: it has been sent");
    assert_undo(self, "nothing");
    assert_true(outbox_knows(self->db, "l@x.test"));
}

static void a_planned_message_waits_for_its_time_and_that_can_be_changed(void **state)
{
    struct fixture *self = *state;
    int64_t then = store_now_utc() + 86400, id = send_letter(self, then);
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    assert_int_equal(item->not_before_utc, then);
    outbox_item_free(item);
    assert_int_equal(outbox_hurry(self->db, 0, NULL), 0); /* the network's coming back does not send it */
    assert_true(outbox_schedule(self->db, id, then + 60, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT not_before_utc FROM outbox"), then + 60);
    assert_true(outbox_hold(self->db, id, NULL));
    g_autoptr(GError) why = NULL;
    assert_false(outbox_schedule(self->db, id, 0, &why));
    assert_non_null(strstr(why->message, "held back"));
}

/* --- the queue --- */

static void the_queue_is_told_in_words_and_a_line_of_it_can_be_discarded(void **state)
{
    struct fixture *self = *state;
    int64_t ids[2] = { fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001) };
    assert_true(intent_archive(self->db, ids, 2, NULL) > 0);
    assert_true(intent_folder_create(self->db, self->account, "Plans", NULL) > 0);
    g_autoptr(GPtrArray) lines = intent_lines(self->db, 500, NULL);
    assert_int_equal(lines->len, 2);
    const struct intent_line *first = g_ptr_array_index(lines, 0), *second = g_ptr_array_index(lines, 1);
    assert_string_equal(first->words, "Move 2 messages from INBOX to Archive");
    assert_int_equal(first->count, 2);
    assert_true(first->since_utc > 0);
    assert_string_equal(second->words, "Make the folder Plans");
    assert_true(intent_retry_later(self->db, first->id, "[OVERQUOTA] full", store_now_utc() + 60, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM intents WHERE not_before_utc > 0"), 1);
    assert_true(intent_retry_now(self->db, self->account, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM intents WHERE not_before_utc > 0"), 0);
    assert_true(intent_discard(self->db, first->id, NULL));
    assert_int_equal(folder_of(self, ids[0]), self->inbox);
    assert_int_equal(folder_of(self, ids[1]), self->inbox);
    assert_true(intent_discard(self->db, second->id, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    fixture_recount(self->db);
}

/* As the row looks when the clock was set back five hours since it was put off. */
static void what_was_put_off_by_a_clock_that_was_wrong_is_due(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    g_autoptr(GPtrArray) before = intent_pending(self->db, self->account, 10, NULL);
    const struct intent *wish = g_ptr_array_index(before, 0);
    assert_true(intent_retry_later(self->db, wish->id, "later", store_now_utc() + 900, NULL));
    g_autoptr(GPtrArray) waiting = intent_pending(self->db, self->account, 10, NULL);
    assert_int_equal(waiting->len, 0);
    assert_true(intent_next_due(self->db, self->account) >= store_now_utc() + 890);
    assert_true(store_exec(self->db, "UPDATE intents SET not_before_utc = not_before_utc + 18000, set_utc = set_utc + 18000", NULL));
    g_autoptr(GPtrArray) due = intent_pending(self->db, self->account, 10, NULL);
    assert_int_equal(due->len, 1);
    assert_true(intent_next_due(self->db, self->account) <= store_now_utc());
}

static void what_was_refused_stays_in_the_list_until_it_was_seen(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    g_autoptr(GPtrArray) rows = intent_pending(self->db, self->account, 10, NULL);
    const struct intent *wish = g_ptr_array_index(rows, 0);
    assert_true(intent_set_in_flight(self->db, &wish->id, 1, NULL));
    g_autoptr(GError) why = NULL;
    assert_false(intent_discard(self->db, wish->id, &why)); /* the server may be doing it */
    assert_true(intent_rolled_back(self->db, wish->id, "[NOPERM] not yours", NULL, NULL));
    assert_int_equal(intent_failures(self->db), 1);
    g_autoptr(GPtrArray) lines = intent_lines(self->db, 500, NULL);
    const struct intent_line *line = g_ptr_array_index(lines, 0);
    assert_true(line->is_over);
    assert_string_equal(line->error, "[NOPERM] not yours");
    assert_non_null(strstr(line->words, "could not be moved to Archive"));
    assert_int_equal(line->folder_id, self->inbox);
    assert_true(intent_failure_seen(self->db, line->id, NULL));
    assert_int_equal(intent_failures(self->db), 0);
}

static void the_history_is_told_newest_first(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(intent_archive(self->db, &id, 1, NULL) > 0);
    assert_undo(self, "Archived 1 message");
    g_autoptr(GPtrArray) all = undo_history(self->db, NULL);
    assert_int_equal(all->len, 2);
    const struct undo_entry *last = g_ptr_array_index(all, 0), *first = g_ptr_array_index(all, 1);
    assert_true(last->is_undone);
    assert_false(first->is_undone);
    assert_string_equal(first->words, "Starred 1 message");
    assert_true(first->at_utc > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_folder_is_taken_back_without_a_trace_or_deleted_on_the_server),
        TEST(a_new_folder_with_mail_by_now_stays_and_says_why),
        TEST(a_new_folder_of_which_the_server_still_has_mail_can_be_taken_back_later),
        TEST(moves_into_a_new_folder_are_taken_back_and_done_again_in_turn),
        TEST(a_renaming_taken_back_before_it_was_sent_is_nothing),
        TEST(another_programs_renaming_is_not_taken_back),
        TEST(a_folder_goes_to_trash_with_its_mail_and_comes_back),
        TEST(a_deleted_folder_is_had_back_while_it_can_be),
        TEST(what_another_program_took_is_told_and_the_rest_comes_back),
        TEST(a_message_whose_folder_is_gone_stays_and_says_so),
        TEST(a_hundred_actions_are_taken_back_in_turn_after_the_server_did_them),
        TEST(what_was_done_with_a_copy_is_done_again_with_the_next),
        TEST(sending_is_the_last_action_while_it_waits_and_says_when_it_is_too_late),
        TEST(a_planned_message_waits_for_its_time_and_that_can_be_changed),
        TEST(the_queue_is_told_in_words_and_a_line_of_it_can_be_discarded),
        TEST(what_was_put_off_by_a_clock_that_was_wrong_is_due),
        TEST(what_was_refused_stays_in_the_list_until_it_was_seen),
        TEST(the_history_is_told_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
