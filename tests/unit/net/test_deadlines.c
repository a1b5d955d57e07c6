/* SPDX-License-Identifier: MIT */
/* Servers that say a byte now and then, and never enough: each stage of a connection has an end, and a sentence. */
#include "net/clock.h"
#include "net/imap_client.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define BEGIN_MS INT64_C(1000000)

static int64_t now_ms;
static int server_fd;
static const char *drops; /* said one byte each ten seconds, again and again */
static size_t dropped;

/* Time passes with every look at the clock. */
static int64_t hasty_clock(void)
{
    now_ms += 500;
    if (server_fd >= 0 && drops != NULL && now_ms % 10000 == 0) {
        size_t at = MIN(dropped, strlen(drops) - 1);
        (void)!send(server_fd, drops + at, 1, MSG_NOSIGNAL);
        dropped++;
    }
    return now_ms;
}

static net_stream *stream_to(enum net_security security, const struct net_context *context)
{
    int pair[2];
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .security = security, .connect_timeout_ms = 15000, .io_timeout_ms = 60000
    };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    server_fd = pair[1];
    return net_stream_from_fd(pair[0], &endpoint, context);
}

static void say(const char *text)
{
    assert_int_equal(write(server_fd, text, strlen(text)), strlen(text));
}

static void check_given_up(const GError *error, int most_s)
{
    assert_non_null(error);
    if (!g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT))
        fail_msg("%s", error->message);
    assert_non_null(strstr(error->message, "mail.example.test"));
    if (now_ms > BEGIN_MS + most_s * INT64_C(1000))
        fail_msg("only after %d s: %s", (int)((now_ms - BEGIN_MS) / 1000), error->message);
}

static int begin(void **state)
{
    (void)state;
    now_ms = BEGIN_MS;
    drops = NULL;
    dropped = 0;
    net_clock_replace(hasty_clock);
    return 0;
}

static int end(void **state)
{
    (void)state;
    net_clock_replace(NULL);
    close(server_fd);
    return 0;
}

static void a_handshake_that_trickles_ends_with_the_time_to_connect(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = stream_to(NET_SECURITY_TLS, NULL);
    drops = "\x16\x03\x03\x40\x40\x02";
    assert_false(net_stream_start_tls(stream, 0, NULL, &error));
    check_given_up(error, 20);
}

static void a_greeting_that_trickles_ends_after_a_minute(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_PLAIN, NULL), NULL);
    drops = "* OK wait for meeeeeeeeee";
    assert_false(imap_client_greet(client, NULL, &error));
    check_given_up(error, 70);
}

static void capabilities_that_trickle_end_after_a_minute(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_PLAIN, NULL), NULL);
    say("* OK ready\r\n");
    drops = "* CAPABILITY X";
    assert_false(imap_client_greet(client, NULL, &error));
    check_given_up(error, 70);
}

static void a_go_ahead_that_trickles_ends_after_a_minute(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_STARTTLS, NULL), NULL);
    say("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n");
    drops = "p1 OK goooo";
    assert_false(imap_client_greet(client, NULL, &error));
    check_given_up(error, 70);
}

static void a_sign_in_that_trickles_ends_after_three_minutes(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    const struct net_credentials credentials = { .user = "alice", .password = "secret" };
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_PLAIN, NULL), NULL);
    say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n");
    assert_true(imap_client_greet(client, NULL, &error));
    drops = "* OK I am thinking\r\n* OK ...";
    assert_false(imap_client_login(client, &credentials, &error));
    check_given_up(error, 190);
}

static void a_command_without_an_answer_ends_after_the_longest_silence(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_PLAIN, NULL), NULL);
    say("* PREAUTH [CAPABILITY IMAP4rev1] in\r\n");
    assert_true(imap_client_greet(client, NULL, &error));
    assert_false(imap_wait(client, imap_send_noop(client), &reply, &error));
    check_given_up(error, 70);
    assert_non_null(strstr(error->message, "did not answer"));
}

/* "* OK still searching" each ten seconds is patience, not trickling: the answer comes in the end. */
static void a_long_command_may_take_its_time_while_the_server_says_so(void **state)
{
    (void)state;
    static const char still[] = "* OK\r\n* OK\r\n* OK\r\n* OK\r\n* OK\r\n* OK\r\n* OK\r\n* OK\r\np1 OK\r\n";
    g_autoptr(GError) error = NULL;
    struct imap_reply reply;
    g_autoptr(imap_client) client = imap_client_new(stream_to(NET_SECURITY_PLAIN, NULL), NULL);
    say("* PREAUTH [CAPABILITY IMAP4rev1] in\r\n");
    assert_true(imap_client_greet(client, NULL, &error));
    drops = still;
    assert_true(imap_wait(client, imap_send_noop(client), &reply, &error));
    assert_true(now_ms > BEGIN_MS + 500000);
}

/* After a sleep, or in another network: seconds are enough to see whether a connection lives, and an alarm nobody waited at counts for the next wait. */
static void who_is_in_a_hurry_waits_ten_seconds(void **state)
{
    (void)state;
    char byte;
    g_autoptr(GError) error = NULL;
    int bell = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    g_autoptr(net_stream) stream = stream_to(NET_SECURITY_TLS, &(struct net_context){ .cancel_fd = -1, .hurry_fd = bell });
    assert_int_equal(net_stream_read_or_wake(stream, &byte, 1, -1, 20000, &error), 0); /* who idles is in no hurry */
    assert_null(error);
    now_ms = BEGIN_MS;
    assert_int_equal(net_stream_read(stream, &byte, 1, &error), 0);
    check_given_up(error, 15);
    close(bell);
}

/* Each answer is in time, and yet there is no end to them. */
static void a_stage_has_an_end_whatever_its_parts_may_take(void **state)
{
    (void)state;
    char byte;
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = stream_to(NET_SECURITY_TLS, NULL);
    drops = "x";
    net_stream_set_stage(stream, 45000);
    do
        net_stream_set_deadline(stream, 30000);
    while (net_stream_read(stream, &byte, 1, &error) > 0);
    check_given_up(error, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handshake_that_trickles_ends_with_the_time_to_connect, begin, end),
        cmocka_unit_test_setup_teardown(a_greeting_that_trickles_ends_after_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(capabilities_that_trickle_end_after_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(a_go_ahead_that_trickles_ends_after_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(a_sign_in_that_trickles_ends_after_three_minutes, begin, end),
        cmocka_unit_test_setup_teardown(a_command_without_an_answer_ends_after_the_longest_silence, begin, end),
        cmocka_unit_test_setup_teardown(a_long_command_may_take_its_time_while_the_server_says_so, begin, end),
        cmocka_unit_test_setup_teardown(who_is_in_a_hurry_waits_ten_seconds, begin, end),
        cmocka_unit_test_setup_teardown(a_stage_has_an_end_whatever_its_parts_may_take, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
