/* SPDX-License-Identifier: MIT */
/* Other people's servers with other passwords, certificates and settings than the usual ones. */
#include "tests/servers/server.h"
#include "tests/servers/server_site_jail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define LOCAL "DNS:localhost,IP:127.0.0.1"

/* GNU mailutils cuts blanks off what follows PASS, and prepares what comes by AUTHENTICATE PLAIN as only Unicode 3.2 knows it: for that one neither. */
static const struct {
    const char *password;
    bool is_for_mailutils;
} passwords[] = {
    { " blanks at both ends \xf0\x9f\x94\x91 ", false },
    { "quote\"s 'of` \\kinds\\ {5} *()[]%s\\\"", true },
    { "gr\xc3\xb6\xc3\x9f"
      "er \xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c",
      true },
};

static const int reading[] = { SITE_JAIL_DOOR(imap), SITE_JAIL_DOOR(imaps), SITE_JAIL_DOOR(pop3), SITE_JAIL_DOOR(pop3s), -1 };
static const int sending[] = { SITE_JAIL_DOOR(smtp), SITE_JAIL_DOOR(submission), SITE_JAIL_DOOR(submissions), -1 };

static unsigned tell(const char *what, const char *complaint)
{
    if (complaint == NULL)
        return 0;
    fprintf(stderr, "%s: %s\n", what, complaint);
    return 1;
}

/* --- passwords: by check alone --- */
static unsigned check_doors(const struct site *site, const enum matrix_row *rows, size_t count)
{
    unsigned complaints = 0;
    for (size_t i = 0; i < count; i++) {
        const struct site_door *door = site_door_of(rows[i]);
        bool is_sending = strcmp(door->protocol, "smtp") == 0;
        g_autofree char *complaint = site_check(site, is_sending ? NULL : door, is_sending ? door : NULL, POSTERN_PROGRAM);
        complaints += tell(site->password, complaint);
    }
    return complaints;
}

static unsigned try_password(const char *script, const char *password)
{
    static const enum matrix_row in[] = { MATRIX_IMAP_SSL, MATRIX_IMAP_PLAIN, MATRIX_POP3_TLS },
                                 out[] = { MATRIX_SUBMISSION_TLS, MATRIX_SMTP_SSL };
    bool is_sending = strcmp(script, "exim") == 0;
    g_autofree char *why_not = NULL;
    g_autoptr(site_jail) started =
        site_jail_start_with(script, script, is_sending ? sending : reading, &(struct jail_options){ .password = password }, &why_not);
    if (started == NULL)
        return tell(password, why_not);
    return is_sending ? check_doors(site_jail_site(started), out, G_N_ELEMENTS(out))
                      : check_doors(site_jail_site(started), in, G_N_ELEMENTS(in));
}

static void odd_passwords_sign_in_everywhere(void **state)
{
    static const char *const scripts[] = { "courier", "cyrus", "mailutils", "exim" };
    unsigned complaints = 0;
    (void)state;
    if (g_getenv("POSTERN_VARIETY") != NULL)
        return; /* somebody looks at one of those below */
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(passwords); k++)
            if (passwords[k].is_for_mailutils || strcmp(scripts[i], "mailutils") != 0)
                complaints += try_password(scripts[i], passwords[k].password);
    assert_int_equal(complaints, 0);
}

/* --- settings and certificates: mail goes --- */
static const struct variety {
    const char *name, *script, *settings;
    struct server_certificate certificate;
} varieties[] = {
    { "Cyrus with INBOX. before all", "cyrus", "unixhierarchysep: no\naltnamespace: no\n", { "Ed25519", "ed25519", LOCAL, false } },
    { "Cyrus with PLAIN alone",
      "cyrus",
      "sasl_mech_list: PLAIN\nunixhierarchysep: yes\naltnamespace: no\n",
      { "P-384", "ec:secp384r1", LOCAL, false } },
    { "Cyrus with DIGEST-MD5",
      "cyrus",
      "sasl_mech_list: DIGEST-MD5 CRAM-MD5\ntls_versions: tls1_2\n",
      { "RSA 4096", "rsa:4096", LOCAL, false } },
    { "Cyrus with TLS 1.3", "cyrus", "tls_versions: tls1_3\nsasl_mech_list: SCRAM-SHA-256\n", { "P-256", "ec:prime256v1", LOCAL, true } },
    { "Courier without extensions",
      "courier",
      "IMAP_CAPABILITY=IMAP4rev1\nIMAP_CAPABILITY_TLS=IMAP4rev1\nIMAP_UMASK=077\n",
      { "P-256", "ec:prime256v1", LOCAL, false } },
    { "Courier with IDLE and more",
      "courier",
      "IMAP_CAPABILITY='IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE'\n"
      "IMAP_CAPABILITY_TLS=\"$IMAP_CAPABILITY AUTH=PLAIN\"\nIMAP_USELOCKS=1\nIMAP_ENHANCEDIDLE=0\n",
      { "RSA behind an intermediate", "rsa:2048", LOCAL, true } },
    { "mailutils with a small key", "mailutils", "", { "P-256", "ec:prime256v1", LOCAL, false } },
    { "Exim without extensions",
      "exim",
      "pipelining_advertise_hosts = :\nchunking_advertise_hosts = :\naccept_8bitmime = false\ndsn_advertise_hosts = :\n",
      { "P-256", "ec:prime256v1", LOCAL, true } },
    { "Exim with a limit",
      "exim",
      "message_size_limit = 50K\nsmtp_banner = mail.example.test ESMTP\\n more to say\\n and more\nsmtp_accept_max_nonmail = 3\n",
      { "Ed25519", "ed25519", LOCAL, false } },
};

static unsigned try_variety(const struct variety *variety)
{
    static const enum matrix_row in[] = { MATRIX_IMAP_SSL, MATRIX_IMAP_TLS, MATRIX_POP3_SSL, MATRIX_POP3_TLS },
                                 out[] = { MATRIX_SUBMISSION_TLS, MATRIX_SMTP_SSL, MATRIX_SMTP_TLS };
    bool is_sending = strcmp(variety->script, "exim") == 0;
    const enum matrix_row *rows = is_sending ? out : in;
    size_t count = is_sending ? G_N_ELEMENTS(out) : G_N_ELEMENTS(in);
    g_autofree char *why_not = NULL;
    g_autoptr(site_jail) started =
        site_jail_start_with(variety->script, variety->name, is_sending ? sending : reading,
                             &(struct jail_options){ .settings = variety->settings, .certificate = &variety->certificate }, &why_not);
    unsigned complaints = started == NULL ? tell(variety->name, why_not) : 0;
    for (size_t i = 0; started != NULL && i < count; i++) {
        g_autofree char *complaint = site_try_door(site_jail_site(started), site_door_of(rows[i]), POSTERN_PROGRAM);
        complaints += tell(variety->name, complaint);
    }
    return complaints;
}

static void every_configuration_works(void **state)
{
    const char *only = g_getenv("POSTERN_VARIETY"); /* to look at one */
    unsigned complaints = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(varieties); i++)
        if (only == NULL || strcmp(only, varieties[i].name) == 0)
            complaints += try_variety(&varieties[i]);
    assert_int_equal(complaints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(odd_passwords_sign_in_everywhere), cmocka_unit_test(every_configuration_works) };
    g_autofree char *why_not = NULL;
    if (!jail_is_possible(&why_not)) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
