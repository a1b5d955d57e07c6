/* SPDX-License-Identifier: MIT */
/* A stream: queues, deadlines, cancelling and the upgrade, over a stack of filters. */
#include "net/stream_private.h"
#include "net/clock.h"
#include "net/limits.h"
#include "net/log.h"
#include "net/resolve.h"
#include "net/stream_deflate.h"
#include "net/stream_tcp.h"
#include "net/stream_tls.h"
#include "net/trust_private.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define IO_TIMEOUT_MS 60000

/* --- life --- */
struct net_wait stream_wait_of(const struct net_context *context)
{
    struct net_wait wait = { .cancel_fd = -1 };
    if (context != NULL)
        wait = (struct net_wait){
            .cancel_fd = context->cancel_fd, .hurry_fd = context->hurry_fd, .tick = context->tick, .data = context->data
        };
    wait.next_tick_ms = net_clock_ms() + 1000;
    net_wait_begin(&wait);
    return wait;
}

static char *peer_address_of(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
        return g_strdup("?");
    return net_address_words((const struct sockaddr *)&address, length);
}

net_stream *net_stream_from_fd(int fd, const struct net_endpoint *endpoint, const struct net_context *context)
{
    net_stream *stream = g_new0(net_stream, 1);
    net_endpoint_copy(&stream->endpoint, endpoint);
    if (stream->endpoint.host == NULL)
        stream->endpoint.host = g_strdup("");
    stream->ascii_host = net_host_to_ascii(stream->endpoint.host, NULL);
    stream->context = context != NULL ? *context : (struct net_context){ .cancel_fd = -1 };
    stream->context.log_name = g_strdup(stream->context.log_name);
    stream->wait = stream_wait_of(context);
    stream->patience = 1;
    stream->top = stream_tcp_new(fd, endpoint->keepalive_s, endpoint->user_timeout_ms);
    stream->in = (struct net_buffer)NET_BUFFER_INIT(net_limits.read_ahead_bytes);
    stream->out = (struct net_buffer)NET_BUFFER_INIT(2 * net_limits.write_queue_bytes);
    stream->is_loopback = stream_tcp_is_loopback(fd);
    stream->peer_address = peer_address_of(fd);
    return stream;
}

void net_stream_free(net_stream *stream)
{
    if (stream == NULL)
        return;
    net_log_flow_end(&stream->received, stream->context.log_name, '<');
    net_log_flow_end(&stream->sent, stream->context.log_name, '>');
    net_log_note(stream->context.log_name, "closed");
    stream_filter_free(stream->top);
    net_buffer_clear(&stream->in);
    net_buffer_clear(&stream->out);
    net_trust_verdict_clear(&stream->verdict);
    net_endpoint_clear(&stream->endpoint);
    g_clear_error(&stream->failure);
    g_free(stream->ascii_host);
    g_free(stream->peer_address);
    g_free((char *)stream->context.log_name);
    g_free(stream);
}

/* --- failing --- */
/* Gives a copy of why the stream is finished. */
bool stream_fail_again(const net_stream *stream, GError **error)
{
    if (error != NULL && *error == NULL)
        *error = g_error_copy(stream->failure);
    return false;
}

/* The stream is finished from now on; failure is taken. */
bool stream_fail(net_stream *stream, GError *failure /* taken */, GError **error)
{
    if (stream->failure == NULL) {
        stream->failure = failure;
        net_log_flow_end(&stream->received, stream->context.log_name, '<');
        net_log_note(stream->context.log_name, "%s", failure->message);
    } else {
        g_error_free(failure);
    }
    return stream_fail_again(stream, error);
}

bool stream_fail_io(net_stream *stream, enum net_io io, GError *failure /* taken, NULL unless io is FAILED */, GError **error)
{
    if (io == NET_IO_END) {
        g_clear_error(&failure);
        bool is_tunnel = stream->endpoint.tunnel != NULL && *stream->endpoint.tunnel != '\0';
        failure = g_error_new(NET_ERROR, NET_ERROR_CLOSED,
                              is_tunnel ? _("%s closed the connection, or tunnel-command ended.") : _("%s closed the connection."),
                              stream->endpoint.host);
    } else if (failure->domain != NET_ERROR || failure->code != NET_ERROR_TLS) {
        g_prefix_error(&failure, _("The connection to %s broke: "), stream->endpoint.host);
    }
    return stream_fail(stream, failure, error);
}

/* --- waiting --- */
/* A server that speaks TLS from the first byte waits for us to begin, and so do we. */
static bool is_mute(const net_stream *stream)
{
    return !stream->has_heard && stream->awaited == NULL && stream->endpoint.security != NET_SECURITY_TLS;
}

