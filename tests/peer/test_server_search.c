/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* A search on scripted IMAP servers: what is asked, in which portions, and what becomes of the answers. */
#include "core/server_search.h"
#include "core/store_message.h"
#include "tests/peer/peer.h"
#include "tests/unit/core/store_fixture.h"
#include <string.h>

#define GREETING              "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
#define SIGN_IN(capabilities) GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 LITERAL+ " capabilities "] in"
#define SELECT_INBOX(exists)                                                                                                               \
    "C: %t SELECT \"INBOX\"*", "S: * " exists " EXISTS", "S: * OK [UIDVALIDITY 7] .", "S: * OK [UIDNEXT 90000] .",                         \
        "S: %t OK [READ-WRITE] selected"
#define HEADERS(uid, subject, structure)                                                                                                   \
    "S: * 1 FETCH (UID " uid " FLAGS (\\\\Seen) INTERNALDATE \"17-Nov-2025 09:41:00 +0000\" RFC822.SIZE 100 ENVELOPE (\"Mon, 17 Nov 2025"  \
    " 09:41:00 +0000\" \"" subject "\" ((\"Ada\" NIL \"ada\" \"example.test\")) NIL NIL NIL NIL NIL NIL \"<m" uid                          \
    "@example.test>\") BODYSTRUCTURE " structure ")"
#define PLAIN "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 10 1)"
#define WITH_PDF                                                                                                                           \
    "(" PLAIN "(\"APPLICATION\" \"PDF\" (\"NAME\" \"plan.pdf\") NIL NIL \"BASE64\" 100 NIL (\"attachment\" (\"FILENAME\" "                 \
    "\"plan.pdf\"))) \"MIXED\" NIL NIL)"

struct bench {
    struct fixture *store;
    struct settings *settings;
    struct account *account;
    event_queue *events;
    peer *peer;
    GArray *found;
    struct server_search_news news;
};

static void bench_search(struct bench *self, void **state, const char *const *script, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new();
    *self = (struct bench){ .store = *state };
    self->settings = settings_new_default();
    self->account = account_new("work");
    self->account->sync = account_sync_only(ACCOUNT_BODIES_HEADERS); /* scripts hold what they ask for */
    struct account_server *server = &self->account->incoming;
    g_free(server->host);
    g_free(server->user);
    g_free(server->password);
    g_free(self->account->from_address);
    server->protocol = ACCOUNT_PROTOCOL_IMAP;
    server->host = g_strdup("127.0.0.1");
    server->user = g_strdup("alice");
    server->security = ACCOUNT_SECURITY_PLAIN;
    server->secret = ACCOUNT_SECRET_PASSWORD;
    server->password = g_strdup("secret");
    self->account->from_address = g_strdup("alice@example.test");
    self->events = event_queue_new();
    self->peer = peer_listen(script, NULL, PEER_WHOLE, &server->port);
    g_ptr_array_add(accounts, self->account);
    engine *engine = engine_new(accounts, self->settings, self->store->path, self->events);
    const struct server_search_wish wish = { .text = text, .folder_id = self->store->inbox };
    bool is_ok = server_search_once(engine, "work", &wish, &self->found, &self->news, &error);
    engine_free(engine);
    const char *complaint = peer_complaint(self->peer);
    if (complaint != NULL || !is_ok)
        fail_msg("%s; %s", complaint != NULL ? complaint : "", error != NULL ? error->message : "");
}

static void bench_close(struct bench *self)
{
    server_search_news_clear(&self->news);
    g_array_unref(self->found);
    peer_free(self->peer);
    event_queue_free(self->events);
    account_free(self->account);
    settings_free(self->settings);
}

static void what_is_not_here_gets_its_headers_fetched(void **state)
{
    static const char *const lines[] = { SIGN_IN("ESEARCH"),
                                         SELECT_INBOX("2"),
                                         "C: %t UID SEARCH RETURN (ALL) 1:2 TEXT \"engine\"",
                                         "S: * ESEARCH (TAG \"x\") UID ALL 9,12",
                                         "S: %t OK searched",
                                         "C: %t UID FETCH 9,12 (UID FLAGS *",
                                         HEADERS("9", "One", PLAIN),
                                         HEADERS("12", "Two", PLAIN),
                                         "S: %t OK fetched",
                                         NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "engine");
    assert_int_equal(bench.found->len, 2);
    assert_true(bench.news.is_over);
    assert_null(bench.news.words);
    g_autoptr(placement) newest = store_placement(bench.store->db, store_placement_find(bench.store->db, bench.store->inbox, 12), NULL);
    assert_string_equal(newest->subject, "Two");
    assert_int_equal(g_array_index(bench.found, int64_t, 0), newest->message_id); /* the newest first */
    bench_close(&bench);
}

