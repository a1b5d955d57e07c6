/* SPDX-License-Identifier: MIT */
/* A hand on the line's wrist. */
#include "net/stream_pulse.h"
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define DEAD_MS       15000
#define LOOK_MS       1000
#define LEAST_UNHEARD 2 /* one may be under way just now, or lost */

static int patience_ms = DEAD_MS;

void stream_pulse_set_patience(int most_ms)
{
    patience_ms = most_ms > 0 ? most_ms : DEAD_MS;
}

int64_t stream_pulse_next_ms(int64_t since_ms, int64_t now_ms)
{
    return MAX(since_ms + patience_ms / 3, now_ms + LOOK_MS);
}

static bool set(int fd, int option, int value)
{
    return setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value) == 0;
}

/* Where the person wants no such questions, none are asked: then only our own bytes can tell. */
static void feel(struct stream_pulse *pulse, int fd)
{
    int on = 0;
    socklen_t size = sizeof on, idle_size = sizeof pulse->idle_s, interval_size = sizeof pulse->interval_s;
    if (pulse->is_felt || getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size) != 0 || on == 0 ||
        getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &pulse->idle_s, &idle_size) != 0 ||
        getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &pulse->interval_s, &interval_size) != 0)
        return;
    pulse->is_felt = set(fd, TCP_KEEPINTVL, MAX(patience_ms / 5000, 1)) && set(fd, TCP_KEEPIDLE, MAX(patience_ms / 3000, 1));
}

void stream_pulse_let_go(struct stream_pulse *pulse, int fd)
{
    if (!pulse->is_felt)
        return;
    set(fd, TCP_KEEPINTVL, pulse->interval_s);
    set(fd, TCP_KEEPIDLE, pulse->idle_s);
    pulse->is_felt = false;
}

/* Probes (of an idle line or of a closed window) and retransmissions are counted from the last thing that was confirmed on. Behind a closed window the
 * kernel asks more and more seldom, so that time alone says nothing. */
bool stream_pulse_has_stopped(struct stream_pulse *pulse, int fd, int silent_ms)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    feel(pulse, fd);
    if (silent_ms < patience_ms || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    bool is_quiet = MIN(info.tcpi_last_ack_recv, info.tcpi_last_data_recv) >= (guint)patience_ms;
    return is_quiet && (info.tcpi_probes >= LEAST_UNHEARD || (info.tcpi_unacked > 0 && info.tcpi_retransmits >= LEAST_UNHEARD));
}
