/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Streams: bytes, deadlines, cancelling, TLS with every kind of certificate, and passwords that must not leave. */
#include "net/clock.h"
#include "net/log.h"
#include "net/resolve.h"
#include "net/stream.h"
#include "tests/peer/peer_authority.h"
#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static char *directory, *ca_path;
static peer_certificate *authority;

/* --- the other side: one thread, one function --- */
struct side {
    int fd;
    const peer_certificate *certificate;
    int max_version; /* of TLS; 0: any */
    void (*talk)(struct side *side, SSL *ssl);
    const char *before_tls; /* written in the clear first */
    pthread_t thread;
    SSL_CTX *context;
    char seen[4096];
    size_t seen_length;
};

static void *side_main(void *data)
{
    struct side *side = data;
    SSL *ssl = NULL;
    sigset_t pipe; /* OpenSSL's own socket BIO raises it: this side may be told, ours must never be */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    if (side->before_tls != NULL)
        (void)!send(side->fd, side->before_tls, strlen(side->before_tls), MSG_NOSIGNAL);
    if (side->certificate != NULL) {
        side->context = peer_certificate_context(side->certificate);
        SSL_CTX_set_security_level(side->context, 0);
        if (side->max_version != 0) {
            SSL_CTX_set_min_proto_version(side->context, 0);
            SSL_CTX_set_max_proto_version(side->context, side->max_version);
        }
        ssl = SSL_new(side->context);
        SSL_set_fd(ssl, side->fd);
    }
    if ((ssl == NULL || SSL_accept(ssl) == 1) && side->talk != NULL)
        side->talk(side, ssl);
    SSL_free(ssl);
    SSL_CTX_free(side->context);
    close(side->fd);
    return NULL;
}

/* Returns our end. */
static int side_start(struct side *side)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    side->fd = pair[1];
    assert_int_equal(pthread_create(&side->thread, NULL, side_main, side), 0);
    return pair[0];
}

static void side_join(struct side *side)
{
    pthread_join(side->thread, NULL);
}

static void talk_hello(struct side *side, SSL *ssl)
{
    (void)side;
    SSL_write(ssl, "hello", 5);
    SSL_shutdown(ssl);
}

