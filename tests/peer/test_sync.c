/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The engine against scripted IMAP servers: the first page, the queue of intents, crashes, silence, questions. */
#include "core/blob.h"
#include "core/intent_list.h"
#include "net/clock.h"
#include "tests/peer/sync_bench.h"

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
#define SIGN_IN  GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE LITERAL+] in"
#define SELECT_INBOX                                                                                                                       \
    "C: %t SELECT \"INBOX\"", "S: * 2 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 7] .", "S: %t OK [READ-WRITE] selected"
/* What follows the queue in one synchronisation: a server that has nothing new to tell. */
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"

/* Is what our own command moved there before? */
#define LOOK_IN_ARCHIVE(id, answer)                                                                                                        \
    "C: %t SELECT \"Archive\"", "S: * 1 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: %t OK [READ-WRITE] .",                                   \
        "C: %t UID SEARCH HEADER Message-ID \"" id "\"", answer, "S: %t OK ."

/* What was found is looked at before it is believed. */
#define TOLD(uid, id, subject)                                                                                                             \
    "C: %t UID FETCH " uid " *",                                                                                                           \
        "S: * 1 FETCH (UID " uid " FLAGS () RFC822.SIZE 100 ENVELOPE (NIL \"" subject "\" NIL NIL NIL NIL NIL NIL NIL \"<" id ">\"))",     \
        "S: %t OK ."

/* Not on loopback it would be packed at once; a proxy makes this server far away. */
#define FAR_SIGN_IN(more)                                                                                                                  \
    "C: CONNECT mail.example.test:143 HTTP/1.1", "C: Host: *", "C: ", "S: HTTP/1.1 200 fine\\r\\n",                                        \
        "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *",                                           \
        "S: %t OK [CAPABILITY IMAP4rev1 " more "] in"

static void move_far(struct bench *self)
{
    struct account_server *server = &self->account->incoming;
    g_free(server->host);
    g_free(server->proxy);
    server->proxy = g_strdup_printf("http://127.0.0.1:%u", (unsigned)server->port);
    server->host = g_strdup("mail.example.test");
    server->port = 143;
    server->allow_cleartext_password = true;
}

static void a_far_server_that_can_is_spoken_to_packed(void **state)
{
    static const char *const lines[] = {
        FAR_SIGN_IN("COMPRESS=DEFLATE"), "C: %t COMPRESS DEFLATE", "S: %t OK packed", "Z:", NOTHING_NEW, NULL
    };
    struct bench bench;
    bench_open(&bench, state, lines);
    move_far(&bench);
    bench_sync(&bench);
    bench_close(&bench);
}

/* As after a night: nobody knows whether the connection lives, so it is asked at once. */
static void a_connection_that_waits_for_mail_is_asked_when_the_network_changed(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         "C: %t SELECT \"INBOX\"",
                                         "S: * 0 EXISTS",
                                         "S: %t OK selected",
                                         "C: %t UID SEARCH ALL",
                                         "S: * SEARCH",
                                         "S: %t OK searched",
                                         "C: %t IDLE",
                                         "S: + idling",
                                         "C: DONE",
                                         "X:",
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    bench_engine(&bench);
    engine_start(bench.engine);
    for (int i = 0; i < 600 && !peer_is_over(bench.peer); i++) { /* whenever it idles: without us it would for nine minutes */
        engine_network_changed(bench.engine);
        poll(NULL, 0, 100);
    }
    g_clear_pointer(&bench.engine, engine_free);
    if (peer_complaint(bench.peer) != NULL)
        fail_msg("%s", peer_complaint(bench.peer));
    bench_close(&bench);
}

/* No FIN and no RST, as when a router forgot the line: an answer that costs a server nothing is not waited for for a minute. */
static void a_line_that_died_silently_is_found_out_when_somebody_asks(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         "C: %t SELECT \"INBOX\"",
                                         "S: * 0 EXISTS",
                                         "S: %t OK selected",
                                         "C: %t UID SEARCH ALL",
                                         "S: * SEARCH",
                                         "S: %t OK searched",
                                         "C: %t IDLE",
                                         "S: + idling",
                                         "C: DONE",
                                         "W:",
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    bench_engine(&bench);
    engine_start(bench.engine);
    int64_t before = g_get_monotonic_time();
    for (int i = 0; i < 500 && !peer_is_over(bench.peer); i++) {
        engine_sync_now(bench.engine, NULL);
        poll(NULL, 0, 100);
    }
    assert_true(peer_is_over(bench.peer));
    assert_true(g_get_monotonic_time() - before < 45 * G_USEC_PER_SEC);
    g_clear_pointer(&bench.engine, engine_free);
    if (peer_complaint(bench.peer) != NULL)
        fail_msg("%s", peer_complaint(bench.peer));
    bench_close(&bench);
}

