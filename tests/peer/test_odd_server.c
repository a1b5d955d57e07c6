/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Servers that refuse a part of what they are asked, hang up in the midst, or speak at the edges of what numbers can be: all the rest arrives. */
#include "core/engine_private.h"
#include "tests/peer/sync_bench.h"

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *"
#define SIGN_IN  GREETING, "S: %t OK [CAPABILITY IMAP4rev1 UNSELECT] in"
#define LISTED(inbox)                                                                                                                      \
    "C: %t LIST \"\" \"*\"", "S: * LIST () \"/\" \"INBOX\"", "S: * LIST () \"/\" \"Archive\"", "S: * LIST () \"/\" \"Trash\"",             \
        "S: * LIST () \"/\" \"Sent\"", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *",          \
        "S: * STATUS \"INBOX\" (" inbox ")", "S: %1 OK .", "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define SELECTED(exists, uidnext)                                                                                                          \
    "C: %t SELECT \"INBOX\"*", "S: * " exists " EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT " uidnext "] ."
#define FETCH(set)       "C: %t UID FETCH " set " (UID FLAGS INTERNALDATE RFC822.SIZE *"
#define ALL_ARE(numbers) "C: %t UID SEARCH ALL", "S: * SEARCH " numbers, "S: %t OK ."
#define REFUSED          "S: %t NO [SERVERBUG] Internal error occurred."
#define ROW(at, uid)                                                                                                                       \
    "S: * " at " FETCH (UID " uid                                                                                                          \
    " FLAGS () INTERNALDATE \"17-Nov-2025 10:00:00 +0000\" RFC822.SIZE 99 ENVELOPE (NIL \"New\" NIL NIL NIL NIL NIL NIL NIL \"<m" uid      \
    "@x.test>\"))"

static void assert_uids(struct fixture *self, const char *wanted)
{
    GString *have = g_string_new(NULL);
    g_autoptr(GArray) uids = store_placement_uids(self->db, self->inbox, 1, UINT32_MAX, NULL);
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf(have, "%s%u", i > 0 ? " " : "", g_array_index(uids, uint32_t, i));
    g_autofree char *text = g_string_free(have, FALSE);
    assert_string_equal(text, wanted);
    fixture_recount(self->db);
}

/* Messages 1 … count, as the last synchronisation left them. */
static void remember(struct fixture *self, uint32_t count, uint64_t modseq)
{
    assert_true(store_folder_set_sync(self->db, self->inbox, 7, count + 1, modseq, count, NULL));
    assert_true(store_folder_set_backfill(self->db, self->inbox, 1, NULL));
    assert_true(store_folder_set_verified(self->db, self->inbox, g_get_real_time() / G_USEC_PER_SEC, NULL));
    for (uint32_t uid = 1; uid <= count; uid++)
        arrive(self, uid);
}

static void assert_told(struct bench *bench, const char *words)
{
    struct event *event = wait_event(bench, EVENT_NOTICE, -1);
    if (strstr(event->text, words) == NULL)
        fail_msg("%s", event->text);
    event_free(event);
}

/* A damaged file: Dovecot ends the whole FETCH with NO there. The message that it cannot give is found by halving, and named to the person once. */
static void a_message_that_cannot_be_read_hides_no_other(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 4 UIDNEXT 5 UIDVALIDITY 7 UNSEEN 4"),
                                          SELECTED("4", "5"),
                                          "S: %t OK [READ-WRITE] .",
                                          ALL_ARE("1 2 3 4"),
                                          FETCH("1:4"),
                                          ROW("1", "1"),
                                          REFUSED,
                                          ALL_ARE("1 2 3 4"),
                                          FETCH("2:4"),
                                          REFUSED,
                                          FETCH("4"),
                                          ROW("4", "4"),
                                          "S: %t OK .",
                                          FETCH("2:3"),
                                          REFUSED,
                                          FETCH("3"),
                                          ROW("3", "3"),
                                          "S: %t OK .",
                                          FETCH("2"),
                                          REFUSED,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    bench_sync(&bench);
    assert_uids(bench.store, "1 3 4");
    assert_told(&bench, "cannot give 1 message");
    bench_close(&bench);
}

#define COMPARED                                                                                                                           \
    SIGN_IN, LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3"), SELECTED("3", "4"), "S: %t OK [READ-WRITE] .", ALL_ARE("1 2 3")
#define FLAGS(set) "C: %t UID FETCH " set " (UID FLAGS)", "S: %t OK ."