static void talk_until_end(struct side *side, SSL *ssl)
{
    for (;;) {
        char bytes[512];
        ssize_t count = ssl != NULL ? SSL_read(ssl, bytes, sizeof bytes) : recv(side->fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            return;
        size_t room = MIN((size_t)count, sizeof side->seen - side->seen_length);
        memcpy(side->seen + side->seen_length, bytes, room);
        side->seen_length += room;
    }
}

static struct net_endpoint endpoint_of(const char *host, enum net_security security)
{
    return (struct net_endpoint){ .host = host, .port = 993, .security = security, .tls_ca_file = ca_path, .io_timeout_ms = 20000 };
}

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

/* --- TLS and trust --- */
struct meeting {
    struct net_trust_verdict verdict;
    GError *error;
    bool is_trusted;
    char seen[4096];
    size_t seen_length;
};

/* A handshake with a server that shows certificate. */
static void meet(const peer_certificate *certificate, const struct net_endpoint *endpoint, struct meeting *meeting)
{
    struct side side = { .certificate = certificate, .talk = talk_until_end };
    int fd = side_start(&side);
    *meeting = (struct meeting){ 0 };
    net_stream *stream = net_stream_from_fd(fd, endpoint, NULL);
    meeting->is_trusted = net_stream_start_tls(stream, 0, &meeting->verdict, &meeting->error);
    assert_int_equal(meeting->is_trusted, net_stream_is_tls(stream));
    if (meeting->is_trusted) {
        assert_true(net_stream_certificate(stream, &meeting->verdict));
        assert_string_equal(net_stream_tls_version(stream), "TLSv1.3");
    } else {
        GError *again = NULL;
        assert_false(net_stream_write(stream, "secret", 6, &again)); /* finished */
        assert_non_null(again);
        g_error_free(again);
    }
    net_stream_free(stream);
    side_join(&side);
    memcpy(meeting->seen, side.seen, side.seen_length);
    meeting->seen_length = side.seen_length;
    assert_int_equal(side.seen_length, 0);
}

static void meeting_clear(struct meeting *meeting)
{
    net_trust_verdict_clear(&meeting->verdict);
    g_clear_error(&meeting->error);
}

static void a_server_of_our_authority_with_the_right_name_is_trusted(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    struct meeting meeting;
    meet(certificate, &endpoint, &meeting);
    assert_true(meeting.is_trusted);
    assert_string_equal(meeting.verdict.names, "mail.example.test");
    assert_string_equal(meeting.verdict.reason, "");
    meeting_clear(&meeting);
    peer_certificate_free(certificate);
}

/* Each row a certificate and what must be said of it. */
static void untrusted_certificates_are_refused_with_every_reason(void **state)
{
    (void)state;
    peer_certificate *stranger = peer_certificate_new(&(struct peer_wish){ .common_name = "Strange CA", .is_authority = true });
    const struct {
        struct peer_wish wish;
        bool name, expired, early, self_signed, unknown;
        const char *words;
    } rows[] = {
        { { .common_name = "x", .names = "DNS:other.example.test", .issuer = authority },
          .name = true,
          .words = "not for mail.example.test but for other.example.test" },
        { { .common_name = "x", .names = "DNS:mail.example.test", .issuer = authority, .from_days = -20, .until_days = -10 },
          .expired = true,
          .words = "expired on" },
        { { .common_name = "x", .names = "DNS:mail.example.test", .issuer = authority, .from_days = 5, .until_days = 10 },
          .early = true,
          .words = "not valid before" },
        { { .common_name = "x", .names = "DNS:mail.example.test" }, .self_signed = true, .words = "self-signed" },
        { { .common_name = "x", .names = "DNS:mail.example.test", .issuer = stranger }, .unknown = true, .words = "Strange CA" },
        { { .common_name = "x", .names = "DNS:evil.test", .issuer = stranger, .from_days = -20, .until_days = -10 },
          true,
          true,
          false,
          false,
          true,
          "expired on" },
        { { .common_name = "x", .names = "DNS:evil.test", .from_days = -20, .until_days = -10 },
          true,
          true,
          false,
          true,
          false,
          "not for mail" },
        { { .common_name = "mail.example.test", .names = "DNS:other.example.test", .issuer = authority },
          .name = true,
          .words = "not for" },
        { { .common_name = "x", .names = "DNS:*.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:*", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:*.*.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:mail.*.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:*.mail.example.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:example.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "DNS:mail.example.test.evil.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "URI:https://mail.example.test", .issuer = authority }, .name = true, .words = "old way" },
        { { .common_name = "x", .names = "email:root@mail.example.test", .issuer = authority }, .name = true, .words = "old way" },
        /* the common name never counts, RFC 9525 2 */
        { { .common_name = "mail.example.test", .issuer = authority }, .name = true, .words = "old way (CN = mail.example.test)" },
        { { .common_name = "*.example.test", .issuer = authority }, .name = true, .words = "old way" },
        { { .common_name = "x", .names = "DNS:ma*.example.test", .issuer = authority }, .name = true, .words = "not for" },
        { { .common_name = "x", .names = "IP:127.0.0.1", .issuer = authority }, .name = true, .words = "not for" },
    };
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        peer_certificate *certificate = peer_certificate_new(&rows[i].wish);
        g_autofree char *fingerprint = peer_certificate_fingerprint(certificate);
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        assert_false(meeting.is_trusted);
        assert_true(g_error_matches(meeting.error, NET_ERROR, NET_ERROR_CERTIFICATE));
        assert_int_equal(meeting.verdict.is_name_wrong, rows[i].name);
        assert_int_equal(meeting.verdict.is_expired, rows[i].expired);
        assert_int_equal(meeting.verdict.is_not_yet_valid, rows[i].early);
        assert_int_equal(meeting.verdict.is_self_signed, rows[i].self_signed);
        assert_int_equal(meeting.verdict.is_unknown_issuer, rows[i].unknown);
        assert_false(meeting.verdict.is_pin_mismatch);
        assert_non_null(strstr(meeting.verdict.reason, rows[i].words));
        assert_non_null(strstr(meeting.error->message, rows[i].words));
        assert_string_equal(meeting.verdict.fingerprint, fingerprint);
        meeting_clear(&meeting);
        peer_certificate_free(certificate);
    }
    peer_certificate_free(stranger);
}

static void names_are_matched_as_the_standards_say(void **state)
{
    (void)state;
    const struct {
        const char *names, *common_name, *host;
    } rows[] = {
        { "DNS:*.example.test", "x", "mail.example.test" },
        { "IP:127.0.0.1", "x", "127.0.0.1" },
        { "IP:::1", "x", "[::1]" },
        { "DNS:MAIL.example.TEST", "x", "mail.example.test" },
        { "DNS:mail.example.test", "x", "mail.example.test." },
        { "DNS:xn--bcher-kva.example", "x", "bücher.example" },
        { "DNS:*.example.test", "x", "mail.example.test." },
        { "DNS:other.test,DNS:mail.example.test", "x", "mail.example.test" },
        { "DNS:*.xn--bcher-kva.example", "x", "mail.BÜCHER.example" },
        { "DNS:bücher.example,DNS:xn--bcher-kva.example", "x", "xn--bcher-kva.example" },
        { "IP:fe80::1", "x", "fe80::1%lo" },
        { "IP:2001:db8::1", "x", "[2001:DB8:0::1]" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        peer_certificate *certificate =
            peer_certificate_new(&(struct peer_wish){ .common_name = rows[i].common_name, .names = rows[i].names, .issuer = authority });
        struct net_endpoint endpoint = endpoint_of(rows[i].host, NET_SECURITY_STARTTLS);
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        if (!meeting.is_trusted)
            print_error("%s: %s\n", rows[i].host, meeting.error->message);
        assert_true(meeting.is_trusted);
        meeting_clear(&meeting);
        peer_certificate_free(certificate);
    }
}

static void names_of_another_kind_never_match(void **state)
{
    (void)state;
    const struct {
        const char *names, *host;
    } rows[] = {
        { "DNS:127.0.0.1", "127.0.0.1" },
        { "DNS:*.0.0.1", "127.0.0.1" },
        { "IP:127.0.0.1", "127.0.0.2" },
        { "IP:::1", "::2" },
        { "DNS:xn--bcher-kva.example", "bucher.example" },
        { "DNS:bücher.example", "bücher.example" }, /* a name in a certificate is ASCII */
        { "DNS:mail.example.test", "mail.example.test.other" },
        { "DNS:mail.example.test", "mail.example" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        peer_certificate *certificate =
            peer_certificate_new(&(struct peer_wish){ .common_name = rows[i].host, .names = rows[i].names, .issuer = authority });
        struct net_endpoint endpoint = endpoint_of(rows[i].host, NET_SECURITY_TLS);
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        if (meeting.is_trusted || !meeting.verdict.is_name_wrong)
            fail_msg("%s was taken for %s", rows[i].names, rows[i].host);
        meeting_clear(&meeting);
        peer_certificate_free(certificate);
    }
}

/* OpenSSL takes no name for "any name", and ".test" for "any name below": neither may reach it. */
static void hosts_that_would_match_anything_are_not_connected_to(void **state)
{
    (void)state;
    static const char *const hosts[] = { "", ".", ".test", ".example.test", "mail..example.test", "mail.example.test..", " " };
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        struct side side = { .certificate = certificate, .talk = talk_until_end };
        struct net_endpoint endpoint = endpoint_of(hosts[i], NET_SECURITY_TLS);
        g_autoptr(GError) error = NULL;
        net_stream *stream = net_stream_from_fd(side_start(&side), &endpoint, NULL);
        assert_false(net_stream_start_tls(stream, 0, NULL, &error));
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_RESOLVE));
        net_stream_free(stream);
        side_join(&side);
    }
    peer_certificate_free(certificate);
}

static void a_pin_replaces_chain_name_and_time(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "old box", .from_days = -20, .until_days = -10 });
    g_autofree char *fingerprint = peer_certificate_fingerprint(certificate);
    g_autofree char *lower = g_ascii_strdown(fingerprint, -1);
    g_autoptr(GString) bare = g_string_new(lower + 7);
    g_string_replace(bare, ":", "", 0);
    g_autofree char *several = g_strdup_printf("sha256:%064d; SHA256:%s", 0, bare->str);
    const char *const pins[] = { fingerprint, lower, several };
    for (size_t i = 0; i < G_N_ELEMENTS(pins); i++) {
        struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
        endpoint.tls_fingerprint = pins[i];
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        assert_true(meeting.is_trusted);
        meeting_clear(&meeting);
    }
    peer_certificate_free(certificate);
}

