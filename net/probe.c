/* SPDX-License-Identifier: MIT */
/* The steps of a probe, the same for each protocol; what differs is a row of functions. */
#include "net/probe.h"
#include "net/clock.h"
#include "net/imap_client.h"
#include "net/pop3_client.h"
#include "net/signin.h"
#include "net/smtp_client.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define FOLDERS_MAX 10000u
#define WEB_MS      2000
#define SILENCE_MS  700 /* longer than a mail server takes to say a word, mostly */

struct probe {
    const struct protocol *protocol;
    const struct net_endpoint *endpoint;
    const struct net_context *context;
    const struct net_credentials *credentials;
    net_probe_report *report;
    void *data;
    struct net_probe_result *result;
    enum net_probe_step step; /* the one under way */
    int64_t began_ms;
    net_stream *stream; /* owned until a client has it */
    imap_client *imap;
    smtp_client *smtp;
    pop3_client *pop3;
};

/* What a protocol does at a step. */
struct protocol {
    void (*open)(struct probe *self); /* takes self->stream */
    net_stream *(*stream)(struct probe *self);
    bool (*greet)(struct probe *self, struct net_trust_verdict *verdict_out, GError **error);
    void (*describe)(struct probe *self); /* greeting, capabilities, mechanisms into the result */
    bool (*login)(struct probe *self, GError **error);
    bool (*folders)(struct probe *self, GError **error); /* NULL: has none */
    void (*close)(struct probe *self);
};

static void free_folder(void *data)
{
    struct net_probe_folder *folder = data;
    g_free(folder->name);
    g_free(folder);
}

void net_probe_result_clear(struct net_probe_result *result)
{
    g_free(result->greeting);
    g_free(result->capabilities);
    g_free(result->mechanism);
    g_free(result->mechanisms);
    g_free(result->tls_version);
    g_free(result->tls_cipher);
    g_clear_pointer(&result->chain, g_ptr_array_unref);
    g_clear_pointer(&result->folders, g_ptr_array_unref);
    net_trust_verdict_clear(&result->verdict);
    memset(result, 0, sizeof *result);
}

/* --- telling --- */
static void tell(struct probe *self, enum net_probe_step step, enum net_probe_state state, const char *words)
{
    if (self->report != NULL)
        self->report(self->data, step, state, (int)MIN(net_clock_ms() - self->began_ms, G_MAXINT), words);
}

static void begin(struct probe *self, enum net_probe_step step)
{
    self->step = step;
    self->began_ms = net_clock_ms();
    tell(self, step, NET_PROBE_RUNNING, "");
}

static bool fail(struct probe *self, GError *failure /* taken */, GError **error)
{
    tell(self, self->step, NET_PROBE_FAILED, failure->message);
    for (int step = (int)self->step + 1; step < NET_PROBE_STEPS; step++)
        tell(self, (enum net_probe_step)step, NET_PROBE_SKIPPED, _("not tried"));
    g_propagate_error(error, failure);
    return false;
}

/* "TLSv1.3, certificate valid until 2027-01-01" */
static char *secure_words(struct probe *self, const net_stream *stream)
{
    g_autoptr(GDateTime) until = g_date_time_new_from_unix_utc(self->result->verdict.not_after);
    g_autofree char *day = until != NULL ? g_date_time_format(until, "%Y-%m-%d") : g_strdup("?");
    return g_strdup_printf(_("%s, certificate valid until %s"), net_stream_tls_version(stream), day);
}

static void tell_secured(struct probe *self, const net_stream *stream)
{
    net_trust_verdict_clear(&self->result->verdict);
    net_stream_certificate(stream, &self->result->verdict);
    self->result->is_secured = true;
    self->result->tls_version = g_strdup(net_stream_tls_version(stream));
    self->result->tls_cipher = g_strdup(net_stream_tls_cipher(stream));
    self->result->chain = net_stream_chain(stream);
    g_autofree char *words = secure_words(self, stream);
    tell(self, NET_PROBE_SECURE, NET_PROBE_OK, words);
}

/* --- IMAP --- */
static void imap_list(void *data, const struct imap_list *list)
{
    struct net_probe_result *result = data;
    if (result->folders->len >= FOLDERS_MAX)
        return;
    struct net_probe_folder *folder = g_new0(struct net_probe_folder, 1);
    *folder = (struct net_probe_folder){ .name = g_strdup(list->mailbox), .attributes = list->attributes, .delimiter = list->delimiter };
    g_ptr_array_add(result->folders, folder);
}

static void imap_open(struct probe *self)
{
    const struct imap_handlers handlers = { .data = self->result, .list = imap_list };
    self->imap = imap_client_new(g_steal_pointer(&self->stream), &handlers);
}

