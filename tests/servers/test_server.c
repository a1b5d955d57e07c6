/* SPDX-License-Identifier: MIT */
/* The tests' own Dovecot and Postfix work: a message handed to Postfix is in Dovecot's mailbox. */
#include "tests/servers/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static server *servers;

static void delivers_what_another_client_saves(void **state)
{
    (void)state;
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", "From: a@example.test\nSubject: hello\n\nHi\n"));
    g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "INBOX", NULL);
    assert_non_null(strstr(found, "hello"));
}

static void postfix_hands_mail_to_dovecot(void **state)
{
    (void)state;
    g_autofree char *url = g_strdup_printf("smtp://127.0.0.1:%d", server_ports(servers)->smtp);
    g_autofree char *file = g_build_filename(server_directory(servers), "message", NULL);
    assert_true(g_file_set_contents(file, "From: b@example.test\r\nSubject: by smtp\r\n\r\nHi\r\n", -1, NULL));
    const char *const argv[] = { "curl", "-s", url, "--mail-from", "bob@example.test", "--mail-rcpt", SERVER_ADDRESS, "-T", file, NULL };
    int status = -1;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    assert_int_equal(status, 0);
    for (int i = 0; i < 100; i++) {
        g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "INBOX", NULL);
        if (strstr(found, "by smtp") != NULL)
            return;
        g_usleep(50 * 1000);
    }
    g_autofree char *log = server_log(servers);
    fail_msg("the message did not arrive:\n%s", log);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(delivers_what_another_client_saves),
                                        cmocka_unit_test(postfix_hands_mail_to_dovecot) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