/* The sentences for silence at a place that says what it may be; NULL: none of them. */
static GError *silence_of(const net_stream *stream)
{
    const char *host = stream->endpoint.host;
    if (is_mute(stream))
        return g_error_new(NET_ERROR, NET_ERROR_TIMEOUT,
                           _("%s port %u can be reached, but says nothing. Perhaps this port wants TLS from the start (security = tls), or "
                             "something in between blocks it."),
                           host, (unsigned)stream->endpoint.port);
    if (stream->has_begun_tls && stream->tls == NULL && stream->endpoint.security == NET_SECURITY_STARTTLS)
        return g_error_new(NET_ERROR, NET_ERROR_TIMEOUT, _("%s agreed to encrypt the connection, and then said nothing for %d seconds."),
                           host, (int)((net_clock_ms() - stream->wait.since_ms) / 1000));
    return NULL;
}

static bool judge_wait(net_stream *stream, enum net_wait_end end, GError **error)
{
    GError *failure = end == NET_WAIT_TIMEOUT || end == NET_WAIT_DEADLINE ? silence_of(stream) : NULL;
    if (end == NET_WAIT_READY)
        return true;
    if (failure != NULL)
        return stream_fail(stream, failure, error);
    net_wait_fail(&stream->wait, end, stream->awaited != NULL ? stream->awaited : stream->endpoint.host, &failure);
    return stream_fail(stream, failure, error);
}

static bool fail_dead(net_stream *stream, GError **error)
{
    const char *host = stream->awaited != NULL ? stream->awaited : stream->endpoint.host;
    return stream_fail(stream,
                       g_error_new(NET_ERROR, NET_ERROR_TIMEOUT,
                                   _("The line to %s is dead: nothing sent there has arrived for %d seconds."), host,
                                   (int)((net_clock_ms() - stream->wait.since_ms) / 1000)),
                       error);
}

/* Sleeps with a look at the line now and then. */
static enum net_wait_end wait_alive(net_stream *stream, struct pollfd *fd, int64_t until_ms, bool *is_dead_out)
{
    struct net_wait *wait = &stream->wait;
    *is_dead_out = false;
    for (;;) {
        int64_t look_ms = MIN(until_ms, stream_pulse_next_ms(wait->since_ms, net_clock_ms()));
        enum net_wait_end end = net_wait_poll(wait, fd, 1, look_ms, true);
        int64_t now = net_clock_ms();
        bool is_hurried = wait->hurried_until_ms != 0 && now >= wait->hurried_until_ms;
        if (end != NET_WAIT_TIMEOUT || now >= until_ms || is_hurried)
            return end;
        *is_dead_out = stream_pulse_has_stopped(&stream->pulse, fd->fd, (int)(now - wait->since_ms));
        if (*is_dead_out)
            return end;
    }
}

/* One sleep until the socket has one of events. False: the stream is finished. *end_out says TIMEOUT only where until_ms is the caller's own. */
bool stream_wait(net_stream *stream, short events, GError **error)
{
    int64_t silence_ms = (int64_t)stream->patience * (stream->endpoint.io_timeout_ms > 0 ? stream->endpoint.io_timeout_ms : IO_TIMEOUT_MS);
    struct pollfd fds[] = { { .fd = stream_filter_fd(stream->top), .events = events } };
    bool is_dead;
    if (stream->silence_ms > 0)
        silence_ms = MIN(silence_ms, stream->silence_ms);
    enum net_wait_end end = wait_alive(stream, fds, stream->wait.since_ms + silence_ms, &is_dead);
    stream_pulse_let_go(&stream->pulse, fds[0].fd);
    if (is_dead)
        return fail_dead(stream, error);
    if (end == NET_WAIT_READY)
        net_wait_begin(&stream->wait);
    return judge_wait(stream, end, error);
}

short stream_events(enum net_io io)
{
    return io == NET_IO_WANT_WRITE ? POLLOUT : POLLIN;
}

bool net_stream_start_deflate(net_stream *stream, const void *unread, size_t size, GError **error)
{
    if (stream->failure != NULL)
        return stream_fail_again(stream, error);
    if (!net_stream_flush(stream, error))
        return false;
    g_autoptr(GByteArray) packed = g_byte_array_new();
    if (size > 0)
        g_byte_array_append(packed, unread, (guint)size);
    if (stream->in.length > 0)
        g_byte_array_append(packed, (const guint8 *)net_buffer_bytes(&stream->in), (guint)stream->in.length);
    net_buffer_clear(&stream->in);
    stream->top = stream_deflate_new(stream->top, packed->data, packed->len);
    net_log_note(stream->context.log_name, "compressed from here on");
    return true;
}

