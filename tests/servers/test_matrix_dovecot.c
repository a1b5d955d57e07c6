/* SPDX-License-Identifier: MIT */
/* The matrix: Postfix and Dovecot, by every door; also Dovecot's own submission service, and TLS from the first byte on 587. */
#include "tests/servers/server_site_own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

static server *servers;

static void every_door_of_postfix_and_dovecot_works(void **state)
{
    const struct site site = site_of_server(servers, "Postfix+Dovecot", MATRIX_VERIFIED);
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
