/* SPDX-License-Identifier: MIT */
/* Fetching messages: newest first, several under way at once, each kept exactly once. */
#include "core/pop3_delivery.h"
#include "core/pop3_session_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define JOB_FROM 20u /* so many are worth a line in the activity view */

struct fetching {
    pop3_session *self;
    pop3_delivery *delivery;
    GArray *numbers;
    guint sent, done;     /* counted from the end of numbers */
    GHashTable *unlisted; /* sync_pop3_unlisted() */
    GHashTable *twice;    /* identity → how often it came on this connection, where nothing else names a message */
    int64_t job;
    unsigned refused;
    char *refusal;
};

static uint32_t number_at(const struct fetching *fetching, guint i)
{
    return g_array_index(fetching->numbers, uint32_t, fetching->numbers->len - 1 - i);
}

/* Between UIDL and RETR nobody can renumber, so they travel together where the names are from an earlier connection. */
static bool needs_proof(const pop3_session *self)
{
    return !self->drop.is_verified && self->drop.way == POP3_BY_UIDL;
}

static const struct pop3_mail *mail_of(const pop3_session *self, uint32_t number)
{
    const char *name = pop3_maildrop_name(&self->drop, number);
    const struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
    return mail != NULL && mail->number != 0 ? mail : NULL;
}

/* It is larger than the limit, and the person did not ask for all of it: the same when it is asked for and when it comes. */
static bool is_head(const pop3_session *self, uint32_t number, uint64_t *size_out)
{
    return sync_pop3_is_large(self, number, size_out) && mail_of(self, number) == NULL;
}

static bool send_one(struct fetching *fetching, GError **error)
{
    pop3_session *self = fetching->self;
    uint32_t number = number_at(fetching, fetching->sent++);
    uint64_t size = 0;
    return (!needs_proof(self) || pop3_client_send(self->client, error, "UIDL %u", number)) &&
           pop3_client_send(self->client, error, is_head(self, number, &size) ? "TOP %u 0" : "RETR %u", number);
}

static bool fail_renumbered(pop3_session *self, GError **error)
{
    pop3_maildrop_forget(&self->drop);
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s numbers its messages anew; they are looked at again."),
                self->account->account->incoming.host);
    return false;
}

static bool read_proof(pop3_session *self, uint32_t number, GError **error)
{
    struct pop3_reply reply = { 0 };
    if (!needs_proof(self))
        return true;
    bool is_read = pop3_client_read_reply(self->client, &reply, error);
    bool is_right = is_read && pop3_maildrop_is_reply_right(&self->drop, number, &reply);
    pop3_reply_clear(&reply);
    return is_right || (is_read && fail_renumbered(self, error));
}

static void note_cut(pop3_session *self, const char *name)
{
    if (name != NULL) {
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(self->cuts, name));
        g_hash_table_replace(self->cuts, g_strdup(name), GUINT_TO_POINTER(count + 1));
    }
}

/* --- one message that came --- */
/* Known under another name: the server changed its UIDLs, or listed nothing for a while, or did not delete what it was asked to. */
static bool adopt(struct fetching *fetching, const struct pop3_mail *mail, const char *name, GError **error)
{
    pop3_session *self = fetching->self;
    pop3_delivery_drop(fetching->delivery);
    return pop3_mail_rename(self->store, self->account->id, mail->uidl, name, error) &&
           (mail->state != POP3_MAIL_DELETED || pop3_mail_set_state(self->store, self->account->id, name, POP3_MAIL_UNWANTED, error));
}

/* One that is the same, byte for byte but for what servers write into headers; of one whose body is not known, the header must do. Each once. */
static const struct pop3_mail *take_unlisted(struct fetching *fetching)
{
    const char *const keys[] = { pop3_delivery_identity(fetching->delivery), pop3_delivery_hash(fetching->delivery) };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        GPtrArray *mails = g_hash_table_lookup(fetching->unlisted, keys[i]);
        if (mails != NULL && mails->len > 0)
            return g_ptr_array_steal_index(mails, mails->len - 1);
    }
    return NULL;
}