bool net_stream_is_tls(const net_stream *stream)
{
    return stream->tls != NULL;
}

bool net_stream_has_begun_tls(const net_stream *stream)
{
    return stream->has_begun_tls;
}

bool net_stream_is_loopback(const net_stream *stream)
{
    return stream->is_loopback;
}

bool net_stream_can_send_password(const net_stream *stream, GError **error)
{
    bool is_allowed = stream->is_loopback || stream->endpoint.allow_cleartext_password;
    if (stream->tls != NULL || (stream->endpoint.security == NET_SECURITY_PLAIN && is_allowed))
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_INSECURE,
                _("The connection to %s is not encrypted, so the password was not sent. Use security = tls or starttls; if it must be so, "
                  "allow-cleartext-password = true."),
                stream->endpoint.host);
    return false;
}

/* --- reading --- */
static void note_mail(net_stream *stream)
{
    if (stream->mail_bytes > 0)
        net_log_note(stream->context.log_name, "> %" G_GUINT64_FORMAT " bytes of mail", stream->mail_bytes);
    stream->mail_bytes = 0;
}

static size_t take_read(net_stream *stream, const void *bytes, size_t size)
{
    note_mail(stream);
    if (!stream->has_own_log)
        net_log_flow_bytes(&stream->received, stream->context.log_name, '<', bytes, size);
    return size;
}

void net_stream_set_own_log(net_stream *stream)
{
    stream->has_own_log = true;
}

void net_stream_log_received(net_stream *stream, const char *line, size_t length)
{
    net_log_bytes(stream->context.log_name, '<', line, length);
}

void net_stream_log_mail(net_stream *stream, uint64_t size_bytes)
{
    net_log_note(stream->context.log_name, "< %" G_GUINT64_FORMAT " bytes of mail", size_bytes);
}

/* What comes first where a mail server should speak, if not its words. NULL: nothing odd. No protocol of ours begins with one of these letters, or
 * with the head of a TLS record (RFC 8446 5.1). */
static GError *oddity_of(const net_stream *stream, const char *bytes, size_t size)
{
    const char *host = stream->endpoint.host;
    if (stream->has_heard || stream->tls != NULL)
        return NULL;
    if ((bytes[0] == 0x15 || bytes[0] == 0x16) && (size < 2 || bytes[1] == 0x03))
        return g_error_new(NET_ERROR, NET_ERROR_PROTOCOL,
                           _("%s port %u speaks TLS from the start, so security = tls is the right setting for it."), host,
                           (unsigned)stream->endpoint.port);
    if (bytes[0] == 'H' || bytes[0] == '<')
        return g_error_new(NET_ERROR, NET_ERROR_PROTOCOL,
                           _("Instead of %s a web page answered: perhaps this network wants you to sign in with a browser first."), host);
    return NULL;
}

bool net_stream_has_met_web(const net_stream *stream)
{
    return stream->has_met_web;
}

static size_t take_first(net_stream *stream, const char *bytes, size_t size, GError **error)
{
    GError *oddity = oddity_of(stream, bytes, size);
    stream->has_heard = true;
    stream->has_met_web = oddity != NULL && (bytes[0] == 'H' || bytes[0] == '<');
    if (oddity == NULL)
        return take_read(stream, bytes, size);
    stream_fail(stream, oddity, error);
    return 0;
}

/* One try: > 0 bytes; 0 and *want_out: wait for that; 0 and -1: finished. */
static size_t read_once(net_stream *stream, void *bytes, size_t size, int *want_out, GError **error)
{
    size_t done = 0;
    GError *failure = NULL;
    *want_out = -1;
    enum net_io io = stream->top->ops->read(stream->top, bytes, size, &done, &failure);
    switch (io) {
    case NET_IO_DONE:
        return take_first(stream, bytes, done, error);
    case NET_IO_WANT_READ:
    case NET_IO_WANT_WRITE:
        *want_out = stream_events(io);
        return 0;
    case NET_IO_END:
    case NET_IO_FAILED:
        break;
    }
    stream_fail_io(stream, io, failure, error);
    return 0;
}

