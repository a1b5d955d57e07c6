/* SPDX-License-Identifier: MIT */
/* Passwords and certificates: asked for once an account and direction, answered by the person, never waited for with a lock in hand. */
#include "config/secret.h"
#include "core/account_endpoint.h"
#include "core/engine_private.h"
#include "core/oauth_account.h"
#include "core/outbox.h"
#include "net/sasl.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define SECRET_TIMEOUT_MS 60000 /* a password-command may ask for a PIN somewhere */

void question_free(struct question *question)
{
    if (question == NULL)
        return;
    char *texts[] = { question->account_id,  question->account_name, question->host,   question->user,  question->reason,
                      question->fingerprint, question->subject,      question->issuer, question->names, question->pinned };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(question);
}

struct question *question_copy(const struct question *from)
{
    struct question *copy = g_memdup2(from, sizeof *from);
    char **texts[] = { &copy->account_id,  &copy->account_name, &copy->host,   &copy->user,  &copy->reason,
                       &copy->fingerprint, &copy->subject,      &copy->issuer, &copy->names, &copy->pinned };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(*texts[i]);
    return copy;
}

static const struct account_server *server_of(const engine_account *self, bool is_outgoing)
{
    return is_outgoing ? &self->account->outgoing : &self->account->incoming;
}

/* Takes the question; posts it unless one of its kind is open. */
static void raise_question(engine_account *self, struct question *question)
{
    engine *engine = self->engine;
    const struct account_server *server = server_of(self, question->is_outgoing);
    question->account_id = g_strdup(self->account->id);
    question->account_name = g_strdup(self->account->name);
    question->host = question->host != NULL ? question->host : g_strdup(server->host);
    question->user = g_strdup(server->user);
    pthread_mutex_lock(&engine->mutex);
    bool is_open = self->is_asked[question->is_outgoing];
    self->is_asked[question->is_outgoing] = true;
    question->id = ++engine->last_question;
    int64_t id = question->id;
    if (!is_open)
        g_hash_table_insert(engine->questions, &question->id, question);
    pthread_mutex_unlock(&engine->mutex);
    if (is_open)
        question_free(question);
    else
        engine_post(engine, EVENT_QUESTION, self->id, 0, id);
}

bool engine_is_waiting_for_person(engine_account *self, bool is_outgoing)
{
    pthread_mutex_lock(&self->engine->mutex);
    bool is_waiting = self->is_asked[is_outgoing] || self->is_declined[is_outgoing] || engine_secrets_wait(self, is_outgoing);
    pthread_mutex_unlock(&self->engine->mutex);
    return is_waiting;
}

/* --- passwords --- */
/* One password for both directions unless [outgoing] says otherwise. */
static bool is_shared(const engine_account *self)
{
    const struct account_server *in = &self->account->incoming, *out = &self->account->outgoing;
    return in->secret == out->secret && g_strcmp0(in->user, out->user) == 0 &&
           g_strcmp0(in->password_command, out->password_command) == 0 && g_strcmp0(in->password, out->password) == 0;
}

static size_t slot_of(const engine_account *self, bool is_outgoing)
{
    return is_outgoing && !is_shared(self) ? 1 : 0;
}

void engine_notice(engine_account *self, const char *words)
{
    const struct event event = { .type = EVENT_NOTICE, .account = self->id, .text = (char *)words };
    event_post(self->engine->events, &event);
}

/* On the worker's thread. Whatever comes of it, the password is good for this run. False: a passphrase is needed first, and asked for. */
static bool keep_password(engine_account *self, bool is_outgoing, const char *password, int cancel_fd)
{
    g_autoptr(GError) why = NULL;
    struct account_server *server = is_outgoing ? &self->account->outgoing : &self->account->incoming;
    bool is_open = engine_open_secrets(self, is_outgoing, true, cancel_fd);
    pthread_mutex_lock(&self->engine->mutex);
    bool is_to_wait = !is_open && self->engine->passphrase_stage != PASSPHRASE_DECLINED;
    self->is_to_keep[is_outgoing] = is_to_wait;
    pthread_mutex_unlock(&self->engine->mutex);
    if (is_to_wait)
        return false;
    if (!secret_put(self->account, server, password, cancel_fd, SECRET_TIMEOUT_MS, &why) &&
        !g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_CANCELLED))
        engine_notice(self, why->message);
    return true;
}

