/* SPDX-License-Identifier: MIT */
/* Signing in to a maildrop: SASL (RFC 5034), APOP, or USER and PASS. */
#include "net/pop3_client_private.h"
#include "net/signin.h"
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

static enum pop3_code refusal_of(const struct pop3_reply *reply)
{
    if (reply->code != POP3_CODE_NONE)
        return reply->code;
    return sounds_locked(reply->text) ? POP3_CODE_IN_USE : POP3_CODE_AUTH;
}

/* What is not about name and password: NULL where it is. */
static const char *trouble_words(enum pop3_code code)
{
    static const char *const words[] = {
        [POP3_CODE_NONE] = NULL,
        [POP3_CODE_IN_USE] = N_("says that another program is reading this mailbox just now"),
        [POP3_CODE_LOGIN_DELAY] = N_("wants more time between two visits"),
        [POP3_CODE_SYS_TEMP] = N_("is in trouble and cannot open the mailbox just now"),
        [POP3_CODE_SYS_PERM] = N_("cannot open the mailbox; only who runs the server can mend that"),
        [POP3_CODE_AUTH] = NULL,
        [POP3_CODE_UTF8] = N_("has mail with addresses that it gives only to programs that know UTF-8"),
    };
    return words[code] != NULL ? _(words[code]) : NULL;
}

/* --- SASL --- */
static bool answer_challenge(pop3_client *client, net_signin *signin, const char *challenge, GError **error)
{
    char *answer = NULL;
    if (!net_signin_step(signin, challenge, &answer))
        return pop3_client_send(client, error, "*"); /* RFC 5034 section 4: give up politely; the reason is kept */
    bool is_sent = pop3_client_send_secret(client, "", answer, error);
    net_secret_free(answer);
    return is_sent;
}

/* Without an initial response: servers of RFC 1734 do not know it, and the line would often be too long (255 bytes). *is_begun_out: the server
 * knows the method. False: the connection is finished. */
static bool exchange(pop3_client *client, net_signin *signin, const char *method, struct pop3_reply *reply, bool *is_begun_out,
                     GError **error)
{
    if (!pop3_client_ask(client, reply, error, "AUTH %s", method))
        return false;
    for (unsigned i = 0; i < CHALLENGES_MAX && reply->status == POP3_CONTINUE; i++) {
        bool is_start = i == 0 && net_signin_is_client_first(signin);
        *is_begun_out = true;
        if (!answer_challenge(client, signin, is_start && *reply->text == '\0' ? NULL : reply->text, error) ||
            !pop3_client_read_reply(client, reply, error))
            return false;
    }
    if (reply->status != POP3_CONTINUE)
        return true;
    return pop3_client_fail_reply(client, NET_ERROR_PROTOCOL, _("asks for more and more while signing in"), reply, error);
}

/* --- APOP, USER and PASS --- */
static bool is_one_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static bool check_words(const struct net_credentials *credentials, bool is_user_one_word, GError **error)
{
    bool has_blank = is_user_one_word && strpbrk(credentials->user, " \t") != NULL;
    if (credentials->password != NULL && is_one_line(credentials->user) && is_one_line(credentials->password) && !has_blank)
        return true;
    g_set_error(error, NET_ERROR, NET_ERROR_AUTH, _("The user name or the password has a character that cannot be sent."));
    return false;
}

static bool exchange_apop(pop3_client *client, const struct net_credentials *credentials, struct pop3_reply *reply, GError **error)
{
    g_autoptr(GChecksum) md5 = g_checksum_new(G_CHECKSUM_MD5);
    if (!check_words(credentials, true, error))
        return false;
    g_checksum_update(md5, (const guchar *)client->timestamp, (gssize)strlen(client->timestamp));
    g_checksum_update(md5, (const guchar *)credentials->password, (gssize)strlen(credentials->password));
    g_autofree char *prefix = g_strdup_printf("APOP %s ", credentials->user);
    return pop3_client_send_secret(client, prefix, g_checksum_get_string(md5), error) && pop3_client_read_reply(client, reply, error);
}

static bool exchange_user(pop3_client *client, const struct net_credentials *credentials, struct pop3_reply *reply, GError **error)
{
    if (!check_words(credentials, false, error) || !pop3_client_ask(client, reply, error, "USER %s", credentials->user))
        return false;
    return reply->status != POP3_OK ||
           (pop3_client_send_secret(client, "PASS ", credentials->password, error) && pop3_client_read_reply(client, reply, error));
}

/* --- which way --- */
static bool is_word(const char *auth, const char *word)
{
    return auth != NULL && g_ascii_strcasecmp(auth, word) == 0;
}

/* Over TLS a digest is no gain, and the password itself lets the server keep a better hash: there APOP is only for who asks for it. Old servers do
 * not answer CAPA; others answer and forget to say USER. Where nothing better is offered over TLS there is nothing to lose by trying. */
