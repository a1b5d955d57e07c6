/* SPDX-License-Identifier: MIT */
/* TCP: all addresses of a name raced (RFC 8305), then plain non-blocking reads and writes that never raise SIGPIPE. */
#include "net/stream_tcp.h"
#include "net/clock.h"
#include "net/error.h"
#include "net/log.h"
#include "net/resolve.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEEPALIVE_S     120
#define USER_TIMEOUT_MS 150000
#define RACE_STAGGER_MS 250 /* RFC 8305 section 8: Connection Attempt Delay */

struct tcp_filter {
    stream_filter base;
    int fd;
};

/* One race to a server: attempts under way are fds[0 .. under_way), each towards addresses[attempt[i]]. */
struct race {
    const char *host, *log_name;
    GArray *addresses;
    guint next; /* the first address not yet tried */
    struct pollfd fds[NET_WAIT_FDS_MAX];
    guint attempt[NET_WAIT_FDS_MAX];
    nfds_t under_way;
    int64_t next_start_ms;
    GString *failures; /* "192.0.2.1 port 993: refused; …" */
    int winner;
};

static const struct net_address *race_address(const struct race *race, guint i)
{
    return &g_array_index(race->addresses, struct net_address, i);
}

static void race_note_failure(struct race *race, guint i, int error_number)
{
    const struct net_address *address = race_address(race, i);
    g_autofree char *words = net_address_words((const struct sockaddr *)&address->socket, address->length);
    g_string_append_printf(race->failures, "%s%s: %s", race->failures->len > 0 ? "; " : "", words, g_strerror(error_number));
    net_log_note(race->log_name, "%s: %s", words, g_strerror(error_number));
    race->next_start_ms = 0; /* RFC 8305 section 5: a failure starts the next one at once */
}

static void race_start_next(struct race *race)
{
    guint i = race->next++;
    const struct net_address *address = race_address(race, i);
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        race_note_failure(race, i, errno);
        return;
    }
    race->next_start_ms = net_clock_ms() + RACE_STAGGER_MS;
    if (connect(fd, (const struct sockaddr *)&address->socket, address->length) == 0) {
        race->winner = fd;
    } else if (errno != EINPROGRESS && errno != EINTR) {
        race_note_failure(race, i, errno);
        close(fd);
    } else {
        race->fds[race->under_way] = (struct pollfd){ .fd = fd, .events = POLLOUT };
        race->attempt[race->under_way++] = i;
    }
}