/* The one typed or found before; NULL: none. False: it must wait. */
static bool known_password(engine_account *self, bool is_outgoing, int cancel_fd, char **known_out)
{
    size_t slot = slot_of(self, is_outgoing);
    pthread_mutex_lock(&self->engine->mutex);
    char *known = g_strdup(self->passwords[slot]);
    bool is_waiting = self->is_asked[is_outgoing] || self->is_declined[is_outgoing];
    bool is_to_keep = known != NULL && self->is_to_keep[slot];
    self->is_to_keep[slot] = self->is_to_keep[slot] && !is_to_keep;
    pthread_mutex_unlock(&self->engine->mutex);
    if (is_to_keep && !keep_password(self, slot == 1, known, cancel_fd))
        g_clear_pointer(&known, net_secret_free);
    else
        is_to_keep = false;
    *known_out = known;
    return known != NULL || (!is_waiting && !is_to_keep);
}

char *engine_password(engine_account *self, bool is_outgoing, int cancel_fd, GError **error)
{
    GError *why = NULL;
    size_t slot = slot_of(self, is_outgoing);
    if (!net_sasl_needs_password(server_of(self, is_outgoing)->auth))
        return g_strdup(""); /* Kerberos, or a certificate */
    if (oauth_account_is(self->account))
        return engine_access_token(self, is_outgoing, cancel_fd, error);
    char *known = NULL;
    if (!known_password(self, is_outgoing, cancel_fd, &known) || known != NULL)
        return known;
    if (!engine_open_secrets(self, is_outgoing, false, cancel_fd))
        return NULL;
    char *found = secret_get(self->account, server_of(self, is_outgoing), cancel_fd, SECRET_TIMEOUT_MS, &why);
    if (found != NULL) {
        pthread_mutex_lock(&self->engine->mutex);
        net_secret_free(self->passwords[slot]);
        self->passwords[slot] = g_strdup(found);
        pthread_mutex_unlock(&self->engine->mutex);
        return found;
    }
    if (g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_CANCELLED)) {
        g_propagate_error(error, why);
        return NULL;
    }
    struct question *question = g_new0(struct question, 1);
    *question = (struct question){ .type = QUESTION_PASSWORD, .is_outgoing = is_outgoing };
    if (!g_error_matches(why, CONFIG_ERROR, CONFIG_ERROR_MISSING))
        question->reason = g_strdup(why->message); /* the command failed, the keyring is locked: the person may type it instead */
    g_clear_error(&why);
    raise_question(self, question);
    return NULL;
}

void engine_password_refused(engine_account *self, bool is_outgoing, const char *words)
{
    size_t slot = slot_of(self, is_outgoing);
    pthread_mutex_lock(&self->engine->mutex);
    g_clear_pointer(&self->passwords[slot], net_secret_free);
    pthread_mutex_unlock(&self->engine->mutex);
    struct question *question = g_new0(struct question, 1);
    *question = (struct question){ .type = QUESTION_PASSWORD, .is_outgoing = is_outgoing, .reason = g_strdup(words) };
    raise_question(self, question);
}

/* One for both directions. */
void engine_sign_in_question(engine_account *self, const char *reason)
{
    struct question *question = g_new0(struct question, 1);
    *question =
        (struct question){ .type = QUESTION_SIGN_IN, .reason = g_strdup(reason), .has_device = oauth_account_has_device(self->account) };
    raise_question(self, question);
}

/* --- certificates --- */
/* One that was accepted for a host counts for that host only. */
static size_t host_slot(const engine_account *self, bool is_outgoing)
{
    return is_outgoing && g_strcmp0(self->account->incoming.host, self->account->outgoing.host) != 0 ? 1 : 0;
}

