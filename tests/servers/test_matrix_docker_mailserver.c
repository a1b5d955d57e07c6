/* SPDX-License-Identifier: MIT */
/* The matrix: a real Postfix and Dovecot configured as docker-mailserver configures them: no sign-in before TLS on 110, 143 and 587, transfer without
 * sign-in on 25, whole addresses as user names, folders parted by dots, quota. */
#include "tests/remove_tree.h"
#include "tests/servers/server_private.h"
#include "tests/servers/server_site_own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* Who comes from the server's own address counts as secured: with 127.0.0.2 nobody does. */
#define ADDRESS "127.0.0.2"

/* Its target/dovecot and target/postfix say so (version 13); what needs the DNS is left out, for there is none here. */
static const char dovecot[] =
    "ssl = required\ndisable_plaintext_auth = yes\nauth_mechanisms = plain login\nauth_username_format = %Lu\n"
    "ssl_min_protocol = TLSv1.2\nssl_prefer_server_ciphers = yes\n"
    "ssl_cipher_list = "
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305\n"
    "namespace inbox {\n separator = .\n}\n"
    "mail_plugins = $mail_plugins quota\nprotocol imap {\n mail_plugins = $mail_plugins imap_quota\n}\n"
    "plugin {\n quota = maildir:User quota\n quota_rule = *:storage=100M\n}\n";
static const char postfix[] =
    "smtpd_banner = $myhostname ESMTP\nsmtpd_helo_required = yes\nsmtpd_delay_reject = yes\ndisable_vrfy_command = yes\n"
    "smtpd_discard_ehlo_keywords = silent-discard, dsn\nsmtpd_tls_protocols = !SSLv2,!SSLv3,!TLSv1,!TLSv1.1\n"
    "smtpd_tls_mandatory_protocols = !SSLv2,!SSLv3,!TLSv1,!TLSv1.1\nsmtpd_tls_mandatory_ciphers = high\ntls_preempt_cipherlist = yes\n"
    "tls_ssl_options = NO_COMPRESSION, NO_RENEGOTIATION\nsmtpd_tls_exclude_ciphers = aNULL, SEED, CAMELLIA, RSA+AES, SHA1\n"
    "smtpd_helo_restrictions = permit_mynetworks, reject_invalid_helo_hostname, permit\nrecipient_delimiter = +\n"
    "smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, reject_unauth_pipelining\n"
    "smtpd_sasl_auth_enable = no\nbroken_sasl_auth_clients = yes\nsmtpd_sasl_local_domain = $mydomain\nmessage_size_limit = 10240000\n"
    "smtpd_recipient_restrictions = permit_sasl_authenticated, permit_mynetworks, reject_unauth_destination, reject_unauth_pipelining, "
    "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname\n";
static const char submission[] = "-o smtpd_reject_unlisted_recipient=no -o smtpd_sasl_authenticated_header=yes "
                                 "-o smtpd_client_restrictions=permit_sasl_authenticated,reject "
                                 "-o smtpd_relay_restrictions=permit_sasl_authenticated,reject "
                                 "-o milter_macro_daemon_name=ORIGINATING";
static const struct server_certificate certificate = { "for its host name and address", "rsa:4096", "DNS:mail.example.test,IP:" ADDRESS,
                                                       true };

static server *servers;

static struct site docker_mailserver(void)
{
    struct site site = site_of_server(servers, "docker-mailserver", MATRIX_PROFILE);
    site.host = ADDRESS;
    site.user = SERVER_ADDRESS;
    site.refused = 1u << MATRIX_POP3_PLAIN | 1u << MATRIX_IMAP_PLAIN;
    site.ports.submission_wrapped = site.ports.own_submission = site.ports.own_submissions = 0; /* it has none of these */
    return site;
}

static void every_door_of_docker_mailserver_works(void **state)
{
    const struct site site = docker_mailserver();
    (void)state;
    g_autofree char *complaint = site_try_doors(&site, POSTERN_PROGRAM);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

/* What `check` says at a door by which nobody is let in. */
static void assert_told(const struct site_door *door, const char *words)
{
    const struct site site = docker_mailserver();
    bool is_sending = strcmp(door->protocol, "smtp") == 0;
    g_autofree char *home = site_make_home(&site, is_sending ? NULL : door, is_sending ? door : NULL), *output = NULL;
    int code = site_run(home, POSTERN_PROGRAM, (const char *const[]){ "check", "test", NULL }, NULL, &output);
    remove_tree(home);
    if (code == 0 || strstr(output, words) == NULL)
        fail_msg("%s: exit %d, no \"%s\" in\n%s", door->name, code, words, output);
}

static void doors_without_encryption_say_why_nobody_is_let_in(void **state)
{
    static const struct site_door doors[] = {
        { MATRIX_POP3_PLAIN, "110 plain", "pop3", "plain", offsetof(struct site_ports, pop3), true },
        { MATRIX_IMAP_PLAIN, "143 plain", "imap", "plain", offsetof(struct site_ports, imap), true },
        { MATRIX_SUBMISSION_TLS, "587 plain", "smtp", "plain", offsetof(struct site_ports, submission), true },
        { MATRIX_SUBMISSION_TLS, "25 with sign-in", "smtp", "starttls", offsetof(struct site_ports, smtp), true },
    };
    static const char *const words[] = { "starttls", "starttls", "starttls", "sign" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(doors); i++)
        assert_told(&doors[i], words[i]);
}

static void readme_says_the_same(void **state)
{
    (void)state;
    g_autofree char *complaint = MATRIX_SETTLE("docker_mailserver");
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_door_of_docker_mailserver_works),
                                        cmocka_unit_test(doors_without_encryption_say_why_nobody_is_let_in),
                                        cmocka_unit_test(readme_says_the_same) };
    g_autofree char *why_not = NULL, *users = g_strdup_printf("alice@example.test:{PLAIN}%s::::::\nbob@example.test:{PLAIN}%s::::::\n",
                                                              SERVER_PASSWORD, SERVER_PASSWORD);
    servers = server_start_with(&(struct server_options){ .address = ADDRESS,
                                                          .dovecot = dovecot,
                                                          .postfix = postfix,
                                                          .submission = submission,
                                                          .users = users,
                                                          .certificate = &certificate },
                                &why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
