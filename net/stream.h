/* SPDX-License-Identifier: MIT */
/* A byte stream to a server as a stack of filters (TCP, TLS): the only thing that knows sockets and TLS.
 *
 * One thread owns a stream. Every wait is one poll() on the socket and cancel_fd, has a deadline, and calls tick about
 * once a second, so a caller can say "the server is silent for 5 s" while it waits. */
#pragma once
#include "net/endpoint.h"
#include "net/error.h"
#include "net/trust.h"
#include <poll.h>
#include <stddef.h>

typedef struct net_stream net_stream;

/* What a connection is given by its owner. Borrowed; must outlive the stream. */
struct net_context {
    int cancel_fd; /* readable = give up at once with NET_ERROR_CANCELLED (an eventfd that is never read here); -1: none */
    int hurry_fd; /* an eventfd; readable = the network may have changed: what is awaited now must come within seconds. Read here; 0: none */
    const char *log_name;                    /* how this connection is called in the log; copied */
    void (*tick)(void *data, int waited_ms); /* during waits, about once a second, with how long nothing moved; NULL: none */
    void *data;
};

/* Resolves, races IPv6 and IPv4 over all addresses (RFC 8305), connects; with NET_SECURITY_TLS also does the handshake and the
 * certificate check. On NET_ERROR_CERTIFICATE (and only then) *verdict_out (caller clears; may be NULL) says what is wrong; nothing was sent over TLS.
 * connect_timeout_ms is for name and addresses together, and again for the handshake. */
net_stream *net_stream_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                               struct net_trust_verdict *verdict_out, GError **error);

/* The same without the handshake: with NET_SECURITY_TLS net_stream_start_tls() must follow before anything else. For going step by step. */
net_stream *net_stream_open(const struct net_endpoint *endpoint, const struct net_context *context, GError **error);

/* Wraps an open socket (tests, tunnels). fd is taken. endpoint and context as above; no handshake is done. */
net_stream *net_stream_from_fd(int fd, const struct net_endpoint *endpoint, const struct net_context *context);
void net_stream_free(net_stream *stream); /* closes without waiting; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(net_stream, net_stream_free)

/* The STARTTLS upgrade, after the server's go-ahead line was consumed. unread_bytes: what the caller has read behind that line; if it is one byte
 * or more (injected plaintext), fails with NET_ERROR_NO_STARTTLS. After any failure the stream is finished. */
bool net_stream_start_tls(net_stream *stream, size_t unread_bytes, struct net_trust_verdict *verdict_out, GError **error);
/* Everything from here on is packed in both directions (RFC 4978). unread: what the caller has read behind the go-ahead; it is packed already. */
bool net_stream_start_deflate(net_stream *stream, const void *unread, size_t size, GError **error);
bool net_stream_is_tls(const net_stream *stream);
bool net_stream_has_begun_tls(const net_stream *stream); /* also while, and after, a handshake fails */
/* Peer is 127.0.0.0/8, ::1 or a socketpair: by address, not by name. */
bool net_stream_is_loopback(const net_stream *stream);
/* May a password be sent now? TLS is on, or peer is loopback, or endpoint allows it. False sets NET_ERROR_INSECURE. Never true in STARTTLS mode before TLS. */
bool net_stream_can_send_password(const net_stream *stream, GError **error);

/* Reads what is there, waits for at least one byte. Writes what is queued first; a failure is told only after all that came before it.
 * Returns bytes read (> 0), or 0 with error: a clean end is NET_ERROR_CLOSED. */
size_t net_stream_read(net_stream *stream, void *bytes, size_t size, GError **error);
/* Like read, but returns 0 without error when nothing came within timeout_ms or wake_fd (-1: none) became readable. For IDLE: the silence limit does not count, tick is not called. */
size_t net_stream_read_or_wake(net_stream *stream, void *bytes, size_t size, int wake_fd, int timeout_ms, GError **error);
/* Queues bytes; flush writes them. secret: the log shows *** instead. Bounded: a queue past 1 MiB is flushed at once. */
bool net_stream_write(net_stream *stream, const void *bytes, size_t size, GError **error);
bool net_stream_write_secret(net_stream *stream, const void *bytes, size_t size, GError **error);
/* A message's content: the log only counts it. */
bool net_stream_write_mail(net_stream *stream, const void *bytes, size_t size, GError **error);
bool net_stream_flush(net_stream *stream, GError **error);
/* The same, but true with *is_flushed_out false as soon as the other side has sent something, which the next read gives at once: who pipelines must
 * take the answers in while it asks, or both sides write and nobody reads. */
bool net_stream_flush_some(net_stream *stream, bool *is_flushed_out, GError **error);
/* From now on the reader itself says what of the answers is for the log: the rest is mail that only it can tell from them (POP3). */
void net_stream_set_own_log(net_stream *stream);
void net_stream_log_received(net_stream *stream, const char *line, size_t length);
void net_stream_log_mail(net_stream *stream, uint64_t size_bytes);

/* A deadline for everything until it is set anew: monotonic milliseconds from now; 0: only io_timeout_ms between bytes counts. */
void net_stream_set_deadline(net_stream *stream, int timeout_ms);

/* The same for a whole stage of a connection (greeting, sign-in), whatever deadlines are set for its parts. 0: the stage is over. */
void net_stream_set_stage(net_stream *stream, int timeout_ms);

/* Whether cancelling ends a wait: not for the moments in which nobody could tell what became of a message. Not for long: somebody waits. */
void net_stream_set_cancellable(net_stream *stream, bool is_cancellable);

/* Longest silence from now on instead of the endpoint's io_timeout_ms, as a multiple of that: 10 while a server digests a message, then 1 again. */
void net_stream_set_patience(net_stream *stream, int factor);
/* No longer than this, for an answer that costs the other side nothing: a line that died silently is found out by it. 0: as ever. */
void net_stream_set_silence(net_stream *stream, int most_ms);
/* Much is under way and nobody waits for each piece: a read that finds nothing lets so long pass before it looks again, so that one wake-up brings what
 * dozens would. 0: as ever. */
void net_stream_set_gathering(net_stream *stream, unsigned pause_us);

/* For the protocol log and `check`. Borrowed until the stream is freed; NULL before TLS. */
const char *net_stream_tls_version(const net_stream *stream);
const char *net_stream_tls_cipher(const net_stream *stream);
const char *net_stream_peer_address(const net_stream *stream); /* "127.0.0.1 port 993" */
int net_stream_fd(const net_stream *stream);                   /* of the socket: for getsockname() and tests; never read or written */
bool net_stream_has_met_web(const net_stream *stream);         /* did a web server answer instead? */
const char *net_stream_host(const net_stream *stream);
const struct net_endpoint *net_stream_endpoint(const net_stream *stream);
/* Certificate of the peer in words, also when trusted. False before TLS. */
bool net_stream_certificate(const net_stream *stream, struct net_trust_verdict *verdict_out);
/* All that it showed: of struct net_chain_link*, leaf first; caller frees with g_ptr_array_unref. NULL before TLS. */
GPtrArray *net_stream_chain(const net_stream *stream);
/* What ties a sign-in to this very TLS connection (RFC 5929, 9266). False: no TLS, or one that has no such thing. */
struct net_channel_binding {
    bool is_exporter; /* "tls-exporter" (TLS 1.3), else "tls-unique" */
    unsigned char bytes[64];
    size_t length;
};
bool net_stream_channel_binding(const net_stream *stream, struct net_channel_binding *binding_out);
/* Round trips so far: how often we waited for an answer after having written. For tests and bench. */
unsigned net_stream_round_trips(const net_stream *stream);
