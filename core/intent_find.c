/* SPDX-License-Identifier: MIT */
/* Which number a message has in a folder, where no server told it: after a COPY without UIDPLUS, a cut line, a crash, or when all numbers changed.
 *
 * Searched by Message-ID, or by its size where it has none, what is found is fetched and given to the store: whether a message is the one that is awaited
 * there is decided in one place only (core/store_message), for this as for every synchronisation. */
#include "core/intent_replay_private.h"
#include "core/store_private.h"

#define CANDIDATES_MAX 100u /* more that look the same: the newest */

static imap_request send_search(imap_session *self, const struct intent *intent)
{
    int64_t size = intent_size(self->store, intent);
    if (intent->message_id != NULL)
        return imap_send_search_message_id(self->client, intent->message_id);
    g_autofree char *criteria = g_strdup_printf("LARGER %" G_GINT64_FORMAT " SMALLER %" G_GINT64_FORMAT, MAX(size, 1) - 1, size + 1);
    return imap_send_search(self->client, criteria);
}

static int by_number(gconstpointer left, gconstpointer right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Those that may be it: not older than the command that put it there, and not another placement's. */
static GArray *candidates(imap_session *self, int64_t placement_id, int64_t folder_id, uint32_t least, guint most)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < self->found->len; i++) {
        uint32_t uid = g_array_index(self->found, uint32_t, i);
        int64_t owner = uid >= least ? store_placement_find(self->store, folder_id, uid) : -1;
        if (owner == 0 || owner == placement_id)
            g_array_append_val(uids, uid);
    }
    g_array_sort(uids, by_number);
    if (uids->len > most)
        g_array_remove_range(uids, 0, uids->len - most);
    return uids;
}

/* --- question and answer --- */

static bool look_plainly(imap_session *self, const struct intent *intent, int64_t placement_id, uint32_t least, bool *is_answered_out,
                         GError **error)
{
    struct imap_reply reply;
    g_array_set_size(self->found, 0);
    if (!imap_wait(self->client, send_search(self, intent), &reply, error) || !replay_may_conclude(self, &reply, error))
        return false;
    *is_answered_out = reply.status == IMAP_OK;
    g_autoptr(GArray) uids = candidates(self, placement_id, self->folder_id, least, CANDIDATES_MAX);
    return uids->len == 0 || sync_imap_fetch_chunk(self, self->folder_id, uids, uids->len, error);
}

static imap_request send_saved_search(imap_session *self, const struct intent *intent, uint32_t least)
{
    char uid[] = "UID", range[sizeof "4294967295:*"], header[] = "HEADER", name[] = "Message-ID";
    g_snprintf(range, sizeof range, "%u:*", least);
    const struct imap_search_word words[] = {
        { uid, false }, { range, false }, { header, false }, { name, false }, { intent->message_id, true }
    };
    const struct imap_search search = { .is_saved = true, .words = words, .count = G_N_ELEMENTS(words) };
    return imap_send_search_for(self->client, &search);
}

/* "900:*" is the newest message also where it is older than that: not the one that is awaited, though it may look like it. */
static void drop_older(imap_session *self, uint32_t least)
{
    for (guint i = self->fetched->len; i-- > 0;) {
        const struct fetched *fetched = g_ptr_array_index(self->fetched, i);
        if (fetched->uid < least && store_placement_find(self->store, self->folder_id, fetched->uid) == 0)
            g_ptr_array_remove_index(self->fetched, i);
    }
}

/* The question, and what it finds, in one trip (RFC 5182). *is_done_out false: not so here, or too much was found; nothing is known yet. */
static bool look_at_once(imap_session *self, const struct intent *intent, uint32_t least, bool *is_done_out, GError **error)
{
    struct imap_reply reply;
    g_autofree char *items = sync_imap_items(self);
    int64_t folder_id = self->folder_id;
    g_array_set_size(self->found, 0);
    if (!imap_session_store_fetched(self, folder_id, false, NULL, error))
        return false;
    imap_session_ask(self);
    self->is_identifying = true;
    imap_request question = send_saved_search(self, intent, least), answer = imap_send_fetch(self->client, true, "$", items);
    bool is_alive = imap_wait(self->client, question, &reply, error) && replay_may_conclude(self, &reply, error);
    *is_done_out = is_alive && reply.status == IMAP_OK && self->found->len <= CANDIDATES_MAX;
    is_alive = is_alive && imap_wait(self->client, answer, &reply, error);
    self->is_identifying = false;
    if (!is_alive)
        return false;
    *is_done_out &= reply.status == IMAP_OK;
    self->is_searchres_useless |= reply.status == IMAP_BAD;
    drop_older(self, least);
    return imap_session_store_fetched(self, folder_id, false, NULL, error);
}

