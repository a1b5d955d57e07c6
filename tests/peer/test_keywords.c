/* SPDX-License-Identifier: MIT */
/* Tags against scripted servers: that keep them, that have no place for them, and that say so only when they are asked. */
#include "tests/peer/sync_bench.h"

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
#define SIGN_IN  GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE LITERAL+] in"
#define SELECT_INBOX(permanent)                                                                                                            \
    "C: %t SELECT \"INBOX\"", "S: * 2 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 9] .", permanent,                            \
        "S: %t OK [READ-WRITE] selected"
#define ANY_KEYWORD "S: * OK [PERMANENTFLAGS (\\\\Seen \\\\Deleted \\\\*)] ."
#define NO_KEYWORD  "S: * OK [PERMANENTFLAGS (\\\\Seen \\\\Deleted $Forwarded)] ."
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"

static void assert_tags(struct bench *self, int64_t id, const char *expected)
{
    g_autoptr(placement) place = store_placement(self->store->db, id, NULL);
    assert_non_null(place);
    assert_string_equal(place->keywords != NULL ? place->keywords : "", expected);
}

/* What was said, and that nothing waits any more. */
static void assert_kept_here(struct bench *self, int64_t id, const char *words)
{
    assert_int_equal(intent_count(self->store->db, 0), 0);
    assert_tags(self, id, "work");
    struct event *event = wait_event(self, EVENT_NOTICE, -1);
    assert_non_null(strstr(event->text, "kept on this computer"));
    if (strstr(event->text, words) == NULL)
        fail_msg("%s", event->text);
    event_free(event);
}

