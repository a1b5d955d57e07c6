/* SPDX-License-Identifier: MIT */
/* Intents and undo, one situation at a time. The wide sea of situations is in test_store_model.c. */
#include "core/intent.h"
#include "core/locate.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <string.h>

static GPtrArray *due(struct fixture *self)
{
    GPtrArray *rows = intent_pending(self->db, self->account, 100, NULL);
    assert_non_null(rows);
    return rows;
}

static guint due_count(struct fixture *self)
{
    g_autoptr(GPtrArray) rows = due(self);
    return rows->len;
}

static struct intent *first_due(struct fixture *self, GPtrArray **rows_out)
{
    *rows_out = due(self);
    assert_true((*rows_out)->len > 0);
    return g_ptr_array_index(*rows_out, 0);
}

static int64_t folder_of(struct fixture *self, int64_t placement_id)
{
    int64_t folder_id = -1;
    assert_true(store_number(self->db, &folder_id, NULL, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)));
    return folder_id;
}

static unsigned flags_of(struct fixture *self, int64_t placement_id)
{
    struct placement_row row;
    assert_true(store_placement_row(self->db, placement_id, &row, NULL));
    return row.flags;
}

static void fly(struct fixture *self, int64_t id)
{
    assert_true(intent_set_in_flight(self->db, &id, 1, NULL));
}

static void a_flag_set_and_cleared_before_it_was_sent_leaves_nothing(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
    assert_int_equal(due_count(self), 1);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_int_equal(due_count(self), 1); /* merged */
    assert_true(intent_flags(self->db, &id, 1, 0, MESSAGE_SEEN | MESSAGE_FLAGGED, NULL) > 0);
    assert_int_equal(due_count(self), 0);
    fixture_recount(self->db);
}

static void server_flags_do_not_hide_a_pending_wish(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, MESSAGE_FLAGGED, "x y", 5, NULL, NULL));
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN | MESSAGE_FLAGGED);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    g_autofree char *words = NULL;
    assert_true(intent_rolled_back(self->db, wish->id, "NO", &words, NULL));
    assert_int_equal(flags_of(self, id), MESSAGE_FLAGGED);
    assert_non_null(strstr(words, "Notes on the engine"));
    fixture_recount(self->db);
}

static void a_row_that_was_read_by_the_worker_is_never_altered(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    GError *error = NULL;
    assert_false(intent_set_in_flight(self->db, &wish->id, 1, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
}

static void a_moved_message_moved_again_is_one_move(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 2);
    const struct intent *flags = g_ptr_array_index(rows, 0), *move = g_ptr_array_index(rows, 1);
    assert_int_equal(flags->type, INTENT_FLAGS); /* and it can be sent at once, where the message still is */
    assert_int_equal(flags->folder_id, self->inbox);
    assert_int_equal(flags->uid, 5);
    assert_int_equal(move->folder_id, self->inbox);
    assert_int_equal(move->target_folder_id, self->sent);
    assert_true(intent_move(self->db, &id, 1, self->inbox, NULL) > 0);
    assert_int_equal(due_count(self), 1);
    assert_int_equal(store_placement_find(self->db, self->inbox, 5), id);
    fixture_recount(self->db);
}

static void flags_of_what_was_moved_and_not_sent_are_set_before_it_goes(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, MESSAGE_FLAGGED, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 2);
    const struct intent *flags = g_ptr_array_index(rows, 0), *move = g_ptr_array_index(rows, 1);
    assert_int_equal(flags->type, INTENT_FLAGS);
    assert_int_equal(flags->folder_id, self->inbox);
    assert_int_equal(flags->uid, 5);
    assert_int_equal(flags->add, MESSAGE_SEEN); /* the star came and went */
    assert_int_equal(flags->remove, 0);
    assert_int_equal(move->type, INTENT_MOVE);
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
    assert_true(intent_flags(self->db, &id, 1, 0, MESSAGE_SEEN, NULL) > 0);
    assert_int_equal(due_count(self), 1); /* the move alone */
    fixture_recount(self->db);
}

static void flags_stay_behind_a_move_when_a_folder_was_changed_since(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    int64_t made = intent_folder_create(self->db, self->account, "New", NULL);
    assert_true(made > 0);
    assert_true(intent_move(self->db, &id, 1, made, NULL) > 0);
    assert_true(intent_folder_rename(self->db, made, "Newer", NULL));
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    assert_int_equal(fixture_number(self->db, "SELECT folder_id FROM intents WHERE type = 0"), made);
}

static void a_message_without_an_id_is_known_again_by_its_look_when_it_was_moved_on(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, NULL, NULL, 1000),
            other = fixture_put(self->db, self->archive, 60, NULL, NULL, 1000);
    assert_true(store_folder_set_sync(self->db, self->archive, 7, 61, 0, 1, NULL));
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL, later = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    assert_true(intent_settled(self->db, wish->id, NULL)); /* no number was told */
    const struct intent *second = first_due(self, &later);
    assert_int_equal(second->uid, 0);
    assert_int_equal(second->least_uid, 61);
    fly(self, second->id);
    assert_int_equal(fixture_put(self->db, self->archive, 77, NULL, NULL, 1000), 0);
    assert_int_equal(intent_uid(self->db, second->id), 77);
    assert_int_equal(store_placement_find(self->db, self->archive, 60), other);
    fixture_recount(self->db);
}

static void what_is_left_marked_as_deleted_is_not_taken_for_what_comes_there_again(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    struct message_info info = fixture_info("a@x", NULL, 1000);
    assert_true(store_placement_put(self->db, self->archive, 48, MESSAGE_DELETED, NULL, 0, &info, NULL, NULL, NULL));
    assert_int_not_equal(store_placement_find(self->db, self->archive, 48), id);
    assert_int_equal(fixture_put(self->db, self->archive, 52, "a@x", NULL, 1000), id);
    fixture_recount(self->db);
}