static net_stream *imap_stream(struct probe *self)
{
    return imap_client_stream(self->imap);
}

static bool imap_greet(struct probe *self, struct net_trust_verdict *verdict_out, GError **error)
{
    return imap_client_greet(self->imap, verdict_out, error);
}

static char *imap_mechanisms(const char *capabilities)
{
    g_autoptr(GString) found = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(capabilities != NULL ? capabilities : "", " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (g_ascii_strncasecmp(*word, "AUTH=", 5) == 0)
            g_string_append_printf(found, "%s%s", found->len > 0 ? " " : "", *word + 5);
    }
    return g_strdup(found->str);
}

static void imap_describe(struct probe *self)
{
    const char *capabilities = imap_client_capabilities(self->imap);
    g_free(self->result->capabilities);
    g_free(self->result->greeting);
    self->result->capabilities = g_strdup(capabilities != NULL ? capabilities : "");
    self->result->greeting = g_strdup(imap_client_greeting(self->imap));
    if (self->result->is_signed_in) /* who is in is not told any more how to get in */
        return;
    g_free(self->result->mechanisms);
    self->result->mechanisms = imap_mechanisms(capabilities);
}

static bool imap_login(struct probe *self, GError **error)
{
    if (!imap_client_login(self->imap, self->credentials, error))
        return false;
    self->result->mechanism = g_strdup(imap_client_mechanism(self->imap));
    return true;
}

static bool imap_folders(struct probe *self, GError **error)
{
    struct imap_reply reply = { 0 };
    imap_request request = imap_send_list(self->imap, "", "*");
    if (!imap_wait(self->imap, request, &reply, error))
        return false;
    if (reply.status != IMAP_OK) {
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s did not list its folders. It says: %s"), self->endpoint->host, reply.text);
        return false;
    }
    request = imap_send_select(self->imap, "INBOX", true); /* only looked at: nothing there is marked as seen by us */
    if (!imap_wait(self->imap, request, &reply, error))
        return false;
    if (reply.status != IMAP_OK)
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s did not open the Inbox. It says: %s"), self->endpoint->host, reply.text);
    return reply.status == IMAP_OK;
}

static void imap_close(struct probe *self)
{
    if (self->imap != NULL)
        imap_client_free(self->imap);
}

/* --- SMTP --- */
static void smtp_open(struct probe *self)
{
    self->smtp = smtp_client_new(g_steal_pointer(&self->stream));
}

static net_stream *smtp_stream(struct probe *self)
{
    return smtp_client_stream(self->smtp);
}

static bool smtp_greet(struct probe *self, struct net_trust_verdict *verdict_out, GError **error)
{
    return smtp_client_greet(self->smtp, verdict_out, error);
}

static void smtp_describe(struct probe *self)
{
    self->result->greeting = g_strdup(smtp_client_greeting(self->smtp));
    self->result->capabilities = g_strdup(smtp_client_extensions(self->smtp));
    self->result->mechanisms = g_strjoinv(" ", (char **)smtp_client_mechanisms(self->smtp));
}

static bool smtp_login(struct probe *self, GError **error)
{
    if (!smtp_client_login(self->smtp, self->credentials, error))
        return false;
    self->result->mechanism = g_strdup(smtp_client_mechanism(self->smtp));
    return true;
}

static void smtp_close(struct probe *self)
{
    if (self->smtp != NULL)
        smtp_client_quit(self->smtp);
    smtp_client_free(self->smtp);
}

/* --- POP3 --- */
static void pop3_open(struct probe *self)
{
    self->pop3 = pop3_client_new(g_steal_pointer(&self->stream));
}

static net_stream *pop3_stream(struct probe *self)
{
    return pop3_client_stream(self->pop3);
}

static bool pop3_greet(struct probe *self, struct net_trust_verdict *verdict_out, GError **error)
{
    return pop3_client_greet(self->pop3, verdict_out, error);
}

static void pop3_describe(struct probe *self)
{
    g_free(self->result->greeting);
    g_free(self->result->capabilities);
    self->result->greeting = g_strdup(pop3_client_greeting(self->pop3));
    self->result->capabilities = g_strdup(pop3_client_capabilities(self->pop3));
    if (self->result->is_signed_in)
        return;
    g_free(self->result->mechanisms);
    self->result->mechanisms = pop3_client_methods(self->pop3);
}

static bool pop3_login(struct probe *self, GError **error)
{
    if (!pop3_client_login(self->pop3, self->credentials, error))
        return false;
    self->result->mechanism = g_strdup(pop3_client_mechanism(self->pop3));
    return true;
}

