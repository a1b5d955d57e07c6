/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* postern with the mail services that cannot run here, as their profiles show them. */
#include "tests/servers/server_profile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void every_profile_starts_and_ends(void **state)
{
    (void)state;
    static const char *const names[] = { "gmail" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *why_not = NULL;
        g_autoptr(profile_server) server = profile_start(names[i], &why_not);
        if (server == NULL)
            fail_msg("%s", why_not);
        assert_true(profile_port(server, "imap4-ssl") > 0);
        assert_int_equal(profile_count(server, "INBOX", NULL), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_starts_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
