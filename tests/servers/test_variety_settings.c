/* SPDX-License-Identifier: MIT */
/* Dovecot and Postfix configured as others have them: mailbox formats, namespaces, few capabilities, one method to sign in, strict or poor SMTP.
 * With each: read, filed in the archive as another client sees it, fetched by POP3, sent. */
#include "tests/remove_tree.h"
#include "tests/servers/server_site_own.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct variety {
    const char *name, *dovecot, *postfix, *submission;
};

#define PREFIXED(prefix, separator)                                                                                                        \
    "namespace inbox {\n prefix = " prefix "\n separator = " separator "\n}\n"                                                             \
    "namespace other {\n prefix = Public" separator "\n separator = " separator                                                            \
    "\n type = public\n location = maildir:@DIRECTORY@/public\n list = children\n}\n"

static const struct variety varieties[] = {
    { "mbox", "mail_location = mbox:~/mail:INBOX=~/inbox\n", NULL, NULL },
    { "sdbox", "mail_location = sdbox:~/sdbox\n", NULL, NULL },
    { "mdbox", "mail_location = mdbox:~/mdbox\n", NULL, NULL },
    { "folders as directories", "mail_location = maildir:~/Maildir:LAYOUT=fs\n", NULL, NULL },
    { "all below INBOX.", PREFIXED("INBOX.", "."), NULL, NULL },
    { "all below INBOX/", PREFIXED("INBOX/", "/"), NULL, NULL },
    { "a prefix of its own", PREFIXED("Mail/", "/"), NULL, NULL },
    { "backslash as separator", "namespace inbox {\n separator = \"\\\\\"\n}\n", NULL, NULL },
    { "IMAP4rev1 and no more", "imap_capability = IMAP4rev1\n", NULL, NULL },
    { "little IMAP",
      "imap_capability = IMAP4rev1 NAMESPACE UIDPLUS LITERAL- CHILDREN\nprotocol imap {\n imap_idle_notify_interval = 5 secs\n}\n", NULL,
      NULL },
    { "an odd greeting", "login_greeting = Gr\xc3\xbc\xc3\x9f Gott <a@b> [ALERT] & \"welcome\" {5}\n",
      "smtpd_banner = mail.example.test ESMTP [x] <1.2@3> 100%\n", NULL },
    { "only PLAIN", "auth_mechanisms = plain\n", NULL, NULL },
    { "only LOGIN", "auth_mechanisms = login\n", NULL, NULL },
    { "only CRAM-MD5", "auth_mechanisms = cram-md5\n", NULL, NULL },
    { "only SCRAM-SHA-1", "auth_mechanisms = scram-sha-1\n", NULL, NULL },
    { "only SCRAM-SHA-256", "auth_mechanisms = scram-sha-256\n", NULL, NULL },
    { "encryption first", "ssl = required\n", "smtpd_tls_auth_only = yes\n", NULL },
    { "other numbers in POP3", "pop3_uidl_format = %f\npop3_no_flag_updates = yes\npop3_lock_session = yes\npop3_fast_size_lookups = yes\n",
      NULL, NULL },
    { "a quota",
      "mail_plugins = $mail_plugins quota\nprotocol imap {\n mail_plugins = $mail_plugins imap_quota\n}\nplugin {\n quota = count:User "
      "quota\n quota_vsizes = yes\n"
      " quota_rule = *:storage=20M\n}\n",
      NULL, NULL },
    { "no extensions in SMTP", NULL,
      "smtpd_discard_ehlo_keywords = pipelining, 8bitmime, size, enhancedstatuscodes, dsn, chunking, smtputf8, etrn, vrfy\nsmtputf8_enable "
      "= no\n",
      NULL },
    { "strict SMTP", NULL,
      "smtpd_helo_required = yes\nstrict_rfc821_envelopes = yes\nsmtpd_helo_restrictions = reject_invalid_helo_hostname, "
      "reject_non_fqdn_helo_hostname\n"
      "smtpd_data_restrictions = reject_unauth_pipelining\nsmtpd_sender_restrictions = reject_non_fqdn_sender\ndisable_vrfy_command = yes\n"
      "smtpd_forbid_bare_newline = yes\nsmtpd_soft_error_limit = 1\nsmtpd_hard_error_limit = 2\nsmtpd_junk_command_limit = "
      "1\nmessage_size_limit = 20000\n",
      "-o smtpd_client_restrictions=permit_sasl_authenticated,reject -o smtpd_relay_restrictions=permit_sasl_authenticated,reject" },
    { "old words for AUTH", NULL, "broken_sasl_auth_clients = yes\nsmtpd_sasl_security_options = noanonymous\n", NULL },
};

