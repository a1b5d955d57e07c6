/* SPDX-License-Identifier: MIT */
/* A stream: queues, deadlines, cancelling and the upgrade, over a stack of filters. */
#include "net/stream.h"
#include "net/buffer.h"
#include "net/clock.h"
#include "net/limits.h"
#include "net/log.h"
#include "net/resolve.h"
#include "net/stream_filter.h"
#include "net/stream_tcp.h"
#include "net/stream_tls.h"
#include "net/trust_private.h"
#include "net/wait.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 15000
#define IO_TIMEOUT_MS      60000

struct net_stream {
    struct net_endpoint endpoint; /* strings owned */
    char *ascii_host;             /* NULL: host is none */
    struct net_context context;
    struct net_wait wait;
    stream_filter *top;
    stream_filter *tls;               /* inside the stack; NULL before the upgrade */
    struct net_trust_verdict verdict; /* filled once TLS is on */
    char *peer_address;
    bool is_loopback;
    struct net_buffer in;  /* read while we were writing */
    struct net_buffer out; /* queued */
    GError *failure;       /* the stream is finished: every later call says the same */
    bool is_answer_due;    /* something was written since the last wait for an answer */
    unsigned round_trips;
    int patience; /* times io_timeout_ms */
    struct net_log_flow sent, received;
    uint64_t mail_bytes; /* written, not yet noted in the log */
    bool has_own_log;    /* the reader logs what it reads */
};

/* --- life --- */
static struct net_wait wait_of(const struct net_context *context)
{
    struct net_wait wait = { .cancel_fd = -1 };
    if (context != NULL)
        wait = (struct net_wait){ .cancel_fd = context->cancel_fd, .tick = context->tick, .data = context->data };
    wait.next_tick_ms = net_clock_ms() + 1000;
    net_wait_begin(&wait);
    return wait;
}

static int connect_timeout_ms(const struct net_endpoint *endpoint)
{
    return endpoint->connect_timeout_ms > 0 ? endpoint->connect_timeout_ms : CONNECT_TIMEOUT_MS;
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
    stream->wait = wait_of(context);
    stream->patience = 1;
    stream->top = stream_tcp_new(fd);
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

static bool refuse_proxy(const struct net_endpoint *endpoint, GError **error)
{
    if (endpoint->proxy == NULL || *endpoint->proxy == '\0')
        return false;
    /* Going around it would show the person's address to whom they hide it from. */
    g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("proxy = %s: this version cannot use a proxy yet, and does not connect without it."),
                endpoint->proxy);
    return true;
}

net_stream *net_stream_open(const struct net_endpoint *endpoint, const struct net_context *context, GError **error)
{
    const char *log_name = context != NULL ? context->log_name : NULL;
    if (refuse_proxy(endpoint, error))
        return NULL;
    g_autofree char *ascii_host = net_host_to_ascii(endpoint->host, error);
    if (ascii_host == NULL)
        return NULL;
    struct net_wait wait = wait_of(context);
    wait.deadline_ms = net_clock_ms() + connect_timeout_ms(endpoint);
    net_log_note(log_name, "connecting to %s port %u, %s", ascii_host, (unsigned)endpoint->port, net_security_word(endpoint->security));
    GError *failure = NULL;
    int fd = stream_tcp_connect(endpoint->host, ascii_host, endpoint->port, &wait, log_name, &failure);
    if (fd < 0) {
        net_log_note(log_name, "%s", failure->message);
        g_propagate_error(error, failure);
        return NULL;
    }
    net_stream *stream = net_stream_from_fd(fd, endpoint, context);
    stream->wait.next_tick_ms = wait.next_tick_ms;
    net_log_note(log_name, "connected to %s", stream->peer_address);
    return stream;
}

net_stream *net_stream_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                               struct net_trust_verdict *verdict_out, GError **error)
{
    g_autoptr(net_stream) stream = net_stream_open(endpoint, context, error);
    if (stream == NULL)
        return NULL;
    if (endpoint->security == NET_SECURITY_TLS && !net_stream_start_tls(stream, 0, verdict_out, error))
        return NULL;
    return g_steal_pointer(&stream);
}

/* --- failing --- */
/* Gives a copy of why the stream is finished. */
static bool fail_again(const net_stream *stream, GError **error)
{
    if (error != NULL && *error == NULL)
        *error = g_error_copy(stream->failure);
    return false;
}

