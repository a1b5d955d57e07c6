/* SPDX-License-Identifier: MIT */
/* The matrix: Courier IMAP and POP3, by every door. */
#include "tests/servers/server_site_jail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

static void every_door_of_courier_works(void **state)
{
    g_autofree char *complaint = site_try_doors(site_jail_site(*state), POSTERN_PROGRAM);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

static void readme_says_the_same(void **state)
{
    (void)state;
    g_autofree char *complaint = MATRIX_SETTLE("courier");
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

int main(void)
{
    static const int doors[] = { SITE_JAIL_DOOR(imap), SITE_JAIL_DOOR(imaps), SITE_JAIL_DOOR(pop3), SITE_JAIL_DOOR(pop3s), -1 };
    g_autofree char *why_not = NULL;
    g_autoptr(site_jail) started = site_jail_start("courier", "Courier IMAP/POP", doors, 0, &why_not);
    const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(every_door_of_courier_works, started),
                                        cmocka_unit_test(readme_says_the_same) };
    if (started == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