/* The move goes out before the folders are listed on this connection. */
static void a_folder_with_an_odd_name_is_called_by_it_on_a_new_connection(void **state)
{
    static const char *const lines[] = {
        SIGN_IN, SELECT_INBOX, "C: %t UID SEARCH UID 5", "S: * SEARCH 5", "S: %t OK .", "C: %t UID MOVE 5 \"Cats & Dogs\"", "X:", NULL
    };
    struct bench bench;
    bench_open(&bench, state, lines);
    const struct folder odd = {
        .account_id = bench.store->account, .name = (char *)"Cats & Dogs", .wire = (char *)"Cats & Dogs", .delimiter = '/'
    };
    int64_t folder_id = store_folder_put(bench.store->db, &odd, NULL), id = arrive(bench.store, 5);
    assert_int_not_equal(folder_id, 0);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, folder_id, NULL), 0);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    if (peer_complaint(bench.peer) != NULL)
        fail_msg("%s", peer_complaint(bench.peer));
    bench_close(&bench);
}

/* TCP, TLS, greeting, sign-in, SELECT, FETCH: each C: line here is one wait for the server, and there is nothing between them. */
static void the_newest_page_takes_six_round_trips_on_tls(void **state)
{
    static const char *const script[] = {
        "T:",
        GREETING,
        "C: %t AUTHENTICATE PLAIN *",
        "S: %t OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] in",
        SELECT_INBOX,
        "C: %t FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE *",
        "S: * 1 FETCH (UID 5 FLAGS (\\\\Seen) INTERNALDATE \"17-Nov-2025 10:00:00 +0000\" RFC822.SIZE 99 ENVELOPE "
        "(\"Mon, 17 Nov 2025 10:00:00 +0000\" \"Notes\" ((\"Ada\" NIL \"ada\" \"x.test\")) NIL NIL NIL NIL NIL NIL \"<a@x>\"))",
        "S: * 2 FETCH (UID 6 FLAGS () INTERNALDATE \"17-Nov-2025 11:00:00 +0000\" RFC822.SIZE 99 ENVELOPE "
        "(\"Mon, 17 Nov 2025 11:00:00 +0000\" \"More\" ((\"Ada\" NIL \"ada\" \"x.test\")) NIL NIL NIL NIL NIL NIL \"<b@x>\"))",
        "S: %t OK fetched",
        "W:",
        NULL
    };
    struct bench bench;
    bench_open(&bench, state, NULL);
    bench.authority =
        peer_certificate_new(&(struct peer_wish){ .common_name = "127.0.0.1", .names = "IP:127.0.0.1", .is_authority = true });
    bench.account->incoming.security = ACCOUNT_SECURITY_TLS;
    bench.account->incoming.tls_fingerprint = peer_certificate_fingerprint(bench.authority);
    bench.peer = peer_listen(script, bench.authority, PEER_WHOLE, &bench.account->incoming.port);
    bench_engine(&bench);
    engine_start(bench.engine);
    event_free(wait_event(&bench, EVENT_FOLDER_CHANGED, -1));
    assert_int_not_equal(store_placement_find(bench.store->db, bench.store->inbox, 5), 0);
    assert_int_not_equal(store_placement_find(bench.store->db, bench.store->inbox, 6), 0);
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    bench_close(&bench);
}

/* Dovecot tells what another connection expunged behind the answer to UID SEARCH: the numbers must not run apart, or the next EXPUNGE takes away a message
 * that is there. */
