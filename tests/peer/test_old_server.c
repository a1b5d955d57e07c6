/* SPDX-License-Identifier: MIT */
/* A server of 1996 (RFC 2060): no UIDPLUS, MOVE, IDLE, NAMESPACE, LITERAL+, no UIDNEXT when a folder is opened. Everything a person does goes there too,
 * and what another client marked as deleted is never removed. */
#include "tests/peer/sync_bench.h"

#define SIGN_IN                                                                                                                            \
    "S: * OK IMAP4rev1 server ready", "C: %t CAPABILITY", "S: * CAPABILITY IMAP4rev1", "S: %t OK CAPABILITY completed",                    \
        "C: %t LOGIN \"alice\" \"secret\"", "S: %t OK LOGIN completed", "C: %1 CAPABILITY"
/* The capabilities are asked again by the way. */
#define CAPABILITY "S: * CAPABILITY IMAP4rev1", "S: %1 OK CAPABILITY completed"
#define OPENED                                                                                                                             \
    "S: * 2 EXISTS", "S: * 0 RECENT", "S: * FLAGS (\\\\Seen \\\\Answered \\\\Flagged \\\\Deleted \\\\Draft)", "S: * OK [UIDVALIDITY 7]",   \
        "S: %t OK [READ-WRITE] SELECT completed"
#define SELECT_INBOX "C: %t SELECT \"INBOX\"", CAPABILITY, OPENED
#define IS_THERE     "C: %t UID SEARCH UID 5", "S: * SEARCH 5", "S: %t OK SEARCH completed"
#define MARK         "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Deleted)", "S: %t OK STORE completed"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST \"\" \"*\"", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",  \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"

static void sync_and_close(struct bench *self)
{
    bench_sync(self);
    assert_int_equal(intent_count(self->store->db, self->store->account), 0);
    bench_close(self);
}

static void a_move_leaves_alone_what_another_client_marked(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         SELECT_INBOX,
                                         IS_THERE,
                                         "C: %t UID COPY 5 \"Archive\"",
                                         "S: %t OK COPY completed",
                                         MARK,
                                         "C: %t UID SEARCH DELETED",
                                         "S: * SEARCH 5 6", /* 6 is not ours: no EXPUNGE */
                                         "S: %t OK SEARCH completed",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = arrive(bench.store, 5);
    arrive(bench.store, 6);
    assert_true(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL) > 0);
    sync_and_close(&bench);
}

static void a_move_is_finished_where_all_that_is_marked_is_ours(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         SELECT_INBOX,
                                         IS_THERE,
                                         "C: %t UID COPY 5 \"Archive\"",
                                         "S: %t OK COPY completed",
                                         MARK,
                                         "C: %t UID SEARCH DELETED",
                                         "S: * SEARCH 5",
                                         "S: %t OK SEARCH completed",
                                         "C: %t EXPUNGE",
                                         "S: * 1 EXPUNGE",
                                         "S: %t OK EXPUNGE completed",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL) > 0);
    sync_and_close(&bench);
}

/* GNU mailutils takes the numbers of SEARCH UID for sequence numbers: nothing is concluded from it alone. */
static void what_a_search_by_number_does_not_find_is_looked_for_among_all(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         SELECT_INBOX,
                                         "C: %t UID SEARCH UID 5",
                                         "S: * SEARCH",
                                         "S: %t OK SEARCH completed",
                                         "C: %t UID SEARCH ALL",
                                         "S: * SEARCH 1 5",
                                         "S: %t OK SEARCH completed",
                                         "C: %t UID COPY 5 \"Archive\"",
                                         "S: %t OK COPY completed",
                                         MARK,
                                         "C: %t UID SEARCH DELETED",
                                         "S: * SEARCH 5",
                                         "S: %t OK SEARCH completed",
                                         "C: %t EXPUNGE",
                                         "S: * 2 EXPUNGE",
                                         "S: %t OK EXPUNGE completed",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL) > 0);
    sync_and_close(&bench);
}

/* A server that cannot even search: it stays marked, and hidden here. */
static void a_deletion_where_nobody_knows_what_is_marked_removes_nothing(void **state)
{
    static const char *const lines[] = { SIGN_IN,     SELECT_INBOX, MARK, "C: %t UID SEARCH DELETED", "S: %t NO SEARCH failed",
                                         NOTHING_NEW, NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_delete(bench.store->db, &id, 1, true, NULL) > 0);
    sync_and_close(&bench);
}

static void flags_are_set_and_cleared(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         SELECT_INBOX,
                                         "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",
                                         "S: * 1 FETCH (FLAGS (\\\\Flagged))",
                                         "S: %t OK STORE completed",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_flags(bench.store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    sync_and_close(&bench);
}

static void a_message_is_put_there_when_the_server_is_ready(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         "C: %t APPEND \"Archive\" () \"* +0000\" {*}",
                                         CAPABILITY,
                                         "S: + Ready for argument",
                                         "L:",
                                         "C: ",
                                         "S: %t OK APPEND completed",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    g_autofree char *path = g_build_filename(bench.store->directory, "append", NULL);
    assert_true(g_file_set_contents(path, "Message-ID: <a@x.test>\r\nSubject: old\r\n\r\nText.\r\n", -1, NULL));
    assert_int_not_equal(intent_append(bench.store->db, bench.store->archive, path, 0, NULL), 0);
    sync_and_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_move_leaves_alone_what_another_client_marked),
        TEST(a_move_is_finished_where_all_that_is_marked_is_ours),
        TEST(what_a_search_by_number_does_not_find_is_looked_for_among_all),
        TEST(a_deletion_where_nobody_knows_what_is_marked_removes_nothing),
        TEST(flags_are_set_and_cleared),
        TEST(a_message_is_put_there_when_the_server_is_ready),
    };
    return cmocka_run_group_tests_name("a server of 1996", tests, NULL, NULL);
}
