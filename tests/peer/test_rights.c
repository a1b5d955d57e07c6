/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Rights that somebody gives or takes away while we are connected, on scripted IMAP servers. */
#include "core/engine_private.h"
#include "core/folder_rights.h"
#include "tests/peer/sync_bench.h"

#define SIGN_IN                                                                                                                            \
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *",                                               \
        "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE ESEARCH LITERAL+ ACL] in"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define OPEN(name, flags)                                                                                                                  \
    "C: %t SELECT \"" name "\"*", "S: * 1 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 9] .", "S: * OK [PERMANENTFLAGS " flags, \
        "S: %t OK [READ-WRITE] ."
#define ALL_FLAGS "(\\\\Seen \\\\Answered \\\\Flagged \\\\Deleted \\\\Draft \\\\*)] ."

static void assert_failed(struct bench *bench, const char *words)
{
    struct event *event = wait_event(bench, EVENT_INTENT_FAILED, -1);
    if (strstr(event->text, words) == NULL)
        fail_msg("%s", event->text);
    event_free(event);
}

static unsigned folder_flags(struct bench *bench, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(bench->store->db, folder_id, NULL);
    return box->flags;
}

/* Dovecot answers OK to a STORE there, and ignores it: the star would be seen here only, for good. */
static void a_mark_where_marks_are_not_kept_any_more_is_taken_back(void **state)
{
    static const char *const script[] = {
        SIGN_IN, OPEN("INBOX", "()] ."), "C: %1 MYRIGHTS \"INBOX\"", "S: * MYRIGHTS INBOX lr", "S: %1 OK .", NOTHING_NEW, NULL
    };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_flags(bench.store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    bench_sync(&bench);
    assert_failed(&bench, "can only be read");
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    g_autoptr(placement) place = store_placement(bench.store->db, id, NULL);
    assert_int_equal(place->flags, 0);
    assert_true(folder_rights_is_read_only(folder_flags(&bench, bench.store->inbox)));
    bench_close(&bench);
}

/* Nobody waits for that answer: it may come when the next folder is open already. */
static void rights_told_after_their_folder_was_left_are_noted(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          OPEN("INBOX", ALL_FLAGS),
                                          "C: %1 MYRIGHTS \"INBOX\"",
                                          "C: %2 UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: %2 OK .",
                                          "C: %2 SELECT \"Archive\"",
                                          "S: * MYRIGHTS INBOX lrs",
                                          "S: %1 OK .",
                                          "S: * 1 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: * OK [UIDNEXT 9] .",
                                          "S: * OK [PERMANENTFLAGS " ALL_FLAGS,
                                          "S: %2 OK [READ-WRITE] .",
                                          "C: %1 MYRIGHTS \"Archive\"",
                                          "C: %2 UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: * MYRIGHTS Archive lrswipkxte",
                                          "S: %1 OK .",
                                          "S: %2 OK .",
                                          NOTHING_NEW,
                                          NULL };
    const struct message_info info = { .message_id = "other@x.test", .subject = "Other", .size_bytes = 100, .received_utc = 5 };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5), other = 0;
    assert_true(store_placement_put(bench.store->db, bench.store->archive, 5, 0, NULL, 0, &info, &other, NULL, NULL));
    assert_int_not_equal(intent_flags(bench.store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    assert_int_not_equal(intent_flags(bench.store->db, &other, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(folder_flags(&bench, bench.store->inbox) & FOLDER_RIGHTS_ASKED, folder_rights_of_acl("lrs"));
    assert_int_equal(folder_flags(&bench, bench.store->archive) & FOLDER_RIGHTS_ASKED, 0);
    bench_close(&bench);
}

static void a_refusal_for_want_of_a_right_has_the_rights_asked_anew(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          OPEN("INBOX", ALL_FLAGS),
                                          "C: %1 MYRIGHTS \"INBOX\"",
                                          "S: * MYRIGHTS INBOX lrswipkxte",
                                          "S: %1 OK .",
                                          "C: %1 UID SEARCH RETURN (ALL) UID 5",
                                          "C: %2 UID MOVE 5 \"Archive\"",
                                          "S: * ESEARCH (TAG \"%1\") UID ALL 5",
                                          "S: %1 OK .",
                                          "S: %2 NO [NOPERM] not into that one",
                                          "C: %1 MYRIGHTS \"INBOX\"",
                                          "C: %2 MYRIGHTS \"Archive\"",
                                          "S: * MYRIGHTS INBOX lrswipkxte",
                                          "S: %1 OK .",
                                          "S: * MYRIGHTS Archive lrs",
                                          "S: %2 OK .",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_failed(&bench, "not into that one");
    assert_place(bench.store, id, bench.store->inbox, 5);
    assert_true((folder_flags(&bench, bench.store->archive) & FOLDER_LACKS_INSERT) != 0);
    bench_close(&bench);
}

/* IDLE tells nothing of rights: while a folder that lacks some is looked at they are asked for with every look round. */
static void rights_given_back_to_the_folder_on_the_screen_are_seen(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %9 MYRIGHTS \"INBOX\"",
                                          "C: %t LIST *",
                                          "S: * MYRIGHTS INBOX lrswipkxte",
                                          "S: %9 OK .",
                                          "S: %t OK listed",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "C: %4 STATUS *",
                                          "S: %1 NO later",
                                          "S: %2 NO later",
                                          "S: %3 NO later",
                                          "S: %4 NO later",
                                          NULL };
    struct bench bench;
    g_autoptr(GError) error = NULL;
    bench_open(&bench, state, script);
    int64_t inbox = bench.store->inbox;
    unsigned all = FOLDER_RIGHTS_ASKED | FOLDER_RIGHTS_OPENED, lacking = folder_rights_of_acl("lr") | FOLDER_IS_READ_ONLY;
    assert_true(folder_rights_note(bench.store->db, inbox, all, lacking, NULL, NULL));
    bench_engine(&bench);
    engine_account *account = g_ptr_array_index(bench.engine->accounts, 0);
    atomic_store(&account->open_folder, inbox);
    bool is_ok = engine_sync_once(bench.engine, "work", &error);
    g_clear_pointer(&bench.engine, engine_free);
    if (!is_ok)
        fail_msg("%s (%s)", error->message, peer_complaint(bench.peer));
    assert_null(peer_complaint(bench.peer));
    assert_int_equal(folder_flags(&bench, inbox) & FOLDER_RIGHTS, 0);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mark_where_marks_are_not_kept_any_more_is_taken_back),
        TEST(rights_told_after_their_folder_was_left_are_noted),
        TEST(a_refusal_for_want_of_a_right_has_the_rights_asked_anew),
        TEST(rights_given_back_to_the_folder_on_the_screen_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
