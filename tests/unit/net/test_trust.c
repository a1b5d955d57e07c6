/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* TLS with every kind of certificate: who is trusted, who is not, and what is said about it. */
#include "tests/unit/net/side.h"
#include <openssl/pem.h>

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

/* Chains that look right at a glance. */
static void chains_with_a_hidden_fault_are_refused(void **state)
{
    (void)state;
    const char *mail = "DNS:mail.example.test";
    peer_certificate *server =
        peer_certificate_new(&(struct peer_wish){ .common_name = "other", .names = "DNS:other.test", .issuer = authority });
    peer_certificate *late = peer_certificate_new(
        &(struct peer_wish){ .common_name = "late", .is_authority = true, .issuer = authority, .from_days = -20, .until_days = -10 });
    peer_certificate *bound = peer_certificate_new(
        &(struct peer_wish){ .common_name = "bound", .is_authority = true, .issuer = authority, .permitted = "permitted;DNS:other.test" });
    peer_certificate *twin = peer_certificate_new(&(struct peer_wish){ .common_name = "postern test CA", .is_authority = true });
    const struct {
        const char *what;
        struct peer_wish wish;
    } rows[] = {
        { "issued by a server, not by an authority", { .common_name = "x", .names = mail, .issuer = server } },
        { "issued by an authority that has expired", { .common_name = "x", .names = mail, .issuer = late } },
        { "issued by an authority for other names", { .common_name = "x", .names = mail, .issuer = bound } },
        { "issued by an authority of the same name", { .common_name = "x", .names = mail, .issuer = twin } },
        { "for clients, not for servers", { .common_name = "x", .names = mail, .issuer = authority, .usage = "clientAuth" } },
        { "signed with SHA-1", { .common_name = "x", .names = mail, .issuer = authority, .is_weak = true } },
        { "with a NUL behind our name",
          { .common_name = "x", .names = "mail.example.test!.evil.test", .issuer = authority, .has_nul = true } },
        { "with a NUL before our name",
          { .common_name = "x", .names = "evil.test!mail.example.test", .issuer = authority, .has_nul = true } },
    };
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        peer_certificate *certificate = peer_certificate_new(&rows[i].wish);
        struct meeting meeting;
        meet(certificate, &endpoint, &meeting);
        if (meeting.is_trusted || *meeting.verdict.reason == '\0')
            fail_msg("trusted although %s", rows[i].what);
        assert_true(g_utf8_validate(meeting.verdict.names, -1, NULL));
        meeting_clear(&meeting);
        peer_certificate_free(certificate);
    }
    peer_certificate_free(server);
    peer_certificate_free(late);
    peer_certificate_free(bound);
    peer_certificate_free(twin);
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

static void a_locked_key_is_named_with_what_to_do(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(directory, "locked.pem", NULL);
    peer_certificate *mine = peer_certificate_new(&(struct peer_wish){ .common_name = "me", .issuer = authority });
    peer_certificate_save(mine, path, NULL);
    FILE *file = fopen(path, "a");
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, mine->key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
    fclose(file);
    struct net_endpoint endpoint = endpoint_of("mail.example.test", NET_SECURITY_TLS);
    endpoint.tls_certificate = path;
    struct meeting meeting;
    meet(mine, &endpoint, &meeting);
    assert_true(g_error_matches(meeting.error, NET_ERROR, NET_ERROR_CONFIG));
    assert_non_null(strstr(meeting.error->message, "locked with a passphrase"));
    meeting_clear(&meeting);
    peer_certificate_free(mine);
    g_unlink(path);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_of_our_authority_with_the_right_name_is_trusted),
        cmocka_unit_test(untrusted_certificates_are_refused_with_every_reason),
        cmocka_unit_test(names_are_matched_as_the_standards_say),
        cmocka_unit_test(names_of_another_kind_never_match),
        cmocka_unit_test(hosts_that_would_match_anything_are_not_connected_to),
        cmocka_unit_test(chains_with_a_hidden_fault_are_refused),
        cmocka_unit_test(a_pin_replaces_chain_name_and_time),
        cmocka_unit_test(another_certificate_than_the_pinned_one_is_an_alarm_even_if_it_is_good),
        cmocka_unit_test(the_servers_own_certificate_in_the_ca_file_is_enough),
        cmocka_unit_test(the_systems_file_of_authorities_is_asked_last),
        cmocka_unit_test(options_that_cannot_be_used_are_named),
        cmocka_unit_test(a_locked_key_is_named_with_what_to_do),
        cmocka_unit_test(tls_1_1_is_refused),
        cmocka_unit_test(tls_1_2_still_works_and_close_notify_is_a_clean_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
