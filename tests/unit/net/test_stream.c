/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Streams: bytes, deadlines, cancelling, the upgrade, and passwords that must not leave. */
#include "net/clock.h"
#include "net/log.h"
#include "net/resolve.h"
#include "tests/unit/net/side.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* --- STARTTLS --- */
static void bytes_behind_the_go_ahead_are_refused(void **state)
{
    (void)state;
    struct side side = { .talk = talk_until_end };
    int fd = side_start(&side);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_STARTTLS);
    g_autoptr(GError) error = NULL;
    net_stream *stream = net_stream_from_fd(fd, &endpoint, NULL);
    assert_false(net_stream_start_tls(stream, 1, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_NO_STARTTLS));
    assert_false(net_stream_can_send_password(stream, NULL));
    net_stream_free(stream);
    side_join(&side);
    assert_int_equal(side.seen_length, 0);
}

static void plaintext_instead_of_a_handshake_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct side side = { .talk = talk_until_end, .before_tls = "* OK PREAUTH injected line, long enough to be a record\r\n" };
        int fd = side_start(&side);
        struct net_endpoint endpoint = endpoint_of("mail.example.test", i == 0 ? NET_SECURITY_STARTTLS : NET_SECURITY_TLS);
        g_autoptr(GError) error = NULL;
        net_stream *stream = net_stream_from_fd(fd, &endpoint, NULL);
        assert_false(net_stream_start_tls(stream, 0, NULL, &error));
        assert_true(g_error_matches(error, NET_ERROR, i == 0 ? NET_ERROR_NO_STARTTLS : NET_ERROR_TLS));
        net_stream_free(stream);
        side_join(&side);
    }
}

/* --- passwords --- */
static void passwords_leave_only_where_it_is_safe_or_allowed(void **state)
{
    (void)state;
    struct side side = { .talk = talk_until_end };
    int fd = side_start(&side);
    const enum net_security modes[] = { NET_SECURITY_TLS, NET_SECURITY_STARTTLS, NET_SECURITY_PLAIN };
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        struct net_endpoint endpoint = endpoint_of("mail.example.test", modes[i]);
        endpoint.allow_cleartext_password = true;
        g_autoptr(GError) error = NULL;
        net_stream *stream = net_stream_from_fd(dup(fd), &endpoint, NULL);
        assert_int_equal(net_stream_can_send_password(stream, &error), modes[i] == NET_SECURITY_PLAIN); /* a socket pair is loopback */
        assert_true(error == NULL || g_error_matches(error, NET_ERROR, NET_ERROR_INSECURE));
        net_stream_free(stream);
    }
    close(fd);
    side_join(&side);
}

static void loopback_is_known_by_address_and_by_definition_only(void **state)
{
    (void)state;
    const char *const yes[] = { "localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1" };
    const char *const no[] = { "localhost.example.test", "notlocalhost", "127.0.0.1.example.test", "128.0.0.1", "::2", "", ".localhost" };
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
        assert_true(net_host_is_loopback(yes[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
        assert_false(net_host_is_loopback(no[i]));
}

/* --- waiting --- */
static void *cancel_main(void *data)
{
    g_usleep(20000);
    eventfd_write(*(int *)data, 1);
    return NULL;
}

enum cancelled_while { WHILE_READING, WHILE_SHAKING_HANDS, WHILE_WRITING };

static int64_t cancelled_after_ms(enum cancelled_while what)
{
    int pair[2], cancel_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_context context = { .cancel_fd = cancel_fd };
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, &context);
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_main, &cancel_fd);
    int64_t began = now_ms();
    g_autoptr(GError) error = NULL;
    char bytes[10];
    g_autofree char *much = g_malloc0(4000000);
    if (what == WHILE_READING)
        assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 0);
    else if (what == WHILE_SHAKING_HANDS)
        assert_false(net_stream_start_tls(stream, 0, NULL, &error));
    else
        assert_false(net_stream_write(stream, much, 4000000, &error));
    int64_t took = now_ms() - began;
    pthread_join(thread, NULL);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
    net_stream_free(stream);
    close(pair[1]);
    close(cancel_fd);
    return took;
}

/* On a machine that does something else just then it takes longer; not every time. */
static void cancelling_takes_less_than_100_ms(void **state)
{
    (void)state;
    for (enum cancelled_while what = WHILE_READING; what <= WHILE_WRITING; what++) {
        int64_t took = cancelled_after_ms(what);
        for (int again = 0; again < 20 && took >= 120; again++)
            took = cancelled_after_ms(what);
        assert_in_range(took, 0, 119);
    }
}

/* A listening socket whose queue is full: connect() never finishes. */
static int full_listener(uint16_t *port_out, int *filler, size_t count)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    for (size_t i = 0; i < count; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(filler[i], (struct sockaddr *)&address, sizeof address);
    }
    *port_out = ntohs(address.sin_port);
    return listener;
}

