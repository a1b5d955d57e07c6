/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Messages put on scripted IMAP servers: several in one command, all or none, and what is known after a cut line. */
#include "core/append_limit.h"
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/intent_list.h"
#include "core/store_private.h"
#include "tests/peer/sync_bench.h"

#define SIGN_IN(more)                                                                                                                      \
    "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *",                                               \
        "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE LITERAL+" more "] in"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define APPEND_ARCHIVE "C: %t APPEND \"Archive\" () \"* +0000\" {*+}", "L:"
#define ANOTHER        "C:  () \"* +0000\" {*+}", "L:"
/* Looked for by its Message-ID. */
#define SELECT_ARCHIVE                                                                                                                     \
    "C: %t SELECT \"Archive\"", "S: * 2 EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 9] .", "S: %t OK [READ-WRITE] ."
#define LOOK_FOR(number, answer) "C: %t UID SEARCH HEADER Message-ID \"a" number "@x.test\"", answer, "S: %t OK ."

static int64_t put_as(struct bench *self, unsigned number, const char *subject)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_path_get_dirname(self->store->path);
    g_autofree char *path = g_strdup_printf("%s/append%u", directory, number);
    g_autofree char *text = g_strdup_printf("Message-ID: <a%u@x.test>\r\nFrom: a@x.test\r\nSubject: %s\r\n\r\nText.\r\n", number, subject);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    int64_t id = intent_append(self->store->db, self->store->archive, path, 0, &error);
    if (id == 0)
        fail_msg("%s", error->message);
    return id;
}

static int64_t put(struct bench *self, unsigned number)
{
    g_autofree char *subject = g_strdup_printf("number %u", number);
    return put_as(self, number, subject);
}

static void assert_numbers(struct bench *self, const char *expected)
{
    g_autoptr(GArray) uids = store_placement_uids(self->store->db, self->store->archive, 1, UINT32_MAX, NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < uids->len; i++)
        g_string_append_printf(text, "%s%u", i > 0 ? " " : "", g_array_index(uids, uint32_t, i));
    assert_string_equal(text->str, expected);
    g_string_free(text, TRUE);
}