/* What came before is kept, and each connection asks for less, until the one message is alone and the second time is no chance. */
static void a_message_over_which_the_server_hangs_up_hides_no_other(void **state)
{
    static const char *const script[] = { COMPARED,     FETCH("1:3"), ROW("1", "1"), "A:",         COMPARED,     FLAGS("1:1"),
                                          FETCH("2:3"), "A:",         COMPARED,      FLAGS("1:1"), FETCH("3"),   ROW("3", "3"),
                                          "S: %t OK .", FETCH("2"),   "A:",          COMPARED,     FLAGS("1:3"), FETCH("2"),
                                          "A:",         COMPARED,     FLAGS("1:3"),  NULL };
    static const char *const once_more[] = { COMPARED, FLAGS("1:3"), NULL }; /* the next run does not search again */
    struct bench bench;
    bench_open(&bench, state, script);
    bench_sync(&bench);
    assert_uids(bench.store, "1 3");
    assert_told(&bench, "(UID 2)");
    peer_free(bench.peer);
    bench.peer = peer_listen(once_more, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_uids(bench.store, "1 3");
    bench_close(&bench);
}

/* Else the number remembered would say that all before it is known here, and a tag set elsewhere would never be seen. */
static void flags_that_were_refused_are_asked_for_again(void **state)
{
    static const char *const script[] = { GREETING,
                                          "S: %t OK [CAPABILITY IMAP4rev1 CONDSTORE] in",
                                          LISTED("MESSAGES 6 UIDNEXT 7 UIDVALIDITY 7 UNSEEN 6 HIGHESTMODSEQ 12"),
                                          SELECTED("6", "7"),
                                          "S: * OK [HIGHESTMODSEQ 12] .",
                                          "S: %t OK [READ-WRITE] .",
                                          ALL_ARE("1 2 3 4 5 6"),
                                          "C: %t UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 10)",
                                          REFUSED,
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 6, 10);
    bench_open(&bench, state, script);
    bench_sync(&bench);
    g_autoptr(folder) inbox = store_folder(store->db, store->inbox, NULL);
    assert_int_equal(inbox->highestmodseq, 10);
    bench_close(&bench);
}

/* The highest there is (RFC 9051 9, uniqueid) is a message like any other. */
static void the_highest_number_there_can_be_is_a_message(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 2 UIDNEXT 4294967295 UIDVALIDITY 7 UNSEEN 2"),
                                          SELECTED("2", "4294967295"),
                                          "S: %t OK [READ-WRITE] .",
                                          ALL_ARE("1 4294967295"),
                                          FETCH("1,4294967295"),
                                          ROW("1", "1"),
                                          ROW("2", "4294967295"),
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    bench_sync(&bench);
    assert_uids(bench.store, "1 4294967295");
    bench_close(&bench);
}

/* A row that is put off again and again does not keep "postern sync" from its end: it is tried once more, and waits for another time. */
static void a_row_that_a_server_puts_off_is_tried_twice_and_waits(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %t SELECT \"INBOX\"",
                                          "S: * 1 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: * OK [UIDNEXT 2] .",
                                          "S: %t OK [READ-WRITE] .",
                                          "C: %t UID STORE 1 +FLAGS.SILENT (\\\\Flagged)",
                                          REFUSED,
                                          NOTHING_NEW,
                                          "C: %t UID SEARCH UID 1",
                                          "S: * SEARCH 1",
                                          "S: %t OK .",
                                          "C: %t UID STORE 1 +FLAGS.SILENT (\\\\Flagged)",
                                          REFUSED,
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 1, 0);
    bench_open(&bench, state, script);
    int64_t id = store_placement_find(store->db, store->inbox, 1);
    assert_int_not_equal(intent_flags(store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(store->db, 0), 1);
    bench_close(&bench);
}

/* Moves message 1 to Archive on a server of RFC 3501 that answers EXPUNGE so; is the other connection warned of its number afterwards? */
static bool move_and_ask(void **state, const char *expunged)
{
    const char *const script[] = { SIGN_IN,
                                   SELECTED("1", "2"),
                                   "S: %t OK [READ-WRITE] .",
                                   "C: %t UID SEARCH UID 1",
                                   "S: * SEARCH 1",
                                   "S: %t OK .",
                                   "C: %t UID COPY 1 \"Archive\"",
                                   "S: %t OK copied",
                                   "C: %t UID STORE 1 +FLAGS.SILENT (\\\\Deleted)",
                                   "S: %t OK .",
                                   "C: %t UID SEARCH DELETED",
                                   "S: * SEARCH 1",
                                   "S: %t OK .",
                                   "C: %t EXPUNGE",
                                   expunged,
                                   "S: %t OK .",
                                   NOTHING_NEW,
                                   NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 1, 0);
    bench_open(&bench, state, script);
    bench_engine(&bench);
    int64_t id = store_placement_find(store->db, store->inbox, 1);
    assert_int_not_equal(intent_move(store->db, &id, 1, store->archive, NULL), 0);
    g_autoptr(GError) error = NULL;
    if (!engine_sync_once(bench.engine, "work", &error))
        fail_msg("%s (%s)", error->message, peer_complaint(bench.peer));
    assert_null(peer_complaint(bench.peer));
    const engine_account *account = g_ptr_array_index(bench.engine->accounts, 0);
    bool is_warned = imap_gone_has(account->gone, store->inbox, 7, 1, g_get_monotonic_time());
    g_clear_pointer(&bench.engine, engine_free);
    bench_close(&bench);
    return is_warned;
}

/* The other connection may have read it a moment ago, and would write it down again as if it were new: the archived message came back. */
static void what_was_moved_away_is_not_written_down_by_the_other_connection(void **state)
{
    assert_true(move_and_ask(state, "S: * 1 EXPUNGE"));
}

/* All Mail of Gmail keeps what is moved out of it. */
static void what_the_server_keeps_in_its_place_is_not_said_to_be_gone(void **state)
{
    assert_false(move_and_ask(state, "S: * OK kept"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_that_cannot_be_read_hides_no_other),
        TEST(a_message_over_which_the_server_hangs_up_hides_no_other),
        TEST(flags_that_were_refused_are_asked_for_again),
        TEST(the_highest_number_there_can_be_is_a_message),
        TEST(a_row_that_a_server_puts_off_is_tried_twice_and_waits),
        TEST(what_was_moved_away_is_not_written_down_by_the_other_connection),
        TEST(what_the_server_keeps_in_its_place_is_not_said_to_be_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
