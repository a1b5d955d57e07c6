/* SPDX-License-Identifier: MIT */
/* One HTTPS request (libcurl): for OAuth and for finding settings. Limited in time and size, cancellable. */
#pragma once
#include "net/error.h"
#include <stdbool.h>
#include <stddef.h>

/* All strings borrowed for the call. */
struct net_http_request {
    const char *url;         /* https; http only where the host is loopback */
    const char *form;        /* application/x-www-form-urlencoded: sent by POST; NULL: GET */
    const char *tls_ca_file; /* in addition to the system's trust; NULL: none */
    unsigned redirects;      /* followed, to https only; 0: none, for a token must not follow one */
    const char *proxy;       /* socks5://…, http://… as an account has it; NULL: what the environment says */
    int timeout_ms;          /* for all of it; 0: 20 000 */
    size_t limit_bytes;      /* of the answer's body; 0: 256 KiB */
    bool is_public_only;     /* what a stranger named: never this computer or its own network, whatever a name leads to */
    int cancel_fd;           /* readable = give up; -1: none */
};
struct net_http_answer {
    int status; /* 200, 404, … */
    char *body; /* NUL-terminated behind length bytes; wiped by clear */
    size_t length;
};
bool net_http_is_safe(const char *url); /* https, or http to a loopback host */
/* False: no answer, or not one that may be used; the sentence names the host. A 4xx or 5xx is an answer. */
bool net_http_fetch(const struct net_http_request *request, struct net_http_answer *answer_out, GError **error);
void net_http_answer_clear(struct net_http_answer *answer);
