/* SPDX-License-Identifier: MIT */
/* The outbox: durable states, nothing lost, nothing sent twice. */
#include "core/blob.h"
#include "core/outbox.h"
#include "core/outbox_clock.h"
#include "core/outbox_leaving.h"
#include "core/outbox_taking.h"
#include "store_fixture.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char mail[] = "From: Alice <alice@example.test>\nTo: ada@example.test\nSubject: Answer\nMessage-ID: <out@x>\n\nHi\n";
static const char *const recipients[] = { "ada@example.test", "bob@example.test", NULL };

static int64_t submit(struct fixture *self, int delay_s, int64_t reply_to)
{
    GError *error = NULL;
    int64_t id =
        outbox_submit(self->db, "work", mail, strlen(mail), "alice@example.test", recipients, delay_s, reply_to, MESSAGE_ANSWERED, &error);
    if (id == 0)
        fail_msg("%s", error->message);
    return id;
}

static bool set(struct fixture *self, int64_t id, enum outbox_state state)
{
    return outbox_set_state(self->db, id, state, NULL, NULL);
}

static void a_submitted_message_is_a_file_and_a_row(void **state)
{
    struct fixture *self = *state;
    int64_t id = submit(self, 10, 0);
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    g_autofree char *text = NULL;
    assert_int_equal(item->state, OUTBOX_QUEUED);
    assert_true(item->not_before_utc >= store_now_utc() + 8);
    assert_string_equal(item->recipients[1], "bob@example.test");
    assert_string_equal(item->subject, "Answer");
    assert_string_equal(item->message_id, "out@x");
    assert_true(g_file_get_contents(item->path, &text, NULL, NULL));
    assert_string_equal(text, mail);
    outbox_item_free(item);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 1);
    GError *error = NULL;
    static const char *const nobody[] = { NULL };
    assert_int_equal(outbox_submit(self->db, "work", mail, strlen(mail), "a@x", nobody, 0, 0, 0, &error), 0);
    assert_non_null(error);
    g_clear_error(&error);
}

static void states_go_only_where_they_may(void **state)
{
    struct fixture *self = *state;
    int64_t id = submit(self, 0, 0);
    assert_false(set(self, id, OUTBOX_ACCEPTED));
    assert_false(set(self, id, OUTBOX_DATA_BEGUN));
    assert_true(set(self, id, OUTBOX_SENDING));
    assert_true(set(self, id, OUTBOX_DATA_BEGUN));
    assert_false(set(self, id, OUTBOX_HELD));
    assert_false(set(self, id, OUTBOX_SENDING));
    assert_true(set(self, id, OUTBOX_ACCEPTED));
    assert_false(outbox_retry(self->db, id, 0, "no", NULL));
    assert_true(set(self, id, OUTBOX_FILED));
    assert_false(set(self, id, OUTBOX_QUEUED));
    GError *error = NULL;
    assert_false(outbox_set_state(self->db, 4711, OUTBOX_SENDING, NULL, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 0);
}

static void the_answered_message_is_marked_when_the_answer_was_accepted(void **state)
{
    struct fixture *self = *state;
    int64_t original = fixture_put(self->db, self->inbox, 1, "q@x", NULL, 1000), id = submit(self, 0, original);
    struct placement_row row;
    assert_true(set(self, id, OUTBOX_SENDING) && set(self, id, OUTBOX_DATA_BEGUN));
    assert_true(store_placement_row(self->db, original, &row, NULL));
    assert_int_equal(row.flags, 0);
    assert_true(set(self, id, OUTBOX_ACCEPTED));
    assert_true(store_placement_row(self->db, original, &row, NULL));
    assert_int_equal(row.flags, MESSAGE_ANSWERED);
}

static void what_may_have_been_accepted_is_never_sent_again_unasked(void **state)
{
    struct fixture *self = *state;
    int64_t doubtful = submit(self, 0, 0), safe = submit(self, 0, 0);
    assert_true(set(self, doubtful, OUTBOX_SENDING) && set(self, doubtful, OUTBOX_DATA_BEGUN) && set(self, safe, OUTBOX_SENDING));
    assert_int_equal(outbox_recover(self->db, NULL), 1); /* the crash */
    struct outbox_item *first = outbox_item(self->db, doubtful, NULL), *second = outbox_item(self->db, safe, NULL);
    assert_int_equal(first->state, OUTBOX_IN_DOUBT);
    assert_int_equal(second->state, OUTBOX_QUEUED);
    outbox_item_free(first);
    outbox_item_free(second);
    assert_false(set(self, doubtful, OUTBOX_SENDING));
    g_autofree char *bytes = NULL;
    assert_false(outbox_take_back(self->db, doubtful, &bytes, NULL, NULL));
    assert_false(outbox_answer(self->db, safe, OUTBOX_SEND_AGAIN, NULL));
    assert_true(outbox_answer(self->db, doubtful, OUTBOX_WAS_SENT, NULL));
    assert_true(set(self, doubtful, OUTBOX_FILED));
}

static void a_message_can_be_taken_back_until_it_leaves(void **state)
{
    struct fixture *self = *state;
    int64_t id = submit(self, 10, 0), late = submit(self, 0, 0);
    g_autofree char *bytes = NULL, *nothing = NULL;
    size_t size = 0;
    GError *error = NULL;
    assert_true(outbox_take_back(self->db, id, &bytes, &size, NULL));
    assert_int_equal(size, strlen(mail));
    assert_string_equal(bytes, mail);
    assert_null(outbox_item(self->db, id, NULL));
    assert_true(set(self, late, OUTBOX_SENDING));
    assert_false(outbox_take_back(self->db, late, &nothing, NULL, &error));
    assert_non_null(error);
    g_clear_error(&error);
    assert_int_equal(outbox_recover(self->db, NULL), 0);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 1); /* the one taken back does not come again */
}

