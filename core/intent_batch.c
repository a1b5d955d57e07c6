/* SPDX-License-Identifier: MIT */
/* Which intents travel as one command: not only neighbours, but all that do the same in the same folder and that nothing before them holds back. */
#include "core/intent_replay_private.h"

#define TOGETHER_MAX 500u /* in one command: servers have a limit for a line */
#define CUT_OFF_MAX  250u /* a folder of many thousands costs some servers seconds for each command, whatever is in it */
#define APPENDS_MAX  50u  /* under way at once: after a crash each is looked for */

static bool is_of_folder(const struct intent *intent)
{
    return intent->type >= INTENT_FOLDER_CREATE && intent->type <= INTENT_FOLDER_DELETE;
}

static bool is_of_flags(const struct intent *intent)
{
    return intent->type == INTENT_FLAGS || intent->type == INTENT_KEYWORDS;
}

static bool is_same_change(const struct intent *a, const struct intent *b)
{
    if (a->type == INTENT_FLAGS && a->attempts == 0 && b->attempts == 0)
        return true; /* each flag is a command of its own for all that it concerns: see replay_flags */
    return a->add == b->add && a->remove == b->remove && (a->type != INTENT_KEYWORDS || g_strcmp0(a->path, b->path) == 0);
}

/* Cut off together, looked into together: but not with what the server has said no to. */
static bool is_same_try(const struct intent *a, const struct intent *b)
{
    return (a->attempts > 0) == (b->attempts > 0) && (a->type != INTENT_MOVE || (a->error != NULL) == (b->error != NULL));
}

/* Never tried, so nothing has to be looked for. Several such go in one command (RFC 3502). */
static bool is_fresh_append(const struct intent *intent)
{
    return intent->type == INTENT_APPEND && intent->attempts == 0 && !intent->is_arrived && (intent->remove & INTENT_LOOKS_FIRST) == 0;
}

static bool is_mergeable(const struct intent *a, const struct intent *b)
{
    if (is_fresh_append(a) && is_fresh_append(b))
        return a->folder_id == b->folder_id && a->target_folder_id == b->target_folder_id;
    return a->type == b->type && (a->type < INTENT_APPEND || a->type == INTENT_KEYWORDS) && a->folder_id == b->folder_id &&
           a->target_folder_id == b->target_folder_id && a->uidvalidity == b->uidvalidity && (a->uid != 0) == (b->uid != 0) &&
           a->is_arrived == b->is_arrived && is_same_try(a, b) && is_same_change(a, b);
}

/* Travels by itself: the server said no to it, or it may have been half done and is looked at. */
static bool is_alone(const struct intent *intent, const struct replay_ways *ways)
{
    if (ways->can_append_many && is_fresh_append(intent))
        return false;
    bool is_moved_again = intent->type == INTENT_MOVE && intent->attempts > 0;
    return (intent->type >= INTENT_APPEND && intent->type != INTENT_KEYWORDS) ||
           (is_moved_again && (!ways->can_move || intent->error != NULL));
}

static void note_id(GHashTable *ids, int64_t id)
{
    if (id != 0)
        g_hash_table_add(ids, g_memdup2(&id, sizeof id));
}

/* Placements that a row in the queue deletes for good: what is to be done to their flags before need not be, unless a copy takes the flags along. */
static GHashTable *doomed(GPtrArray *pending)
{
    GHashTable *ids = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < pending->len; i++) {
        const struct intent *intent = g_ptr_array_index(pending, i);
        if (intent->type == INTENT_DELETE && intent->target_folder_id == 0 && intent->attempts == 0)
            note_id(ids, intent->placement_id);
    }
    for (guint i = 0; i < pending->len && g_hash_table_size(ids) > 0; i++) {
        const struct intent *intent = g_ptr_array_index(pending, i);
        if (intent->source_id != 0)
            g_hash_table_remove(ids, &intent->source_id);
    }
    return ids;
}

static bool is_any(const struct intent *intent)
{
    (void)intent;
    return true;
}

static bool is_copy(const struct intent *intent)
{
    return intent->type == INTENT_COPY;
}

/* What comes after a row that stays behind stays behind as well, where it speaks of the same message. */
static void collect(GPtrArray *pending, GHashTable *going, bool (*may_begin)(const struct intent *intent), const struct replay_ways *ways,
                    GPtrArray *batch)
{
    g_autoptr(GHashTable) behind = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    guint most = TOGETHER_MAX;
    for (guint i = 0; i < pending->len && batch->len < most; i++) {
        struct intent *intent = g_ptr_array_index(pending, i);
        if (is_of_flags(intent) && g_hash_table_contains(going, &intent->placement_id))
            continue;
        bool is_held = g_hash_table_contains(behind, &intent->placement_id) || g_hash_table_contains(behind, &intent->source_id);
        bool is_wanted = batch->len == 0 ? may_begin(intent) : is_mergeable(g_ptr_array_index(batch, 0), intent);
        if (!is_held && is_wanted) {
            g_ptr_array_add(batch, intent);
            most = ways->is_cut_off && intent->attempts == 0 ? CUT_OFF_MAX : TOGETHER_MAX;
            note_id(behind, intent->source_id); /* a second copy of the same message is a second command */
            if (is_alone(intent, ways) || (intent->type == INTENT_APPEND && batch->len >= APPENDS_MAX))
                break;
            continue;
        }
        if (is_of_folder(intent)) /* it may be about any of the folders */
            break;
        note_id(behind, intent->placement_id);
        note_id(behind, intent->source_id);
    }
}

/* Flags first, then copies: so that all that goes from one folder to another can go at once. */
GPtrArray *replay_first_batch(GPtrArray *pending, const struct replay_ways *ways)
{
    static bool (*const order[])(const struct intent *intent) = { is_of_flags, is_copy, is_any };
    GPtrArray *batch = g_ptr_array_new();
    g_autoptr(GHashTable) going = doomed(pending);
    for (size_t i = 0; i < G_N_ELEMENTS(order) && batch->len == 0; i++)
        collect(pending, going, order[i], ways, batch);
    return batch;
}

/* --- when it is done --- */
static bool takes_away(const struct intent *intent)
{
    return (intent->type == INTENT_MOVE || intent->type == INTENT_DELETE) && intent->uid != 0;
}

void replay_note_taken_away(imap_session *self, const GPtrArray *batch)
{
    if (self->expunges - self->expunges_before < batch->len)
        return;
    for (guint i = 0; i < batch->len;) {
        const struct intent *first = g_ptr_array_index(batch, i), *last = first;
        while (++i < batch->len && takes_away(g_ptr_array_index(batch, i)) &&
               ((const struct intent *)g_ptr_array_index(batch, i))->uid == last->uid + 1)
            last = g_ptr_array_index(batch, i);
        if (takes_away(first))
            imap_gone_note(self->account->gone, first->folder_id, first->uidvalidity, first->uid, last->uid);
    }
}