static void another_certificate_than_the_pinned_one_is_an_alarm_even_if_it_is_good(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    g_autofree char *pin = g_strdup_printf("sha256:%064d", 7);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    endpoint.tls_fingerprint = pin;
    struct meeting meeting;
    meet(certificate, &endpoint, &meeting);
    assert_false(meeting.is_trusted);
    assert_true(meeting.verdict.is_pin_mismatch);
    assert_true(g_error_matches(meeting.error, NET_ERROR, NET_ERROR_CERTIFICATE));
    meeting_clear(&meeting);
    peer_certificate_free(certificate);
}

static void the_servers_own_certificate_in_the_ca_file_is_enough(void **state)
{
    (void)state;
    peer_certificate *certificate = peer_certificate_new(&(struct peer_wish){ .common_name = "x", .names = "DNS:mail.example.test" });
    g_autofree char *path = g_build_filename(directory, "own.pem", NULL);
    peer_certificate_save(certificate, path, NULL);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    endpoint.tls_ca_file = path;
    struct meeting meeting;
    meet(certificate, &endpoint, &meeting);
    assert_true(meeting.is_trusted);
    meeting_clear(&meeting);
    peer_certificate_free(certificate);
}

/* The file is looked into only when the directory knows nobody. */
static void the_systems_file_of_authorities_is_asked_last(void **state)
{
    (void)state;
    g_autofree char *saved = g_strdup(g_getenv("SSL_CERT_FILE"));
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    endpoint.tls_ca_file = NULL;
    struct meeting meeting;
    g_setenv("SSL_CERT_FILE", ca_path, TRUE);
    meet(certificate, &endpoint, &meeting);
    assert_true(meeting.is_trusted);
    assert_string_equal(meeting.verdict.reason, "");
    meeting_clear(&meeting);
    g_setenv("SSL_CERT_FILE", "/nonexistent", TRUE);
    meet(certificate, &endpoint, &meeting);
    assert_false(meeting.is_trusted);
    assert_true(meeting.verdict.is_unknown_issuer);
    meeting_clear(&meeting);
    peer_certificate_free(certificate);
    if (saved != NULL)
        g_setenv("SSL_CERT_FILE", saved, TRUE);
    else
        g_unsetenv("SSL_CERT_FILE");
}