static void what_became_of_each_recipient_is_kept(void **state)
{
    struct fixture *self = *state;
    int64_t id = submit(self, 0, 0);
    const struct outbox_recipient fates[] = { { "ada@example.test", OUTBOX_FATE_TOOK, NULL },
                                              { "bob@example.test", OUTBOX_FATE_LATER, (char *)"450 later" } };
    const struct outbox_verdict verdict = {
        .state = OUTBOX_QUEUED, .reply = "bob: 450 later", .not_before_utc = 4000000000, .recipients = fates, .count = 2
    };
    assert_true(set(self, id, OUTBOX_SENDING) && set(self, id, OUTBOX_DATA_BEGUN));
    assert_true(outbox_settle(self->db, id, &verdict, NULL));
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    assert_string_equal(item->accepted[0], "ada@example.test");
    assert_null(item->accepted[1]);
    assert_string_equal(item->reply, "bob: 450 later");
    assert_string_equal(item->fates[1].reply, "450 later");
    assert_int_equal(outbox_waiting_count(item), 1);
    assert_int_equal(item->attempts, 1);
    outbox_item_free(item);
    assert_int_equal(outbox_hurry(self->db, 0, NULL), 1); /* "now, please" */
    item = outbox_item(self->db, id, NULL);
    assert_int_equal(item->not_before_utc, 0);
    outbox_item_free(item);
}

