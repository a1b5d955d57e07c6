/* SPDX-License-Identifier: MIT */
/* The wizard's engine room: one thread for a running phase, and under it one for each candidate, so that a silent server costs the person no time.
 *
 * Everything shared is under one mutex. setup_account() belongs to the caller between EVENT_SETUP_DONE and the next start. */
#include "core/setup.h"
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "core/engine.h"
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FIND_CONNECT_MS    5000 /* a server that takes longer is not the one we look for */
#define SIGN_IN_CONNECT_MS 15000
#define SIGN_IN_IO_MS      30000 /* wrong passwords are answered late on purpose */

struct setup {
    event_queue *events;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a candidate has ended */
    GPtrArray *rows;        /* of struct setup_row* */
    GPtrArray *folders;     /* of struct setup_folder* */
    struct account *account;
    char *address, *password; /* the password is wiped */
    const char *hint;
    struct question *certificate; /* in doubt; NULL: none */
    GPtrArray *accepted, *pinned; /* fingerprints the person took, and those to be kept, of char* */
    pthread_t thread;
    bool has_thread;
    int cancel_fd;
};

/* One row being probed. */
struct attempt {
    setup *self;
    guint index;
    pthread_t thread;
    bool is_started, is_done, is_good;
    char *pin; /* it worked only with this fingerprint, which the person accepted */
    enum net_probe_step failed_at;
    GError *error;
    struct net_probe_result result;
};

static struct setup_row *row_at(const setup *self, guint i)
{
    return self->rows->pdata[i];
}

/* --- life --- */
setup *setup_new(event_queue *events)
{
    setup *self = g_new0(setup, 1);
    self->events = events;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    self->rows = g_ptr_array_new_with_free_func(setup_row_free);
    self->folders = g_ptr_array_new_with_free_func(setup_folder_free);
    self->accepted = g_ptr_array_new_with_free_func(g_free);
    self->pinned = g_ptr_array_new_with_free_func(g_free);
    self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->account = account_new("");
    return self;
}

void setup_cancel(setup *self)
{
    eventfd_write(self->cancel_fd, 1);
}

static void stop(setup *self)
{
    eventfd_t count;
    if (self->has_thread) {
        setup_cancel(self);
        pthread_join(self->thread, NULL);
        self->has_thread = false;
    }
    (void)!eventfd_read(self->cancel_fd, &count); /* the next phase begins uncancelled */
}