static void tags_of_several_messages_travel_in_one_command(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX(ANY_KEYWORD),
                                          "C: %t UID STORE 5:6 -FLAGS.SILENT (old)",
                                          "S: %t OK done",
                                          "C: %t UID STORE 5:6 +FLAGS.SILENT (home work)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 5), arrive(bench.store, 6) };
    for (uint32_t uid = 5; uid <= 6; uid++)
        assert_true(store_placement_set_server_flags(bench.store->db, bench.store->inbox, uid, 0, "old", 0, NULL, NULL));
    assert_true(intent_keywords(bench.store->db, ids, 2, "home work", "old", NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, ids[0], "home work");
    assert_tags(&bench, ids[1], "home work");
    bench_close(&bench);
}

/* The other connection was told of 12, and this one does not know it yet: it would pass over it in silence. */
static void what_came_since_the_folder_was_opened_is_asked_for_before_it_is_named(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX(ANY_KEYWORD),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (work)",
                                          "S: %t OK done",
                                          "C: %t NOOP",
                                          "S: * 3 EXISTS",
                                          "S: %t OK done",
                                          "C: %t UID STORE 12 +FLAGS.SILENT (home)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 5), arrive(bench.store, 12) };
    assert_true(intent_keywords(bench.store->db, &ids[0], 1, "work", NULL, NULL) > 0);
    assert_true(intent_keywords(bench.store->db, &ids[1], 1, "home", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, ids[1], "home");
    bench_close(&bench);
}

static void a_mailbox_without_a_place_for_tags_is_not_asked(void **state)
{
    static const char *const script[] = { SIGN_IN, SELECT_INBOX(NO_KEYWORD), NOTHING_NEW, NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "work", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_kept_here(&bench, id, "has no place for the tag work");
    bench_close(&bench);
}

static void a_server_that_has_no_room_for_another_keyword_is_quoted(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX(ANY_KEYWORD),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (work)",
                                          "S: %t NO Too many user flags in mailbox",
                                          SELECT_INBOX(ANY_KEYWORD), /* asked once more, as for all commands */
                                          "C: %t UID SEARCH UID 5",
                                          "S: * SEARCH 5",
                                          "S: %t OK .",
                                          "C: %t UID STORE 5 +FLAGS.SILENT (work)",
                                          "S: %t NO Too many user flags in mailbox",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "work", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_kept_here(&bench, id, "Too many user flags in mailbox");
    bench_close(&bench);
}

static void a_word_that_is_refused_takes_no_others_along(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX(ANY_KEYWORD),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (home work)",
                                          "S: %t NO [LIMIT] Keyword length too long",
                                          "C: %t UID STORE 5 +FLAGS.SILENT (home)",
                                          "S: %t OK done",
                                          "C: %t UID STORE 5 +FLAGS.SILENT (work)",
                                          "S: %t NO [LIMIT] Keyword length too long",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "home work", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, id, "home work");
    struct event *event = wait_event(&bench, EVENT_NOTICE, -1);
    assert_non_null(strstr(event->text, "cannot keep the tag work; it is kept on this computer"));
    event_free(event);
    assert_true(store_placement_set_server_flags(bench.store->db, bench.store->inbox, 5, 0, "", 9, NULL, NULL)); /* cleared elsewhere */
    assert_tags(&bench, id, "work");
    bench_close(&bench);
}

static void what_a_mailbox_has_a_place_for_goes_there(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX("S: * OK [PERMANENTFLAGS (\\\\Seen home)] ."),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (home)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "home work", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, id, "home work");
    bench_close(&bench);
}

static void a_time_that_has_no_place_is_told_of(void **state)
{
    static const char *const script[] = { SIGN_IN, SELECT_INBOX(NO_KEYWORD), NOTHING_NEW, NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "$Snoozed postern-snooze-20991122T1200Z", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, id, "$Snoozed postern-snooze-20991122T1200Z");
    struct event *event = wait_event(&bench, EVENT_NOTICE, -1);
    assert_non_null(strstr(event->text, "only this computer brings it back"));
    event_free(event);
    bench_close(&bench);
}

static void assert_flags(struct bench *self, int64_t id, unsigned expected)
{
    g_autoptr(placement) place = store_placement(self->store->db, id, NULL);
    assert_non_null(place);
    assert_int_equal(place->flags, expected);
}

static void forward(struct bench *self, int64_t id)
{
    assert_true(intent_flags(self->store->db, &id, 1, MESSAGE_SEEN | MESSAGE_FORWARDED, 0, NULL) > 0);
    bench_sync(self);
    assert_int_equal(intent_count(self->store->db, 0), 0);
    assert_flags(self, id, MESSAGE_SEEN | MESSAGE_FORWARDED);
    /* Whatever the server says from now on; until the person takes it back. */
    assert_true(store_placement_set_server_flags(self->store->db, self->store->inbox, 5, MESSAGE_SEEN, "", 9, NULL, NULL));
    assert_flags(self, id, MESSAGE_SEEN | MESSAGE_FORWARDED);
    assert_tags(self, id, "");
    assert_true(intent_flags(self->store->db, &id, 1, 0, MESSAGE_FORWARDED, NULL) > 0);
    assert_flags(self, id, MESSAGE_SEEN);
}

static void forwarded_is_kept_here_where_it_has_no_place(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX("S: * OK [PERMANENTFLAGS (\\\\Seen \\\\Flagged)] ."),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Seen)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    forward(&bench, arrive(bench.store, 5));
    bench_close(&bench);
}

static void forwarded_that_is_refused_takes_no_flags_along(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX("S: * OK [PERMANENTFLAGS (\\\\Seen \\\\Flagged \\\\*)] ."),
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Seen $Forwarded)",
                                          "S: %t NO Too many user flags in mailbox",
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Seen)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    forward(&bench, arrive(bench.store, 5));
    bench_close(&bench);
}

