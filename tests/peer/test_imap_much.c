/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The IMAP client against servers that say much, say it for ever, or stop in the middle. */
#include "net/imap_client.h"
#include "net/clock.h"
#include "tests/peer/peer.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

static char *directory;

static imap_client *client_with(peer *server, const struct net_context *context, const struct imap_handlers *handlers)
{
    static const struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN, .io_timeout_ms = 20000 };
    return imap_client_new(net_stream_from_fd(peer_take_fd(server), &endpoint, context), handlers);
}

/* --- much, in both directions --- */
static int large_file(size_t size)
{
    g_autofree char *path = g_build_filename(directory, "large", NULL), *bytes = g_malloc(size);
    memset(bytes, 'x', size);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    int fd = g_open(path, O_RDONLY);
    g_unlink(path);
    return fd;
}

static void count_fetches(void *data, const struct imap_fetch *fetch)
{
    (void)fetch;
    ++*(unsigned *)data;
}

/* The server answers the first command with 40 MB before it reads the next one, which is 20 MB long: far more than sockets and queues hold. */
static void write_much_at_once(bool is_packed)
{
    enum { SIZE = 20 << 20 };
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ COMPRESS=DEFLATE] in",
                                         "C: %t COMPRESS DEFLATE",
                                         "S: %t OK go",
                                         "Z:",
                                         "C: %1 UID FETCH 1:* (UID FLAGS)",
                                         "R: 800000 * # FETCH (UID # FLAGS (\\Seen $Forwarded))\r\n",
                                         "S: %1 OK done",
                                         "C: %2 APPEND \"Sent\" () {20971520+}",
                                         "L:",
                                         "C: ",
                                         "S: %2 OK stored",
                                         NULL };
    const char *plain[G_N_ELEMENTS(lines) - 3];
    plain[0] = lines[0];
    memcpy(plain + 1, lines + 4, sizeof lines - 4 * sizeof *lines);
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    unsigned fetched = 0;
    const struct imap_handlers handlers = { .data = &fetched, .fetch = count_fetches };
    int fd = large_file(SIZE);
    peer *server = peer_start(is_packed ? lines : plain, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, &handlers);
    assert_true(imap_client_greet(client, NULL, &error));
    bool is_on = false;
    assert_true(!is_packed || imap_client_compress(client, &is_on, &error));
    assert_int_equal(is_on, is_packed);
    imap_request fetch = imap_send_fetch(client, true, "1:*", "(UID FLAGS)");
    imap_request append = imap_send_append(client, "Sent", &(struct imap_flags){ 0 }, 0, fd, SIZE);
    assert_true(imap_wait(client, fetch, &reply, &error));
    assert_int_equal(reply.status, IMAP_OK);
    assert_true(imap_wait(client, append, &reply, &error));
    assert_string_equal(reply.text, "stored");
    assert_int_equal(fetched, 800000);
    imap_client_free(client);
    assert_null(peer_complaint(server));
    assert_int_equal(strlen(peer_data(server)), SIZE);
    peer_free(server);
    close(fd);
}

static void both_sides_may_write_much_at_once(void **state)
{
    (void)state;
    write_much_at_once(false);
}

static void both_sides_may_write_much_at_once_also_compressed(void **state)
{
    (void)state;
    write_much_at_once(true);
}

/* RFC 7888 4: the server may refuse at once, but the announced bytes belong to the command. */
static void a_literal_refused_early_is_sent_to_its_end_all_the_same(void **state)
{
    (void)state;
    enum { SIZE = 5 << 20 };
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] in",
                                         "C: %1 APPEND \"Sent\" () {5242880+}",
                                         "S: %1 NO [OVERQUOTA] full",
                                         "L:",
                                         "C: ",
                                         "C: %t NOOP",
                                         "S: %t OK fine",
                                         NULL };
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    int fd = large_file(SIZE);
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    assert_true(imap_wait(client, imap_send_append(client, "Sent", &(struct imap_flags){ 0 }, 0, fd, SIZE), &reply, &error));
    assert_int_equal(reply.code, IMAP_CODE_OVERQUOTA);
    close(fd); /* ours again as soon as there is an answer */
    assert_true(imap_wait(client, imap_send_noop(client), &reply, &error));
    assert_int_equal(reply.status, IMAP_OK);
    imap_client_free(client);
    assert_null(peer_complaint(server));
    assert_int_equal(strlen(peer_data(server)), SIZE);
    peer_free(server);
}

struct rope {
    int fd;
    unsigned heard;
};

