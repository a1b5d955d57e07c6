/* SPDX-License-Identifier: MIT */
/* SASL mechanisms (RFC 4422) as step functions: libgsasl's, and the few it has not. Which one is taken is net/signin's business. */
#pragma once
#include "net/stream.h"
#include <glib.h>
#include <stdbool.h>

/* Who signs in. Borrowed for the call; the owner wipes the secrets. */
struct net_credentials {
    const char *user;
    const char *password;
    const char *auth;  /* config word: "auto", "plain", "scram-sha-256", ... NULL: auto */
    const char *last;  /* the method that worked last time with this server ("SCRAM-SHA-256-PLUS"); NULL: not known */
    const char *token; /* OAuth access token; NULL: none (with auth = xoauth2 or oauthbearer the password is taken for it) */
};

/* Does this sign-in need a password? Not with Kerberos or a client certificate. */
bool net_sasl_needs_password(const char *auth);

/* What a mechanism has to know of the connection. A value. */
struct net_sasl_place {
    const char *service; /* "imap" | "pop" | "smtp"; static */
    const char *host;    /* borrowed for the life of the net_sasl */
    uint16_t port;
    struct net_channel_binding binding; /* length 0: none */
    bool is_binding_offered;            /* the server offers a method that is bound, whether or not it is taken */
};

typedef struct net_sasl net_sasl;
net_sasl *net_sasl_new(const char *mechanism, const struct net_credentials *credentials, const struct net_sasl_place *place,
                       GError **error);
/* One step: input is the server's base64 challenge (NULL for an initial response), *output_out the base64 answer (wipe with net_secret_free).
 * False: this side gives up, with the reason. */
bool net_sasl_step(net_sasl *sasl, const char *input_base64, char **output_base64_out, GError **error);
bool net_sasl_is_client_first(const net_sasl *sasl);
/* Where the mechanism lets the server prove that it knows the password too: has it? A "yes" without the proof is no yes. */
bool net_sasl_is_proven(const net_sasl *sasl);
/* Did the other side fail its proof? It is not who it says it is, or somebody is in between: nothing else may be tried with it. */
bool net_sasl_is_impostor(const net_sasl *sasl);
/* What the server said inside the mechanism about why it refuses ("invalid_token", "unknown-user"); NULL: nothing. Printable. */
const char *net_sasl_complaint(const net_sasl *sasl);
void net_sasl_free(net_sasl *sasl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(net_sasl, net_sasl_free)

void net_secret_free(char *secret); /* wipes, then frees; NULL is fine */
