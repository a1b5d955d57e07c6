/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Bodies ahead against scripted IMAP servers: what is asked for, in what order, and what is kept of what a server says. */
#include "core/blob.h"
#include "core/structure.h"
#include "tests/peer/sync_bench.h"

#define GREETING "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready"
#define SIGN_IN  GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE LITERAL+] in"
#define NOTHING_NEW                                                                                                                        \
    "C: %t LIST *", "S: %t OK listed", "C: %1 STATUS *", "C: %2 STATUS *", "C: %3 STATUS *", "C: %4 STATUS *", "S: %1 NO later",           \
        "S: %2 NO later", "S: %3 NO later", "S: %4 NO later"
#define SELECT_INBOX(uidvalidity)                                                                                                          \
    "C: %t SELECT \"INBOX\"", "S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] .", "S: * OK [UIDNEXT 10] .",                        \
        "S: %t OK [READ-WRITE] selected"

static char *body_of(int64_t placement_id, struct bench *bench)
{
    g_autoptr(placement) place = store_placement(bench->store->db, placement_id, NULL);
    g_autofree char *path = place != NULL ? blob_cache_path("work", place->message_id, NULL) : NULL;
    char *bytes = NULL;
    if (path == NULL)
        return NULL; /* the message itself is gone */
    g_file_get_contents(path, &bytes, NULL, NULL);
    return bytes;
}

static void open_with(struct bench *self, void **state, const char *const *script, enum account_bodies bodies)
{
    bench_open(self, state, script);
    g_ptr_array_unref(self->account->sync);
    self->account->sync = account_sync_only(bodies);
}

static void many_messages_come_in_one_command_and_only_what_was_asked_for_is_kept(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         NOTHING_NEW,
                                         SELECT_INBOX("7"),
                                         "C: %t UID FETCH 5:7,9 (UID BODY.PEEK[])",
                                         "S: * 1 FETCH (UID 5 BODY[] {9}\\r\\nA: b\\r\\n\\r\\n.)",
                                         "S: * 2 FETCH (UID 6 FLAGS (\\\\Seen))", /* told by the way */
                                         "S: * 2 FETCH (UID 6 BODY[] {3}\\r\\nsix)",
                                         "S: * 8 FETCH (UID 8 BODY[] {5}\\r\\neight)", /* nobody asked */
                                         "S: * 2 FETCH (UID 6 BODY[] {5}\\r\\nagain)", /* nor for this */
                                         "S: * 3 FETCH (UID 7 BODY[] NIL)",
                                         "S: %t OK done",
                                         NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_EVERYTHING);
    int64_t ids[10] = { 0 };
    for (unsigned uid = 5; uid <= 9; uid++) {
        if (uid != 8)
            ids[uid] = arrive(bench.store, uid);
    }
    bench_sync(&bench);
    g_autofree char *five = body_of(ids[5], &bench), *six = body_of(ids[6], &bench), *seven = body_of(ids[7], &bench);
    g_autofree char *nine = body_of(ids[9], &bench);
    assert_string_equal(five, "A: b\r\n\r\n.");
    assert_string_equal(six, "six");
    assert_null(seven);
    assert_null(nine);
    bench_close(&bench);
}

static void what_is_here_is_not_fetched_again(void **state)
{
    static const char *const lines[] = {
        SIGN_IN,         NOTHING_NEW, SELECT_INBOX("7"), "C: %t UID FETCH 6 (UID BODY.PEEK[])", "S: * 2 FETCH (UID 6 BODY[] {3}\\r\\nsix)",
        "S: %t OK done", NULL
    };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_TEXT);
    int64_t five = arrive(bench.store, 5), six = arrive(bench.store, 6);
    g_autoptr(placement) place = store_placement(bench.store->db, five, NULL);
    assert_true(blob_cache_put("work", place->message_id, NULL, "here", 4, NULL));
    bench_sync(&bench);
    g_autofree char *bytes = body_of(six, &bench);
    assert_string_equal(bytes, "six");
    bench_close(&bench);
}

/* Under the same numbers there are other messages now. */
static void nothing_is_fetched_by_numbers_of_another_uidvalidity(void **state)
{
    static const char *const lines[] = { SIGN_IN, NOTHING_NEW, SELECT_INBOX("8"), NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_EVERYTHING);
    int64_t five = arrive(bench.store, 5);
    bench_sync(&bench);
    g_autofree char *bytes = body_of(five, &bench);
    assert_null(bytes);
    bench_close(&bench);
}

static void a_server_that_refuses_is_not_asked_for_ever(void **state)
{
    static const char *const lines[] = { SIGN_IN, NOTHING_NEW, SELECT_INBOX("7"), "C: %t UID FETCH 5 (UID BODY.PEEK[])", "S: %t NO not now",
                                         NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_EVERYTHING);
    arrive(bench.store, 5);
    bench_sync(&bench);
    bench_close(&bench);
}

static void headers_only_asks_for_nothing_more(void **state)
{
    static const char *const lines[] = { SIGN_IN, NOTHING_NEW, NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_HEADERS);
    arrive(bench.store, 5);
    bench_sync(&bench);
    bench_close(&bench);
}

