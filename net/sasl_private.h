/* SPDX-License-Identifier: MIT */
/* What the mechanisms share: the table, and what one has to do. */
#pragma once
#include "net/sasl.h"

enum sasl_trait {
    SASL_SENDS_SECRET = 1 << 0,      /* readable for whoever listens: only over TLS, or where a person allowed it */
    SASL_IS_CLIENT_FIRST = 1 << 1,   /* the first answer may go with the command (RFC 4959, 4954) */
    SASL_IGNORES_CHALLENGE = 1 << 2, /* its prompts carry nothing, and some servers send them wrong */
    SASL_PROVES_SERVER = 1 << 3,     /* the server shows that it knows the password, too */
    SASL_IS_BOUND = 1 << 4,          /* to the TLS connection */
    SASL_NEEDS_TOKEN = 1 << 5,       /* of OAuth */
    SASL_NEEDS_TICKET = 1 << 6,      /* of Kerberos */
    SASL_NEEDS_CERTIFICATE = 1 << 7, /* of ours, shown in the TLS handshake */
    SASL_IS_NATIVE = 1 << 8,         /* no SASL at all: a command of the protocol itself */
    SASL_IS_RELAYABLE =
        1 << 9, /* what is heard can be used elsewhere at once, or cracked in a day: unencrypted only where asked for by name */
};

/* Not encoded; wiped by whoever asked for them. */
struct sasl_bytes {
    char *bytes; /* g_malloc */
    size_t length;
};
void sasl_bytes_clear(struct sasl_bytes *bytes);

struct sasl_ops {
    /* Fills sasl->state. False: error is set; sasl->state is freed by free(). */
    bool (*start)(net_sasl *sasl, const struct net_credentials *credentials, GError **error);
    /* input.bytes NULL: the server said nothing yet. */
    bool (*step)(net_sasl *sasl, struct sasl_bytes input, struct sasl_bytes *output_out, GError **error);
    void (*free)(void *state);
};
extern const struct sasl_ops sasl_scram_ops, sasl_gsasl_ops, sasl_bearer_ops, sasl_ntlm_ops;

struct sasl_mechanism {
    const char *name; /* as servers offer it; "!…" for what is no SASL */
    const char *word; /* as the account file says it */
    unsigned traits;
    const struct sasl_ops *ops;
};
/* Strongest first. */
extern const struct sasl_mechanism sasl_mechanisms[];
extern const size_t sasl_mechanism_count;
const struct sasl_mechanism *sasl_mechanism_find(const char *name);

struct net_sasl {
    const struct sasl_mechanism *mechanism;
    struct net_sasl_place place;
    void *state; /* of the mechanism's ops */
    bool is_complete, is_impostor;
    char *complaint;
};
bool sasl_fail(const net_sasl *sasl, const char *why, GError **error);
/* The access token of these credentials, or NULL. */
const char *sasl_token(const struct net_credentials *credentials);
