/* SPDX-License-Identifier: MIT */
/* One POP3 connection: lines out, answers in, and a table of states for the way in. Signing in is in pop3_signin.c. */
#include "net/pop3_client_private.h"
#include "net/limits.h"
#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>

#define READ_BYTES (64u * 1024u)
/* Requests under way: their answers wait in the network, and no server has to read more than a kilobyte before it may write. */
/* It grows by one with each answer: a peer that hangs up on requests it has not read takes away what it had sent, too (RST), and a line that is
 * cut early must bring something all the same. */
#define WINDOW_FIRST 4u
#define WINDOW       128u
#define SEND_EVERY   16u /* so that the server need not wait while the answers that are here already are worked through */

pop3_client *pop3_client_new(net_stream *stream)
{
    pop3_client *client = g_new0(pop3_client, 1);
    client->stream = stream;
    client->in = g_malloc(READ_BYTES);
    pop3_capabilities_forget(client);
    net_stream_set_own_log(stream);
    return client;
}

void pop3_client_free(pop3_client *client)
{
    if (client == NULL)
        return;
    net_stream_free(client->stream);
    pop3_line_clear(&client->line);
    g_free(client->in);
    g_free(client->greeting);
    g_free(client->timestamp);
    g_free(client->capabilities_text);
    g_strfreev(client->mechanisms);
    g_free(client);
}

/* --- lines out --- */
__attribute__((format(printf, 2, 0))) static bool send_line(pop3_client *client, const char *format, va_list arguments, GError **error)
{
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    g_assert(strpbrk(line, "\r\n") == NULL); /* ours: every foreign word was checked before */
    g_autofree char *whole = g_strconcat(line, "\r\n", NULL);
    client->due++;
    client->requests++;
    return net_stream_write(client->stream, whole, strlen(whole), error) &&
           (client->requests % SEND_EVERY != 0 || net_stream_flush(client->stream, error));
}

bool pop3_client_send(pop3_client *client, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool is_sent = send_line(client, format, arguments, error);
    va_end(arguments);
    return is_sent;
}

bool pop3_client_send_secret(pop3_client *client, const char *prefix, const char *secret, GError **error)
{
    g_autoptr(GString) whole = g_string_sized_new(strlen(secret) + 3);
    g_string_append(whole, secret); /* not by printf: its buffers are not wiped */
    g_string_append(whole, "\r\n");
    client->due++;
    bool is_sent = (*prefix == '\0' || net_stream_write(client->stream, prefix, strlen(prefix), error)) &&
                   net_stream_write_secret(client->stream, whole->str, whole->len, error);
    explicit_bzero(whole->str, whole->len);
    return is_sent;
}

unsigned pop3_client_window(const pop3_client *client)
{
    if ((client->capabilities & POP3_CAN_PIPELINING) == 0)
        return 1;
    return MIN(WINDOW_FIRST + client->answers, WINDOW);
}

void pop3_client_forgo_pipelining(pop3_client *client)
{
    client->capabilities &= ~(unsigned)POP3_CAN_PIPELINING;
}

unsigned pop3_client_answers(const pop3_client *client)
{
    return client->answers;
}

/* --- answers in --- */
static bool fill(pop3_client *client, GError **error)
{
    client->in_start = 0;
    client->in_end = net_stream_read(client->stream, client->in, READ_BYTES, error);
    if (client->in_end > 0)
        return true;
    client->state = POP3_DEAD;
    return false;
}

static bool fail_not_pop3(pop3_client *client, GError **error)
{
    g_autofree char *cut = g_strndup(client->line.text->str, MIN(client->line.text->len, 80));
    g_autofree char *excerpt = g_strescape(cut, NULL);
    client->state = POP3_DEAD;
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s does not answer as a POP3 server does: \"%s\""),
                net_stream_host(client->stream), excerpt);
    return false;
}

static bool fail_dead(pop3_client *client, GError **error)
{
    g_set_error(error, NET_ERROR, NET_ERROR_CLOSED, _("The connection to %s is closed."), net_stream_host(client->stream));
    return false;
}

