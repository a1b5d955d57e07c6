/* SPDX-License-Identifier: MIT */
/* Sleeping with an alarm clock, a bell rope and a door. */
#include "net/wait.h"
#include "net/clock.h"
#include "net/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS                 1000
#define HURRY_MS                10000 /* what a living server needs to answer at most, when the network has changed */
#define REPLACED_CLOCK_SLICE_MS 5     /* a replaced clock may jump at any time */

void net_wait_begin(struct net_wait *wait)
{
    wait->since_ms = net_clock_ms();
    wait->hurried_until_ms = 0;
    if (wait->next_tick_ms < wait->since_ms - TICK_MS) /* the last wait is long ago: its tick is not due now */
        wait->next_tick_ms = wait->since_ms + TICK_MS;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Idling waits for nothing, so nothing can be late: its owner ends it, and then the answer to that is awaited. */
static int hurry_fd_of(const struct net_wait *wait, bool is_ticking)
{
    return is_ticking && wait->hurry_fd > 0 ? wait->hurry_fd : -1;
}

static void take_hurry(struct net_wait *wait)
{
    uint64_t times;
    if (read(wait->hurry_fd, &times, sizeof times) == sizeof times)
        wait->hurried_until_ms = net_clock_ms() + HURRY_MS;
}

static int slice_ms(const struct net_wait *wait, int64_t now, int64_t until_ms, bool is_ticking)
{
    int64_t end = earlier(wait->deadline_ms, until_ms);
    if (is_ticking && wait->tick != NULL)
        end = earlier(end, wait->next_tick_ms);
    if (end == 0)
        return net_clock_is_replaced() ? REPLACED_CLOCK_SLICE_MS : -1;
    int64_t left = CLAMP(end - now, 0, INT32_MAX);
    return (int)(net_clock_is_replaced() ? MIN(left, REPLACED_CLOCK_SLICE_MS) : left);
}

static void tick_if_due(struct net_wait *wait, int64_t now, bool is_ticking)
{
    if (!is_ticking || wait->tick == NULL || now < wait->next_tick_ms)
        return;
    wait->next_tick_ms = now + TICK_MS;
    wait->tick(wait->data, (int)CLAMP(now - wait->since_ms, 0, INT32_MAX));
}

enum net_wait_end net_wait_poll(struct net_wait *wait, struct pollfd *fds, nfds_t count, int64_t until_ms, bool is_ticking)
{
    struct pollfd all[NET_WAIT_FDS_MAX + 2];
    g_assert(count <= NET_WAIT_FDS_MAX);
    if (count > 0)
        memcpy(all, fds, count * sizeof *fds);
    struct pollfd *rope = &all[count], *hurry = &all[count + 1];
    *rope = (struct pollfd){ .fd = wait->cancel_fd, .events = POLLIN }; /* poll() ignores -1 */
    *hurry = (struct pollfd){ .fd = hurry_fd_of(wait, is_ticking), .events = POLLIN };
    for (;;) {
        int64_t now = net_clock_ms(), until = earlier(until_ms, is_ticking ? wait->hurried_until_ms : 0);
        tick_if_due(wait, now, is_ticking);
        int ready = poll(all, count + 2, slice_ms(wait, now, until, is_ticking));
        if (ready < 0 && errno != EINTR)
            return NET_WAIT_FAILED;
        if (ready > 0 && rope->revents != 0)
            return NET_WAIT_CANCELLED;
        if (ready > 0 && hurry->revents != 0) {
            take_hurry(wait);
            ready--;
        }
        if (ready > 0) {
            memcpy(fds, all, count * sizeof *fds);
            return NET_WAIT_READY;
        }
        now = net_clock_ms();
        if (wait->deadline_ms != 0 && now >= wait->deadline_ms)
            return NET_WAIT_DEADLINE;
        if (until != 0 && now >= until)
            return NET_WAIT_TIMEOUT;
    }
}

enum net_wait_end net_wait_glance(struct net_wait *wait, bool is_ticking)
{
    struct pollfd rope = { .fd = wait->cancel_fd, .events = POLLIN };
    int64_t now = net_clock_ms();
    tick_if_due(wait, now, is_ticking);
    if (wait->cancel_fd >= 0 && poll(&rope, 1, 0) > 0)
        return NET_WAIT_CANCELLED;
    return wait->deadline_ms != 0 && now >= wait->deadline_ms ? NET_WAIT_DEADLINE : NET_WAIT_READY;
}

bool net_wait_fail(const struct net_wait *wait, enum net_wait_end end, const char *host, GError **error)
{
    int saved = errno;
    if (end == NET_WAIT_CANCELLED) {
        g_set_error(error, NET_ERROR, NET_ERROR_CANCELLED, _("The connection to %s was cancelled."), host);
    } else if (end == NET_WAIT_FAILED) {
        errno = saved;
        net_fail_errno(error, NET_ERROR_IO, _("Waiting for"), host);
    } else {
        int64_t silent_ms = MAX(net_clock_ms() - wait->since_ms, 0);
        if (end == NET_WAIT_DEADLINE && silent_ms < 1000)
            g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("%s was too slow: it did not finish in the time it had."), host);
        else
            g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("%s did not answer for %.1f seconds."), host, (double)silent_ms / 1000);
    }
    return false;
}
