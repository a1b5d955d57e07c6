/* SPDX-License-Identifier: MIT */
/* Certificates as administrators make them, and the versions of TLS that a server may insist on: each protocol with each. The host names
 * of the certificates are in an /etc/hosts that only this test sees. */
#include "tests/servers/server_private.h"
#include "tests/servers/server_site_own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define LOCAL "DNS:localhost,IP:127.0.0.1"

static char *hosts_path, *openssl_path;

struct variety {
    const char *host;
    struct server_certificate certificate;
    const char *dovecot, *postfix;
};

static const struct variety varieties[] = {
    { "localhost", { "RSA 4096", "rsa:4096", LOCAL, false }, NULL, NULL },
    { "localhost", { "RSA 2048 behind an intermediate", "rsa:2048", LOCAL, true }, NULL, NULL },
    { "localhost", { "ECDSA P-256", "ec:prime256v1", LOCAL, false }, NULL, NULL },
    { "localhost", { "ECDSA P-384 behind an intermediate", "ec:secp384r1", LOCAL, true }, NULL, NULL },
    { "localhost", { "ECDSA P-521", "ec:secp521r1", LOCAL, false }, NULL, NULL },
    { "localhost", { "Ed25519", "ed25519", LOCAL, false }, NULL, NULL },
    { "127.0.0.1", { "only for its address", "ec:prime256v1", "IP:127.0.0.1", false }, NULL, NULL },
    { "imap.example.test", { "a wildcard", "ec:prime256v1", "DNS:*.example.test", false }, NULL, NULL },
    { "MAIL.Example.TEST",
      { "another case, among many names", "ec:prime256v1", "DNS:a.test,DNS:www.example.test,DNS:mail.example.test", false },
      NULL,
      NULL },
    { "xn--bcher-kva.example", { "an international name", "ec:prime256v1", "DNS:xn--bcher-kva.example", false }, NULL, NULL },
    { "b\xc3\xbc"
      "cher.example",
      { "an international name as it is read", "ec:prime256v1", "DNS:xn--bcher-kva.example", false },
      NULL,
      NULL },
    { "localhost",
      { "TLS 1.3 alone", "ec:prime256v1", LOCAL, false },
      "ssl_min_protocol = TLSv1.3\n",
      "smtpd_tls_protocols = TLSv1.3\nsmtpd_tls_mandatory_protocols = TLSv1.3\n" },
    { "localhost",
      { "TLS 1.2 alone with RSA", "rsa:2048", LOCAL, false },
      "ssl_min_protocol = TLSv1.2\nimport_environment = $import_environment OPENSSL_CONF=@OPENSSL@\n",
      "smtpd_tls_protocols = TLSv1.2\nsmtpd_tls_mandatory_protocols = TLSv1.2\n" },
    { "localhost",
      { "few ciphers, no tickets", "rsa:2048", LOCAL, false },
      "ssl_cipher_list = ECDHE-RSA-CHACHA20-POLY1305\nssl_options = no_ticket\nssl_curve_list = P-384\n",
      "tls_ssl_options = NO_TICKET\ntls_eecdh_auto_curves = secp521r1\n" },
};

/* An OpenSSL that knows no TLS 1.3: Dovecot 2.3 has no setting for that. */
static const char old_openssl[] =
    "openssl_conf = all\n[all]\nssl_conf = tls\n[tls]\nsystem_default = defaults\n[defaults]\nMaxProtocol = TLSv1.2\n";

static const struct {
    enum matrix_row in, out;
} pairs[] = { { MATRIX_IMAP_SSL, MATRIX_SUBMISSION_TLS }, { MATRIX_POP3_TLS, MATRIX_SMTP_SSL } };

static server *start(const struct variety *variety, char **why_not_out)
{
    GString *dovecot = g_string_new(variety->dovecot != NULL ? variety->dovecot : "");
    g_string_replace(dovecot, "@OPENSSL@", openssl_path, 0);
    server *started = server_start_with(
        &(struct server_options){ .certificate = &variety->certificate, .dovecot = dovecot->str, .postfix = variety->postfix },
        why_not_out);
    g_string_free(dovecot, TRUE);
    return started;
}

static unsigned try_variety(const struct variety *variety)
{
    g_autofree char *why_not = NULL;
    unsigned complaints = 0;
    g_autoptr(server) started = start(variety, &why_not);
    if (started == NULL) {
        fprintf(stderr, "%s: %s\n", variety->certificate.name, why_not);
        return 1;
    }
    struct site site = site_of_server(started, variety->certificate.name, MATRIX_VERIFIED);
    site.host = variety->host;
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *complaint = site_check(&site, site_door_of(pairs[i].in), site_door_of(pairs[i].out), POSTERN_PROGRAM);
        if (complaint == NULL)
            continue;
        fprintf(stderr, "%s\n", complaint);
        complaints++;
    }
    return complaints;
}

static void every_certificate_is_good_by_each_protocol(void **state)
{
    unsigned complaints = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(varieties); i++)
        complaints += try_variety(&varieties[i]);
    assert_int_equal(complaints, 0);
}

static char *write_file(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("postern-certificates-XXXXXX", &path, NULL);
    if (fd >= 0)
        close(fd);
    if (path == NULL || !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
        g_error("a temporary file cannot be written");
    return path;
}

static void remove_file(char *path)
{
    if (path != NULL)
        unlink(path);
    g_free(path);
}

/* Names of the certificates, in a mount namespace of our own. */
static bool name_hosts(void)
{
    hosts_path = write_file("127.0.0.1 localhost imap.example.test mail.example.test xn--bcher-kva.example\n");
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount(hosts_path, "/etc/hosts", NULL, MS_BIND, NULL) == 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_certificate_is_good_by_each_protocol) };
    g_autofree char *why_not = NULL;
    g_autoptr(server) first = server_start(&why_not);
    if (first == NULL || !name_hosts()) {
        remove_file(hosts_path);
        printf("skipped: %s\n", why_not != NULL ? why_not : "this machine does not let us have an /etc/hosts of our own");
        return 77;
    }
    g_clear_pointer(&first, server_free);
    openssl_path = write_file(old_openssl);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_file(openssl_path);
    remove_file(hosts_path);
    return failed;
}
