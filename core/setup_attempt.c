/* SPDX-License-Identifier: MIT */
/* One server being probed for the wizard: its cells fill in while it runs, and a certificate in doubt becomes a question. */
#include "core/account_endpoint.h"
#include "core/setup_private.h"
#include <poll.h>
#include <string.h>

/* A server that takes longer is not the one we look for; one that a person wrote down, or signs in to, gets its time. */
enum { FIND_CONNECT_MS = 3000, FIND_IO_MS = 4000, PATIENT_CONNECT_MS = 12000, PATIENT_IO_MS = 30000 };

struct setup_row *setup_row_at(const setup *self, guint index)
{
    return self->rows->pdata[index];
}

struct account_server *setup_server_of(setup *self, guint index)
{
    return setup_row_is_incoming(setup_row_at(self, index)) ? &self->account->incoming : &self->account->outgoing;
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

static void set_row(struct setup_row *row, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    static const enum setup_state states[] = {
        [NET_PROBE_RUNNING] = SETUP_RUNNING,
        [NET_PROBE_OK] = SETUP_OK,
        [NET_PROBE_FAILED] = SETUP_FAILED,
        [NET_PROBE_SKIPPED] = SETUP_SKIPPED,
    };
    enum setup_state *cell = step == NET_PROBE_CONNECT ? &row->connect : step == NET_PROBE_SECURE ? &row->secure : &row->login;
    bool is_greeting = step == NET_PROBE_GREET && state != NET_PROBE_FAILED; /* has no cell of its own */
    if (!is_greeting && step != NET_PROBE_FOLDERS)
        *cell = states[state];
    row->elapsed_ms += elapsed_ms;
    if (state == NET_PROBE_SKIPPED || *words == '\0')
        return;
    g_free(row->words);
    row->words = g_strdup(words);
}

static void note_step(void *data, enum net_probe_step step, enum net_probe_state state, int elapsed_ms, const char *words)
{
    struct setup_attempt *attempt = data;
    setup *self = attempt->self;
    pthread_mutex_lock(&self->lock);
    set_row(setup_row_at(self, attempt->index), step, state, elapsed_ms, words);
    pthread_mutex_unlock(&self->lock);
    if (state == NET_PROBE_FAILED)
        attempt->failed_at = step;
    setup_post(self, EVENT_SETUP_STEP, (int64_t)attempt->index, state == NET_PROBE_FAILED ? SETUP_FAILED : SETUP_RUNNING, words);
}

/* --- probing --- */
static struct net_endpoint endpoint_of(setup *self, guint index, const char *accepted)
{
    const struct setup_row *row = setup_row_at(self, index);
    struct net_endpoint endpoint =
        account_endpoint(setup_server_of(self, index), NULL, accepted); /* CA file, pin, certificate of what a person wrote down */
    static const enum net_security securities[] = { NET_SECURITY_TLS, NET_SECURITY_STARTTLS, NET_SECURITY_PLAIN };
    endpoint.host = row->host;
    endpoint.port = row->port;
    endpoint.security = securities[row->security];
    return endpoint;
}

static bool is_accepted(setup *self, const char *fingerprint)
{
    return fingerprint != NULL && g_ptr_array_find_with_equal_func(self->accepted, fingerprint, g_str_equal, NULL);
}

static void probe_once(struct setup_attempt *attempt, const char *accepted, const struct net_credentials *credentials)
{
    setup *self = attempt->self;
    const struct setup_row *row = setup_row_at(self, attempt->index);
    struct net_endpoint endpoint = endpoint_of(self, attempt->index, accepted);
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
    question->host = g_strdup(setup_row_at(self, attempt->index)->host);
    question->reason = g_strdup(verdict->reason);
    question->fingerprint = g_strdup(verdict->fingerprint);
    question->subject = g_strdup(verdict->subject);
    question->issuer = g_strdup(verdict->issuer);
    question->names = g_strdup(verdict->names);
    question->not_before = verdict->not_before;
    question->not_after = verdict->not_after;
    question->is_alarm = verdict->is_pin_mismatch;
    question->is_outgoing = !setup_row_is_incoming(setup_row_at(self, attempt->index));
    return question;
}

void setup_note_doubt(setup *self, const struct setup_attempt *attempt)
{
    if (self->certificate == NULL && setup_has_doubt(attempt) && attempt->result.verdict.fingerprint != NULL)
        self->certificate = question_of(self, attempt);
}