char *engine_pins(engine_account *self, const struct account_server *server)
{
    GString *accepted = g_string_new(server->tls_accepted);
    const GPtrArray *list = self->fingerprints[host_slot(self, server == &self->account->outgoing)];
    pthread_mutex_lock(&self->engine->mutex);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(accepted, "%s%s", accepted->len > 0 ? ";" : "", (const char *)g_ptr_array_index(list, i));
    pthread_mutex_unlock(&self->engine->mutex);
    return g_string_free(accepted, accepted->len == 0);
}

static void accept_fingerprint(engine_account *self, bool is_outgoing, const char *fingerprint)
{
    pthread_mutex_lock(&self->engine->mutex);
    g_ptr_array_add(self->fingerprints[host_slot(self, is_outgoing)], g_strdup(fingerprint));
    pthread_mutex_unlock(&self->engine->mutex);
}

/* Besides those that are there: a server may show one of several certificates. One writer at a time: the file is read, changed and written. */
static void pin(engine_account *self, bool is_outgoing, const char *fingerprint)
{
    static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
    g_autoptr(GError) why = NULL;
    if (self->account->path == NULL)
        return;
    pthread_mutex_lock(&writing);
    bool is_written = account_file_add_pin(self->account->path, is_outgoing ? "outgoing" : "incoming", fingerprint, &why);
    pthread_mutex_unlock(&writing);
    if (!is_written)
        engine_notice(self, why->message);
}

/* The same certificate, pinned already for the other direction of the same host: "always" was said about it. */
static bool is_pinned_beside(const engine_account *self, bool is_outgoing, const struct net_trust_verdict *verdict)
{
    const struct account_server *other = server_of(self, !is_outgoing), *server = server_of(self, is_outgoing);
    bool is_same_host = other->host != NULL && server->host != NULL && g_ascii_strcasecmp(other->host, server->host) == 0;
    return is_same_host && !verdict->is_pin_mismatch && account_has_pin(other->tls_fingerprint, verdict->fingerprint);
}

void engine_certificate_question(engine_account *self, bool is_outgoing, const struct net_trust_verdict *verdict)
{
    if (is_pinned_beside(self, is_outgoing, verdict)) {
        accept_fingerprint(self, is_outgoing, verdict->fingerprint);
        pin(self, is_outgoing, verdict->fingerprint);
        engine_wake_all(self->engine);
        return;
    }
    struct question *question = g_new0(struct question, 1);
    *question = (struct question){ .type = QUESTION_CERTIFICATE,
                                   .is_outgoing = is_outgoing,
                                   .host = g_strdup(verdict->host),
                                   .reason = g_strdup(verdict->reason),
                                   .fingerprint = g_strdup(verdict->fingerprint),
                                   .subject = g_strdup(verdict->subject),
                                   .issuer = g_strdup(verdict->issuer),
                                   .names = g_strdup(verdict->names),
                                   .not_before = verdict->not_before,
                                   .not_after = verdict->not_after,
                                   .is_alarm = verdict->is_pin_mismatch };
    if (verdict->is_pin_mismatch)
        question->pinned = g_strdup(server_of(self, is_outgoing)->tls_fingerprint);
    raise_question(self, question);
}

/* --- answers: the UI thread --- */
struct question *engine_question(engine *self, int64_t id)
{
    pthread_mutex_lock(&self->mutex);
    const struct question *found = g_hash_table_lookup(self->questions, &id);
    struct question *copy = found != NULL ? question_copy(found) : NULL;
    pthread_mutex_unlock(&self->mutex);
    return copy;
}

