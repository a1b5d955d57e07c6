/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Looking up names while the name server is silent: the test has a getaddrinfo() of its own, which never comes back. */
#include "net/resolve.h"
#include "net/error.h"
#include "net/stream.h"
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

static int silence[2]; /* a pipe nobody writes to */
static int asked_fd;   /* counts the questions */

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **answers)
{
    char byte;
    (void)host;
    (void)service;
    (void)hints;
    (void)answers;
    eventfd_write(asked_fd, 1);
    (void)!read(silence[0], &byte, 1);
    return EAI_AGAIN;
}

static void *cancel_once_asked(void *data)
{
    eventfd_t count;
    (void)!eventfd_read(asked_fd, &count);
    eventfd_write(*(int *)data, 1);
    return NULL;
}

static void a_silent_name_server_is_left_at_once_when_cancelled(void **state)
{
    (void)state;
    int cancel_fd = eventfd(0, EFD_CLOEXEC);
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 993, .security = NET_SECURITY_TLS, .connect_timeout_ms = 60000
    };
    const struct net_context context = { .cancel_fd = cancel_fd };
    g_autoptr(GError) error = NULL;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_once_asked, &cancel_fd), 0);
    int64_t began = g_get_monotonic_time();
    assert_null(net_stream_connect(&endpoint, &context, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_CANCELLED));
    assert_true(g_get_monotonic_time() - began < 20 * G_USEC_PER_SEC);
    pthread_join(thread, NULL);
    close(cancel_fd);
}

static void a_silent_name_server_is_named_when_the_time_is_over(void **state)
{
    (void)state;
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = 993, .security = NET_SECURITY_TLS, .connect_timeout_ms = 50
    };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
    assert_true(g_error_matches(error, NET_ERROR, NET_ERROR_TIMEOUT));
    assert_non_null(strstr(error->message, "name servers"));
}

/* What is looked up for a proxy is the proxy, never the server behind it. */
static void names_are_not_looked_up_beside_a_proxy(void **state)
{
    (void)state;
    const struct net_endpoint endpoint = {
        .host = "secret.example.test", .port = 993, .proxy = "socks5://proxy.example.test", .connect_timeout_ms = 50
    };
    g_autoptr(GError) error = NULL;
    assert_null(net_stream_connect(&endpoint, NULL, NULL, &error));
    assert_non_null(strstr(error->message, "proxy.example.test"));
    assert_null(strstr(error->message, "secret"));
}

/* The threads that still wait in getaddrinfo() hold nobody up: this program ends while they do. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_name_server_is_left_at_once_when_cancelled),
        cmocka_unit_test(a_silent_name_server_is_named_when_the_time_is_over),
        cmocka_unit_test(names_are_not_looked_up_beside_a_proxy),
    };
    asked_fd = eventfd(0, EFD_CLOEXEC);
    if (pipe(silence) != 0 || asked_fd < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