static void pull_the_rope(void *data, uint32_t count)
{
    struct rope *rope = data;
    (void)count;
    if (++rope->heard == 1000)
        assert_int_equal(write(rope->fd, "x", 1), 1);
}

/* A server that never pauses never lets us sleep: cancelling must work all the same. */
static void cancel_in_a_flood(bool is_idle)
{
    static const char *const command[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] in", "C: %t NOOP", "F: * 7 EXISTS\r\n", NULL };
    static const char *const idle[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] in", "C: %t IDLE", "S: + idling",
                                        "F: * OK still here\r\n", NULL };
    int cancel[2];
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    assert_int_equal(pipe(cancel), 0);
    struct rope rope = { .fd = cancel[1] };
    const struct imap_handlers handlers = { .data = &rope, .exists = pull_the_rope };
    const struct net_context context = { .cancel_fd = is_idle ? -1 : cancel[0] };
    peer *server = peer_start(is_idle ? idle : command, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, &context, &handlers);
    assert_true(imap_client_greet(client, NULL, &error));
    if (is_idle) {
        assert_int_equal(write(cancel[1], "x", 1), 1); /* here it is what wakes */
        net_stream_set_deadline(imap_client_stream(client), 1000);
        assert_false(imap_idle(client, cancel[0], 60000, &error)); /* it never says that it heard DONE */
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    } else {
        assert_false(imap_wait(client, imap_send_noop(client), &reply, &error));
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
    }
    imap_client_free(client);
    assert_null(peer_complaint(server));
    peer_free(server);
    close(cancel[0]);
    close(cancel[1]);
}

static void a_server_that_never_pauses_can_be_cancelled(void **state)
{
    (void)state;
    cancel_in_a_flood(false);
}

static void idling_can_be_woken_from_a_server_that_never_pauses(void **state)
{
    (void)state;
    cancel_in_a_flood(true);
}

static void finish(imap_client *client, peer *server)
{
    imap_client_free(client);
    if (peer_complaint(server) != NULL)
        fail_msg("%s", peer_complaint(server));
    peer_free(server);
}

/* --- SEARCH --- */
struct found {
    uint64_t count, sum, vanished;
};

static void add_vanished(void *data, bool is_earlier, const struct imap_range *uids, size_t count)
{
    struct found *found = data;
    assert_true(is_earlier);
    for (size_t i = 0; i < count; i++)
        found->vanished += uids[i].last - uids[i].first + 1;
}

static void add_found(void *data, const uint32_t *numbers, size_t count)
{
    struct found *found = data;
    found->count += count;
    for (size_t i = 0; i < count; i++)
        found->sum += numbers[i];
}

static bool search_all(const char *answer, enum peer_pace pace, struct found *found, GError **error)
{
    const char *lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1] in",
                            "C: %1 UID SEARCH ALL",
                            "s: * SEARCH",
                            answer,
                            "S:  (MODSEQ 917162500)",
                            "S: %1 OK done",
                            NULL };
    const struct imap_handlers handlers = { .data = found, .search = add_found };
    struct imap_reply reply;
    peer *server = peer_start(lines, NULL, pace);
    imap_client *client = client_with(server, NULL, &handlers);
    assert_true(imap_client_greet(client, NULL, error));
    bool is_good = imap_wait(client, imap_send_search(client, "ALL"), &reply, error);
    imap_client_free(client);
    peer_free(server);
    return is_good;
}

static void a_million_numbers_are_one_answer(void **state)
{
    (void)state;
    for (enum peer_pace pace = PEER_WHOLE; pace <= PEER_BYTE_BY_BYTE; pace++) {
        struct found found = { 0 };
        g_autoptr(GError) error = NULL;
        assert_true(search_all("R: 1000000  #", pace, &found, &error));
        assert_int_equal(found.count, 1000000);
        assert_int_equal(found.sum, UINT64_C(500000500000)); /* and the MODSEQ is none of them */
    }
}

