/* SPDX-License-Identifier: MIT */
/* What the DNS says about a server's certificate (TLSA, RFC 6698, 7671), where a name server that is trusted has validated it (DNSSEC). */
#pragma once
#include "net/wait.h"

struct net_tlsa {
    unsigned char usage, selector, matching;
    unsigned char bytes[512];
    size_t length;
};

/* Of struct net_tlsa for the service at ascii_host and port; empty: validated, and there are none. resolver: "address[:port]" of the name server to trust;
 * NULL: those of resolv.conf, if they run on this computer or resolv.conf says trust-ad. NULL with error: nothing that could be trusted was said. */
GArray *net_dane_ask(const char *ascii_host, uint16_t port, const char *resolver, struct net_wait *wait, GError **error);

/* --- for tests and fuzzing --- */
/* A whole answer; NULL: unusable. *is_validated_out: the AD bit. */
GArray *net_dane_read(const unsigned char *bytes, size_t length, bool *is_validated_out);
