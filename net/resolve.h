/* SPDX-License-Identifier: MIT */
/* Names to addresses: cancellable, with a deadline, internationalised names included. */
#pragma once
#include "net/wait.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct net_address {
    struct sockaddr_storage socket;
    socklen_t length;
};

/* The name as DNS, SNI and certificates spell it: brackets off, UTF-8 to A-labels (IDNA 2008). NULL with error: not a host name. Caller frees. */
char *net_host_to_ascii(const char *host, GError **error);
/* Is ascii_host a literal IPv4 or IPv6 address? */
bool net_host_is_address(const char *ascii_host);
/* Addresses in the order to try them: families interleaved (RFC 8305 section 4). GArray of struct net_address, never empty; NULL with error. */
GArray *net_resolve(const char *ascii_host, uint16_t port, struct net_wait *wait, GError **error);
/* "127.0.0.1 port 993" */
char *net_address_words(const struct sockaddr *address, socklen_t length);
