/* SPDX-License-Identifier: MIT */
/* The matrix: Exim, by every door. */
#include "tests/servers/server_site_jail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

static void every_door_of_exim_works(void **state)
{
    g_autofree char *complaint = site_try_doors(site_jail_site(*state), POSTERN_PROGRAM);
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

static void readme_says_the_same(void **state)
{
    (void)state;
    g_autofree char *complaint = MATRIX_SETTLE("exim");
    if (complaint != NULL)
        fail_msg("%s", complaint);
}

int main(void)
{
    static const int doors[] = { SITE_JAIL_DOOR(smtp), SITE_JAIL_DOOR(submission), SITE_JAIL_DOOR(submissions),
                                 SITE_JAIL_DOOR(submission_wrapped), -1 };
    g_autofree char *why_not = NULL;
    g_autoptr(site_jail) started = site_jail_start("exim", "Exim", doors, 0, &why_not);
    const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(every_door_of_exim_works, started),
                                        cmocka_unit_test(readme_says_the_same) };
    if (started == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
