/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Scripted servers that tell wrong numbers of what was just put somewhere (APPENDUID, COPYUID): no message is taken for another, none is lost. */
#include "core/engine_private.h"
#include "tests/peer/sync_bench.h"

#define SIGN_IN                                                                                                                            \
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *",                                               \
        "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE LITERAL+ MULTIAPPEND UNSELECT] in"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define SELECT_INBOX                                                                                                                       \
    "C: %t SELECT \"INBOX\"", "S: * 2 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 9] .", "S: %t OK [READ-WRITE] ."
#define MOVE_BOTH                                                                                                                          \
    SIGN_IN, SELECT_INBOX, "C: %t UID SEARCH UID 5:6", "S: * SEARCH 5 6", "S: %t OK .", "C: %t UID MOVE 5:6 \"Archive\"",                  \
        "S: * 1 EXPUNGE", "S: * 1 EXPUNGE"

/* The archive as the last visit left it: one message, number 8; what comes has 9 or more. */
static int64_t remember_archive(struct fixture *self)
{
    const struct message_info info = { .message_id = "old@x.test",
                                       .subject = "Old",
                                       .from_address = "ada@example.test",
                                       .size_bytes = 321,
                                       .received_utc = 8,
                                       .date_utc = 8 };
    int64_t id = 0;
    assert_true(store_folder_set_sync(self->db, self->archive, 7, 9, 0, 1, NULL));
    assert_true(store_folder_set_backfill(self->db, self->archive, 1, NULL));
    assert_true(store_folder_set_verified(self->db, self->archive, g_get_real_time() / G_USEC_PER_SEC, NULL));
    assert_true(store_placement_put(self->db, self->archive, 8, 0, NULL, 0, &info, &id, NULL, NULL));
    return id;
}

/* Which numbers two moved messages have after a server's words; 0: none is believed. The message that was there is untouched. */
static void assert_moved(void **state, const char *words, uint32_t first, uint32_t second)
{
    const char *const script[] = { MOVE_BOTH, words, NOTHING_NEW, NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t old = remember_archive(bench.store), ids[] = { arrive(bench.store, 5), arrive(bench.store, 6) };
    assert_int_not_equal(intent_move(bench.store->db, ids, 2, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, ids[0], bench.store->archive, first);
    assert_place(bench.store, ids[1], bench.store->archive, second);
    assert_place(bench.store, old, bench.store->archive, 8);
    g_autoptr(folder) box = store_folder(bench.store->db, bench.store->archive, NULL);
    assert_int_equal(box->uidvalidity, 7);
    assert_int_equal(box->backfill_uid, 1); /* what was known of it stays */
    bench_close(&bench);
}

static void right_numbers_are_learned(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 9:10] done", 9, 10);
}

static void numbers_of_another_uidvalidity_are_no_help(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 8 5:6 9:10] done", 0, 0);
}

static void the_number_of_another_message_is_not_taken(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 8:9] done", 0, 9);
}

static void a_number_of_before_the_command_is_not_taken(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 3,10] done", 0, 10);
}

static void one_number_is_one_message(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 9,9] done", 9, 0);
}

static void too_few_say_nothing(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 9] done", 0, 0);
}

static void too_many_say_nothing(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 9:4294967295] done", 0, 0);
}

static void a_huge_number_is_not_taken(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 5:6 4294967294:4294967295] done", 0, 0);
}

static void strangers_and_nonsense_say_nothing(void **state)
{
    assert_moved(state, "S: %t OK [COPYUID 7 1000:1001 9:10] done", 0, 0);
}

/* As it is read, by whichever connection: who is there is known again. */
static void a_row_with_the_number_of_another_message_gives_it_up(void **state)
{
    struct fixture *self = *state;
    const struct message_info info = { .message_id = "other@x.test", .subject = "Other", .size_bytes = 321, .date_utc = 5 };
    int64_t ours = arrive(self, 5), other = 0;
    bool is_new = false;
    assert_true(store_placement_put(self->db, self->inbox, 5, 0, NULL, 0, &info, &other, &is_new, NULL));
    assert_true(is_new);
    assert_int_not_equal(other, ours);
    assert_place(self, other, self->inbox, 5);
    assert_null(store_placement(self->db, ours, NULL)); /* it comes as what it is, where it is */
    fixture_recount(self->db);
}

