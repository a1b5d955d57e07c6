/* SPDX-License-Identifier: MIT */
/* Moves that were cut off: what of them the server has done all the same, seen before anything is sent again. */
#include "core/intent_replay_private.h"

#define DOUBTFUL_MAX 2000 /* in one connection */
#define MANY         10u  /* fewer are as well looked into when their wait is over */

static bool is_together(const struct intent *a, const struct intent *b)
{
    return a->folder_id == b->folder_id && a->target_folder_id == b->target_folder_id && a->uidvalidity == b->uidvalidity;
}

/* They have left the open folder; *is_answered_out false: nothing is known. */
static GPtrArray *gone_of(imap_session *self, GPtrArray *rows, GError **error)
{
    g_autofree char *set = replay_uid_set(rows), *criteria = g_strconcat("UID ", set, NULL);
    bool is_answered = false;
    if (!replay_search(self, criteria, &is_answered, error))
        return NULL;
    GPtrArray *gone = g_ptr_array_new();
    for (guint i = 0; is_answered && i < rows->len; i++) {
        struct intent *intent = g_ptr_array_index(rows, i);
        if (!replay_has_found(self, intent->uid))
            g_ptr_array_add(gone, intent);
    }
    return gone;
}

static bool settle_arrived(imap_session *self, const GPtrArray *gone, const struct folder *target, GError **error)
{
    bool is_all_known = false;
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    if (!replay_look_in_target(self, gone, target, &is_all_known, error))
        return false;
    for (guint i = 0; i < gone->len; i++) {
        struct intent *intent = g_ptr_array_index(gone, i);
        if (intent_uid_there(self->store, intent, target->id) != 0)
            g_ptr_array_add(done, intent);
    }
    self->expunges_before = self->expunges; /* none were told of here: the other connection is told by itself */
    replay_settle(self, done);
    return true;
}

/* One way from folder to folder. Another UIDVALIDITY, a folder that cannot be opened: left to what sends them again. */
static bool look_into(imap_session *self, GPtrArray *rows, GError **error)
{
    const struct intent *first = g_ptr_array_index(rows, 0);
    bool is_refused = false;
    g_autoptr(GError) why = NULL;
    g_autoptr(folder) source = store_folder(self->store, first->folder_id, NULL),
                      target = store_folder(self->store, first->target_folder_id, NULL);
    if (source == NULL || target == NULL)
        return true;
    if (!imap_session_select(self, source, &is_refused, &why)) {
        if (is_refused)
            return true;
        g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    if (imap_client_mailbox(self->client)->uidvalidity != first->uidvalidity)
        return true;
    g_autoptr(GPtrArray) gone = gone_of(self, rows, error);
    return gone != NULL && (gone->len == 0 || settle_arrived(self, gone, target, error));
}

bool replay_settle_doubtful(imap_session *self, GError **error)
{
    g_autoptr(GPtrArray) rows = intent_doubtful(self->store, self->account->id, DOUBTFUL_MAX, error);
    if (rows == NULL)
        return false;
    for (guint i = 0; i < rows->len;) {
        g_autoptr(GPtrArray) way = g_ptr_array_new();
        const struct intent *first = g_ptr_array_index(rows, i);
        while (i < rows->len && is_together(first, g_ptr_array_index(rows, i)))
            g_ptr_array_add(way, g_ptr_array_index(rows, i++));
        if (way->len >= MANY && !look_into(self, way, error))
            return false;
    }
    return true;
}
