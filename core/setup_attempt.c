/* SPDX-License-Identifier: MIT */
/* One server being probed for the wizard: its cells fill in while it runs, and a certificate in doubt becomes a question. */
#include "core/account_endpoint.h"
#include "core/setup_private.h"
#include <poll.h>
#include <string.h>

/* A server that takes longer is not the one we look for; one that a person wrote down, or signs in to, gets its time. */
enum { FIND_CONNECT_MS = 3000, FIND_IO_MS = 3500, PATIENT_CONNECT_MS = 12000, PATIENT_IO_MS = 30000 };

struct setup_row *setup_row_at(const setup *self, guint index)
{
    return self->rows->pdata[index];
}

struct account_server *setup_server_of(setup *self, const struct setup_row *row)
{
    return setup_row_is_incoming(row) ? &self->account->incoming : &self->account->outgoing;
}

bool setup_is_cancelled(const setup *self)
{
    struct pollfd fd = { .fd = self->cancel_fd, .events = POLLIN };
    return poll(&fd, 1, 0) > 0;
}

/* --- telling --- */
void setup_post(setup *self, enum event_type type, int64_t item, int state, const char *words)
{
    const struct event event = { .type = type, .account = self->generation, .item = item, .state = state, .text = (char *)words };
    event_post(self->events, &event);
}

static void set_text(char **field, const char *text)
{
    g_free(*field);
    *field = g_strdup(text != NULL ? text : "");
}

/* Encrypted it is, even if the certificate is not in order. */
static void set_secure(struct setup_row *row, enum setup_state state, const struct net_probe_result *result)
{
    const struct net_trust_verdict *verdict = &result->verdict;
    bool has_certificate = verdict->fingerprint != NULL;
    row->secure = state == SETUP_FAILED && has_certificate ? SETUP_OK : state;
    row->certificate = state == SETUP_FAILED && !has_certificate ? SETUP_SKIPPED : state;
    row->not_after = has_certificate ? verdict->not_after : 0;
    set_text(&row->tls, result->tls_version);
}

static void set_greeting(struct setup_row *row, enum setup_state state, const struct net_probe_result *result)
{
    row->greet = state;
    set_text(&row->greeting, result->greeting);
    set_text(&row->capabilities, result->capabilities);
    set_text(&row->mechanisms, result->mechanisms);
}

static void set_row(struct setup_row *row, enum net_probe_step step, enum setup_state state, const struct net_probe_result *result)
{
    switch (step) {
    case NET_PROBE_CONNECT:
        row->connect = state;
        break;
    case NET_PROBE_SECURE:
        set_secure(row, state, result);
        break;
    case NET_PROBE_GREET:
        set_greeting(row, state, result);
        break;
    case NET_PROBE_LOGIN:
        row->login = state;
        break;
    case NET_PROBE_FOLDERS:
    case NET_PROBE_STEPS:
        break;
    }
}

static void note_step(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    static const enum setup_state states[] = {
        [NET_PROBE_RUNNING] = SETUP_RUNNING,
        [NET_PROBE_OK] = SETUP_OK,
        [NET_PROBE_FAILED] = SETUP_FAILED,
        [NET_PROBE_SKIPPED] = SETUP_SKIPPED,
    };
    struct setup_attempt *attempt = data;
    setup *self = attempt->self;
    pthread_mutex_lock(&self->lock);
    set_row(attempt->row, step, states[state], &attempt->result);
    attempt->row->elapsed_ms += elapsed_ms;
    if (state != NET_PROBE_SKIPPED && *words != '\0')
        set_text(&attempt->row->words, words);
    pthread_mutex_unlock(&self->lock);
    if (state == NET_PROBE_FAILED)
        attempt->failed_at = step;
    setup_post(self, EVENT_SETUP_STEP, (int64_t)attempt->index, state == NET_PROBE_FAILED ? SETUP_FAILED : SETUP_RUNNING, words);
}

/* --- probing --- */
struct net_endpoint setup_endpoint_of(setup *self, const struct setup_row *row, const char *accepted)
{
    struct net_endpoint endpoint = account_endpoint(setup_server_of(self, row), NULL, accepted);
    static const enum net_security securities[] = { NET_SECURITY_TLS, NET_SECURITY_STARTTLS, NET_SECURITY_PLAIN };
    endpoint.host = row->host;
    endpoint.port = row->port;
    endpoint.security = securities[row->security];
    return endpoint;
}

