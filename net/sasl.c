/* SPDX-License-Identifier: MIT */
/* The table of mechanisms, strongest first, and the base64 around each step. */
#include "net/sasl_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CHALLENGE_BYTES_MAX (64u * 1024u) /* Kerberos tickets of Windows domains are the biggest */

/* What never shows the secret comes first; of that, what proves the server and is bound to the connection. */
const struct sasl_mechanism sasl_mechanisms[] = {
    { "EXTERNAL", "external", SASL_NEEDS_CERTIFICATE | SASL_IS_CLIENT_FIRST, &sasl_gsasl_ops },                            /* RFC 4422 */
    { "OAUTHBEARER", "oauthbearer", SASL_NEEDS_TOKEN | SASL_SENDS_SECRET | SASL_IS_CLIENT_FIRST, &sasl_bearer_ops },       /* RFC 7628 */
    { "XOAUTH2", "xoauth2", SASL_NEEDS_TOKEN | SASL_SENDS_SECRET | SASL_IS_CLIENT_FIRST, &sasl_bearer_ops },               /* Google */
    { "GSSAPI", "gssapi", SASL_NEEDS_TICKET | SASL_PROVES_SERVER | SASL_IS_CLIENT_FIRST, &sasl_gsasl_ops },                /* RFC 4752 */
    { "SCRAM-SHA-256-PLUS", "scram-sha-256", SASL_IS_BOUND | SASL_PROVES_SERVER | SASL_IS_CLIENT_FIRST, &sasl_scram_ops }, /* RFC 7677 */
    { "SCRAM-SHA-1-PLUS", "scram-sha-1", SASL_IS_BOUND | SASL_PROVES_SERVER | SASL_IS_CLIENT_FIRST, &sasl_scram_ops },     /* RFC 5802 */
    { "SCRAM-SHA-256", "scram-sha-256", SASL_PROVES_SERVER | SASL_IS_CLIENT_FIRST, &sasl_scram_ops },
    { "SCRAM-SHA-1", "scram-sha-1", SASL_PROVES_SERVER | SASL_IS_CLIENT_FIRST, &sasl_scram_ops },
    { "DIGEST-MD5", "digest-md5", SASL_PROVES_SERVER, &sasl_gsasl_ops },                                      /* RFC 2831 */
    { "CRAM-MD5", "cram-md5", 0, &sasl_gsasl_ops },                                                           /* RFC 2195 */
    { "!APOP", "apop", SASL_IS_NATIVE, NULL },                                                                /* RFC 1939 */
    { "NTLM", "ntlm", SASL_IS_CLIENT_FIRST | SASL_IS_RELAYABLE, &sasl_ntlm_ops },                             /* [MS-NLMP] */
    { "PLAIN", "plain", SASL_SENDS_SECRET | SASL_IS_CLIENT_FIRST | SASL_IGNORES_CHALLENGE, &sasl_gsasl_ops }, /* RFC 4616 */
    { "LOGIN", "login", SASL_SENDS_SECRET | SASL_IGNORES_CHALLENGE, &sasl_gsasl_ops }, /* never standardised; Exchange and many others */
    { "!LOGIN", "login", SASL_SENDS_SECRET | SASL_IS_NATIVE, NULL },                   /* IMAP's LOGIN command */
    { "!USER", "login", SASL_SENDS_SECRET | SASL_IS_NATIVE, NULL },                    /* POP3's USER and PASS */
};
const size_t sasl_mechanism_count = G_N_ELEMENTS(sasl_mechanisms);

const struct sasl_mechanism *sasl_mechanism_find(const char *name)
{
    for (size_t i = 0; i < sasl_mechanism_count; i++) {
        if (g_ascii_strcasecmp(sasl_mechanisms[i].name, name) == 0)
            return &sasl_mechanisms[i];
    }
    return NULL;
}

bool net_sasl_needs_password(const char *auth)
{
    return auth == NULL || (g_ascii_strcasecmp(auth, "gssapi") != 0 && g_ascii_strcasecmp(auth, "external") != 0);
}