static server *start(const struct variety *variety, char **why_not_out)
{
    return server_start_with(
        &(struct server_options){ .dovecot = variety->dovecot, .postfix = variety->postfix, .submission = variety->submission },
        why_not_out);
}

/* In exactly one folder, and that is not INBOX. */
static bool is_filed(server *running, const char *word)
{
    for (int i = 0; i < 200; i++) {
        g_autofree char *there = server_doveadm(running, "fetch", "-u", SERVER_USER, "mailbox", "header", "Subject", word, NULL);
        const char *first = strstr(there, "mailbox: ");
        if (first != NULL && strstr(first + 1, "mailbox: ") == NULL && !g_str_has_prefix(first, "mailbox: INBOX\n"))
            return true;
        g_usleep(50 * 1000);
    }
    return false;
}

/* The doors one after the other; then the archive. */
static char *try_archive(const struct site *site)
{
    const struct site_door *door = site_door_of(MATRIX_IMAP_SSL);
    g_autofree char *home = site_make_home(site, door, NULL), *what = NULL;
    static const char word[] = "to-be-filed";
    if (!site->deliver(site, "From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: to-be-filed\r\nMessage-ID: <filed@x>\r\n"
                             "Date: Sat, 21 Nov 2026 07:00:00 +0000\r\n\r\nThe text.\r\n"))
        return g_strdup("not delivered");
    g_autoptr(terminal) screen = site_start_screen(home, POSTERN_PROGRAM);
    if (!terminal_wait_for(screen, word, 20000))
        what = g_strdup("not listed");
    for (int i = 0; what == NULL && i < 20; i++) { /* in the first moment the folders are not known, and it says so */
        terminal_keys(screen, i == 0 ? "<e" : "e");
        if (terminal_wait_for(screen, "Archived 1 message", 1000))
            break;
    }
    if (what == NULL && !is_filed(site->server, word))
        what = g_strdup("not filed");
    g_autofree char *picture = terminal_screen_text(screen), *log = server_log(site->server);
    g_clear_pointer(&screen, terminal_free); /* or it would go on writing there */
    remove_tree(home);
    return what != NULL ? g_strdup_printf("%s, archive: %s\n%s\n%s", site->column, what, picture,
                                          log + (strlen(log) > 3000 ? strlen(log) - 3000 : 0))
                        : NULL;
}

static unsigned try_variety(const struct variety *variety)
{
    static const enum matrix_row rows[] = { MATRIX_POP3_SSL, MATRIX_IMAP_TLS, MATRIX_SUBMISSION_TLS };
    g_autofree char *why_not = NULL;
    unsigned complaints = 0;
    g_autoptr(server) started = start(variety, &why_not);
    if (started == NULL) {
        fprintf(stderr, "%s: %s\n", variety->name, why_not);
        return 1;
    }
    const struct site site = site_of_server(started, variety->name, MATRIX_VERIFIED);
    for (size_t i = 0; i <= G_N_ELEMENTS(rows); i++) {
        g_autofree char *complaint =
            i < G_N_ELEMENTS(rows) ? site_try_door(&site, site_door_of(rows[i]), POSTERN_PROGRAM) : try_archive(&site);
        if (complaint == NULL)
            continue;
        fprintf(stderr, "%s\n", complaint);
        complaints++;
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_configuration_works) };
    g_autofree char *why_not = NULL;
    g_autoptr(server) first = server_start(&why_not);
    if (first == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    g_clear_pointer(&first, server_free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
