/* SPDX-License-Identifier: MIT */
/* Judging the certificates a TLS handshake brought; seen by stream_tls.c, stream.c and tests. */
#pragma once
#include "net/endpoint.h"
#include "net/error.h"
#include "net/trust.h"
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Options of the endpoint that have to do with trust, read and checked: false with NET_ERROR_CONFIG naming the option or file. */
bool net_trust_options_check(const struct net_endpoint *endpoint, GError **error);
/* leaf NULL: none was shown. chain may be NULL. host: as DNS spells it, or an address. dane: what
 * the DNS demands of it; NULL: nothing. False only with NET_ERROR_CONFIG; the verdict says all else. */
bool net_trust_judge(X509 *leaf, STACK_OF(X509) * chain, const char *host, const struct net_endpoint *endpoint, SSL_DANE *dane,
                     struct net_trust_verdict *verdict_out, GError **error);
void net_trust_verdict_copy(struct net_trust_verdict *copy_out, const struct net_trust_verdict *verdict);
/* OpenSSL's error queue as text, emptied; never NULL; caller frees. */
char *net_trust_openssl_errors(void);
