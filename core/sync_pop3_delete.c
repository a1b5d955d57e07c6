/* SPDX-License-Identifier: MIT */
/* Deleting on the server by the person's rule: only what is safely here, and never by a number alone. */
#include "core/pop3_session_private.h"
#include <glib/gi18n-lib.h>

#define ROUNDS 3 /* so often a person may change their mind while we ask the server */

static bool is_due(const pop3_session *self, const struct pop3_mail *mail)
{
    const struct account *account = self->account->account;
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    bool is_head = mail->state == POP3_MAIL_HEAD || mail->state == POP3_MAIL_WANTED;
    if (mail->number == 0 || mail->state == POP3_MAIL_DELETED || is_head) /* the server has the only whole one */
        return false;
    switch (account->pop3_delete) {
    case ACCOUNT_DELETE_NEVER:
        return false;
    case ACCOUNT_DELETE_AT_ONCE:
        return true;
    case ACCOUNT_DELETE_AFTER_DAYS:
        return now - mail->arrived_utc >= (int64_t)account->pop3_days * 24 * 60 * 60;
    case ACCOUNT_DELETE_WHEN_DELETED:
        return mail->state == POP3_MAIL_UNWANTED || mail->is_in_trash;
    }
    return false;
}

bool sync_pop3_match(pop3_session *self, GError **error)
{
    g_clear_pointer(&self->mails, g_hash_table_unref);
    self->mails = pop3_mail_load(self->store, self->account->id, error);
    for (uint32_t number = 1; self->mails != NULL && number <= self->drop.count; number++) {
        const char *name = pop3_maildrop_name(&self->drop, number);
        struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
        if (mail != NULL && mail->state != POP3_MAIL_DELETED)
            mail->number = number;
    }
    return self->mails != NULL;
}

bool sync_pop3_has_due(pop3_session *self)
{
    GHashTableIter iter;
    gpointer mail;
    g_hash_table_iter_init(&iter, self->mails);
    while (g_hash_table_iter_next(&iter, NULL, &mail)) {
        if (is_due(self, mail))
            return true;
    }
    return false;
}

/* Ascending; no more than one connection is to delete. */
static GArray *due_numbers(const pop3_session *self)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    guint most = self->delete_max > 0 ? self->delete_max : G_MAXUINT;
    for (uint32_t number = 1; number <= self->drop.count && numbers->len < most; number++) {
        const char *name = pop3_maildrop_name(&self->drop, number);
        const struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
        if (mail != NULL && is_due(self, mail))
            g_array_append_val(numbers, number);
    }
    return numbers;
}

/* A number the server refuses to mark is left out of marked_out: it may be gone, or locked by somebody. */
static bool mark(pop3_session *self, const GArray *numbers, GArray *marked_out, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_alive = true;
    guint sent = 0;
    g_array_set_size(marked_out, 0);
    for (guint i = 0; is_alive && i < numbers->len; i++) {
        for (; is_alive && sent < numbers->len && sent < i + pop3_client_window(self->client); sent++)
            is_alive = pop3_client_send(self->client, error, "DELE %u", g_array_index(numbers, uint32_t, sent));
        is_alive = is_alive && pop3_client_read_reply(self->client, &reply, error);
        if (is_alive && reply.status == POP3_OK)
            g_array_append_val(marked_out, g_array_index(numbers, uint32_t, i));
    }
    pop3_reply_clear(&reply);
    return is_alive;
}

static bool is_within(const GArray *numbers, const GArray *others)
{
    guint at = 0; /* both ascend */
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t number = g_array_index(numbers, uint32_t, i);
        while (at < others->len && g_array_index(others, uint32_t, at) < number)
            at++;
        if (at == others->len || g_array_index(others, uint32_t, at) != number)
            return false;
    }
    return true;
}

