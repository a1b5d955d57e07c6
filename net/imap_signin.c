/* SPDX-License-Identifier: MIT */
/* Signing in: AUTHENTICATE or LOGIN. */
#include "net/imap_client_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CHALLENGES_MAX 8u /* of one sign-in: no mechanism has more */

bool imap_signin_answer(imap_client *self, const char *line, GError **error)
{
    g_autoptr(GError) why = NULL;
    char *output = NULL;
    const char *challenge = line[1] == ' ' ? line + 2 : line + 1;
    bool is_ok = ++self->challenges <= CHALLENGES_MAX && net_sasl_step(self->sasl, challenge, &output, &why);
    bool is_written =
        is_ok ? net_stream_write_secret(self->stream, output, strlen(output), error) && net_stream_write(self->stream, "\r\n", 2, error)
              : net_stream_write(self->stream, "*\r\n", 3, error); /* RFC 9051 6.2.2: cancelled; the tagged BAD follows */
    net_secret_free(output);
    if (!is_ok)
        g_clear_pointer(&self->sasl, net_sasl_free); /* a further challenge is not answered any more */
    return is_written && net_stream_flush(self->stream, error);
}

static GPtrArray *offered_mechanisms(const imap_client *self)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) words = g_strsplit(imap_client_capabilities(self), " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (g_ascii_strncasecmp(*word, "AUTH=", 5) == 0)
            g_ptr_array_add(names, g_ascii_strup(*word + 5, -1));
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static bool judge_login(imap_client *self, const struct imap_reply *reply, const char *user, GError **error)
{
    const char *host = net_stream_host(self->stream);
    if (reply->status == IMAP_OK)
        return true;
    if (reply->code == IMAP_CODE_UNAVAILABLE || reply->code == IMAP_CODE_LIMIT || reply->code == IMAP_CODE_INUSE)
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s cannot sign in %s just now: %s"), host, user, reply->text);
    else
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s refused to sign in %s: %s"), host, user, reply->text);
    return false;
}

static bool authenticate(imap_client *self, const char *mechanism, const struct net_credentials *credentials, GError **error)
{
    struct imap_reply reply;
    char *initial = NULL;
    self->sasl = net_sasl_start(mechanism, credentials, "imap", net_stream_host(self->stream), error);
    if (self->sasl == NULL)
        return false;
    bool has_initial = self->can[IMAP_CAPABILITY_SASL_IR] && net_sasl_is_client_first(self->sasl);
    if (has_initial && !net_sasl_step(self->sasl, NULL, &initial, error))
        return false;
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_AUTHENTICATE);
    self->challenges = 0;
    imap_request_add(request, g_strdup_printf("%s AUTHENTICATE %s%s", request->tag, mechanism, has_initial ? " " : "\r\n"));
    if (has_initial) {
        imap_request_add_secret(request, g_strdup(*initial != '\0' ? initial : "="));
        imap_request_add(request, g_strdup("\r\n"));
    }
    net_secret_free(initial);
    imap_client_queue(self, request);
    bool is_answered = imap_wait(self, request->number, &reply, error);
    g_clear_pointer(&self->sasl, net_sasl_free);
    return is_answered && judge_login(self, &reply, credentials->user, error);
}

static bool login_command(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    struct imap_reply reply;
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s LOGIN ", request->tag));
    if (!imap_request_add_string(self, request, credentials->user, false) ||
        (imap_request_add(request, g_strdup(" ")), !imap_request_add_string(self, request, credentials->password, true))) {
        imap_request_free(request);
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The user name or the password has a character that cannot be sent."));
        return false;
    }
    imap_request_add(request, g_strdup("\r\n"));
    imap_client_queue(self, request);
    return imap_wait(self, request->number, &reply, error) && judge_login(self, &reply, credentials->user, error);
}

static bool fail_no_way(imap_client *self, const char *auth, GPtrArray *offered, GError **error)
{
    g_autofree char *list = g_strjoinv(", ", (char **)offered->pdata);
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s offers no way to sign in that postern can use with auth = %s. It offers: %s."),
                net_stream_host(self->stream), auth != NULL ? auth : "auto", *list != '\0' ? list : _("none"));
    return false;
}

bool imap_client_login(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    g_autoptr(GPtrArray) offered = offered_mechanisms(self);
    g_autoptr(GError) insecure = NULL;
    const char *auth = credentials->auth;
    bool is_auto = auth == NULL || g_ascii_strcasecmp(auth, "auto") == 0;
    if (self->greeting_status == IMAP_PREAUTH)
        return self->mechanism = g_strdup("PREAUTH"), true;
    bool may_cleartext = net_stream_can_send_password(self->stream, &insecure);
    const char *mechanism = net_sasl_choose((const char *const *)offered->pdata, auth, may_cleartext);
    bool has_login = !self->can[IMAP_CAPABILITY_LOGINDISABLED] && (is_auto || g_ascii_strcasecmp(auth, "login") == 0);
    if (mechanism == NULL && !may_cleartext)
        return g_propagate_error(error, g_steal_pointer(&insecure)), false;
    if (mechanism == NULL && !has_login)
        return fail_no_way(self, auth, offered, error);
    g_autofree char *before = g_steal_pointer(&self->capabilities); /* RFC 9051 6.2: they may change with sign-in */
    g_free(self->mechanism);
    self->mechanism = g_strdup(mechanism != NULL ? mechanism : _("LOGIN command"));
    if (!(mechanism != NULL ? authenticate(self, mechanism, credentials, error) : login_command(self, credentials, error)))
        return false;
    if (self->capabilities == NULL) {
        self->capabilities = g_steal_pointer(&before); /* good until the new list is here */
        imap_send_capability(self);
        ((struct imap_request_state *)g_queue_peek_tail(&self->unsent))->is_unasked = true;
    }
    return true;
}
