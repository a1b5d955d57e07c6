/* SPDX-License-Identifier: MIT */
/* The first phase of the setup: all candidates are probed at once, each on a thread of its own, so that a silent server costs the person no time. */
#include "config/secret.h"
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void *attempt_main(void *data)
{
    struct setup_attempt *attempt = data;
    setup *self = attempt->self;
    setup_probe_row(attempt, NULL);
    pthread_mutex_lock(&self->lock);
    attempt->is_done = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* --- which one --- */
/* Of one protocol the first good one, as soon as all before it have failed; better one with a certificate to ask about than none. -1: none.
 * *is_open_out: not decided yet. Under lock. */
static int choose(setup *self, const struct setup_attempt *attempts, const char *protocol, bool *is_open_out)
{
    int doubtful = -1;
    *is_open_out = false;
    for (guint i = 0; i < self->rows->len; i++) {
        if (strcmp(setup_row_at(self, i)->protocol, protocol) != 0)
            continue;
        if (!attempts[i].is_done && attempts[i].is_started) {
            *is_open_out = true;
            return -1;
        }
        if (attempts[i].is_good)
            return (int)i;
        if (doubtful < 0 && attempts[i].is_done && setup_has_doubt(&attempts[i]))
            doubtful = (int)i;
    }
    return doubtful;
}

/* POP3 only where there is no IMAP. Under lock. */
static int choose_incoming(setup *self, const struct setup_attempt *attempts, bool *is_open_out)
{
    int imap = choose(self, attempts, "IMAP", is_open_out);
    return imap >= 0 || *is_open_out ? imap : choose(self, attempts, "POP3", is_open_out);
}

static void wait_for_choice(setup *self, const struct setup_attempt *attempts, int *in_out, int *out_out)
{
    bool is_in_open = true, is_out_open = true;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        *in_out = choose_incoming(self, attempts, &is_in_open);
        *out_out = choose(self, attempts, "SMTP", &is_out_open);
        if (!is_in_open && !is_out_open)
            break;
        pthread_cond_wait(&self->changed, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

/* --- what came of it --- */
static void take_server(struct account_server *server, const struct setup_row *row)
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

static void take_choice(setup *self, const struct setup_attempt *attempt)
{
    struct setup_row *row = setup_row_at(self, attempt->index);
    row->is_chosen = true;
    take_server(setup_server_of(self, attempt->index), row);
    setup_keep_certificate(attempt, setup_server_of(self, attempt->index));
}

static bool is_telling(const struct setup_attempt *attempt)
{
    return attempt->result.is_reachable && attempt->error != NULL && !g_error_matches(attempt->error, NET_ERROR, NET_ERROR_CANCELLED);
}

/* Of a kind of which none will do: the one that is the likeliest to be meant. A server that refused says more than a name that does not exist.
 * -1: there was no candidate at all. */
static int likeliest(setup *self, const struct setup_attempt *attempts, bool is_incoming)
{
    int first = -1;
    for (guint i = 0; i < self->rows->len; i++) {
        if (setup_row_is_incoming(setup_row_at(self, i)) != is_incoming)
            continue;
        if (is_telling(&attempts[i]))
            return (int)i;
        first = first < 0 ? (int)i : first;
    }
    return first;
}

/* Why there is no server of this kind, in a sentence; and the form for servers by hand begins with the likeliest. Caller frees. */
static char *explain_none(setup *self, const struct setup_attempt *attempts, bool is_incoming)
{
    int index = likeliest(self, attempts, is_incoming);
    const char *at = strrchr(self->address, '@'), *domain = at != NULL ? at + 1 : self->address;
    if (index >= 0)
        take_server(setup_server_of(self, (guint)index), setup_row_at(self, (guint)index));
    bool is_told =
        index >= 0 && attempts[index].error != NULL && (is_telling(&attempts[index]) || !setup_row_at(self, (guint)index)->is_guess);
    if (is_told)
        return g_strdup(attempts[index].error->message);
    return g_strdup_printf(_("No server answers under the usual names of %s."), domain);
}

/* Not one name of a provider that is known to be there has an address: then it is this computer that has no network. */
static bool is_offline(setup *self, const struct setup_attempt *attempts)
{
    for (guint i = 0; i < self->rows->len; i++) {
        const struct setup_row *row = setup_row_at(self, i);
        if (row->is_guess || row->is_by_hand || !g_error_matches(attempts[i].error, NET_ERROR, NET_ERROR_RESOLVE))
            return false;
    }
    return self->rows->len > 0;
}

/* Caller frees; NULL: all is well. */
static char *explain(setup *self, const struct setup_attempt *attempts, int in, int out)
{
    if (self->certificate != NULL)
        return g_strdup(self->certificate->reason);
    if (in < 0 && out < 0 && is_offline(self, attempts)) {
        g_free(explain_none(self, attempts, true)); /* for the form that comes next */
        g_free(explain_none(self, attempts, false));
        return g_strdup(_("No server has been found: this computer seems not to be online. Connect it and go on with Enter."));
    }
    g_autofree char *no_in = in < 0 ? explain_none(self, attempts, true) : NULL;
    g_autofree char *no_out = out < 0 ? explain_none(self, attempts, false) : NULL;
    if (no_in != NULL && no_out != NULL && strcmp(no_in, no_out) == 0)
        return g_steal_pointer(&no_in);
    if (no_in != NULL && no_out != NULL)
        return g_strdup_printf(_("Reading: %s\nSending: %s"), no_in, no_out);
    if (no_in != NULL)
        return g_strdup_printf(_("Reading: %s"), no_in);
    return no_out != NULL ? g_strdup_printf(_("A server for reading is found. Sending: %s"), no_out) : NULL;
}

/* A certificate is asked about only when the account would work with it: else the person would say yes and be told of another fault. */
static void finish(setup *self, const struct setup_attempt *attempts, int in, int out)
{
    const int chosen[] = { in, out };
    for (size_t i = 0; i < G_N_ELEMENTS(chosen); i++) {
        if (chosen[i] < 0)
            continue;
        take_choice(self, &attempts[chosen[i]]);
        if (in >= 0 && out >= 0)
            setup_note_doubt(self, &attempts[chosen[i]]);
    }
    for (guint i = 0; i < self->rows->len; i++) { /* those that were still under way when it was clear */
        struct setup_row *row = setup_row_at(self, i);
        if (g_error_matches(attempts[i].error, NET_ERROR, NET_ERROR_CANCELLED))
            row->connect = row->connect == SETUP_OK ? SETUP_OK : SETUP_SKIPPED;
    }
    self->fault = self->certificate != NULL ? SETUP_FAULT_CERTIFICATE : in < 0 || out < 0 ? SETUP_FAULT_SERVER : SETUP_FAULT_NONE;
    self->is_fault_outgoing = self->certificate != NULL ? self->certificate->is_outgoing : in >= 0;
}

/* --- the thread --- */
static void *keyring_main(void *data)
{
    setup *self = data;
    bool has_keyring = secret_has_keyring(self->cancel_fd);
    pthread_mutex_lock(&self->lock);
    self->has_keyring |= has_keyring; /* seen once is enough: this look may have been cut short */
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

static void start_all(setup *self, struct setup_attempt *attempts)
{
    for (guint i = 0; i < self->rows->len; i++) {
        attempts[i].self = self;
        attempts[i].index = i;
        attempts[i].is_started = pthread_create(&attempts[i].thread, NULL, attempt_main, &attempts[i]) == 0;
    }
}

static void stop_all(setup *self, struct setup_attempt *attempts)
{
    setup_raise_cancel(self); /* the rest are of no interest any more */
    for (guint i = 0; i < self->rows->len; i++) {
        if (attempts[i].is_started)
            pthread_join(attempts[i].thread, NULL);
    }
}

/* What the domain says goes before what everybody's names are. */
static void put_before(setup *self)
{
    const char *hint = NULL;
    GPtrArray *found = setup_discover(self, &hint);
    pthread_mutex_lock(&self->lock);
    GPtrArray *guesses = self->rows;
    g_ptr_array_extend_and_steal(found, guesses);
    self->rows = found;
    self->hint = hint != NULL ? hint : self->hint;
    pthread_mutex_unlock(&self->lock);
    setup_post(self, EVENT_SETUP_STEP, 0, SETUP_RUNNING, "");
}

void *setup_find_main(void *data)
{
    setup *self = data;
    if (self->is_unknown_domain)
        put_before(self);
    guint count = self->rows->len;
    g_autofree struct setup_attempt *attempts = g_new0(struct setup_attempt, count + 1);
    int in = -1, out = -1;
    bool was_cancelled = false;
    pthread_t keyring;
    bool is_keyring_asked = pthread_create(&keyring, NULL, keyring_main, self) == 0;
    start_all(self, attempts);
    wait_for_choice(self, attempts, &in, &out);
    if (is_keyring_asked) /* within a second; a person who goes back ends it too */
        pthread_join(keyring, NULL);
    was_cancelled = setup_is_cancelled(self);
    stop_all(self, attempts);
    pthread_mutex_lock(&self->lock);
    if (!was_cancelled)
        finish(self, attempts, in, out);
    g_autofree char *why_not = was_cancelled ? NULL : explain(self, attempts, in, out);
    pthread_mutex_unlock(&self->lock);
    for (guint i = 0; i < count; i++)
        setup_attempt_clear(&attempts[i]);
    if (!was_cancelled) /* who cancelled knows it, and may have begun anew */
        setup_post(self, EVENT_SETUP_DONE, SETUP_PHASE_FIND, why_not == NULL, why_not);
    return NULL;
}