/* In the selected folder. The store may give the number to another row that looks the same and was there first: then the next one is this one's. */
static bool look(imap_session *self, const struct intent *intent, int64_t placement_id, uint32_t least, bool *is_answered_out,
                 GError **error)
{
    bool is_done = false;
    bool can_refer = imap_client_can(self->client, IMAP_CAPABILITY_SEARCHRES) && !self->is_searchres_useless && intent->message_id != NULL;
    least = MAX(least, 1);
    if (can_refer && !look_at_once(self, intent, least, &is_done, error))
        return false;
    *is_answered_out = is_done;
    return is_done || look_plainly(self, intent, placement_id, least, is_answered_out, error);
}

/* The row never left the folder, only the trust in its number was lost (a restored backup): the search by its Message-ID has found that number. */
static bool trust_again(imap_session *self, struct intent *intent, int64_t subject, GError **error)
{
    int64_t uid = 0;
    bool is_found = false;
    if (!store_number(self->store, &uid, error, "SELECT uid FROM placements WHERE id = ? AND folder_id = ? AND uid > 0", NUM(subject),
                      NUM(self->folder_id)))
        return false;
    for (guint i = 0; i < self->found->len && uid != 0; i++)
        is_found |= g_array_index(self->found, uint32_t, i) == uid;
    if (!is_found)
        return true;
    intent->uid = (uint32_t)uid;
    return store_run(self->store, error,
                     "UPDATE intents SET uid = ?2, uidvalidity = (SELECT uidvalidity FROM folders WHERE id = ?3) WHERE id = ?1",
                     NUM(intent->id), NUM(uid), NUM(self->folder_id));
}

/* is_all_known: what the folder has that nobody awaited was read just now, and given to those it belongs to. */
static bool learn_uid(imap_session *self, struct intent *intent, bool is_all_known, bool *is_answered_out, GError **error)
{
    int64_t subject = intent->source_id != 0 ? intent->source_id : intent->placement_id, doubted = 0;
    intent->uid = intent_uid(self->store, intent->id); /* a sync may have told it meanwhile */
    *is_answered_out = true;
    if (intent->uid != 0)
        return true;
    if (is_all_known && !store_number(self->store, &doubted, error, "SELECT uid FROM placements WHERE id = ? AND folder_id = ?",
                                      NUM(subject), NUM(self->folder_id)))
        return false;
    if (is_all_known && doubted == 0)
        return true;
    if (!look(self, intent, subject, intent->least_uid, is_answered_out, error))
        return false;
    intent->uid = intent_uid(self->store, intent->id);
    return intent->uid != 0 || intent->message_id == NULL || trust_again(self, intent, subject, error);
}

/* *is_open_out false: it cannot be opened, and so nothing of ours is there. */
static bool open_target(imap_session *self, const struct folder *target, bool *is_open_out, GError **error)
{
    bool is_refused = false;
    g_autoptr(GError) why = NULL;
    *is_open_out = imap_session_select(self, target, &is_refused, &why);
    if (*is_open_out || (is_refused && !self->is_refusal_temporary))
        return true;
    g_propagate_error(error, g_steal_pointer(&why));
    return false;
}

bool replay_find_in_target(imap_session *self, const struct intent *intent, const struct folder *target, uint32_t *uid_out, GError **error)
{
    bool is_open = false, is_answered = false;
    *uid_out = target != NULL ? intent_uid_there(self->store, intent, target->id) : 0;
    if (target == NULL || *uid_out != 0)
        return true;
    if (!open_target(self, target, &is_open, error))
        return false;
    if (!is_open)
        return true;
    if (!look(self, intent, intent->placement_id, intent_least_uid(self->store, intent, target->id), &is_answered, error))
        return false;
    *uid_out = intent_uid_there(self->store, intent, target->id);
    return true;
}

/* --- many at once --- */

#define FEW       2u    /* are as soon asked for one by one */
#define MANY_MAX  2000u /* read: the newest */
#define MANY_STEP 500u

