/* SPDX-License-Identifier: MIT */
/* A server whose IPv6 address swallows everything (RFC 8305): in a network of our own, the connection is there by IPv4 in a moment. */
#include "net/clock.h"
#include "net/stream.h"
#include <arpa/inet.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define HOSTS "2001:db8::1 mail.example.test\n192.0.2.1 mail.example.test\n"
enum { ALL_WELL, NO_NAMESPACE = 77, TOO_SLOW, TOO_FAST, NOT_CONNECTED, OTHER_WAY };

/* IPv6 packets leave by a cable whose other end nobody holds; 192.0.2.1 is ourselves. */
static const char network[] =
    "ip link set lo up && ip addr add 192.0.2.1/32 dev lo && ip link add v0 type veth peer name v1 && ip link set v0 up &&"
    " ip link set v1 up && ip -6 addr add 2001:db8::2/64 dev v0 nodad && ip -6 neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev v0";

static bool enter_network(void)
{
    char path[] = "/tmp/postern-hosts-XXXXXX";
    int fd = -1;
    bool is_inside = unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                     (fd = mkstemp(path)) >= 0 && write(fd, HOSTS, strlen(HOSTS)) == (ssize_t)strlen(HOSTS) && fchmod(fd, 0644) == 0 &&
                     mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0 && system(network) == 0;
    if (fd >= 0) {
        close(fd);
        unlink(path); /* the mount keeps it */
    }
    return is_inside;
}

static uint16_t listen_on_ipv4(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr("192.0.2.1") };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_open = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0 &&
                   getsockname(fd, (struct sockaddr *)&address, &length) == 0;
    return is_open ? ntohs(address.sin_port) : 0; /* open until the child ends */
}

static int connect_in_network(void)
{
    uint16_t port = enter_network() ? listen_on_ipv4() : 0;
    if (port == 0)
        return NO_NAMESPACE;
    const struct net_endpoint endpoint = {
        .host = "mail.example.test", .port = port, .security = NET_SECURITY_PLAIN, .connect_timeout_ms = 10000
    };
    int64_t begun = net_clock_ms();
    g_autoptr(GError) error = NULL;
    g_autoptr(net_stream) stream = net_stream_open(&endpoint, NULL, &error);
    int64_t took = net_clock_ms() - begun;
    if (stream == NULL)
        return fprintf(stderr, "%s\n", error->message), NOT_CONNECTED;
    if (!g_str_has_prefix(net_stream_peer_address(stream), "192.0.2.1"))
        return OTHER_WAY;
    fprintf(stderr, "connected after %d ms\n", (int)took);
    if (took < 200) /* IPv6 goes first, where it works: then this test has no blackhole */
        return TOO_FAST;
    return took > 2000 ? TOO_SLOW : ALL_WELL; /* 250 ms, and what a busy machine adds */
}

static void an_address_that_swallows_everything_costs_a_quarter_of_a_second(void **state)
{
    (void)state;
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(connect_in_network());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_NAMESPACE) {
        print_message("no network namespace can be made here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), ALL_WELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(an_address_that_swallows_everything_costs_a_quarter_of_a_second) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
