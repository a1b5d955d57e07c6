/* SPDX-License-Identifier: MIT */
/* TLS (RFC 8446, 5246) as a filter over any other filter. */
#pragma once
#include "net/endpoint.h"
#include "net/stream_filter.h"
#include "net/trust.h"

/* Nothing is sent yet. below stays the caller's on failure (NET_ERROR_CONFIG, NET_ERROR_TLS). ascii_host: for SNI and the name check. */
stream_filter *stream_tls_new(stream_filter *below /* taken */, const struct net_endpoint *endpoint, const char *ascii_host,
                              GError **error);
/* Before the handshake: the certificate must be one of these (struct net_tlsa). False: none of them can be used; nothing is changed then. */
bool stream_tls_demand(stream_filter *filter, const GArray *tlsa);
enum net_io stream_tls_handshake(stream_filter *filter, GError **error);
/* After the handshake and before the first byte of ours. Without a trusted verdict the filter must not be used. False: NET_ERROR_CONFIG. */
bool stream_tls_judge(stream_filter *filter, const struct net_endpoint *endpoint, struct net_trust_verdict *verdict_out, GError **error);
/* Did the handshake fail because the other side does not speak TLS? */
bool stream_tls_met_plaintext(const stream_filter *filter);
bool stream_tls_met_page(const stream_filter *filter);    /* a web page, where the answer to the handshake should have been */
GPtrArray *stream_tls_chain(const stream_filter *filter); /* as net_stream_chain */
const char *stream_tls_version(const stream_filter *filter);
const char *stream_tls_cipher(const stream_filter *filter);
/* Bytes both ends of this connection share and nobody between them has: the length, or 0. */
size_t stream_tls_channel_binding(const stream_filter *filter, unsigned char *bytes, size_t size, bool *is_exporter_out);
