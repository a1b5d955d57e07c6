/* SPDX-License-Identifier: MIT */
/* One SMTP connection from the greeting to QUIT: a table of states for the way in. smtp_signin.c signs in, smtp_send.c hands messages over. */
#include "net/smtp_client_private.h"
#include "net/log.h"
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

smtp_client *smtp_client_new(net_stream *stream)
{
    smtp_client *client = g_new0(smtp_client, 1);
    client->stream = stream;
    client->parser = smtp_reply_parser_new();
    client->extensions_text = g_strdup("");
    return client;
}

void smtp_client_free(smtp_client *client)
{
    if (client == NULL)
        return;
    net_stream_free(client->stream);
    smtp_reply_parser_free(client->parser);
    g_free(client->greeting);
    g_free(client->extensions_text);
    g_strfreev(client->mechanisms);
    g_free(client);
}

/* --- lines out, replies in --- */
bool smtp_client_command(smtp_client *client, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_assert(strpbrk(line, "\r\n") == NULL); /* ours: every foreign word was checked before */
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    return net_stream_write(client->stream, whole, strlen(whole), error);
}

static bool fail_not_smtp(smtp_client *client, GError **error)
{
    g_autofree char *excerpt = smtp_reply_parser_excerpt(client->parser);
    client->state = SMTP_DEAD;
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s does not answer as a mail server for sending does: \"%s\""),
                net_stream_host(client->stream), excerpt);
    return false;
}

bool smtp_client_read_reply(smtp_client *client, int deadline_s, struct smtp_reply *reply_out, GError **error)
{
    net_stream_set_deadline(client->stream, deadline_s * 1000);
    for (;;) {
        size_t used = 0;
        enum smtp_parse parse =
            smtp_reply_parser_feed(client->parser, client->in + client->in_start, client->in_end - client->in_start, &used, reply_out);
        client->in_start += used;
        if (parse == SMTP_PARSE_BAD)
            return fail_not_smtp(client, error);
        if (parse == SMTP_PARSE_DONE)
            break;
        client->in_start = 0;
        client->in_end = net_stream_read(client->stream, client->in, sizeof client->in, error);
        if (client->in_end == 0) {
            client->state = SMTP_DEAD;
            return false;
        }
    }
    net_stream_set_deadline(client->stream, 0);
    if (reply_out->code == 421) /* RFC 5321 4.2.3: the server closes; it may come at any time */
        client->state = SMTP_DEAD;
    return true;
}

bool smtp_client_has_reply(smtp_client *client)
{
    if (client->in_start < client->in_end)
        return true;
    client->in_start = 0;
    client->in_end =
        net_stream_read_or_wake(client->stream, client->in, sizeof client->in, -1, 0, NULL); /* a failure is met by the next write */
    return client->in_end > 0;
}

bool smtp_client_fail_reply(smtp_client *client, enum net_error code, const char *what, const struct smtp_reply *reply, GError **error)
{
    g_autofree char *words = smtp_reply_words(reply);
    g_set_error(error, NET_ERROR, (gint)code, _("%s %s. It says: %s"), net_stream_host(client->stream), what, words);
    client->state = SMTP_DEAD;
    return false;
}

/* --- extensions --- */
static void take_size(smtp_client *client, const char *parameter)
{
    client->size_limit = g_ascii_isdigit(*parameter) ? g_ascii_strtoull(parameter, NULL, 10) : 0;
}

static void take_auth(smtp_client *client, const char *parameter)
{
    g_autofree char *upper = g_ascii_strup(parameter, -1);
    g_autofree char *all = client->mechanisms != NULL ? g_strjoinv(" ", client->mechanisms) : g_strdup("");
    g_autofree char *joined = g_strconcat(all, " ", upper, NULL);
    g_strfreev(client->mechanisms);
    client->mechanisms = g_strsplit_set(g_strstrip(joined), " \t=", 64);
}

static const struct smtp_extension_row {
    const char *keyword;
    unsigned bit;
    void (*take)(smtp_client *client, const char *parameter);
} extension_rows[] = {
    { "STARTTLS", SMTP_EXTENSION_STARTTLS, NULL },            /* RFC 3207 */
    { "PIPELINING", SMTP_EXTENSION_PIPELINING, NULL },        /* RFC 2920 */
    { "8BITMIME", SMTP_EXTENSION_8BITMIME, NULL },            /* RFC 6152 */
    { "SIZE", SMTP_EXTENSION_SIZE, take_size },               /* RFC 1870 */
    { "AUTH", SMTP_EXTENSION_AUTH, take_auth },               /* RFC 4954; "AUTH=" is what old Exchange and Netscape said */
    { "ENHANCEDSTATUSCODES", SMTP_EXTENSION_ENHANCED, NULL }, /* RFC 2034 */
    { "SMTPUTF8", SMTP_EXTENSION_SMTPUTF8, NULL },            /* RFC 6531 */
    { "CHUNKING", SMTP_EXTENSION_CHUNKING, NULL },            /* RFC 3030 */
    { "DSN", SMTP_EXTENSION_DSN, NULL },                      /* RFC 3461 */
};

