/* SPDX-License-Identifier: MIT */
/* One message over SMTP: a connection, kept for the next one, and the form of the message that the server can carry. */
#include "core/account_endpoint.h"
#include "core/message_downgrade.h"
#include "core/oauth_account.h"
#include "core/outbox_worker_private.h"
#include "core/signin_memory.h"
#include "net/signin.h"
#include "net/smtp_dsn.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct outbox_session {
    smtp_client *client; /* NULL: none */
};

outbox_session *outbox_session_new(void)
{
    return g_new0(outbox_session, 1);
}

void outbox_session_close(outbox_session *self)
{
    if (self->client != NULL)
        smtp_client_quit(self->client);
    g_clear_pointer(&self->client, smtp_client_free);
}

void outbox_session_free(outbox_session *self)
{
    if (self == NULL)
        return;
    outbox_session_close(self);
    g_free(self);
}

/* --- a connection --- */
static void tell(const struct outbox_job *job, char *words /* taken */)
{
    if (job->notice == NULL || words == NULL || *job->notice != NULL)
        g_free(words);
    else
        *job->notice = words;
}

static smtp_client *connect_once(const struct outbox_job *job, struct net_trust_verdict *verdict_out, GError **error)
{
    const struct account_server *server = &job->account->outgoing;
    const struct net_endpoint endpoint = account_endpoint(server, job->settings, job->pins);
    g_autofree char *last = signin_memory_last(job->store, job->account->id, true);
    const struct net_credentials credentials = { .user = server->user,
                                                 .password = job->password,
                                                 .auth = server->auth,
                                                 .last = last,
                                                 .token = oauth_account_is(job->account) ? job->password : NULL };
    g_autoptr(smtp_client) client = smtp_client_connect(&endpoint, job->context, verdict_out, error);
    if (client == NULL || !smtp_client_login(client, &credentials, error))
        return NULL;
    tell(job, signin_memory_note(job->store, job->account->id, true, server->host, smtp_client_mechanism(client)));
    return g_steal_pointer(&client);
}

/* Once more where a server hung up over a way to sign in that it will not be shown again. */
static smtp_client *connect_smtp(const struct outbox_job *job, struct net_trust_verdict *verdict_out, GError **error)
{
    unsigned lessons = net_signin_lessons();
    GError *why = NULL;
    smtp_client *client = connect_once(job, verdict_out, &why);
    if (client == NULL && lessons != net_signin_lessons() && !g_error_matches(why, NET_ERROR, NET_ERROR_AUTH)) {
        g_clear_error(&why);
        net_trust_verdict_clear(verdict_out);
        client = connect_once(job, verdict_out, &why);
    }
    if (why != NULL)
        g_propagate_error(error, why);
    return client;
}

/* *is_kept_out: it has served a message before; the server may have gone away meanwhile. */
static smtp_client *take_client(const struct outbox_run *run, bool *is_kept_out, struct net_trust_verdict *verdict_out, GError **error)
{
    outbox_session *session = run->job->session;
    *is_kept_out = session != NULL && session->client != NULL && smtp_client_is_usable(session->client);
    if (*is_kept_out)
        return g_steal_pointer(&session->client);
    if (session != NULL)
        g_clear_pointer(&session->client, smtp_client_free);
    return connect_smtp(run->job, verdict_out, error);
}

static void give_client(const struct outbox_run *run, smtp_client *client /* taken */)
{
    if (run->job->session != NULL && smtp_client_is_usable(client)) {
        run->job->session->client = client;
        return;
    }
    smtp_client_quit(client);
    smtp_client_free(client);
}

/* --- a message --- */
static bool begin_data(const struct smtp_result *so_far, void *data, GError **error)
{
    return outbox_run_begin_data(data, so_far, error);
}

static bool tell_progress(uint64_t done, uint64_t total, void *data)
{
    const struct outbox_run *run = data;
    return run->job->progress == NULL || run->job->progress(done, total, run->job->progress_data);
}