/* Which of two Message-IDs a message has is seen differently by different readers. */
static void another_reading_of_the_same_message_is_no_other(void **state)
{
    struct fixture *self = *state;
    int64_t ours = arrive(self, 5), same = 0;
    const struct message_info info = { .message_id = "second@x.test", .subject = "Engine", .size_bytes = 100, .received_utc = 5 };
    assert_true(store_placement_put(self->db, self->inbox, 5, MESSAGE_SEEN, NULL, 0, &info, &same, NULL, NULL));
    assert_int_equal(same, ours);
}

#define NEW_NUMBER(uid, id)                                                                                                                \
    "S: * 1 FETCH (UID " uid " FLAGS () RFC822.SIZE 100 ENVELOPE (NIL \"Engine\" NIL NIL NIL NIL NIL NIL NIL \"<" id ">\"))"

#define NONE_IN_ARCHIVE                                                                                                                    \
    "C: %t SELECT \"Archive\"", "S: * 1 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: %t OK [READ-WRITE] .", "C: %t UID SEARCH UID 1:*",       \
        "S: * SEARCH", "S: %t OK ."

/* Moves that waited while the folder got other numbers: these are read once for all of them, and who is not there is told in one sentence. */
static void the_new_numbers_of_many_are_learned_together(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 1:*",
                                          "S: * SEARCH 11 12 13",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 11:13 *",
                                          NEW_NUMBER("11", "m3@example.test"),
                                          NEW_NUMBER("12", "m5@example.test"),
                                          NEW_NUMBER("13", "m6@example.test"),
                                          "S: %t OK .",
                                          NONE_IN_ARCHIVE,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 11:13",
                                          "S: * SEARCH 11 12 13",
                                          "S: %t OK .",
                                          NONE_IN_ARCHIVE, /* they were under way once */
                                          SELECT_INBOX,
                                          "C: %t UID MOVE 11:13 \"Archive\"",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: %t OK [COPYUID 7 11:13 21:23] done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    assert_true(store_folder_set_sync(bench.store->db, bench.store->inbox, 6, 9, 0, 1, NULL));
    int64_t ids[6];
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = arrive(bench.store, i + 1);
    assert_int_not_equal(intent_move(bench.store->db, ids, 6, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, ids[2], bench.store->archive, 21);
    assert_place(bench.store, ids[4], bench.store->archive, 22);
    assert_place(bench.store, ids[5], bench.store->archive, 23);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    struct event *told = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(told->text, "The same goes for 2 more messages."));
    event_free(told);
    bench_close(&bench);
}

/* A repair that gives other numbers and keeps the UIDVALIDITY: what is told to be gone, all at once, is looked for by what it is. */
static void messages_with_other_numbers_are_not_taken_for_lost(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 1:3",
                                          "S: * SEARCH",
                                          "S: %t OK .",
                                          NONE_IN_ARCHIVE,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 5 11 12 13",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH UID 1:*",
                                          "S: * SEARCH 5 11 12 13",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 11:13 *",
                                          NEW_NUMBER("11", "m1@example.test"),
                                          NEW_NUMBER("12", "m2@example.test"),
                                          NEW_NUMBER("13", "m3@example.test"),
                                          "S: %t OK .",
                                          "C: %t UID SEARCH UID 11:13",
                                          "S: * SEARCH 11 12 13",
                                          "S: %t OK .",
                                          NONE_IN_ARCHIVE,
                                          SELECT_INBOX,
                                          "C: %t UID MOVE 11:13 \"Archive\"",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: %t OK [COPYUID 7 11:13 21:23] done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 1), arrive(bench.store, 2), arrive(bench.store, 3) }, stays = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, ids, 3, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        assert_place(bench.store, ids[i], bench.store->archive, 21 + i);
    assert_place(bench.store, stays, bench.store->inbox, 5);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(right_numbers_are_learned),
        TEST(numbers_of_another_uidvalidity_are_no_help),
        TEST(the_number_of_another_message_is_not_taken),
        TEST(a_number_of_before_the_command_is_not_taken),
        TEST(one_number_is_one_message),
        TEST(too_few_say_nothing),
        TEST(too_many_say_nothing),
        TEST(a_huge_number_is_not_taken),
        TEST(strangers_and_nonsense_say_nothing),
        TEST(the_new_numbers_of_many_are_learned_together),
        TEST(messages_with_other_numbers_are_not_taken_for_lost),
        TEST(a_row_with_the_number_of_another_message_gives_it_up),
        TEST(another_reading_of_the_same_message_is_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