static void take_extension(smtp_client *client, const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(extension_rows); i++) {
        const struct smtp_extension_row *row = &extension_rows[i];
        size_t length = strlen(row->keyword);
        if (g_ascii_strncasecmp(line, row->keyword, length) != 0 || (line[length] != '\0' && strchr(" \t=", line[length]) == NULL))
            continue;
        client->extensions |= row->bit;
        if (row->take != NULL)
            row->take(client, line + length + (line[length] != '\0' ? 1 : 0));
    }
}

/* RFC 3207 4.2: what was said before TLS is forgotten. */
static void forget_extensions(smtp_client *client)
{
    client->extensions = 0;
    client->size_limit = 0;
    g_clear_pointer(&client->mechanisms, g_strfreev);
    g_free(client->extensions_text);
    client->extensions_text = g_strdup("");
}

static void take_extensions(smtp_client *client, const char *text)
{
    forget_extensions(client);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (lines[0] == NULL)
        return;
    for (char **line = lines + 1; *line != NULL; line++) /* the first is the server's name */
        take_extension(client, g_strstrip(*line));
    g_free(client->extensions_text);
    client->extensions_text = g_strjoinv(" ", lines + 1);
}

/* --- the way in --- */
/* RFC 5321 4.1.3: we have no name in the DNS, so we say our address as a literal. It is what strict servers accept from a client. */
static char *own_name(const smtp_client *client)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";
    if (getsockname(net_stream_fd(client->stream), (struct sockaddr *)&address, &length) != 0)
        address.ss_family = AF_UNSPEC;
    if (address.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text, sizeof text);
    if (address.ss_family != AF_INET6)
        return g_strdup_printf("[%s]", text);
    const struct in6_addr *six = &((struct sockaddr_in6 *)&address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(six))
        return g_strdup_printf("[%u.%u.%u.%u]", six->s6_addr[12], six->s6_addr[13], six->s6_addr[14], six->s6_addr[15]);
    inet_ntop(AF_INET6, six, text, sizeof text);
    return g_strdup_printf("[IPv6:%s]", text);
}

static bool needs_tls(const smtp_client *client)
{
    return net_stream_endpoint(client->stream)->security == NET_SECURITY_STARTTLS && !net_stream_is_tls(client->stream);
}

static bool took_greeting(smtp_client *client, const struct smtp_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    (void)verdict_out;
    if (reply->code != 220)
        return smtp_client_fail_reply(client, NET_ERROR_REFUSED, _("does not want to talk now"), reply, error);
    g_free(client->greeting);
    client->greeting = g_strdup(reply->text);
    client->state = SMTP_EHLO;
    return true;
}

static bool took_ehlo(smtp_client *client, const struct smtp_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    (void)verdict_out;
    if (smtp_reply_is_ok(reply)) {
        take_extensions(client, reply->text);
        client->state = needs_tls(client) ? SMTP_STARTTLS : SMTP_READY;
        if (client->state == SMTP_READY || (client->extensions & SMTP_EXTENSION_STARTTLS) != 0)
            return true;
        client->state = SMTP_DEAD;
        g_set_error(error, NET_ERROR, NET_ERROR_NO_STARTTLS,
                    _("%s does not offer encryption (STARTTLS), which this account demands. Nothing was sent."),
                    net_stream_host(client->stream));
        return false;
    }
    if (!smtp_reply_is_permanent(reply))
        return smtp_client_fail_reply(client, NET_ERROR_REFUSED, _("does not want to talk now"), reply, error);
    if (needs_tls(client)) /* HELO has no extensions, so no encryption either */
        return smtp_client_fail_reply(client, NET_ERROR_NO_STARTTLS, _("does not offer encryption (STARTTLS), which this account demands"),
                                      reply, error);
    client->state = SMTP_HELO;
    return true;
}

static bool took_helo(smtp_client *client, const struct smtp_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    (void)verdict_out;
    if (!smtp_reply_is_ok(reply))
        return smtp_client_fail_reply(client, NET_ERROR_REFUSED, _("does not want to talk to this computer"), reply, error);
    forget_extensions(client);
    client->state = SMTP_READY;
    return true;
}

static bool took_starttls(smtp_client *client, const struct smtp_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    if (reply->code != 220)
        return smtp_client_fail_reply(client, NET_ERROR_NO_STARTTLS, _("refused to encrypt the connection, which this account demands"),
                                      reply, error);
    forget_extensions(client);
    if (!net_stream_start_tls(client->stream, client->in_end - client->in_start, verdict_out, error)) {
        client->state = SMTP_DEAD;
        return false;
    }
    client->state = SMTP_EHLO;
    return true;
}

