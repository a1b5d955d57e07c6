/* SPDX-License-Identifier: MIT */
/* What the DNS says about a domain's mail: SRV (RFC 2782, 6186, 8314) and MX records. One question over UDP, cancellable, with a deadline.
 * The answers are not signed: whoever is on the way can forge them. A name that lies outside the domain asked for needs a person's word. */
#pragma once
#include "net/error.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct net_dns_record {
    char *host;    /* ASCII, without the last dot; "" for ".": decidedly not available (RFC 2782) */
    uint16_t port; /* SRV */
    uint16_t priority, weight;
};
struct net_dns_question {
    const char *name;                 /* "_imaps._tcp.example.org"; ASCII */
    bool is_mx;                       /* else SRV */
    const struct sockaddr_in *server; /* NULL: those of resolv.conf */
    int timeout_ms;                   /* for all servers together */
    int cancel_fd;                    /* -1: none */
    bool *has_no_name_out;            /* set where the name server says that there is no such name at all; NULL: of no interest */
};
/* Of struct net_dns_record*, best first; empty: there is none. NULL with error: nobody answered. */
GPtrArray *net_dns_ask(const struct net_dns_question *question, GError **error);
