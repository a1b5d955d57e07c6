/* SPDX-License-Identifier: MIT */
/* The way through a proxy, SOCKS5 (RFC 1928, 1929) or HTTP CONNECT (RFC 9110 9.3.6): bytes said before a stream begins.
 * The proxy looks the server's name up, so no name leaves this computer otherwise. */
#pragma once
#include "net/stream_filter.h"
#include <stdint.h>

typedef struct stream_proxy stream_proxy;

/* url: "socks5://[user[:password]@]host[:port]" or "http://…"; host, port: where to go (a name in ASCII, or an address).
 * NULL with NET_ERROR_CONFIG, whose words hold no password. */
stream_proxy *stream_proxy_new(const char *url, const char *host, uint16_t port, GError **error);
void stream_proxy_free(stream_proxy *proxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(stream_proxy, stream_proxy_free)

const char *stream_proxy_host(const stream_proxy *proxy);
uint16_t stream_proxy_port(const stream_proxy *proxy);
/* "the proxy 127.0.0.1 port 1080" */
const char *stream_proxy_words(const stream_proxy *proxy);
/* Goes on as far as it can without waiting. DONE: the next byte is the server's. FAILED: error is a whole sentence. */
enum net_io stream_proxy_step(stream_proxy *proxy, stream_filter *below, GError **error);
