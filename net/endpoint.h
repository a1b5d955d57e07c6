/* SPDX-License-Identifier: MIT */
/* Where and how to connect, as a plain value: net needs no configuration files. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* design.md section 5: one enum used everywhere. */
enum net_security {
    NET_SECURITY_TLS,      /* implicit TLS from the first byte (RFC 8314) */
    NET_SECURITY_STARTTLS, /* mandatory upgrade, never a fallback */
    NET_SECURITY_PLAIN,    /* cleartext, only if a person wrote it down */
};

/* Older versions are never spoken (RFC 8996). */
enum net_tls_version { NET_TLS_1_2, NET_TLS_1_3 };

/* TLSA records (RFC 7671): not asked for; used where they are validated; or demanded. */
enum net_dane { NET_DANE_NO, NET_DANE_AUTO, NET_DANE_REQUIRE };

/* All strings borrowed: they must outlive the call the endpoint is given to. */
struct net_endpoint {
    const char *host; /* as the person wrote it; IDN allowed (UTF-8) */
    uint16_t port;
    enum net_security security;
    bool allow_cleartext_password; /* over PLAIN and not loopback */
    const char *tls_ca_file;       /* in addition to the system's trust; NULL: none */
    const char *tls_fingerprint;   /* pins "sha256:AB:CD:…", several separated by ';'; NULL: none. A pin replaces chain and name check */
    const char *
        tls_accepted; /* certificates a person took for this run, written as above: good besides what chain, name and pins say; NULL: none */
    enum net_tls_version tls_least;
    enum net_dane dane;
    const char *dane_resolver;   /* "address[:port]" of a name server whose validation is trusted; NULL: see net/dane.h */
    const char *tls_certificate; /* client certificate, PEM; NULL: none */
    const char *tls_key;
    const char *proxy;      /* socks5://… or http://…; NULL: direct */
    const char *tunnel;     /* a shell command whose input and output are the connection, %h %p for host and port; NULL: none */
    int connect_timeout_ms; /* 0: default 15 000 */
    int tls_timeout_ms;     /* 0: as connect_timeout_ms */
    int greeting_timeout_ms; /* from the connection until a sign-in may begin; 0: default 60 000; SMTP takes five times as much (RFC 5321 4.5.3.2) */
    int signin_timeout_ms; /* all tries of one sign-in; 0: default 180 000 */
    int keepalive_s;       /* 0: default 120; < 0: none */
    int user_timeout_ms;   /* RFC 5482; 0: default 150 000; < 0: the system's */
    int io_timeout_ms;     /* longest silence while something is awaited; 0: default 60 000 */
};

const char *net_security_word(enum net_security security); /* "tls" | "starttls" | "plain" */

/* A copy whose strings are its own; clear frees them and zeroes the struct. */
void net_endpoint_copy(struct net_endpoint *copy_out, const struct net_endpoint *endpoint);
void net_endpoint_clear(struct net_endpoint *copy);

/* Is host a loopback address or a name that is one by definition (localhost)? Passwords may go there in cleartext. */
bool net_host_is_loopback(const char *host);
