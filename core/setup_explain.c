/* SPDX-License-Identifier: MIT */
/* Why the search for servers found none that will do, in a sentence, and what the form for servers by hand begins with. */
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const struct setup_attempt *attempt_at(const GPtrArray *attempts, guint index)
{
    return attempts->pdata[index];
}

static const char *domain_of(const setup *self)
{
    const char *at = strrchr(self->address, '@');
    return at != NULL ? at + 1 : self->address;
}

/* --- something answers in place of the server --- */
static bool has_error(const struct setup_attempt *attempt, enum net_error code)
{
    return g_error_matches(attempt->error, NET_ERROR, (gint)code);
}

/* What a web page on a mail port looks like from here. */
static bool is_strange(const struct setup_attempt *attempt)
{
    static const enum net_error codes[] = { NET_ERROR_TLS, NET_ERROR_PROTOCOL, NET_ERROR_CLOSED, NET_ERROR_TIMEOUT };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (has_error(attempt, codes[i]))
            return attempt->result.is_reachable;
    }
    return has_error(attempt, NET_ERROR_CERTIFICATE) && attempt->result.verdict.is_name_wrong; /* the page's own certificate */
}

/* A service everybody knows has the right certificate: who shows another one is not that service. */
static bool is_false_provider(const struct setup_attempt *attempt)
{
    const struct setup_row *row = attempt->row;
    bool is_known = row->rank == SETUP_RANK_GIVEN && !row->is_by_hand && !net_host_is_loopback(row->host);
    return is_known && has_error(attempt, NET_ERROR_CERTIFICATE) && attempt->result.verdict.is_name_wrong;
}

/* The one of its kind that says most. Under lock, of those that have ended. */
static const struct setup_attempt *strange_one(const GPtrArray *attempts, bool is_incoming)
{
    for (guint i = 0; i < attempts->len; i++) {
        const struct setup_attempt *attempt = attempt_at(attempts, i);
        if (attempt->is_done && setup_row_is_incoming(attempt->row) == is_incoming && is_strange(attempt))
            return attempt;
    }
    return NULL;
}

/* The find thread's; asks the network, so not under lock. */
static bool is_web_at(setup *self, const struct setup_attempt *attempt)
{
    const struct net_context context = { .cancel_fd = self->cancel_fd, .log_name = "setup" };
    struct net_endpoint endpoint = setup_endpoint_of(self, attempt->row, NULL);
    return net_probe_is_web(&endpoint, &context);
}

bool setup_is_replaced(setup *self, const GPtrArray *attempts, int in, int out)
{
    const int chosen[] = { in, out };
    for (size_t i = 0; i < G_N_ELEMENTS(chosen); i++) {
        bool is_incoming = i == 0;
        if (chosen[i] >= 0 && attempt_at(attempts, (guint)chosen[i])->is_good)
            continue;
        pthread_mutex_lock(&self->lock);
        const struct setup_attempt *strange = chosen[i] >= 0 ? attempt_at(attempts, (guint)chosen[i]) : strange_one(attempts, is_incoming);
        bool is_false = strange != NULL && (self->has_lying_names || is_false_provider(strange));
        is_false = is_false || (strange != NULL && strange->result.is_web);
        bool is_to_ask = strange != NULL && is_strange(strange) && strange->row->security == ACCOUNT_SECURITY_TLS;
        pthread_mutex_unlock(&self->lock);
        if (is_false || (is_to_ask && is_web_at(self, strange)))
            return true;
    }
    return false;
}

/* --- words --- */
static bool is_telling(const struct setup_attempt *attempt)
{
    return attempt->result.is_reachable && attempt->error != NULL && !has_error(attempt, NET_ERROR_CANCELLED);
}

/* Of a kind of which none will do: the one that is the likeliest to be meant. A server that refused says more than a name that does not exist.
 * -1: there was no candidate at all. */
static int likeliest(const GPtrArray *attempts, bool is_incoming)
{
    int first = -1, telling = -1;
    for (guint i = 0; i < attempts->len; i++) {
        const struct setup_row *row = attempt_at(attempts, i)->row;
        if (setup_row_is_incoming(row) != is_incoming || row->rank == SETUP_RANK_OTHER_PORT)
            continue;
        bool is_better = telling < 0 || row->rank < attempt_at(attempts, (guint)telling)->row->rank;
        if (is_telling(attempt_at(attempts, i)) && is_better)
            telling = (int)i;
        if (first < 0 || row->rank < attempt_at(attempts, (guint)first)->row->rank)
            first = (int)i;
    }
    return telling >= 0 ? telling : first;
}

/* Why there is no server of this kind; and the form for servers by hand begins with the likeliest. Caller frees. */
static char *explain_none(setup *self, const GPtrArray *attempts, bool is_incoming)
{
    int index = likeliest(attempts, is_incoming);
    const struct setup_attempt *attempt = index >= 0 ? attempt_at(attempts, (guint)index) : NULL;
    if (attempt != NULL)
        setup_take_server(setup_server_of(self, attempt->row), attempt->row);
    bool is_told = attempt != NULL && attempt->error != NULL && (is_telling(attempt) || !attempt->row->is_guess);
    return is_told ? g_strdup(attempt->error->message)
                   : g_strdup_printf(_("No server answers under the usual names of %s."), domain_of(self));
}

