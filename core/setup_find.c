/* SPDX-License-Identifier: MIT */
/* The first phase of the setup: everything is tried at once. The domain is asked while its usual names are probed already, each candidate and each
 * source on a thread of its own, so that a silent one costs the person no time; only this phase's own thread decides. */
#include "config/secret.h"
#include "core/setup_private.h"
#include "net/clock.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Nobody waits longer for a better server when there is a good one. */
enum { PATIENCE_MS = 4500 };

/* The search: what is under way besides self->sources. */
struct finding {
    setup *self;
    GPtrArray *attempts; /* of struct setup_attempt*, one for each of self->rows */
    int64_t began_ms;
    bool is_everything; /* all there is to be tried is under way */
};

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

static const struct setup_attempt *attempt_at(const struct finding *finding, guint index)
{
    return finding->attempts->pdata[index];
}

/* --- candidates --- */
static bool is_same_place(const struct setup_row *row, const struct setup_row *other)
{
    return strcmp(row->protocol, other->protocol) == 0 && g_ascii_strcasecmp(row->host, other->host) == 0 && row->port == other->port &&
           row->security == other->security;
}

/* The same server from a better source: what is under way with it goes on. */
static void promote(struct setup_row *row, const struct setup_row *better)
{
    if (better->rank >= row->rank)
        return;
    g_free(row->source);
    row->source = g_strdup(better->source);
    g_free(row->user);
    row->user = g_strdup(better->user);
    row->rank = better->rank;
    row->is_guess = false;
    row->is_unproven = better->is_unproven;
}

/* Under lock. */
static void add_row(struct finding *finding, struct setup_row *row /* taken */)
{
    setup *self = finding->self;
    for (guint i = 0; i < self->rows->len; i++) {
        struct setup_row *known = setup_row_at(self, i);
        if (is_same_place(known, row)) {
            promote(known, row);
            setup_row_free(row);
            return;
        }
    }
    struct setup_attempt *attempt = g_new0(struct setup_attempt, 1);
    attempt->self = self;
    attempt->row = row;
    attempt->index = self->rows->len;
    g_ptr_array_add(self->rows, row);
    g_ptr_array_add(finding->attempts, attempt);
    attempt->is_started = pthread_create(&attempt->thread, NULL, attempt_main, attempt) == 0;
}

/* Under lock. rank -1: they have theirs. */
static void add_rows(struct finding *finding, GPtrArray *rows /* taken */, int rank)
{
    for (guint i = 0; i < rows->len; i++) {
        struct setup_row *row = rows->pdata[i];
        row->rank = rank >= 0 ? rank : row->rank;
        rows->pdata[i] = NULL;
        add_row(finding, row);
    }
    g_ptr_array_unref(rows);
}

/* What has come in since the last look. Under lock. */
static void take_answers(struct finding *finding)
{
    setup *self = finding->self;
    for (guint i = 0; i < self->sources->len; i++) {
        struct setup_asking *asking = self->sources->pdata[i];
        if (!asking->is_done || asking->is_taken)
            continue;
        asking->is_taken = true;
        if (asking->provider != NULL)
            self->hint = asking->provider->hint;
        self->has_lying_names |= asking->protocol == NULL && asking->rank == SETUP_RANK_GUESS && asking->answer == SETUP_ANSWER_REFUSED;
        if (asking->rows != NULL)
            add_rows(finding, g_steal_pointer(&asking->rows), (int)asking->rank);
    }
}

/* The table's servers, or the person's, did not do: what else might. Or nothing is known of the address: everything. Under lock. */
static void try_everything(struct finding *finding)
{
    setup *self = finding->self;
    bool is_by_hand = self->rows->len > 0 && setup_row_at(self, 0)->is_by_hand;
    finding->is_everything = true;
    finding->began_ms = net_clock_ms();
    add_rows(finding, setup_rows_of_other_ports(self->rows), SETUP_RANK_OTHER_PORT);
    if (is_by_hand || setup_is_cancelled(self))
        return;
    GPtrArray *sources = setup_discover_begin(self);
    g_ptr_array_extend_and_steal(self->sources, sources);
    add_rows(finding, setup_rows_guessed(self->address), SETUP_RANK_GUESS);
}

/* --- which one --- */
/* May a source that has not answered yet name something better than this rank? Under lock. */
static bool is_better_to_come(const struct finding *finding, int rank)
{
    for (guint i = 0; i < finding->self->sources->len; i++) {
        const struct setup_asking *asking = finding->self->sources->pdata[i];
        if (!asking->is_done && (int)asking->rank < rank)
            return true;
    }
    return false;
}

