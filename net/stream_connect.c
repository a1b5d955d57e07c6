/* SPDX-License-Identifier: MIT */
/* The way to a stream that can be used: address, proxy, encryption, trust. */
#include "net/clock.h"
#include "net/dane.h"
#include "net/log.h"
#include "net/resolve.h"
#include "net/stream_private.h"
#include "net/stream_proxy.h"
#include "net/stream_tcp.h"
#include "net/stream_tls.h"
#include "net/stream_tunnel.h"
#include "net/trust_private.h"
#include <glib/gi18n-lib.h>

#define CONNECT_TIMEOUT_MS 15000

static int tls_timeout_ms(const struct net_endpoint *endpoint)
{
    int own = endpoint->tls_timeout_ms > 0 ? endpoint->tls_timeout_ms : endpoint->connect_timeout_ms;
    return own > 0 ? own : CONNECT_TIMEOUT_MS;
}

static int connect_timeout_ms(const struct net_endpoint *endpoint)
{
    return endpoint->connect_timeout_ms > 0 ? endpoint->connect_timeout_ms : CONNECT_TIMEOUT_MS;
}

/* --- proxy --- */
static bool fail_proxy(net_stream *stream, stream_proxy *proxy, enum net_io io, GError *failure /* taken, NULL at END */, GError **error)
{
    if (io == NET_IO_END)
        failure = g_error_new(NET_ERROR, NET_ERROR_CLOSED, _("%s closed the connection."), stream_proxy_words(proxy));
    else if (failure->code != NET_ERROR_CONNECT && failure->code != NET_ERROR_CONFIG) /* those are its own whole sentences */
        g_prefix_error(&failure, _("The connection to %s broke: "), stream_proxy_words(proxy));
    return stream_fail(stream, failure, error);
}

static bool pass_proxy(net_stream *stream, stream_proxy *proxy, GError **error)
{
    GError *failure = NULL;
    enum net_io io;
    stream->awaited = stream_proxy_words(proxy);
    net_wait_begin(&stream->wait);
    while ((io = stream_proxy_step(proxy, stream->top, &failure)) == NET_IO_WANT_READ || io == NET_IO_WANT_WRITE) {
        if (!stream_wait(stream, stream_events(io), error))
            return false;
    }
    stream->awaited = NULL;
    return io == NET_IO_DONE || fail_proxy(stream, proxy, io, failure, error);
}

/* --- connecting --- */
static bool is_set(const char *text)
{
    return text != NULL && *text != '\0';
}

static int connect_to(const struct net_endpoint *endpoint, const char *ascii_host, const stream_proxy *proxy, struct net_wait *wait,
                      const char *log_name, GError **error)
{
    if (is_set(endpoint->tunnel))
        return stream_tunnel_start(endpoint->tunnel, ascii_host, endpoint->port, error);
    if (proxy == NULL)
        return stream_tcp_connect(endpoint->host, ascii_host, endpoint->port, wait, log_name, error);
    g_autofree char *ascii_proxy = net_host_to_ascii(stream_proxy_host(proxy), error);
    return ascii_proxy != NULL ? stream_tcp_connect(stream_proxy_words(proxy), ascii_proxy, stream_proxy_port(proxy), wait, log_name, error)
                               : -1;
}

/* What is at the other end of the socket is only the proxy or the command: nothing that counts for it counts for the server. */
static bool go_through(net_stream *stream, stream_proxy *proxy /* NULL: a tunnel */, GError **error)
{
    g_autofree char *way = g_steal_pointer(&stream->peer_address);
    stream->peer_address = g_strdup_printf(_("%s port %u by way of %s"), stream->endpoint.host, (unsigned)stream->endpoint.port,
                                           proxy != NULL ? way : _("a command"));
    stream->is_loopback = false;
    return proxy == NULL || pass_proxy(stream, proxy, error);
}