static void an_expunge_behind_the_list_of_numbers_takes_away_the_right_message(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE *",
                                          "S: * 1 FETCH (UID 5 FLAGS ())",
                                          "S: * 2 FETCH (UID 6 FLAGS ())",
                                          "S: %t OK fetched",
                                          "C: %t UID SEARCH ALL",
                                          "S: * SEARCH 4 5 6",
                                          "S: * 1 EXPUNGE",
                                          "S: %t OK searched",
                                          "C: %t IDLE",
                                          "S: + idling",
                                          "S: * 1 EXPUNGE",
                                          "C: DONE",
                                          "S: %t OK done",
                                          "W:",
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t stays = arrive(bench.store, 6);
    arrive(bench.store, 5);
    arrive(bench.store, 4);
    bench_engine(&bench);
    engine_start(bench.engine);
    while (store_placement_find(bench.store->db, bench.store->inbox, 5) != 0)
        event_free(wait_event(&bench, EVENT_FOLDER_CHANGED, -1));
    assert_place(bench.store, stays, bench.store->inbox, 6);
    assert_int_equal(store_placement_find(bench.store->db, bench.store->inbox, 4), 0);
    g_clear_pointer(&bench.engine, engine_free);
    bench_close(&bench);
}

static void a_server_that_falls_silent_is_named_and_can_be_left_at_once(void **state)
{
    static const char *const script[] = { SIGN_IN, "C: %t SELECT \"INBOX\"", "W:", NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_start(bench.engine);
    struct event *event = wait_event(&bench, EVENT_CONNECTION, CONNECTION_SLOW);
    assert_non_null(strstr(event->text, "127.0.0.1"));
    event_free(event);
    int64_t before = g_get_monotonic_time();
    g_clear_pointer(&bench.engine, engine_free);
    assert_true(g_get_monotonic_time() - before < 10 * G_USEC_PER_SEC); /* not the server's minute; 100 ms where nothing else runs */
    bench_close(&bench);
}

static void a_refused_move_is_taken_back_with_the_servers_words(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5",
                                          "S: * SEARCH 5",
                                          "S: %t OK .",
                                          "C: %t UID MOVE 5 \"Archive\"",
                                          "S: %t NO [OVERQUOTA] the attic is full",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, id, bench.store->inbox, 5);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    struct event *event = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "the attic is full"));
    event_free(event);
    bench_close(&bench);
}

/* Eight sentences for one key would be seven too many. */
static void what_is_refused_together_is_told_once(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5:7",
                                          "S: * SEARCH 5 6 7",
                                          "S: %t OK .",
                                          "C: %t UID MOVE 5:7 \"Archive\"",
                                          "S: %t NO [OVERQUOTA] the attic is full",
                                          "C: %t UID MOVE 5:6 \"Archive\"",
                                          "S: %t NO [OVERQUOTA] the attic is full",
                                          "C: %t UID MOVE 5 \"Archive\"",
                                          "S: %t NO [OVERQUOTA] the attic is full",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 5), arrive(bench.store, 6), arrive(bench.store, 7) };
    assert_int_not_equal(intent_move(bench.store->db, ids, 3, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    for (uint32_t i = 0; i < 3; i++)
        assert_place(bench.store, ids[i], bench.store->inbox, 5 + i);
    struct event *event = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "back in INBOX. The same goes for 2 more messages. "));
    event_free(event);
    while ((event = event_take(bench.events)) != NULL) {
        assert_int_not_equal(event->type, EVENT_INTENT_FAILED);
        event_free(event);
    }
    assert_int_equal(intent_failures(bench.store->db), 1);
    bench_close(&bench);
}

