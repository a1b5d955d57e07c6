/* SPDX-License-Identifier: MIT */
/* The mechanisms of libgsasl. */
#include "net/sasl_private.h"
#include <glib/gi18n-lib.h>
#include <gsasl.h>
#include <pthread.h>
#include <string.h>

struct gsasl_state {
    Gsasl *library;
    Gsasl_session *session;
};

/* Kerberos reaches us through libraries that load others as they go: one thread at a time. */
static pthread_mutex_t kerberos_lock = PTHREAD_MUTEX_INITIALIZER;

static bool set(struct gsasl_state *state, Gsasl_property property, const char *value, int *code)
{
    if (*code == GSASL_OK && value != NULL)
        *code = gsasl_property_set(state->session, property, value);
    return *code == GSASL_OK;
}

static const char *reason_of(int code)
{
    static const struct {
        int code;
        const char *words;
    } rows[] = {
        { GSASL_SASLPREP_ERROR, N_("the user name or the password is not UTF-8, or has a character that is not allowed in it (a control "
                                   "character, or letters of both directions)") },
        { GSASL_AUTHENTICATION_ERROR, N_("the server could not prove that it knows the password") },
        { GSASL_INTEGRITY_ERROR, N_("the server could not prove that it knows the password") },
        { GSASL_MECHANISM_PARSE_ERROR, N_("the server's question makes no sense") },
        { GSASL_BASE64_ERROR, N_("the server's question cannot be read") },
        { GSASL_MECHANISM_CALLED_TOO_MANY_TIMES, N_("the server asks for more than this method has") },
        { GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR, N_("there is no valid Kerberos ticket for this server (kinit gets one)") },
        { GSASL_GSSAPI_IMPORT_NAME_ERROR, N_("Kerberos is not set up on this computer") },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].code == code)
            return _(rows[i].words);
    }
    return gsasl_strerror(code);
}

/* libgsasl does the same later, but loses memory where it finds what RFC 4013 forbids. */
static int check_password(const net_sasl *sasl, const char *password)
{
    if ((sasl->mechanism->traits & SASL_SENDS_SECRET) != 0 || password == NULL)
        return GSASL_OK;
    char *prepared = NULL;
    int code = gsasl_saslprep(password, 0, &prepared, NULL);
    if (prepared != NULL)
        explicit_bzero(prepared, strlen(prepared));
    gsasl_free(prepared);
    return code;
}

static bool gsasl_start(net_sasl *sasl, const struct net_credentials *credentials, GError **error)
{
    struct gsasl_state *state = sasl->state = g_new0(struct gsasl_state, 1);
    const char *user = credentials->user != NULL ? credentials->user : "";
    bool has_password = (sasl->mechanism->traits & (SASL_NEEDS_TICKET | SASL_NEEDS_CERTIFICATE)) == 0;
    int code = has_password ? check_password(sasl, credentials->password) : GSASL_OK;
    if (code == GSASL_OK)
        code = gsasl_init(&state->library);
    if (code == GSASL_OK)
        code = gsasl_client_start(state->library, sasl->mechanism->name, &state->session);
    set(state, GSASL_AUTHID, user, &code);
    /* RFC 4752 3.1 and RFC 4422 A.1: the identity the ticket or the certificate may act as; empty: whose they are. */
    set(state, GSASL_AUTHZID, has_password || *user == '\0' ? NULL : user, &code);
    set(state, GSASL_PASSWORD, !has_password ? NULL : credentials->password != NULL ? credentials->password : "", &code);
    set(state, GSASL_SERVICE, sasl->place.service, &code);
    set(state, GSASL_HOSTNAME, sasl->place.host, &code);
    return code == GSASL_OK || sasl_fail(sasl, reason_of(code), error);
}

static bool gsasl_take_step(net_sasl *sasl, struct sasl_bytes input, struct sasl_bytes *output_out, GError **error)
{
    struct gsasl_state *state = sasl->state;
    bool is_kerberos = (sasl->mechanism->traits & SASL_NEEDS_TICKET) != 0;
    char *output = NULL;
    size_t length = 0;
    if (sasl->is_complete && input.length == 0 && (sasl->mechanism->traits & SASL_IGNORES_CHALLENGE) == 0)
        return true; /* the server's proof was in; what is left is an empty line */
    if (is_kerberos)
        pthread_mutex_lock(&kerberos_lock);
    int code = gsasl_step(state->session, input.bytes, input.length, &output, &length);
    if (is_kerberos)
        pthread_mutex_unlock(&kerberos_lock);
    if (code == GSASL_OK || code == GSASL_NEEDS_MORE)
        *output_out = (struct sasl_bytes){ g_memdup2(output, length), length };
    if (output != NULL)
        explicit_bzero(output, length);
    gsasl_free(output);
    sasl->is_complete = code == GSASL_OK;
    sasl->is_impostor = sasl->is_impostor || ((sasl->mechanism->traits & SASL_PROVES_SERVER) != 0 &&
                                              (code == GSASL_AUTHENTICATION_ERROR || code == GSASL_INTEGRITY_ERROR));
    return code == GSASL_OK || code == GSASL_NEEDS_MORE || sasl_fail(sasl, reason_of(code), error);
}

/* libgsasl frees its copy of the password without wiping it. */
static void wipe(Gsasl_session *session)
{
    static const Gsasl_property secrets[] = { GSASL_PASSWORD };
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        char *copy = (char *)gsasl_property_fast(session, secrets[i]);
        if (copy != NULL)
            explicit_bzero(copy, strlen(copy));
    }
}

static void gsasl_free_state(void *data)
{
    struct gsasl_state *state = data;
    if (state->session != NULL) {
        wipe(state->session);
        gsasl_finish(state->session);
    }
    if (state->library != NULL)
        gsasl_done(state->library);
    g_free(state);
}

const struct sasl_ops sasl_gsasl_ops = { gsasl_start, gsasl_take_step, gsasl_free_state };
