/* SPDX-License-Identifier: MIT */
/* The matrix: Postfix and Dovecot, by every door; also Dovecot's own submission service, and TLS from the first byte on 587. */
#include "tests/servers/server.h"
#include "tests/servers/server_site.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static server *servers;

static bool deliver(const struct site *site, const char *message)
{
    (void)site;
    return server_deliver(servers, SERVER_USER, "INBOX", message);
}

static bool has_arrived(const struct site *site, const char *text)
{
    (void)site;
    g_autofree char *found =
        server_doveadm(servers, "fetch", "-u", SERVER_OTHER, "text", "mailbox", "INBOX", "header", "Subject", text, NULL);
    return strstr(found, text) != NULL && strstr(found, "\n.\nBehind a dot.") != NULL;
}

static char *log_of(const struct site *site)
{
    (void)site;
    return server_log(servers);
}

static void every_door_of_postfix_and_dovecot_works(void **state)
{
    const struct server_ports *ports = server_ports(servers);
    const struct site site = { .column = "Postfix+Dovecot",
                               .state = MATRIX_VERIFIED,
                               .host = "localhost",
                               .ca_file = server_ca_file(servers),
                               .user = SERVER_USER,
                               .password = SERVER_PASSWORD,
                               .address = SERVER_ADDRESS,
                               .other = SERVER_OTHER "@example.test",
                               .ports = { .imap = ports->imap,
                                          .imaps = ports->imaps,
                                          .pop3 = ports->pop3,
                                          .pop3s = ports->pop3s,
                                          .smtp = ports->smtp,
                                          .submission = ports->submission,
                                          .submissions = ports->submissions,
                                          .submission_wrapped = ports->submission_wrapped,
                                          .own_submission = ports->dovecot_submission,
                                          .own_submissions = ports->dovecot_submissions },
                               .deliver = deliver,
                               .has_arrived = has_arrived,
                               .log = log_of };
    (void)state;
    g_autofree char *complaint = site_try_doors(&site, POSTERN_PROGRAM);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

static void readme_says_the_same(void **state)
{
    (void)state;
    g_autofree char *complaint = MATRIX_SETTLE("dovecot");
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_door_of_postfix_and_dovecot_works), cmocka_unit_test(readme_says_the_same) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