static void race_settle(struct race *race)
{
    for (nfds_t i = race->under_way; i-- > 0;) {
        int code = 0;
        socklen_t length = sizeof code;
        if (race->fds[i].revents == 0)
            continue;
        if (getsockopt(race->fds[i].fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
            code = errno;
        if (code == 0 && race->winner < 0)
            race->winner = race->fds[i].fd;
        else {
            if (code != 0)
                race_note_failure(race, race->attempt[i], code);
            close(race->fds[i].fd);
        }
        race->under_way--;
        race->fds[i] = race->fds[race->under_way];
        race->attempt[i] = race->attempt[race->under_way];
    }
}

static bool race_fail_late(struct race *race, struct net_wait *wait, enum net_wait_end end, GError **error)
{
    if (end != NET_WAIT_DEADLINE && end != NET_WAIT_TIMEOUT)
        return net_wait_fail(wait, end, race->host, error);
    for (nfds_t i = 0; i < race->under_way; i++)
        race_note_failure(race, race->attempt[i], ETIMEDOUT);
    g_set_error(error, NET_ERROR, NET_ERROR_TIMEOUT, _("%s did not answer in time (%s)."), race->host, race->failures->str);
    return false;
}

static bool race_run(struct race *race, struct net_wait *wait, GError **error)
{
    while (race->winner < 0) {
        bool has_more = race->next < race->addresses->len;
        if (has_more && race->under_way < NET_WAIT_FDS_MAX && net_clock_ms() >= race->next_start_ms) {
            race_start_next(race);
            continue;
        }
        if (race->under_way == 0 && !has_more) {
            g_set_error(error, NET_ERROR, NET_ERROR_CONNECT, _("%s cannot be reached (%s)."), race->host, race->failures->str);
            return false;
        }
        enum net_wait_end end = net_wait_poll(wait, race->fds, race->under_way, has_more ? race->next_start_ms : 0, true);
        if (end == NET_WAIT_READY)
            race_settle(race);
        else if (end != NET_WAIT_TIMEOUT)
            return race_fail_late(race, wait, end, error);
    }
    return true;
}

static void set_keepalive(int fd, int idle_s)
{
    const int on = 1, count = 4, interval_s = MAX(idle_s / 4, 1);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

/* Without effect on a socket pair; none of them is needed for correctness, so failures do not matter. */
static void set_socket_options(int fd, int keepalive_s, int user_timeout_ms)
{
    const int on = 1, unheard_ms = user_timeout_ms != 0 ? user_timeout_ms : USER_TIMEOUT_MS;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (keepalive_s >= 0)
        set_keepalive(fd, keepalive_s > 0 ? keepalive_s : KEEPALIVE_S);
    if (unheard_ms > 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_ms, sizeof unheard_ms); /* RFC 5482: bytes nobody confirms */
}

int stream_tcp_connect(const char *shown_host, const char *ascii_host, uint16_t port, struct net_wait *wait, const char *log_name,
                       GError **error)
{
    g_autoptr(GArray) addresses = net_resolve(ascii_host, port, wait, error);
    if (addresses == NULL)
        return -1;
    g_autoptr(GString) failures = g_string_new(NULL);
    struct race race = { .host = shown_host, .log_name = log_name, .addresses = addresses, .failures = failures, .winner = -1 };
    bool is_connected = race_run(&race, wait, error);
    for (nfds_t i = 0; i < race.under_way; i++)
        close(race.fds[i].fd);
    return is_connected ? race.winner : -1;
}

static enum net_io io_of_errno(int saved, enum net_io want, GError **error)
{
    if (saved == EAGAIN || saved == EWOULDBLOCK || saved == EINTR)
        return want;
    if (saved == EPIPE || saved == ECONNRESET || saved == ECONNABORTED)
        return NET_IO_END;
    enum net_error code = saved == ETIMEDOUT ? NET_ERROR_TIMEOUT : NET_ERROR_IO;
    g_set_error_literal(error, NET_ERROR, (gint)code, g_strerror(saved));
    return NET_IO_FAILED;
}

static enum net_io tcp_read(stream_filter *filter, void *bytes, size_t size, size_t *done_out, GError **error)
{
    ssize_t count = recv(((struct tcp_filter *)filter)->fd, bytes, size, 0);
    if (count < 0)
        return io_of_errno(errno, NET_IO_WANT_READ, error);
    *done_out = (size_t)count;
    return count == 0 ? NET_IO_END : NET_IO_DONE;
}

static enum net_io tcp_write(stream_filter *filter, const void *bytes, size_t size, size_t *done_out, GError **error)
{
    ssize_t count = send(((struct tcp_filter *)filter)->fd, bytes, size, MSG_NOSIGNAL);
    if (count < 0)
        return io_of_errno(errno, NET_IO_WANT_WRITE, error);
    *done_out = (size_t)count;
    return NET_IO_DONE;
}

static int tcp_fd(const stream_filter *filter)
{
    return ((const struct tcp_filter *)filter)->fd;
}

static void tcp_free(stream_filter *filter)
{
    close(((struct tcp_filter *)filter)->fd);
    g_free(filter);
}

static const struct stream_filter_ops tcp_ops = { .name = "tcp", .read = tcp_read, .write = tcp_write, .fd = tcp_fd, .free = tcp_free };

stream_filter *stream_tcp_new(int fd, int keepalive_s, int user_timeout_ms)
{
    struct tcp_filter *filter = g_new0(struct tcp_filter, 1);
    filter->base.ops = &tcp_ops;
    filter->fd = fd;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    set_socket_options(fd, keepalive_s, user_timeout_ms);
    return &filter->base;
}

bool stream_tcp_is_loopback(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
        return false;
    if (address.ss_family == AF_UNIX)
        return true;
    if (address.ss_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24) == 127;
    if (address.ss_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)&address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}
