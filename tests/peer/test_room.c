/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Moves and copies into folders that have no room for all of it. */
#include "core/intent_list.h"
#include "tests/peer/sync_bench.h"

#define SIGN_IN "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *"
#define IN      "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE LITERAL+] in"
#define IN_MOVE "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS IDLE LITERAL+ MOVE] in"
#define OPEN_INBOX                                                                                                                         \
    "C: %t SELECT \"INBOX\"", "S: * 8 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 20] .", "S: %t OK [READ-WRITE] ."
#define ALL_THERE "C: %t UID SEARCH UID 1:8", "S: * SEARCH 1 2 3 4 5 6 7 8", "S: %t OK ."
#define FULL      "S: %t NO [OVERQUOTA] the attic is full"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define MANY 8u

/* The first is the largest, the last the smallest. */
static void fill(struct fixture *self, int64_t ids[MANY])
{
    for (uint32_t i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("m%u@example.test", i + 1);
        const struct message_info info = {
            .message_id = id, .subject = "Room", .from_address = "ada@example.test", .size_bytes = 1000 - i, .received_utc = i + 1
        };
        assert_true(store_placement_put(self->db, self->inbox, i + 1, 0, NULL, 0, &info, &ids[i], NULL, NULL));
    }
}

static void assert_told_once(struct bench *self, const char *words)
{
    struct event *event = wait_event(self, EVENT_INTENT_FAILED, -1);
    if (strstr(event->text, words) == NULL)
        fail_msg("%s", event->text);
    event_free(event);
    while ((event = event_take(self->events)) != NULL) {
        assert_int_not_equal(event->type, EVENT_INTENT_FAILED);
        event_free(event);
    }
    assert_int_equal(intent_failures(self->store->db), 1);
    assert_int_equal(intent_count(self->store->db, 0), 0);
}

static void one_message_that_is_too_large_does_not_hold_up_the_rest(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          IN_MOVE,
                                          OPEN_INBOX,
                                          ALL_THERE,
                                          "C: %t UID MOVE 1:8 \"Archive\"",
                                          "S: %t NO [TOOBIG] one of them is",
                                          "C: %t UID MOVE 5:8 \"Archive\"",
                                          "S: * OK [COPYUID 7 5:8 11:14] .",
                                          "S: %t OK moved",
                                          "C: %t UID MOVE 3:4 \"Archive\"",
                                          "S: * OK [COPYUID 7 3:4 15:16] .",
                                          "S: %t OK moved",
                                          "C: %t UID MOVE 2 \"Archive\"",
                                          "S: * OK [COPYUID 7 2 17] .",
                                          "S: %t OK moved",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    int64_t ids[MANY];
    bench_open(&bench, state, script);
    fill(bench.store, ids);
    assert_int_not_equal(intent_move(bench.store->db, ids, MANY, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, ids[0], bench.store->inbox, 1);
    assert_place(bench.store, ids[1], bench.store->archive, 17);
    assert_place(bench.store, ids[7], bench.store->archive, 14);
    assert_told_once(&bench, "one of them is");
    bench_close(&bench);
}

static void as_many_are_copied_as_there_is_room_for(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          IN,
                                          OPEN_INBOX,
                                          ALL_THERE,
                                          "C: %t UID COPY 1:8 \"Archive\"",
                                          FULL,
                                          "C: %t UID COPY 5:8 \"Archive\"",
                                          FULL,
                                          "C: %t UID COPY 7:8 \"Archive\"",
                                          "S: %t OK [COPYUID 7 7:8 11:12] copied",
                                          "C: %t UID COPY 6 \"Archive\"",
                                          "S: %t OK [COPYUID 7 6 13] copied",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    int64_t ids[MANY];
    bench_open(&bench, state, script);
    fill(bench.store, ids);
    assert_int_not_equal(intent_copy(bench.store->db, ids, MANY, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_told_once(&bench, "The same goes for 4 more messages. ");
    g_autoptr(GArray) uids = store_placement_uids(bench.store->db, bench.store->archive, 1, UINT32_MAX, NULL);
    assert_int_equal(uids->len, 3);
    bench_close(&bench);
}

/* RFC 6851 3.3: each message moved, or unaffected. */
static void what_a_refused_move_did_all_the_same_stays_done(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          IN_MOVE,
                                          OPEN_INBOX,
                                          ALL_THERE,
                                          "C: %t UID MOVE 1:8 \"Archive\"",
                                          "S: * OK [COPYUID 7 1:5 11:15] .",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          FULL,
                                          "C: %t UID MOVE 7:8 \"Archive\"",
                                          FULL,
                                          "C: %t UID MOVE 8 \"Archive\"",
                                          FULL,
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    int64_t ids[MANY];
    bench_open(&bench, state, script);
    fill(bench.store, ids);
    assert_int_not_equal(intent_move(bench.store->db, ids, MANY, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    for (uint32_t i = 0; i < MANY; i++)
        assert_place(bench.store, ids[i], i < 5 ? bench.store->archive : bench.store->inbox, i < 5 ? i + 11 : i + 1);
    assert_told_once(&bench, "The same goes for 2 more messages. ");
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_message_that_is_too_large_does_not_hold_up_the_rest),
        TEST(as_many_are_copied_as_there_is_room_for),
        TEST(what_a_refused_move_did_all_the_same_stays_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