/* The person's last word: what was undone meanwhile is unmarked. *numbers_inout: what is marked. */
static bool mark_with_last_word(pop3_session *self, GArray **numbers_inout, GError **error)
{
    g_autoptr(GArray) marked = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int round = 0; round < ROUNDS; round++) {
        struct pop3_reply reply = { 0 };
        if (!mark(self, *numbers_inout, marked, error) || !sync_pop3_match(self, error))
            return false;
        g_autoptr(GArray) due = due_numbers(self);
        if (is_within(marked, due)) {
            g_array_unref(*numbers_inout);
            *numbers_inout = g_steal_pointer(&marked);
            return true;
        }
        bool is_unmarked = pop3_client_ask(self->client, &reply, error, "RSET") && reply.status == POP3_OK;
        pop3_reply_clear(&reply);
        if (!is_unmarked)
            break;
        g_array_unref(*numbers_inout);
        *numbers_inout = g_steal_pointer(&due);
    }
    if (error != NULL && *error == NULL) /* closing without QUIT unmarks everything */
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s will be asked to delete mail at the next visit."),
                    self->account->account->incoming.host);
    return false;
}

static bool note_deleted(pop3_session *self, const GArray *numbers, GError **error)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    if (!store_begin(self->store, error))
        return false;
    for (guint i = 0; i < numbers->len; i++) {
        const char *name = pop3_maildrop_name(&self->drop, g_array_index(numbers, uint32_t, i));
        if (!pop3_mail_set_state(self->store, self->account->id, name, POP3_MAIL_DELETED, error) ||
            !pop3_mail_set_gone(self->store, self->account->id, name, now, error) || !store_breathe(self->store, error)) {
            store_rollback(self->store);
            return false;
        }
    }
    return store_commit(self->store, error);
}

static bool verify(pop3_session *self, const GArray *numbers, GError **error)
{
    bool is_same = true;
    if (self->drop.is_verified)
        return true;
    if (!pop3_maildrop_verify(&self->drop, self->client, numbers, &is_same, error))
        return false;
    if (is_same)
        return true;
    pop3_maildrop_forget(&self->drop);
    g_set_error(error, NET_ERROR, NET_ERROR_PROTOCOL, _("%s numbers its messages anew; they are looked at again."),
                self->account->account->incoming.host);
    return false;
}

/* Only QUIT makes deletions true, so a line that breaks before it takes them all back: the next try is for what this line would have carried. */
static void want_fewer(pop3_session *self, guint tried, unsigned answers)
{
    unsigned fewer = MAX(1, MIN(answers, tried) / 2);
    if (self->delete_max == 0 || fewer < self->delete_max) {
        self->delete_max = fewer;
        self->progress++; /* it is one step further: the next try is another one, and at once */
    }
}

static bool delete_numbers(pop3_session *self, GArray **numbers_inout, GError **error)
{
    guint tried = (*numbers_inout)->len;
    unsigned answers = pop3_client_answers(self->client);
    bool is_marked = verify(self, *numbers_inout, error) && mark_with_last_word(self, numbers_inout, error);
    answers = pop3_client_answers(self->client) - answers;
    if (!is_marked || !pop3_client_quit(self->client, error)) {
        want_fewer(self, tried, self->drop.is_verified ? answers : answers / 2);
        return false;
    }
    return note_deleted(self, *numbers_inout, error);
}

bool sync_pop3_delete(pop3_session *self, bool *is_more_out, GError **error)
{
    g_autoptr(GArray) numbers = due_numbers(self);
    *is_more_out = self->delete_max > 0 && numbers->len == self->delete_max;
    if (numbers->len == 0) {
        pop3_client_quit(self->client, NULL); /* politely; there is nothing that could go wrong */
        return true;
    }
    if (!delete_numbers(self, &numbers, error))
        return false;
    self->progress += numbers->len;
    self->delete_max += numbers->len == self->delete_max ? self->delete_max / 2 : 0;
    pop3_maildrop_remove(&self->drop, numbers);
    return true;
}