static bool read_line(pop3_client *client, GError **error)
{
    for (;;) {
        size_t used = 0;
        if (client->in_start == client->in_end && !fill(client, error))
            return false;
        enum pop3_parse parse = pop3_line_feed(&client->line, client->in + client->in_start, client->in_end - client->in_start, &used);
        client->in_start += used;
        if (parse == POP3_PARSE_BAD)
            return fail_not_pop3(client, error);
        if (parse == POP3_PARSE_DONE)
            return true;
    }
}

bool pop3_client_read_reply(pop3_client *client, struct pop3_reply *reply_out, GError **error)
{
    pop3_reply_clear(reply_out);
    if (client->state == POP3_DEAD)
        return fail_dead(client, error);
    net_stream_set_deadline(client->stream, POP3_COMMAND_S * 1000);
    if (!read_line(client, error))
        return false;
    net_stream_set_deadline(client->stream, 0);
    net_stream_log_received(client->stream, client->line.text->str, client->line.text->len);
    if (!pop3_reply_parse(client->line.text->str, client->line.text->len, reply_out))
        return fail_not_pop3(client, error);
    reply_out->is_bare_lf = client->is_last_bare_lf = client->line.is_bare_lf;
    client->due -= client->due > 0 ? 1 : 0;
    client->answers++;
    return true;
}

bool pop3_client_read_text(pop3_client *client, pop3_take *take, void *data, GError **error)
{
    g_autoptr(GString) decoded = g_string_sized_new(READ_BYTES);
    struct pop3_text text;
    uint64_t total = 0;
    enum pop3_parse parse = POP3_PARSE_MORE;
    if (client->state == POP3_DEAD)
        return fail_dead(client, error);
    pop3_text_begin(&text, client->is_last_bare_lf);
    while (parse != POP3_PARSE_DONE) {
        size_t used = 0;
        if (client->in_start == client->in_end && !fill(client, error))
            return false;
        g_string_truncate(decoded, 0);
        parse = pop3_text_feed(&text, client->in + client->in_start, client->in_end - client->in_start, &used, decoded);
        client->in_start += used;
        total += used;
        if (decoded->len > 0 && !take(data, decoded->str, decoded->len, error)) {
            client->state = POP3_DEAD;
            return false;
        }
    }
    net_stream_log_mail(client->stream, total);
    return true;
}

struct lines {
    GString *line;
    const char *host;
    uint64_t left; /* of the listing */
    bool is_too_long;
    pop3_take_line *take;
    void *data;
};

static void append_part(struct lines *lines, const char *bytes, size_t length)
{
    lines->is_too_long = lines->is_too_long || lines->line->len + length > net_limits.pop3_line_bytes;
    if (!lines->is_too_long)
        g_string_append_len(lines->line, bytes, (gssize)length);
}

