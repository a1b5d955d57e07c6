/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* A server that lies, forgets or went back in time cannot spoil the store, nor make postern delete anything; one that tells the truth is asked little. */
#include "core/engine_private.h"
#include "core/store_verify.h"
#include "tests/peer/sync_bench.h"

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
#define SIGN_IN                                                                                                                            \
    GREETING, "C: %t AUTHENTICATE PLAIN *",                                                                                                \
        "S: %t OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC ESEARCH LIST-EXTENDED LIST-STATUS UIDPLUS MOVE] in",                      \
        "C: %t ENABLE QRESYNC", "S: * ENABLED QRESYNC", "S: %t OK enabled"
#define QUIET(name)                                                                                                                        \
    "S: * LIST () \"/\" \"" name "\"", "S: * STATUS \"" name "\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7 UNSEEN 0 HIGHESTMODSEQ 10)"
#define LISTED(inbox)                                                                                                                      \
    "C: %t LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))",                                \
        "S: * LIST () \"/\" \"INBOX\"", "S: * STATUS \"INBOX\" (" inbox ")", QUIET("Archive"), QUIET("Trash"), QUIET("Sent"),              \
        "S: %t OK listed"
#define OPENED(exists, uidnext, modseq)                                                                                                    \
    "S: * " exists " EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT " uidnext "] .", "S: * OK [HIGHESTMODSEQ " modseq "] ."
#define RESYNC "C: %t SELECT \"INBOX\" (QRESYNC (7 10))"
#define MESSAGE(uid, id)                                                                                                                   \
    "UID " uid " FLAGS () INTERNALDATE \"17-Nov-2025 10:00:00 +0000\" RFC822.SIZE 99 ENVELOPE "                                            \
    "(\"Mon, 17 Nov 2025 10:00:00 +0000\" \"New\" ((\"Ada\" NIL \"ada\" \"x.test\")) NIL NIL NIL NIL NIL NIL \"<" id ">\")"

/* Three messages, as the last synchronisation left them: UIDNEXT 4, modseq 10, everything verified a moment ago. */
static void remember(struct fixture *self, uint32_t messages)
{
    const int64_t folders[] = { self->inbox, self->archive, self->trash, self->sent };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        uint32_t count = i == 0 ? messages : 0;
        assert_true(store_folder_set_sync(self->db, folders[i], 7, count + 1, 10, count, NULL));
        assert_true(store_folder_set_backfill(self->db, folders[i], 1, NULL));
        assert_true(store_folder_set_verified(self->db, folders[i], g_get_real_time() / G_USEC_PER_SEC, NULL));
    }
    assert_true(store_begin(self->db, NULL));
    for (uint32_t uid = 1; uid <= messages; uid++)
        arrive(self, uid);
    assert_true(store_commit(self->db, NULL));
}

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

static uint64_t modseq_kept(struct fixture *self)
{
    g_autoptr(folder) inbox = store_folder(self->db, self->inbox, NULL);
    return inbox->highestmodseq;
}

static bool is_to_be_verified(struct fixture *self)
{
    g_autoptr(folder) inbox = store_folder(self->db, self->inbox, NULL);
    return inbox->verified_utc == 0;
}

static unsigned flags_of(struct fixture *self, uint32_t uid)
{
    g_autoptr(placement) place = store_placement(self->db, store_placement_find(self->db, self->inbox, uid), NULL);
    assert_non_null(place);
    return place->flags;
}

static void sync_by(struct bench *bench, void **state, const char *const *script)
{
    bench_open(bench, state, script);
    bench_sync(bench);
}

static void assert_told(struct bench *bench, const char *words)
{
    struct event *event = wait_event(bench, EVENT_NOTICE, -1);
    if (strstr(event->text, words) == NULL)
        fail_msg("%s", event->text);
    event_free(event);
}

/* Three waits: sign-in, ENABLE, and one LIST with the status of all folders. */
static void an_unchanged_folder_costs_one_command(void **state)
{
    static const char *const script[] = { SIGN_IN, LISTED("MESSAGES 5000 UIDNEXT 5001 UIDVALIDITY 7 UNSEEN 5000 HIGHESTMODSEQ 10"), NULL };
    struct bench bench;
    remember(*state, 5000);
    sync_by(&bench, state, script);
    bench_close(&bench);
}