static void a_move_in_flight_is_followed_by_a_second_one(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL, later = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    assert_int_equal(due_count(self), 0); /* it has to wait for the number in Archive */
    assert_true(store_placement_set_uid(self->db, id, self->archive, 77, NULL));
    assert_true(intent_settled(self->db, wish->id, NULL));
    const struct intent *second = first_due(self, &later);
    assert_int_equal(second->folder_id, self->archive);
    assert_int_equal(second->uid, 77);
    assert_int_equal(second->target_folder_id, self->sent);
    /* a sync of Archive sees it there: it does not come back */
    int64_t placement_id = fixture_put(self->db, self->archive, 77, "a@x", NULL, 1000);
    assert_int_equal(placement_id, 0);
    fixture_recount(self->db);
}

/* INBOX → Archive → Sent → Archive, without the server's numbers: what is seen in Archive is the first stay, and the last move is still to be made.
 * Taken for the second stay, the message was deleted from Sent without a copy. */
static void what_went_through_a_folder_has_not_come_back_to_it(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    g_autoptr(GPtrArray) first = NULL, second = NULL, third = NULL;
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    int64_t wish = first_due(self, &first)->id;
    fly(self, wish);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    assert_true(intent_settled(self->db, wish, NULL));
    wish = first_due(self, &second)->id;
    fly(self, wish); /* before its number in Archive is known */
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_int_equal(fixture_put(self->db, self->archive, 4, "a@x", NULL, 1000), 0);
    assert_int_equal(intent_uid(self->db, wish), 4);
    assert_int_equal(store_placement_find(self->db, self->archive, 4), 0);
    assert_int_equal(folder_of(self, id), self->archive);
    assert_true(intent_settled(self->db, wish, NULL));
    const struct intent *last = first_due(self, &third);
    assert_int_equal(last->folder_id, self->sent);
    assert_int_equal(last->target_folder_id, self->archive);
    assert_false(last->is_arrived);
    fixture_recount(self->db);
}

/* The same folder twice on one way: each stay has a number of its own. */
static void two_stays_in_one_folder_have_two_numbers(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    const int64_t way[] = { self->archive, self->sent, self->archive, self->trash };
    int64_t wishes[G_N_ELEMENTS(way)];
    for (size_t i = 0; i < G_N_ELEMENTS(way); i++) {
        assert_true(intent_move(self->db, &id, 1, way[i], NULL) > 0);
        assert_true(store_number(self->db, &wishes[i], NULL, "SELECT max(id) FROM intents"));
        fly(self, wishes[i]);
    }
    assert_true(store_placement_set_uid(self->db, id, self->archive, 4, NULL));
    assert_int_equal(intent_uid(self->db, wishes[1]), 4);
    assert_int_equal(intent_uid(self->db, wishes[3]), 0);
    assert_true(intent_settled(self->db, wishes[0], NULL));
    assert_true(intent_settled(self->db, wishes[1], NULL));
    assert_true(store_placement_set_uid(self->db, id, self->archive, 9, NULL));
    assert_int_equal(intent_uid(self->db, wishes[3]), 9);
    fixture_recount(self->db);
}

/* Marked here, moved there by another client: the mark follows, whichever folder is looked at first. */
static void a_mark_follows_a_message_that_another_client_moved(void **state)
{
    struct fixture *self = *state;
    for (int is_gone_first = 0; is_gone_first < 2; is_gone_first++) {
        g_autofree char *name = g_strdup_printf("m%d@x", is_gone_first);
        uint32_t uid = 5 + (uint32_t)is_gone_first;
        g_autoptr(GPtrArray) rows = NULL;
        int64_t id = fixture_put(self->db, self->inbox, uid, name, NULL, 1000);
        assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
        assert_true(intent_keywords(self->db, &id, 1, "urgent", NULL, NULL) > 0);
        int64_t moved = is_gone_first ? 0 : fixture_put(self->db, self->archive, uid + 10, name, NULL, 1000);
        assert_true(store_placement_vanished(self->db, self->inbox, uid, NULL));
        assert_true(intent_strays_place(self->db, self->account, NULL));
        if (is_gone_first) {
            assert_int_equal(due_count(self), 0);
            moved = fixture_put(self->db, self->archive, uid + 10, name, NULL, 1000);
            assert_true(intent_strays_place(self->db, self->account, NULL));
        }
        assert_int_equal(flags_of(self, moved), MESSAGE_FLAGGED);
        const struct intent *wish = first_due(self, &rows);
        assert_int_equal(wish->folder_id, self->archive);
        assert_int_equal(wish->uid, uid + 10);
        assert_int_equal(wish->add, MESSAGE_FLAGGED);
        assert_int_equal(rows->len, 2);
        g_autofree char *words = NULL, *more = NULL;
        assert_true(undo_last(self->db, &words, NULL) && undo_last(self->db, &more, NULL)); /* it knows where it is */
        assert_int_equal(flags_of(self, moved), 0);
        assert_int_equal(due_count(self), 0);
    }
    fixture_recount(self->db);
}

/* An older copy, a copy made here, two that came: which one is meant is not certain, and nothing is marked that was not. */
static void a_mark_does_not_follow_to_what_may_be_another_copy(void **state)
{
    struct fixture *self = *state;
    int64_t older = fixture_put(self->db, self->archive, 1, "old@x", NULL, 1000);
    int64_t ids[3] = { fixture_put(self->db, self->inbox, 1, "old@x", NULL, 1000),
                       fixture_put(self->db, self->inbox, 2, "two@x", NULL, 1000),
                       fixture_put(self->db, self->inbox, 3, "own@x", NULL, 1000) };
    assert_true(intent_flags(self->db, ids, 3, MESSAGE_FLAGGED, 0, NULL) > 0);
    int64_t first = fixture_put(self->db, self->archive, 2, "two@x", NULL, 1000),
            second = fixture_put(self->db, self->sent, 2, "two@x", NULL, 1000);
    assert_true(intent_copy(self->db, &ids[2], 1, self->archive, NULL) > 0);
    int64_t copy = 0;
    assert_true(store_number(self->db, &copy, NULL, "SELECT max(id) FROM placements"));
    assert_true(store_placement_set_uid(self->db, copy, self->archive, 3, NULL));
    assert_true(intent_flags(self->db, &copy, 1, 0, MESSAGE_FLAGGED, NULL) > 0);
    for (uint32_t uid = 1; uid <= 3; uid++)
        assert_true(store_placement_vanished(self->db, self->inbox, uid, NULL));
    assert_true(intent_strays_place(self->db, self->account, NULL));
    assert_int_equal(flags_of(self, older) | flags_of(self, first) | flags_of(self, second) | flags_of(self, copy), 0);
    fixture_recount(self->db);
}