/* It has one folder; that it opens is what counts. */
static bool pop3_folders(struct probe *self, GError **error)
{
    struct pop3_reply reply = { 0 };
    uint32_t count = 0;
    uint64_t bytes = 0;
    if (!pop3_client_ask(self->pop3, &reply, error, "STAT"))
        return false;
    bool is_open = reply.status == POP3_OK;
    g_autofree char *words = pop3_reply_words(&reply);
    if (is_open && pop3_size_parse(reply.text, &count, &bytes))
        self->result->message_count = count;
    pop3_reply_clear(&reply);
    if (!is_open)
        g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s did not open the mailbox. It says: %s"), self->endpoint->host, words);
    return is_open;
}

static void pop3_close(struct probe *self)
{
    if (self->pop3 != NULL && self->result->is_signed_in)
        pop3_client_quit(self->pop3, NULL);
    pop3_client_free(self->pop3);
}

static const struct protocol protocols[] = {
    [NET_PROTOCOL_IMAP] = { imap_open, imap_stream, imap_greet, imap_describe, imap_login, imap_folders, imap_close },
    [NET_PROTOCOL_POP3] = { pop3_open, pop3_stream, pop3_greet, pop3_describe, pop3_login, pop3_folders, pop3_close },
    [NET_PROTOCOL_SMTP] = { smtp_open, smtp_stream, smtp_greet, smtp_describe, smtp_login, NULL, smtp_close },
};

/* --- the steps --- */
static bool step_connect(struct probe *self, GError **error)
{
    GError *failure = NULL;
    begin(self, NET_PROBE_CONNECT);
    self->stream = net_stream_open(self->endpoint, self->context, &failure);
    if (self->stream == NULL)
        return fail(self, failure, error);
    self->result->is_reachable = true;
    tell(self, NET_PROBE_CONNECT, NET_PROBE_OK, net_stream_peer_address(self->stream));
    return true;
}

/* Implicit TLS only; STARTTLS is part of the greeting, plain has nothing to do. */
static bool step_secure(struct probe *self, GError **error)
{
    GError *failure = NULL;
    begin(self, NET_PROBE_SECURE);
    if (self->endpoint->security != NET_SECURITY_TLS)
        return true;
    if (!net_stream_start_tls(self->stream, 0, &self->result->verdict, &failure)) {
        self->result->chain = net_stream_chain(self->stream);
        self->result->is_web = net_stream_has_met_web(self->stream);
        return fail(self, failure, error);
    }
    tell_secured(self, self->stream);
    return true;
}

/* Which step does a failure between greeting and encryption belong to? */
static enum net_probe_step step_of(struct probe *self, const GError *failure)
{
    bool is_starttls = self->endpoint->security == NET_SECURITY_STARTTLS && failure->domain == NET_ERROR;
    const net_stream *stream = self->protocol->stream(self);
    bool is_shaking = net_stream_has_begun_tls(stream) && !net_stream_is_tls(stream);
    bool is_security = is_shaking || failure->code == NET_ERROR_NO_STARTTLS || failure->code == NET_ERROR_TLS ||
                       failure->code == NET_ERROR_CERTIFICATE || failure->code == NET_ERROR_CONFIG;
    return is_starttls && is_security ? NET_PROBE_SECURE : NET_PROBE_GREET;
}

static bool step_greet(struct probe *self, GError **error)
{
    GError *failure = NULL;
    bool is_plain = self->endpoint->security == NET_SECURITY_PLAIN;
    if (is_plain)
        tell(self, NET_PROBE_SECURE, NET_PROBE_SKIPPED, _("not encrypted"));
    if (self->endpoint->security != NET_SECURITY_STARTTLS)
        begin(self, NET_PROBE_GREET);
    self->protocol->open(self);
    if (!self->protocol->greet(self, &self->result->verdict, &failure)) {
        self->step = step_of(self, failure);
        self->result->chain = net_stream_chain(self->protocol->stream(self));
        self->result->is_web = net_stream_has_met_web(self->protocol->stream(self));
        if (self->step == NET_PROBE_GREET && self->endpoint->security == NET_SECURITY_STARTTLS)
            tell(self, NET_PROBE_SECURE, NET_PROBE_SKIPPED, _("not tried"));
        return fail(self, failure, error);
    }
    self->protocol->describe(self);
    if (self->endpoint->security == NET_SECURITY_STARTTLS)
        tell_secured(self, self->protocol->stream(self));
    bool has_greeting = self->result->greeting != NULL && *self->result->greeting != '\0';
    tell(self, NET_PROBE_GREET, NET_PROBE_OK, has_greeting ? self->result->greeting : self->result->capabilities);
    return true;
}

static bool has_user(const struct probe *self)
{
    return self->credentials != NULL && self->credentials->user != NULL && *self->credentials->user != '\0';
}