/* Every second message of two millions: a list of half a million ranges, and all that went before as well. */
static void a_million_ranges_are_one_answer(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 ESEARCH] in",
                                         "C: %1 UID SEARCH RETURN (ALL) ALL",
                                         "s: * ESEARCH (TAG \"%1\") UID ALL 7",
                                         "R: 900000 ,1#1:1#2",
                                         "S:  MODSEQ 5",
                                         "s: * VANISHED (EARLIER) 3",
                                         "R: 900000 ,1#4",
                                         "S: ",
                                         "S: %1 OK done",
                                         NULL };
    for (enum peer_pace pace = PEER_WHOLE; pace <= PEER_BYTE_BY_BYTE; pace++) {
        struct found found = { 0 };
        const struct imap_handlers handlers = { .data = &found, .search = add_found, .vanished = add_vanished };
        g_autoptr(GError) error = NULL;
        struct imap_reply reply;
        peer *server = peer_start(lines, NULL, pace);
        imap_client *client = client_with(server, NULL, &handlers);
        assert_true(imap_client_greet(client, NULL, &error));
        assert_true(imap_wait(client, imap_send_search(client, "ALL"), &reply, &error));
        assert_int_equal(found.count, 1800001);
        assert_int_equal(found.vanished, 900001);
        finish(client, server);
    }
}

static void more_numbers_than_any_folder_has_are_an_error_not_a_shorter_list(void **state)
{
    (void)state;
    struct found found = { 0 };
    g_autoptr(GError) error = NULL;
    assert_false(search_all("F:  7", PEER_WHOLE, &found, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_LIMIT));
    assert_true(found.count <= 10000000);
}

/* --- literals --- */
static void literal_minus_goes_up_to_4096_bytes(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL-] in",
                                         "C: %1 APPEND \"Sent\" () {4096+}",
                                         "L:",
                                         "C: ",
                                         "C: %2 APPEND \"Sent\" () {4097}",
                                         "S: %1 OK one",
                                         "S: + go on",
                                         "L:",
                                         "C: ",
                                         "S: %2 OK two",
                                         NULL };
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    int fd = large_file(4097);
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    imap_send_append(client, "Sent", &(struct imap_flags){ 0 }, 0, fd, 4096);
    imap_send_append(client, "Sent", &(struct imap_flags){ 0 }, 0, fd, 4097);
    assert_true(imap_wait_all(client, &reply, &error));
    assert_int_equal(reply.status, IMAP_OK);
    close(fd);
    finish(client, server);
}

/* The size was announced: what is not there cannot be sent, and nothing else either. */
static void a_message_that_shrank_ends_the_connection(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] in", "W:", NULL };
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    int fd = large_file(1000);
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    assert_false(imap_wait(client, imap_send_append(client, "Sent", &(struct imap_flags){ 0 }, 0, fd, 2000), &reply, &error));
    assert_non_null(strstr(error->message, "cannot be read"));
    close(fd);
    finish(client, server);
}

/* --- IDLE --- */
static void idle_is_given_up_where_it_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] in",
                                         "C: %t IDLE",
                                         "S: %t BAD unknown command",
                                         "C: %t NOOP",
                                         "S: * CAPABILITY IMAP4rev1 IDLE",
                                         "S: %t OK fine",
                                         "C: %t NOOP",
                                         "S: %t OK fine",
                                         NULL };
    g_autoptr(GError) error = NULL;
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    assert_true(imap_client_can(client, IMAP_CAPABILITY_IDLE));
    assert_true(imap_idle(client, -1, 10000, &error)); /* back at once, and its owner sees why */
    assert_false(imap_client_can(client, IMAP_CAPABILITY_IDLE));
    assert_true(imap_idle(client, -1, 1, &error));
    assert_false(imap_client_can(client, IMAP_CAPABILITY_IDLE)); /* although the server says it again */
    assert_true(imap_idle(client, -1, 1, &error));
    finish(client, server);
}

static void idle_is_given_up_where_it_ends_at_once_again_and_again(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] in",
                                         "C: %t IDLE",
                                         "S: + idling\r\n%t OK done",
                                         "C: %t IDLE",
                                         "S: + idling\r\n%t OK done",
                                         "C: %t IDLE",
                                         "S: + idling\r\n%t OK done",
                                         NULL };
    g_autoptr(GError) error = NULL;
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    for (int i = 0; i < 3; i++) {
        assert_true(imap_client_can(client, IMAP_CAPABILITY_IDLE));
        assert_true(imap_idle(client, -1, 10000, &error));
    }
    assert_false(imap_client_can(client, IMAP_CAPABILITY_IDLE));
    finish(client, server);
}

/* --- compression --- */
static void a_line_that_unpacks_without_end_is_cut_off(void **state)
{
    (void)state;
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] in",
                                         "C: %t COMPRESS DEFLATE",
                                         "S: %t OK go",
                                         "Z:",
                                         "C: %t NOOP",
                                         "F: aaaaaaaa",
                                         NULL };
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    bool is_on = false;
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = client_with(server, NULL, NULL);
    assert_true(imap_client_greet(client, NULL, &error));
    assert_true(imap_client_compress(client, &is_on, &error));
    assert_false(imap_wait(client, imap_send_noop(client), &reply, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_LIMIT));
    finish(client, server);
}

