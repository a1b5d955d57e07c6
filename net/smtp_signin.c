/* SPDX-License-Identifier: MIT */
/* AUTH (RFC 4954): the exchange on the line; which method and what a refusal means is net/signin's. */
#include "net/signin.h"
#include "net/smtp_client_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define STEPS_MAX       10
#define AUTH_LINE_BYTES 500u /* an initial response longer than the classic command line goes as a line of its own (RFC 4954 section 4) */

static bool write_secret_line(smtp_client *client, const char *line, GError **error)
{
    return net_stream_write_secret(client->stream, line, strlen(line), error) && net_stream_write(client->stream, "\r\n", 2, error);
}

/* What the answer to the first line must be like for the rest to follow: 334. False also where it is not: see reply_out. */
static bool ask_first(smtp_client *client, const char *method, const char *answer, struct smtp_reply *reply_out, GError **error)
{
    if (!smtp_client_command(client, error, "AUTH %s", method) || !smtp_client_read_reply(client, SMTP_COMMAND_S, reply_out, error))
        return false;
    return reply_out->code != 334 || write_secret_line(client, answer, error);
}

/* "AUTH PLAIN", with the first answer where the method has one and the line has room. Done when *reply_out has a code that is not 334. */
static bool begin(smtp_client *client, net_signin *signin, const char *method, struct smtp_reply *reply_out, GError **error)
{
    char *answer = NULL;
    if (!net_signin_is_client_first(signin))
        return smtp_client_command(client, error, "AUTH %s", method);
    if (!net_signin_step(signin, NULL, &answer)) { /* nothing was said yet */
        *reply_out = (struct smtp_reply){ .code = 501, .text = g_strdup("") };
        return true;
    }
    bool is_sent;
    g_autofree char *start = g_strdup_printf("AUTH %s ", method);
    if (strlen(answer) + strlen(start) <= AUTH_LINE_BYTES)
        is_sent = net_stream_write(client->stream, start, strlen(start), error) &&
                  write_secret_line(client, *answer != '\0' ? answer : "=", error);
    else
        is_sent = ask_first(client, method, answer, reply_out, error);
    net_secret_free(answer);
    return is_sent;
}

/* RFC 4954 section 4: "*" gives up politely; the server's answer to it is the end of the exchange. */
static bool answer_challenge(smtp_client *client, net_signin *signin, const char *challenge, GError **error)
{
    char *answer = NULL;
    if (!net_signin_step(signin, challenge, &answer))
        return smtp_client_command(client, error, "*");
    bool is_sent = write_secret_line(client, answer, error);
    net_secret_free(answer);
    return is_sent;
}

/* One exchange to its last reply. False: the connection is finished, error is set. */
static bool exchange(smtp_client *client, net_signin *signin, const char *method, struct smtp_reply *reply_out, GError **error)
{
    if (!begin(client, signin, method, reply_out, error))
        return false;
    if (reply_out->code != 0 && reply_out->code != 334)
        return true;
    for (int i = 0; i < STEPS_MAX; i++) {
        smtp_reply_clear(reply_out);
        if (!smtp_client_read_reply(client, SMTP_COMMAND_S, reply_out, error))
            return false;
        if (reply_out->code != 334)
            return true;
        if (!answer_challenge(client, signin, reply_out->text, error))
            return false;
    }
    return smtp_client_fail_reply(client, NET_ERROR_PROTOCOL, _("asks for more and more while signing in"), reply_out, error);
}

/* 534 means that the method is too weak (RFC 4954); Gmail says it when a password for programs is wanted, or a visit with a browser. */
static bool is_about_password(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text != NULL ? text : "", -1);
    return strstr(lower, "password") != NULL || strstr(lower, "browser") != NULL;
}

/* RFC 4954 sections 4 and 6. 4xx is the server's trouble, not the password's; 432 4.7.12 is the exception: the password must be renewed (Office 365 says
 * 432 4.3.2 for too many connections). 504, 534 and 538 speak of the method; 500 to 503 do so with servers that do not know better. */
static enum net_signin_refusal refusal_of(const struct smtp_reply *reply)
{
    bool is_transition = reply->code == 432 && (*reply->enhanced == '\0' || g_str_has_prefix(reply->enhanced, "4.7."));
    if (smtp_reply_is_temporary(reply) && !is_transition)
        return NET_SIGNIN_LATER;
    if (reply->code == 534 && is_about_password(reply->text))
        return NET_SIGNIN_WRONG;
    if ((reply->code >= 500 && reply->code <= 504) || reply->code == 534 || reply->code == 538)
        return NET_SIGNIN_UNUSABLE;
    return NET_SIGNIN_WRONG;
}

static bool try_method(smtp_client *client, net_signin *signin, const char *method, bool *is_signed_in_out, GError **error)
{
    struct smtp_reply reply = { 0 };
    bool is_answered = exchange(client, signin, method, &reply, error);
    *is_signed_in_out = is_answered && smtp_reply_is_ok(&reply);
    if (is_answered && !*is_signed_in_out) {
        g_autofree char *words = smtp_reply_words(&reply);
        net_signin_refused(signin, client->state == SMTP_READY ? refusal_of(&reply) : NET_SIGNIN_LATER, words);
    }
    smtp_reply_clear(&reply);
    return is_answered;
}

static bool sign_in(smtp_client *client, const struct net_credentials *credentials, GError **error)
{
    g_autoptr(net_signin) signin = net_signin_new(client->stream, "smtp", credentials, smtp_client_mechanisms(client));
    const char *method;
    while ((method = net_signin_next(signin, error)) != NULL) {
        bool is_signed_in = false;
        if (!try_method(client, signin, method, &is_signed_in, error))
            return false;
        if (!is_signed_in)
            continue;
        client->mechanism = method;
        if (net_signin_accepted(signin, error))
            return true;
        client->state = SMTP_DEAD;
        return false;
    }
    return false;
}

bool smtp_client_login(smtp_client *client, const struct net_credentials *credentials, GError **error)
{
    bool has_user = credentials != NULL && credentials->user != NULL && *credentials->user != '\0';
    if (credentials == NULL || (!has_user && net_sasl_needs_password(credentials->auth)))
        return true;
    if (client->state == SMTP_READY) {
        net_stream_set_stage(client->stream, net_signin_timeout_ms(client->stream));
        bool is_in = sign_in(client, credentials, error);
        net_stream_set_stage(client->stream, 0);
        return is_in;
    }
    g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
    return false;
}
