/* SPDX-License-Identifier: MIT */
/* The bad line: one thread that polls all pairs of sockets; see fault_proxy.h. */
#include "tests/servers/fault_proxy.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTION      4096
#define DELAY_MAX_MS 150
#define AFTER_MAX    24000.0 /* a synchronisation is longer than this, so a cut may come anywhere in it */
#define TRICKLE_MAX  600     /* bytes; then faithfully again: a test must end */

/* One direction. */
struct way {
    int from, to;
    GByteArray *waiting; /* read, not yet written */
    guint64 passed;
    gint64 not_before; /* monotonic µs: delayed portions */
    bool is_over;
};

struct line {
    struct way towards_server, towards_client;
    enum fault fault;
    bool is_fault_towards_server, is_dead;
    guint64 after;
};

struct fault_proxy {
    int listener, port, target_port, wake;
    pthread_t thread;
    pthread_mutex_t mutex; /* for the wishes */
    int percent;
    bool is_stopping, is_down, has_plan, is_calm_wanted;
    enum fault plan;
    bool is_plan_towards_server;
    guint64 plan_after;
    char *cut_behind;
    const char *const *hidden;
    guint faults, connections;
    /* --- the thread's own --- */
    GRand *random;
    GPtrArray *lines;
};

static void line_free(gpointer data)
{
    struct line *line = data;
    if (line->fault == FAULT_RESET) {
        const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
        setsockopt(line->towards_server.from, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close(line->towards_server.from);
    close(line->towards_server.to);
    g_byte_array_unref(line->towards_server.waiting);
    g_byte_array_unref(line->towards_client.waiting);
    g_free(line);
}

static int connect_target(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                         .sin_port = htons((uint16_t)port) };
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --- the plan of a connection --- */
static void choose_fault(fault_proxy *self, struct line *line)
{
    if (self->has_plan) {
        line->fault = self->plan;
        line->is_fault_towards_server = self->is_plan_towards_server;
        line->after = self->plan_after;
        return;
    }
    /* Drawn also when unused, so that a seed means the same whatever the percentage. */
    bool is_faulty = g_rand_int_range(self->random, 0, 100) < self->percent;
    enum fault fault = (enum fault)g_rand_int_range(self->random, FAULT_CUT, FAULT_COUNT);
    line->is_fault_towards_server = g_rand_boolean(self->random);
    double part = g_rand_double(self->random);
    line->after = (guint64)(part * part * AFTER_MAX);
    line->fault = is_faulty ? fault : FAULT_NONE;
}

static void accept_line(fault_proxy *self)
{
    int client = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
    if (client < 0)
        return;
    struct line *line = g_new0(struct line, 1);
    pthread_mutex_lock(&self->mutex);
    choose_fault(self, line);
    self->connections++;
    self->faults += line->fault != FAULT_NONE;
    bool is_refused = self->is_down || line->fault == FAULT_REFUSE;
    pthread_mutex_unlock(&self->mutex);
    int server = is_refused ? -1 : connect_target(self->target_port);
    if (server < 0) {
        close(client);
        g_free(line);
        return;
    }
    fcntl(server, F_SETFL, O_NONBLOCK);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    line->towards_server = (struct way){ .from = client, .to = server, .waiting = g_byte_array_new() };
    line->towards_client = (struct way){ .from = server, .to = client, .waiting = g_byte_array_new() };
    g_ptr_array_add(self->lines, line);
}

/* --- bytes --- */
static void read_way(struct line *line, struct way *way)
{
    guint8 bytes[PORTION];
    ssize_t count = read(way->from, bytes, sizeof bytes);
    if (count > 0)
        g_byte_array_append(way->waiting, bytes, (guint)count);
    else if (count == 0)
        way->is_over = true; /* what was sent before still arrives */
    else if (errno != EAGAIN && errno != EINTR)
        line->is_dead = true; /* reset: it does not */
}

/* How much may pass now; *dies_out: what was allowed has passed, and the line ends there. */
static guint allowance(const struct line *line, const struct way *way, bool is_towards_server, bool *dies_out)
{
    guint all = way->waiting->len;
    bool is_concerned = line->fault != FAULT_NONE && line->is_fault_towards_server == is_towards_server;
    *dies_out = false;
    if (!is_concerned || line->fault == FAULT_DELAY)
        return all;
    guint64 left = line->after > way->passed ? line->after - way->passed : 0;
    if (left >= all && all > 0)
        return all;
    if (line->fault == FAULT_TRICKLE)
        return left > 0 ? (guint)left : way->passed < line->after + TRICKLE_MAX ? MIN(all, 1) : all;
    *dies_out = (line->fault == FAULT_CUT || line->fault == FAULT_RESET) && left < all;
    return (guint)MIN(left, all);
}

/* The text that ends the line, in what is about to pass; the number of bytes up to its end, 0: not there. */
static guint behind_text(fault_proxy *self, const struct way *way)
{
    guint end = 0;
    pthread_mutex_lock(&self->mutex);
    const char *text = self->cut_behind;
    void *found = text != NULL ? memmem(way->waiting->data, way->waiting->len, text, strlen(text)) : NULL;
    if (found != NULL) {
        end = (guint)((guint8 *)found - way->waiting->data) + (guint)strlen(text);
        g_clear_pointer(&self->cut_behind, g_free);
        self->faults++;
    }
    pthread_mutex_unlock(&self->mutex);
    return end;
}

static void write_way(fault_proxy *self, struct line *line, struct way *way, bool is_towards_server)
{
    bool dies = false;
    guint count = allowance(line, way, is_towards_server, &dies), cut = is_towards_server ? behind_text(self, way) : 0;
    if (cut > 0) {
        count = cut;
        dies = true;
    }
    ssize_t written = count > 0 ? send(way->to, way->waiting->data, count, MSG_NOSIGNAL) : 0;
    if (written > 0) {
        way->passed += (guint64)written;
        g_byte_array_remove_range(way->waiting, 0, (guint)written);
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        line->is_dead = true;
    }
    if (dies && written >= 0 && (guint)written == count)
        line->is_dead = true;
    if (line->fault == FAULT_DELAY)
        way->not_before = g_get_monotonic_time() + g_rand_int_range(self->random, 0, DELAY_MAX_MS * 1000);
}

/* What is stalled waits for ever and must not be asked for; the rest may be written. */
static bool can_write(const struct line *line, const struct way *way, bool is_towards_server)
{
    bool dies;
    return way->waiting->len > 0 && (allowance(line, way, is_towards_server, &dies) > 0 || dies) &&
           g_get_monotonic_time() >= way->not_before;
}

/* Words that lie across two portions get through: capabilities and response codes hardly do. */
static void hide_words(fault_proxy *self, struct way *way, guint from)
{
    pthread_mutex_lock(&self->mutex);
    for (const char *const *word = self->hidden; word != NULL && *word != NULL; word++) {
        guint8 *begin = way->waiting->data + from, *found;
        size_t left = way->waiting->len - from;
        while ((found = memmem(begin, left, *word, strlen(*word))) != NULL) {
            found[1] = 'X'; /* the first is a blank or a bracket */
            left -= (size_t)(found + 1 - begin);
            begin = found + 1;
        }
    }
    pthread_mutex_unlock(&self->mutex);
}

static void line_turn(fault_proxy *self, struct line *line, short client, short server)
{
    struct way *up = &line->towards_server, *down = &line->towards_client;
    if (client & (POLLIN | POLLHUP | POLLERR))
        read_way(line, up);
    guint had = down->waiting->len;
    if (server & (POLLIN | POLLHUP | POLLERR))
        read_way(line, down);
    if (down->waiting->len > had)
        hide_words(self, down, had);
    if (can_write(line, up, true))
        write_way(self, line, up, true);
    if (can_write(line, down, false))
        write_way(self, line, down, false);
    line->is_dead |= (up->is_over && up->waiting->len == 0) || (down->is_over && down->waiting->len == 0) || (up->is_over && down->is_over);
}

/* --- the thread --- */
static void sweep(fault_proxy *self)
{
    for (guint i = self->lines->len; i-- > 0;) {
        if (((struct line *)g_ptr_array_index(self->lines, i))->is_dead)
            g_ptr_array_remove_index(self->lines, i);
    }
}

static bool take_wishes(fault_proxy *self)
{
    uint64_t count;
    /* First: a wish that comes behind this wakes again. */
    if (read(self->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        return false;
    pthread_mutex_lock(&self->mutex);
    bool is_stopping = self->is_stopping, is_down = self->is_down, is_calm = self->is_calm_wanted;
    self->is_calm_wanted = false;
    pthread_mutex_unlock(&self->mutex);
    for (guint i = 0; i < self->lines->len; i++) {
        struct line *line = g_ptr_array_index(self->lines, i);
        line->is_dead |= is_down || (is_calm && line->fault != FAULT_NONE);
    }
    sweep(self);
    return !is_stopping;
}

static void poll_lines(fault_proxy *self)
{
    guint count = self->lines->len;
    g_autofree struct pollfd *fds = g_new0(struct pollfd, 2 + 2 * count);
    int timeout_ms = -1;
    fds[0] = (struct pollfd){ .fd = self->wake, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = self->listener, .events = POLLIN };
    for (guint i = 0; i < count; i++) {
        struct line *line = g_ptr_array_index(self->lines, i);
        struct way *up = &line->towards_server, *down = &line->towards_client;
        bool is_waiting = up->waiting->len > 0 || down->waiting->len > 0;
        fds[2 + 2 * i] = (struct pollfd){ .fd = up->from, .events = up->waiting->len < PORTION && !up->is_over ? POLLIN : 0 };
        fds[3 + 2 * i] = (struct pollfd){ .fd = down->from, .events = down->waiting->len < PORTION && !down->is_over ? POLLIN : 0 };
        if (is_waiting && (can_write(line, up, true) || can_write(line, down, false)))
            timeout_ms = 0;
        else if (is_waiting && line->fault == FAULT_DELAY && timeout_ms != 0)
            timeout_ms = 5;
    }
    if (poll(fds, 2 + 2 * count, timeout_ms) < 0)
        return;
    for (guint i = 0; i < count; i++)
        line_turn(self, g_ptr_array_index(self->lines, i), fds[2 + 2 * i].revents, fds[3 + 2 * i].revents);
    if (fds[1].revents != 0)
        accept_line(self);
    sweep(self);
}

static void *proxy_main(void *data)
{
    fault_proxy *self = data;
    while (take_wishes(self))
        poll_lines(self);
    return NULL;
}

/* --- life --- */
static int listen_somewhere(int *port_out)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *port_out = ntohs(address.sin_port);
    return fd;
}

fault_proxy *fault_proxy_start(int target_port, guint32 seed, int percent)
{
    fault_proxy *self = g_new0(fault_proxy, 1);
    *self = (fault_proxy){ .target_port = target_port, .percent = percent };
    self->listener = listen_somewhere(&self->port);
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->random = g_rand_new_with_seed(seed);
    self->lines = g_ptr_array_new_with_free_func(line_free);
    pthread_mutex_init(&self->mutex, NULL);
    if (self->listener >= 0 && pthread_create(&self->thread, NULL, proxy_main, self) == 0)
        return self;
    g_error("the proxy cannot be started");
}

static void wake(fault_proxy *self)
{
    const uint64_t one = 1;
    if (write(self->wake, &one, sizeof one) < 0)
        g_error("the proxy cannot be woken");
}

void fault_proxy_free(fault_proxy *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->mutex);
    self->is_stopping = true;
    pthread_mutex_unlock(&self->mutex);
    wake(self);
    pthread_join(self->thread, NULL);
    g_ptr_array_unref(self->lines);
    g_rand_free(self->random);
    close(self->listener);
    close(self->wake);
    g_free(self->cut_behind);
    pthread_mutex_destroy(&self->mutex);
    g_free(self);
}

int fault_proxy_port(const fault_proxy *self)
{
    return self->port;
}

void fault_proxy_set_percent(fault_proxy *self, int percent)
{
    pthread_mutex_lock(&self->mutex);
    self->percent = percent;
    self->has_plan = false;
    self->is_calm_wanted = percent == 0;
    pthread_mutex_unlock(&self->mutex);
    wake(self);
}

void fault_proxy_set_plan(fault_proxy *self, enum fault fault, bool is_towards_server, guint64 after_bytes)
{
    pthread_mutex_lock(&self->mutex);
    self->has_plan = true;
    self->plan = fault;
    self->is_plan_towards_server = is_towards_server;
    self->plan_after = after_bytes;
    pthread_mutex_unlock(&self->mutex);
}

void fault_proxy_cut_behind(fault_proxy *self, const char *text)
{
    pthread_mutex_lock(&self->mutex);
    g_free(self->cut_behind);
    self->cut_behind = g_strdup(text);
    pthread_mutex_unlock(&self->mutex);
}

void fault_proxy_hide(fault_proxy *self, const char *const *words)
{
    pthread_mutex_lock(&self->mutex);
    self->hidden = words;
    pthread_mutex_unlock(&self->mutex);
}

void fault_proxy_set_down(fault_proxy *self, bool is_down)
{
    pthread_mutex_lock(&self->mutex);
    self->is_down = is_down;
    pthread_mutex_unlock(&self->mutex);
    wake(self);
}

guint fault_proxy_faults(fault_proxy *self)
{
    pthread_mutex_lock(&self->mutex);
    guint count = self->faults;
    pthread_mutex_unlock(&self->mutex);
    return count;
}

guint fault_proxy_connections(fault_proxy *self)
{
    pthread_mutex_lock(&self->mutex);
    guint count = self->connections;
    pthread_mutex_unlock(&self->mutex);
    return count;
}