/* What was written down does not answer, another port of the same server does. Caller frees; NULL: not so. */
static char *explain_other_port(setup *self, const GPtrArray *attempts, int chosen)
{
    const struct setup_row *row = chosen >= 0 ? attempt_at(attempts, (guint)chosen)->row : NULL;
    if (row == NULL || row->rank != SETUP_RANK_OTHER_PORT)
        return NULL;
    for (guint i = 0; i < attempts->len; i++) {
        const struct setup_attempt *given = attempt_at(attempts, i);
        if (!given->row->is_by_hand || setup_row_is_incoming(given->row) != setup_row_is_incoming(row) || given->error == NULL)
            continue;
        self->fault = SETUP_FAULT_SERVER;
        self->is_fault_outgoing = !setup_row_is_incoming(row);
        return g_strdup_printf(_("%s On port %u with %s it does answer: that stands in the form now. Go on with Enter."),
                               given->error->message, (unsigned)row->port, row->security == ACCOUNT_SECURITY_TLS ? "TLS" : "STARTTLS");
    }
    return NULL;
}

/* Not one name has an address, and no name server answered: then it is this computer that has no network. */
static bool is_offline(const setup *self, const GPtrArray *attempts)
{
    bool is_known = provider_for_address(self->address) != NULL;
    for (guint i = 0; i < self->sources->len && !is_known; i++) {
        const struct setup_asking *asking = self->sources->pdata[i];
        bool is_answered = asking->is_done && asking->answer != SETUP_ANSWER_SILENT && (asking->protocol != NULL || asking->has_no_name);
        if (is_answered)
            return false;
    }
    for (guint i = 0; i < attempts->len; i++) {
        const struct setup_row *row = attempt_at(attempts, i)->row;
        bool is_nameless = has_error(attempt_at(attempts, i), NET_ERROR_RESOLVE) || has_error(attempt_at(attempts, i), NET_ERROR_TIMEOUT);
        if (row->is_by_hand || attempt_at(attempts, i)->result.is_reachable || !is_nameless)
            return false;
    }
    return attempts->len > 0;
}

static bool has_no_such_domain(const setup *self)
{
    if (provider_for_address(self->address) != NULL) /* it is there: then it is the name server that is not what it should be */
        return false;
    for (guint i = 0; i < self->sources->len; i++) {
        if (((const struct setup_asking *)self->sources->pdata[i])->has_no_name)
            return true;
    }
    return false;
}

/* Its mail is with a service that lets no mail programs in. Caller frees; NULL: not so. */
static char *explain_refusal(setup *self)
{
    for (guint i = 0; i < self->sources->len; i++) {
        const struct setup_asking *asking = self->sources->pdata[i];
        if (asking->provider == NULL || asking->answer != SETUP_ANSWER_REFUSED)
            continue;
        self->fault = SETUP_FAULT_NO_PROGRAMS;
        return g_strdup(asking->words);
    }
    return NULL;
}

static char *explain_replaced(const setup *self)
{
    return g_strdup_printf(
        _("Something in this network answers in place of the mail servers of %s: that is what the sign-in page of a hotel, train or café "
          "does. "
          "Nothing was sent to it. Open a web page in a browser, sign in to the network there, and press Enter here to try again."),
        domain_of(self));
}

/* Both, or the one that is missing. */
static char *explain_missing(setup *self, const GPtrArray *attempts, int in, int out)
{
    g_autofree char *no_in = in < 0 ? explain_none(self, attempts, true) : explain_other_port(self, attempts, in);
    g_autofree char *no_out = out < 0 ? explain_none(self, attempts, false) : explain_other_port(self, attempts, out);
    if (in < 0 && out < 0 && has_no_such_domain(self))
        return g_strdup_printf(_("There is no domain %s. Look how the address is written (Esc goes back to it), or name the servers here."),
                               domain_of(self));
    if (no_in != NULL && no_out != NULL && strcmp(no_in, no_out) == 0)
        return g_steal_pointer(&no_in);
    if (no_in != NULL && no_out != NULL)
        return g_strdup_printf(_("Reading: %s\nSending: %s"), no_in, no_out);
    if (no_in != NULL)
        return g_strdup_printf(_("Reading: %s"), no_in);
    return no_out != NULL ? g_strdup_printf(_("A server for reading is found. Sending: %s"), no_out) : NULL;
}

char *setup_explain(setup *self, const GPtrArray *attempts, int in, int out)
{
    if (self->fault == SETUP_FAULT_NETWORK)
        return explain_replaced(self);
    if (self->certificate != NULL)
        return g_strdup(self->certificate->reason);
    char *refusal = in < 0 && out < 0 ? explain_refusal(self) : NULL;
    if (refusal != NULL)
        return refusal;
    g_autofree char *why = explain_missing(self, attempts, in, out);
    if (in < 0 && out < 0 && is_offline(self, attempts)) {
        self->fault = SETUP_FAULT_NETWORK;
        return g_strdup(_("No server has been found: this computer seems not to be online. Connect it, and press Enter to try again."));
    }
    return g_steal_pointer(&why);
}