/* A usual name is not tried where the domain itself says that it has no such service (RFC 6186, 3.4). Under lock. */
static bool is_refused(const struct finding *finding, const struct setup_row *row)
{
    for (guint i = 0; row->is_guess && i < finding->self->sources->len; i++) {
        const struct setup_asking *asking = finding->self->sources->pdata[i];
        if (asking->answer == SETUP_ANSWER_REFUSED && asking->security == row->security && g_strcmp0(asking->protocol, row->protocol) == 0)
            return true;
    }
    return false;
}

/* Which rows are looked at together: of the best sources first; better POP3 that the domain names than IMAP that nobody does. */
struct choice {
    const char *protocol;
    bool is_guess;
};

/* Better source first; the rows of one source are in order already. */
static bool is_before(const struct setup_row *row, const struct setup_row *other)
{
    return other == NULL || row->rank < other->rank;
}

/* The first good one, as soon as all before it have failed; else one with a certificate to ask about. -1: none. *is_open_out: not decided yet.
 * Under lock. */
static int choose(const struct finding *finding, const struct choice *choice, bool *is_open_out)
{
    int good = -1, doubtful = -1, open = -1;
    bool is_late = net_clock_ms() >= finding->began_ms + PATIENCE_MS;
    const struct setup_row *best[3] = { NULL };
    for (guint i = 0; i < finding->attempts->len; i++) {
        const struct setup_attempt *attempt = attempt_at(finding, i);
        const struct setup_row *row = attempt->row;
        if (strcmp(row->protocol, choice->protocol) != 0 || row->is_guess != choice->is_guess || is_refused(finding, row))
            continue;
        bool is_open = !attempt->is_done && attempt->is_started;
        int which = is_open ? 0 : attempt->is_good ? 1 : setup_has_doubt(attempt) ? 2 : -1;
        int *const slots[] = { &open, &good, &doubtful };
        if (which < 0 || !is_before(row, best[which]))
            continue;
        best[which] = row;
        *slots[which] = (int)i;
    }
    bool is_to_wait = best[0] != NULL && (good < 0 || best[0]->rank < best[1]->rank || (best[0]->rank == best[1]->rank && open < good));
    int rank = good >= 0 ? best[1]->rank : SETUP_RANK_GUESS;
    *is_open_out = (is_to_wait || is_better_to_come(finding, choice->is_guess ? SETUP_RANK_GUESS : rank)) && !(is_late && good >= 0);
    return *is_open_out ? -1 : good >= 0 ? good : doubtful;
}

/* Under lock. */
static int choose_of(const struct finding *finding, const struct choice *choices, size_t count, bool *is_open_out)
{
    int doubtful = -1;
    for (size_t i = 0; i < count; i++) {
        int chosen = choose(finding, &choices[i], is_open_out);
        if (*is_open_out)
            return -1;
        if (chosen >= 0 && attempt_at(finding, (guint)chosen)->is_good)
            return chosen;
        doubtful = doubtful < 0 ? chosen : doubtful;
    }
    return doubtful; /* better one with a certificate to ask about than none */
}

static void choose_both(const struct finding *finding, int *in_out, int *out_out, bool *is_open_out)
{
    static const struct choice incoming[] = { { "IMAP", false }, { "POP3", false }, { "IMAP", true }, { "POP3", true } };
    static const struct choice outgoing[] = { { "SMTP", false }, { "SMTP", true } };
    bool is_in_open = false, is_out_open = false;
    *in_out = choose_of(finding, incoming, G_N_ELEMENTS(incoming), &is_in_open);
    *out_out = choose_of(finding, outgoing, G_N_ELEMENTS(outgoing), &is_out_open);
    *is_open_out = is_in_open || is_out_open;
}

/* A second or until something has changed: patience may run out while nothing does. Under lock. */
static void wait_for_change(setup *self)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 250 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&self->changed, &self->lock, &until);
}

static void wait_for_choice(struct finding *finding, int *in_out, int *out_out)
{
    setup *self = finding->self;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        bool is_open = true;
        take_answers(finding);
        choose_both(finding, in_out, out_out, &is_open);
        bool is_enough = *in_out >= 0 && *out_out >= 0;
        if (!is_open && (is_enough || finding->is_everything || setup_is_cancelled(self)))
            break;
        if (!is_open)
            try_everything(finding);
        else
            wait_for_change(self);
    }
    pthread_mutex_unlock(&self->lock);
}

