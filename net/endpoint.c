/* SPDX-License-Identifier: MIT */
/* Words for an endpoint, and what counts as loopback. */
#include "net/endpoint.h"
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

const char *net_security_word(enum net_security security)
{
    static const char *const words[] = { [NET_SECURITY_TLS] = "tls", [NET_SECURITY_STARTTLS] = "starttls", [NET_SECURITY_PLAIN] = "plain" };
    return (size_t)security < G_N_ELEMENTS(words) ? words[security] : "?";
}

void net_endpoint_copy(struct net_endpoint *copy_out, const struct net_endpoint *endpoint)
{
    *copy_out = *endpoint;
    copy_out->host = g_strdup(endpoint->host);
    copy_out->tls_ca_file = g_strdup(endpoint->tls_ca_file);
    copy_out->tls_fingerprint = g_strdup(endpoint->tls_fingerprint);
    copy_out->tls_accepted = g_strdup(endpoint->tls_accepted);
    copy_out->tls_certificate = g_strdup(endpoint->tls_certificate);
    copy_out->tls_key = g_strdup(endpoint->tls_key);
    copy_out->proxy = g_strdup(endpoint->proxy);
    copy_out->tunnel = g_strdup(endpoint->tunnel);
    copy_out->dane_resolver = g_strdup(endpoint->dane_resolver);
}

void net_endpoint_clear(struct net_endpoint *copy)
{
    g_free((char *)copy->host);
    g_free((char *)copy->tls_ca_file);
    g_free((char *)copy->tls_fingerprint);
    g_free((char *)copy->tls_accepted);
    g_free((char *)copy->tls_certificate);
    g_free((char *)copy->tls_key);
    g_free((char *)copy->proxy);
    g_free((char *)copy->tunnel);
    g_free((char *)copy->dane_resolver);
    memset(copy, 0, sizeof *copy);
}

bool net_host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    size_t length = strlen(host);
    return g_ascii_strcasecmp(host, "localhost") == 0 || (length > 10 && g_ascii_strcasecmp(host + length - 10, ".localhost") == 0);
}