static void on_a_metered_network_nothing_is_fetched_ahead(void **state)
{
    static const char *const lines[] = { SIGN_IN, NOTHING_NEW, NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_EVERYTHING);
    arrive(bench.store, 5);
    bench_engine(&bench);
    engine_set_link(bench.engine, ENGINE_LINK_METERED);
    assert_true(engine_is_metered(bench.engine) && engine_is_online(bench.engine));
    assert_true(engine_sync_once(bench.engine, "work", NULL));
    g_clear_pointer(&bench.engine, engine_free);
    assert_null(peer_complaint(bench.peer));
    bench_close(&bench);
}

/* A large message comes in pieces, so that a person's wishes need not wait for its end. */
static void a_large_message_comes_in_pieces(void **state)
{
    static const char *const lines[] = { SIGN_IN,
                                         NOTHING_NEW,
                                         SELECT_INBOX("7"),
                                         "C: %t UID FETCH 5 (UID BODY.PEEK[]<0.262144>)",
                                         "S: * 1 FETCH (UID 5 BODY[]<0> {4}\\r\\npart)", /* less than was asked for: its end */
                                         "S: %t OK done",
                                         NULL };
    struct bench bench;
    open_with(&bench, state, lines, ACCOUNT_BODIES_EVERYTHING);
    const struct message_info info = { .message_id = "l@x", .subject = "Large", .size_bytes = 5000000, .received_utc = 5 };
    int64_t id = 0;
    assert_true(store_placement_put(bench.store->db, bench.store->inbox, 5, 0, NULL, 0, &info, &id, NULL, NULL));
    bench_sync(&bench);
    g_autofree char *bytes = body_of(id, &bench);
    assert_string_equal(bytes, "part");
    bench_close(&bench);
}

/* --- a part that somebody opens --- */
#define BINARY_SIGN_IN GREETING, "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1 IDLE BINARY] in", SELECT_INBOX("7")

/* What is in the cache of part 2 after it was asked for; caller frees. */
static char *open_part(void **state, const char *const *lines, const char *encoding, int64_t size)
{
    struct bench bench;
    char *bytes = NULL;
    open_with(&bench, state, lines, ACCOUNT_BODIES_HEADERS);
    struct structure_node *root = structure_node_new("multipart/mixed", ""), *part = structure_node_new("image/png", "2");
    part->encoding = g_strdup(encoding);
    part->size = size;
    root->children = g_ptr_array_new_with_free_func((GDestroyNotify)structure_node_free);
    g_ptr_array_add(root->children, part);
    g_autofree char *structure = structure_write(root);
    structure_node_free(root);
    const struct message_info info = { .message_id = "p@x", .subject = "Picture", .structure = structure, .size_bytes = 900 };
    int64_t id = 0;
    assert_true(store_placement_put(bench.store->db, bench.store->inbox, 5, 0, NULL, 0, &info, &id, NULL, NULL));
    bench_engine(&bench);
    engine_set_account_online(bench.engine, "work", false); /* the wish is there before the connection */
    engine_start(bench.engine);
    engine_fetch_part(bench.engine, bench.store->account, id, "2");
    engine_set_account_online(bench.engine, "work", true);
    event_free(wait_event(&bench, EVENT_BODY_AVAILABLE, -1));
    g_clear_pointer(&bench.engine, engine_free);
    g_autoptr(placement) place = store_placement(bench.store->db, id, NULL);
    g_autofree char *path = blob_cache_path("work", place->message_id, "2");
    g_file_get_contents(path, &bytes, NULL, NULL);
    if (peer_complaint(bench.peer) != NULL)
        fail_msg("%s", peer_complaint(bench.peer));
    bench_close(&bench);
    return bytes;
}

static void a_part_comes_without_its_encoding_where_the_server_can(void **state)
{
    static const char *const lines[] = {
        BINARY_SIGN_IN, "C: %t UID FETCH 5 (BINARY.PEEK[2])", "S: * 1 FETCH (UID 5 BINARY[2] ~{4}\\r\\nab%zc)", "S: %t OK done", "W:", NULL
    };
    g_autofree char *bytes = open_part(state, lines, "base64", 8);
    assert_string_equal(bytes, "YWIAYw==\r\n"); /* in the cache as in the message */
}

/* The other connection knew of it first: a FETCH brings nothing before this one was told (RFC 9051 7.4.1). */
static void what_this_connection_was_not_told_of_yet_is_asked_for_twice(void **state)
{
    static const char *const lines[] = { BINARY_SIGN_IN,
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2])",
                                         "S: * 1 EXISTS",
                                         "S: %t OK done",
                                         "C: %t NOOP",
                                         "S: %t OK still here",
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2])",
                                         "S: * 1 FETCH (UID 5 BINARY[2] ~{4}\\r\\nab%zc)",
                                         "S: %t OK done",
                                         "W:",
                                         NULL };
    g_autofree char *bytes = open_part(state, lines, "base64", 8);
    assert_string_equal(bytes, "YWIAYw==\r\n");
}

