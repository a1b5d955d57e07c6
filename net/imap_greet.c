/* SPDX-License-Identifier: MIT */
/* Greeting and encryption: nothing is believed that was said before TLS. */
#include "net/imap_client_private.h"
#include "net/clock.h"
#include <glib/gi18n-lib.h>

#define GREETING_MS 60000 /* and all else before the sign-in */

static bool fail_starttls(imap_client *self, const char *why, GError **error)
{
    g_set_error(
        error, NET_ERROR, NET_ERROR_NO_STARTTLS,
        _("%s %s postern hung up; no password was sent. If the server really has no STARTTLS, security = tls is the better choice."),
        net_stream_host(self->stream), why);
    return false;
}

static bool read_greeting(imap_client *self, GError **error)
{
    self->due_since_ms = net_clock_ms();
    while (!self->has_greeting) {
        if (!imap_client_receive(self, true, error))
            return false;
    }
    self->due_since_ms = 0;
    if (self->greeting_status == IMAP_BYE) {
        /* RFC 9051 7.1.5: BYE as a greeting is a refusal; do not reconnect at once. */
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s refuses the connection: %s"), net_stream_host(self->stream), self->greeting);
        return false;
    }
    return self->greeting_status == IMAP_OK || self->greeting_status == IMAP_PREAUTH ||
           imap_client_fail_protocol(self, self->greeting, error);
}

static bool ask_capabilities(imap_client *self, GError **error)
{
    struct imap_reply reply;
    return self->capabilities != NULL || imap_wait(self, imap_send_capability(self), &reply, error);
}

static bool start_tls(imap_client *self, struct net_trust_verdict *verdict_out, GError **error)
{
    struct imap_reply reply;
    if (self->greeting_status == IMAP_PREAUTH)
        return fail_starttls(
            self, _("says you are signed in already, before the connection is encrypted: somebody may be tampering with it."), error);
    if (imap_syntax_unread(self->syntax) > 0)
        return fail_starttls(self, _("sent more than its greeting before the connection was encrypted: somebody may be tampering with it."),
                             error);
    /* Where the greeting lists nothing STARTTLS is simply tried: asking first would cost a round trip and tell nothing that can be believed. */
    if (self->capabilities != NULL && !self->can[IMAP_CAPABILITY_STARTTLS])
        return fail_starttls(self, _("does not offer STARTTLS (or somebody removed the offer on the way)."), error);
    if (!imap_client_ask_alone(self, IMAP_REQUEST_STARTTLS, "STARTTLS", &reply, error))
        return false;
    if (reply.status != IMAP_OK) {
        bool has_words = reply.text != NULL && *reply.text != '\0';
        g_autofree char *why =
            has_words ? g_strdup_printf(_("refused STARTTLS: %s."), reply.text) : g_strdup(_("does not offer STARTTLS."));
        return fail_starttls(self, why, error);
    }
    return net_stream_start_tls(self->stream, imap_syntax_unread(self->syntax), verdict_out, error);
}

static bool greet(imap_client *self, struct net_trust_verdict *verdict_out, GError **error)
{
    bool is_starttls = net_stream_endpoint(self->stream)->security == NET_SECURITY_STARTTLS;
    self->is_muted = is_starttls; /* nothing from before the encryption counts */
    if (!read_greeting(self, error))
        return false;
    if (is_starttls) {
        if (!start_tls(self, verdict_out, error))
            return false;
        imap_capability_forget(self);
        g_free(self->mailbox.name);
        self->mailbox = (struct imap_mailbox){ 0 };
        g_clear_pointer(&self->farewell, g_free);
        g_clear_pointer(&self->greeting, g_free);
        self->is_muted = false;
    } else if (!imap_client_take_all(self, false, error)) {
        return false;
    }
    return ask_capabilities(self, error);
}

bool imap_client_greet(imap_client *self, struct net_trust_verdict *verdict_out, GError **error)
{
    const struct net_endpoint *endpoint = net_stream_endpoint(self->stream);
    int limit_ms = endpoint->greeting_timeout_ms > 0 ? endpoint->greeting_timeout_ms : endpoint->io_timeout_ms;
    net_stream_set_stage(self->stream, limit_ms > 0 ? limit_ms : GREETING_MS); /* a byte a minute is no greeting */
    bool is_good = greet(self, verdict_out, error) || imap_client_fail_farewell(self, error);
    if (is_good)
        net_stream_set_stage(self->stream, 0);
    return is_good;
}