static void options_that_cannot_be_used_are_named(void **state)
{
    (void)state;
    g_autofree char *empty = g_build_filename(directory, "empty.pem", NULL);
    assert_true(g_file_set_contents(empty, "nothing\n", -1, NULL));
    const struct {
        const char *ca, *pin, *certificate, *key, *words;
    } rows[] = {
        { .ca = "/nonexistent/ca.pem", .words = "/nonexistent/ca.pem" },
        { .ca = empty, .words = empty },
        { .pin = "sha256:12", .words = "sha256:12" },
        { .pin = "md5:00", .words = "md5:00" },
        { .pin = " ; ", .words = "tls-fingerprint" },
        { .certificate = "/nonexistent/me.pem", .words = "/nonexistent/me.pem" },
        { .certificate = empty, .words = empty },
        { .key = "/nonexistent/me.key", .words = "/nonexistent/me.key" },
        { .certificate = ca_path, .key = "/nonexistent/me.key", .words = "/nonexistent/me.key" },
    };
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
        endpoint.tls_ca_file = rows[i].ca != NULL ? rows[i].ca : ca_path;
        endpoint.tls_fingerprint = rows[i].pin;
        endpoint.tls_certificate = rows[i].certificate;
        endpoint.tls_key = rows[i].key;
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        assert_true(g_error_matches(meeting.error, NET_ERROR, NET_ERROR_CONFIG));
        assert_non_null(strstr(meeting.error->message, rows[i].words));
        meeting_clear(&meeting);
    }
    peer_certificate_free(certificate);
}