static void a_message_that_was_deleted_elsewhere_takes_its_tag_with_it(void **state)
{
    static const char *const script[] = {
        SIGN_IN, SELECT_INBOX(ANY_KEYWORD), "C: %t UID STORE 5 +FLAGS.SILENT (work)", "S: %t OK nobody there", NOTHING_NEW, NULL
    };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_true(intent_keywords(bench.store->db, &id, 1, "work", NULL, NULL) > 0);
    bench_sync(&bench);
    assert_true(store_placement_vanished(bench.store->db, bench.store->inbox, 5, NULL));
    assert_null(store_placement(bench.store->db, id, NULL));
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

/* --- Gmail --- */
#define GMAIL_SIGN_IN GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE LITERAL+ X-GM-EXT-1] in"

/* A tag that is a folder's name is that label; another is a new one; what programs tell each other is a keyword as elsewhere. */
static void a_tag_at_gmail_is_a_label(void **state)
{
    static const char *const script[] = { GMAIL_SIGN_IN,
                                          SELECT_INBOX(ANY_KEYWORD),
                                          "C: %t UID STORE 5 -X-GM-LABELS.SILENT (\"old\")",
                                          "S: %t OK done",
                                          "C: %t UID STORE 5 +X-GM-LABELS.SILENT (\"caf&AOk-\" \"Tax 2026\")",
                                          "S: * 1 FETCH (UID 5 FLAGS (\\Seen))", /* told without its labels: they are as they were */
                                          "S: %t OK done",
                                          "C: %t UID STORE 5 +FLAGS.SILENT ($Junk)",
                                          "S: %t OK done",
                                          "C: %t LIST *",
                                          "S: %t OK listed",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "C: %4 STATUS *",
                                          "C: %5 STATUS *",
                                          "S: %1 NO later",
                                          "S: %2 NO later",
                                          "S: %3 NO later",
                                          "S: %4 NO later",
                                          "S: %5 NO later",
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    fixture_folder(bench.store->db, bench.store->account, "Tax 2026", FOLDER_NONE);
    int64_t id = arrive(bench.store, 5);
    assert_true(store_placement_set_server_flags(bench.store->db, bench.store->inbox, 5, 0, "old", 0, NULL, NULL));
    assert_true(intent_keywords(bench.store->db, &id, 1, "$Junk caf&AOk- Tax_2026", "old", NULL) > 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_tags(&bench, id, "$Junk caf&AOk- Tax_2026");
    bench_close(&bench);
}

#define LABELLED                                                                                                                           \
    "S: * 1 FETCH (UID 8 FLAGS ($Forwarded) RFC822.SIZE 9 ENVELOPE (NIL \"L\" NIL NIL NIL NIL NIL NIL NIL \"<l@x>\")"                      \
    " X-GM-THRID 7 X-GM-LABELS (\"\\\\\\\\Inbox\" \"\\\\\\\\Important\" \"Tax 2026\" caf&AOk-))"

static void the_labels_of_a_message_are_its_tags(void **state)
{
    static const char *const script[] = { GMAIL_SIGN_IN,
                                          "C: %t LIST *",
                                          "S: * LIST () \"/\" INBOX",
                                          "S: %t OK listed",
                                          "C: %1 STATUS \"INBOX\" *",
                                          "S: * STATUS INBOX (MESSAGES 1 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 0)",
                                          "S: %1 OK told",
                                          "C: %t SELECT \"INBOX\"",
                                          "S: * 1 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: * OK [UIDNEXT 9] .",
                                          "S: %t OK [READ-WRITE] selected",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 8",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 8 (UID FLAGS * X-GM-THRID X-GM-MSGID X-GM-LABELS)",
                                          LABELLED,
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    assert_true(store_run(bench.store->db, NULL, "DELETE FROM folders WHERE role NOT IN (1)"));
    bench_sync(&bench);
    assert_tags(&bench, store_placement_of_uid(bench.store->db, bench.store->inbox, 8), "$Forwarded caf&AOk- Tax_2026");
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tags_of_several_messages_travel_in_one_command),
        TEST(what_came_since_the_folder_was_opened_is_asked_for_before_it_is_named),
        TEST(a_mailbox_without_a_place_for_tags_is_not_asked),
        TEST(a_server_that_has_no_room_for_another_keyword_is_quoted),
        TEST(a_word_that_is_refused_takes_no_others_along),
        TEST(what_a_mailbox_has_a_place_for_goes_there),
        TEST(a_time_that_has_no_place_is_told_of),
        TEST(forwarded_is_kept_here_where_it_has_no_place),
        TEST(forwarded_that_is_refused_takes_no_flags_along),
        TEST(a_message_that_was_deleted_elsewhere_takes_its_tag_with_it),
        TEST(a_tag_at_gmail_is_a_label),
        TEST(the_labels_of_a_message_are_its_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