static void forget_unlisted(struct fetching *fetching, const struct pop3_mail *mail)
{
    GPtrArray *mails = mail->identity != NULL ? g_hash_table_lookup(fetching->unlisted, mail->identity) : NULL;
    if (mails != NULL)
        g_ptr_array_remove(mails, (gpointer)mail);
}

/* Of a message the server has no name for: what it says, and its place among equals. Caller frees. */
static char *name_by_content(struct fetching *fetching)
{
    const char *identity = pop3_delivery_identity(fetching->delivery);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(fetching->twice, identity)) + 1;
    g_hash_table_replace(fetching->twice, g_strdup(identity), GUINT_TO_POINTER(count));
    return count == 1 ? g_strdup_printf("all:%s", identity) : g_strdup_printf("all:%s\t%u", identity, count);
}

/* All that a server which names nothing can be asked is the message itself. */
static bool settle_nameless(struct fetching *fetching, uint32_t number, GError **error)
{
    pop3_session *self = fetching->self;
    g_autofree char *name = name_by_content(fetching);
    const struct pop3_mail *mail = g_hash_table_lookup(self->mails, name);
    pop3_maildrop_set_name(&self->drop, number, name);
    if (mail != NULL) {
        forget_unlisted(fetching, mail);
        pop3_delivery_drop(fetching->delivery);
        return true;
    }
    mail = take_unlisted(fetching);
    return mail != NULL ? adopt(fetching, mail, name, error) : pop3_delivery_keep(fetching->delivery, name, error);
}

static bool settle(struct fetching *fetching, uint32_t number, GError **error)
{
    pop3_session *self = fetching->self;
    const char *known_name = pop3_maildrop_name(&self->drop, number), *hash = pop3_delivery_hash(fetching->delivery);
    if (known_name == NULL)
        return settle_nameless(fetching, number, error);
    if (!self->drop.is_verified && self->drop.way == POP3_BY_TOP &&
        (strlen(known_name) < 4 || strncmp(known_name + 4, hash, strlen(hash)) != 0))
        return fail_renumbered(self, error);
    const struct pop3_mail *head = mail_of(self, number);
    if (head != NULL)
        return pop3_delivery_complete(fetching->delivery, head, error);
    const struct pop3_mail *mail = take_unlisted(fetching);
    return mail != NULL ? adopt(fetching, mail, known_name, error) : pop3_delivery_keep(fetching->delivery, known_name, error);
}

static void note_refusal(struct fetching *fetching, const struct pop3_reply *reply)
{
    fetching->refused++;
    if (fetching->refusal == NULL)
        fetching->refusal = pop3_reply_words(reply);
}

static bool read_one(struct fetching *fetching, GError **error)
{
    pop3_session *self = fetching->self;
    uint32_t number = number_at(fetching, fetching->done++);
    struct pop3_reply reply = { 0 };
    uint64_t size = 0;
    bool is_alive = read_proof(self, number, error) && pop3_client_read_reply(self->client, &reply, error);
    bool is_coming = is_alive && reply.status == POP3_OK;
    if (is_alive && !is_coming)
        note_refusal(fetching, &reply);
    pop3_reply_clear(&reply);
    if (is_coming && is_head(self, number, &size) && !pop3_delivery_begin_head(fetching->delivery, size, error))
        return false;
    if (is_coming && !pop3_client_read_text(self->client, pop3_delivery_bytes, fetching->delivery, error)) {
        note_cut(self, pop3_maildrop_name(&self->drop, number));
        pop3_delivery_drop(fetching->delivery);
        return false;
    }
    return is_alive && (!is_coming || settle(fetching, number, error));
}