const char *sasl_token(const struct net_credentials *credentials)
{
    bool is_wanted = credentials->auth != NULL &&
                     (g_ascii_strcasecmp(credentials->auth, "xoauth2") == 0 || g_ascii_strcasecmp(credentials->auth, "oauthbearer") == 0);
    return credentials->token != NULL || !is_wanted ? credentials->token : credentials->password;
}

bool sasl_fail(const net_sasl *sasl, const char *why, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("Signing in to %s with %s failed: %s"), sasl->place.host, sasl->mechanism->name, why);
    return false;
}

net_sasl *net_sasl_new(const char *mechanism, const struct net_credentials *credentials, const struct net_sasl_place *place, GError **error)
{
    const struct sasl_mechanism *row = sasl_mechanism_find(mechanism);
    if (row == NULL || row->ops == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("This version cannot sign in to %s with %s."), place->host, mechanism);
        return NULL;
    }
    g_autoptr(net_sasl) sasl = g_new0(net_sasl, 1);
    sasl->mechanism = row;
    sasl->place = *place;
    return row->ops->start(sasl, credentials, error) ? g_steal_pointer(&sasl) : NULL;
}

/* --- steps --- */
void sasl_bytes_clear(struct sasl_bytes *bytes)
{
    if (bytes->bytes != NULL)
        explicit_bzero(bytes->bytes, bytes->length);
    g_free(bytes->bytes);
    *bytes = (struct sasl_bytes){ 0 };
}

/* Strict, unlike g_base64_decode(): what is no base64 is no challenge. */
static bool decode(const net_sasl *sasl, const char *base64, struct sasl_bytes *out, GError **error)
{
    size_t length = strlen(base64), padding = 0;
    while (length > 0 && base64[length - 1] == ' ') /* seen at the end of the line */
        length--;
    while (length > padding && padding < 2 && base64[length - 1 - padding] == '=')
        padding++;
    bool is_good = length % 4 == 0 && length <= CHALLENGE_BYTES_MAX;
    for (size_t i = 0; is_good && i < length - padding; i++)
        is_good = g_ascii_isalnum(base64[i]) || base64[i] == '+' || base64[i] == '/';
    if (!is_good)
        return sasl_fail(sasl, _("the server's question cannot be read"), error);
    gsize decoded = 0;
    g_autofree char *trimmed = g_strndup(base64, length);
    guchar *bytes = length > 0 ? g_base64_decode(trimmed, &decoded) : NULL;
    *out = (struct sasl_bytes){ bytes != NULL ? (char *)bytes : g_strdup(""), decoded };
    return true;
}

bool net_sasl_step(net_sasl *sasl, const char *input_base64, char **output_base64_out, GError **error)
{
    struct sasl_bytes input = { 0 }, output = { 0 };
    bool is_ignored = (sasl->mechanism->traits & SASL_IGNORES_CHALLENGE) != 0;
    if (input_base64 != NULL && !is_ignored && !decode(sasl, input_base64, &input, error))
        return false;
    bool is_done = sasl->mechanism->ops->step(sasl, input, &output, error);
    sasl_bytes_clear(&input);
    if (is_done)
        *output_base64_out = output.length > 0 ? g_base64_encode((const guchar *)output.bytes, output.length) : g_strdup("");
    sasl_bytes_clear(&output);
    return is_done;
}

bool net_sasl_is_client_first(const net_sasl *sasl)
{
    return (sasl->mechanism->traits & SASL_IS_CLIENT_FIRST) != 0;
}

bool net_sasl_is_proven(const net_sasl *sasl)
{
    return (sasl->mechanism->traits & SASL_PROVES_SERVER) == 0 || sasl->is_complete;
}

bool net_sasl_is_impostor(const net_sasl *sasl)
{
    return sasl->is_impostor;
}

const char *net_sasl_complaint(const net_sasl *sasl)
{
    return sasl->complaint;
}

void net_sasl_free(net_sasl *sasl)
{
    if (sasl == NULL)
        return;
    if (sasl->state != NULL)
        sasl->mechanism->ops->free(sasl->state);
    g_free(sasl->complaint);
    g_free(sasl);
}

void net_secret_free(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}
