/* SPDX-License-Identifier: MIT */
/* The wizard's engine room: one thread for a running phase, and under it one for each candidate, so that a silent server costs the person no time.
 *
 * Everything shared is under one mutex. setup_account() belongs to the caller between EVENT_SETUP_DONE and the next start. */
#include "core/setup.h"
#include "config/secret.h"
#include "config/secret_file.h"
#include "core/oauth_account.h"
#include "core/setup_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SAVE_TIMEOUT_MS 120000 /* a locked keyring waits for the person */

/* --- life --- */
setup *setup_new(event_queue *events)
{
    setup *self = g_new0(setup, 1);
    self->events = events;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    self->rows = g_ptr_array_new_with_free_func(setup_row_free);
    self->folders = g_ptr_array_new_with_free_func(setup_folder_free);
    self->sources = setup_discover_none();
    self->accepted = g_ptr_array_new_with_free_func(g_free);
    self->pinned = g_ptr_array_new_with_free_func(g_free);
    self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->account = account_new("");
    return self;
}

void setup_raise_cancel(setup *self)
{
    eventfd_write(self->cancel_fd, 1);
}

bool setup_is_current(const setup *self, const struct event *event)
{
    return event->account == self->generation;
}

void setup_cancel(setup *self)
{
    eventfd_t count;
    if (self->has_thread) {
        setup_raise_cancel(self);
        pthread_join(self->thread, NULL);
        self->has_thread = false;
    }
    (void)!eventfd_read(self->cancel_fd, &count); /* the next phase begins uncancelled */
}

void setup_free(setup *self)
{
    if (self == NULL)
        return;
    setup_cancel(self);
    close(self->cancel_fd);
    g_ptr_array_unref(self->rows);
    g_ptr_array_unref(self->sources);
    g_ptr_array_unref(self->folders);
    g_ptr_array_unref(self->accepted);
    g_ptr_array_unref(self->pinned);
    account_free(self->account);
    secret_free(self->password);
    secret_free(self->outgoing_password);
    secret_free(self->passphrase);
    setup_oauth_forget(self);
    g_free(self->visit);
    g_free(self->address);
    question_free(self->certificate);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    g_free(self);
}

/* --- starting --- */
static void start(setup *self, enum setup_phase phase, void *(*thread_main)(void *data))
{
    g_clear_pointer(&self->certificate, question_free);
    self->fault = SETUP_FAULT_NONE;
    self->generation++;
    self->has_thread = pthread_create(&self->thread, NULL, thread_main, self) == 0;
    if (!self->has_thread)
        setup_post(self, EVENT_SETUP_DONE, (int64_t)phase, 0, _("This computer is too busy to start another task."));
}

static void set_address(setup *self, const char *address)
{
    g_free(self->address);
    self->address = g_strdup(address != NULL ? address : "");
}

/* What the last search has left is of no interest any more. */
static void begin_search(setup *self, GPtrArray *rows /* taken */)
{
    pthread_mutex_lock(&self->lock);
    g_ptr_array_unref(self->rows);
    self->rows = rows;
    g_ptr_array_set_size(self->sources, 0);
    self->has_lying_names = false;
    pthread_mutex_unlock(&self->lock);
}

void setup_find(setup *self, const char *name, const char *address)
{
    setup_cancel(self);
    set_address(self, address);
    const struct provider *provider = provider_for_address(self->address);
    const char *at = strrchr(self->address, '@');
    g_autofree char *id = account_new_id(at != NULL ? at + 1 : self->address);
    account_free(self->account);
    self->account = account_new(id);
    self->account->name = g_strdup(at != NULL ? at + 1 : self->address);
    self->account->from_name = g_strdup(name);
    self->account->from_address = g_strdup(self->address);
    begin_search(self, provider != NULL ? setup_rows_of_provider(provider) : g_ptr_array_new_with_free_func(setup_row_free));
    self->hint = provider != NULL ? provider->hint : NULL;
    start(self, SETUP_PHASE_FIND, setup_find_main);
}