/* What is before any reading: bytes that came while we wrote, a stream that is finished, bytes that must leave first. True: go on and read. */
static bool begin_read(net_stream *stream, void *bytes, size_t size, size_t *taken_out, GError **error)
{
    *taken_out = 0;
    if (size == 0) /* nothing asked, nothing given: our own mistake, but no reason to hang */
        return false;
    if (stream->in.length == 0 && stream->failure == NULL)
        net_stream_flush(stream, NULL); /* its failure is told below, after what the server said before it hung up */
    *taken_out = net_buffer_take(&stream->in, bytes, size);
    if (*taken_out == 0 && stream->failure != NULL)
        return stream_fail_again(stream, error);
    return *taken_out == 0;
}

static void count_round_trip(net_stream *stream)
{
    stream->round_trips += stream->is_answer_due ? 1 : 0;
    stream->is_answer_due = false;
}

size_t net_stream_read(net_stream *stream, void *bytes, size_t size, GError **error)
{
    size_t done = 0;
    if (!begin_read(stream, bytes, size, &done, error))
        return done;
    count_round_trip(stream);
    net_wait_begin(&stream->wait);
    if (!judge_wait(stream, net_wait_glance(&stream->wait, true), error))
        return 0;
    for (;;) {
        int want;
        done = read_once(stream, bytes, size, &want, error);
        if (done > 0 || want < 0)
            return done;
        if (stream->gathering_us > 0)
            g_usleep(stream->gathering_us);
        if (!stream_wait(stream, (short)want, error))
            return done;
    }
}

size_t net_stream_read_or_wake(net_stream *stream, void *bytes, size_t size, int wake_fd, int timeout_ms, GError **error)
{
    size_t done = 0;
    if (!begin_read(stream, bytes, size, &done, error))
        return done;
    net_wait_begin(&stream->wait);
    int64_t until_ms = net_clock_ms() + MAX(timeout_ms, 1);
    if (!judge_wait(stream, net_wait_glance(&stream->wait, false), error))
        return 0;
    for (;;) {
        int want;
        done = read_once(stream, bytes, size, &want, error);
        if (done > 0 || want < 0)
            return done;
        struct pollfd fds[] = { { .fd = stream_filter_fd(stream->top), .events = (short)want }, { .fd = wake_fd, .events = POLLIN } };
        /* No tick: in IDLE nothing is due, so nothing is late. */
        enum net_wait_end end = net_wait_poll(&stream->wait, fds, G_N_ELEMENTS(fds), until_ms, false);
        if (end == NET_WAIT_TIMEOUT || (end == NET_WAIT_READY && fds[0].revents == 0))
            return 0;
        if (!judge_wait(stream, end, error))
            return 0;
    }
}

/* --- writing --- */
/* Takes in what the other side sends while it does not read: two peers that only write would wait for each other for ever.
 * An end found here is told after what came before it. */
static void read_ahead(net_stream *stream)
{
    char bytes[16 * 1024];
    while (stream->failure == NULL && net_buffer_room(&stream->in) >= sizeof bytes) {
        int want;
        size_t done = read_once(stream, bytes, sizeof bytes, &want, NULL);
        if (done == 0)
            return;
        net_buffer_append(&stream->in, bytes, done);
    }
}

static bool fail_write(net_stream *stream, enum net_io io, GError *failure, GError **error)
{
    read_ahead(stream); /* "421 going down" explains more than "connection reset" */
    if (stream->failure != NULL) {
        g_clear_error(&failure);
        return stream_fail_again(stream, error);
    }
    return stream_fail_io(stream, io, failure, error);
}

/* stops_at_input: also comes back when the other side has said something. */
static bool flush(net_stream *stream, bool stops_at_input, GError **error)
{
    if (stream->failure != NULL)
        return stream_fail_again(stream, error);
    if (stream->out.length > 0)
        net_wait_begin(&stream->wait);
    while (stream->out.length > 0 && !(stops_at_input && stream->in.length > 0)) {
        size_t done = 0;
        GError *failure = NULL;
        enum net_io io = stream->top->ops->write(stream->top, net_buffer_bytes(&stream->out), stream->out.length, &done, &failure);
        if (io == NET_IO_DONE) {
            net_buffer_consume(&stream->out, done);
            stream->is_answer_due = true;
            net_wait_begin(&stream->wait);
            if (!judge_wait(stream, net_wait_glance(&stream->wait, true), error))
                return false;
            continue;
        }
        if (io == NET_IO_END || io == NET_IO_FAILED)
            return fail_write(stream, io, failure, error);
        bool has_room = net_buffer_room(&stream->in) >= 16 * 1024;
        if (!stream_wait(stream, (short)(stream_events(io) | (has_room ? POLLIN : 0)), error))
            return false;
        read_ahead(stream);
        if (stream->failure != NULL && !(stops_at_input && stream->in.length > 0))
            return stream_fail_again(stream, error);
    }
    return true;
}