/* *email_id NULL: the server has no name for it. */
static int64_t put_nameless(struct fixture *self, int64_t folder_id, uint32_t uid, const char *subject, const char *email_id)
{
    struct message_info info = fixture_info("x", NULL, 1000);
    int64_t id = 0;
    info.message_id = NULL;
    info.subject = subject;
    info.email_id = email_id;
    assert_true(store_placement_put(self->db, folder_id, uid, 0, NULL, 0, &info, &id, NULL, NULL));
    return id;
}

static void a_mark_follows_a_message_without_message_id(void **state)
{
    struct fixture *self = *state;
    for (uint32_t has_email_id = 0; has_email_id < 2; has_email_id++) {
        const char *email_id = has_email_id ? "1 M7" : NULL, *subject = has_email_id ? "with" : "without";
        int64_t id = put_nameless(self, self->inbox, 5 + has_email_id, subject, email_id);
        assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
        assert_true(intent_keywords(self->db, &id, 1, "urgent", NULL, NULL) > 0);
        assert_true(store_placement_vanished(self->db, self->inbox, 5 + has_email_id, NULL));
        assert_true(intent_strays_place(self->db, self->account, NULL));
        int64_t moved = put_nameless(self, self->archive, 15 + has_email_id, subject, email_id);
        assert_true(intent_strays_place(self->db, self->account, NULL));
        assert_int_equal(flags_of(self, moved), MESSAGE_FLAGGED);
        g_autofree char *words = NULL, *more = NULL;
        assert_true(undo_last(self->db, &words, NULL) && undo_last(self->db, &more, NULL));
        assert_int_equal(flags_of(self, moved), 0);
    }
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages WHERE subject = 'with'"), 1);
    fixture_recount(self->db);
}

/* Two that look alike may be two messages, unless the server says that they are not. */
static void a_mark_does_not_follow_to_one_of_two_that_look_alike(void **state)
{
    struct fixture *self = *state;
    int64_t id = put_nameless(self, self->inbox, 5, "twin", NULL), other = put_nameless(self, self->inbox, 6, "twin", NULL);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(store_placement_vanished(self->db, self->inbox, 5, NULL));
    int64_t moved = put_nameless(self, self->archive, 15, "twin", NULL);
    assert_true(intent_strays_place(self->db, self->account, NULL));
    assert_int_equal(flags_of(self, moved) | flags_of(self, other), 0);
    id = put_nameless(self, self->inbox, 7, "named", "1 M1");
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(store_placement_vanished(self->db, self->inbox, 7, NULL));
    int64_t stranger = put_nameless(self, self->archive, 16, "named", "1 M3");
    assert_true(intent_strays_place(self->db, self->account, NULL));
    moved = put_nameless(self, self->archive, 17, "named", "1 M1");
    assert_true(intent_strays_place(self->db, self->account, NULL));
    assert_int_equal(flags_of(self, stranger), 0);
    assert_int_equal(flags_of(self, moved), MESSAGE_FLAGGED);
}

/* The server said OK to a mark of what had gone already. */
static void a_mark_that_was_settled_in_doubt_follows_too(void **state)
{
    struct fixture *self = *state;
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autofree char *name = g_strdup_printf("m%d@x", is_seen);
        uint32_t uid = 5 + (uint32_t)is_seen;
        g_autoptr(GPtrArray) rows = NULL;
        int64_t id = fixture_put(self->db, self->inbox, uid, name, NULL, 1000);
        assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
        const struct intent *wish = first_due(self, &rows);
        fly(self, wish->id);
        assert_true(intent_settled(self->db, wish->id, NULL));
        assert_true(intent_stray_doubt(self->db, wish, NULL));
        if (is_seen) /* another client marked it as unread again: the later wish */
            assert_true(store_placement_set_server_flags(self->db, self->inbox, uid, 0, NULL, 9, NULL, NULL));
        assert_true(store_placement_vanished(self->db, self->inbox, uid, NULL));
        int64_t moved = fixture_put(self->db, self->archive, uid, name, NULL, 1000);
        assert_true(intent_strays_place(self->db, self->account, NULL));
        assert_int_equal(flags_of(self, moved), is_seen ? 0 : MESSAGE_SEEN);
        assert_int_equal(due_count(self), is_seen ? 0 : 1);
        for (guint i = 0; i < 2 && due_count(self) > 0; i++) {
            g_autoptr(GPtrArray) left = NULL;
            assert_true(intent_settled(self->db, first_due(self, &left)->id, NULL));
        }
    }
    fixture_recount(self->db);
}

static void a_refused_move_comes_back_or_goes_on(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 5, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL, later = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(intent_move(self->db, &id, 1, self->sent, NULL) > 0);
    assert_true(intent_rolled_back(self->db, wish->id, "NO such mailbox", NULL, NULL));
    assert_int_equal(folder_of(self, id), self->sent); /* what the person wants now */
    const struct intent *second = first_due(self, &later);
    assert_int_equal(second->folder_id, self->inbox);
    assert_int_equal(second->uid, 5);
    fly(self, second->id);
    assert_true(intent_rolled_back(self->db, second->id, "NO", NULL, NULL));
    assert_int_equal(store_placement_find(self->db, self->inbox, 5), id);
    assert_int_equal(due_count(self), 0);
    fixture_recount(self->db);
}