static void a_large_folder_is_asked_about_in_portions_from_the_newest_on(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"),
                                         SELECT_INBOX("70000"),
                                         "C: %t UID SEARCH 68001:70000 FROM \"ada\" UNSEEN",
                                         "S: * SEARCH",
                                         "S: %t OK .",
                                         "C: %t UID SEARCH 60001:68000 FROM \"ada\" UNSEEN",
                                         "S: * SEARCH",
                                         "S: %t OK .",
                                         "C: %t UID SEARCH 28001:60000 FROM \"ada\" UNSEEN",
                                         "S: %t OK .",
                                         "C: %t UID SEARCH 1:28000 FROM \"ada\" UNSEEN",
                                         "S: * SEARCH",
                                         "S: %t OK .",
                                         NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "from:ada is:unread");
    assert_int_equal(bench.found->len, 0);
    assert_int_equal(bench.news.folders_done, 1);
    bench_close(&bench);
}

static void what_the_server_cannot_tell_is_checked_here(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"),
                                         SELECT_INBOX("2"),
                                         "C: %t UID SEARCH 1:2 TEXT \"engine\"",
                                         "S: * SEARCH 12 9",
                                         "S: %t OK searched",
                                         "C: %t UID FETCH 9,12 (UID FLAGS *",
                                         HEADERS("9", "With the plan", WITH_PDF),
                                         HEADERS("12", "Without", PLAIN),
                                         "S: %t OK fetched",
                                         NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "engine has:attachment");
    assert_int_equal(bench.found->len, 1);
    g_autoptr(placement) kept = store_placement(bench.store->db, store_placement_find(bench.store->db, bench.store->inbox, 9), NULL);
    assert_int_equal(g_array_index(bench.found, int64_t, 0), kept->message_id);
    bench_close(&bench);
}

static void other_letters_are_sent_as_utf_8(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"),
                                         SELECT_INBOX("2"),
                                         "C: %t UID SEARCH CHARSET UTF-8 1:2 SUBJECT {7+}",
                                         "L:",
                                         "C: ",
                                         "S: * SEARCH",
                                         "S: %t OK searched",
                                         NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "subject:M\xc3\xbcller");
    assert_string_equal(peer_data(bench.peer), "M\xc3\xbcller");
    bench_close(&bench);
}

static void a_server_that_knows_no_other_letters_is_asked_for_those_it_knows(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"),
                                         SELECT_INBOX("2"),
                                         "C: %t UID SEARCH CHARSET UTF-8 1:2 SUBJECT {7+}",
                                         "L:",
                                         "C: ",
                                         "S: %t NO [BADCHARSET (US-ASCII)] not here",
                                         "C: %t UID SEARCH 1:2 SUBJECT \"ller\"",
                                         "S: * SEARCH 9 12",
                                         "S: %t OK searched",
                                         "C: %t UID FETCH 9,12 (UID FLAGS *",
                                         HEADERS("9", "=?utf-8?Q?M=C3=BCller?=", PLAIN),
                                         HEADERS("12", "Keller", PLAIN),
                                         "S: %t OK fetched",
                                         NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "subject:M\xc3\xbcller");
    assert_int_equal(bench.found->len, 1); /* not the cellar */
    bench_close(&bench);
}

static void a_refusal_is_told_in_the_servers_words(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"), SELECT_INBOX("2"), "C: %t UID SEARCH 1:2 BODY \"engine\"",
                                         "S: %t NO [CANNOT] bodies are not searched here", NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "body:engine");
    assert_int_equal(bench.found->len, 0);
    assert_true(bench.news.is_over);
    assert_non_null(strstr(bench.news.words, "bodies are not searched here"));
    bench_close(&bench);
}

static void gmail_is_asked_in_its_own_words(void **state)
{
    static const char *const lines[] = {
        SIGN_IN("X-GM-EXT-1"), SELECT_INBOX("2"), "C: %t UID SEARCH 1:2 X-GM-RAW \"\\\\\"engine\\\\\" has:attachment\"",
        "S: * SEARCH",         "S: %t OK .",      NULL
    };
    struct bench bench;
    bench_search(&bench, state, lines, "engine has:attachment");
    bench_close(&bench);
}

static void a_query_the_server_has_no_word_for_is_not_asked(void **state)
{
    static const char *const lines[] = { SIGN_IN("IDLE"), "X:", NULL };
    struct bench bench;
    bench_search(&bench, state, lines, "has:attachment");
    assert_int_equal(bench.found->len, 0);
    assert_true(bench.news.is_over);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_here_gets_its_headers_fetched),
        TEST(a_large_folder_is_asked_about_in_portions_from_the_newest_on),
        TEST(what_the_server_cannot_tell_is_checked_here),
        TEST(other_letters_are_sent_as_utf_8),
        TEST(a_server_that_knows_no_other_letters_is_asked_for_those_it_knows),
        TEST(a_refusal_is_told_in_the_servers_words),
        TEST(gmail_is_asked_in_its_own_words),
        TEST(a_query_the_server_has_no_word_for_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