/* Takes the question out; the account it is about, or NULL. */
static engine_account *close_question(engine *self, int64_t id, bool is_declined, struct question **question_out)
{
    gpointer value = NULL;
    engine_account *found = NULL;
    *question_out = NULL;
    pthread_mutex_lock(&self->mutex);
    /* The key is asked for as NULL: it lies inside the value, at its beginning, so GLib takes the table for a set, and 2.74 then gives NULL as the value
     * when both are wanted. */
    if (g_hash_table_steal_extended(self->questions, &id, NULL, &value))
        *question_out = value;
    for (guint i = 0; *question_out != NULL && i < self->accounts->len; i++) {
        engine_account *each = g_ptr_array_index(self->accounts, i);
        if (strcmp(each->account->id, (*question_out)->account_id) == 0)
            found = each;
    }
    if (found != NULL) {
        found->is_asked[(*question_out)->is_outgoing] = false;
        found->is_declined[(*question_out)->is_outgoing] = is_declined;
    }
    pthread_mutex_unlock(&self->mutex);
    return found;
}

void engine_answer_certificate(engine *self, int64_t question_id, enum certificate_answer answer)
{
    struct question *question = NULL;
    engine_account *found = close_question(self, question_id, answer == CERTIFICATE_REJECT, &question);
    if (found != NULL && answer != CERTIFICATE_REJECT)
        accept_fingerprint(found, question->is_outgoing, question->fingerprint);
    if (found != NULL && answer == CERTIFICATE_PIN)
        pin(found, question->is_outgoing, question->fingerprint);
    question_free(question);
    engine_wake_all(self);
}

void engine_answer_sign_in(engine *self, int64_t question_id, enum sign_in_answer answer)
{
    struct question *question = NULL;
    engine_account *found = close_question(self, question_id, answer == SIGN_IN_LATER, &question);
    if (found != NULL) {
        pthread_mutex_lock(&self->mutex);
        found->visit = answer;
        pthread_mutex_unlock(&self->mutex);
    }
    question_free(question);
    engine_wake_all(self);
}

void engine_answer_password(engine *self, int64_t question_id, const char *password, bool is_kept)
{
    struct question *question = NULL;
    engine_account *found = close_question(self, question_id, password == NULL, &question);
    if (found != NULL && password != NULL) {
        size_t slot = slot_of(found, question->is_outgoing);
        const struct account_server *server = question->is_outgoing ? &found->account->outgoing : &found->account->incoming;
        pthread_mutex_lock(&self->mutex);
        net_secret_free(found->passwords[slot]);
        found->passwords[slot] = g_strdup(password);
        found->is_to_keep[slot] = is_kept && secret_is_kept(server);
        pthread_mutex_unlock(&self->mutex);
    }
    question_free(question);
    engine_wake_all(self);
}

/* --- mail in doubt --- */
void engine_doubt_question(engine_account *self, int64_t outbox_id, const char *subject)
{
    engine *engine = self->engine;
    struct question *question = g_new0(struct question, 1);
    *question = (struct question){ .type = QUESTION_IN_DOUBT,
                                   .outbox_id = outbox_id,
                                   .is_outgoing = true,
                                   .reason = g_strdup(subject),
                                   .account_id = g_strdup(self->account->id),
                                   .account_name = g_strdup(self->account->name),
                                   .host = g_strdup(self->account->outgoing.host) };
    pthread_mutex_lock(&engine->mutex);
    GHashTableIter each;
    gpointer value;
    bool is_open = false;
    g_hash_table_iter_init(&each, engine->questions);
    while (g_hash_table_iter_next(&each, NULL, &value))
        is_open |= ((const struct question *)value)->outbox_id == outbox_id;
    question->id = ++engine->last_question;
    int64_t id = question->id;
    if (!is_open)
        g_hash_table_insert(engine->questions, &question->id, question);
    pthread_mutex_unlock(&engine->mutex);
    if (is_open)
        question_free(question);
    else
        engine_post(engine, EVENT_QUESTION, self->id, 0, id);
}

void engine_close_doubt(engine *self, int64_t question_id)
{
    struct question *question = NULL;
    pthread_mutex_lock(&self->mutex);
    gpointer value = NULL;
    if (g_hash_table_steal_extended(self->questions, &question_id, NULL, &value)) /* as in close_question */
        question = value;
    pthread_mutex_unlock(&self->mutex);
    question_free(question);
    engine_wake_all(self);
}