/* The go-ahead and the first packed bytes in one segment: they are the server's right, and come in the same read. */
static void packed_bytes_right_behind_the_go_ahead_are_heard(void **state)
{
    (void)state;
    static const char plain[] = "* 5 EXISTS\r\np2 OK packed\r\n";
    uint8_t said[400] = "* PREAUTH [CAPABILITY COMPRESS=DEFLATE] in\r\np1 OK go\r\n";
    static const struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN, .io_timeout_ms = 20000 };
    size_t length = strlen((const char *)said);
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    bool is_on = false;
    int pair[2];
    z_stream packer = { 0 };
    assert_int_equal(deflateInit2(&packer, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    packer.next_in = (Bytef *)(uintptr_t)plain;
    packer.avail_in = sizeof plain - 1;
    packer.next_out = said + length;
    packer.avail_out = (uInt)(sizeof said - length);
    assert_int_equal(deflate(&packer, Z_SYNC_FLUSH), Z_OK);
    length = sizeof said - packer.avail_out;
    deflateEnd(&packer);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    imap_client *client = imap_client_new(net_stream_from_fd(pair[0], &endpoint, NULL), NULL);
    size_t greeting = strcspn((const char *)said, "\n") + 1;
    assert_int_equal(write(pair[1], said, greeting), greeting);
    assert_true(imap_client_greet(client, NULL, &error));
    assert_int_equal(write(pair[1], said + greeting, length - greeting), length - greeting);
    assert_true(imap_client_compress(client, &is_on, &error));
    assert_true(imap_wait(client, imap_send_noop(client), &reply, &error));
    assert_string_equal(reply.text, "packed");
    assert_int_equal(imap_client_mailbox(client)->exists, 5);
    imap_client_free(client);
    close(pair[1]);
}

/* --- slowness --- */
static int64_t now_ms;
static int trickle_fd;

/* Time passes with every look at the clock, and each 20 seconds the server says one more byte. */
static int64_t hasty_clock(void)
{
    now_ms += 500;
    if (trickle_fd >= 0 && now_ms % 20000 == 0)
        (void)!write(trickle_fd, "x", 1);
    return now_ms;
}

/* A byte each 20 seconds is no silence; but nobody will see the end of the line. */
static void a_line_that_trickles_for_minutes_is_given_up(void **state)
{
    (void)state;
    int pair[2];
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    static const struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN, .io_timeout_ms = 60000 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    now_ms = 1000000;
    trickle_fd = -1;
    net_clock_replace(hasty_clock);
    imap_client *client = imap_client_new(net_stream_from_fd(pair[0], &endpoint, NULL), NULL);
    assert_true(write(pair[1], "* PREAUTH [CAPABILITY IMAP4rev1] in\r\n", 37) == 37);
    assert_true(imap_client_greet(client, NULL, &error));
    trickle_fd = pair[1];
    assert_false(imap_wait(client, imap_send_noop(client), &reply, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_non_null(strstr(error->message, "slowly"));
    assert_true(now_ms < 1000000 + 300000);
    imap_client_free(client);
    net_clock_replace(NULL);
    close(pair[1]);
}

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-imap-XXXXXX", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    g_rmdir(directory);
    g_free(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_may_write_much_at_once),
        cmocka_unit_test(both_sides_may_write_much_at_once_also_compressed),
        cmocka_unit_test(a_line_that_unpacks_without_end_is_cut_off),
        cmocka_unit_test(packed_bytes_right_behind_the_go_ahead_are_heard),
        cmocka_unit_test(a_literal_refused_early_is_sent_to_its_end_all_the_same),
        cmocka_unit_test(a_server_that_never_pauses_can_be_cancelled),
        cmocka_unit_test(idling_can_be_woken_from_a_server_that_never_pauses),
        cmocka_unit_test(a_million_numbers_are_one_answer),
        cmocka_unit_test(a_million_ranges_are_one_answer),
        cmocka_unit_test(more_numbers_than_any_folder_has_are_an_error_not_a_shorter_list),
        cmocka_unit_test(literal_minus_goes_up_to_4096_bytes),
        cmocka_unit_test(a_message_that_shrank_ends_the_connection),
        cmocka_unit_test(idle_is_given_up_where_it_is_refused),
        cmocka_unit_test(idle_is_given_up_where_it_ends_at_once_again_and_again),
        cmocka_unit_test(a_line_that_trickles_for_minutes_is_given_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
