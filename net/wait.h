/* SPDX-License-Identifier: MIT */
/* The one place of the network layer that sleeps: one poll() on what is awaited and on cancel_fd, with a deadline and a tick each second. */
#pragma once
#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define NET_WAIT_FDS_MAX 40u

struct net_wait {
    int cancel_fd;                           /* -1: none */
    void (*tick)(void *data, int waited_ms); /* NULL: none */
    void *data;
    int64_t deadline_ms;      /* net_clock_ms(); 0: none */
    int hurry_fd;             /* 0: none; see net_context */
    int64_t hurried_until_ms; /* 0: not hurried */
    int64_t since_ms;         /* when the silence began: what tick is told */
    int64_t next_tick_ms;     /* lives across waits, so that a peer that sends a byte now and then is noticed too */
};

enum net_wait_end {
    NET_WAIT_READY,     /* one of fds has an event */
    NET_WAIT_TIMEOUT,   /* until_ms was reached */
    NET_WAIT_DEADLINE,  /* wait->deadline_ms was reached */
    NET_WAIT_CANCELLED, /* cancel_fd is readable: it goes before all others */
    NET_WAIT_FAILED,    /* errno of poll() */
};

/* The silence begins now. */
void net_wait_begin(struct net_wait *wait);
/* until_ms 0: only the deadline counts. At most NET_WAIT_FDS_MAX fds. */
enum net_wait_end net_wait_poll(struct net_wait *wait, struct pollfd *fds, nfds_t count, int64_t until_ms, bool is_ticking);
/* Without sleeping: READY, or why not to go on. For a peer that never pauses, so that nobody ever sleeps. */
enum net_wait_end net_wait_glance(struct net_wait *wait, bool is_ticking);
/* False with the sentence for an end that is not READY; until_ms passed means "host did not answer for N seconds". */
bool net_wait_fail(const struct net_wait *wait, enum net_wait_end end, const char *host, GError **error);