static bool cut_lines(void *data, const char *bytes, size_t length, GError **error)
{
    struct lines *lines = data;
    if (length > lines->left) {
        g_set_error(error, NET_ERROR, NET_ERROR_LIMIT, _("%s sent a list without end, so the connection was closed."), lines->host);
        return false;
    }
    lines->left -= length;
    const char *at = bytes, *end = bytes + length, *stop;
    while ((stop = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        append_part(lines, at, (size_t)(stop - at));
        if (!lines->is_too_long && memchr(lines->line->str, '\0', lines->line->len) == NULL)
            lines->take(lines->data, lines->line->str);
        g_string_truncate(lines->line, 0);
        lines->is_too_long = false;
        at = stop + 1;
    }
    append_part(lines, at, (size_t)(end - at));
    return true;
}

bool pop3_client_read_list(pop3_client *client, uint64_t bytes_max, pop3_take_line *take, void *data, GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    struct lines lines = { .line = line, .host = net_stream_host(client->stream), .left = bytes_max, .take = take, .data = data };
    return pop3_client_read_text(client, cut_lines, &lines, error);
}

bool pop3_client_read_lines(pop3_client *client, pop3_take_line *take, void *data, GError **error)
{
    return pop3_client_read_list(client, net_limits.pop3_listing_bytes, take, data, error);
}

bool pop3_client_ask(pop3_client *client, struct pop3_reply *reply_out, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool is_sent = send_line(client, format, arguments, error);
    va_end(arguments);
    return is_sent && pop3_client_read_reply(client, reply_out, error);
}

bool pop3_client_fail_reply(pop3_client *client, enum net_error code, const char *what, const struct pop3_reply *reply, GError **error)
{
    g_autofree char *words = pop3_reply_words(reply);
    g_set_error(error, NET_ERROR, (gint)code, _("%s %s. It says: %s"), net_stream_host(client->stream), what, words);
    client->state = POP3_DEAD;
    return false;
}

/* --- the way in --- */
static bool needs_tls(const pop3_client *client)
{
    return net_stream_endpoint(client->stream)->security == NET_SECURITY_STARTTLS && !net_stream_is_tls(client->stream);
}

static bool took_greeting(pop3_client *client, const struct pop3_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    (void)verdict_out;
    if (reply->status != POP3_OK)
        return pop3_client_fail_reply(client, NET_ERROR_REFUSED, _("does not want to talk now"), reply, error);
    client->greeting = pop3_reply_words(reply);
    client->timestamp = pop3_timestamp_find(reply->text);
    client->state = POP3_CAPA;
    return true;
}

static bool fail_no_stls(pop3_client *client, GError **error)
{
    client->state = POP3_DEAD;
    g_set_error(error, NET_ERROR, NET_ERROR_NO_STARTTLS,
                _("%s does not offer encryption (STLS), which this account demands. Nothing was sent."), net_stream_host(client->stream));
    return false;
}

static bool took_capa(pop3_client *client, const struct pop3_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    (void)verdict_out;
    if (reply->status == POP3_OK && !pop3_capabilities_read(client, error))
        return false;
    if (!needs_tls(client)) {
        client->state = POP3_AUTHORIZATION;
        return true;
    }
    if (!pop3_client_can(client, POP3_CAN_STLS))
        return fail_no_stls(client, error);
    client->state = POP3_STLS;
    return true;
}

/* What was said before TLS is forgotten, the timestamp too: anybody may have written it (RFC 2595 section 4). */
static bool took_stls(pop3_client *client, const struct pop3_reply *reply, struct net_trust_verdict *verdict_out, GError **error)
{
    if (reply->status != POP3_OK)
        return pop3_client_fail_reply(client, NET_ERROR_NO_STARTTLS, _("refused to encrypt the connection, which this account demands"),
                                      reply, error);
    pop3_capabilities_forget(client);
    g_clear_pointer(&client->timestamp, g_free);
    g_clear_pointer(&client->greeting, g_free);
    if (!net_stream_start_tls(client->stream, client->in_end - client->in_start, verdict_out, error)) {
        client->state = POP3_DEAD;
        return false;
    }
    client->state = POP3_CAPA;
    return true;
}

static const struct pop3_step {
    const char *command; /* NULL: none; the server speaks first */
    bool (*took)(pop3_client *client, const struct pop3_reply *reply, struct net_trust_verdict *verdict_out, GError **error);
} steps[] = {
    [POP3_GREETING] = { NULL, took_greeting },
    [POP3_CAPA] = { "CAPA", took_capa },
    [POP3_STLS] = { "STLS", took_stls },
};

/* Answers to what was not asked yet are nobody's but a meddler's (or are a sign that greeting and answers have got out of step). */
static bool fail_guessed(const pop3_client *client, GError **error)
{
    g_set_error(
        error, NET_ERROR, NET_ERROR_NO_STARTTLS,
        _("%s answered before it was asked, and before the connection was encrypted. Somebody may be meddling with the connection, so "
          "it was closed; no password was sent."),
        net_stream_host(client->stream));
    return false;
}

static bool take_step(pop3_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    const struct pop3_step *step = &steps[client->state];
    struct pop3_reply reply = { 0 };
    if (needs_tls(client) && client->in_start < client->in_end)
        return fail_guessed(client, error);
    if (step->command != NULL && !pop3_client_send(client, error, "%s", step->command))
        return false;
    bool is_taken = pop3_client_read_reply(client, &reply, error);
    if (is_taken && reply.status == POP3_CONTINUE) /* only a sign-in is gone on with */
        is_taken = fail_not_pop3(client, error);
    is_taken = is_taken && step->took(client, &reply, verdict_out, error);
    pop3_reply_clear(&reply);
    return is_taken;
}

static bool greet(pop3_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    while (client->state < POP3_AUTHORIZATION) {
        if (take_step(client, verdict_out, error))
            continue;
        client->state = POP3_DEAD;
        return false;
    }
    return client->state != POP3_DEAD || fail_dead(client, error);
}

bool pop3_client_greet(pop3_client *client, struct net_trust_verdict *verdict_out, GError **error)
{
    int wished_ms = net_stream_endpoint(client->stream)->greeting_timeout_ms;
    net_stream_set_stage(client->stream, wished_ms > 0 ? wished_ms : POP3_GREETING_S * 1000);
    bool is_greeted = greet(client, verdict_out, error);
    net_stream_set_stage(client->stream, 0);
    return is_greeted;
}

pop3_client *pop3_client_connect(const struct net_endpoint *endpoint, const struct net_context *context,
                                 struct net_trust_verdict *verdict_out, GError **error)
{
    net_stream *stream = net_stream_connect(endpoint, context, verdict_out, error);
    if (stream == NULL)
        return NULL;
    g_autoptr(pop3_client) client = pop3_client_new(stream);
    return pop3_client_greet(client, verdict_out, error) ? g_steal_pointer(&client) : NULL;
}

/* --- goodbye --- */
bool pop3_client_quit(pop3_client *client, GError **error)
{
    struct pop3_reply reply = { 0 };
    if (client->state == POP3_DEAD)
        return fail_dead(client, error);
    net_stream_set_patience(client->stream, POP3_PATIENCE); /* an mbox is rewritten now */
    bool is_done = pop3_client_ask(client, &reply, error, "QUIT");
    if (is_done && reply.status != POP3_OK)
        is_done = pop3_client_fail_reply(client, NET_ERROR_REFUSED, _("did not delete everything it was asked to"), &reply, error);
    pop3_reply_clear(&reply);
    client->state = POP3_DEAD;
    return is_done;
}

/* --- questions --- */
bool pop3_client_can(const pop3_client *client, enum pop3_capability capability)
{
    return (client->capabilities & (unsigned)capability) != 0;
}

bool pop3_client_has_capa(const pop3_client *client)
{
    return client->has_capa;
}

const char *pop3_client_capabilities(const pop3_client *client)
{
    return client->capabilities_text;
}

const char *const *pop3_client_mechanisms(const pop3_client *client)
{
    return (const char *const *)client->mechanisms;
}

char *pop3_client_methods(const pop3_client *client)
{
    g_autofree char *sasl = g_strjoinv(" ", client->mechanisms);
    bool has_user = pop3_client_can(client, POP3_CAN_USER) || !client->has_capa;
    g_autofree char *all = g_strdup_printf("%s%s%s", sasl, has_user ? " USER" : "", client->timestamp != NULL ? " APOP" : "");
    return g_strdup(g_strstrip(all));
}

const char *pop3_client_mechanism(const pop3_client *client)
{
    return client->mechanism;
}

const char *pop3_client_greeting(const pop3_client *client)
{
    return client->greeting != NULL ? client->greeting : "";
}

int pop3_client_login_delay_s(const pop3_client *client)
{
    return client->login_delay_s;
}

enum pop3_code pop3_client_refusal(const pop3_client *client)
{
    return client->refusal;
}

net_stream *pop3_client_stream(pop3_client *client)
{
    return client->stream;
}