static void moved_messages_travel_together_and_learn_their_new_numbers(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5:6",
                                          "S: * SEARCH 5 6",
                                          "S: %t OK .",
                                          "C: %t UID MOVE 5:6 \"Archive\"",
                                          "S: * OK [COPYUID 7 6,5 11:12] moved",
                                          "S: * 1 EXPUNGE",
                                          "S: * 1 EXPUNGE",
                                          "S: %t OK [COPYUID 7 6,5 11:12] done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 5), arrive(bench.store, 6) };
    assert_int_not_equal(intent_move(bench.store->db, ids, 2, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, ids[0], bench.store->archive, 12); /* the ranges pair in the order they are written */
    assert_place(bench.store, ids[1], bench.store->archive, 11);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

/* Dovecot tells the new numbers before the MOVE is done, not with its end (RFC 6851 4.3). */
static void new_numbers_told_before_the_end_of_the_move_are_learned(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5",
                                          "S: * SEARCH 5",
                                          "S: %t OK .",
                                          "C: %t UID MOVE 5 \"Archive\"",
                                          "S: * OK [COPYUID 7 5 11] moved",
                                          "S: * 1 EXPUNGE",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, id, bench.store->archive, 11);
    bench_close(&bench);
}

#define MODERN_SIGN_IN GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE ESEARCH SEARCHRES LITERAL+] in"

/* One wait instead of two: both lines are there before either is answered. What was gone is told to the person, the rest has moved. */
static void which_are_there_is_asked_along_with_the_move(void **state)
{
    static const char *const script[] = { MODERN_SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %1 UID SEARCH RETURN (ALL) UID 5:6",
                                          "C: %2 UID MOVE 5:6 \"Archive\"",
                                          "S: * ESEARCH (TAG \"%1\") UID ALL 6",
                                          "S: %1 OK .",
                                          "S: * OK [COPYUID 7 6 12] moved",
                                          "S: * 1 EXPUNGE",
                                          "S: %2 OK done",
                                          "C: %t SELECT \"Archive\"",
                                          "S: * 1 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: %t OK [READ-WRITE] .",
                                          "C: %1 UID SEARCH RETURN (SAVE ALL) UID 1:* HEADER Message-ID \"m5@example.test\"",
                                          "C: %2 UID FETCH $ *",
                                          "S: * ESEARCH (TAG \"%1\") UID",
                                          "S: %1 OK .",
                                          "S: %2 OK none",
                                          SELECT_INBOX,
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t ids[] = { arrive(bench.store, 5), arrive(bench.store, 6) };
    assert_int_not_equal(intent_move(bench.store->db, ids, 2, bench.store->archive, NULL), 0);
    bench_sync(&bench);
    assert_place(bench.store, ids[1], bench.store->archive, 12);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    event_free(wait_event(&bench, EVENT_INTENT_FAILED, -1));
    bench_close(&bench);
}

/* The mark and the removal go together, too. */
static void a_deletion_for_good_is_one_wait(void **state)
{
    static const char *const script[] = { MODERN_SIGN_IN,        SELECT_INBOX,      "C: %1 UID STORE 5 +FLAGS.SILENT (\\\\Deleted)",
                                          "C: %2 UID EXPUNGE 5", "S: %1 OK marked", "S: * 1 EXPUNGE",
                                          "S: %2 OK gone",       NOTHING_NEW,       NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_delete(bench.store->db, &id, 1, true, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

/* A move that was cut off: asked for and read in one wait (RFC 5182). "1:*" of servers that count from 9 on is the newest: not ours. */
#define MODERN_CUT                                                                                                                         \
    MODERN_SIGN_IN, SELECT_INBOX, "C: %1 UID SEARCH RETURN (ALL) UID 5", "C: %2 UID MOVE 5 \"Archive\"",                                   \
        "S: * ESEARCH (TAG \"%1\") UID ALL 5", "S: %1 OK .", "X:"
#define MODERN_IS_GONE                                                                                                                     \
    MODERN_SIGN_IN, NOTHING_NEW, SELECT_INBOX, "C: %t UID SEARCH RETURN (ALL) UID 5", "S: * ESEARCH (TAG \"%t\") UID", "S: %t OK .",       \
        "C: %t SELECT \"Archive\"", "S: * 1 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: %t OK [READ-WRITE] .",                               \
        "C: %1 UID SEARCH RETURN (SAVE ALL) UID 1:* HEADER Message-ID \"m5@example.test\"", "C: %2 UID FETCH $ *"
#define MODERN_FETCHED                                                                                                                     \
    "S: * 1 FETCH (UID 11 FLAGS () RFC822.SIZE 100 ENVELOPE (NIL \"Engine\" NIL NIL NIL NIL NIL NIL NIL \"<m5@example.test>\"))"

static void cut_off_and_again(void **state, const char *const *cut, const char *const *again)
{
    struct bench bench;
    bench_open(&bench, state, cut);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    peer_free(bench.peer);
    bench.peer = peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_place(bench.store, id, bench.store->archive, 11);
    bench_close(&bench);
}

static void what_was_moved_before_a_cut_is_found_in_one_wait(void **state)
{
    static const char *const cut[] = { MODERN_CUT, NULL };
    static const char *const again[] = {
        MODERN_IS_GONE, "S: * ESEARCH (TAG \"%1\") UID ALL 11", "S: %1 OK .", MODERN_FETCHED, "S: %2 OK .", SELECT_INBOX, NULL
    };
    cut_off_and_again(state, cut, again);
}

/* Offered, and not understood: asked for by its number, as ever. */
static void a_server_that_does_not_know_its_own_result_is_asked_by_number(void **state)
{
    static const char *const cut[] = { MODERN_CUT, NULL };
    static const char *const again[] = { MODERN_IS_GONE,
                                         "S: * ESEARCH (TAG \"%1\") UID ALL 11",
                                         "S: %1 OK .",
                                         "S: %2 BAD what is $?",
                                         "C: %t UID SEARCH HEADER Message-ID \"m5@example.test\"",
                                         "S: * SEARCH 11",
                                         "S: %t OK .",
                                         "C: %t UID FETCH 11 *",
                                         MODERN_FETCHED,
                                         "S: %t OK .",
                                         SELECT_INBOX,
                                         NULL };
    cut_off_and_again(state, cut, again);
}

static void a_move_that_was_cut_off_happens_once(void **state)
{
    static const char *const cut[] = {
        SIGN_IN, SELECT_INBOX, "C: %t UID SEARCH UID 5", "S: * SEARCH 5", "S: %t OK .", "C: %t UID MOVE 5 \"Archive\"", "X:", NULL
    };
    static const char *const again[] = { SIGN_IN,
                                         NOTHING_NEW, /* a server may still be at it: see intent_reset_in_flight */
                                         SELECT_INBOX,
                                         "C: %t UID SEARCH UID 5",
                                         "S: * SEARCH",
                                         "S: %t OK .",
                                         LOOK_IN_ARCHIVE("m5@example.test", "S: * SEARCH 11"),
                                         TOLD("11", "m5@example.test", "Engine"),
                                         SELECT_INBOX,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, cut);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    assert_int_equal(intent_count(bench.store->db, 0), 1);
    peer_free(bench.peer);
    bench.peer = peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_place(bench.store, id, bench.store->archive, 11);
    bench_close(&bench);
}

/* A server whose client went away may have made the copies of a MOVE, and taken nothing away yet. */
static void a_move_that_was_half_done_by_the_server_makes_no_second_copy(void **state)
{
    static const char *const cut[] = {
        SIGN_IN, SELECT_INBOX, "C: %t UID SEARCH UID 5", "S: * SEARCH 5", "S: %t OK .", "C: %t UID MOVE 5 \"Archive\"", "X:", NULL
    };
    static const char *const again[] = { SIGN_IN,
                                         NOTHING_NEW,
                                         SELECT_INBOX,
                                         "C: %t UID SEARCH UID 5",
                                         "S: * SEARCH 5",
                                         "S: %t OK .",
                                         LOOK_IN_ARCHIVE("m5@example.test", "S: * SEARCH 11"),
                                         TOLD("11", "m5@example.test", "Engine"),
                                         SELECT_INBOX,
                                         "C: %1 UID STORE 5 +FLAGS.SILENT (\\\\Deleted)",
                                         "C: %2 UID EXPUNGE 5",
                                         "S: %1 OK marked",
                                         "S: * 1 EXPUNGE",
                                         "S: %2 OK gone",
                                         NULL };
    cut_off_and_again(state, cut, again);
}

#define MOVED(number, uid, id)                                                                                                             \
    "S: * " number " FETCH (UID " uid " FLAGS () RFC822.SIZE 100 ENVELOPE (NIL \"Engine\" NIL NIL NIL NIL NIL NIL NIL \"<" id              \
    "@example.test>\"))"

/* What went and what did not is found out for all of them together, and the rest is moved. */
static void moves_that_were_cut_off_are_looked_into_together(void **state)
{
    static const char *const cut[] = {
        SIGN_IN, SELECT_INBOX, "C: %t UID SEARCH UID 3:6", "S: * SEARCH 3 4 5 6", "S: %t OK .", "C: %t UID MOVE 3:6 \"Archive\"", "X:", NULL
    };
    static const char *const again[] = { SIGN_IN,
                                         NOTHING_NEW,
                                         SELECT_INBOX,
                                         "C: %t UID SEARCH UID 3:6",
                                         "S: * SEARCH 6",
                                         "S: %t OK .",
                                         "C: %t SELECT \"Archive\"",
                                         "S: * 3 EXISTS",
                                         "S: * OK [UIDVALIDITY 7] .",
                                         "S: %t OK [READ-WRITE] .",
                                         "C: %t UID SEARCH UID 1:*",
                                         "S: * SEARCH 11 12 13",
                                         "S: %t OK .",
                                         "C: %t UID FETCH 11:13 *",
                                         MOVED("1", "11", "m3"),
                                         MOVED("2", "12", "m4"),
                                         MOVED("3", "13", "m5"),
                                         "S: %t OK .",
                                         SELECT_INBOX,
                                         LOOK_IN_ARCHIVE("m6@example.test",
                                                         "S: * SEARCH"), /* a server may have copied it and gone no further */
                                         SELECT_INBOX,
                                         "C: %t UID MOVE 6 \"Archive\"",
                                         "S: * OK [COPYUID 7 6 14] .",
                                         "S: * 1 EXPUNGE",
                                         "S: %t OK .",
                                         NULL };
    struct bench bench;
    int64_t ids[4];
    bench_open(&bench, state, cut);
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = arrive(bench.store, 3 + i);
    assert_int_not_equal(intent_move(bench.store->db, ids, G_N_ELEMENTS(ids), bench.store->archive, NULL), 0);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    peer_free(bench.peer);
    bench.peer = peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        assert_place(bench.store, ids[i], bench.store->archive, 11 + i);
    bench_close(&bench);
}

/* The other program was quicker: the person is told, and nothing waits for a message that will never come. */
static void a_move_of_what_another_program_took_away_is_told_in_words(void **state)
{
    static const char *const script[] = {
        SIGN_IN,       SELECT_INBOX, "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",   "S: %t OK .", "C: %t UID SEARCH UID 5",
        "S: * SEARCH", "S: %t OK .", LOOK_IN_ARCHIVE("m5@example.test", "S: * SEARCH"), SELECT_INBOX, NOTHING_NEW,
        NULL
    };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, bench.store->archive, NULL), 0);
    assert_int_not_equal(intent_flags(bench.store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    assert_null(store_placement(bench.store->db, id, NULL));
    struct event *event = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "another program"));
    event_free(event);
    bench_close(&bench);
}

static void a_bare_no_is_asked_once_more_with_the_folder_opened_anew(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: %t NO Mailbox was deleted under us",
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5",
                                          "S: * SEARCH 5",
                                          "S: %t OK .",
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Flagged)",
                                          "S: %t OK done",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_flags(bench.store->db, &id, 1, MESSAGE_FLAGGED, 0, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    g_autoptr(placement) place = store_placement(bench.store->db, id, NULL);
    assert_int_equal(place->flags, MESSAGE_FLAGGED);
    bench_close(&bench);
}

/* Folders with a role are made when they are missing; one that a person had made elsewhere, and deleted there, does not come back. */
static void a_folder_that_was_deleted_elsewhere_is_not_made_again(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          SELECT_INBOX,
                                          "C: %t UID SEARCH UID 5",
                                          "S: * SEARCH 5",
                                          "S: %t OK .",
                                          "C: %t UID MOVE 5 \"Projects\"",
                                          "S: %t NO [TRYCREATE] no such folder",
                                          "C: %t LIST *",
                                          "S: %t NO later",
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t projects = fixture_folder(bench.store->db, bench.store->account, "Projects", FOLDER_NONE), id = arrive(bench.store, 5);
    assert_int_not_equal(intent_move(bench.store->db, &id, 1, projects, NULL), 0);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    assert_place(bench.store, id, bench.store->inbox, 5);
    struct event *event = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "no such folder"));
    event_free(event);
    bench_close(&bench);
}

static int64_t append_sent(struct fixture *self)
{
    static const char mail[] = "From: alice@example.test\r\nMessage-ID: <sent@example.test>\r\nSubject: Out\r\n\r\nHello\r\n";
    g_autofree char *maildir = g_build_filename(self->directory, "outbox", NULL), *file = NULL;
    assert_true(blob_maildir_make(maildir, NULL));
    assert_true(blob_maildir_deliver(maildir, mail, strlen(mail), MESSAGE_SEEN, &file, NULL));
    g_autofree char *path = blob_maildir_find(maildir, file);
    return intent_append(self->db, self->sent, path, MESSAGE_SEEN, NULL);
}

/* A moment later: a server that was frozen may only now be filing it for the connection that broke. */
static void a_copy_for_sent_that_may_be_there_is_looked_for_first(void **state)
{
    static const char *const script[] = { SIGN_IN,
                                          NOTHING_NEW,
                                          "C: %t SELECT \"Sent\"",
                                          "S: * 1 EXISTS",
                                          "S: * OK [UIDVALIDITY 7] .",
                                          "S: %t OK [READ-WRITE] .",
                                          "C: %t UID SEARCH HEADER Message-ID \"sent@example.test\"",
                                          "S: * SEARCH 3",
                                          "S: %t OK .",
                                          TOLD("3", "sent@example.test", "Another subject"),
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t intent = append_sent(bench.store);
    assert_int_not_equal(intent, 0);
    assert_true(intent_set_in_flight(bench.store->db, &intent, 1, NULL)); /* and then the program was killed */
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

static void without_uidplus_nobody_elses_mark_is_expunged(void **state)
{
    static const char *const script[] = { GREETING,
                                          "C: %t AUTHENTICATE PLAIN *",
                                          "S: %t OK [CAPABILITY IMAP4rev1] in",
                                          SELECT_INBOX,
                                          "C: %t UID STORE 5 +FLAGS.SILENT (\\\\Deleted)",
                                          "S: %t OK .",
                                          "C: %t UID SEARCH DELETED",
                                          "S: * SEARCH 5 6",
                                          "S: %t OK .",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    int64_t id = arrive(bench.store, 5);
    assert_int_not_equal(intent_delete(bench.store->db, &id, 1, true, NULL), 0);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, 0), 0);
    bench_close(&bench);
}

static void an_unknown_certificate_is_a_question_and_no_password_is_sent(void **state)
{
    static const char *const script[] = { "T:", "X:", NULL };
    struct bench bench;
    bench_open(&bench, state, NULL);
    bench.authority =
        peer_certificate_new(&(struct peer_wish){ .common_name = "127.0.0.1", .names = "IP:127.0.0.1", .is_authority = true });
    bench.account->incoming.security = ACCOUNT_SECURITY_TLS;
    bench.peer = peer_listen(script, bench.authority, PEER_WHOLE, &bench.account->incoming.port);
    bench_engine(&bench);
    engine_start(bench.engine);
    struct event *event = wait_event(&bench, EVENT_QUESTION, -1);
    struct question *question = engine_question(bench.engine, event->item);
    g_autofree char *fingerprint = peer_certificate_fingerprint(bench.authority);
    assert_non_null(question);
    assert_int_equal(question->type, QUESTION_CERTIFICATE);
    assert_string_equal(question->fingerprint, fingerprint);
    assert_non_null(question->reason);
    engine_answer_certificate(bench.engine, event->item, CERTIFICATE_REJECT);
    assert_null(engine_question(bench.engine, event->item));
    question_free(question);
    event_free(event);
    bench_close(&bench);
}

static void a_refused_password_is_asked_for_with_the_servers_words(void **state)
{
    static const char *const script[] = { GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t NO [AUTHENTICATIONFAILED] not this one", NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_start(bench.engine);
    struct event *event = wait_event(&bench, EVENT_QUESTION, -1);
    struct question *question = engine_question(bench.engine, event->item);
    assert_non_null(question);
    assert_int_equal(question->type, QUESTION_PASSWORD);
    assert_non_null(strstr(question->reason, "not this one"));
    assert_string_equal(question->user, "alice");
    question_free(question);
    event_free(event);
    bench_close(&bench);
}

static void a_second_postern_leaves_the_network_to_the_first(void **state)
{
    static const char *const script[] = { SIGN_IN, "C: %t SELECT \"INBOX\"", "W:", NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    bench_engine(&bench);
    engine_start(bench.engine);
    event_free(wait_event(&bench, EVENT_CONNECTION, CONNECTION_ONLINE));
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    g_ptr_array_add(accounts, bench.account);
    event_queue *events = event_queue_new();
    engine *second = engine_new(accounts, bench.settings, bench.store->path, events);
    g_autoptr(GError) error = NULL;
    assert_false(engine_sync_once(second, "work", &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY));
    engine_start(second);
    struct event *event = event_take(events);
    assert_non_null(event);
    assert_int_equal(event->type, EVENT_CONNECTION);
    assert_int_equal(event->state, CONNECTION_FOLLOWING);
    event_free(event);
    engine_free(second);
    event_queue_free(events);
    bench_close(&bench);
}

/* Whoever is killed every few seconds gets on: what the server has done of many is settled before anything is waited for. */
static void many_moves_that_were_cut_off_are_settled_before_they_are_sent_again(void **state)
{
    static const char *const cut[] = { SIGN_IN,
                                       SELECT_INBOX,
                                       "C: %t UID SEARCH UID 3:12",
                                       "S: * SEARCH 3 4 5 6 7 8 9 10 11 12",
                                       "S: %t OK .",
                                       "C: %t UID MOVE 3:12 \"Archive\"",
                                       "X:",
                                       NULL };
    static const char *const again[] = { SIGN_IN,
                                         SELECT_INBOX,
                                         "C: %t UID SEARCH UID 3:12",
                                         "S: * SEARCH 6 7 8 9 10 11 12",
                                         "S: %t OK .",
                                         "C: %t SELECT \"Archive\"",
                                         "S: * 3 EXISTS",
                                         "S: * OK [UIDVALIDITY 7] .",
                                         "S: %t OK [READ-WRITE] .",
                                         "C: %t UID SEARCH UID 1:*",
                                         "S: * SEARCH 11 12 13",
                                         "S: %t OK .",
                                         "C: %t UID FETCH 11:13 *",
                                         MOVED("1", "11", "m3"),
                                         MOVED("2", "12", "m4"),
                                         MOVED("3", "13", "m5"),
                                         "S: %t OK .",
                                         "X:",
                                         NULL };
    struct bench bench;
    int64_t ids[10];
    bench_open(&bench, state, cut);
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = arrive(bench.store, 3 + i);
    assert_int_not_equal(intent_move(bench.store->db, ids, G_N_ELEMENTS(ids), bench.store->archive, NULL), 0);
    for (int life = 0; life < 2; life++) {
        bench_engine(&bench);
        assert_false(engine_sync_once(bench.engine, "work", NULL));
        g_clear_pointer(&bench.engine, engine_free);
        assert_null(peer_complaint(bench.peer));
        peer_free(bench.peer);
        bench.peer = life == 0 ? peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port) : NULL;
    }
    assert_int_equal(intent_count(bench.store->db, 0), 7);
    assert_place(bench.store, ids[0], bench.store->archive, 11);
    assert_place(bench.store, ids[2], bench.store->archive, 13);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_page_takes_six_round_trips_on_tls),
        TEST(an_expunge_behind_the_list_of_numbers_takes_away_the_right_message),
        TEST(a_server_that_falls_silent_is_named_and_can_be_left_at_once),
        TEST(a_refused_move_is_taken_back_with_the_servers_words),
        TEST(what_is_refused_together_is_told_once),
        TEST(moved_messages_travel_together_and_learn_their_new_numbers),
        TEST(new_numbers_told_before_the_end_of_the_move_are_learned),
        TEST(a_connection_that_waits_for_mail_is_asked_when_the_network_changed),
        TEST(a_line_that_died_silently_is_found_out_when_somebody_asks),
        TEST(a_far_server_that_can_is_spoken_to_packed),
        TEST(a_folder_with_an_odd_name_is_called_by_it_on_a_new_connection),
        TEST(which_are_there_is_asked_along_with_the_move),
        TEST(a_deletion_for_good_is_one_wait),
        TEST(what_was_moved_before_a_cut_is_found_in_one_wait),
        TEST(a_server_that_does_not_know_its_own_result_is_asked_by_number),
        TEST(a_move_that_was_cut_off_happens_once),
        TEST(moves_that_were_cut_off_are_looked_into_together),
        TEST(many_moves_that_were_cut_off_are_settled_before_they_are_sent_again),
        TEST(a_move_that_was_half_done_by_the_server_makes_no_second_copy),
        TEST(a_move_of_what_another_program_took_away_is_told_in_words),
        TEST(a_bare_no_is_asked_once_more_with_the_folder_opened_anew),
        TEST(a_folder_that_was_deleted_elsewhere_is_not_made_again),
        TEST(a_copy_for_sent_that_may_be_there_is_looked_for_first),
        TEST(without_uidplus_nobody_elses_mark_is_expunged),
        TEST(an_unknown_certificate_is_a_question_and_no_password_is_sent),
        TEST(a_refused_password_is_asked_for_with_the_servers_words),
        TEST(a_second_postern_leaves_the_network_to_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