static void tls_1_1_is_refused(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    struct side side = { .certificate = certificate, .max_version = TLS1_1_VERSION };
    int fd = side_start(&side);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    g_autoptr(GError) error = NULL;
    net_stream *stream = net_stream_from_fd(fd, &endpoint, NULL);
    assert_false(net_stream_start_tls(stream, 0, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TLS));
    net_stream_free(stream);
    side_join(&side);
    peer_certificate_free(certificate);
}

static void tls_1_2_still_works_and_close_notify_is_a_clean_end(void **state)
{
    (void)state;
    peer_certificate *certificate =
        peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test", .issuer = authority });
    struct side side = { .certificate = certificate, .max_version = TLS1_2_VERSION, .talk = talk_hello };
    int fd = side_start(&side);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    g_autoptr(GError) error = NULL;
    net_stream *stream = net_stream_from_fd(fd, &endpoint, NULL);
    char bytes[10];
    assert_true(net_stream_start_tls(stream, 0, NULL, &error));
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 5);
    assert_int_equal(net_stream_read(stream, bytes, sizeof bytes, &error), 0);
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CLOSED));
    net_stream_free(stream);
    side_join(&side);
    peer_certificate_free(certificate);
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

static void cancelling_takes_less_than_100_ms(void **state)
{
    (void)state;
    for (enum cancelled_while what = WHILE_READING; what <= WHILE_WRITING; what++) {
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
        assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
        assert_true(now_ms() - began < 120);
        pthread_join(thread, NULL);
        net_stream_free(stream);
        close(pair[1]);
        close(cancel_fd);
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
    assert_true(g_error_matches(cancelled, NET_ERROR, NET_ERROR_CANCELLED));
    assert_true(now_ms() - began < 120);
    pthread_join(thread, NULL);
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

static int set_up(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-stream-XXXXXX", NULL);
    ca_path = g_build_filename(directory, "ca.pem", NULL);
    authority = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    peer_certificate_save(authority, ca_path, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    const char *const files[] = { "ca.pem", "own.pem", "empty.pem" };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
    g_free(directory);
    g_free(ca_path);
    peer_certificate_free(authority);
    return 0;
}

int main(void)
{
    signal(SIGPIPE, SIG_DFL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_of_our_authority_with_the_right_name_is_trusted),
        cmocka_unit_test(untrusted_certificates_are_refused_with_every_reason),
        cmocka_unit_test(names_are_matched_as_the_standards_say),
        cmocka_unit_test(names_of_another_kind_never_match),
        cmocka_unit_test(hosts_that_would_match_anything_are_not_connected_to),
        cmocka_unit_test(a_pin_replaces_chain_name_and_time),
        cmocka_unit_test(another_certificate_than_the_pinned_one_is_an_alarm_even_if_it_is_good),
        cmocka_unit_test(the_servers_own_certificate_in_the_ca_file_is_enough),
        cmocka_unit_test(the_systems_file_of_authorities_is_asked_last),
        cmocka_unit_test(options_that_cannot_be_used_are_named),
        cmocka_unit_test(tls_1_1_is_refused),
        cmocka_unit_test(tls_1_2_still_works_and_close_notify_is_a_clean_end),
        cmocka_unit_test(bytes_behind_the_go_ahead_are_refused),
        cmocka_unit_test(plaintext_instead_of_a_handshake_is_refused),
        cmocka_unit_test(passwords_leave_only_where_it_is_safe_or_allowed),
        cmocka_unit_test(loopback_is_known_by_address_and_by_definition_only),
        cmocka_unit_test(cancelling_takes_less_than_100_ms),
        cmocka_unit_test(connecting_can_be_cancelled_and_has_a_deadline),
        cmocka_unit_test(a_closed_port_is_named_with_every_address),
        cmocka_unit_test(names_that_cannot_exist_are_refused_without_asking),
        cmocka_unit_test(a_silent_server_is_given_up_and_told_of_each_second),
        cmocka_unit_test(a_deadline_holds_against_a_server_that_trickles),
        cmocka_unit_test(idling_ends_at_the_wake_fd_and_at_its_time_without_error),
        cmocka_unit_test(two_sides_that_both_write_do_not_wait_for_each_other),
        cmocka_unit_test(last_words_are_heard_although_writing_fails),
        cmocka_unit_test(round_trips_are_counted_by_answers_waited_for),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
