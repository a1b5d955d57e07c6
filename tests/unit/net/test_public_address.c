/* SPDX-License-Identifier: MIT */
/* What a stranger names in a message never makes this computer ask itself or its own network. */
#include "net/http.h"
#include "net/public_address.h"
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static bool is_public(const char *text)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return net_address_is_public((struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return net_address_is_public((struct sockaddr *)&six);
}

static void addresses_of_ones_own_are_told_from_public_ones(void **state)
{
    (void)state;
    static const char *const own[] = { "127.0.0.1",
                                       "127.8.9.1",
                                       "10.0.0.1",
                                       "172.16.0.1",
                                       "172.31.255.255",
                                       "192.168.1.1",
                                       "169.254.1.1",
                                       "169.254.169.254",
                                       "100.64.0.1",
                                       "0.0.0.0",
                                       "224.0.0.1",
                                       "255.255.255.255",
                                       "::1",
                                       "::",
                                       "fe80::1",
                                       "fd00::1",
                                       "ff02::1",
                                       "::ffff:127.0.0.1",
                                       "::127.0.0.1",
                                       "64:ff9b::a00:1",
                                       "2002:7f00:1::1" };
    static const char *const others[] = { "1.1.1.1",     "172.32.0.1",      "172.15.0.1",     "192.167.0.1",
                                          "100.128.0.1", "2606:4700::1111", "2002:101:101::1" };
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        if (is_public(own[i]))
            fail_msg("%s", own[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (!is_public(others[i]))
            fail_msg("%s", others[i]);
}

static void nobody_asks_ones_own_network_for_a_stranger(void **state)
{
    (void)state;
    static const char *const urls[] = { "https://127.0.0.1:1/x.png", "https://localhost:1/x.png", "https://[::1]:1/x.png",
                                        "https://10.0.0.1/x.png",    "https://2130706433:1/x",    "https://printer.local/x.png",
                                        "http://127.0.0.1:1/x.png" };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autoptr(GError) error = NULL;
        struct net_http_answer answer = { 0 };
        const struct net_http_request request = { .url = urls[i], .is_public_only = true, .timeout_ms = 3000, .cancel_fd = -1 };
        assert_false(net_http_fetch(&request, &answer, &error));
        if (!g_error_matches(error, NET_ERROR, NET_ERROR_INSECURE))
            fail_msg("%s: %s", urls[i], error->message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_ones_own_are_told_from_public_ones),
        cmocka_unit_test(nobody_asks_ones_own_network_for_a_stranger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
