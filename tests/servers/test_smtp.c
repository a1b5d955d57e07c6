/* SPDX-License-Identifier: MIT */
/* The SMTP client and the probe against a real Postfix: every port and security mode of the matrix. */
#include "net/probe.h"
#include "net/smtp_client.h"
#include "tests/servers/server.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static server *servers;

static struct net_endpoint endpoint_of(int port, enum net_security security)
{
    return (
        struct net_endpoint){ .host = "localhost", .port = (uint16_t)port, .security = security, .tls_ca_file = server_ca_file(servers) };
}

static int file_of(const char *text)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-smtp-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    g_unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    return fd;
}

/* One message to bob and to nobody; each recipient gets an answer of its own. */
static void send_one(const struct net_endpoint *endpoint, const char *user, const char *subject)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(smtp_client) client = smtp_client_connect(endpoint, NULL, NULL, &error);
    if (client == NULL)
        fail_msg("connect: %s", error->message);
    const struct net_credentials credentials = { .user = user, .password = SERVER_PASSWORD };
    if (!smtp_client_login(client, &credentials, &error))
        fail_msg("login: %s", error->message);
    g_autofree char *text = g_strdup_printf("From: " SERVER_ADDRESS "\nTo: bob@example.test\nSubject: %s\n\n.\n..dots\nbye\n", subject);
    int fd = file_of(text);
    const char *const recipients[] = { "bob@example.test", "nobody-here@example.test", NULL };
    const struct smtp_envelope envelope = { .sender = SERVER_ADDRESS, .recipients = recipients };
    struct smtp_result result;
    bool is_done = smtp_client_send(client, &envelope, fd, strlen(text), NULL, &result, &error);
    close(fd);
    if (!is_done)
        fail_msg("send: %s", error->message);
    if (result.outcome != SMTP_ACCEPTED)
        fail_msg("sender %d, data %d %s, recipient %d %s", result.sender.code, result.data.code, result.data.text,
                 result.recipients[0].code, result.recipients[0].text);
    assert_int_equal(result.recipients[0].code / 100, 2);
    smtp_result_clear(&result);
    smtp_client_quit(client);
}

static bool has_arrived(const char *subject)
{
    for (int i = 0; i < 200; i++) {
        g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_OTHER, "text", "mailbox", "INBOX", "subject", subject, NULL);
        if (found != NULL && strstr(found, "bye") != NULL)
            return strstr(found, "\n.\n") != NULL || strstr(found, "\n.\r\n") != NULL;
        g_usleep(50000); /* waiting for another program's delivery */
    }
    return false;
}

static void a_message_goes_out_and_arrives_by_every_door(void **state)
{
    (void)state;
    const struct server_ports *ports = server_ports(servers);
    const struct {
        int port;
        enum net_security security;
        const char *user, *subject;
    } doors[] = {
        { ports->smtp, NET_SECURITY_PLAIN, NULL, "door25plain" },
        { ports->smtp, NET_SECURITY_STARTTLS, NULL, "door25starttls" },
        { ports->submission, NET_SECURITY_STARTTLS, SERVER_USER, "door587starttls" },
        { ports->submissions, NET_SECURITY_TLS, SERVER_USER, "door465tls" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(doors); i++) {
        struct net_endpoint endpoint = endpoint_of(doors[i].port, doors[i].security);
        send_one(&endpoint, doors[i].user, doors[i].subject);
        assert_true(has_arrived(doors[i].subject));
    }
}

static void a_wrong_password_is_refused_in_the_servers_words(void **state)
{
    (void)state;
    struct net_endpoint endpoint = endpoint_of(server_ports(servers)->submissions, NET_SECURITY_TLS);
    g_autoptr(GError) error = NULL;
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, NULL, NULL, NULL);
    assert_non_null(client);
    const struct net_credentials credentials = { .user = SERVER_USER, .password = "wrong" };
    assert_false(smtp_client_login(client, &credentials, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_AUTH));
    assert_non_null(strstr(error->message, "535"));
}