/* No UIDPLUS: the sync of the target finds it by its Message-ID, before or after the answer. */
static void a_moved_message_is_adopted_by_the_sync_of_its_target(void **state)
{
    struct fixture *self = *state;
    for (int is_sync_first = 0; is_sync_first < 2; is_sync_first++) {
        g_autofree char *name = g_strdup_printf("m%d@x", is_sync_first);
        uint32_t uid = 10 + (uint32_t)is_sync_first;
        int64_t id = fixture_put(self->db, self->inbox, uid, name, NULL, 1000);
        assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
        g_autoptr(GPtrArray) rows = NULL;
        const struct intent *wish = first_due(self, &rows);
        fly(self, wish->id);
        if (is_sync_first != 0)
            assert_int_equal(fixture_put(self->db, self->archive, uid + 40, name, NULL, 1000), id);
        assert_true(intent_settled(self->db, wish->id, NULL));
        assert_int_equal(fixture_put(self->db, self->archive, uid + 40, name, NULL, 1000), id);
        assert_int_equal(store_placement_find(self->db, self->archive, uid + 40), id);
    }
    fixture_recount(self->db);
}

/* Counted in hundreds of the database's own steps: the clock says nothing on a busy machine. */
static int count_step(void *data)
{
    ++*(unsigned *)data;
    return 0;
}

/* m0@x, m1@x, … */
static void fill_inbox(struct fixture *self, int64_t *ids, uint32_t count)
{
    assert_true(store_begin(self->db, NULL));
    for (uint32_t i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("m%u@x", i);
        ids[i] = fixture_put(self->db, self->inbox, i + 1, name, NULL, 1000);
    }
    assert_true(store_commit(self->db, NULL));
}