bool net_stream_flush(net_stream *stream, GError **error)
{
    return flush(stream, false, error);
}

bool net_stream_flush_some(net_stream *stream, bool *is_flushed_out, GError **error)
{
    if (!flush(stream, true, error))
        return false;
    *is_flushed_out = stream->out.length == 0;
    return true;
}

static bool queue_bytes(net_stream *stream, const char *bytes, size_t size, GError **error)
{
    if (stream->failure != NULL)
        return stream_fail_again(stream, error);
    while (size > 0) {
        size_t part = MIN(size, net_limits.write_queue_bytes);
        net_buffer_append(&stream->out, bytes, part);
        if (stream->out.length > net_limits.write_queue_bytes && !net_stream_flush(stream, error))
            return false;
        bytes += part;
        size -= part;
    }
    return true;
}

bool net_stream_write(net_stream *stream, const void *bytes, size_t size, GError **error)
{
    note_mail(stream);
    net_log_flow_bytes(&stream->sent, stream->context.log_name, '>', bytes, size);
    return queue_bytes(stream, bytes, size, error);
}

bool net_stream_write_secret(net_stream *stream, const void *bytes, size_t size, GError **error)
{
    bool is_line_end = size > 0 && ((const char *)bytes)[size - 1] == '\n';
    net_log_flow_secret(&stream->sent, stream->context.log_name, '>', is_line_end);
    return queue_bytes(stream, bytes, size, error);
}

bool net_stream_write_mail(net_stream *stream, const void *bytes, size_t size, GError **error)
{
    stream->mail_bytes += size;
    net_log_flow_mail(&stream->sent, size);
    return queue_bytes(stream, bytes, size, error);
}

static void apply_deadlines(net_stream *stream)
{
    int64_t part = stream->part_deadline_ms, stage = stream->stage_deadline_ms;
    stream->wait.deadline_ms = part == 0 || (stage != 0 && stage < part) ? stage : part;
}

void net_stream_set_deadline(net_stream *stream, int timeout_ms)
{
    stream->part_deadline_ms = timeout_ms > 0 ? net_clock_ms() + timeout_ms : 0;
    apply_deadlines(stream);
}

void net_stream_set_stage(net_stream *stream, int timeout_ms)
{
    stream->stage_deadline_ms = timeout_ms > 0 ? net_clock_ms() + timeout_ms : 0;
    apply_deadlines(stream);
}

void net_stream_set_cancellable(net_stream *stream, bool is_cancellable)
{
    stream->wait.cancel_fd = is_cancellable ? stream->context.cancel_fd : -1;
}

void net_stream_set_patience(net_stream *stream, int factor)
{
    stream->patience = MAX(factor, 1);
}

void net_stream_set_silence(net_stream *stream, int most_ms)
{
    stream->silence_ms = most_ms;
}

/* --- questions --- */
const char *net_stream_tls_version(const net_stream *stream)
{
    return stream->tls != NULL ? stream_tls_version(stream->tls) : NULL;
}

const char *net_stream_tls_cipher(const net_stream *stream)
{
    return stream->tls != NULL ? stream_tls_cipher(stream->tls) : NULL;
}

bool net_stream_channel_binding(const net_stream *stream, struct net_channel_binding *binding_out)
{
    *binding_out = (struct net_channel_binding){ 0 };
    if (stream->tls == NULL)
        return false;
    binding_out->length = stream_tls_channel_binding(stream->tls, binding_out->bytes, sizeof binding_out->bytes, &binding_out->is_exporter);
    return binding_out->length > 0;
}

const char *net_stream_peer_address(const net_stream *stream)
{
    return stream->peer_address;
}

const char *net_stream_host(const net_stream *stream)
{
    return stream->endpoint.host;
}

const struct net_endpoint *net_stream_endpoint(const net_stream *stream)
{
    return &stream->endpoint;
}

int net_stream_fd(const net_stream *stream)
{
    return stream_filter_fd(stream->top);
}

bool net_stream_certificate(const net_stream *stream, struct net_trust_verdict *verdict_out)
{
    if (stream->tls == NULL)
        return false;
    net_trust_verdict_copy(verdict_out, &stream->verdict);
    return true;
}

GPtrArray *net_stream_chain(const net_stream *stream)
{
    return stream->tls != NULL ? stream_tls_chain(stream->tls) : NULL;
}

void net_stream_set_gathering(net_stream *stream, unsigned pause_us)
{
    stream->gathering_us = pause_us;
}

unsigned net_stream_round_trips(const net_stream *stream)
{
    return stream->round_trips;
}