static void connecting_can_be_cancelled_and_has_a_deadline(void **state)
{
    (void)state;
    int filler[4], cancel_fd = eventfd(0, EFD_CLOEXEC);
    struct net_context context = { .cancel_fd = cancel_fd };
    struct net_endpoint endpoint = { .host = "127.0.0.1", .security = NET_SECURITY_PLAIN, .connect_timeout_ms = 60 };
    int listener = full_listener(&endpoint.port, filler, G_N_ELEMENTS(filler));
    g_autoptr(GError) late = NULL, cancelled = NULL;
    assert_null(net_stream_connect(&endpoint, &context, NULL, &late));
    assert_true(g_error_matches(late, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_non_null(strstr(late->message, "127.0.0.1"));
    endpoint.connect_timeout_ms = 20000;
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_main, &cancel_fd);
    int64_t began = now_ms();
    assert_null(net_stream_connect(&endpoint, &context, NULL, &cancelled));
    int64_t took = now_ms() - began;
    pthread_join(thread, NULL);
    assert_true(g_error_matches(cancelled, NET_ERROR, NET_ERROR_CANCELLED));
    assert_in_range(took, 0, 10000); /* not its 20 s; how fast the bell is heard is measured above */
    for (size_t i = 0; i < G_N_ELEMENTS(filler); i++)
        close(filler[i]);
    close(listener);
    close(cancel_fd);
}

static void a_closed_port_is_named_with_every_address(void **state)
{
    (void)state;
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof address), 0); /* bound, not listening: refused */
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &length), 0);
    struct net_endpoint endpoint = { .host = "localhost", .port = ntohs(address.sin_port), .security = NET_SECURITY_PLAIN };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CONNECT));
    assert_non_null(strstr(error->message, "127.0.0.1 port"));
    close(probe);
}

static void names_that_cannot_exist_are_refused_without_asking(void **state)
{
    (void)state;
    const char *const hosts[] = { "", "a b", "a/b", "user@host", "a\nb", "\xff\xfe", "ex\xc2\xa0mple.test" };
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        struct net_endpoint endpoint = { .host = hosts[i], .port = 25, .security = NET_SECURITY_PLAIN };
        g_autoptr(GError) error = NULL;
        assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_RESOLVE));
    }
}

static int64_t fake_now, fake_step;
static int64_t fake_clock(void)
{
    return fake_now += fake_step;
}

static int ticks, tick_waited;
static void count_tick(void *data, int waited_ms)
{
    (void)data;
    ticks++;
    tick_waited = waited_ms;
}

static void a_silent_server_is_given_up_and_told_of_each_second(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_context context = { .cancel_fd = -1, .tick = count_tick };
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_PLAIN);
    fake_now = 1000;
    fake_step = 100;
    ticks = 0;
    net_clock_replace(fake_clock);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, &context);
    g_autoptr(GError) error = NULL;
    char bytes[10];
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 0);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_in_range(ticks, 15, 20);
    assert_in_range(tick_waited, 18000, 20000);
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, NULL), 0); /* finished */
    net_clock_replace(NULL);
    net_stream_free(stream);
    close(pair[1]);
}

static void a_deadline_holds_against_a_server_that_trickles(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_PLAIN);
    fake_now = 1000;
    fake_step = 100;
    net_clock_replace(fake_clock);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, NULL);
    net_stream_set_deadline(stream, 3000);
    g_autoptr(GError) error = NULL;
    char byte;
    int count = 0;
    assert_int_equal(write(pair[1], "x", 1), 1);
    while (net_stream_read(stream, &byte, 1, &error) == 1 && count < 1000) {
        count++;
        if (count < 5)
            assert_int_equal(write(pair[1], "x", 1), 1);
    }
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_int_equal(count, 5);
    net_clock_replace(NULL);
    net_stream_free(stream);
    close(pair[1]);
}

static void idling_ends_at_the_wake_fd_and_at_its_time_without_error(void **state)
{
    (void)state;
    int pair[2], wake_fd = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_PLAIN);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, NULL);
    g_autoptr(GError) error = NULL;
    char bytes[10];
    assert_int_equal(net_stream_read_or_wake(stream, bytes, sizeof bytes, -1, 10, &error), 0);
    assert_null(error);
    eventfd_write(wake_fd, 1);
    assert_int_equal(net_stream_read_or_wake(stream, bytes, sizeof bytes, wake_fd, 60000, &error), 0);
    assert_null(error);
    assert_int_equal(write(pair[1], "new", 3), 3);
    assert_int_equal(net_stream_read_or_wake(stream, bytes, sizeof bytes, wake_fd, 60000, &error), 3); /* data goes before waking */
    close(pair[1]);
    assert_int_equal(net_stream_read_or_wake(stream, bytes, sizeof bytes, wake_fd, 60000, &error), 0);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    net_stream_free(stream);
    close(wake_fd);
}

/* --- bytes --- */
#define MUCH (3u * 1024u * 1024u)