void setup_use(setup *self, const struct account *given)
{
    setup_cancel(self);
    struct account *copy = account_copy(given); /* given may be our own */
    account_free(self->account);
    self->account = copy;
    set_address(self, copy->from_address);
    begin_search(self, setup_rows_of_account(copy));
    start(self, SETUP_PHASE_FIND, setup_find_main);
}

void setup_set_outgoing(setup *self, const char *user, const char *password)
{
    setup_cancel(self);
    struct account_server *server = &self->account->outgoing;
    g_free(server->user);
    server->user = g_strdup(user);
    server->secret = ACCOUNT_SECRET_NONE;
    g_clear_pointer(&server->password_command, g_free);
    secret_free(self->outgoing_password);
    self->outgoing_password = g_strdup(password);
}

void setup_set_passphrase(setup *self, const char *passphrase)
{
    setup_cancel(self);
    secret_free(self->passphrase);
    self->passphrase = g_strdup(passphrase);
}

void setup_sign_in(setup *self, const char *password)
{
    setup_cancel(self);
    if (password != NULL || self->password == NULL) {
        secret_free(self->password);
        self->password = g_strdup(password != NULL ? password : "");
    }
    for (guint i = 0; i < self->rows->len; i++)
        setup_row_at(self, i)->login = setup_row_at(self, i)->is_chosen ? SETUP_WAITING : setup_row_at(self, i)->login;
    start(self, SETUP_PHASE_SIGN_IN, setup_sign_in_main);
}

/* --- looking --- */
static int rank_of_protocol(const struct setup_row *row)
{
    return strcmp(row->protocol, "IMAP") == 0 ? 0 : strcmp(row->protocol, "POP3") == 0 ? 1 : 2;
}

static gint by_worth(gconstpointer left, gconstpointer right)
{
    const struct setup_row *a = *(struct setup_row *const *)left, *b = *(struct setup_row *const *)right;
    int by_protocol = rank_of_protocol(a) - rank_of_protocol(b);
    return by_protocol != 0 ? by_protocol : a->rank - b->rank;
}

GPtrArray *setup_rows(setup *self)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(setup_row_free);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->rows->len; i++)
        g_ptr_array_add(copies, setup_row_copy(setup_row_at(self, i)));
    pthread_mutex_unlock(&self->lock);
    g_ptr_array_sort(copies, by_worth); /* keeps the order of equals */
    return copies;
}

static void source_free(void *data)
{
    struct setup_source *source = data;
    g_free(source->name);
    g_free(source->words);
    g_free(source);
}

/* The several questions of one kind (SRV) are one line: the best answer counts, and all must have come. */
static void add_source(GPtrArray *sources, const struct setup_asking *asking)
{
    static const enum setup_state states[] = { [SETUP_ANSWER_NONE] = SETUP_SKIPPED,
                                               [SETUP_ANSWER_SILENT] = SETUP_FAILED,
                                               [SETUP_ANSWER_REFUSED] = SETUP_FAILED,
                                               [SETUP_ANSWER_ROWS] = SETUP_OK };
    static const int worth[] = { [SETUP_SKIPPED] = 0, [SETUP_FAILED] = 1, [SETUP_OK] = 2, [SETUP_RUNNING] = 3, [SETUP_WAITING] = 3 };
    enum setup_state state = asking->is_done ? states[asking->answer] : SETUP_RUNNING;
    struct setup_source *last = sources->len > 0 ? sources->pdata[sources->len - 1] : NULL;
    if (last == NULL || strcmp(last->name, asking->name) != 0) {
        last = g_new0(struct setup_source, 1);
        last->name = g_strdup(asking->name);
        last->words = g_strdup(asking->words);
        last->state = state;
        g_ptr_array_add(sources, last);
    } else if (worth[state] > worth[last->state]) {
        last->state = state;
        g_free(last->words);
        last->words = g_strdup(asking->words);
    }
    last->elapsed_ms = MAX(last->elapsed_ms, asking->elapsed_ms);
}

GPtrArray *setup_sources(setup *self)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(source_free);
    pthread_mutex_lock(&self->lock);
    for (guint i = 0; i < self->sources->len; i++) {
        const struct setup_asking *asking = self->sources->pdata[i];
        bool is_about_network = asking->rank == SETUP_RANK_GUESS; /* of interest only where something is wrong with it */
        if (!is_about_network || asking->answer == SETUP_ANSWER_REFUSED)
            add_source(copies, asking);
    }
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
    pthread_mutex_lock(&self->lock);
    const char *hint = self->hint;
    pthread_mutex_unlock(&self->lock);
    return hint;
}