void setup_take_server(struct account_server *server, const struct setup_row *row)
{
    char *host = g_strdup(row->host);
    g_free(server->host);
    server->host = host;
    server->port = row->port;
    server->security = row->security;
    if (row->user != NULL) {
        g_free(server->user);
        server->user = g_strdup(row->user);
    }
    server->protocol = strcmp(row->protocol, "POP3") == 0   ? ACCOUNT_PROTOCOL_POP3
                       : strcmp(row->protocol, "SMTP") == 0 ? ACCOUNT_PROTOCOL_SMTP
                                                            : ACCOUNT_PROTOCOL_IMAP;
}

static bool is_accepted(setup *self, const char *fingerprint)
{
    return fingerprint != NULL && g_ptr_array_find_with_equal_func(self->accepted, fingerprint, g_str_equal, NULL);
}

static void probe_once(struct setup_attempt *attempt, const char *accepted, const struct net_credentials *credentials)
{
    setup *self = attempt->self;
    const struct setup_row *row = attempt->row;
    struct net_endpoint endpoint = setup_endpoint_of(self, row, accepted);
    const struct net_context context = { .cancel_fd = self->cancel_fd, .log_name = "setup" };
    bool is_patient = credentials != NULL || row->is_by_hand;
    endpoint.connect_timeout_ms = is_patient ? PATIENT_CONNECT_MS : FIND_CONNECT_MS;
    endpoint.io_timeout_ms = credentials != NULL ? PATIENT_IO_MS : is_patient ? PATIENT_CONNECT_MS : FIND_IO_MS;
    enum net_protocol protocol = !setup_row_is_incoming(row)          ? NET_PROTOCOL_SMTP
                                 : strcmp(row->protocol, "POP3") == 0 ? NET_PROTOCOL_POP3
                                                                      : NET_PROTOCOL_IMAP;
    net_probe_result_clear(&attempt->result);
    g_clear_error(&attempt->error);
    attempt->is_good = net_probe(protocol, &endpoint, &context, credentials, note_step, attempt, &attempt->result, &attempt->error);
}

/* A certificate the person took already goes into the account only where it is in doubt: elsewhere a pin would refuse good ones. */
void setup_probe_row(struct setup_attempt *attempt, const struct net_credentials *credentials)
{
    probe_once(attempt, NULL, credentials);
    if (!setup_has_doubt(attempt) || !is_accepted(attempt->self, attempt->result.verdict.fingerprint))
        return;
    g_free(attempt->pin);
    attempt->pin = g_strdup(attempt->result.verdict.fingerprint);
    probe_once(attempt, attempt->pin, credentials);
}

void setup_attempt_clear(struct setup_attempt *attempt)
{
    net_probe_result_clear(&attempt->result);
    g_clear_error(&attempt->error);
    g_clear_pointer(&attempt->pin, g_free);
}

/* --- certificates --- */
/* The same certificate may stand before both servers: what was pinned for one is pinned for the other too. */
void setup_keep_certificate(const struct setup_attempt *attempt, struct account_server *server)
{
    if (attempt->pin == NULL)
        return;
    bool is_pinned = g_ptr_array_find_with_equal_func(attempt->self->pinned, attempt->pin, g_str_equal, NULL);
    char **field = is_pinned ? &server->tls_fingerprint : &server->tls_accepted, *old = *field;
    if (account_has_pin(old, attempt->pin))
        return;
    *field = old != NULL ? g_strdup_printf("%s; %s", old, attempt->pin) : g_strdup(attempt->pin);
    g_free(old);
}

bool setup_has_doubt(const struct setup_attempt *attempt)
{
    return g_error_matches(attempt->error, NET_ERROR, NET_ERROR_CERTIFICATE);
}

static struct question *question_of(setup *self, const struct setup_attempt *attempt)
{
    const struct net_trust_verdict *verdict = &attempt->result.verdict;
    struct question *question = g_new0(struct question, 1);
    question->type = QUESTION_CERTIFICATE;
    question->account_id = g_strdup(self->account->id);
    question->account_name = g_strdup(self->account->name);
    question->host = g_strdup(attempt->row->host);
    question->reason = g_strdup(verdict->reason);
    question->fingerprint = g_strdup(verdict->fingerprint);
    question->subject = g_strdup(verdict->subject);
    question->issuer = g_strdup(verdict->issuer);
    question->names = g_strdup(verdict->names);
    question->not_before = verdict->not_before;
    question->not_after = verdict->not_after;
    question->is_alarm = verdict->is_pin_mismatch;
    question->is_outgoing = !setup_row_is_incoming(attempt->row);
    return question;
}

void setup_note_doubt(setup *self, const struct setup_attempt *attempt)
{
    if (self->certificate == NULL && setup_has_doubt(attempt) && attempt->result.verdict.fingerprint != NULL)
        self->certificate = question_of(self, attempt);
}