static void talk_much_without_reading_first(struct side *side, SSL *ssl)
{
    g_autofree char *much = g_malloc0(MUCH);
    size_t sent = 0, seen = 0;
    while (sent < MUCH) {
        int count =
            ssl != NULL ? SSL_write(ssl, much + sent, (int)(MUCH - sent)) : (int)send(side->fd, much + sent, MUCH - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return;
        sent += (size_t)count;
    }
    while (seen < MUCH) {
        int count = ssl != NULL ? SSL_read(ssl, much, (int)MUCH) : (int)recv(side->fd, much, MUCH, 0);
        if (count <= 0)
            return;
        seen += (size_t)count;
    }
    side->seen_length = 1;
}

static void two_sides_that_both_write_do_not_wait_for_each_other(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        struct side side = { .certificate = is_tls ? certificate : NULL, .talk = talk_much_without_reading_first };
        int fd = side_start(&side);
        struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
        g_autoptr(GError) error = NULL;
        net_stream *stream = net_stream_from_fd(fd, &endpoint, NULL);
        g_autofree char *much = g_malloc0(MUCH);
        if (is_tls)
            assert_true(net_stream_start_tls(stream, 0, NULL, &error));
        assert_true(net_stream_write(stream, much, MUCH, &error));
        assert_true(net_stream_flush(stream, &error));
        size_t seen = 0, count;
        while (seen < MUCH && (count = net_stream_read(stream, much, MUCH, &error)) > 0)
            seen += count;
        assert_int_equal(seen, MUCH);
        net_stream_free(stream);
        side_join(&side);
        assert_int_equal(side.seen_length, 1);
    }
    peer_certificate_free(certificate);
}

static void last_words_are_heard_although_writing_fails(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_PLAIN);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, NULL);
    assert_int_equal(write(pair[1], "421 bye\r\n", 9), 9);
    close(pair[1]);
    g_autoptr(GError) error = NULL;
    char bytes[100];
    assert_true(net_stream_write(stream, "x", 1, &error));
    assert_false(net_stream_flush(stream, &error)); /* and no SIGPIPE */
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    g_clear_error(&error);
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 9);
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 0);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    net_stream_free(stream);
}

static void round_trips_are_counted_by_answers_waited_for(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_PLAIN);
    net_stream *stream = net_stream_from_fd(pair[0], &endpoint, NULL);
    char bytes[10];
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(net_stream_round_trips(stream), i);
        assert_true(net_stream_write(stream, "a", 1, NULL));
        assert_true(net_stream_write(stream, "b", 1, NULL)); /* pipelined: the same trip */
        assert_int_equal(write(pair[1], "12", 2), 2);
        assert_int_equal(net_stream_read(stream, bytes, 1, NULL), 1);
        assert_int_equal(net_stream_read(stream, bytes, 1, NULL), 1);
    }
    net_stream_free(stream);
    close(pair[1]);
}

static int option_of(const net_stream *stream, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    assert_int_equal(getsockopt(net_stream_fd(stream), level, name, &value, &length), 0);
    return value;
}

static void a_dead_line_is_noticed_in_the_time_somebody_wished(void **state)
{
    (void)state;
    const struct {
        int keepalive_s, user_timeout_ms, on, idle_s, unheard_ms;
    } rows[] = { { 0, 0, 1, 120, 150000 }, { 20, 9000, 1, 20, 9000 }, { -1, -1, 0, 7200, 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct net_endpoint endpoint = { .host = "127.0.0.1",
                                               .keepalive_s = rows[i].keepalive_s,
                                               .user_timeout_ms = rows[i].user_timeout_ms };
        g_autoptr(net_stream) stream = net_stream_from_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &endpoint, NULL);
        assert_int_equal(option_of(stream, SOL_SOCKET, SO_KEEPALIVE), rows[i].on);
        assert_int_equal(option_of(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), rows[i].unheard_ms);
        if (rows[i].on)
            assert_int_equal(option_of(stream, IPPROTO_TCP, TCP_KEEPIDLE), rows[i].idle_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_behind_the_go_ahead_are_refused),
        cmocka_unit_test(plaintext_instead_of_a_handshake_is_refused),
        cmocka_unit_test(passwords_leave_only_where_it_is_safe_or_allowed),
        cmocka_unit_test(loopback_is_known_by_address_and_by_definition_only),
        cmocka_unit_test(cancelling_takes_less_than_100_ms),
        cmocka_unit_test(connecting_can_be_cancelled_and_has_a_deadline),
        cmocka_unit_test(a_closed_port_is_named_with_every_address),
        cmocka_unit_test(names_that_cannot_exist_are_refused_without_asking),
        cmocka_unit_test(a_dead_line_is_noticed_in_the_time_somebody_wished),
        cmocka_unit_test(a_silent_server_is_given_up_and_told_of_each_second),
        cmocka_unit_test(a_deadline_holds_against_a_server_that_trickles),
        cmocka_unit_test(idling_ends_at_the_wake_fd_and_at_its_time_without_error),
        cmocka_unit_test(two_sides_that_both_write_do_not_wait_for_each_other),
        cmocka_unit_test(last_words_are_heard_although_writing_fails),
        cmocka_unit_test(round_trips_are_counted_by_answers_waited_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