static const struct smtp_step {
    const char *command; /* NULL: none; the server speaks first */
    bool has_name;       /* our name follows */
    int deadline_s;      /* RFC 5321 4.5.3.2 */
    bool (*took)(smtp_client *client, const struct smtp_reply *reply, struct net_trust_verdict *verdict_out, GError **error);
} steps[] = {
    [SMTP_GREETING] = { NULL, false, SMTP_GREETING_S, took_greeting },
    [SMTP_EHLO] = { "EHLO", true, SMTP_COMMAND_S, took_ehlo },
    [SMTP_HELO] = { "HELO", true, SMTP_COMMAND_S, took_helo },
    [SMTP_STARTTLS] = { "STARTTLS", false, SMTP_COMMAND_S, took_starttls },
};

/* Answers to what was not asked yet are nobody's but a meddler's (or are a sign that greeting and answers have got out of step). */
static bool fail_guessed(const smtp_client *client, GError **error)
{
    g_set_error(
        error, NET_ERROR, NET_ERROR_NO_STARTTLS,
        _("%s answered before it was asked, and before the connection was encrypted. Somebody may be meddling with the connection, so "
          "it was closed; no password was sent."),
        net_stream_host(client->stream));
    return false;
}

static bool take_step(smtp_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    const struct smtp_step *step = &steps[client->state];
    g_autofree char *name = step->has_name ? own_name(client) : NULL;
    struct smtp_reply reply = { 0 };
    if (needs_tls(client) && client->in_start < client->in_end)
        return fail_guessed(client, error);
    if (step->command != NULL &&
        !smtp_client_command(client, error, "%s%s%s", step->command, name != NULL ? " " : "", name != NULL ? name : ""))
        return false;
    if (!smtp_client_read_reply(client, step->deadline_s, &reply, error))
        return false;
    bool is_taken = reply.code == 421 ? smtp_client_fail_reply(client, NET_ERROR_REFUSED, _("is closing the connection"), &reply, error)
                                      : step->took(client, &reply, verdict_out, error);
    smtp_reply_clear(&reply);
    return is_taken;
}

static bool greet(smtp_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    while (client->state != SMTP_READY) {
        if (client->state == SMTP_DEAD) {
            g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
            return false;
        }
        if (!take_step(client, verdict_out, error)) {
            client->state = SMTP_DEAD;
            return false;
        }
    }
    return true;
}

bool smtp_client_greet(smtp_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    int wished_ms = net_stream_endpoint(client->stream)->greeting_timeout_ms;
    net_stream_set_stage(client->stream, wished_ms > 0 ? SMTP_PATIENCE * wished_ms : SMTP_GREETING_S * 1000);
    bool is_greeted = greet(client, verdict_out, error);
    net_stream_set_stage(client->stream, 0);
    return is_greeted;
}

smtp_client *smtp_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 struct net_trust_verdict *verdict_out, GError **error)
{
    net_stream *stream = net_stream_connect(endpoint, context, verdict_out, error);
    if (stream == NULL)
        return NULL;
    g_autoptr(smtp_client) client = smtp_client_new(stream);
    return smtp_client_greet(client, verdict_out, error) ? g_steal_pointer(&client) : NULL;
}

/* --- questions, goodbye --- */
const char *smtp_client_greeting(const smtp_client *client)
{
    return client->greeting != NULL ? client->greeting : "";
}

const char *smtp_client_extensions(const smtp_client *client)
{
    return client->extensions_text;
}

const char *const *smtp_client_mechanisms(const smtp_client *client)
{
    static const char *const none[] = { NULL };
    return client->mechanisms != NULL ? (const char *const *)client->mechanisms : none;
}

const char *smtp_client_mechanism(const smtp_client *client)
{
    return client->mechanism;
}

uint64_t smtp_client_size_limit(const smtp_client *client)
{
    return client->size_limit;
}

bool smtp_client_takes_8bit(const smtp_client *client)
{
    return (client->extensions & SMTP_EXTENSION_8BITMIME) != 0;
}

bool smtp_client_takes_utf8(const smtp_client *client)
{
    return (client->extensions & SMTP_EXTENSION_SMTPUTF8) != 0;
}

bool smtp_client_is_usable(const smtp_client *client)
{
    return client->state == SMTP_READY;
}

net_stream *smtp_client_stream(smtp_client *client)
{
    return client->stream;
}

void smtp_client_quit(smtp_client *client)
{
    struct smtp_reply reply = { 0 };
    if (client->state == SMTP_DEAD)
        return;
    if (smtp_client_command(client, NULL, "QUIT"))
        smtp_client_read_reply(client, SMTP_QUIT_S, &reply, NULL);
    smtp_reply_clear(&reply);
    client->state = SMTP_DEAD;
}
