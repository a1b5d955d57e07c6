/* SPDX-License-Identifier: MIT */
/* SASL by libgsasl: a table of what we offer, strongest first, and one step at a time. */
#include "net/sasl.h"
#include "net/error.h"
#include <glib/gi18n-lib.h>
#include <gsasl.h>
#include <string.h>

struct sasl_mechanism {
    const char *name;       /* as servers offer it */
    const char *word;       /* as the account file says it */
    bool sends_password;    /* readable for whoever listens: only over TLS, or where a person allowed it */
    bool is_client_first;   /* the first answer may go with the command (RFC 4959, 4954) */
    bool ignores_challenge; /* its prompts carry nothing, and some servers send them wrong */
};

/* Strongest first: later ones are rows. */
static const struct sasl_mechanism mechanisms[] = {
    { "PLAIN", "plain", true, true, true },  /* RFC 4616 */
    { "LOGIN", "login", true, false, true }, /* never standardised; Exchange and many others */
};

struct net_sasl {
    Gsasl *library;
    Gsasl_session *session;
    const struct sasl_mechanism *mechanism;
    char *host;
};

static bool is_offered(const char *const *offered, const char *name)
{
    for (; *offered != NULL; offered++) {
        if (g_ascii_strcasecmp(*offered, name) == 0)
            return true;
    }
    return false;
}

const char *net_sasl_choose(const char *const *offered, const char *auth, bool may_send_cleartext)
{
    bool is_auto = auth == NULL || *auth == '\0' || g_ascii_strcasecmp(auth, "auto") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
        const struct sasl_mechanism *mechanism = &mechanisms[i];
        if (!is_auto && g_ascii_strcasecmp(auth, mechanism->word) != 0)
            continue;
        if (mechanism->sends_password && !may_send_cleartext)
            continue;
        if (is_offered(offered, mechanism->name))
            return mechanism->name;
    }
    return NULL;
}

static const struct sasl_mechanism *find_mechanism(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
        if (g_ascii_strcasecmp(mechanisms[i].name, name) == 0)
            return &mechanisms[i];
    }
    return NULL;
}

static bool fail_gsasl(GError **error, const char *host, int code)
{
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("Signing in to %s failed: %s"), host, gsasl_strerror(code));
    return false;
}

net_sasl *net_sasl_start(const char *mechanism, const struct net_credentials *credentials, const char *service, const char *host,
                         GError **error)
{
    const struct sasl_mechanism *row = find_mechanism(mechanism);
    if (row == NULL) {
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("This version cannot sign in to %s with %s."), host, mechanism);
        return NULL;
    }
    g_autoptr(net_sasl) sasl = g_new0(net_sasl, 1);
    sasl->mechanism = row;
    sasl->host = g_strdup(host);
    int code = gsasl_init(&sasl->library);
    if (code == GSASL_OK)
        code = gsasl_client_start(sasl->library, row->name, &sasl->session);
    if (code == GSASL_OK)
        code = gsasl_property_set(sasl->session, GSASL_AUTHID, credentials->user != NULL ? credentials->user : "");
    if (code == GSASL_OK)
        code = gsasl_property_set(sasl->session, GSASL_PASSWORD, credentials->password != NULL ? credentials->password : "");
    if (code == GSASL_OK)
        code = gsasl_property_set(sasl->session, GSASL_SERVICE, service);
    if (code == GSASL_OK)
        code = gsasl_property_set(sasl->session, GSASL_HOSTNAME, host);
    if (code == GSASL_OK)
        return g_steal_pointer(&sasl);
    fail_gsasl(error, host, code);
    return NULL;
}

bool net_sasl_step(net_sasl *sasl, const char *input_base64, char **output_base64_out, GError **error)
{
    char *output = NULL;
    const char *input = sasl->mechanism->ignores_challenge ? NULL : input_base64;
    int code = gsasl_step64(sasl->session, input, &output);
    if (code != GSASL_OK && code != GSASL_NEEDS_MORE) {
        gsasl_free(output);
        return fail_gsasl(error, sasl->host, code);
    }
    *output_base64_out = g_strdup(output != NULL ? output : "");
    if (output != NULL)
        explicit_bzero(output, strlen(output));
    gsasl_free(output);
    return true;
}

bool net_sasl_is_client_first(const net_sasl *sasl)
{
    return sasl->mechanism->is_client_first;
}

/* libgsasl frees its copy of the password without wiping it. */
static void wipe_password(Gsasl_session *session)
{
    char *copy = (char *)gsasl_property_fast(session, GSASL_PASSWORD);
    if (copy != NULL)
        explicit_bzero(copy, strlen(copy));
}

void net_sasl_free(net_sasl *sasl)
{
    if (sasl == NULL)
        return;
    if (sasl->session != NULL) {
        wipe_password(sasl->session);
        gsasl_finish(sasl->session);
    }
    if (sasl->library != NULL)
        gsasl_done(sasl->library);
    g_free(sasl->host);
    g_free(sasl);
}

void net_secret_free(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}