static void what_waits_for_the_target_costs_a_message_that_arrives_there_nothing(void **state)
{
    enum { MANY = 1500 };
    struct fixture *self = *state;
    int64_t ids[MANY];
    unsigned hundreds = 0;
    fill_inbox(self, ids, MANY);
    assert_true(intent_move(self->db, ids, MANY, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    fly(self, first_due(self, &rows)->id);
    sqlite3_progress_handler(store_db(self->db), 100, count_step, &hundreds);
    assert_int_equal(fixture_put(self->db, self->archive, 40, "m0@x", NULL, 1000), ids[0]);
    assert_true(fixture_put(self->db, self->archive, 41, "m1@x", NULL, 1000) != ids[1]); /* never sent: another copy */
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_true(hundreds < MANY / 10);
    fixture_recount(self->db);
}

static void what_was_moved_on_costs_a_message_that_arrives_on_the_way_nothing(void **state)
{
    enum { MANY = 1500 };
    struct fixture *self = *state;
    int64_t ids[MANY];
    unsigned hundreds = 0;
    fill_inbox(self, ids, MANY);
    assert_true(intent_move(self->db, ids, MANY, self->archive, NULL) > 0);
    assert_true(store_run(self->db, NULL, "UPDATE intents SET attempts = 1")); /* cut off: they may be there */
    assert_true(intent_move(self->db, ids, MANY, self->trash, NULL) > 0);
    sqlite3_progress_handler(store_db(self->db), 100, count_step, &hundreds);
    g_autofree char *name = g_strdup_printf("m%d@x", MANY - 1);
    fixture_put(self->db, self->archive, 4000, name, NULL, 1000);
    sqlite3_progress_handler(store_db(self->db), 0, NULL, NULL);
    assert_int_equal(fixture_number(self->db, "SELECT placement_id FROM intents WHERE uid = 4000"), ids[MANY - 1]);
    assert_true(hundreds < MANY / 10);
    fixture_recount(self->db);
}

static void an_older_copy_in_the_target_is_not_taken_for_the_moved_one(void **state)
{
    struct fixture *self = *state;
    assert_true(store_folder_set_sync(self->db, self->archive, 7, 50, 0, 0, NULL));
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    fly(self, first_due(self, &rows)->id);
    assert_true(fixture_put(self->db, self->archive, 20, "a@x", NULL, 1000) != id); /* backfill: it was there before */
    assert_int_equal(fixture_put(self->db, self->archive, 50, "a@x", NULL, 1000), id);
    fixture_recount(self->db);
}

static void two_rows_for_one_place_become_one(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, NULL, NULL, 1000); /* no Message-ID */
    struct message_info other = fixture_info(NULL, NULL, 1000);
    other.subject = "as the server shows it";
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    fly(self, first_due(self, &rows)->id);
    int64_t twin;
    assert_true(store_placement_put(self->db, self->archive, 9, MESSAGE_FLAGGED, NULL, 0, &other, &twin, NULL, NULL));
    assert_true(twin != id && twin != 0);
    assert_true(store_placement_set_uid(self->db, id, self->archive, 9, NULL));
    assert_int_equal(store_placement_find(self->db, self->archive, 9), id);
    assert_int_equal(flags_of(self, id), MESSAGE_FLAGGED);
    fixture_recount(self->db);
}

static void a_deletion_goes_to_trash_and_asks_before_it_is_for_good(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    GError *error = NULL;
    assert_true(intent_delete(self->db, &id, 1, false, NULL) > 0);
    assert_int_equal(folder_of(self, id), self->trash);
    assert_int_equal(intent_delete(self->db, &id, 1, false, &error), 0);
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    assert_int_equal(folder_of(self, id), 0);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    assert_int_equal(rows->len, 1);
    assert_int_equal(wish->type, INTENT_DELETE);
    assert_int_equal(wish->folder_id, self->inbox);
    g_autofree char *words = NULL;
    assert_true(undo_last(self->db, &words, NULL));
    assert_string_equal(words, "Deleted 1 message for good");
    assert_int_equal(folder_of(self, id), self->trash);
    fixture_recount(self->db);
}

static void what_is_deleted_on_the_server_cannot_be_undone_and_says_so(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    GError *error = NULL;
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(intent_settled(self->db, wish->id, NULL));
    assert_false(undo_last(self->db, NULL, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
    assert_false(undo_last(self->db, NULL, &error));
    assert_null(error);
    fixture_recount(self->db);
}

static void undo_takes_back_the_whole_action_and_redo_repeats_it(void **state)
{
    struct fixture *self = *state;
    int64_t ids[3];
    for (uint32_t i = 0; i < 3; i++)
        ids[i] = fixture_put(self->db, self->inbox, i + 1, NULL, NULL, 1000 + i);
    assert_true(intent_move(self->db, ids, 3, self->archive, NULL) > 0);
    g_autofree char *described = undo_describe(self->db), *undone = NULL, *redone = NULL;
    assert_string_equal(described, "Moved 3 messages to Archive");
    assert_true(undo_last(self->db, &undone, NULL));
    assert_string_equal(undone, described);
    assert_int_equal(due_count(self), 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(store_placement_find(self->db, self->inbox, i + 1), ids[i]);
    assert_true(redo_last(self->db, &redone, NULL));
    assert_int_equal(due_count(self), 3);
    assert_int_equal(folder_of(self, ids[0]), self->archive);
    assert_false(redo_last(self->db, NULL, NULL));
    fixture_recount(self->db);
}

static void undo_of_what_was_sent_is_the_inverse(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL, later = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(flags_of(self, id), 0);
    assert_int_equal(due_count(self), 0); /* the first is still in flight */
    assert_true(intent_settled(self->db, wish->id, NULL));
    const struct intent *inverse = first_due(self, &later);
    assert_int_equal(inverse->remove, MESSAGE_SEEN);
    assert_int_equal(flags_of(self, id), 0);
    fixture_recount(self->db);
}

static void quiet_flags_are_not_undone(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(intent_flags_quietly(self->db, &id, 1, MESSAGE_SEEN, 0, NULL));
    g_autofree char *words = undo_describe(self->db);
    assert_string_equal(words, "Moved 1 message to Archive");
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
}

static void a_copy_is_seen_at_once_and_undone_without_a_trace(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_copy(self->db, &id, 1, self->archive, NULL) > 0);
    assert_int_equal(fixture_number(self->db, "SELECT total FROM folders WHERE name = 'Archive'"), 1);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT total FROM folders WHERE name = 'Archive'"), 0);
    assert_int_equal(due_count(self), 0);
    assert_true(redo_last(self->db, NULL, NULL));
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_int_equal(fixture_put(self->db, self->archive, 4, "a@x", NULL, 1000), wish->placement_id);
    assert_true(intent_reset_in_flight(self->db, self->account, 0, NULL)); /* a crash: the copy was made, the answer never read */
    g_autoptr(GPtrArray) again = NULL;
    assert_true(first_due(self, &again)->is_arrived);
    fixture_recount(self->db);
}

/* The one row that the worker of an account may take; NULL: none. */
static struct intent *only_due(store *db, int64_t account, GPtrArray **rows_out)
{
    *rows_out = intent_pending(db, account, 100, NULL);
    assert_non_null(*rows_out);
    assert_true((*rows_out)->len <= 1);
    return (*rows_out)->len == 1 ? g_ptr_array_index(*rows_out, 0) : NULL;
}

static int64_t step(store *db, int64_t account, enum intent_type type)
{
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = only_due(db, account, &rows);
    assert_non_null(wish);
    assert_int_equal(wish->type, type);
    assert_true(intent_set_in_flight(db, &wish->id, 1, NULL));
    return wish->id;
}

static void assert_idle(store *db, int64_t account)
{
    g_autoptr(GPtrArray) rows = NULL;
    assert_null(only_due(db, account, &rows));
}

struct abroad {
    int64_t account, inbox;
};

static struct abroad abroad_open(struct fixture *self)
{
    struct abroad abroad = { .account = store_account_id(self->db, "home", NULL) };
    abroad.inbox = fixture_folder(self->db, abroad.account, "INBOX", FOLDER_INBOX);
    return abroad;
}

static void into_another_account_it_is_deleted_only_when_it_is_there(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_int_equal(folder_of(self, id), abroad.inbox);
    assert_idle(self->db, abroad.account);
    int64_t fetch = step(self->db, self->account, INTENT_FETCH);
    assert_int_equal(fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000), 0); /* a sync meanwhile does not bring it back */
    assert_true(intent_settled(self->db, fetch, NULL));
    assert_idle(self->db, self->account);
    int64_t append = step(self->db, abroad.account, INTENT_APPEND);
    assert_idle(self->db, self->account);
    assert_true(intent_settled(self->db, append, NULL));
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_DELETE), NULL));
    assert_int_equal(folder_of(self, id), abroad.inbox);
    assert_int_equal(fixture_put(self->db, abroad.inbox, 4, "a@x", NULL, 1000), id);
    assert_int_equal(intent_count(self->db, 0), 0);
    fixture_recount(self->db);
}

static void from_another_account_it_comes_back_without_a_trace(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    struct placement_row row;
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    for (int i = 0; i < 3; i++)
        assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(store_placement_row(self->db, id, &row, NULL));
    assert_int_equal(row.folder_id, self->inbox);
    assert_int_equal(row.uid, 1);
    fixture_recount(self->db);
}

static void what_waits_for_the_first_account_is_not_forgotten_on_the_way_back(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_SEEN | MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_true(intent_flags(self->db, &id, 1, 0, MESSAGE_FLAGGED, NULL) > 0);
    g_autoptr(GPtrArray) rows = intent_pending(self->db, self->account, 100, NULL);
    assert_int_equal(rows->len, 1); /* the server never had the star, and still lacks the mark */
    const struct intent *wish = g_ptr_array_index(rows, 0);
    assert_int_equal(wish->add, MESSAGE_SEEN);
    assert_int_equal(wish->remove, 0);
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
    fixture_recount(self->db);
}