/* All that happened comes with the SELECT; what vanished is asked about, what is new is listed, then fetched. */
static void what_changed_is_told_by_the_select(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 5 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 14"),
                                          RESYNC,
                                          OPENED("3", "5", "14"),
                                          "S: * VANISHED (EARLIER) 2",
                                          "S: * 1 FETCH (UID 1 FLAGS (\\\\Seen) MODSEQ (13))",
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) UID 2",
                                          "S: * ESEARCH (TAG \"x\") UID",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH RETURN (ALL) UID 4:*",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 4",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 4 *",
                                          "S: * 3 FETCH (" MESSAGE("4", "m4@x") ")",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_uids(*state, "1 3 4");
    assert_int_equal(flags_of(*state, 1), MESSAGE_SEEN);
    assert_int_equal(modseq_kept(*state), 14);
    bench_close(&bench);
}

/* Dovecot shows a message that another connection has moved away meanwhile, without a size, and says behind it that it is gone. */
static void what_is_gone_while_it_is_fetched_is_not_written_down(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 UNSEEN 5 HIGHESTMODSEQ 14"),
                                          RESYNC,
                                          OPENED("5", "6", "14"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) UID 4:*",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 4:5",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 4:5 *",
                                          "S: * 4 FETCH (" MESSAGE("4", "m4@x") ")",
                                          "S: * 5 FETCH (" MESSAGE("5", "m5@x") ")",
                                          "S: * VANISHED 2,4",
                                          "S: * 3 EXISTS",
                                          "S: %t OK [EXPUNGEISSUED] some were expunged",
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_uids(*state, "1 3 5");
    bench_close(&bench);
}

