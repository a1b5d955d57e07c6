/* SPDX-License-Identifier: MIT */
/* Signing in to a maildrop: SASL (RFC 5034), APOP, or USER and PASS. */
#include "net/pop3_client_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CHALLENGES_MAX 10u /* of one sign-in: no mechanism has more */

/* --- what a refusal means --- */
/* Servers without RESP-CODES say it in words, at PASS, after the password was right. */
static bool sounds_locked(const char *text)
{
    static const char *const words[] = { "lock", "in use", "already open", "another session", "too many connections" };
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(lower, words[i]) != NULL)
            return true;
    }
    return false;
}

static enum pop3_code refusal_of(const pop3_client *client, const struct pop3_reply *reply)
{
    if (reply->code != POP3_CODE_NONE)
        return reply->code;
    if (sounds_locked(reply->text))
        return POP3_CODE_IN_USE;
    /* RFC 3206: who says [AUTH] says it whenever the password is at fault. */
    return pop3_client_can(client, POP3_CAN_AUTH_RESP_CODE) ? POP3_CODE_NONE : POP3_CODE_AUTH;
}

static bool fail_refused(pop3_client *client, const struct pop3_reply *reply, GError **error)
{
    static const struct {
        enum net_error error;
        const char *what;
    } rows[] = {
        [POP3_CODE_NONE] = { NET_ERROR_AUTH, N_("refused the user name or password") },
        [POP3_CODE_IN_USE] = { NET_ERROR_REFUSED, N_("says that another program is reading this mailbox just now") },
        [POP3_CODE_LOGIN_DELAY] = { NET_ERROR_REFUSED, N_("wants more time between two visits") },
        [POP3_CODE_SYS_TEMP] = { NET_ERROR_REFUSED, N_("is in trouble and cannot open the mailbox just now") },
        [POP3_CODE_SYS_PERM] = { NET_ERROR_REFUSED, N_("cannot open the mailbox; only who runs the server can mend that") },
        [POP3_CODE_AUTH] = { NET_ERROR_AUTH, N_("refused the user name or password") },
        [POP3_CODE_UTF8] = { NET_ERROR_REFUSED, N_("has mail with addresses that it gives only to programs that know UTF-8") },
    };
    client->refusal = refusal_of(client, reply);
    pop3_client_fail_reply(client, rows[client->refusal].error, _(rows[client->refusal].what), reply, error);
    return false;
}

/* --- SASL --- */
static bool answer_challenge(pop3_client *client, net_sasl *sasl, const char *challenge, GError **error)
{
    char *answer = NULL;
    if (!net_sasl_step(sasl, challenge, &answer, error)) {
        struct pop3_reply reply = { 0 };
        pop3_client_ask(client, &reply, NULL, "*"); /* RFC 5034 section 4: give up politely; the reason is already in error */
        pop3_reply_clear(&reply);
        return false;
    }
    bool is_sent = pop3_client_send_secret(client, "", answer, error);
    net_secret_free(answer);
    return is_sent;
}

/* Without an initial response: servers of RFC 1734 do not know it, and the line would often be too long (255 bytes). */
static bool exchange(pop3_client *client, const char *mechanism, const struct net_credentials *credentials, struct pop3_reply *reply,
                     GError **error)
{
    g_autoptr(net_sasl) sasl = net_sasl_start(mechanism, credentials, "pop", net_stream_host(client->stream), error);
    if (sasl == NULL || !pop3_client_ask(client, reply, error, "AUTH %s", mechanism))
        return false;
    for (unsigned i = 0; i < CHALLENGES_MAX && reply->status == POP3_CONTINUE; i++) {
        bool is_start = i == 0 && net_sasl_is_client_first(sasl);
        if (!answer_challenge(client, sasl, is_start && *reply->text == '\0' ? NULL : reply->text, error) ||
            !pop3_client_read_reply(client, reply, error))
            return false;
    }
    if (reply->status != POP3_CONTINUE)
        return true;
    return pop3_client_fail_reply(client, NET_ERROR_PROTOCOL, _("asks for more and more while signing in"), reply, error);
}

static bool sign_in_sasl(pop3_client *client, const char *mechanism, const struct net_credentials *credentials, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_in = exchange(client, mechanism, credentials, &reply, error);
    if (is_in && reply.status != POP3_OK)
        is_in = fail_refused(client, &reply, error);
    pop3_reply_clear(&reply);
    return is_in;
}

/* --- APOP, USER and PASS --- */
static bool is_one_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static bool check_words(const struct net_credentials *credentials, bool is_user_one_word, GError **error)
{
    bool has_blank = is_user_one_word && strpbrk(credentials->user, " \t") != NULL;
    if (is_one_line(credentials->user) && is_one_line(credentials->password) && !has_blank)
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The user name or the password has a character that cannot be sent."));
    return false;
}

