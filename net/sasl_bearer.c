/* SPDX-License-Identifier: MIT */
/* OAuth 2.0 access tokens as a sign-in: OAUTHBEARER (RFC 7628) and Google's and Microsoft's XOAUTH2. */
#include "net/sasl_private.h"
#include <glib/gi18n-lib.h>
#include <jansson.h>
#include <string.h>

struct bearer_state {
    char *user, *token;
    int steps;
};

static bool is_xoauth2(const net_sasl *sasl)
{
    return strcmp(sasl->mechanism->name, "XOAUTH2") == 0;
}

/* Kvpairs end with ^A: one inside would begin a pair of its own. */
static bool is_carryable(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            return false;
    }
    return true;
}

static bool bearer_start(net_sasl *sasl, const struct net_credentials *credentials, GError **error)
{
    const char *token = sasl_token(credentials), *user = credentials->user != NULL ? credentials->user : "";
    struct bearer_state *state = sasl->state = g_new0(struct bearer_state, 1);
    if (token == NULL || *token == '\0')
        return sasl_fail(sasl, _("there is no access token"), error);
    state->user = g_strdup(user);
    state->token = g_strstrip(g_strdup(token)); /* commands that print a token end it with a newline */
    return (is_carryable(state->user) && is_carryable(state->token)) ||
           sasl_fail(sasl, _("the user name or the access token has a character this method cannot carry"), error);
}

/* saslname = 1*(value-safe-char / "=2C" / "=3D")      (RFC 5801 section 4) */
static void append_saslname(GString *out, const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == ',')
            g_string_append(out, "=2C");
        else if (*name == '=')
            g_string_append(out, "=3D");
        else
            g_string_append_c(out, *name);
    }
}

static void first_answer(const net_sasl *sasl, const struct bearer_state *state, struct sasl_bytes *output_out)
{
    GString *out = g_string_sized_new(strlen(state->user) + strlen(state->token) + strlen(sasl->place.host) + 100);
    if (is_xoauth2(sasl)) {
        g_string_append_printf(out, "user=%s\001", state->user);
    } else {
        g_string_append(out, "n,");
        if (*state->user != '\0') {
            g_string_append(out, "a=");
            append_saslname(out, state->user);
        }
        g_string_append_printf(out, ",\001host=%s\001", sasl->place.host);
        if (sasl->place.port != 0)
            g_string_append_printf(out, "port=%d\001", sasl->place.port);
    }
    g_string_append(out, "auth=Bearer "); /* not by printf: its buffers are not wiped */
    g_string_append(out, state->token);
    g_string_append(out, "\001\001");
    output_out->length = out->len;
    output_out->bytes = g_string_free(out, FALSE); /* sized so that it never moved and left a copy */
}

/* RFC 7628 3.2.2: {"status":"invalid_token","scope":"…"}; Google: {"status":"400","schemes":"Bearer","scope":"…"}. */
static void note_complaint(net_sasl *sasl, struct sasl_bytes input)
{
    json_t *object = json_loadb(input.bytes, input.length, JSON_REJECT_DUPLICATES, NULL);
    const char *status = json_string_value(json_object_get(object, "status"));
    g_free(sasl->complaint);
    g_autofree char *cut = g_strndup(status != NULL ? status : "?", 60);
    sasl->complaint = g_strcanon(g_steal_pointer(&cut), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ ", '?');
    json_decref(object);
}

/* A second question is the refusal, in JSON; the server waits for an answer without meaning and then refuses in its protocol's words. */
static bool bearer_step(net_sasl *sasl, struct sasl_bytes input, struct sasl_bytes *output_out, GError **error)
{
    struct bearer_state *state = sasl->state;
    if (state->steps++ == 0) {
        first_answer(sasl, state, output_out);
        return true;
    }
    if (input.length == 0)
        return sasl_fail(sasl, _("the server asks for more than this method has"), error);
    note_complaint(sasl, input);
    *output_out = is_xoauth2(sasl) ? (struct sasl_bytes){ 0 } : (struct sasl_bytes){ g_strdup("\001"), 1 };
    return true;
}

static void bearer_free(void *data)
{
    struct bearer_state *state = data;
    net_secret_free(state->token);
    g_free(state->user);
    g_free(state);
}

const struct sasl_ops sasl_bearer_ops = { bearer_start, bearer_step, bearer_free };