/* The stream is finished from now on; failure is taken. */
static bool fail_for_good(net_stream *stream, GError *failure /* taken */, GError **error)
{
    if (stream->failure == NULL) {
        stream->failure = failure;
        net_log_flow_end(&stream->received, stream->context.log_name, '<');
        net_log_note(stream->context.log_name, "%s", failure->message);
    } else {
        g_error_free(failure);
    }
    return fail_again(stream, error);
}

static bool fail_io(net_stream *stream, enum net_io io, GError *failure /* taken, NULL unless io is FAILED */, GError **error)
{
    if (io == NET_IO_END) {
        g_clear_error(&failure);
        failure = g_error_new(NET_ERROR, NET_ERROR_CLOSED, _("%s closed the connection."), stream->endpoint.host);
    } else if (failure->domain != NET_ERROR || failure->code != NET_ERROR_TLS) {
        g_prefix_error(&failure, _("The connection to %s broke: "), stream->endpoint.host);
    }
    return fail_for_good(stream, failure, error);
}

/* --- waiting --- */
static bool judge_wait(net_stream *stream, enum net_wait_end end, GError **error)
{
    GError *failure = NULL;
    if (end == NET_WAIT_READY)
        return true;
    net_wait_fail(&stream->wait, end, stream->endpoint.host, &failure);
    return fail_for_good(stream, failure, error);
}

/* One sleep until the socket has one of events. False: the stream is finished. *end_out says TIMEOUT only where until_ms is the caller's own. */
static bool wait_socket(net_stream *stream, short events, GError **error)
{
    int64_t silence_ms = (int64_t)stream->patience * (stream->endpoint.io_timeout_ms > 0 ? stream->endpoint.io_timeout_ms : IO_TIMEOUT_MS);
    struct pollfd fds[] = { { .fd = stream_filter_fd(stream->top), .events = events } };
    enum net_wait_end end = net_wait_poll(&stream->wait, fds, G_N_ELEMENTS(fds), stream->wait.since_ms + silence_ms, true);
    if (end == NET_WAIT_READY)
        net_wait_begin(&stream->wait);
    return judge_wait(stream, end, error);
}

static short events_of(enum net_io io)
{
    return io == NET_IO_WANT_WRITE ? POLLOUT : POLLIN;
}

/* --- TLS --- */
static bool fail_no_starttls(net_stream *stream, const char *what, GError **error)
{
    return fail_for_good(stream,
                         g_error_new(NET_ERROR, NET_ERROR_NO_STARTTLS,
                                     _("%s %s Somebody may be meddling with the connection, so it was closed."), stream->endpoint.host,
                                     what),
                         error);
}

static bool shake_hands(net_stream *stream, stream_filter *tls, GError **error)
{
    GError *failure = NULL;
    net_wait_begin(&stream->wait);
    for (;;) {
        enum net_io io = stream_tls_handshake(tls, &failure);
        if (io == NET_IO_DONE)
            return true;
        if (io == NET_IO_END)
            return fail_for_good(stream,
                                 g_error_new(NET_ERROR, NET_ERROR_CLOSED,
                                             _("%s closed the connection instead of encrypting it. Perhaps this port does not speak TLS."),
                                             stream->endpoint.host),
                                 error);
        if (io == NET_IO_FAILED && stream_tls_met_plaintext(tls) && stream->endpoint.security == NET_SECURITY_STARTTLS) {
            g_clear_error(&failure);
            return fail_no_starttls(stream, _("agreed to encrypt but went on unencrypted."), error);
        }
        if (io == NET_IO_FAILED)
            return fail_io(stream, io, failure, error);
        if (!wait_socket(stream, events_of(io), error))
            return false;
    }
}

static bool judge_certificate(net_stream *stream, stream_filter *tls, struct net_trust_verdict *verdict_out, GError **error)
{
    struct net_trust_verdict verdict = { 0 };
    GError *failure = NULL;
    if (!stream_tls_judge(tls, &stream->endpoint, &verdict, &failure))
        return fail_for_good(stream, failure, error);
    net_log_note(stream->context.log_name, "%s %s, certificate %s: %s", stream_tls_version(tls), stream_tls_cipher(tls),
                 verdict.fingerprint != NULL ? verdict.fingerprint : "none", verdict.is_trusted ? "trusted" : verdict.reason);
    if (verdict.is_trusted) {
        stream->verdict = verdict;
        return true;
    }
    failure =
        g_error_new(NET_ERROR, NET_ERROR_CERTIFICATE, _("The certificate of %s is not trusted. %s"), stream->endpoint.host, verdict.reason);
    if (verdict_out != NULL)
        *verdict_out = verdict;
    else
        net_trust_verdict_clear(&verdict);
    return fail_for_good(stream, failure, error);
}