struct account *setup_account(setup *self)
{
    return self->account;
}

struct question *setup_certificate(setup *self)
{
    pthread_mutex_lock(&self->lock);
    struct question *copy = self->certificate != NULL ? question_copy(self->certificate) : NULL;
    pthread_mutex_unlock(&self->lock);
    return copy;
}

enum setup_fault setup_fault(setup *self, bool *is_outgoing_out)
{
    pthread_mutex_lock(&self->lock);
    enum setup_fault fault = self->fault;
    if (is_outgoing_out != NULL)
        *is_outgoing_out = self->is_fault_outgoing;
    pthread_mutex_unlock(&self->lock);
    return fault;
}

bool setup_has_keyring(setup *self)
{
    pthread_mutex_lock(&self->lock);
    bool has_keyring = self->has_keyring;
    pthread_mutex_unlock(&self->lock);
    return has_keyring;
}

void setup_accept_certificate(setup *self, bool is_pinned)
{
    setup_cancel(self);
    if (self->certificate == NULL)
        return;
    g_ptr_array_add(self->accepted, g_strdup(self->certificate->fingerprint));
    if (is_pinned)
        g_ptr_array_add(self->pinned, g_strdup(self->certificate->fingerprint));
    g_clear_pointer(&self->certificate, question_free);
}

/* --- saving --- */
static bool has_stored_secret(const struct account_server *server)
{
    return secret_is_kept(server) || server->secret == ACCOUNT_SECRET_PASSWORD;
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

static const char *password_for(const setup *self, const struct account_server *server)
{
    bool is_other = server == &self->account->outgoing && self->outgoing_password != NULL;
    return is_other ? self->outgoing_password : self->password;
}

/* Asking each time begins with the next start: it was asked in this one. */
static void hand_over(struct account_server *server, const char *password)
{
    secret_free(server->password);
    server->password = g_strdup(password);
}

static bool keep_secrets(setup *self, GError **error)
{
    struct account_server *servers[] = { &self->account->incoming, &self->account->outgoing };
    share_secret(self->account);
    for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
        const char *password = password_for(self, servers[i]);
        if (password != NULL && has_stored_secret(servers[i]) &&
            !secret_put(self->account, servers[i], password, self->cancel_fd, SAVE_TIMEOUT_MS, error)) {
            secret_forget(self->account, servers[0], NULL);
            return false;
        }
        if (servers[i]->secret == ACCOUNT_SECRET_PROMPT)
            hand_over(servers[i], password);
    }
    return true;
}

/* The encrypted file is made with the first secret that goes into it. */
static bool open_file(setup *self, GError **error)
{
    bool is_wanted = self->account->incoming.secret == ACCOUNT_SECRET_FILE || self->account->outgoing.secret == ACCOUNT_SECRET_FILE;
    return !is_wanted || secret_file_state() == SECRET_FILE_OPEN ||
           secret_file_unlock(self->passphrase != NULL ? self->passphrase : "", error);
}

static bool save(setup *self, GError **error)
{
    bool is_oauth = oauth_account_is(self->account);
    if (!open_file(self, error) || !(is_oauth ? setup_oauth_save(self, error) : keep_secrets(self, error)))
        return false;
    if (account_file_save(self->account, error))
        return true;
    secret_forget(self->account, &self->account->incoming, NULL);
    secret_forget(self->account, &self->account->outgoing, NULL);
    return false;
}

static void *save_main(void *data)
{
    setup *self = data;
    g_autoptr(GError) error = NULL;
    bool is_saved = save(self, &error);
    if (is_saved || !setup_is_cancelled(self))
        setup_post(self, EVENT_SETUP_DONE, SETUP_PHASE_SAVE, is_saved, is_saved ? NULL : error->message);
    return NULL;
}

void setup_save(setup *self)
{
    setup_cancel(self);
    start(self, SETUP_PHASE_SAVE, save_main);
}
