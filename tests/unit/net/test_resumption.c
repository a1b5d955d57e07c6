/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* A second connection to the same server goes on with the first one's session, and is judged all the same. */
#include "net/stream.h"
#include "tests/peer/peer_authority.h"
#include <glib.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static peer_certificate *certificate;
static char *pin;

/* A server of two or three connections, one after the other, with one memory. */
struct server {
    SSL_CTX *context;
    int fd;
    bool is_resumed;
    pthread_t thread;
};

static void *serve(void *data)
{
    struct server *self = data;
    SSL *ssl = SSL_new(self->context);
    char byte;
    SSL_set_fd(ssl, self->fd);
    self->is_resumed = false;
    if (SSL_accept(ssl) == 1) {
        self->is_resumed = SSL_session_reused(ssl) == 1;
        SSL_write(ssl, "x", 1);
        SSL_read(ssl, &byte, 1);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(self->fd);
    return NULL;
}

/* True: it was trusted and a byte was read. */
static bool visit(struct server *self, const struct net_endpoint *endpoint, GError **error)
{
    int pair[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    self->fd = pair[1];
    assert_int_equal(pthread_create(&self->thread, NULL, serve, self), 0);
    net_stream *stream = net_stream_from_fd(pair[0], endpoint, NULL);
    bool is_good = net_stream_start_tls(stream, 0, NULL, error) && net_stream_read(stream, &byte, 1, error) == 1;
    net_stream_free(stream);
    pthread_join(self->thread, NULL);
    return is_good;
}

static struct net_endpoint endpoint_of(const char *host, const char *fingerprint)
{
    return (struct net_endpoint){
        .host = host, .port = 993, .security = NET_SECURITY_TLS, .tls_fingerprint = fingerprint, .io_timeout_ms = 20000
    };
}

static void check_version(int version, const char *host)
{
    struct server server = { .context = peer_certificate_context(certificate) };
    const struct net_endpoint endpoint = endpoint_of(host, pin);
    g_autoptr(GError) error = NULL;
    SSL_CTX_set_max_proto_version(server.context, version);
    assert_true(visit(&server, &endpoint, &error));
    assert_false(server.is_resumed);
    for (int i = 0; i < 3; i++) {
        assert_true(visit(&server, &endpoint, &error));
        assert_true(server.is_resumed);
    }
    struct net_endpoint other = endpoint;
    other.port = 465;
    assert_true(visit(&server, &other, &error)); /* another door, another session */
    assert_false(server.is_resumed);
    SSL_CTX_free(server.context);
}

static void a_second_connection_resumes_with_tls_13(void **state)
{
    (void)state;
    check_version(TLS1_3_VERSION, "one.example.test");
}

static void a_second_connection_resumes_with_tls_12(void **state)
{
    (void)state;
    check_version(TLS1_2_VERSION, "two.example.test");
}

static void a_resumed_connection_is_judged_like_a_new_one(void **state)
{
    (void)state;
    struct server server = { .context = peer_certificate_context(certificate) };
    const struct net_endpoint good = endpoint_of("three.example.test", pin);
    g_autofree char *other_pin = g_strdup_printf("sha256:%064d", 7);
    const struct net_endpoint bad = endpoint_of("three.example.test", other_pin);
    g_autoptr(GError) error = NULL;
    assert_true(visit(&server, &good, &error));
    assert_false(visit(&server, &bad, &error)); /* with the session of the good one */
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CERTIFICATE));
    SSL_CTX_free(server.context);
}

static void the_session_of_a_refused_server_is_not_kept(void **state)
{
    (void)state;
    struct server server = { .context = peer_certificate_context(certificate) };
    const struct net_endpoint bad = endpoint_of("four.example.test", NULL), good = endpoint_of("four.example.test", pin);
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        g_autoptr(GError) error = NULL;
        SSL_CTX_set_max_proto_version(server.context, version);
        assert_false(visit(&server, &bad, &error)); /* self-signed */
        g_clear_error(&error);
        assert_true(visit(&server, &good, &error));
        assert_false(server.is_resumed);
    }
    SSL_CTX_free(server.context);
}

/* The server forgot us, or is another machine behind the same name. */
static void a_session_the_server_does_not_know_costs_nothing(void **state)
{
    (void)state;
    const struct net_endpoint endpoint = endpoint_of("five.example.test", pin);
    for (int i = 0; i < 3; i++) {
        struct server server = { .context = peer_certificate_context(certificate) };
        g_autoptr(GError) error = NULL;
        assert_true(visit(&server, &endpoint, &error));
        assert_false(server.is_resumed);
        SSL_CTX_free(server.context);
    }
}

static void a_server_older_than_the_least_version_is_refused(void **state)
{
    (void)state;
    struct server server = { .context = peer_certificate_context(certificate) };
    struct net_endpoint endpoint = endpoint_of("six.example.test", pin);
    g_autoptr(GError) error = NULL;
    SSL_CTX_set_max_proto_version(server.context, TLS1_2_VERSION);
    assert_true(visit(&server, &endpoint, &error));
    endpoint.tls_least = NET_TLS_1_3;
    assert_false(visit(&server, &endpoint, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TLS));
    assert_non_null(strstr(error->message, "old version"));
    SSL_CTX_set_max_proto_version(server.context, TLS1_3_VERSION);
    g_clear_error(&error);
    assert_true(visit(&server, &endpoint, &error));
    SSL_CTX_free(server.context);
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* the servers write with OpenSSL's own socket BIO */
    certificate = peer_certificate_new(&(struct peer_wish){ .common_name = "mail" });
    pin = peer_certificate_fingerprint(certificate);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    peer_certificate_free(certificate);
    g_free(pin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_connection_resumes_with_tls_13),
        cmocka_unit_test(a_second_connection_resumes_with_tls_12),
        cmocka_unit_test(a_resumed_connection_is_judged_like_a_new_one),
        cmocka_unit_test(the_session_of_a_refused_server_is_not_kept),
        cmocka_unit_test(a_session_the_server_does_not_know_costs_nothing),
        cmocka_unit_test(a_server_older_than_the_least_version_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
