/* SPDX-License-Identifier: MIT */
/* Signing in: AUTHENTICATE or LOGIN on the line; which method, and what a refusal means, is net/signin's. */
#include "net/imap_client_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

bool imap_signin_answer(imap_client *self, const char *line, GError **error)
{
    char *output = NULL;
    const char *challenge = line[1] == ' ' ? line + 2 : line + 1;
    bool is_ok = ++self->challenges <= IMAP_CHALLENGES_MAX && self->signin != NULL && net_signin_step(self->signin, challenge, &output);
    bool is_written =
        is_ok ? net_stream_write_secret(self->stream, output, strlen(output), error) && net_stream_write(self->stream, "\r\n", 2, error)
              : net_stream_write(self->stream, "*\r\n", 3, error); /* RFC 9051 6.2.2: cancelled; the tagged BAD follows */
    net_secret_free(output);
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
    if (!self->can[IMAP_CAPABILITY_LOGINDISABLED])
        g_ptr_array_add(names, g_strdup("!LOGIN"));
    g_ptr_array_add(names, NULL);
    return names;
}

/* RFC 5530. BAD: the server does not know the method, or broke it off. */
static enum net_signin_refusal refusal_of(const struct imap_reply *reply)
{
    if (reply->code == IMAP_CODE_UNAVAILABLE || reply->code == IMAP_CODE_LIMIT || reply->code == IMAP_CODE_INUSE)
        return NET_SIGNIN_LATER;
    return reply->status == IMAP_NO ? NET_SIGNIN_WRONG : NET_SIGNIN_UNUSABLE;
}

static bool authenticate(imap_client *self, const char *method, struct imap_reply *reply_out, GError **error)
{
    char *initial = NULL;
    bool has_initial = self->can[IMAP_CAPABILITY_SASL_IR] && net_signin_is_client_first(self->signin);
    if (has_initial && !net_signin_step(self->signin, NULL, &initial)) { /* nothing was said yet */
        *reply_out = (struct imap_reply){ .status = IMAP_BAD, .text = "" };
        return true;
    }
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_AUTHENTICATE);
    self->challenges = 0;
    imap_request_add(request, g_strdup_printf("%s AUTHENTICATE %s%s", request->tag, method, has_initial ? " " : "\r\n"));
    if (has_initial) {
        imap_request_add_secret(request, g_strdup(*initial != '\0' ? initial : "="));
        imap_request_add(request, g_strdup("\r\n"));
    }
    net_secret_free(initial);
    imap_client_queue(self, request);
    return imap_wait(self, request->number, reply_out, error);
}

static bool login_command(imap_client *self, const struct net_credentials *credentials, struct imap_reply *reply_out, GError **error)
{
    const char *user = credentials->user != NULL ? credentials->user : "",
               *password = credentials->password != NULL ? credentials->password : "";
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    imap_request_add(request, g_strdup_printf("%s LOGIN ", request->tag));
    if (!imap_request_add_string(self, request, user, false) ||
        (imap_request_add(request, g_strdup(" ")), !imap_request_add_string(self, request, password, true))) {
        imap_request_free(request);
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The user name or the password has a character that cannot be sent."));
        return false;
    }
    imap_request_add(request, g_strdup("\r\n"));
    imap_client_queue(self, request);
    return imap_wait(self, request->number, reply_out, error);
}

static char *words_of(const char *text)
{
    char *words = g_utf8_make_valid(text != NULL ? text : "", -1);
    for (char *c = words; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return g_strstrip(words);
}

/* One method after the other. False: error is set. */
static bool try_methods(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    const char *method;
    while ((method = net_signin_next(self->signin, error)) != NULL) {
        struct imap_reply reply = { 0 };
        g_free(self->mechanism);
        self->mechanism = g_strdup(*method != '!' ? method : _("LOGIN command"));
        if (!(*method != '!' ? authenticate(self, method, &reply, error) : login_command(self, credentials, &reply, error)))
            return false;
        if (reply.status == IMAP_OK)
            return net_signin_accepted(self->signin, error);
        g_autofree char *words = words_of(reply.text);
        net_signin_refused(self->signin, refusal_of(&reply), words);
    }
    return false;
}

bool imap_client_login(imap_client *self, const struct net_credentials *credentials, GError **error)
{
    if (self->greeting_status == IMAP_PREAUTH) {
        self->is_signed_in = true;
        self->mechanism = g_strdup("PREAUTH");
        imap_capability_signed_in(self, true);
        return true;
    }
    g_autoptr(GPtrArray) offered = offered_mechanisms(self);
    g_autofree char *before = g_steal_pointer(&self->capabilities); /* RFC 9051 6.2: they may change with sign-in */
    self->signin = net_signin_new(self->stream, "imap", credentials, (const char *const *)offered->pdata);
    net_stream_set_stage(self->stream, net_signin_timeout_ms(self->stream));
    self->is_signed_in = try_methods(self, credentials, error);
    net_stream_set_stage(self->stream, 0);
    g_clear_pointer(&self->signin, net_signin_free);
    bool has_news = self->capabilities != NULL;
    if (!has_news)
        self->capabilities = g_steal_pointer(&before); /* good until the new list is here */
    if (self->is_signed_in)
        imap_capability_signed_in(self, has_news);
    return self->is_signed_in;
}
