/* SPDX-License-Identifier: MIT */
/* SASL mechanisms by libgsasl as a step function (RFC 4422, 4616). */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Who signs in. Borrowed for the call; the owner wipes the password. */
struct net_credentials {
    const char *user;
    const char *password;
    const char *auth; /* config word: "auto", "plain", "login", ... NULL: auto */
};

typedef struct net_sasl net_sasl;

/* The strongest mechanism of offered (NULL-terminated, upper case) that auth allows and we can do; NULL: none. Static string.
 * may_send_cleartext: net_stream_can_send_password() said yes. */
const char *net_sasl_choose(const char *const *offered, const char *auth, bool may_send_cleartext);
net_sasl *net_sasl_start(const char *mechanism, const struct net_credentials *credentials, const char *service, const char *host,
                         GError **error);
/* One step: input is the server's base64 challenge (NULL for an initial response), *output_out the base64 answer (wipe with net_secret_free). */
bool net_sasl_step(net_sasl *sasl, const char *input_base64, char **output_base64_out, GError **error);
bool net_sasl_is_client_first(const net_sasl *sasl);
void net_sasl_free(net_sasl *sasl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(net_sasl, net_sasl_free)

void net_secret_free(char *secret); /* wipes, then frees; NULL is fine */