net_stream *net_stream_open(const struct net_endpoint *endpoint, const struct net_context *context, GError **error)
{
    const char *log_name = context != NULL ? context->log_name : NULL;
    g_autoptr(stream_proxy) proxy = NULL;
    g_autofree char *ascii_host = net_host_to_ascii(endpoint->host, error);
    if (ascii_host == NULL)
        return NULL;
    if (is_set(endpoint->proxy) && is_set(endpoint->tunnel)) {
        g_set_error(error, NET_ERROR, NET_ERROR_CONFIG, _("proxy and tunnel-command are both set: only one of them can be the way."));
        return NULL;
    }
    if (is_set(endpoint->proxy)) {
        proxy = stream_proxy_new(endpoint->proxy, ascii_host, endpoint->port, error);
        if (proxy == NULL)
            return NULL;
    }
    struct net_wait wait = stream_wait_of(context);
    wait.deadline_ms = net_clock_ms() + connect_timeout_ms(endpoint);
    net_log_note(log_name, "connecting to %s port %u, %s%s", ascii_host, (unsigned)endpoint->port, net_security_word(endpoint->security),
                 proxy != NULL              ? ", through a proxy"
                 : is_set(endpoint->tunnel) ? ", through a command"
                                            : "");
    GError *failure = NULL;
    int fd = connect_to(endpoint, ascii_host, proxy, &wait, log_name, &failure);
    if (fd < 0) {
        net_log_note(log_name, "%s", failure->message);
        g_propagate_error(error, failure);
        return NULL;
    }
    g_autoptr(net_stream) stream = net_stream_from_fd(fd, endpoint, context);
    stream->wait.next_tick_ms = wait.next_tick_ms;
    stream->wait.deadline_ms = wait.deadline_ms;
    if ((proxy != NULL || is_set(endpoint->tunnel)) && !go_through(stream, proxy, error))
        return NULL;
    stream->wait.deadline_ms = 0;
    net_log_note(log_name, "connected to %s", stream->peer_address);
    return g_steal_pointer(&stream);
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

/* --- TLS --- */
static bool fail_no_starttls(net_stream *stream, const char *what, GError **error)
{
    return stream_fail(stream,
                       g_error_new(NET_ERROR, NET_ERROR_NO_STARTTLS,
                                   _("%s %s Somebody may be meddling with the connection, so it was closed."), stream->endpoint.host, what),
                       error);
}

static bool fail_closed(net_stream *stream, GError **error)
{
    bool is_starttls = stream->endpoint.security == NET_SECURITY_STARTTLS;
    return stream_fail(stream,
                       g_error_new(NET_ERROR, NET_ERROR_CLOSED,
                                   is_starttls
                                       ? _("%s agreed to encrypt the connection, and then closed it.")
                                       : _("%s closed the connection instead of encrypting it. Perhaps this port does not speak TLS."),
                                   stream->endpoint.host),
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
            return fail_closed(stream, error);
        stream->has_met_web |= stream_tls_met_page(tls);
        if (io == NET_IO_FAILED && stream_tls_met_plaintext(tls) && stream->endpoint.security == NET_SECURITY_STARTTLS) {
            g_clear_error(&failure);
            return fail_no_starttls(stream, _("agreed to encrypt but went on unencrypted."), error);
        }
        if (io == NET_IO_FAILED)
            return stream_fail_io(stream, io, failure, error);
        if (!stream_wait(stream, stream_events(io), error))
            return false;
    }
}

static bool judge_certificate(net_stream *stream, stream_filter *tls, struct net_trust_verdict *verdict_out, GError **error)
{
    struct net_trust_verdict verdict = { 0 };
    GError *failure = NULL;
    if (!stream_tls_judge(tls, &stream->endpoint, &verdict, &failure))
        return stream_fail(stream, failure, error);
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
    return stream_fail(stream, failure, error);
}

/* Through a proxy names are the proxy's business, unless somebody insists. */
static bool demand_dane(net_stream *stream, stream_filter *tls, GError **error)
{
    const struct net_endpoint *endpoint = &stream->endpoint;
    bool is_required = endpoint->dane == NET_DANE_REQUIRE, has_own_way = is_set(endpoint->proxy) || is_set(endpoint->tunnel);
    GError *why = NULL;
    if (endpoint->dane == NET_DANE_NO || (has_own_way && !is_required) || net_host_is_address(stream->ascii_host))
        return true;
    g_autoptr(GArray) tlsa = net_dane_ask(stream->ascii_host, endpoint->port, endpoint->dane_resolver, &stream->wait, &why);
    if (tlsa != NULL && stream_tls_demand(tls, tlsa)) {
        net_log_note(stream->context.log_name, "the DNS has %u records for the certificate (DANE)", tlsa->len);
        return true;
    }
    if (tlsa != NULL)
        why =
            g_error_new(NET_ERROR, NET_ERROR_CERTIFICATE,
                        _("The DNS names no certificate for %s, and this account demands that it does (dane = require)."), endpoint->host);
    if (is_required || why->code == NET_ERROR_CANCELLED || why->code == NET_ERROR_CONFIG)
        return stream_fail(stream, why, error);
    net_log_note(stream->context.log_name, "%s", why->message);
    g_error_free(why);
    return true;
}

static bool secure(net_stream *stream, struct net_trust_verdict *verdict_out, GError **error)
{
    GError *failure = NULL;
    stream_filter *tls = NULL;
    stream->has_begun_tls = true;
    if (stream->ascii_host == NULL)
        (void)net_host_to_ascii(stream->endpoint.host, &failure);
    else
        tls = stream_tls_new(stream->top, &stream->endpoint, stream->ascii_host, &failure);
    if (tls == NULL)
        return stream_fail(stream, failure, error);
    stream->top = tls; /* now freed with the stack, whatever comes */
    if (!demand_dane(stream, tls, error) || !shake_hands(stream, tls, error) || !judge_certificate(stream, tls, verdict_out, error))
        return false;
    stream->tls = tls;
    return true;
}

bool net_stream_start_tls(net_stream *stream, size_t unread_bytes, struct net_trust_verdict *verdict_out, GError **error)
{
    if (stream->failure != NULL)
        return stream_fail_again(stream, error);
    if (stream->tls != NULL)
        return stream_fail(
            stream, g_error_new(NET_ERROR, NET_ERROR_PROTOCOL, _("The connection to %s is encrypted already."), stream->endpoint.host),
            error);
    if (unread_bytes > 0 || stream->in.length > 0 || stream_filter_has_buffered(stream->top))
        return fail_no_starttls(stream, _("sent more text before the encryption began."), error);
    if (!net_stream_flush(stream, error))
        return false;
    int64_t outer_deadline_ms = stream->wait.deadline_ms;
    int64_t own_deadline_ms = net_clock_ms() + tls_timeout_ms(&stream->endpoint);
    if (outer_deadline_ms == 0 || own_deadline_ms < outer_deadline_ms)
        stream->wait.deadline_ms = own_deadline_ms;
    bool is_secure = secure(stream, verdict_out, error);
    stream->wait.deadline_ms = outer_deadline_ms;
    return is_secure;
}