static void several_messages_travel_in_one_command(void **state)
{
    static const char *const lines[] = {
        SIGN_IN(" MULTIAPPEND"), APPEND_ARCHIVE, ANOTHER, ANOTHER, "C: ", "S: %t OK [APPENDUID 7 11:13] stored", NOTHING_NEW, NULL
    };
    struct bench bench;
    bench_open(&bench, state, lines);
    for (unsigned i = 1; i <= 3; i++)
        put(&bench, i);
    bench_sync(&bench);
    assert_numbers(&bench, "11 12 13");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

static void without_the_extension_each_is_a_command(void **state)
{
    static const char *const lines[] = { SIGN_IN(""),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 12] stored",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    put(&bench, 1);
    put(&bench, 2);
    bench_sync(&bench);
    assert_numbers(&bench, "11 12");
    bench_close(&bench);
}

/* None was stored, the server says; it is not believed without a look. */
static void of_a_refused_command_each_message_is_tried_alone(void **state)
{
    static const char *const lines[] = { SIGN_IN(" MULTIAPPEND"),
                                         APPEND_ARCHIVE,
                                         ANOTHER,
                                         "C: ",
                                         "S: %t NO [TOOBIG] one of them is too large",
                                         SELECT_ARCHIVE,
                                         LOOK_FOR("1", "S: * SEARCH"),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         LOOK_FOR("2", "S: * SEARCH"),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t NO [TOOBIG] too large",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    put(&bench, 1);
    put(&bench, 2);
    bench_sync(&bench);
    assert_numbers(&bench, "11");
    bench_close(&bench);
}

static void a_server_that_does_not_understand_it_is_not_asked_again(void **state)
{
    static const char *const lines[] = { SIGN_IN(" MULTIAPPEND"),
                                         APPEND_ARCHIVE,
                                         ANOTHER,
                                         "C: ",
                                         "S: %t BAD one at a time",
                                         SELECT_ARCHIVE,
                                         LOOK_FOR("1", "S: * SEARCH"),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK stored",
                                         LOOK_FOR("2", "S: * SEARCH"),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK stored",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    put(&bench, 1);
    put(&bench, 2);
    bench_sync(&bench);
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

/* The server had all of it, and its answer was lost: the first look finds each of them. */
static void after_a_cut_line_each_is_looked_for_and_none_is_doubled(void **state)
{
    static const char *const cut[] = { SIGN_IN(" MULTIAPPEND"), APPEND_ARCHIVE, ANOTHER, "C: ", "X:", NULL };
    static const char *const again[] = {
        SIGN_IN(" MULTIAPPEND"),
        NOTHING_NEW, /* a server may still be at it: see intent_reset_in_flight */
        SELECT_ARCHIVE,
        LOOK_FOR("1", "S: * SEARCH 7"),
        "C: %t UID FETCH 7 *",
        "S: * 1 FETCH (UID 7 FLAGS () RFC822.SIZE 70 ENVELOPE (NIL \"number 1\" NIL NIL NIL NIL NIL NIL NIL \"<a1@x.test>\"))",
        "S: %t OK .",
        LOOK_FOR("2", "S: * SEARCH 8"),
        "C: %t UID FETCH 8 *",
        "S: * 2 FETCH (UID 8 FLAGS () RFC822.SIZE 70 ENVELOPE (NIL \"number 2\" NIL NIL NIL NIL NIL NIL NIL \"<a2@x.test>\"))",
        "S: %t OK .",
        NULL
    };
    struct bench bench;
    bench_open(&bench, state, cut);
    put(&bench, 1);
    put(&bench, 2);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    peer_free(bench.peer);
    bench.peer = peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_numbers(&bench, "7 8");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

#define UTF8_SIGN_IN SIGN_IN(" ENABLE UTF8=ACCEPT"), "C: %1 ENABLE UTF8=ACCEPT"
#define UTF8_IS_ON   "S: * ENABLED UTF8=ACCEPT", "S: %1 OK on"
#define APPEND_UTF8  "C: %t APPEND \"M\303\274ll\" () \"* +0000\" UTF8 (~{*+}", "L:", "C: )"
#define APPEND_PLAIN "C: %t APPEND \"M\303\274ll\" () \"* +0000\" {*+}", "L:"

/* The target's name is spelled in two ways, so the answer to ENABLE is waited for; the message says in its header what only UTF-8 can. */
#define LISTED "S: * LIST () \"/\" INBOX", "S: * LIST () \"/\" Archive", "S: * LIST () \"/\" Sent", "S: * LIST () \"/\" Trash"

static void where_utf_8_is_accepted_names_and_headers_are_in_it(void **state)
{
    static const char *const lines[] = { UTF8_SIGN_IN,
                                         UTF8_IS_ON,
                                         APPEND_UTF8,
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         "C: %t LIST *",
                                         "S: * LIST () \"/\" \"M\303\274ll\"",
                                         LISTED,
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
    bench_open(&bench, state, lines);
    bench.store->archive = fixture_folder(bench.store->db, bench.store->account, "M\303\274ll", FOLDER_NONE);
    put_as(&bench, 1, "M\303\274ll");
    bench_sync(&bench);
    assert_numbers(&bench, "11");
    g_autoptr(folder) box = store_folder(bench.store->db, bench.store->archive, NULL);
    assert_string_equal(box->wire, "M&APw-ll"); /* whoever reads the store may meet the server without UTF-8 */
    bench_close(&bench);
}

/* RFC 9755 has taken back how RFC 6855 puts such messages there. */
static void a_server_that_wants_utf_8_as_it_is_gets_it_so(void **state)
{
    static const char *const lines[] = {
        UTF8_SIGN_IN, UTF8_IS_ON, APPEND_UTF8, "S: %t BAD what is UTF8?", APPEND_PLAIN, "C: ", "S: %t OK [APPENDUID 7 11] stored",
        "X:",         NULL
    };
    struct bench bench;
    bench_open(&bench, state, lines);
    bench.store->archive = fixture_folder(bench.store->db, bench.store->account, "M\303\274ll", FOLDER_NONE);
    put_as(&bench, 1, "M\303\274ll");
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    assert_numbers(&bench, "11");
    bench_close(&bench);
}

/* --- NUL --- */

#define APPEND_BINARY "C: %t APPEND \"Archive\" () \"* +0000\" ~{*+}", "L:"

static void put_binary(struct bench *self)
{
    static const char bytes[] = "Message-ID: <a1@x.test>\r\nSubject: odd\r\n\r\nA \0 inside.\r\n";
    g_autofree char *directory = g_path_get_dirname(self->store->path), *path = g_strdup_printf("%s/append", directory);
    assert_true(g_file_set_contents(path, bytes, sizeof bytes - 1, NULL));
    assert_int_not_equal(intent_append(self->store->db, self->store->archive, path, 0, NULL), 0);
}

static void put_binary_on(void **state, const char *const *lines)
{
    struct bench bench;
    bench_open(&bench, state, lines);
    put_binary(&bench);
    bench_sync(&bench);
    assert_numbers(&bench, "11");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

static void a_nul_goes_as_binary_where_the_server_takes_it(void **state)
{
    static const char *const lines[] = { SIGN_IN(" BINARY"), APPEND_BINARY, "C: ", "S: %t OK [APPENDUID 7 11] stored", NOTHING_NEW, NULL };
    put_binary_on(state, lines);
}

static void binary_that_is_refused_goes_as_it_is(void **state)
{
    static const char *const lines[] = { SIGN_IN(" BINARY"),
                                         APPEND_BINARY,
                                         "C: ",
                                         "S: %t NO [UNKNOWN-CTE] not mine",
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         NOTHING_NEW,
                                         NULL };
    put_binary_on(state, lines);
}

/* RFC 7888: up to 4096 bytes go unasked, more wait for the server's word. */
static void a_short_literal_alone_goes_unasked_where_only_those_may(void **state)
{
    static const char *const lines[] = { "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready",
                                         "C: %t AUTHENTICATE PLAIN *",
                                         "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS LITERAL-] in",
                                         "C: %t APPEND \"Archive\" () \"* +0000\" {4096+}",
                                         "L:",
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         "C: %t APPEND \"Archive\" () \"* +0000\" {4097}",
                                         "S: + go on",
                                         "L:",
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 12] stored",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    for (unsigned i = 1; i <= 2; i++) {
        static const char head[] = "Message-ID: <a%u@x.test>\r\nFrom: a@x.test\r\nSubject: %s\r\n\r\nText.\r\n";
        g_autofree char *subject = g_strnfill(4095 + i - (sizeof head - 1 - 4 + 1), 's');
        put_as(&bench, i, subject);
    }
    bench_sync(&bench);
    assert_numbers(&bench, "11 12");
    bench_close(&bench);
}

/* --- room --- */

#define FULL "S: %t NO [OVERQUOTA] the attic is full"

/* Kept here, and told; when the server says that there is room again it goes there by itself, looked for before. */
static void what_found_no_room_goes_there_when_there_is_some(void **state)
{
    static const char *const script[] = { SIGN_IN(" QUOTA"),
                                          APPEND_ARCHIVE,
                                          "C: ",
                                          FULL,
                                          "C: %9 GETQUOTAROOT \"INBOX\"",
                                          "C: %t LIST *",
                                          "S: * QUOTAROOT INBOX all",
                                          "S: * QUOTA all (STORAGE 40 100)",
                                          "S: %9 OK .",
                                          "S: %t OK listed",
                                          SELECT_ARCHIVE,
                                          LOOK_FOR("1", "S: * SEARCH"),
                                          APPEND_ARCHIVE,
                                          "C: ",
                                          "S: %t OK [APPENDUID 7 11] stored",
                                          "C: %1 STATUS *",
                                          "C: %2 STATUS *",
                                          "C: %3 STATUS *",
                                          "C: %4 STATUS *",
                                          "S: %1 NO later",
                                          "S: %2 NO later",
                                          "S: %3 NO later",
                                          "S: %4 NO later",
                                          NULL };
    const struct account_quota nearly = { 99, 100, true, 0 };
    g_autofree char *words = NULL;
    bool is_changed = false;
    struct bench bench;
    bench_open(&bench, state, script);
    put(&bench, 1);
    assert_true(account_quota_note(bench.store->db, bench.store->account, "Work", &nearly, true, &is_changed, &words, NULL));
    bench_sync(&bench);
    struct event *event = wait_event(&bench, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "kept on this computer"));
    event_free(event);
    assert_numbers(&bench, "11");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    assert_int_equal(intent_failures(bench.store->db), 0);
    bench_close(&bench);
}

/* --- what is too large (RFC 7889) --- */

static void put_large(struct bench *self, unsigned number, size_t size)
{
    g_autofree char *subject = g_strdup_printf("number %u", number), *text = NULL;
    g_autofree char *filling = g_strnfill(size, 'x');
    int64_t id = put_as(self, number, subject);
    g_autofree char *directory = g_path_get_dirname(self->store->path), *path = g_strdup_printf("%s/append%u", directory, number);
    assert_true(id > 0);
    text = g_strdup_printf("Message-ID: <a%u@x.test>\r\nFrom: a@x.test\r\nSubject: %s\r\n\r\n%s\r\n", number, subject, filling);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_too_large_is_told(struct bench *self, const char *limit)
{
    struct event *event = wait_event(self, EVENT_INTENT_FAILED, -1);
    assert_non_null(strstr(event->text, "kept on this computer. The server takes no message larger than"));
    assert_non_null(strstr(event->text, limit));
    assert_null(strstr(event->text, "says"));
    event_free(event);
    assert_int_equal(intent_failures(self->store->db), 1);
}

static void what_is_too_large_for_the_server_is_not_sent_there(void **state)
{
    static const char *const script[] = {
        SIGN_IN(" APPENDLIMIT=70000 QUOTA=RES-STORAGE"), APPEND_ARCHIVE, "C: ", "S: %t OK [APPENDUID 7 11] stored", NOTHING_NEW, NULL
    };
    struct bench bench;
    bench_open(&bench, state, script);
    put_large(&bench, 1, 80000);
    put(&bench, 2);
    bench_sync(&bench);
    assert_too_large_is_told(&bench, "70 KB");
    assert_numbers(&bench, "11");
    assert_int_equal(append_limit_read(bench.store->db, bench.store->account), 70000);
    bench_close(&bench);
}

static void a_mailbox_is_asked_how_large_messages_may_be(void **state)
{
    static const char *const script[] = { SIGN_IN(" APPENDLIMIT"),
                                          "C: %t STATUS \"Archive\" (APPENDLIMIT)",
                                          "S: * STATUS \"Archive\" (APPENDLIMIT 70000)",
                                          "S: %t OK .",
                                          APPEND_ARCHIVE,
                                          "C: ",
                                          "S: %t OK [APPENDUID 7 11] stored",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    put_large(&bench, 1, 80000);
    put(&bench, 2);
    bench_sync(&bench);
    assert_too_large_is_told(&bench, "70 KB");
    assert_numbers(&bench, "11");
    bench_close(&bench);
}

static void a_mailbox_without_a_limit_gets_it(void **state)
{
    static const char *const script[] = { SIGN_IN(" APPENDLIMIT"),
                                          "C: %t STATUS \"Archive\" (APPENDLIMIT)",
                                          "S: * STATUS \"Archive\" (APPENDLIMIT NIL)",
                                          "S: %t OK .",
                                          APPEND_ARCHIVE,
                                          "C: ",
                                          "S: %t OK [APPENDUID 7 11] stored",
                                          NOTHING_NEW,
                                          NULL };
    struct bench bench;
    bench_open(&bench, state, script);
    put_large(&bench, 1, 80000);
    bench_sync(&bench);
    assert_numbers(&bench, "11");
    assert_int_equal(intent_failures(bench.store->db), 0);
    bench_close(&bench);
}

/* --- tags and flags --- */

static const unsigned keeps_words = FOLDER_KEEPS_WORDS;

static int64_t put_marked(struct bench *self, unsigned number, const char *tag, bool is_flagged)
{
    int64_t placement = 0, row = put(self, number);
    assert_true(store_number(self->store->db, &placement, NULL, "SELECT placement_id FROM intents WHERE id = ?", NUM(row)));
    assert_true(intent_keywords(self->store->db, &placement, 1, tag, NULL, NULL) > 0);
    assert_true(!is_flagged || intent_flags(self->store->db, &placement, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    return placement;
}

static void assert_marks(struct bench *self, int64_t placement_id, const char *server, const char *shown)
{
    g_autofree char *there = NULL, *kept = NULL, *seen = NULL;
    assert_true(store_keywords_read(self->store->db, placement_id, &there, &kept, &seen, NULL));
    if (g_strcmp0(there, server) != 0)
        fail_msg("the server has %s, not %s", there, server);
    if (g_strcmp0(seen, shown) != 0)
        fail_msg("%s is shown, not %s", seen, shown);
}

static void marks_travel_with_the_messages_they_are_on(void **state)
{
    static const char *const lines[] = { SIGN_IN(" MULTIAPPEND"),
                                         "C: %t APPEND \"Archive\" (\\\\Flagged home) \"* +0000\" {*+}",
                                         "L:",
                                         "C:  (work) \"* +0000\" {*+}",
                                         "L:",
                                         ANOTHER,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11:13] stored",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    assert_true(folder_rights_note(bench.store->db, bench.store->archive, keeps_words, keeps_words, NULL, NULL));
    int64_t first = put_marked(&bench, 1, "home", true), second = put_marked(&bench, 2, "work", false);
    put(&bench, 3);
    bench_sync(&bench);
    assert_numbers(&bench, "11 12 13");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    assert_marks(&bench, first, "home", "home");
    assert_marks(&bench, second, "work", "work");
    g_autoptr(placement) place = store_placement(bench.store->db, first, NULL);
    assert_int_equal(place->flags, MESSAGE_FLAGGED);
    bench_close(&bench);
}

/* Whether it can keep them is not known before it is open. */
static void where_nobody_said_that_tags_are_kept_they_follow(void **state)
{
    static const char *const lines[] = { SIGN_IN(""),
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         SELECT_ARCHIVE,
                                         "C: %t UID STORE 11 +FLAGS.SILENT (home)",
                                         "S: %t OK done",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    int64_t id = put_marked(&bench, 1, "home", false);
    bench_sync(&bench);
    assert_marks(&bench, id, "home", "home");
    bench_close(&bench);
}

/* The message is not to suffer for its tags: it goes without, and they are kept here. */
static void a_message_refused_for_its_tags_is_put_there_without_them(void **state)
{
    static const char *const lines[] = { SIGN_IN(""),
                                         "C: %t APPEND \"Archive\" (home) \"* +0000\" {*+}",
                                         "L:",
                                         "C: ",
                                         "S: %t NO [LIMIT] too many user flags in mailbox",
                                         APPEND_ARCHIVE,
                                         "C: ",
                                         "S: %t OK [APPENDUID 7 11] stored",
                                         SELECT_ARCHIVE,
                                         "C: %t UID STORE 11 +FLAGS.SILENT (home)",
                                         "S: %t NO [LIMIT] too many user flags in mailbox",
                                         NOTHING_NEW,
                                         NULL };
    struct bench bench;
    bench_open(&bench, state, lines);
    assert_true(folder_rights_note(bench.store->db, bench.store->archive, keeps_words, keeps_words, NULL, NULL));
    int64_t id = put_marked(&bench, 1, "home", false);
    bench_sync(&bench);
    assert_marks(&bench, id, NULL, "home");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

/* The answer was lost: the message is looked for, and its tag is said again. */
static void after_a_cut_line_tags_are_not_lost(void **state)
{
    static const char *const cut[] = { SIGN_IN(""), "C: %t APPEND \"Archive\" (home) \"* +0000\" {*+}", "L:", "C: ", "X:", NULL };
    static const char *const again[] = {
        SIGN_IN(""),
        NOTHING_NEW,
        SELECT_ARCHIVE,
        LOOK_FOR("1", "S: * SEARCH 7"),
        "C: %t UID FETCH 7 *",
        "S: * 1 FETCH (UID 7 FLAGS () RFC822.SIZE 70 ENVELOPE (NIL \"number 1\" NIL NIL NIL NIL NIL NIL NIL \"<a1@x.test>\"))",
        "S: %t OK .",
        "C: %t UID SEARCH UID 7",
        "S: * SEARCH 7",
        "S: %t OK .",
        "C: %t UID STORE 7 +FLAGS.SILENT (home)",
        "S: %t OK done",
        NULL
    };
    struct bench bench;
    bench_open(&bench, state, cut);
    assert_true(folder_rights_note(bench.store->db, bench.store->archive, keeps_words, keeps_words, NULL, NULL));
    int64_t id = put_marked(&bench, 1, "home", false);
    bench_engine(&bench);
    assert_false(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_marks(&bench, id, NULL, "home");
    assert_null(peer_complaint(bench.peer));
    peer_free(bench.peer);
    bench.peer = peer_listen(again, NULL, PEER_WHOLE, &bench.account->incoming.port);
    bench_sync(&bench);
    assert_marks(&bench, id, "home", "home");
    assert_int_equal(intent_count(bench.store->db, bench.store->account), 0);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(several_messages_travel_in_one_command),
        TEST(without_the_extension_each_is_a_command),
        TEST(of_a_refused_command_each_message_is_tried_alone),
        TEST(a_server_that_does_not_understand_it_is_not_asked_again),
        TEST(where_utf_8_is_accepted_names_and_headers_are_in_it),
        TEST(a_nul_goes_as_binary_where_the_server_takes_it),
        TEST(binary_that_is_refused_goes_as_it_is),
        TEST(a_short_literal_alone_goes_unasked_where_only_those_may),
        TEST(a_server_that_wants_utf_8_as_it_is_gets_it_so),
        TEST(what_found_no_room_goes_there_when_there_is_some),
        TEST(what_is_too_large_for_the_server_is_not_sent_there),
        TEST(a_mailbox_is_asked_how_large_messages_may_be),
        TEST(a_mailbox_without_a_limit_gets_it),
        TEST(marks_travel_with_the_messages_they_are_on),
        TEST(where_nobody_said_that_tags_are_kept_they_follow),
        TEST(a_message_refused_for_its_tags_is_put_there_without_them),
        TEST(after_a_cut_line_tags_are_not_lost),
        TEST(after_a_cut_line_each_is_looked_for_and_none_is_doubled),
    };
    return cmocka_run_group_tests_name("messages put on a server", tests, NULL, NULL);
}
