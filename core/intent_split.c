/* SPDX-License-Identifier: MIT */
/* A command for many messages that was refused for want of room: what fits goes all the same.
 *
 * The smallest first, and fewer by half after each refusal: what is left when the smallest of the rest is refused alone is at least as large. So ten commands
 * are enough for 500 messages, whether one of them is too large or the room is for some of them only. */
#include "core/intent_replay_private.h"

struct sized {
    struct intent *intent;
    int64_t bytes;
};

static int by_size(gconstpointer left, gconstpointer right)
{
    const struct sized *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? -1 : 1;
    return a->intent->uid < b->intent->uid ? -1 : a->intent->uid > b->intent->uid;
}

static void sort_by_size(imap_session *self, GPtrArray *batch)
{
    g_autoptr(GArray) all = g_array_sized_new(FALSE, FALSE, sizeof(struct sized), batch->len);
    for (guint i = 0; i < batch->len; i++) {
        struct intent *intent = g_ptr_array_index(batch, i);
        const struct sized one = { .intent = intent, .bytes = intent_size(self->store, intent) };
        g_array_append_val(all, one);
    }
    g_array_sort(all, by_size);
    for (guint i = 0; i < all->len; i++)
        batch->pdata[i] = g_array_index(all, struct sized, i).intent;
}

/* A MOVE may go some of the way before it is refused (RFC 6851 3.3): what it told the new number of has moved. */
static void settle_moved(imap_session *self, GPtrArray *batch)
{
    g_autoptr(GPtrArray) moved = g_ptr_array_new();
    for (guint i = batch->len; i-- > 0;) {
        struct intent *intent = g_ptr_array_index(batch, i);
        if (intent->type != INTENT_MOVE || intent_uid_there(self->store, intent, intent->target_folder_id) == 0)
            continue;
        g_ptr_array_add(moved, intent);
        g_ptr_array_remove_index(batch, i);
    }
    replay_settle(self, moved);
}

static bool is_for_room(const struct imap_reply *reply)
{
    return reply->status == IMAP_NO && (reply->code == IMAP_CODE_OVERQUOTA || reply->code == IMAP_CODE_TOOBIG);
}

bool replay_may_fit(const GPtrArray *batch, const struct imap_reply *reply)
{
    return batch->len > 1 && is_for_room(reply) && !((const struct intent *)g_ptr_array_index(batch, 0))->is_arrived;
}

static GPtrArray *first_of(const GPtrArray *batch, guint count)
{
    GPtrArray *part = g_ptr_array_new();
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(part, g_ptr_array_index(batch, i));
    return part;
}

bool replay_what_fits(imap_session *self, GPtrArray *batch, const struct folder *target, replay_transfer *transfer,
                      const struct imap_reply *refusal, GError **error)
{
    struct imap_reply said = *refusal, reply = *refusal;
    g_autofree char *words = g_strdup(refusal->text);
    settle_moved(self, batch);
    sort_by_size(self, batch);
    guint most = batch->len > 1 ? batch->len : 2;
    while (batch->len > 0 && most > 1 && (reply.status == IMAP_OK || is_for_room(&reply))) {
        most = MIN((most + 1) / 2, batch->len);
        g_autoptr(GPtrArray) part = first_of(batch, most), sorted = first_of(batch, most);
        g_autofree char *set = replay_uid_set(sorted);
        self->expunges_before = self->expunges;
        if (!transfer(self, part, set, target, &reply, error))
            return false;
        replay_note_copyuid(self, part, &reply);
        if (reply.status == IMAP_OK) {
            g_ptr_array_remove_range(batch, 0, most);
            replay_settle(self, part);
            continue;
        }
        g_free(words);
        words = g_strdup(reply.text);
        said = reply;
        settle_moved(self, batch);
    }
    said.text = words;
    if (batch->len > 0)
        replay_judge(self, batch, &said);
    return true;
}
