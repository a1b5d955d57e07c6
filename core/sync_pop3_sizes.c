/* SPDX-License-Identifier: MIT */
/* The limit on the size of what is fetched whole: what is larger, by the server's word, and whether this server gives heads alone. */
#include "core/pop3_session_private.h"

#define FEW 64u /* so many sizes are asked for one by one; more are a listing */

static bool is_known(const pop3_session *self, const char *name)
{
    return name == NULL || g_hash_table_contains(self->sizes, name);
}

/* What may come now: what is not here, and what is here as a head only. */
static GArray *unknown_numbers(const pop3_session *self)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t number = 1; number <= self->drop.count; number++) {
        const char *name = pop3_maildrop_name(&self->drop, number);
        const struct pop3_mail *mail = name != NULL ? g_hash_table_lookup(self->mails, name) : NULL;
        bool is_here = mail != NULL && mail->number != 0 && mail->state != POP3_MAIL_HEAD;
        if (!is_here && !is_known(self, name))
            g_array_append_val(numbers, number);
    }
    return numbers;
}

static void note_size(pop3_session *self, uint32_t number, uint64_t size)
{
    const char *name = pop3_maildrop_name(&self->drop, number);
    if (is_known(self, name))
        return;
    g_hash_table_insert(self->sizes, g_strdup(name), GSIZE_TO_POINTER((gsize)size));
    self->progress++;
}

static void take_line(void *data, const char *line)
{
    pop3_session *self = data;
    uint32_t number = 0;
    uint64_t size = 0;
    if (pop3_size_parse(line, &number, &size) && number <= self->drop.count)
        note_size(self, number, size);
}

static bool list_sizes(pop3_session *self, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_alive = pop3_client_ask(self->client, &reply, error, "LIST");
    bool is_coming = is_alive && reply.status == POP3_OK;
    pop3_reply_clear(&reply);
    return is_alive && (!is_coming || pop3_client_read_lines(self->client, take_line, self, error));
}

/* Of what the server says nothing, or nonsense, the size is 0: it is fetched whole. */
static bool ask_sizes(pop3_session *self, const GArray *numbers, GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_alive = true;
    guint sent = 0;
    for (guint i = 0; is_alive && i < numbers->len; i++) {
        uint32_t number = g_array_index(numbers, uint32_t, i), said = 0;
        uint64_t size = 0;
        for (; is_alive && sent < numbers->len && sent < i + pop3_client_window(self->client); sent++)
            is_alive = pop3_client_send(self->client, error, "LIST %u", g_array_index(numbers, uint32_t, sent));
        is_alive = is_alive && pop3_client_read_reply(self->client, &reply, error);
        bool is_said = is_alive && reply.status == POP3_OK && pop3_size_parse(reply.text, &said, &size) && said == number;
        if (is_alive)
            note_size(self, number, is_said ? size : 0);
    }
    pop3_reply_clear(&reply);
    return is_alive;
}

static bool take_nothing(void *data, const char *bytes, size_t length, GError **error)
{
    (void)data;
    (void)bytes;
    (void)length;
    (void)error;
    return true;
}

/* Old servers without CAPA may know TOP all the same. */
static bool find_top(pop3_session *self, uint32_t number, GError **error)
{
    struct pop3_reply reply = { 0 };
    self->has_top = pop3_client_can(self->client, POP3_CAN_TOP) || self->drop.way == POP3_BY_TOP;
    if (self->has_top || pop3_client_has_capa(self->client))
        return true;
    bool is_alive = pop3_client_ask(self->client, &reply, error, "TOP %u 0", number);
    self->has_top = is_alive && reply.status == POP3_OK;
    pop3_reply_clear(&reply);
    return is_alive && (!self->has_top || pop3_client_read_text(self->client, take_nothing, NULL, error));
}

bool sync_pop3_sizes(pop3_session *self, GError **error)
{
    self->has_top = false;
    if (self->account->account->pop3_max_size == 0 || self->drop.way == POP3_BY_NOTHING || self->drop.count == 0)
        return true;
    g_autoptr(GArray) numbers = unknown_numbers(self);
    if (!find_top(self, self->drop.count, error))
        return false;
    if (!self->has_top || numbers->len == 0)
        return true;
    if (numbers->len > FEW && !list_sizes(self, error))
        return false;
    g_autoptr(GArray) left = unknown_numbers(self);
    return ask_sizes(self, left, error);
}

bool sync_pop3_is_large(const pop3_session *self, uint32_t number, uint64_t *size_out)
{
    const char *name = pop3_maildrop_name(&self->drop, number);
    uint64_t limit = self->account->account->pop3_max_size;
    *size_out = name != NULL ? GPOINTER_TO_SIZE(g_hash_table_lookup(self->sizes, name)) : 0;
    return limit > 0 && self->has_top && *size_out > limit;
}