static void a_large_part_comes_decoded_in_pieces(void **state)
{
    static const char *const lines[] = { BINARY_SIGN_IN,
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2]<0.262144>)",
                                         "s: * 1 FETCH (UID 5 BINARY[2]<0> ~{262144}\\r\\n",
                                         "R: 32768 12345678",
                                         "S: )",
                                         "S: %t OK done",
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2]<262144.262144>)",
                                         "s: * 1 FETCH (UID 5 BINARY[2]<262144> ~{131072}\\r\\n",
                                         "R: 16384 12345678",
                                         "S: )",
                                         "S: %t OK done",
                                         "W:",
                                         NULL };
    g_autofree char *bytes = open_part(state, lines, "base64", 538086);
    assert_int_equal(strlen(bytes), 538086); /* 76 characters a line, as it stood in the message */
}

static void a_part_that_the_server_cannot_decode_comes_as_it_is(void **state)
{
    static const char *const lines[] = { BINARY_SIGN_IN,
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2])",
                                         "S: %t NO [UNKNOWN-CTE] what is that?",
                                         "C: %t UID FETCH 5 (BODY.PEEK[2])",
                                         "S: * 1 FETCH (UID 5 BODY[2] {8}\\r\\nYWIAYw==)",
                                         "S: %t OK done",
                                         "W:",
                                         NULL };
    g_autofree char *bytes = open_part(state, lines, "base64", 8);
    assert_string_equal(bytes, "YWIAYw==");
}

/* Half of it, and said to be well. */
static void a_part_that_was_decoded_wrongly_is_asked_for_again(void **state)
{
    static const char *const lines[] = { BINARY_SIGN_IN,
                                         "C: %t UID FETCH 5 (BINARY.PEEK[2])",
                                         "S: * 1 FETCH (UID 5 BINARY[2] ~{1}\\r\\na)",
                                         "S: %t OK done",
                                         "C: %t UID FETCH 5 (BODY.PEEK[2])",
                                         "S: * 1 FETCH (UID 5 BODY[2] {8}\\r\\nYWIAYw==)",
                                         "S: %t OK done",
                                         "W:",
                                         NULL };
    g_autofree char *bytes = open_part(state, lines, "base64", 8);
    assert_string_equal(bytes, "YWIAYw==");
}

static void a_part_that_is_not_packed_is_asked_for_as_it_is(void **state)
{
    static const char *const lines[] = {
        BINARY_SIGN_IN, "C: %t UID FETCH 5 (BODY.PEEK[2])", "S: * 1 FETCH (UID 5 BODY[2] {4}\\r\\nflat)", "S: %t OK done", "W:", NULL
    };
    g_autofree char *bytes = open_part(state, lines, "7bit", 4);
    assert_string_equal(bytes, "flat");
}

/* Of several states told in a row only the last may be seen: a refused connection is given up in no time. */
static void wait_for_a_try(struct bench *bench)
{
    for (bool is_tried = false; !is_tried;) {
        struct event *event = wait_event(bench, EVENT_CONNECTION, -1);
        is_tried = event->state == CONNECTION_CONNECTING || event->state == CONNECTION_WAITING;
        event_free(event);
    }
}

static void an_account_that_is_switched_off_is_not_connected(void **state)
{
    struct bench bench;
    open_with(&bench, state, NULL, ACCOUNT_BODIES_EVERYTHING);
    bench.account->incoming.port = 1;
    bench_engine(&bench);
    engine_set_account_online(bench.engine, "work", false);
    assert_true(engine_is_online(bench.engine) && engine_is_account_off(bench.engine, "work"));
    assert_false(engine_is_account_online(bench.engine, "work"));
    engine_start(bench.engine);
    event_free(wait_event(&bench, EVENT_CONNECTION, CONNECTION_OFFLINE));
    engine_set_account_online(bench.engine, "work", true);
    wait_for_a_try(&bench);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_messages_come_in_one_command_and_only_what_was_asked_for_is_kept),
        TEST(what_is_here_is_not_fetched_again),
        TEST(nothing_is_fetched_by_numbers_of_another_uidvalidity),
        TEST(a_server_that_refuses_is_not_asked_for_ever),
        TEST(headers_only_asks_for_nothing_more),
        TEST(on_a_metered_network_nothing_is_fetched_ahead),
        TEST(a_large_message_comes_in_pieces),
        TEST(a_part_comes_without_its_encoding_where_the_server_can),
        TEST(what_this_connection_was_not_told_of_yet_is_asked_for_twice),
        TEST(a_large_part_comes_decoded_in_pieces),
        TEST(a_part_that_the_server_cannot_decode_comes_as_it_is),
        TEST(a_part_that_was_decoded_wrongly_is_asked_for_again),
        TEST(a_part_that_is_not_packed_is_asked_for_as_it_is),
        TEST(an_account_that_is_switched_off_is_not_connected),
    };
    return cmocka_run_group_tests_name("bodies ahead", tests, NULL, NULL);
}