/* --- all of them --- */
static void post_progress(const struct fetching *fetching, enum job_state state)
{
    engine_account *account = fetching->self->account;
    g_autofree char *title = g_strdup_printf(_("%s ▸ Inbox: new mail"), account->account->name);
    const struct event event = { .type = EVENT_PROGRESS,
                                 .account = account->id,
                                 .folder = fetching->self->inbox_id,
                                 .item = fetching->job,
                                 .done = fetching->done,
                                 .total = fetching->numbers->len,
                                 .state = state,
                                 .text = title };
    if (fetching->job != 0)
        event_post(account->engine->events, &event);
}

static bool is_stopped(const struct fetching *fetching)
{
    engine *engine = fetching->self->account->engine;
    return worker_is_stopping(fetching->self->thread) || !engine_account_is_online(fetching->self->account) ||
           (fetching->job != 0 && atomic_load(&engine->cancelled_job) == fetching->job);
}

static bool fetch_all(struct fetching *fetching, GError **error)
{
    unsigned told = 0;
    while (fetching->done < fetching->numbers->len) {
        bool is_over = is_stopped(fetching);
        while (!is_over && fetching->sent < fetching->numbers->len &&
               fetching->sent < fetching->done + pop3_client_window(fetching->self->client)) {
            if (!send_one(fetching, error))
                return false;
        }
        if (fetching->done == fetching->sent)
            return true;
        if (!read_one(fetching, error))
            return false;
        unsigned count = pop3_delivery_count(fetching->delivery);
        if (count != told)
            post_progress(fetching, JOB_RUNNING);
        told = count;
    }
    return true;
}

static void tell_refused(const struct fetching *fetching)
{
    engine_account *account = fetching->self->account;
    if (fetching->refused == 0)
        return;
    g_autofree char *words =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%s did not hand out %u message; it is asked for again later. It says: %s",
                                    "%s did not hand out %u messages; they are asked for again later. It says: %s", fetching->refused),
                        account->account->name, fetching->refused, fetching->refusal);
    const struct event event = { .type = EVENT_NOTICE, .account = account->id, .text = words };
    event_post(account->engine->events, &event);
}

GHashTable *sync_pop3_unlisted(const pop3_session *self, bool is_by_header)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, self->mails);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct pop3_mail *mail = value;
        if (mail->number != 0 || mail->identity == NULL)
            continue;
        g_autofree char *key = is_by_header ? g_strndup(mail->identity, strcspn(mail->identity, ":")) : g_strdup(mail->identity);
        GPtrArray *mails = g_hash_table_lookup(all, key);
        if (mails == NULL)
            g_hash_table_insert(all, g_steal_pointer(&key), mails = g_ptr_array_new());
        g_ptr_array_add(mails, mail);
    }
    return all;
}

bool sync_pop3_fetch(pop3_session *self, GArray *numbers, GError **error)
{
    g_autoptr(pop3_delivery) delivery =
        pop3_delivery_new(self->account, self->store, self->inbox_id, g_hash_table_size(self->mails) == 0, error);
    struct fetching fetching = { .self = self, .delivery = delivery, .numbers = numbers };
    if (delivery == NULL)
        return false;
    fetching.unlisted = sync_pop3_unlisted(self, false);
    fetching.twice = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    fetching.job = numbers->len >= JOB_FROM ? atomic_fetch_add(&self->account->engine->last_job, 1) + 1 : 0;
    bool is_ok = fetch_all(&fetching, error);
    GError *late = NULL;
    if (!pop3_delivery_commit(delivery, &late)) { /* also what came before the line broke */
        if (is_ok)
            g_propagate_error(error, late);
        else
            g_clear_error(&late);
        is_ok = false;
    }
    self->is_complete = is_ok && fetching.done == numbers->len && fetching.refused == 0;
    self->progress += pop3_delivery_count(delivery);
    post_progress(&fetching, !is_ok ? JOB_FAILED : fetching.done < numbers->len ? JOB_CANCELLED : JOB_DONE);
    tell_refused(&fetching);
    g_free(fetching.refusal);
    g_hash_table_unref(fetching.unlisted);
    g_hash_table_unref(fetching.twice);
    return is_ok;
}