static struct smtp_envelope envelope_of(const struct outbox_run *run, const struct message_form *form)
{
    const struct outbox_item *item = run->item;
    const struct settings *settings = run->job->settings;
    struct smtp_envelope envelope = { .sender = item->sender,
                                      .recipients = run->recipients,
                                      .is_8bit = form->is_8bit,
                                      .has_utf8_headers = form->has_utf8_headers,
                                      .avoids_chunking = item->attempts > 0,
                                      .notice_id = item->notice_id,
                                      .answer_timeout_ms = settings != NULL ? settings->send_answer_timeout_s * 1000 : 0 };
    if (item->notify != NULL)
        smtp_dsn_parse_notify(item->notify, &envelope.notify); /* was checked when it was submitted */
    if (item->notice_returns != NULL)
        envelope.notice_returns = g_ascii_strcasecmp(item->notice_returns, "full") == 0 ? SMTP_RETURN_FULL : SMTP_RETURN_HEADERS;
    return envelope;
}

static bool hand_over(const struct outbox_run *run, smtp_client *client, const struct message_form *form, struct smtp_result *result_out,
                      GError **error)
{
    const struct smtp_envelope envelope = envelope_of(run, form);
    const struct smtp_watch watch = { .before_data = begin_data, .progress = tell_progress, .data = (void *)run };
    if (!smtp_client_send(client, &envelope, form->fd, form->size, &watch, result_out, error))
        return false;
    if (result_out->is_notice_left_out)
        tell(run->job, g_strdup_printf(_("%s cannot report about deliveries (DSN): the message went out without the wish for it."),
                                       run->job->account->outgoing.host));
    return true;
}

static bool settle_break(const struct outbox_run *run, enum outbox_break where, GError *failure /* taken */, GError **error)
{
    return outbox_run_settle_broken(run, where, failure, error);
}

/* What this server cannot carry in any form goes back to the person, before a word of it is said. */
static bool refuse_form(const struct outbox_run *run, smtp_client *client /* taken */, GError *why /* taken */, GError **error)
{
    bool is_done = outbox_run_settle_all(run, OUTBOX_FATE_REFUSED, why->message, error);
    give_client(run, client);
    g_error_free(why);
    return is_done;
}

/* *is_again_out: nothing was sent and a new connection does better. */
static bool try_once(const struct outbox_run *run, bool may_repeat, bool *is_again_out, struct net_trust_verdict *verdict_out,
                     GError **error)
{
    bool is_kept = false;
    GError *failure = NULL;
    struct message_form form;
    struct smtp_result result;
    smtp_client *client = take_client(run, &is_kept, verdict_out, &failure);
    if (client == NULL)
        return settle_break(run, OUTBOX_BREAK_BEFORE, failure, error);
    if (!message_form_make(run->fd, run->size, smtp_client_takes_8bit(client), smtp_client_takes_utf8(client), &form, &failure)) {
        message_form_clear(&form);
        return refuse_form(run, client, failure, error);
    }
    bool is_sent = hand_over(run, client, &form, &result, &failure), is_good;
    message_form_clear(&form);
    *is_again_out = !is_sent && may_repeat && result.outcome == SMTP_NOT_SENT && (result.is_worth_repeating || is_kept) &&
                    !g_error_matches(failure, NET_ERROR, NET_ERROR_CANCELLED);
    if (is_sent)
        is_good = outbox_run_settle(run, &result, error);
    else if (*is_again_out)
        is_good = (g_clear_error(&failure), true);
    else
        is_good = settle_break(run, result.outcome == SMTP_IN_DOUBT ? OUTBOX_BREAK_DOUBT : OUTBOX_BREAK_WITHIN, failure, error);
    smtp_result_clear(&result);
    give_client(run, client);
    return is_good;
}

bool outbox_smtp_send(const struct outbox_run *self, struct net_trust_verdict *verdict_out, GError **error)
{
    bool is_again = false;
    bool is_good = try_once(self, true, &is_again, verdict_out, error);
    return is_again ? try_once(self, false, &is_again, verdict_out, error) : is_good;
}