static bool sign_in_apop(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    struct pop3_reply reply = { 0 };
    g_autoptr(GChecksum) md5 = g_checksum_new(G_CHECKSUM_MD5);
    if (!check_words(credentials, true, error))
        return false;
    g_checksum_update(md5, (const guchar *)client->timestamp, (gssize)strlen(client->timestamp));
    g_checksum_update(md5, (const guchar *)credentials->password, (gssize)strlen(credentials->password));
    g_autofree char *prefix = g_strdup_printf("APOP %s ", credentials->user);
    bool is_in =
        pop3_client_send_secret(client, prefix, g_checksum_get_string(md5), error) && pop3_client_read_reply(client, &reply, error);
    if (is_in && reply.status != POP3_OK)
        is_in = fail_refused(client, &reply, error);
    pop3_reply_clear(&reply);
    return is_in;
}

static bool sign_in_user(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    struct pop3_reply reply = { 0 };
    if (!check_words(credentials, false, error))
        return false;
    bool is_in = pop3_client_ask(client, &reply, error, "USER %s", credentials->user);
    if (is_in && reply.status == POP3_OK)
        is_in = pop3_client_send_secret(client, "PASS ", credentials->password, error) && pop3_client_read_reply(client, &reply, error);
    if (is_in && reply.status != POP3_OK)
        is_in = fail_refused(client, &reply, error);
    pop3_reply_clear(&reply);
    return is_in;
}

/* --- which way --- */
static bool is_word(const char *auth, const char *word)
{
    return auth != NULL && g_ascii_strcasecmp(auth, word) == 0;
}

static bool fail_no_way(pop3_client *client, const char *auth, GError **error)
{
    g_autofree char *offered = g_strjoinv(" ", client->mechanisms);
    bool has_user = pop3_client_can(client, POP3_CAN_USER);
    if (*offered == '\0' && !has_user)
        g_set_error(
            error, NET_ERROR, NET_ERROR_AUTH,
            _("%s does not let anybody sign in on this connection. Perhaps it wants encryption first (security = tls or starttls)."),
            net_stream_host(client->stream));
    else
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("%s offers the sign-in methods %s%s%s; with auth = %s none of them can be used."),
                    net_stream_host(client->stream), offered, *offered != '\0' && has_user ? " " : "", has_user ? "USER" : "",
                    auth != NULL && *auth != '\0' ? auth : "auto");
    return false;
}

static bool fail_no_apop(pop3_client *client, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH,
                _("%s did not offer APOP in a greeting that can be trusted, and this account asks for it (auth = apop)."),
                net_stream_host(client->stream));
    return false;
}

/* Old servers do not answer CAPA; others answer and forget to say USER. Where nothing better is offered there is nothing to lose by trying. */
static bool may_try_user(const pop3_client *client, const char *auth)
{
    bool is_wanted = auth == NULL || *auth == '\0' || is_word(auth, "auto") || is_word(auth, "plain") || is_word(auth, "login");
    return is_wanted && (pop3_client_can(client, POP3_CAN_USER) || !client->has_capa || net_stream_is_tls(client->stream));
}

static bool sign_in(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    const char *auth = credentials->auth;
    g_autoptr(GError) insecure = NULL;
    bool is_auto = auth == NULL || *auth == '\0' || is_word(auth, "auto");
    bool may_cleartext = net_stream_can_send_password(client->stream, &insecure);
    if (is_word(auth, "apop") && client->timestamp == NULL)
        return fail_no_apop(client, error);
    const char *mechanism = net_sasl_choose((const char *const *)client->mechanisms, auth, false);
    /* Over an open line a digest is better than the password itself; over TLS it is no gain, and PLAIN lets the server keep a better hash. */
    bool is_apop =
        client->timestamp != NULL && (is_word(auth, "apop") || (is_auto && mechanism == NULL && !net_stream_is_tls(client->stream)));
    if (is_apop) {
        client->mechanism = "APOP";
        return sign_in_apop(client, credentials, error);
    }
    if (mechanism == NULL)
        mechanism = net_sasl_choose((const char *const *)client->mechanisms, auth, may_cleartext);
    client->mechanism = mechanism != NULL ? mechanism : "USER";
    if (mechanism != NULL)
        return sign_in_sasl(client, mechanism, credentials, error);
    if (!may_cleartext)
        return g_propagate_error(error, g_steal_pointer(&insecure)), false;
    return may_try_user(client, auth) ? sign_in_user(client, credentials, error) : fail_no_way(client, auth, error);
}

/* RFC 2449 section 3: the list may be another one after the sign-in. */
static bool ask_capabilities(pop3_client *client, GError **error)
{
    struct pop3_reply reply = { 0 };
    if (!client->has_capa)
        return true;
    bool is_read = pop3_client_ask(client, &reply, error, "CAPA");
    if (is_read && reply.status == POP3_OK)
        is_read = pop3_capabilities_read(client, error);
    pop3_reply_clear(&reply);
    return is_read;
}

bool pop3_client_login(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    if (client->state != POP3_AUTHORIZATION) {
        g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
        return false;
    }
    client->refusal = POP3_CODE_NONE;
    net_stream_set_patience(client->stream, POP3_PATIENCE); /* the mailbox is locked and read now */
    bool is_in = sign_in(client, credentials, error);
    if (is_in)
        client->state = POP3_TRANSACTION;
    is_in = is_in && ask_capabilities(client, error);
    net_stream_set_patience(client->stream, 1);
    return is_in;
}
