/* SPDX-License-Identifier: MIT */
/* One endpoint tried step by step, for the wizard and `postern check`: resolve, connect, secure, greet, capabilities, sign in, folders. Sends no mail. */
#pragma once
#include "net/sasl.h"
#include "net/stream.h"

enum net_protocol { NET_PROTOCOL_IMAP, NET_PROTOCOL_SMTP, NET_PROTOCOL_POP3 };
enum net_probe_step { NET_PROBE_CONNECT, NET_PROBE_SECURE, NET_PROBE_GREET, NET_PROBE_LOGIN, NET_PROBE_FOLDERS, NET_PROBE_STEPS };
enum net_probe_state { NET_PROBE_RUNNING, NET_PROBE_OK, NET_PROBE_FAILED, NET_PROBE_SKIPPED };

/* step's words: "TLS 1.3, certificate valid until 2027-01-01", or why not. Called on the probing thread. Every step ends in OK, FAILED or SKIPPED;
 * all after a failed one are SKIPPED. With STARTTLS the greeting comes before SECURE on the line, but is reported after it. */
typedef void net_probe_report(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words);
struct net_probe_folder {
    char *name;
    unsigned attributes;
    char delimiter;
};

struct net_probe_result {
    bool is_reachable, is_secured, is_signed_in;
    bool is_web; /* a web server answered instead of a mail server: the sign-in page of a network, or a wrong host or port */
    char *greeting, *capabilities, *mechanism;
    char *mechanisms;                 /* what is offered for sign-in, ' ' separated */
    GPtrArray *folders;               /* of struct net_probe_folder; IMAP after sign-in; never NULL after net_probe() */
    int64_t message_count;            /* POP3 after sign-in */
    struct net_trust_verdict verdict; /* filled in when TLS was spoken */
    char *tls_version, *tls_cipher;   /* NULL: no TLS, or it did not come that far */
    GPtrArray *chain; /* of struct net_chain_link*, leaf first; also of a certificate that is refused; NULL: none was seen */
};
void net_probe_result_clear(struct net_probe_result *result);

/* credentials NULL: stops before sign-in. True: every step up to there worked. */
bool net_probe(enum net_protocol protocol, const struct net_endpoint *endpoint, const struct net_context *context,
               const struct net_credentials *credentials, net_probe_report *report, void *data, struct net_probe_result *result_out,
               GError **error);

/* The same for one that waits to be spoken to: does a web server answer there? Says GET as a browser would and looks at the first bytes; two seconds at most. Where a mail server should be, that is
 * the sign-in page of a network in its place, or a wrong host or port. endpoint's security does not matter: nothing is sent but the GET. */
bool net_probe_is_web(const struct net_endpoint *endpoint, const struct net_context *context);