static void without_the_ca_the_certificate_is_a_question(void **state)
{
    (void)state;
    struct net_endpoint endpoint = endpoint_of(server_ports(servers)->submissions, NET_SECURITY_TLS);
    endpoint.tls_ca_file = NULL;
    struct net_trust_verdict verdict = { 0 };
    g_autoptr(GError) error = NULL;
    assert_null(smtp_client_connect(&endpoint, NULL, &verdict, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CERTIFICATE));
    assert_true(verdict.is_unknown_issuer || verdict.is_self_signed);
    endpoint.tls_fingerprint = verdict.fingerprint; /* and the answer "pin" settles it */
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, NULL, NULL, NULL);
    assert_non_null(client);
    net_trust_verdict_clear(&verdict);
}

/* --- the probe --- */
static void note_step(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    static const char marks[] = { [NET_PROBE_RUNNING] = '.', [NET_PROBE_OK] = '+', [NET_PROBE_FAILED] = '!', [NET_PROBE_SKIPPED] = '-' };
    (void)elapsed_ms;
    assert_non_null(words);
    if (state != NET_PROBE_RUNNING)
        g_string_append_printf(data, "%d%c ", (int)step, marks[state]);
}

static void probing_tells_every_step(void **state)
{
    (void)state;
    const struct server_ports *ports = server_ports(servers);
    const struct net_credentials good = { .user = SERVER_USER, .password = SERVER_PASSWORD },
                                 bad = { .user = SERVER_USER, .password = "x" };
    const struct {
        enum net_protocol protocol;
        int port;
        enum net_security security;
        const struct net_credentials *credentials;
        const char *story;
    } rows[] = {
        { NET_PROTOCOL_SMTP, ports->submissions, NET_SECURITY_TLS, &good, "0+ 1+ 2+ 3+ 4- " },
        { NET_PROTOCOL_SMTP, ports->submission, NET_SECURITY_STARTTLS, &good, "0+ 1+ 2+ 3+ 4- " },
        { NET_PROTOCOL_SMTP, ports->smtp, NET_SECURITY_PLAIN, NULL, "0+ 1- 2+ 3- 4- " },
        { NET_PROTOCOL_SMTP, ports->submissions, NET_SECURITY_TLS, &bad, "0+ 1+ 2+ 3! 4- " },
        { NET_PROTOCOL_SMTP, ports->smtp, NET_SECURITY_TLS, NULL, "0+ 1! 2- 3- 4- " },
        { NET_PROTOCOL_IMAP, ports->imaps, NET_SECURITY_TLS, &good, "0+ 1+ 2+ 3+ 4+ " },
        { NET_PROTOCOL_IMAP, ports->imap, NET_SECURITY_STARTTLS, &good, "0+ 1+ 2+ 3+ 4+ " },
        { NET_PROTOCOL_IMAP, ports->imap, NET_SECURITY_PLAIN, &good, "0+ 1- 2+ 3+ 4+ " },
        { NET_PROTOCOL_IMAP, ports->imaps, NET_SECURITY_TLS, &bad, "0+ 1+ 2+ 3! 4- " },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct net_endpoint endpoint = endpoint_of(rows[i].port, rows[i].security);
        struct net_probe_result result;
        g_autoptr(GString) story = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        bool is_good = net_probe(rows[i].protocol, &endpoint, NULL, rows[i].credentials, note_step, story, &result, &error);
        assert_int_equal(is_good, error == NULL);
        if (strcmp(story->str, rows[i].story) != 0)
            fail_msg("row %zu: %s instead of %s: %s", i, story->str, rows[i].story, error != NULL ? error->message : "");
        assert_int_equal(result.is_secured, strstr(story->str, "1+") != NULL);
        assert_true(!result.is_signed_in || rows[i].protocol == NET_PROTOCOL_SMTP || result.folders->len > 0);
        net_probe_result_clear(&result);
    }
}

static int tear_down(void **state)
{
    (void)state;
    server_free(servers);
    return 0;
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        print_message("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_goes_out_and_arrives_by_every_door),
        cmocka_unit_test(a_wrong_password_is_refused_in_the_servers_words),
        cmocka_unit_test(without_the_ca_the_certificate_is_a_question),
        cmocka_unit_test(probing_tells_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