static void what_the_other_account_refuses_is_back_with_what_was_done_to_it(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    g_autofree char *words = NULL;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(intent_flags(self->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_FETCH), NULL));
    assert_true(intent_rolled_back(self->db, step(self->db, abroad.account, INTENT_APPEND), "too large", &words, NULL));
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_int_equal(flags_of(self, id), MESSAGE_FLAGGED);
    int64_t flags = step(self->db, self->account, INTENT_FLAGS); /* goes to the account where it is */
    assert_true(intent_settled(self->db, flags, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    fixture_recount(self->db);
}

static void a_way_back_behind_one_that_has_begun_is_a_way_of_its_own(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_FETCH), NULL));
    int64_t append = step(self->db, abroad.account, INTENT_APPEND);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_true(intent_settled(self->db, append, NULL));
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_DELETE), NULL));
    assert_true(intent_settled(self->db, step(self->db, abroad.account, INTENT_FETCH), NULL));
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_APPEND), NULL));
    assert_true(intent_settled(self->db, step(self->db, abroad.account, INTENT_DELETE), NULL));
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void going_on_in_the_other_account_leaves_the_deletion_in_the_first(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t attic = fixture_folder(self->db, abroad.account, "Archive", FOLDER_ARCHIVE);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_FETCH), NULL));
    assert_true(intent_settled(self->db, step(self->db, abroad.account, INTENT_APPEND), NULL));
    assert_true(intent_move(self->db, &id, 1, attic, NULL) > 0);
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_DELETE), NULL));
    assert_true(intent_settled(self->db, step(self->db, abroad.account, INTENT_MOVE), NULL));
    assert_int_equal(folder_of(self, id), attic);
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void when_the_other_account_goes_nothing_is_deleted_for_it(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_FETCH), NULL));
    assert_true(store_account_remove(self->db, abroad.account, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
}

static void a_copy_into_another_account_leaves_the_first_alone(void **state)
{
    struct fixture *self = *state;
    struct abroad abroad = abroad_open(self);
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(intent_copy(self->db, &id, 1, abroad.inbox, NULL) > 0);
    assert_true(undo_last(self->db, NULL, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_true(redo_last(self->db, NULL, NULL));
    assert_true(intent_settled(self->db, step(self->db, self->account, INTENT_FETCH), NULL));
    assert_true(intent_settled(self->db, step(self->db, abroad.account, INTENT_APPEND), NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements"), 2);
    fixture_recount(self->db);
}

static void a_new_uidvalidity_forgets_numbers_but_no_wish(void **state)
{
    struct fixture *self = *state;
    int64_t moved = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    int64_t flagged = fixture_put(self->db, self->inbox, 2, "b@x", NULL, 1001);
    fixture_put(self->db, self->inbox, 3, "c@x", NULL, 1002);
    assert_true(intent_move(self->db, &moved, 1, self->archive, NULL) > 0);
    assert_true(intent_flags(self->db, &flagged, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    assert_true(store_folder_set_sync(self->db, self->inbox, 8, 100, 0, 3, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT total FROM folders WHERE name = 'INBOX'"), 1);
    assert_int_equal(fixture_put(self->db, self->inbox, 51, "a@x", NULL, 1000), 0);
    assert_int_equal(fixture_put(self->db, self->inbox, 52, "b@x", NULL, 1001), flagged);
    assert_true(fixture_put(self->db, self->inbox, 53, "c@x", NULL, 1002) != 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 2);
    for (guint i = 0; i < 2; i++)
        assert_int_equal(((struct intent *)g_ptr_array_index(rows, i))->uid, 51 + i);
    assert_int_equal(flags_of(self, flagged), MESSAGE_FLAGGED);
    fixture_recount(self->db);
}

static void an_append_waits_with_its_file_and_is_adopted(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "sent.eml", NULL);
    static const char mail[] = "From: Alice <alice@example.test>\nTo: b@x\nSubject: Hello\nMessage-ID: <sent@x>\n\nHi\n";
    assert_true(g_file_set_contents(path, mail, -1, NULL));
    int64_t first = intent_append(self->db, self->sent, path, MESSAGE_SEEN, NULL);
    assert_true(first > 0);
    assert_int_equal(intent_append(self->db, self->sent, path, MESSAGE_SEEN, NULL), first);
    g_autoptr(GPtrArray) rows = NULL, again = NULL;
    const struct intent *wish = first_due(self, &rows);
    assert_string_equal(wish->path, path);
    g_autofree char *waiting = intent_append_path(self->db, wish->placement_id);
    assert_string_equal(waiting, path);
    g_autoptr(placement) row = store_placement(self->db, wish->placement_id, NULL);
    g_autofree char *readable = locate_message(self->db, row); /* it can be opened before it is on the server */
    assert_string_equal(readable, path);
    fly(self, wish->id);
    assert_int_equal(fixture_put(self->db, self->sent, 9, "sent@x", NULL, 1000), wish->placement_id);
    assert_true(intent_reset_in_flight(self->db, self->account, 0, NULL));
    assert_true(first_due(self, &again)->is_arrived);
    assert_true(intent_settled(self->db, wish->id, NULL));
    assert_true(intent_settled(self->db, wish->id, NULL));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    fixture_recount(self->db);
}

static void a_refused_append_keeps_the_only_copy(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "sent.eml", NULL), *words = NULL;
    assert_true(g_file_set_contents(path, "Subject: only copy\n\nx\n", -1, NULL));
    assert_true(intent_append(self->db, self->sent, path, MESSAGE_SEEN, NULL) > 0);
    g_autoptr(GPtrArray) rows = NULL;
    const struct intent *wish = first_due(self, &rows);
    fly(self, wish->id);
    assert_true(intent_rolled_back(self->db, wish->id, "NO [OVERQUOTA] full", &words, NULL));
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(fixture_number(self->db, "SELECT total FROM folders WHERE name = 'Sent'"), 1);
    assert_int_equal(due_count(self), 0);
    assert_int_equal(intent_count(self->db, 0), 0);
    assert_non_null(strstr(words, "only copy"));
}

static void only_the_last_hundred_actions_are_kept(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    for (int i = 0; i < 130; i++)
        assert_true(intent_flags(self->db, &id, 1, i % 2 == 0 ? MESSAGE_SEEN : 0, i % 2 == 0 ? 0 : MESSAGE_SEEN, NULL) > 0);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM actions"), 100);
    int undone = 0;
    while (undo_last(self->db, NULL, NULL))
        undone++;
    assert_int_equal(undone, 100);
    fixture_recount(self->db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
/* Without MOVE a server copies, and what is left behind is marked: the other connection hears of the mark. */
static void the_mark_on_what_is_left_behind_does_not_follow_the_message(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    struct message_info info = fixture_info("a@x", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, MESSAGE_SEEN | MESSAGE_DELETED, NULL, 0, NULL, NULL));
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
    assert_true(store_placement_put(self->db, self->inbox, 1, MESSAGE_SEEN | MESSAGE_DELETED, NULL, 0, &info, NULL, NULL, NULL));
    assert_int_equal(flags_of(self, id), MESSAGE_SEEN);
}

/* --- folders --- */
static char *name_of(struct fixture *self, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(self->db, folder_id, NULL);
    return box != NULL ? g_strdup(box->name) : NULL;
}

static void a_folder_is_there_at_once_and_what_is_moved_there_follows_it(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
            box = intent_folder_create(self->db, self->account, "Plans", NULL);
    assert_true(box > 0);
    assert_true(intent_move(self->db, &id, 1, box, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    assert_int_equal(rows->len, 2);
    const struct intent *first = g_ptr_array_index(rows, 0);
    assert_int_equal(first->type, INTENT_FOLDER_CREATE);
    fly(self, first->id);
    assert_int_equal(due_count(self), 0); /* while it is not there nothing goes there */
    assert_true(intent_settled(self->db, first->id, NULL));
    assert_int_equal(due_count(self), 1);
    fixture_recount(self->db);
}

static void a_folder_that_cannot_be_made_gives_back_what_was_put_there(void **state)
{
    struct fixture *self = *state;
    g_autofree char *words = NULL;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
            box = intent_folder_create(self->db, self->account, "Plans", NULL);
    assert_true(intent_move(self->db, &id, 1, box, NULL) > 0);
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *first = g_ptr_array_index(rows, 0);
    fly(self, first->id);
    assert_true(intent_rolled_back(self->db, first->id, "not allowed", &words, NULL));
    assert_non_null(strstr(words, "Plans"));
    assert_int_equal(folder_of(self, id), self->inbox);
    assert_null(name_of(self, box));
    assert_int_equal(intent_count(self->db, 0), 0);
    fixture_recount(self->db);
}

static void a_renamed_folder_takes_those_below_along_and_is_known_by_both_names(void **state)
{
    struct fixture *self = *state;
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE),
            below = fixture_folder(self->db, self->account, "Old/Sub", FOLDER_NONE);
    fixture_folder(self->db, self->account, "Older", FOLDER_NONE);
    assert_true(intent_folder_rename(self->db, box, "New", NULL));
    g_autofree char *name = name_of(self, box), *name_below = name_of(self, below);
    assert_string_equal(name, "New");
    assert_string_equal(name_below, "New/Sub");
    g_autoptr(folder) row = store_folder(self->db, below, NULL);
    g_autofree char *there = intent_folder_server_name(self->db, row, 0);
    assert_string_equal(there, "Old/Sub");
    g_autofree char *here =
        intent_folder_local_name(self->db, &(struct folder){ .account_id = self->account, .name = (char *)"Old/Sub", .delimiter = '/' });
    assert_string_equal(here, "New/Sub");
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *first = g_ptr_array_index(rows, 0);
    fly(self, first->id);
    assert_true(intent_rolled_back(self->db, first->id, "no", NULL, NULL));
    g_autofree char *again = name_of(self, below);
    assert_string_equal(again, "Old/Sub");
}

static void a_deleted_folder_is_back_when_the_server_refuses(void **state)
{
    struct fixture *self = *state;
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE);
    assert_true(intent_folder_delete(self->db, box, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT flags FROM folders WHERE name = 'Old'"), FOLDER_IS_GONE);
    g_autoptr(GPtrArray) rows = due(self);
    const struct intent *first = g_ptr_array_index(rows, 0);
    fly(self, first->id);
    assert_true(intent_rolled_back(self->db, first->id, "no", NULL, NULL));
    assert_int_equal(fixture_number(self->db, "SELECT flags FROM folders WHERE name = 'Old'"), 0);
    assert_true(intent_folder_delete(self->db, box, NULL));
    g_autoptr(GPtrArray) again = due(self);
    fly(self, ((const struct intent *)g_ptr_array_index(again, 0))->id);
    assert_true(intent_settled(self->db, ((const struct intent *)g_ptr_array_index(again, 0))->id, NULL));
    assert_null(name_of(self, box));
}

static void what_is_deleted_for_good_goes_with_the_folder_it_was_in(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->sent, 1, "a@x", NULL, 1000), left = 0;
    assert_true(intent_delete(self->db, &id, 1, true, NULL) > 0);
    assert_true(store_folder_remove(self->db, self->sent, NULL)); /* another client deleted it */
    assert_int_equal(due_count(self), 0);
    assert_true(store_number(self->db, &left, NULL, "SELECT count(*) FROM placements"));
    assert_int_equal(left, 0);
}

/* The first move was cut off and waits, the second waits for it: the folder it goes to must not be deleted before, and take its row along. */
static void a_folder_is_deleted_behind_what_is_on_its_way_there(void **state)
{
    struct fixture *self = *state;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000),
            box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE);
    g_autoptr(GPtrArray) rows = NULL, held = NULL, again = NULL;
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    fly(self, first_due(self, &rows)->id);
    assert_true(intent_reset_in_flight(self->db, self->account, g_get_real_time() / G_USEC_PER_SEC + 1000, NULL));
    assert_true(intent_move(self->db, &id, 1, box, NULL) > 0);
    assert_true(intent_folder_delete(self->db, box, NULL));
    held = due(self);
    assert_int_equal(held->len, 0);
    assert_true(store_run(self->db, NULL, "UPDATE intents SET not_before_utc = 0"));
    assert_int_equal(first_due(self, &again)->type, INTENT_MOVE);
}

/* A store in which that has happened goes on. */
static void what_is_told_of_a_message_whose_row_went_is_of_a_new_one(void **state)
{
    struct fixture *self = *state;
    bool is_known = true;
    int64_t id = fixture_put(self->db, self->inbox, 1, "a@x", NULL, 1000);
    assert_true(store_run(self->db, NULL, "UPDATE folders SET uidvalidity = 7 WHERE id = ?", NUM(self->inbox)));
    assert_true(intent_move(self->db, &id, 1, self->archive, NULL) > 0);
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, MESSAGE_SEEN, NULL, 3, &is_known, NULL));
    assert_true(is_known);
    assert_true(store_run(self->db, NULL, "DELETE FROM placements WHERE id = ?", NUM(id)));
    assert_true(store_placement_set_server_flags(self->db, self->inbox, 1, MESSAGE_SEEN, NULL, 4, &is_known, NULL));
    assert_false(is_known);
}

static void names_that_cannot_be_are_refused_in_words(void **state)
{
    struct fixture *self = *state;
    static const char *const bad[] = { "", "/a", "a/", "a//b", "archive", "a*b", "a\nb" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_int_equal(intent_folder_create(self->db, self->account, bad[i], &error), 0);
        assert_non_null(error);
    }
    int64_t box = fixture_folder(self->db, self->account, "Old", FOLDER_NONE);
    assert_false(intent_folder_rename(self->db, box, "Old/Below", NULL));
    assert_false(intent_folder_rename(self->db, self->archive, "Attic", NULL));
    assert_false(intent_folder_delete(self->db, self->inbox, NULL));
    assert_int_equal(intent_count(self->db, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_flag_set_and_cleared_before_it_was_sent_leaves_nothing),
        TEST(server_flags_do_not_hide_a_pending_wish),
        TEST(a_row_that_was_read_by_the_worker_is_never_altered),
        TEST(a_moved_message_moved_again_is_one_move),
        TEST(flags_of_what_was_moved_and_not_sent_are_set_before_it_goes),
        TEST(flags_stay_behind_a_move_when_a_folder_was_changed_since),
        TEST(a_message_without_an_id_is_known_again_by_its_look_when_it_was_moved_on),
        TEST(what_is_left_marked_as_deleted_is_not_taken_for_what_comes_there_again),
        TEST(a_move_in_flight_is_followed_by_a_second_one),
        TEST(what_went_through_a_folder_has_not_come_back_to_it),
        TEST(two_stays_in_one_folder_have_two_numbers),
        TEST(a_mark_follows_a_message_that_another_client_moved),
        TEST(a_mark_does_not_follow_to_what_may_be_another_copy),
        TEST(a_mark_follows_a_message_without_message_id),
        TEST(a_mark_does_not_follow_to_one_of_two_that_look_alike),
        TEST(a_mark_that_was_settled_in_doubt_follows_too),
        TEST(a_refused_move_comes_back_or_goes_on),
        TEST(a_moved_message_is_adopted_by_the_sync_of_its_target),
        TEST(what_waits_for_the_target_costs_a_message_that_arrives_there_nothing),
        TEST(an_older_copy_in_the_target_is_not_taken_for_the_moved_one),
        TEST(two_rows_for_one_place_become_one),
        TEST(a_deletion_goes_to_trash_and_asks_before_it_is_for_good),
        TEST(what_is_deleted_on_the_server_cannot_be_undone_and_says_so),
        TEST(undo_takes_back_the_whole_action_and_redo_repeats_it),
        TEST(undo_of_what_was_sent_is_the_inverse),
        TEST(quiet_flags_are_not_undone),
        TEST(a_copy_is_seen_at_once_and_undone_without_a_trace),
        TEST(into_another_account_it_is_deleted_only_when_it_is_there),
        TEST(from_another_account_it_comes_back_without_a_trace),
        TEST(what_waits_for_the_first_account_is_not_forgotten_on_the_way_back),
        TEST(what_the_other_account_refuses_is_back_with_what_was_done_to_it),
        TEST(a_way_back_behind_one_that_has_begun_is_a_way_of_its_own),
        TEST(going_on_in_the_other_account_leaves_the_deletion_in_the_first),
        TEST(when_the_other_account_goes_nothing_is_deleted_for_it),
        TEST(a_copy_into_another_account_leaves_the_first_alone),
        TEST(a_folder_is_there_at_once_and_what_is_moved_there_follows_it),
        TEST(a_folder_that_cannot_be_made_gives_back_what_was_put_there),
        TEST(a_renamed_folder_takes_those_below_along_and_is_known_by_both_names),
        TEST(a_deleted_folder_is_back_when_the_server_refuses),
        TEST(the_mark_on_what_is_left_behind_does_not_follow_the_message),
        TEST(what_was_moved_on_costs_a_message_that_arrives_on_the_way_nothing),
        TEST(a_folder_is_deleted_behind_what_is_on_its_way_there),
        TEST(what_is_told_of_a_message_whose_row_went_is_of_a_new_one),
        TEST(what_is_deleted_for_good_goes_with_the_folder_it_was_in),
        TEST(names_that_cannot_be_are_refused_in_words),
        TEST(a_new_uidvalidity_forgets_numbers_but_no_wish),
        TEST(an_append_waits_with_its_file_and_is_adopted),
        TEST(a_refused_append_keeps_the_only_copy),
        TEST(only_the_last_hundred_actions_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