/* The same by sequence numbers. */
static void what_is_expunged_while_it_is_fetched_is_not_written_down(void **state)
{
    static const char *const script[] = { GREETING,
                                          "C: %t AUTHENTICATE PLAIN *",
                                          "S: %t OK [CAPABILITY IMAP4rev1 IDLE] in",
                                          "C: %t SELECT \"INBOX\"",
                                          "S: * 3 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: %t OK selected",
                                          "C: %t FETCH 1:* *",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 1 2 3",
                                          "S: %t OK .",
                                          "C: %t IDLE",
                                          "S: + idling",
                                          "S: * 5 EXISTS",
                                          "C: DONE",
                                          "S: %t OK done",
                                          "C: %t UID FETCH 4:* *",
                                          "S: * 4 FETCH (" MESSAGE("4", "m4@x") ")",
                                          "S: * 5 FETCH (" MESSAGE("5", "m5@x") ")",
                                          "S: * 4 EXPUNGE",
                                          "S: %t OK .",
                                          "C: %t IDLE",
                                          "S: + idling",
                                          "W:",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_start(bench.engine);
    while (store_placement_find(store->db, store->inbox, 5) == 0)
        event_free(wait_event(&bench, EVENT_FOLDER_CHANGED, -1));
    assert_uids(store, "1 2 3 5");
    g_clear_pointer(&bench.engine, engine_free);
    bench_close(&bench);
}

/* The other connection was told that 4 is gone when it was not in the store yet; this one still sees it. */
static void what_the_other_connection_heard_to_be_gone_does_not_stay(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 UNSEEN 5 HIGHESTMODSEQ 14"),
                                          RESYNC,
                                          OPENED("5", "6", "14"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) UID 4:*",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 4:5",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 4:5 *",
                                          "S: * 4 FETCH (" MESSAGE("4", "m4@x") ")",
                                          "S: * 5 FETCH (" MESSAGE("5", "m5@x") ")",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH RETURN (ALL) ALL", /* fewer than there should be: was one not given? */
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:5",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    g_autoptr(GError) error = NULL;
    remember(store, 3);
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_account *account = g_ptr_array_index(bench.engine->accounts, 0);
    imap_gone_note(account->gone, store->inbox, 7, 4, 4);
    imap_gone_note(account->gone, store->inbox, 8, 5, 5);   /* of another UIDVALIDITY */
    imap_gone_note(account->gone, store->archive, 7, 1, 9); /* of another folder */
    assert_true(engine_sync_once(bench.engine, "work", &error));
    assert_null(peer_complaint(bench.peer));
    assert_uids(store, "1 2 3 5");
    bench_close(&bench);
}

static void a_message_that_is_said_to_have_vanished_and_is_there_stays_with_the_wishes_for_it(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %t SELECT \"INBOX\" (QRESYNC (7 10))",
                                          OPENED("3", "4", "14"),
                                          "S: * VANISHED (EARLIER) 1:2",
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) UID 1:2",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:2",
                                          "S: %t OK .",
                                          "C: %t UID STORE 2 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: %t OK .",
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 14"),
                                          "C: %t SELECT \"INBOX\" (CONDSTORE)",
                                          OPENED("3", "4", "14"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:3 (UID FLAGS)",
                                          "S: * 1 FETCH (UID 1 FLAGS ())",
                                          "S: * 2 FETCH (UID 2 FLAGS (\\\\Flagged))",
                                          "S: * 3 FETCH (UID 3 FLAGS ())",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    int64_t two = store_placement_find(store->db, store->inbox, 2);
    assert_int_not_equal(intent_flags(store->db, &two, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    assert_place(store, two, store->inbox, 2);
    assert_int_equal(flags_of(store, 2), MESSAGE_FLAGGED);
    assert_true(is_to_be_verified(store)); /* not trusted again */
    assert_told(&bench, "compared in full");
    bench_close(&bench);
}

/* The five questions of a verification, answered as Dovecot does: not each before the end of its own command. */
#define VERIFIED(all, unseen, flagged)                                                                                                     \
    "C: %1 UID SEARCH RETURN (ALL) ALL", "C: %2 UID SEARCH RETURN (ALL) UNSEEN", "C: %3 UID SEARCH RETURN (ALL) FLAGGED",                  \
        "C: %4 UID SEARCH RETURN (ALL) ANSWERED", "C: %5 UID SEARCH RETURN (ALL) DELETED", "S: * ESEARCH (TAG \"%1\") UID" all,            \
        "S: * ESEARCH (TAG \"%3\") UID" flagged, "S: * ESEARCH (TAG \"%2\") UID" unseen, "S: * ESEARCH (TAG \"%4\") UID", "S: %1 OK .",    \
        "S: %2 OK .", "S: %3 OK .", "S: %4 OK .", "S: * ESEARCH (TAG \"%5\") UID", "S: %5 OK ."

static void an_expunge_that_was_never_told_is_found_by_the_count(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 2 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 14"),
                                          RESYNC,
                                          OPENED("2", "4", "14"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1,3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 10)",
                                          "S: %t OK .",
                                          VERIFIED(" ALL 1,3", " ALL 1", ""),
                                          "C: %t UID FETCH 3 (UID FLAGS MODSEQ)",
                                          "S: * 2 FETCH (UID 3 FLAGS (\\\\Seen) MODSEQ (11))",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_uids(*state, "1 3");
    assert_int_equal(flags_of(*state, 3), MESSAGE_SEEN);
    assert_told(&bench, "compared in full");
    bench_close(&bench);
}

/* STATUS repeats the number we know, and yet something is different. */
static void a_folder_whose_count_is_off_is_looked_into_although_its_number_stands_still(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 2 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 10"),
                                          RESYNC,
                                          OPENED("2", "4", "10"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:2",
                                          "S: %t OK .",
                                          VERIFIED(" ALL 1:2", " ALL 1:2", ""),
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_uids(*state, "1 2");
    bench_close(&bench);
}

/* Flags that were changed without a new number: found by asking which messages have them. */
static void flags_that_changed_silently_are_found_by_searching(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 10"),
                                          RESYNC,
                                          OPENED("3", "4", "10"),
                                          "S: %t OK selected",
                                          VERIFIED(" ALL 1:3", " ALL 1,3", " ALL 3"),
                                          "C: %t UID FETCH 2:3 (UID FLAGS MODSEQ)",
                                          "S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) MODSEQ (4))",
                                          "S: * 3 FETCH (UID 3 FLAGS (\\\\Flagged) MODSEQ (5))",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    assert_true(store_placement_set_server_flags(store->db, store->inbox, 2, 0, NULL, 9, NULL, NULL)); /* more than the server admits now */
    sync_by(&bench, state, script);
    assert_int_equal(flags_of(store, 2), MESSAGE_SEEN);
    assert_int_equal(flags_of(store, 3), MESSAGE_FLAGGED);
    assert_told(&bench, "2 differences");
    bench_close(&bench);
}

/* A restored backup: UID 3 is another message now, and 2 the same as before. */
static void after_a_restored_backup_a_number_that_means_another_message_is_fetched_anew(void **state)
{
    static const char *const script[] = {
        SIGN_IN,
        LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 6"),
        RESYNC,
        OPENED("3", "4", "6"),
        "S: * VANISHED (EARLIER) 1:2",
        "S: %t OK selected",
        "C: %t UID SEARCH RETURN (ALL) ALL",
        "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
        "S: %t OK .",
        "C: %t UID FETCH 1:3 (UID FLAGS RFC822.SIZE INTERNALDATE *)",
        "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:01 +0000\")",
        "S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:02 +0000\")",
        "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 99 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")",
        "S: %t OK .",
        "C: %t UID FETCH 3 *",
        "S: * 3 FETCH (" MESSAGE("3", "other@x") ")",
        "S: %t OK .",
        NULL
    };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    int64_t two = store_placement_find(store->db, store->inbox, 2);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    assert_place(store, two, store->inbox, 2);
    assert_int_equal(flags_of(store, 2), MESSAGE_SEEN);
    g_autoptr(placement) three = store_placement(store->db, store_placement_find(store->db, store->inbox, 3), NULL);
    assert_string_equal(three->message_id_header, "other@x");
    assert_int_equal(modseq_kept(store), 6);
    assert_told(&bench, "restored backup");
    bench_close(&bench);
}

/* The backup is older than UID 3, and new mail has come since: no number went back. */
#define GROWN_BACKUP(exists, uidnext, modseq, all)                                                                                         \
    SIGN_IN, LISTED("MESSAGES " exists " UIDNEXT " uidnext " UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ " modseq), RESYNC,                       \
        OPENED(exists, uidnext, modseq), "S: %t OK selected", "C: %t UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE *)",                \
        "S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:02 +0000\")",                               \
        "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 99 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")", "S: %t OK .",                          \
        "C: %t UID SEARCH RETURN (ALL) ALL", "S: * ESEARCH (TAG \"x\") UID ALL " all, "S: %t OK .",                                        \
        "C: %t UID FETCH 1:3 (UID FLAGS RFC822.SIZE INTERNALDATE *)",                                                                      \
        "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:01 +0000\")",                                       \
        "S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:02 +0000\")",                               \
        "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 99 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")", "S: %t OK ."

static void a_restored_backup_that_has_grown_again_is_noticed_by_its_newest_messages(void **state)
{
    static const char *const script[] = { GROWN_BACKUP("4", "5", "12", "1:4"),
                                          "C: %t UID FETCH 3:4 *",
                                          "S: * 3 FETCH (" MESSAGE("3", "other@x") ")",
                                          "S: * 4 FETCH (" MESSAGE("4", "new@x") ")",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    int64_t two = store_placement_find(store->db, store->inbox, 2);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3 4");
    assert_place(store, two, store->inbox, 2);
    g_autoptr(placement) three = store_placement(store->db, store_placement_find(store->db, store->inbox, 3), NULL);
    assert_string_equal(three->message_id_header, "other@x");
    assert_told(&bench, "restored backup");
    bench_close(&bench);
}

#define STRANGER "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 99 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")"
/* What waits is done to the messages it was meant for, and to no other that has their number now. */
static void wishes_of_before_a_restored_backup_reach_their_messages_and_no_stranger(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %t SELECT \"INBOX\" (QRESYNC (7 10))",
                                          OPENED("3", "4", "10"),
                                          "S: %t OK selected",
                                          "C: %t UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE *)",
                                          STRANGER,
                                          "S: %t OK .",
                                          "C: %t UID SEARCH HEADER Message-ID \"m2@example.test\"",
                                          "S: * SEARCH 2",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 2 *",
                                          "S: * 2 FETCH (" MESSAGE("2", "m2@example.test") ")",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH RETURN (ALL) UID 2",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 2",
                                          "S: %t OK .",
                                          "C: %t UID STORE 2 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH HEADER Message-ID \"m3@example.test\"",
                                          "S: * SEARCH",
                                          "S: %t OK .",
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 10"),
                                          RESYNC,
                                          OPENED("3", "4", "10"),
                                          "S: %t OK selected",
                                          "C: %t UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE *)",
                                          STRANGER,
                                          "S: %t OK .",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:3 (UID FLAGS RFC822.SIZE INTERNALDATE *)",
                                          STRANGER,
                                          "S: %t OK .",
                                          "C: %t UID FETCH 3 *",
                                          "S: * 3 FETCH (" MESSAGE("3", "other@x") ")",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    int64_t two = store_placement_find(store->db, store->inbox, 2), three = store_placement_find(store->db, store->inbox, 3);
    assert_int_not_equal(intent_flags(store->db, &two, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    assert_int_not_equal(intent_flags(store->db, &three, 1, MESSAGE_SEEN, 0, NULL), 0);
    bench_open(&bench, state, script);
    bench_sync(&bench);
    assert_int_equal(flags_of(store, 2), MESSAGE_FLAGGED);
    bench_close(&bench);
}

/* All in one second, and of one length: the Message-ID tells. */
static void a_stranger_of_the_same_size_and_second_is_told_by_its_message_id(void **state)
{
#define TWIN                                                                                                                               \
    "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:03 +0000\" BODY[HEADER.FIELDS (MESSAGE-ID)]"            \
    " \"Message-ID: <other@x>\")"
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          OPENED("3", "4", "12"),
                                          "S: %t OK selected",
                                          "C: %t UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE *)",
                                          TWIN,
                                          "S: %t OK .",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:3 (UID FLAGS RFC822.SIZE INTERNALDATE *)",
                                          TWIN,
                                          "S: %t OK .",
                                          "C: %t UID FETCH 3 *",
                                          "S: * 3 FETCH (" MESSAGE("3", "other@x") ")",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    sync_by(&bench, state, script);
    g_autoptr(placement) three = store_placement(store->db, store_placement_find(store->db, store->inbox, 3), NULL);
    assert_string_equal(three->message_id_header, "other@x");
    bench_close(&bench);
}

/* Another size alone (a server that counts anew), or another date alone (a copy without its own), is no other message. */
static void one_thing_that_differs_makes_no_other_message(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          OPENED("3", "4", "12"),
                                          "S: %t OK selected",
                                          "C: %t UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE *)",
                                          "S: * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 101 INTERNALDATE \"01-Jan-1970 00:00:02 +0000\")",
                                          "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 100 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    assert_int_equal(modseq_kept(store), 12);
    bench_close(&bench);
}

/* The numbers agree, and the server's own id does not. */
static void a_folder_that_is_another_one_under_the_same_numbers_is_compared(void **state)
{
    static const char *const script[] = {
        SIGN_IN,
        LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 2 HIGHESTMODSEQ 11"),
        RESYNC,
        OPENED("3", "4", "11"),
        "S: * OK [MAILBOXID (F-other)] .",
        "S: %t OK selected",
        "C: %t UID SEARCH RETURN (ALL) ALL",
        "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
        "S: %t OK .",
        "C: %t UID FETCH 1:3 (UID FLAGS RFC822.SIZE INTERNALDATE *)",
        "S: * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:01 +0000\")",
        "S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) RFC822.SIZE 100 INTERNALDATE \"01-Jan-1970 00:00:02 +0000\")",
        "S: * 3 FETCH (UID 3 FLAGS () RFC822.SIZE 99 INTERNALDATE \"17-Nov-2025 10:00:00 +0000\")",
        "S: %t OK .",
        "C: %t UID FETCH 3 *",
        "S: * 3 FETCH (" MESSAGE("3", "other@x") ")",
        "S: %t OK .",
        NULL
    };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    assert_true(store_folder_set_mailbox_id(store->db, store->inbox, "F-this", NULL));
    sync_by(&bench, state, script);
    g_autoptr(placement) three = store_placement(store->db, store_placement_find(store->db, store->inbox, 3), NULL);
    assert_string_equal(three->message_id_header, "other@x");
    bench_close(&bench);
}

/* The list of messages is shorter than the folder: whatever is not in it is not gone. */
static void a_search_that_forgets_messages_deletes_nothing(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3"),
                                          "C: %t SELECT \"INBOX\" (QRESYNC (7 10))",
                                          "S: * 3 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: * OK [UIDNEXT 4] .",
                                          "S: * OK [NOMODSEQ] .",
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID",
                                          "S: %t OK .",
                                          "C: %t FETCH 1:* (UID)",
                                          "S: * 1 FETCH (UID 1)",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:3 (UID FLAGS)",
                                          "S: * 3 FETCH (UID 3 FLAGS (\\\\Seen))",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    assert_true(store_folder_set_sync(store->db, store->inbox, 7, 3, 10, 3, NULL));
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    assert_int_equal(flags_of(store, 3), MESSAGE_SEEN);
    assert_int_equal(modseq_kept(store), 0);
    bench_close(&bench);
}

static void qresync_that_is_offered_and_not_understood_is_done_without(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          "S: %t BAD what?",
                                          "C: %t SELECT \"INBOX\" (CONDSTORE)",
                                          OPENED("3", "4", "12"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"x\") UID ALL 1:3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 10)",
                                          "S: * 3 FETCH (UID 3 FLAGS (\\\\Seen) MODSEQ (12))",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_int_equal(flags_of(*state, 3), MESSAGE_SEEN);
    assert_int_equal(modseq_kept(*state), 12);
    bench_close(&bench);
}

static void messages_that_never_were_are_not_made_up(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          OPENED("3", "4", "12"),
                                          "S: * VANISHED (EARLIER) 77:99",
                                          "S: * 9 FETCH (UID 88 FLAGS (\\\\Seen) MODSEQ (12))",
                                          "S: * 0 FETCH (FLAGS (\\\\Seen) MODSEQ (12))",
                                          "S: %t OK selected",
                                          NULL };
    struct bench bench;
    remember(*state, 3);
    sync_by(&bench, state, script);
    assert_uids(*state, "1 2 3");
    bench_close(&bench);
}

static void sync_after_news(struct bench *self)
{
    g_autoptr(GError) error = NULL;
    bench_engine(self);
    engine_account *account = g_ptr_array_index(self->engine->accounts, 0);
    atomic_store(&account->numbered_us, g_get_monotonic_time());
    if (!engine_sync_once(self->engine, "work", &error))
        fail_msg("%s (%s)", error->message, peer_complaint(self->peer));
    g_clear_pointer(&self->engine, engine_free);
    assert_null(peer_complaint(self->peer));
}

/* The connection for the screen was told of message 4 before this one: it is no lie, and it stays. */
static void a_message_that_only_the_other_connection_knows_yet_stays(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          OPENED("3", "4", "12"),
                                          "S: %t OK selected",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    arrive(store, 4);
    bench_open(&bench, state, script);
    sync_after_news(&bench);
    assert_uids(store, "1 2 3 4");
    bench_close(&bench);
}

/* Nobody learned of anything lately, and the server says that there is no such number: it told a wrong one of a copy (COPYUID), or it went back. */
static void a_message_beyond_all_numbers_is_a_lie(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          LISTED("MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3 HIGHESTMODSEQ 12"),
                                          RESYNC,
                                          OPENED("3", "4", "12"),
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH RETURN (ALL) ALL",
                                          "S: * ESEARCH (TAG \"%t\") UID ALL 1:3",
                                          "S: %t OK searched",
                                          "C: %t UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 10)",
                                          "S: %t OK none",
                                          VERIFIED(" ALL 1:3", " ALL 1:3", ""),
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    arrive(store, 4);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    bench_close(&bench);
}

/* RFC 3501 alone: no number tells that a star was set, so the flags are compared. */
static void flags_of_a_server_without_change_numbers_are_compared(void **state)
{
    static const char *const script[] = { GREETING,
                                          "C: %t AUTHENTICATE PLAIN *",
                                          "S: %t OK [CAPABILITY IMAP4rev1] in",
                                          "C: %t LIST \"\" \"*\"",
                                          "S: * LIST () \"/\" \"INBOX\"",
                                          "S: * LIST () \"/\" \"Archive\"",
                                          "S: * LIST () \"/\" \"Trash\"",
                                          "S: * LIST () \"/\" \"Sent\"",
                                          "S: %t OK listed",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "C: %4 STATUS *",
                                          "S: * STATUS \"INBOX\" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 3)",
                                          "S: %1 OK .",
                                          "S: %2 NO later",
                                          "S: %3 NO later",
                                          "S: %4 NO later",
                                          "C: %t SELECT \"INBOX\"",
                                          "S: * 3 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: * OK [UIDNEXT 4] .",
                                          "S: %t OK selected",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 1 2 3",
                                          "S: %t OK .",
                                          "C: %t UID FETCH 1:3 (UID FLAGS)",
                                          "S: * 2 FETCH (UID 2 FLAGS (\\\\Flagged $Label1))",
                                          "S: %t OK .",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    sync_by(&bench, state, script);
    assert_int_equal(flags_of(store, 2), MESSAGE_FLAGGED);
    bench_close(&bench);
}

/* Two connections tell of one message: the older word, written later, changes nothing. */
static void an_older_change_number_does_not_undo_a_newer_one(void **state)
{
    struct fixture *store = *state;
    remember(store, 1);
    assert_true(store_placement_set_server_flags(store->db, store->inbox, 1, MESSAGE_SEEN, NULL, 12, NULL, NULL));
    assert_true(store_placement_set_server_flags(store->db, store->inbox, 1, 0, NULL, 11, NULL, NULL));
    assert_int_equal(flags_of(store, 1), MESSAGE_SEEN);
    assert_true(store_verify_forget_modseq(store->db, store->inbox, 0, NULL));
    assert_true(store_placement_set_server_flags(store->db, store->inbox, 1, 0, NULL, 11, NULL, NULL));
    assert_int_equal(flags_of(store, 1), 0);
}

/* Without EXPUNGE a folder does not shrink: which number stands for which message is asked anew, before one of them takes the wrong message away. */
static void a_folder_that_shrinks_without_a_word_is_looked_at_anew(void **state)
{
    static const char *const script[] = { GREETING,
                                          "C: %t AUTHENTICATE PLAIN *",
                                          "S: %t OK [CAPABILITY IMAP4rev1 IDLE] in",
                                          "C: %t SELECT \"INBOX\"",
                                          "S: * 3 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: %t OK selected",
                                          "C: %t FETCH 1:* *",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 1 2 3",
                                          "S: %t OK .",
                                          "C: %t IDLE",
                                          "S: + idling",
                                          "S: * 2 EXISTS",
                                          "C: DONE",
                                          "S: %t OK done",
                                          "C: %t FETCH 1:* *",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 1 3",
                                          "S: %t OK .",
                                          "C: %t IDLE",
                                          "S: + idling",
                                          "W:",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_start(bench.engine);
    while (store_placement_find(store->db, store->inbox, 2) != 0)
        event_free(wait_event(&bench, EVENT_FOLDER_CHANGED, -1));
    assert_uids(store, "1 3");
    g_clear_pointer(&bench.engine, engine_free);
    bench_close(&bench);
}

/* --- folders --- */
static void folders_that_vanish_all_at_once_are_kept(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %t LIST *",
                                          "S: * LIST () \"/\" \"INBOX\"",
                                          "S: * STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7 UNSEEN 0 HIGHESTMODSEQ 10)",
                                          "S: %t OK listed",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "S: %1 NO [NONEXISTENT] none",
                                          "S: %2 NO [NONEXISTENT] none",
                                          "S: %3 NO [NONEXISTENT] none",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 0);
    int64_t kept = fixture_put(store->db, store->archive, 5, "a@x", NULL, 1);
    sync_by(&bench, state, script);
    assert_place(store, kept, store->archive, 5);
    assert_told(&bench, "kept here for a week");
    bench_close(&bench);
}

static void a_list_of_nothing_deletes_nothing(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          "C: %t LIST *",
                                          "S: %t OK listed",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "C: %4 STATUS *",
                                          "S: %1 NO [NONEXISTENT] none",
                                          "S: %2 NO [NONEXISTENT] none",
                                          "S: %3 NO [NONEXISTENT] none",
                                          "S: %4 NO [NONEXISTENT] none",
                                          NULL };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 3);
    sync_by(&bench, state, script);
    assert_uids(store, "1 2 3");
    bench_close(&bench);
}

static void a_folder_renamed_by_another_client_keeps_its_mail(void **state)
{
    static const char *const script[] = {
        GREETING,
        "C: %t AUTHENTICATE PLAIN *",
        "S: %t OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS OBJECTID] in",
        "C: %t LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))",
        QUIET("INBOX"),
        QUIET("Trash"),
        QUIET("Sent"),
        "S: * LIST () \"/\" \"Attic\"",
        "S: * STATUS \"Attic\" (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 7 UNSEEN 1 HIGHESTMODSEQ 10)",
        "S: %t OK listed",
        "C: %t STATUS \"Archive\" (UIDVALIDITY)",
        "S: %t NO [NONEXISTENT] none",
        NULL
    };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 0);
    int64_t kept = fixture_put(store->db, store->archive, 5, "a@x", NULL, 1);
    assert_true(store_folder_set_sync(store->db, store->archive, 7, 6, 10, 1, NULL));
    assert_true(store_folder_set_mailbox_id(store->db, store->archive, "Fa-77", NULL));
    sync_by(&bench, state, script);
    assert_place(store, kept, store->archive, 5);
    g_autoptr(folder) attic = store_folder(store->db, store->archive, NULL);
    assert_string_equal(attic->name, "Attic");
    bench_close(&bench);
}

/* Made in the same second, both with one message, both renamed: nobody knows which is which, so both are looked at anew. */
static void two_folders_with_the_same_numbers_are_not_mixed_up(void **state)
{
    static const char *const script[] = {
        GREETING,
        "C: %t AUTHENTICATE PLAIN *",
        "S: %t OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE LIST-EXTENDED LIST-STATUS] in",
        "C: %t LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))",
        QUIET("INBOX"),
        QUIET("Sent"),
        "S: * LIST () \"/\" \"Attic\"",
        "S: * STATUS \"Attic\" (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 9 UNSEEN 1 HIGHESTMODSEQ 12)",
        "S: * LIST () \"/\" \"Bin\"",
        "S: * STATUS \"Bin\" (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 9 UNSEEN 1 HIGHESTMODSEQ 10)",
        "S: %t OK listed",
        "C: %t STATUS \"Archive\" (UIDVALIDITY)",
        "S: %t NO [NONEXISTENT] none",
        "C: %t STATUS \"Trash\" (UIDVALIDITY)",
        "S: %t NO [NONEXISTENT] none",
        "X:",
        NULL
    };
    struct bench bench;
    struct fixture *store = *state;
    remember(store, 0);
    assert_true(store_folder_set_sync(store->db, store->archive, 9, 6, 10, 1, NULL)); /* it is Attic now: a flag was changed there */
    assert_true(store_folder_set_sync(store->db, store->trash, 9, 5, 9, 1, NULL));    /* it is Bin now: a message came */
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_sync_once(bench.engine, "work", NULL);
    g_autoptr(folder) archive = store_folder(store->db, store->archive, NULL);
    assert_true(archive == NULL || strcmp(archive->name, "Bin") != 0);
    bench_close(&bench);
}

static int set_up_whole(void **state)
{
    bench_pace = PEER_WHOLE;
    return fixture_setup(state);
}

static int set_up_bytes(void **state)
{
    bench_pace = PEER_BYTE_BY_BYTE;
    return fixture_setup(state);
}

#define TEST(name)                                                                                                                         \
    cmocka_unit_test_setup_teardown(name, set_up_whole, fixture_teardown),                                                                 \
        cmocka_unit_test_setup_teardown(name, set_up_bytes, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unchanged_folder_costs_one_command),
        TEST(what_changed_is_told_by_the_select),
        TEST(what_is_gone_while_it_is_fetched_is_not_written_down),
        TEST(what_is_expunged_while_it_is_fetched_is_not_written_down),
        TEST(what_the_other_connection_heard_to_be_gone_does_not_stay),
        TEST(a_message_that_is_said_to_have_vanished_and_is_there_stays_with_the_wishes_for_it),
        TEST(an_expunge_that_was_never_told_is_found_by_the_count),
        TEST(a_folder_whose_count_is_off_is_looked_into_although_its_number_stands_still),
        TEST(flags_that_changed_silently_are_found_by_searching),
        TEST(after_a_restored_backup_a_number_that_means_another_message_is_fetched_anew),
        TEST(a_restored_backup_that_has_grown_again_is_noticed_by_its_newest_messages),
        TEST(one_thing_that_differs_makes_no_other_message),
        TEST(wishes_of_before_a_restored_backup_reach_their_messages_and_no_stranger),
        TEST(a_stranger_of_the_same_size_and_second_is_told_by_its_message_id),
        TEST(a_search_that_forgets_messages_deletes_nothing),
        TEST(qresync_that_is_offered_and_not_understood_is_done_without),
        TEST(messages_that_never_were_are_not_made_up),
        TEST(a_message_that_only_the_other_connection_knows_yet_stays),
        TEST(a_message_beyond_all_numbers_is_a_lie),
        TEST(flags_of_a_server_without_change_numbers_are_compared),
        TEST(an_older_change_number_does_not_undo_a_newer_one),
        TEST(a_folder_that_shrinks_without_a_word_is_looked_at_anew),
        TEST(folders_that_vanish_all_at_once_are_kept),
        TEST(a_list_of_nothing_deletes_nothing),
        TEST(a_folder_renamed_by_another_client_keeps_its_mail),
        TEST(two_folders_with_the_same_numbers_are_not_mixed_up),
        TEST(a_folder_that_is_another_one_under_the_same_numbers_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
