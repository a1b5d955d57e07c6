/* SPDX-License-Identifier: MIT */
/* Refusals in the words of known services. */
#include "net/refusal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void words_of_services_are_understood(void **state)
{
    static const struct {
        const char *words;
        enum net_refusal meaning;
        int wait_ms;
    } cases[] = {
        { "Too many simultaneous connections. (Failure)", NET_REFUSAL_CONNECTIONS, 0 },
        { "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", NET_REFUSAL_CONNECTIONS, 0 },
        { "Request is throttled. Suggested Backoff Time: 92415 milliseconds", NET_REFUSAL_THROTTLED, 92415 },
        { "Request is throttled. Suggested Backoff Time: 99999999999999999999999 milliseconds", NET_REFUSAL_THROTTLED, 3600000 },
        { "Request is throttled. Suggested Backoff Time:", NET_REFUSAL_THROTTLED, 0 },
        { "Account exceeded command or bandwidth limits. x2mb", NET_REFUSAL_THROTTLED, 0 },
        { "LOGIN Rate limit hit.", NET_REFUSAL_THROTTLED, 0 },
        { "Server Unavailable. 15", NET_REFUSAL_TROUBLE, 0 },
        { "Mail size is larger than the maximum size allowed by server configuration", NET_REFUSAL_TOO_LARGE, 0 },
        { "User is authenticated but not connected.", NET_REFUSAL_TROUBLE, 0 },
        { "Invalid credentials (Failure)", NET_REFUSAL_PLAIN, 0 },
        { "Application-specific password required", NET_REFUSAL_PLAIN, 0 },
        { "", NET_REFUSAL_PLAIN, 0 },
        { NULL, NET_REFUSAL_PLAIN, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int wait_ms = -1;
        assert_int_equal(net_refusal_of(cases[i].words, &wait_ms), cases[i].meaning);
        assert_int_equal(wait_ms, cases[i].wait_ms);
    }
    assert_int_equal(net_refusal_of("too many connections", NULL), NET_REFUSAL_CONNECTIONS);
}

static void the_wish_for_an_app_password_is_understood(void **state)
{
    (void)state;
    assert_true(net_refusal_wants_app_password("534-5.7.9 Application-specific password required. For more information, go to"));
    assert_true(net_refusal_wants_app_password("https://support.google.com/mail/?p=InvalidSecondFactor d94"));
    assert_false(net_refusal_wants_app_password("Invalid credentials (Failure)"));
    assert_false(net_refusal_wants_app_password(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(words_of_services_are_understood),
                                        cmocka_unit_test(the_wish_for_an_app_password_is_understood) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