static GPtrArray *offered_methods(const pop3_client *client, const char *auth)
{
    GPtrArray *offered = g_ptr_array_new();
    bool is_tls = net_stream_is_tls(client->stream), has_sasl = false;
    for (char **name = client->mechanisms; *name != NULL; name++) {
        if (**name != '\0')
            g_ptr_array_add(offered, *name);
        has_sasl = has_sasl || **name != '\0';
    }
    if (client->timestamp != NULL && (!is_tls || is_word(auth, "apop")))
        g_ptr_array_add(offered, (char *)"!APOP");
    if (pop3_client_can(client, POP3_CAN_USER) || !client->has_capa || (is_tls && !has_sasl))
        g_ptr_array_add(offered, (char *)"!USER");
    g_ptr_array_add(offered, NULL);
    return offered;
}

/* What a person can do something about, before the general words. */
static bool check_offer(const pop3_client *client, const char *auth, const GPtrArray *offered, GError **error)
{
    const char *host = net_stream_host(client->stream);
    if (is_word(auth, "apop") && client->timestamp == NULL)
        g_set_error(error, NET_ERROR, NET_ERROR_AUTH,
                    _("%s did not offer APOP in a greeting that can be trusted, and this account asks for it (auth = apop)."), host);
    else if (offered->len == 1 && !net_stream_is_tls(client->stream))
        g_set_error(error, NET_ERROR, NET_ERROR_INSECURE,
                    _("%s lets nobody sign in on this connection, which is not encrypted. The password was not sent."), host);
    else
        return true;
    return false;
}

static bool try_method(pop3_client *client, net_signin *signin, const char *method, const struct net_credentials *credentials,
                       bool *is_in_out, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_begun = *method == '!', is_answered;
    if (strcmp(method, "!APOP") == 0)
        is_answered = exchange_apop(client, credentials, &reply, error);
    else if (strcmp(method, "!USER") == 0)
        is_answered = exchange_user(client, credentials, &reply, error);
    else
        is_answered = exchange(client, signin, method, &reply, &is_begun, error);
    *is_in_out = is_answered && reply.status == POP3_OK;
    if (is_answered && !*is_in_out) {
        g_autofree char *words = pop3_reply_words(&reply);
        client->refusal = refusal_of(&reply);
        if (trouble_words(client->refusal) != NULL)
            is_answered = pop3_client_fail_reply(client, NET_ERROR_REFUSED, trouble_words(client->refusal), &reply, error);
        else
            net_signin_refused(signin, is_begun ? NET_SIGNIN_WRONG : NET_SIGNIN_UNUSABLE, words);
    }
    pop3_reply_clear(&reply);
    return is_answered;
}

static bool sign_in(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    g_autoptr(GPtrArray) offered = offered_methods(client, credentials->auth);
    struct net_credentials own = *credentials;
    /* The password as it is, by whichever command: USER and PASS are no worse than what was asked for. */
    if (is_word(own.auth, "plain") && !g_strv_contains((const char *const *)client->mechanisms, "PLAIN"))
        own.auth = "login";
    g_autoptr(net_signin) signin = net_signin_new(client->stream, "pop", &own, (const char *const *)offered->pdata);
    const char *method;
    if (!check_offer(client, own.auth, offered, error))
        return false;
    while ((method = net_signin_next(signin, error)) != NULL) {
        bool is_in = false;
        if (!try_method(client, signin, method, &own, &is_in, error))
            return false;
        if (!is_in)
            continue;
        client->mechanism = *method == '!' ? method + 1 : method;
        return net_signin_accepted(signin, error);
    }
    return false;
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

/* RFC 6856 section 2: from now on headers may be UTF-8 as they are, instead of being rewritten for us. A refusal costs nothing. */
static bool ask_utf8(pop3_client *client, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_alive = !pop3_client_can(client, POP3_CAN_UTF8) || pop3_client_ask(client, &reply, error, "UTF8");
    pop3_reply_clear(&reply);
    return is_alive;
}

/* RFC 6856 section 3.2: what the server says is shown to the person, so it may say it in her language. A refusal costs nothing. */
static bool ask_language(pop3_client *client, GError **error)
{
    struct pop3_reply reply = { 0 };
    const char *name = g_get_language_names()[0]; /* "de_AT.UTF-8@euro" */
    g_autofree char *tag = g_strndup(name, strcspn(name, ".@"));
    bool is_known = strcmp(tag, "C") != 0 && strcmp(tag, "POSIX") != 0 && *tag != '\0';
    if (!pop3_client_can(client, POP3_CAN_LANG) || !is_known)
        return true;
    bool is_alive = pop3_client_ask(client, &reply, error, "LANG %s", g_strdelimit(tag, "_", '-'));
    pop3_reply_clear(&reply);
    return is_alive;
}

bool pop3_client_login(pop3_client *client, const struct net_credentials *credentials, GError **error)
{
    if (client->state != POP3_AUTHORIZATION) {
        g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
        return false;
    }
    client->refusal = POP3_CODE_NONE;
    net_stream_set_patience(client->stream, POP3_PATIENCE); /* the mailbox is locked and read now */
    net_stream_set_stage(client->stream, POP3_PATIENCE * net_signin_timeout_ms(client->stream));
    bool is_in = ask_language(client, error) && ask_utf8(client, error) && sign_in(client, credentials, error);
    client->state = is_in ? POP3_TRANSACTION : POP3_DEAD;
    is_in = is_in && ask_capabilities(client, error);
    net_stream_set_stage(client->stream, 0);
    net_stream_set_patience(client->stream, 1);
    return is_in;
}