/* Ada was named with the message when the power went, Bob had said "later" before. */
static void the_answer_to_a_doubt_is_about_those_who_were_named_with_the_message(void **state)
{
    struct fixture *self = *state;
    const struct outbox_recipient fates[] = { { "ada@example.test", OUTBOX_FATE_OFFERED, NULL },
                                              { "bob@example.test", OUTBOX_FATE_LATER, (char *)"450 later" } };
    const struct outbox_verdict begun = { .state = OUTBOX_DATA_BEGUN, .recipients = fates, .count = 2 };
    const struct {
        enum outbox_answer answer;
        enum outbox_state state;
        size_t waiting;
    } rows[] = { { OUTBOX_WAS_SENT, OUTBOX_QUEUED, 1 }, { OUTBOX_SEND_AGAIN, OUTBOX_QUEUED, 2 }, { OUTBOX_TO_DRAFTS, OUTBOX_HELD, 2 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t id = submit(self, 0, 0);
        assert_true(set(self, id, OUTBOX_SENDING) && outbox_settle(self->db, id, &begun, NULL));
        assert_int_equal(outbox_recover(self->db, NULL), 1);
        assert_true(outbox_answer(self->db, id, rows[i].answer, NULL));
        struct outbox_item *item = outbox_item(self->db, id, NULL);
        assert_int_equal(item->state, rows[i].state);
        assert_int_equal(outbox_waiting_count(item), rows[i].waiting);
        outbox_item_free(item);
    }
}

/* The composer's process died between the file and the row. */
static void a_file_without_its_row_is_held_back(void **state)
{
    struct fixture *self = *state;
    g_autofree char *account = g_build_filename(self->directory, "postern", "mail", "work", ".outbox", NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(blob_maildir_deliver(account, mail, strlen(mail), 0, NULL, NULL) ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(outbox_recover(self->db, NULL), 0);
    assert_int_equal(outbox_recover(self->db, NULL), 0);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 1);
    const struct outbox_item *item = g_ptr_array_index(all, 0);
    assert_int_equal(item->state, OUTBOX_HELD);
    assert_string_equal(item->subject, "Answer");
    assert_non_null(item->path);
}

/* As one that a postern has put there that is no more. */
static void outlive_its_writer(struct fixture *self, int64_t id)
{
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    g_autofree char *ours = g_strdup_printf("P%d", (int)getpid());
    g_autoptr(GString) file = g_string_new(item->file), path = g_string_new(item->path);
    assert_int_equal(g_string_replace(file, ours, "P999999999", 1), 1);
    assert_int_equal(g_string_replace(path, ours, "P999999999", 1), 1);
    assert_true(
        store_run(self->db, NULL, "UPDATE outbox SET file = ? WHERE id = ?", TXT(file->str), NUM(id))); /* first: its writer lives */
    assert_int_equal(rename(item->path, path->str), 0);
    outbox_item_free(item);
}

/* The row of what was taken back is gone; killed before its file was: the person has it, and it is no second draft. */
static void a_file_that_was_to_leave_with_its_row_leaves_after_a_crash(void **state)
{
    struct fixture *self = *state;
    g_autofree char *aside = g_build_filename(self->directory, "aside", NULL);
    int64_t id = submit(self, 0, 0);
    outlive_its_writer(self, id);
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    assert_non_null(item);
    g_autofree char *path = g_strdup(item->path), *file = g_strdup(item->file);
    int64_t account_id = item->account_id;
    outbox_item_free(item);
    assert_int_equal(link(path, aside), 0);
    assert_true(outbox_take_back(self->db, id, NULL, NULL, NULL));
    assert_false(outbox_leaving_is_written(self->db, account_id, file)); /* nothing is left of it */
    assert_true(outbox_leaving_write(self->db, account_id, file, NULL));
    assert_int_equal(rename(aside, path), 0); /* as if the crash had been before the file went */
    assert_int_equal(outbox_recover(self->db, NULL), 0);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 0);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_false(outbox_leaving_is_written(self->db, account_id, file));
}

struct starts {
    const char *path;
    atomic_bool is_over;
};

static void *start_again_and_again(void *data)
{
    struct starts *self = data;
    g_autoptr(store) db = store_open(self->path, STORE_WORKER, NULL);
    while (db != NULL && !atomic_load(&self->is_over)) {
        outbox_recover(db, NULL);
        g_usleep(200); /* somebody else wants the lock, too */
    }
    return NULL;
}

/* Its row goes before its file does: who looks after a start must not find the file in between and take it for the only copy. */
static void what_is_taken_back_while_postern_starts_is_not_held_back(void **state)
{
    struct fixture patient = *(struct fixture *)*state, *self = &patient;
    g_autoptr(store) db = store_open(self->path, STORE_WORKER, NULL); /* waits for the lock */
    self->db = db;
    struct starts starts = { .path = self->path };
    GThread *thread = g_thread_new("starts", start_again_and_again, &starts);
    for (int i = 0; i < 150; i++) {
        g_autofree char *bytes = NULL;
        int64_t id = submit(self, 60, 0);
        outlive_its_writer(self, id);
        assert_true(outbox_take_back(self->db, id, &bytes, NULL, NULL));
    }
    atomic_store(&starts.is_over, true);
    g_thread_join(thread);
    g_autoptr(GPtrArray) all = outbox_items(self->db, NULL);
    assert_int_equal(all->len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
static void move_clock(struct fixture *self, int64_t id, int64_t by_s)
{
    g_autofree char *sql = g_strdup_printf("UPDATE outbox SET not_before_utc = not_before_utc - %d, set_utc = set_utc - %d WHERE id = %d",
                                           (int)by_s, (int)by_s, (int)id);
    assert_int_equal(sqlite3_exec(store_db(self->db), sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t left_s(struct fixture *self, int64_t id)
{
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    int64_t left = item->not_before_utc - store_now_utc();
    outbox_item_free(item);
    return left;
}

static void assert_about(int64_t value, int64_t wanted)
{
    if (value < wanted - 3 || value > wanted + 3)
        fail_msg("%d instead of about %d", (int)value, (int)wanted);
}

/* Rows as they look when the clock was set since they were written. */
static void a_delay_is_a_length_of_time_whatever_the_clock_does(void **state)
{
    struct fixture *self = *state;
    enum { HOURS_5 = 5 * 3600 };
    int64_t back = submit(self, 10, 0), retried = submit(self, 0, 0), forth = submit(self, 600, 0), now = submit(self, 10, 0);
    assert_true(set(self, retried, OUTBOX_SENDING));
    assert_true(outbox_retry(self->db, retried, store_now_utc() + 900, "later", NULL));
    move_clock(self, back, -HOURS_5);
    move_clock(self, retried, -HOURS_5);
    assert_true(outbox_follow_clock(self->db, 0, NULL)); /* postern was started again: how far it was set is not known */
    assert_about(left_s(self, back), 10);
    assert_about(left_s(self, retried), 900);
    move_clock(self, back, -HOURS_5);
    assert_true(outbox_follow_clock(self->db, -HOURS_5, NULL)); /* it saw it happen */
    assert_about(left_s(self, back), 10);
    move_clock(self, forth, HOURS_5);
    assert_true(outbox_follow_clock(self->db, HOURS_5, NULL));
    assert_about(left_s(self, forth), 600);
    assert_about(left_s(self, now), 10); /* written after it was set */
}

/* What a person chose is a moment. */
static void a_time_that_was_chosen_stays_that_time(void **state)
{
    struct fixture *self = *state;
    const struct outbox_letter letter = { .account_key = "work",
                                          .bytes = mail,
                                          .size = strlen(mail),
                                          .sender = "a@x",
                                          .recipients = recipients,
                                          .delay_s = 10,
                                          .send_at_utc = store_now_utc() + 7200 };
    int64_t chosen = outbox_submit_letter(self->db, &letter, NULL), moved = submit(self, 10, 0);
    assert_true(outbox_schedule(self->db, moved, store_now_utc() + 3600, NULL));
    assert_true(outbox_follow_clock(self->db, 18000, NULL));
    assert_true(outbox_follow_clock(self->db, -18000, NULL));
    assert_about(left_s(self, chosen), 7200);
    assert_about(left_s(self, moved), 3600);
}

static bool begins(struct fixture *self, struct outbox_item *item)
{
    bool is_gone = false;
    assert_true(outbox_begin_sending(self->db, item, &is_gone, NULL));
    return !is_gone;
}

static void what_is_being_taken_back_is_not_sent(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t id = submit(self, 0, 0);
    struct outbox_item *item = outbox_item(self->db, id, NULL); /* as a worker read it a minute ago */
    assert_true(outbox_reserve(self->db, id, NULL));
    assert_false(begins(self, item));
    g_autoptr(GArray) none = outbox_deserted(self->db, NULL);
    assert_int_equal(none->len, 0); /* we live */
    assert_true(outbox_release(self->db, id, NULL));
    assert_true(outbox_schedule(self->db, id, store_now_utc() + 3600, NULL));
    assert_false(begins(self, item));
    assert_true(outbox_schedule(self->db, id, 0, NULL));
    assert_true(begins(self, item));
    assert_false(outbox_reserve(self->db, id, &error)); /* too late */
    assert_non_null(error);
    g_clear_error(&error);
    outbox_item_free(item);
    int64_t gone = submit(self, 0, 0);
    item = outbox_item(self->db, gone, NULL);
    assert_true(outbox_take_back(self->db, gone, NULL, NULL, NULL));
    assert_false(begins(self, item));
    outbox_item_free(item);
}

static void whoever_ends_while_taking_back_has_taken_it_back(void **state)
{
    struct fixture *self = *state;
    int64_t id = submit(self, 0, 0);
    assert_true(outbox_reserve(self->db, id, NULL));
    assert_int_equal(sqlite3_exec(store_db(self->db), "UPDATE outbox SET taker = '1 1'", NULL, NULL, NULL), SQLITE_OK);
    assert_true(outbox_recover(self->db, NULL) >= 0); /* a start without a screen leaves it as it is */
    struct outbox_item *item = outbox_item(self->db, id, NULL);
    assert_true(item->is_taken && item->state == OUTBOX_QUEUED);
    outbox_item_free(item);
    g_autoptr(GArray) ids = outbox_deserted(self->db, NULL);
    assert_int_equal(ids->len, 1);
    assert_int_equal(g_array_index(ids, int64_t, 0), id);
    assert_true(outbox_hold(self->db, id, NULL));
    item = outbox_item(self->db, id, NULL);
    assert_int_equal(item->state, OUTBOX_HELD);
    outbox_item_free(item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_submitted_message_is_a_file_and_a_row),
        TEST(states_go_only_where_they_may),
        TEST(the_answered_message_is_marked_when_the_answer_was_accepted),
        TEST(what_may_have_been_accepted_is_never_sent_again_unasked),
        TEST(a_message_can_be_taken_back_until_it_leaves),
        TEST(what_became_of_each_recipient_is_kept),
        TEST(the_answer_to_a_doubt_is_about_those_who_were_named_with_the_message),
        TEST(a_file_without_its_row_is_held_back),
        TEST(a_file_that_was_to_leave_with_its_row_leaves_after_a_crash),
        TEST(what_is_taken_back_while_postern_starts_is_not_held_back),
        TEST(a_delay_is_a_length_of_time_whatever_the_clock_does),
        TEST(a_time_that_was_chosen_stays_that_time),
        TEST(what_is_being_taken_back_is_not_sent),
        TEST(whoever_ends_while_taking_back_has_taken_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
