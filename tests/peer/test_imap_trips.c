/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* How often the IMAP client waits for the server between the greeting and the newest page. TCP, TLS and the greeting are three more. */
#include "net/imap_client.h"
#include "tests/peer/peer.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static peer_certificate *certificate;

#define PAGE                                                                                                                               \
    "C: %1 SELECT \"INBOX\"", "S: * 1 EXISTS", "S: %1 OK selected", "C: %1 FETCH 1:* (UID)", "S: * 1 FETCH (UID 7)", "S: %1 OK done", NULL
#define PAGE_BEHIND(word)                                                                                                                  \
    "C: %2 " word, "C: %1 SELECT \"INBOX\"", "S: %2 OK done", "S: * 1 EXISTS", "S: %1 OK selected", "C: %1 FETCH 1:* (UID)",               \
        "S: * 1 FETCH (UID 7)", "S: %1 OK done", NULL

static const struct {
    const char *name;
    enum net_security security;
    const char *auth;
    unsigned trips; /* the least the protocol permits */
    const char *lines[24];
} rows[] = {
    { "TLS, a server that says what it can",
      NET_SECURITY_TLS,
      NULL,
      3,
      { "T:", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *",
        "S: %t OK [CAPABILITY IMAP4rev1 IDLE] in", PAGE } },
    { "capabilities after the sign-in come by the way",
      NET_SECURITY_TLS,
      NULL,
      3,
      { "T:", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *", "S: %t OK in",
        PAGE_BEHIND("CAPABILITY") } },
    { "so does the namespace",
      NET_SECURITY_TLS,
      NULL,
      3,
      { "T:", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY NAMESPACE] in",
        PAGE_BEHIND("NAMESPACE") } },
    { "one more where the greeting is bare",
      NET_SECURITY_TLS,
      NULL,
      4,
      { "T:", "S: * OK ready", "C: %t CAPABILITY", "S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN", "S: %t OK done",
        "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1] in", PAGE } },
    { "one more where the method must be named first",
      NET_SECURITY_TLS,
      "plain",
      4,
      { "T:", "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready", "C: %t AUTHENTICATE PLAIN", "S: +", "C: *",
        "S: %t OK [CAPABILITY IMAP4rev1] in", PAGE } },
    { "none more with the LOGIN command",
      NET_SECURITY_TLS,
      "login",
      3,
      { "T:", "S: * OK [CAPABILITY IMAP4rev1] ready", "C: %t LOGIN \"alice\" \"secret\"", "S: %t OK [CAPABILITY IMAP4rev1] in", PAGE } },
    { "STARTTLS: one for it, one for what is true inside",
      NET_SECURITY_STARTTLS,
      NULL,
      5,
      { "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready", "C: %t STARTTLS", "S: %t OK go", "T:", "C: %t CAPABILITY",
        "S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN", "S: %t OK done", "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1] in",
        PAGE } },
    { "STARTTLS with a bare greeting costs no more",
      NET_SECURITY_STARTTLS,
      NULL,
      5,
      { "S: * OK ready", "C: %t STARTTLS", "S: %t OK go", "T:", "C: %t CAPABILITY", "S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN",
        "S: %t OK done", "C: %t AUTHENTICATE PLAIN *", "S: %t OK [CAPABILITY IMAP4rev1] in", PAGE } },
};

static void open_page(imap_client *client, const char *auth, GError **error)
{
    const struct net_credentials credentials = { .user = "alice", .password = "secret", .auth = auth };
    struct imap_reply reply;
    assert_true(imap_client_greet(client, NULL, error));
    assert_true(imap_client_login(client, &credentials, error));
    assert_true(imap_wait(client, imap_send_select(client, "INBOX", false), &reply, error));
    assert_int_equal(imap_client_mailbox(client)->exists, 1);
    assert_true(imap_wait(client, imap_send_fetch(client, false, "1:*", "(UID)"), &reply, error));
    assert_int_equal(reply.status, IMAP_OK);
}

static void the_newest_page_takes_as_few_round_trips_as_the_server_permits(void **state)
{
    (void)state;
    g_autofree char *pin = peer_certificate_fingerprint(certificate);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct net_endpoint endpoint = {
            .host = "mail.example.test", .security = rows[i].security, .tls_fingerprint = pin, .io_timeout_ms = 20000
        };
        g_autoptr(GError) error = NULL;
        print_message("%s\n", rows[i].name);
        peer *server = peer_start(rows[i].lines, certificate, PEER_WHOLE);
        net_stream *stream = net_stream_from_fd(peer_take_fd(server), &endpoint, NULL);
        if (rows[i].security == NET_SECURITY_TLS)
            assert_true(net_stream_start_tls(stream, 0, NULL, &error));
        imap_client *client = imap_client_new(stream, NULL);
        open_page(client, rows[i].auth, &error);
        assert_int_equal(net_stream_round_trips(stream), rows[i].trips);
        imap_client_free(client);
        if (peer_complaint(server) != NULL)
            fail_msg("%s", peer_complaint(server));
        peer_free(server);
    }
}

/* A COPY that was refused because its target has to be made first: what is asked for all together afterwards was not refused. */
static void a_refusal_that_was_waited_for_is_not_told_again(void **state)
{
    static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1] ready",
                                         "C: %t UID COPY 4 \"New\"",
                                         "S: %t NO [TRYCREATE] there is none",
                                         "C: %1 UID EXPUNGE 4",
                                         "C: %2 NOOP",
                                         "S: %1 OK gone",
                                         "S: %2 OK .",
                                         "C: %1 UID COPY 5 \"New\"",
                                         "C: %2 NOOP",
                                         "S: %1 NO not now",
                                         "S: %2 OK .",
                                         NULL };
    const struct net_endpoint endpoint = { .host = "mail.example.test", .security = NET_SECURITY_PLAIN, .io_timeout_ms = 20000 };
    (void)state;
    peer *server = peer_start(lines, NULL, PEER_WHOLE);
    imap_client *client = imap_client_new(net_stream_from_fd(peer_take_fd(server), &endpoint, NULL), NULL);
    struct imap_reply reply;
    assert_true(imap_client_greet(client, NULL, NULL));
    assert_true(imap_wait(client, imap_send_copy(client, "4", "New"), &reply, NULL));
    assert_int_equal(reply.code, IMAP_CODE_TRYCREATE);
    imap_send_uid_expunge(client, "4");
    imap_send_noop(client);
    assert_true(imap_wait_all(client, &reply, NULL));
    assert_int_equal(reply.status, IMAP_OK);
    imap_send_copy(client, "5", "New");
    imap_send_noop(client);
    assert_true(imap_wait_all(client, &reply, NULL));
    assert_int_equal(reply.status, IMAP_NO);
    assert_string_equal(reply.text, "not now");
    imap_client_free(client);
    if (peer_complaint(server) != NULL)
        fail_msg("%s", peer_complaint(server));
    peer_free(server);
}

static int set_up(void **state)
{
    (void)state;
    certificate = peer_certificate_new(&(struct peer_wish){ .common_name = "mail", .names = "DNS:mail.example.test" });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    peer_certificate_free(certificate);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_newest_page_takes_as_few_round_trips_as_the_server_permits),
                                        cmocka_unit_test(a_refusal_that_was_waited_for_is_not_told_again) };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