void setup_free(setup *self)
{
    if (self == NULL)
        return;
    stop(self);
    close(self->cancel_fd);
    g_ptr_array_unref(self->rows);
    g_ptr_array_unref(self->folders);
    g_ptr_array_unref(self->accepted);
    g_ptr_array_unref(self->pinned);
    account_free(self->account);
    secret_free(self->password);
    g_free(self->address);
    if (self->certificate != NULL)
        question_free(self->certificate);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

/* --- telling --- */
static void post(setup *self, enum event_type type, int64_t item, int state, const char *words)
{
    const struct event event = { .type = type, .item = item, .state = state, .text = (char *)words };
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
    struct attempt *attempt = data;
    setup *self = attempt->self;
    pthread_mutex_lock(&self->lock);
    set_row(row_at(self, attempt->index), step, state, elapsed_ms, words);
    pthread_mutex_unlock(&self->lock);
    if (state == NET_PROBE_FAILED)
        attempt->failed_at = step;
    post(self, EVENT_SETUP_STEP, (int64_t)attempt->index, state == NET_PROBE_FAILED ? SETUP_FAILED : SETUP_RUNNING, words);
}

/* --- one row --- */
static struct account_server *server_of(setup *self, guint index)
{
    return setup_row_is_imap(row_at(self, index)) ? &self->account->incoming : &self->account->outgoing;
}

static struct net_endpoint endpoint_of(setup *self, guint index, const char *pins)
{
    const struct setup_row *row = row_at(self, index);
    struct net_endpoint endpoint =
        account_endpoint(server_of(self, index), NULL, pins); /* CA file, pin, certificate of what a person wrote down */
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

static void probe_once(struct attempt *attempt, const char *pins, const struct net_credentials *credentials)
{
    setup *self = attempt->self;
    struct net_endpoint endpoint = endpoint_of(self, attempt->index, pins);
    const struct net_context context = { .cancel_fd = self->cancel_fd, .log_name = "setup" };
    endpoint.connect_timeout_ms = credentials != NULL ? SIGN_IN_CONNECT_MS : FIND_CONNECT_MS;
    endpoint.io_timeout_ms = credentials != NULL ? SIGN_IN_IO_MS : FIND_CONNECT_MS;
    enum net_protocol protocol = setup_row_is_imap(row_at(self, attempt->index)) ? NET_PROTOCOL_IMAP : NET_PROTOCOL_SMTP;
    net_probe_result_clear(&attempt->result);
    g_clear_error(&attempt->error);
    attempt->is_good = net_probe(protocol, &endpoint, &context, credentials, note_step, attempt, &attempt->result, &attempt->error);
}

/* A certificate the person took already is pinned for this connection only where it is in doubt: elsewhere the pin would refuse good ones. */
static void probe_row(struct attempt *attempt, const struct net_credentials *credentials)
{
    probe_once(attempt, NULL, credentials);
    if (!g_error_matches(attempt->error, NET_ERROR, NET_ERROR_CERTIFICATE) ||
        !is_accepted(attempt->self, attempt->result.verdict.fingerprint))
        return;
    g_free(attempt->pin);
    attempt->pin = g_strdup(attempt->result.verdict.fingerprint);
    probe_once(attempt, attempt->pin, credentials);
}

/* The same certificate may stand before both servers: what was pinned for one is pinned for the other too. */
static void keep_pin(const struct attempt *attempt, struct account_server *server)
{
    if (attempt->pin == NULL || !g_ptr_array_find_with_equal_func(attempt->self->pinned, attempt->pin, g_str_equal, NULL))
        return;
    g_free(server->tls_fingerprint);
    server->tls_fingerprint = g_strdup(attempt->pin);
}

static void attempt_clear(struct attempt *attempt)
{
    net_probe_result_clear(&attempt->result);
    g_clear_error(&attempt->error);
    g_clear_pointer(&attempt->pin, g_free);
}

/* --- finding --- */
static void *attempt_main(void *data)
{
    struct attempt *attempt = data;
    setup *self = attempt->self;
    probe_row(attempt, NULL);
    pthread_mutex_lock(&self->lock);
    attempt->is_done = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

static bool has_doubt(const struct attempt *attempt)
{
    return g_error_matches(attempt->error, NET_ERROR, NET_ERROR_CERTIFICATE);
}

/* The first good one, as soon as all before it have failed. *is_open_out: not decided yet. Under lock. */
static int choose(setup *self, const struct attempt *attempts, bool is_imap, bool *is_open_out)
{
    int doubtful = -1;
    *is_open_out = false;
    for (guint i = 0; i < self->rows->len; i++) {
        if (setup_row_is_imap(row_at(self, i)) != is_imap)
            continue;
        if (!attempts[i].is_done && attempts[i].is_started) {
            *is_open_out = true;
            return -1;
        }
        if (attempts[i].is_good)
            return (int)i;
        if (doubtful < 0 && attempts[i].is_done && has_doubt(&attempts[i]))
            doubtful = (int)i;
    }
    return doubtful; /* better a question than nothing */
}

static void take_server(struct account_server *server, const struct setup_row *row)
{
    g_free(server->host);
    server->host = g_strdup(row->host);
    server->port = row->port;
    server->security = row->security;
}

static struct question *question_of(setup *self, const struct attempt *attempt)
{
    const struct net_trust_verdict *verdict = &attempt->result.verdict;
    struct question *question = g_new0(struct question, 1);
    question->type = QUESTION_CERTIFICATE;
    question->account_id = g_strdup(self->account->id);
    question->account_name = g_strdup(self->account->name);
    question->host = g_strdup(row_at(self, attempt->index)->host);
    question->reason = g_strdup(verdict->reason);
    question->fingerprint = g_strdup(verdict->fingerprint);
    question->subject = g_strdup(verdict->subject);
    question->issuer = g_strdup(verdict->issuer);
    question->names = g_strdup(verdict->names);
    question->not_before = verdict->not_before;
    question->not_after = verdict->not_after;
    question->is_alarm = verdict->is_pin_mismatch;
    question->is_outgoing = !setup_row_is_imap(row_at(self, attempt->index));
    return question;
}

/* Under lock. */
static void note_doubt(setup *self, const struct attempt *attempt)
{
    if (self->certificate == NULL && has_doubt(attempt) && attempt->result.verdict.fingerprint != NULL)
        self->certificate = question_of(self, attempt);
}

/* Why nothing was found: of a server that does not exist "no such name" is less telling than of one that refused. Caller frees; NULL: all is well. */
static char *find_outcome(setup *self, const struct attempt *attempts, int imap, int smtp)
{
    if (self->certificate != NULL)
        return g_strdup(self->certificate->reason);
    if (imap >= 0 && smtp >= 0)
        return NULL;
    for (guint i = 0; i < self->rows->len; i++) {
        if (attempts[i].result.is_reachable && attempts[i].error != NULL &&
            !g_error_matches(attempts[i].error, NET_ERROR, NET_ERROR_CANCELLED))
            return g_strdup(attempts[i].error->message);
    }
    return g_strdup(imap < 0 ? _("No mail server was found under the usual names. Enter the servers by hand.")
                             : _("No server for sending was found under the usual names. Enter it by hand."));
}

static void finish_find(setup *self, const struct attempt *attempts, int imap, int smtp)
{
    const int chosen[] = { imap, smtp };
    for (size_t i = 0; i < G_N_ELEMENTS(chosen); i++) {
        if (chosen[i] < 0)
            continue;
        row_at(self, (guint)chosen[i])->is_chosen = true;
        take_server(server_of(self, (guint)chosen[i]), row_at(self, (guint)chosen[i]));
        keep_pin(&attempts[chosen[i]], server_of(self, (guint)chosen[i]));
        note_doubt(self, &attempts[chosen[i]]);
    }
    for (guint i = 0; i < self->rows->len; i++) { /* those that were still under way when it was clear */
        struct setup_row *row = row_at(self, i);
        if (g_error_matches(attempts[i].error, NET_ERROR, NET_ERROR_CANCELLED))
            row->connect = row->connect == SETUP_OK ? SETUP_OK : SETUP_SKIPPED;
    }
}

static bool is_cancelled(const setup *self)
{
    struct pollfd fd = { .fd = self->cancel_fd, .events = POLLIN };
    return poll(&fd, 1, 0) > 0;
}

static void wait_for_choice(setup *self, const struct attempt *attempts, int *imap_out, int *smtp_out)
{
    bool is_imap_open = true, is_smtp_open = true;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        *imap_out = choose(self, attempts, true, &is_imap_open);
        *smtp_out = choose(self, attempts, false, &is_smtp_open);
        if (!is_imap_open && !is_smtp_open)
            break;
        pthread_cond_wait(&self->changed, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

static void *find_main(void *data)
{
    setup *self = data;
    guint count = self->rows->len;
    g_autofree struct attempt *attempts = g_new0(struct attempt, count + 1);
    int imap = -1, smtp = -1;
    for (guint i = 0; i < count; i++) {
        attempts[i].self = self;
        attempts[i].index = i;
        attempts[i].is_started = pthread_create(&attempts[i].thread, NULL, attempt_main, &attempts[i]) == 0;
    }
    wait_for_choice(self, attempts, &imap, &smtp);
    bool was_cancelled = is_cancelled(self);
    setup_cancel(self); /* the rest are of no interest any more */
    for (guint i = 0; i < count; i++) {
        if (attempts[i].is_started)
            pthread_join(attempts[i].thread, NULL);
    }
    pthread_mutex_lock(&self->lock);
    if (!was_cancelled)
        finish_find(self, attempts, imap, smtp);
    g_autofree char *why_not = find_outcome(self, attempts, imap, smtp);
    pthread_mutex_unlock(&self->lock);
    for (guint i = 0; i < count; i++)
        attempt_clear(&attempts[i]);
    if (!was_cancelled) /* who cancelled knows it, and may have begun anew */
        post(self, EVENT_SETUP_DONE, SETUP_PHASE_FIND, why_not == NULL, why_not);
    return NULL;
}

/* --- signing in --- */
static bool has_no_sign_in(const struct attempt *attempt)
{
    const char *offered = attempt->result.mechanisms;
    return attempt->failed_at == NET_PROBE_LOGIN && attempt->result.is_reachable && (offered == NULL || *offered == '\0');
}

/* The address, then what stands before the @: the server says which by letting us in. */
static bool try_users(struct attempt *attempt, struct account_server *server)
{
    setup *self = attempt->self;
    g_auto(GStrv) users = setup_user_names(self->address, server->user);
    for (char **user = users; *user != NULL; user++) {
        const struct net_credentials credentials = { .user = *user, .password = self->password, .auth = server->auth };
        probe_row(attempt, &credentials);
        if (attempt->is_good) {
            g_free(server->user);
            server->user = g_strdup(*user);
        }
        if (attempt->is_good || !g_error_matches(attempt->error, NET_ERROR, NET_ERROR_AUTH) || has_no_sign_in(attempt))
            break;
    }
    return attempt->is_good;
}

/* A server for sending that lets nobody sign in is used without: in a house of one's own that is usual. */
static bool go_without_sign_in(struct attempt *attempt, struct account_server *server)
{
    setup *self = attempt->self;
    if (server != &self->account->outgoing || !has_no_sign_in(attempt))
        return false;
    g_free(server->user);
    server->user = g_strdup("");
    server->secret = ACCOUNT_SECRET_NONE;
    pthread_mutex_lock(&self->lock);
    row_at(self, attempt->index)->login = SETUP_SKIPPED;
    pthread_mutex_unlock(&self->lock);
    attempt->is_good = true;
    return true;
}

static void take_folders(setup *self, const struct attempt *attempt)
{
    pthread_mutex_lock(&self->lock);
    g_ptr_array_unref(self->folders);
    self->folders = setup_folders_map(attempt->result.folders);
    setup_folders_apply(attempt->result.folders, self->account);
    pthread_mutex_unlock(&self->lock);
}

/* Caller frees; NULL: signed in. */
static char *sign_in_row(setup *self, guint index)
{
    struct attempt attempt = { .self = self, .index = index };
    struct account_server *server = server_of(self, index);
    char *why_not = NULL;
    bool is_in = try_users(&attempt, server) || go_without_sign_in(&attempt, server);
    if (is_in)
        keep_pin(&attempt, server);
    if (!is_in) {
        why_not = g_strdup(attempt.error != NULL ? attempt.error->message : "");
        pthread_mutex_lock(&self->lock);
        note_doubt(self, &attempt);
        pthread_mutex_unlock(&self->lock);
    } else if (setup_row_is_imap(row_at(self, index))) {
        take_folders(self, &attempt);
        if (self->account->outgoing.user == NULL) /* who got in here gets in there, as a rule */
            self->account->outgoing.user = g_strdup(server->user);
    }
    attempt_clear(&attempt);
    return why_not;
}

static void *sign_in_main(void *data)
{
    setup *self = data;
    g_autofree char *why_not = NULL;
    unsigned tried = 0;
    for (guint i = 0; i < self->rows->len && why_not == NULL; i++) {
        if (!row_at(self, i)->is_chosen)
            continue;
        why_not = sign_in_row(self, i);
        tried++;
    }
    if (tried == 0)
        why_not = g_strdup(_("There is no server to sign in to yet."));
    if (!is_cancelled(self))
        post(self, EVENT_SETUP_DONE, SETUP_PHASE_SIGN_IN, why_not == NULL, why_not);
    return NULL;
}

/* --- starting --- */
static void start(setup *self, enum setup_phase phase, void *(*thread_main)(void *data))
{
    if (self->certificate != NULL)
        question_free(self->certificate);
    self->certificate = NULL;
    self->has_thread = pthread_create(&self->thread, NULL, thread_main, self) == 0;
    if (!self->has_thread)
        post(self, EVENT_SETUP_DONE, (int64_t)phase, 0, _("This computer is too busy to start another task."));
}

static void set_address(setup *self, const char *address)
{
    g_free(self->address);
    self->address = g_strdup(address != NULL ? address : "");
}

void setup_find(setup *self, const char *name, const char *address)
{
    stop(self);
    set_address(self, address);
    const char *at = strrchr(self->address, '@');
    g_autofree char *id = account_new_id(at != NULL ? at + 1 : self->address);
    account_free(self->account);
    self->account = account_new(id);
    self->account->name = g_strdup(at != NULL ? at + 1 : self->address);
    self->account->from_name = g_strdup(name);
    self->account->from_address = g_strdup(self->address);
    g_ptr_array_unref(self->rows);
    self->rows = setup_candidates(self->address, &self->hint);
    start(self, SETUP_PHASE_FIND, find_main);
}

void setup_use(setup *self, const struct account *given)
{
    stop(self);
    struct account *copy = account_copy(given); /* given may be our own */
    account_free(self->account);
    self->account = copy;
    set_address(self, copy->from_address);
    self->hint = NULL;
    g_ptr_array_unref(self->rows);
    self->rows = setup_rows_of_account(copy);
    start(self, SETUP_PHASE_FIND, find_main);
}

void setup_sign_in(setup *self, const char *password)
{
    stop(self);
    if (password != NULL || self->password == NULL) {
        secret_free(self->password);
        self->password = g_strdup(password != NULL ? password : "");
    }
    for (guint i = 0; i < self->rows->len; i++)
        row_at(self, i)->login = row_at(self, i)->is_chosen ? SETUP_WAITING : row_at(self, i)->login;
    start(self, SETUP_PHASE_SIGN_IN, sign_in_main);
}

/* --- looking --- */
GPtrArray *setup_rows(setup *self)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(setup_row_free);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->rows->len; i++)
        g_ptr_array_add(copies, setup_row_copy(row_at(self, i)));
    pthread_mutex_unlock(&self->lock);
    return copies;
}

GPtrArray *setup_folders(setup *self)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(setup_folder_free);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->folders->len; i++) {
        const struct setup_folder *from = self->folders->pdata[i];
        struct setup_folder *copy = g_new0(struct setup_folder, 1);
        *copy = (struct setup_folder){ .name = g_strdup(from->name), .role = from->role };
        g_ptr_array_add(copies, copy);
    }
    pthread_mutex_unlock(&self->lock);
    return copies;
}

const char *setup_hint(setup *self)
{
    return self->hint;
}

struct account *setup_account(setup *self)
{
    return self->account;
}

struct question *setup_certificate(setup *self)
{
    struct question *copy = NULL;
    pthread_mutex_lock(&self->lock);
    if (self->certificate != NULL) {
        copy = g_new(struct question, 1);
        *copy = *self->certificate;
        copy->account_id = g_strdup(copy->account_id);
        copy->account_name = g_strdup(copy->account_name);
        copy->host = g_strdup(copy->host);
        copy->user = g_strdup(copy->user);
        copy->reason = g_strdup(copy->reason);
        copy->fingerprint = g_strdup(copy->fingerprint);
        copy->subject = g_strdup(copy->subject);
        copy->issuer = g_strdup(copy->issuer);
        copy->names = g_strdup(copy->names);
    }
    pthread_mutex_unlock(&self->lock);
    return copy;
}

void setup_accept_certificate(setup *self, bool is_pinned)
{
    stop(self);
    if (self->certificate == NULL)
        return;
    struct account_server *server = self->certificate->is_outgoing ? &self->account->outgoing : &self->account->incoming;
    g_ptr_array_add(self->accepted, g_strdup(self->certificate->fingerprint));
    if (is_pinned) {
        g_ptr_array_add(self->pinned, g_strdup(self->certificate->fingerprint));
        g_free(server->tls_fingerprint);
        server->tls_fingerprint = g_strdup(self->certificate->fingerprint);
    }
    question_free(self->certificate);
    self->certificate = NULL;
}

/* --- saving --- */
static bool has_stored_secret(const struct account_server *server)
{
    return server->secret == ACCOUNT_SECRET_KEYRING || server->secret == ACCOUNT_SECRET_FILE || server->secret == ACCOUNT_SECRET_PASSWORD;
}

/* Outgoing takes incoming's secret unless the wizard said otherwise. */
static void share_secret(struct account *account)
{
    struct account_server *in = &account->incoming, *out = &account->outgoing;
    bool is_shared = out->secret == ACCOUNT_SECRET_NONE && out->user != NULL && *out->user != '\0';
    if (!is_shared)
        return;
    out->secret = in->secret;
    g_free(out->password_command);
    out->password_command = g_strdup(in->password_command);
}

bool setup_save(setup *self, char **path_out, GError **error)
{
    stop(self);
    struct account_server *servers[] = { &self->account->incoming, &self->account->outgoing };
    share_secret(self->account);
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        if (self->password != NULL && has_stored_secret(servers[i]) && !secret_put(self->account, servers[i], self->password, error)) {
            secret_forget(self->account, servers[0], NULL);
            return false;
        }
    }
    if (!account_file_save(self->account, error)) {
        for (size_t i = 0; i < G_N_ELEMENTS(servers); i++)
            secret_forget(self->account, servers[i], NULL);
        return false;
    }
    if (path_out != NULL)
        *path_out = g_strdup(self->account->path);
    return true;
}
