/* SPDX-License-Identifier: MIT */
/* What is wanted stays: the cache's limit is for what was opened besides. */
#include "core/sync_bodies_private.h"
#include "core/store_private.h"
#include <string.h>

static bool is_near(const struct folder *folder)
{
    return folder->role == FOLDER_INBOX || folder->role == FOLDER_SENT || folder->role == FOLDER_DRAFTS;
}

struct account_sync_policy body_policy(const imap_session *session, const struct folder *folder)
{
    if (folder->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE))
        return (struct account_sync_policy){ .bodies = ACCOUNT_BODIES_HEADERS };
    return account_sync_policy_of(session->account->account->sync, folder->name, is_near(folder), store_now_utc());
}

int64_t body_policy_least_key(imap_session *session, int64_t folder_id, const struct account_sync_policy *policy)
{
    int64_t least = policy->since_utc > 0 ? store_sort_key(policy->since_utc - 1, 0) + 1 : INT64_MIN, last = INT64_MIN;
    if (policy->newest <= G_MAXINT64)
        store_number(session->store, &last, NULL,
                     "SELECT sort_key FROM placements WHERE folder_id = ? ORDER BY sort_key DESC, id DESC LIMIT 1 OFFSET ?", NUM(folder_id),
                     NUM(policy->newest - 1));
    return MAX(least, last);
}

/* --- what is over the limit --- */
struct keeping {
    imap_session *session;
    GHashTable *least; /* int64 folder → int64 sort key; INT64_MAX: nothing of it is wanted */
};

static int64_t least_key(struct keeping *self, int64_t folder_id)
{
    int64_t *known = g_hash_table_lookup(self->least, &folder_id), key = INT64_MAX;
    if (known != NULL)
        return *known;
    g_autoptr(folder) where = store_folder(self->session->store, folder_id, NULL);
    if (where != NULL && where->account_id == self->session->account->id) {
        const struct account_sync_policy policy = body_policy(self->session, where);
        if (policy.bodies != ACCOUNT_BODIES_HEADERS)
            key = body_policy_least_key(self->session, folder_id, &policy);
    }
    g_hash_table_insert(self->least, g_memdup2(&folder_id, sizeof folder_id), g_memdup2(&key, sizeof key));
    return key;
}

#define PLACES_MAX 16u

static bool is_kept(void *data, int64_t message_id)
{
    struct keeping *self = data;
    int64_t folders[PLACES_MAX], keys[PLACES_MAX];
    unsigned count = 0;
    {
        g_autoptr(sqlite3_stmt) row = store_select(
            self->session->store, NULL, "SELECT folder_id, sort_key FROM placements WHERE message_id = ? LIMIT 16", NUM(message_id));
        for (; row != NULL && count < PLACES_MAX && store_step(self->session->store, row, NULL); count++) {
            folders[count] = sqlite3_column_int64(row, 0);
            keys[count] = sqlite3_column_int64(row, 1);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (keys[i] >= least_key(self, folders[i]))
            return true;
    }
    return false;
}

void sync_bodies_evict(imap_session *session, sync_bodies *self)
{
    (void)self;
    struct keeping keeping = { .session = session, .least = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free) };
    blob_cache_evict_but(session->account->account->id, (uint64_t)session->account->engine->settings->cache_limit_mb << 20, is_kept,
                         &keeping, NULL);
    g_hash_table_unref(keeping.least);
}