static void disconnect(struct probe *self)
{
    self->protocol->close(self);
    g_clear_pointer(&self->stream, net_stream_free);
    self->imap = NULL;
    self->smtp = NULL;
    self->pop3 = NULL;
}

/* What was found is known; this is only for the sign-in. */
static bool connect_again(struct probe *self, GError **error)
{
    struct net_trust_verdict verdict = { 0 };
    disconnect(self);
    self->stream = net_stream_open(self->endpoint, self->context, error);
    bool is_ok =
        self->stream != NULL && (self->endpoint->security != NET_SECURITY_TLS || net_stream_start_tls(self->stream, 0, &verdict, error));
    if (is_ok) {
        self->protocol->open(self);
        is_ok = self->protocol->greet(self, &verdict, error);
    }
    net_trust_verdict_clear(&verdict);
    return is_ok;
}

static bool sign_in(struct probe *self, GError **error)
{
    unsigned lessons = net_signin_lessons();
    GError *failure = NULL;
    if (self->protocol->login(self, &failure))
        return true;
    if (lessons == net_signin_lessons()) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    g_clear_pointer(&self->result->mechanism, g_free);
    return connect_again(self, error) && self->protocol->login(self, error);
}

static bool step_login(struct probe *self, GError **error)
{
    GError *failure = NULL;
    if (!has_user(self)) {
        tell(self, NET_PROBE_LOGIN, NET_PROBE_SKIPPED, self->credentials != NULL ? _("no user is set") : _("not tried"));
        return true;
    }
    begin(self, NET_PROBE_LOGIN);
    if (!sign_in(self, &failure))
        return fail(self, failure, error);
    self->result->is_signed_in = true;
    if (self->protocol->folders != NULL) /* IMAP servers say more after the sign-in */
        self->protocol->describe(self);
    tell(self, NET_PROBE_LOGIN, NET_PROBE_OK, self->result->mechanism != NULL ? self->result->mechanism : "");
    return true;
}

static bool step_folders(struct probe *self, GError **error)
{
    GError *failure = NULL;
    if (!self->result->is_signed_in || self->protocol->folders == NULL) {
        tell(self, NET_PROBE_FOLDERS, NET_PROBE_SKIPPED, self->protocol->folders == NULL ? _("sending has no folders") : _("not tried"));
        return true;
    }
    begin(self, NET_PROBE_FOLDERS);
    if (!self->protocol->folders(self, &failure))
        return fail(self, failure, error);
    guint count = self->result->folders->len;
    uint32_t messages = (uint32_t)self->result->message_count;
    g_autofree char *words = self->pop3 != NULL
                                 ? g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u message", "%u messages", messages), messages)
                                 : g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u folder", "%u folders", count), count);
    tell(self, NET_PROBE_FOLDERS, NET_PROBE_OK, words);
    return true;
}

bool net_probe(enum net_protocol protocol, const struct net_endpoint *endpoint, const struct net_context *context,
               const struct net_credentials *credentials, net_probe_report *report, void *data, struct net_probe_result *result_out,
               GError **error)
{
    *result_out = (struct net_probe_result){ .folders = g_ptr_array_new_with_free_func(free_folder) };
    struct probe self = {
        .protocol = &protocols[protocol],
        .endpoint = endpoint,
        .context = context,
        .credentials = credentials,
        .report = report,
        .data = data,
        .result = result_out,
    };
    bool is_good = step_connect(&self, error) && step_secure(&self, error) && step_greet(&self, error) && step_login(&self, error) &&
                   step_folders(&self, error);
    disconnect(&self);
    return is_good;
}

bool net_probe_is_web(const struct net_endpoint *endpoint, const struct net_context *context)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    struct net_endpoint plain = *endpoint;
    char start[16];
    plain.security = NET_SECURITY_PLAIN;
    plain.connect_timeout_ms = plain.io_timeout_ms = WEB_MS;
    g_autoptr(GError) why = NULL;
    g_autoptr(net_stream) stream = net_stream_open(&plain, context, NULL);
    /* A mail server speaks first, a web server never: who has said a word, or hung up, is not asked. */
    if (stream == NULL || net_stream_read_or_wake(stream, start, sizeof start, -1, SILENCE_MS, &why) > 0 || why != NULL)
        return stream != NULL && net_stream_has_met_web(stream);
    if (!net_stream_write(stream, request, strlen(request), NULL) || !net_stream_flush(stream, NULL))
        return false;
    net_stream_set_deadline(stream, WEB_MS);
    net_stream_read(stream, start, sizeof start, NULL); /* refuses what is no mail server's, and remembers why */
    return net_stream_has_met_web(stream);
}
