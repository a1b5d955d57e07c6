/* SPDX-License-Identifier: MIT */
/* Intents on flags → as few STORE commands as there are different changes. */
#include "core/intent_replay_private.h"
#include "core/store_private.h"
#include <string.h>

static int by_uid(gconstpointer left, gconstpointer right)
{
    uint32_t a = (*(struct intent *const *)left)->uid, b = (*(struct intent *const *)right)->uid;
    return a < b ? -1 : a > b;
}

char *replay_uid_set(GPtrArray *batch)
{
    GString *set = g_string_new(NULL);
    g_ptr_array_sort(batch, by_uid);
    for (guint i = 0; i < batch->len;) {
        uint32_t first = ((const struct intent *)g_ptr_array_index(batch, i))->uid, last = first;
        while (++i < batch->len && ((const struct intent *)g_ptr_array_index(batch, i))->uid <= last + 1)
            last = ((const struct intent *)g_ptr_array_index(batch, i))->uid;
        g_string_append_printf(set, last > first ? "%s%u:%u" : "%s%u", set->len > 0 ? "," : "", first, last);
    }
    return g_string_free(set, FALSE);
}

bool replay_store_flags(imap_session *self, const char *set, char sign, unsigned bits, struct imap_reply *reply, GError **error)
{
    static const char *const forwarded[] = { STORE_WORD_FORWARDED, NULL };
    const struct imap_flags flags = { .bits = bits & 0xff, .keywords = bits & MESSAGE_FORWARDED ? forwarded : NULL };
    return imap_wait(self->client, imap_send_store(self->client, set, sign, &flags), reply, error);
}

/* One STORE: these flags of these messages. */
struct change {
    char sign;
    unsigned bits;
    char *set;
};

static void change_clear(gpointer data)
{
    g_free(((struct change *)data)->set);
}

static void add_change(GArray *changes, GPtrArray *batch, char sign, unsigned bit)
{
    g_autoptr(GPtrArray) concerned = g_ptr_array_new();
    for (guint i = 0; i < batch->len; i++) {
        struct intent *intent = g_ptr_array_index(batch, i);
        if ((sign == '+' ? intent->add : intent->remove) & bit)
            g_ptr_array_add(concerned, intent);
    }
    if (concerned->len == 0)
        return;
    g_autofree char *set = replay_uid_set(concerned);
    for (guint i = 0; i < changes->len; i++) {
        struct change *known = &g_array_index(changes, struct change, i);
        if (known->sign == sign && strcmp(known->set, set) == 0) {
            known->bits |= bit;
            return;
        }
    }
    struct change one = { sign, bit, g_steal_pointer(&set) };
    g_array_append_val(changes, one);
}

/* As few commands as there are different flags to set and to clear, or fewer. */
static GArray *changes_of(GPtrArray *batch)
{
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
    g_array_set_clear_func(changes, change_clear);
    for (unsigned bit = 1; bit <= MESSAGE_FORWARDED; bit <<= 1) {
        add_change(changes, batch, '+', bit);
        add_change(changes, batch, '-', bit);
    }
    return changes;
}

/* "Forwarded" is a word, and the only mark that a mailbox may have no place for. It is kept here then; nobody is troubled with it. */
static void keep_forwarded(imap_session *self, GPtrArray *batch)
{
    for (guint i = 0; i < batch->len; i++) {
        const struct intent *intent = g_ptr_array_index(batch, i);
        if ((intent->add & MESSAGE_FORWARDED) != 0)
            store_keywords_keep(self->store, intent->placement_id, STORE_WORD_FORWARDED, NULL, NULL);
    }
}

/* True: the word is what it does not take, or may be. A bare NO to it alone is asked once more, as for all commands. */
static bool is_word_refused(const struct intent *first, const struct imap_reply *reply, unsigned rest)
{
    bool is_final = !imap_session_is_later(reply) || reply->code == IMAP_CODE_LIMIT;
    return reply->status != IMAP_OK && is_final &&
           (rest != 0 || first->attempts > 0 || reply->code != IMAP_CODE_NONE || reply->status == IMAP_BAD);
}

/* Sets all of it; where the word has no place, the rest. */
static bool set_forwarded(imap_session *self, GPtrArray *batch, const struct change *change, struct imap_reply *reply, GError **error)
{
    unsigned rest = change->bits & ~(unsigned)MESSAGE_FORWARDED;
    bool has_place = imap_client_keeps_keyword(self->client, STORE_WORD_FORWARDED);
    if (has_place && !replay_store_flags(self, change->set, '+', change->bits, reply, error))
        return false;
    if (has_place && !is_word_refused(g_ptr_array_index(batch, 0), reply, rest))
        return true;
    *reply = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    if (rest != 0 && !replay_store_flags(self, change->set, '+', rest, reply, error))
        return false;
    if (reply->status == IMAP_OK)
        keep_forwarded(self, batch);
    return true;
}

bool replay_flags(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    struct imap_reply reply = { .status = IMAP_OK, .text = "" };
    (void)set;
    (void)target;
    g_array_set_size(self->touched, 0);
    g_autoptr(GArray) changes = changes_of(batch);
    for (guint i = 0; i < changes->len && reply.status == IMAP_OK; i++) {
        const struct change *change = &g_array_index(changes, struct change, i);
        bool is_forwarded = change->sign == '+' && (change->bits & MESSAGE_FORWARDED) != 0;
        if (is_forwarded ? !set_forwarded(self, batch, change, &reply, error)
                         : !replay_store_flags(self, change->set, change->sign, change->bits, &reply, error))
            return false;
    }
    bool is_refused = reply.status != IMAP_OK && !imap_session_is_later(&reply);
    if (is_refused && changes->len > 1 && batch->len > 1)
        replay_again(self, batch, reply.text); /* whose fault it is shows when each goes by itself */
    else
        replay_judge(self, batch, &reply);
    return true;
}