/* All of the selected folder from that number on that belongs to no row yet; *is_all_out false: it may have more. */
static bool look_for_many(imap_session *self, uint32_t least, bool *is_all_out, GError **error)
{
    int64_t folder_id = self->folder_id;
    bool is_answered = false;
    g_autofree char *criteria = g_strdup_printf("UID %u:*", MAX(least, 1));
    if (!replay_search(self, criteria, &is_answered, error))
        return false;
    g_autoptr(GArray) uids = candidates(self, 0, folder_id, least, MANY_MAX);
    *is_all_out = is_answered && uids->len < MANY_MAX;
    while (is_answered && uids->len > 0) {
        if (!sync_imap_fetch_chunk(self, folder_id, uids, MANY_STEP, error))
            return false;
    }
    return true;
}

bool replay_learn_uids(imap_session *self, const GPtrArray *rows, bool *is_answered_out, GError **error)
{
    bool is_all_known = false;
    uint32_t least = UINT32_MAX;
    for (guint i = 0; i < rows->len; i++)
        least = MIN(least, ((const struct intent *)g_ptr_array_index(rows, i))->least_uid);
    *is_answered_out = true;
    if (rows->len > FEW && !look_for_many(self, least, &is_all_known, error))
        return false;
    for (guint i = 0; i < rows->len && *is_answered_out; i++) {
        if (!learn_uid(self, g_ptr_array_index(rows, i), is_all_known, is_answered_out, error))
            return false;
    }
    return true;
}

/* How many are missed there, and the least number that one of them can have. */
static guint missed_in(imap_session *self, const GPtrArray *rows, const struct folder *target, uint32_t *least_out)
{
    guint missed = 0;
    *least_out = UINT32_MAX;
    for (guint i = 0; i < rows->len; i++) {
        const struct intent *intent = g_ptr_array_index(rows, i);
        bool is_transfer = intent->type == INTENT_MOVE || intent->type == INTENT_COPY;
        if (!is_transfer || intent->is_arrived || intent_uid_there(self->store, intent, target->id) != 0)
            continue;
        *least_out = MIN(*least_out, intent_least_uid(self->store, intent, target->id));
        missed++;
    }
    return missed;
}

bool replay_look_in_target(imap_session *self, const GPtrArray *rows, const struct folder *target, bool *is_all_out, GError **error)
{
    uint32_t least = 0;
    bool is_open = false;
    *is_all_out = false;
    if (target == NULL || missed_in(self, rows, target, &least) <= FEW)
        return true;
    if (!open_target(self, target, &is_open, error))
        return false;
    return !is_open || look_for_many(self, least, is_all_out, error);
}

/* --- other numbers --- */

/* Of those that go elsewhere, the rows whose number the folder has not: by their numbers they would be lost one after the other. */
static GArray *without_message(imap_session *self, int64_t folder_id, GError **error)
{
    g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *failure = NULL;
    for (guint i = 0; i < self->found->len; i++)
        g_hash_table_add(found, GUINT_TO_POINTER(g_array_index(self->found, uint32_t, i)));
    g_autoptr(sqlite3_stmt) row =
        store_select(self->store, error, "SELECT id, uid FROM intents WHERE folder_id = ? AND uid > 0 AND type IN (?, ?)", NUM(folder_id),
                     NUM(INTENT_MOVE), NUM(INTENT_COPY));
    while (row != NULL && store_step(self->store, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        if (!g_hash_table_contains(found, GUINT_TO_POINTER((guint)sqlite3_column_int64(row, 1))))
            g_array_append_val(ids, id);
    }
    if (row != NULL && failure == NULL)
        return g_steal_pointer(&ids);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return NULL;
}

static bool may_be_renumbered(const GPtrArray *lost)
{
    for (guint i = 0; i < lost->len; i++) {
        const struct intent *intent = g_ptr_array_index(lost, i);
        if (intent->uid == 0 || intent->message_id == NULL || intent->type > INTENT_COPY)
            return false;
    }
    return lost->len > FEW;
}

bool replay_ask_anew(imap_session *self, const GPtrArray *lost, bool *is_asked_out, GError **error)
{
    bool is_answered = false;
    *is_asked_out = false;
    if (!may_be_renumbered(lost))
        return true;
    if (!replay_search(self, "ALL", &is_answered, error))
        return false;
    if (!is_answered)
        return true;
    g_autoptr(GArray) ids = without_message(self, ((const struct intent *)g_ptr_array_index(lost, 0))->folder_id, error);
    *is_asked_out = ids != NULL;
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        if (!intent_forget_number(self->store, g_array_index(ids, int64_t, i), error))
            return false;
    }
    return ids != NULL;
}