static bool secure(net_stream *stream, struct net_trust_verdict *verdict_out, GError **error)
{
    GError *failure = NULL;
    stream_filter *tls = NULL;
    if (stream->ascii_host == NULL)
        (void)net_host_to_ascii(stream->endpoint.host, &failure);
    else
        tls = stream_tls_new(stream->top, &stream->endpoint, stream->ascii_host, &failure);
    if (tls == NULL)
        return fail_for_good(stream, failure, error);
    stream->top = tls; /* now freed with the stack, whatever comes */
    if (!shake_hands(stream, tls, error) || !judge_certificate(stream, tls, verdict_out, error))
        return false;
    stream->tls = tls;
    return true;
}

bool net_stream_start_tls(net_stream *stream, size_t unread_bytes, struct net_trust_verdict *verdict_out, GError **error)
{
    if (stream->failure != NULL)
        return fail_again(stream, error);
    if (stream->tls != NULL)
        return fail_for_good(
            stream, g_error_new(NET_ERROR, NET_ERROR_PROTOCOL, _("The connection to %s is encrypted already."), stream->endpoint.host),
            error);
    if (unread_bytes > 0 || stream->in.length > 0 || stream_filter_has_buffered(stream->top))
        return fail_no_starttls(stream, _("sent more text before the encryption began."), error);
    if (!net_stream_flush(stream, error))
        return false;
    int64_t outer_deadline_ms = stream->wait.deadline_ms;
    int64_t own_deadline_ms = net_clock_ms() + connect_timeout_ms(&stream->endpoint);
    if (outer_deadline_ms == 0 || own_deadline_ms < outer_deadline_ms)
        stream->wait.deadline_ms = own_deadline_ms;
    bool is_secure = secure(stream, verdict_out, error);
    stream->wait.deadline_ms = outer_deadline_ms;
    return is_secure;
}

bool net_stream_is_tls(const net_stream *stream)
{
    return stream->tls != NULL;
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

/* One try: > 0 bytes; 0 and *want_out: wait for that; 0 and -1: finished. */
static size_t read_once(net_stream *stream, void *bytes, size_t size, int *want_out, GError **error)
{
    size_t done = 0;
    GError *failure = NULL;
    *want_out = -1;
    enum net_io io = stream->top->ops->read(stream->top, bytes, size, &done, &failure);
    switch (io) {
    case NET_IO_DONE:
        return take_read(stream, bytes, done);
    case NET_IO_WANT_READ:
    case NET_IO_WANT_WRITE:
        *want_out = events_of(io);
        return 0;
    case NET_IO_END:
    case NET_IO_FAILED:
        break;
    }
    fail_io(stream, io, failure, error);
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
        return fail_again(stream, error);
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
        if (done > 0 || want < 0 || !wait_socket(stream, (short)want, error))
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
        return fail_again(stream, error);
    }
    return fail_io(stream, io, failure, error);
}

/* stops_at_input: also comes back when the other side has said something. */
static bool flush(net_stream *stream, bool stops_at_input, GError **error)
{
    if (stream->failure != NULL)
        return fail_again(stream, error);
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
        if (!wait_socket(stream, (short)(events_of(io) | (has_room ? POLLIN : 0)), error))
            return false;
        read_ahead(stream);
        if (stream->failure != NULL && !(stops_at_input && stream->in.length > 0))
            return fail_again(stream, error);
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
        return fail_again(stream, error);
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
    return queue_bytes(stream, bytes, size, error);
}

void net_stream_set_deadline(net_stream *stream, int timeout_ms)
{
    stream->wait.deadline_ms = timeout_ms > 0 ? net_clock_ms() + timeout_ms : 0;
}

void net_stream_set_patience(net_stream *stream, int factor)
{
    stream->patience = MAX(factor, 1);
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

unsigned net_stream_round_trips(const net_stream *stream)
{
    return stream->round_trips;
}