/* --- what came of it --- */
static void take_choice(const struct finding *finding, int index)
{
    setup *self = finding->self;
    struct setup_attempt *attempt = finding->attempts->pdata[index];
    struct account_server *server = setup_server_of(self, attempt->row);
    attempt->row->is_chosen = true;
    setup_take_server(server, attempt->row);
    setup_keep_certificate(attempt, server);
}

/* A certificate is asked about only when the account would work with it: else the person would say yes and be told of another fault. And never one
 * that something shows which answers in place of everybody. */
static void finish(const struct finding *finding, int in, int out, bool is_replaced)
{
    setup *self = finding->self;
    const int chosen[] = { in, out };
    for (size_t i = 0; i < G_N_ELEMENTS(chosen) && !is_replaced; i++) {
        if (chosen[i] < 0)
            continue;
        take_choice(finding, chosen[i]);
        if (in >= 0 && out >= 0)
            setup_note_doubt(self, attempt_at(finding, (guint)chosen[i]));
    }
    for (guint i = 0; i < finding->attempts->len; i++) { /* those that were still under way when it was clear */
        struct setup_row *row = attempt_at(finding, i)->row;
        if (g_error_matches(attempt_at(finding, i)->error, NET_ERROR, NET_ERROR_CANCELLED))
            row->connect = row->connect == SETUP_OK ? SETUP_OK : SETUP_SKIPPED;
    }
    self->fault = is_replaced                 ? SETUP_FAULT_NETWORK
                  : self->certificate != NULL ? SETUP_FAULT_CERTIFICATE
                  : in < 0 || out < 0         ? SETUP_FAULT_SERVER
                                              : SETUP_FAULT_NONE;
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

static void begin(struct finding *finding)
{
    setup *self = finding->self;
    pthread_mutex_lock(&self->lock);
    GPtrArray *given = g_steal_pointer(&self->rows);
    self->rows = g_ptr_array_new_with_free_func(setup_row_free);
    if (given->len > 0) {
        add_rows(finding, given, -1);
    } else {
        g_ptr_array_unref(given);
        try_everything(finding);
    }
    pthread_mutex_unlock(&self->lock);
}

static void join_all(const struct finding *finding)
{
    setup_raise_cancel(finding->self); /* the rest are of no interest any more */
    for (guint i = 0; i < finding->attempts->len; i++) {
        struct setup_attempt *attempt = finding->attempts->pdata[i];
        if (attempt->is_started)
            pthread_join(attempt->thread, NULL);
    }
    setup_discover_join(finding->self->sources);
}

/* Caller frees; NULL: all is well. */
static char *conclude(struct finding *finding, int in, int out, bool is_replaced)
{
    setup *self = finding->self;
    pthread_mutex_lock(&self->lock);
    finish(finding, in, out, is_replaced);
    char *why_not = setup_explain(self, finding->attempts, in, out);
    pthread_mutex_unlock(&self->lock);
    return why_not;
}

static void free_attempt(void *data)
{
    setup_attempt_clear(data);
    g_free(data);
}

/* A service that lets no mail programs in. */
static void *refuse(setup *self, const struct provider *provider)
{
    pthread_mutex_lock(&self->lock);
    self->fault = SETUP_FAULT_NO_PROGRAMS;
    pthread_mutex_unlock(&self->lock);
    setup_post(self, EVENT_SETUP_DONE, SETUP_PHASE_FIND, 0, provider->hint != NULL ? provider->hint : provider->name);
    return NULL;
}

void *setup_find_main(void *data)
{
    setup *self = data;
    const struct provider *provider = provider_for_address(self->address);
    struct finding finding = { .self = self, .began_ms = net_clock_ms() };
    if (provider != NULL && !provider_has_servers(provider) && self->rows->len == 0)
        return refuse(self, provider);
    finding.attempts = g_ptr_array_new_with_free_func(free_attempt);
    int in = -1, out = -1;
    pthread_t keyring;
    bool is_keyring_asked = pthread_create(&keyring, NULL, keyring_main, self) == 0;
    begin(&finding);
    wait_for_choice(&finding, &in, &out);
    if (is_keyring_asked) /* within a second; a person who goes back ends it too */
        pthread_join(keyring, NULL);
    bool is_replaced = setup_is_replaced(self, finding.attempts, in, out), was_cancelled = setup_is_cancelled(self);
    join_all(&finding);
    g_autofree char *why_not = was_cancelled ? NULL : conclude(&finding, in, out, is_replaced);
    g_ptr_array_unref(finding.attempts);
    if (!was_cancelled) /* who cancelled knows it, and may have begun anew */
        setup_post(self, EVENT_SETUP_DONE, SETUP_PHASE_FIND, why_not == NULL, why_not);
    return NULL;
}
