/* SPDX-License-Identifier: MIT */
/* One poll() on rtnetlink, on a timer that a sleep cancels, and on the worker's stop: nothing runs while nothing happens. */
#include "core/link_watch.h"
#include <arpa/inet.h>
#include <glib.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_MS    500  /* a new network comes in a dozen messages */
#define UNSETTLED_MS 3000 /* but is not waited for without end */
#define SLEEP_MS     3000 /* less breaks no connection */
#define ROUTES_BYTES (256u * 1024u)

/* --- what the network is --- */
static bool is_of_interest(const struct ifaddrs *each)
{
    if (each->ifa_addr == NULL || (each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0)
        return false;
    if (each->ifa_addr->sa_family == AF_INET)
        return true;
    return each->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)each->ifa_addr)->sin6_addr);
}

static char *address_words(const struct ifaddrs *each)
{
    char text[INET6_ADDRSTRLEN] = "?";
    const void *bytes = each->ifa_addr->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)each->ifa_addr)->sin_addr
                                                             : (const void *)&((const struct sockaddr_in6 *)each->ifa_addr)->sin6_addr;
    inet_ntop(each->ifa_addr->sa_family, bytes, text, sizeof text);
    return g_strdup_printf("%s %s", each->ifa_name, text);
}

static void add_addresses(GPtrArray *lines)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *each = all; each != NULL; each = each->ifa_next) {
        if (is_of_interest(each))
            g_ptr_array_add(lines, address_words(each));
    }
    freeifaddrs(all);
}

/* Of /proc/net/route: "eth0 00000000 0102A8C0 …" is a way to everywhere else, by way of the third column. */
static void add_ways_out(GPtrArray *lines)
{
    g_autofree char *table = NULL;
    if (!g_file_get_contents("/proc/net/route", &table, NULL, NULL) || strlen(table) > ROUTES_BYTES)
        return;
    g_auto(GStrv) rows = g_strsplit(table, "\n", -1);
    for (char **row = rows; *row != NULL; row++) {
        g_auto(GStrv) columns = g_strsplit_set(*row, "\t ", 4);
        if (g_strv_length(columns) >= 3 && strcmp(columns[1], "00000000") == 0)
            g_ptr_array_add(lines, g_strdup_printf("%s via %s", columns[0], columns[2]));
    }
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *link_watch_picture(void)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    add_addresses(lines);
    add_ways_out(lines);
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* --- sleep --- */
bool link_watch_has_slept(int64_t *slept_ms_inout, int64_t boot_ms, int64_t monotonic_ms)
{
    int64_t slept_ms = boot_ms - monotonic_ms;
    bool is_longer = slept_ms - *slept_ms_inout >= SLEEP_MS;
    *slept_ms_inout = slept_ms;
    return is_longer;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool has_slept(int64_t *slept_ms_inout)
{
    return link_watch_has_slept(slept_ms_inout, clock_ms(CLOCK_BOOTTIME), clock_ms(CLOCK_MONOTONIC));
}

/* Far away, on the clock of the calendar: the kernel cancels it whenever that clock jumps, as it does on waking up. */
static void arm(int timer_fd)
{
    const struct itimerspec never = { .it_value.tv_sec = (time_t)(G_MAXINT32) };
    (void)timerfd_settime(timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static int timer_open(void)
{
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd >= 0)
        arm(fd);
    return fd;
}

/* --- listening --- */
static int netlink_open(void)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK,
                                   .nl_groups =
                                       RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1; /* a sandbox may forbid it: then only sleep is noticed, and what the connections notice themselves */
}

/* What is said does not matter, only that something is: the picture is taken afterwards. Lost messages (ENOBUFS) are news, too. */
static void drain(int fd)
{
    char bytes[8192];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

/* Until no more is said for a while. False: stopped. */
static bool settle(const worker *thread, int netlink_fd)
{
    int64_t until = clock_ms(CLOCK_MONOTONIC) + UNSETTLED_MS;
    struct pollfd fds[] = { { .fd = netlink_fd, .events = POLLIN }, { .fd = worker_cancel_fd(thread), .events = POLLIN } };
    do
        drain(netlink_fd);
    while (poll(fds, G_N_ELEMENTS(fds), SETTLE_MS) > 0 && fds[1].revents == 0 && clock_ms(CLOCK_MONOTONIC) < until);
    drain(netlink_fd);
    return !worker_is_stopping(thread);
}

static bool is_another(char **picture_inout)
{
    char *now = link_watch_picture();
    bool is_changed = strcmp(now, *picture_inout) != 0;
    g_free(*picture_inout);
    *picture_inout = now;
    return is_changed;
}

void link_watch_run(worker *thread, void (*changed)(void *data, bool has_slept), void *data)
{
    int netlink_fd = netlink_open(), timer_fd = timer_open();
    g_autofree char *picture = link_watch_picture();
    int64_t slept_ms = 0;
    (void)has_slept(&slept_ms);
    while (!worker_is_stopping(thread)) {
        struct pollfd fds[] = { { .fd = worker_cancel_fd(thread), .events = POLLIN },
                                { .fd = netlink_fd, .events = POLLIN },
                                { .fd = timer_fd, .events = POLLIN } };
        uint64_t times;
        poll(fds, G_N_ELEMENTS(fds), -1);
        if (fds[2].revents != 0 && read(timer_fd, &times, sizeof times) < 0) /* ECANCELED */
            arm(timer_fd);
        bool is_awake_again = has_slept(&slept_ms);
        bool is_moved = fds[1].revents != 0 && settle(thread, netlink_fd) && is_another(&picture);
        if ((is_awake_again || is_moved) && !worker_is_stopping(thread))
            changed(data, is_awake_again);
    }
    if (netlink_fd >= 0)
        close(netlink_fd);
    if (timer_fd >= 0)
        close(timer_fd);
}
