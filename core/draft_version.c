/* SPDX-License-Identifier: MIT */
/* Versions of drafts: an append, and behind it a deletion that is held back until the append is done.
 *
 * The deletion's row names in path the append it waits for. A version that was not sent yet is only exchanged: what comes to the server is the last. */
#include "core/draft_version.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/intent_private.h"
#include "core/store_role.h"
#include <glib/gstdio.h>

static char *mark_of(int64_t placement_id)
{
    return g_strdup_printf("after:%" G_GINT64_FORMAT, placement_id);
}

/* --- the version before --- */

static bool unsent_append(store *db, int64_t placement_id, struct intent **append_out, GError **error)
{
    return intent_find(db, append_out, error,
                       "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.placement_id = ? AND i.type = ? AND" INTENT_IS_UNSENT,
                       STORE_VALUES(NUM(placement_id), NUM(INTENT_APPEND)));
}

/* Nobody but us has it: it goes, and what waited for it waits for the next one. */
static bool exchange(store *db, const struct intent *append, int64_t next_id, GError **error)
{
    g_autofree char *mark = mark_of(append->placement_id), *next = mark_of(next_id);
    return store_run(db, error, "UPDATE intents SET path = ? WHERE account_id = ? AND state = ? AND path = ?", TXT(next),
                     NUM(append->account_id), NUM(INTENT_HELD_BACK), TXT(mark)) &&
           store_placement_drop(db, append->placement_id, error);
}

/* next_id 0: at once. */
static bool remove_behind(store *db, int64_t placement_id, int64_t next_id, GError **error)
{
    struct action_item item;
    bool is_changed = false;
    g_autofree char *next = mark_of(next_id);
    if (!intent_apply_move(db, 0, placement_id, 0, &item, &is_changed, error))
        return false;
    return next_id == 0 || !is_changed ||
           store_run(db, error,
                     "UPDATE intents SET state = ?, path = ? WHERE id = (SELECT max(id) FROM intents WHERE placement_id = ? AND type = ?)"
                     " AND state = ?",
                     NUM(INTENT_HELD_BACK), TXT(next), NUM(placement_id), NUM(INTENT_DELETE), NUM(INTENT_QUEUED));
}

/* *file_out: of a version that nobody needs any more, to be deleted when all is on the disk. */
static bool supersede(store *db, int64_t placement_id, int64_t next_id, char **file_out, GError **error)
{
    g_autoptr(intent) append = NULL;
    if (!unsent_append(db, placement_id, &append, error))
        return false;
    if (append == NULL)
        return remove_behind(db, placement_id, next_id, error);
    *file_out = g_strdup(append->path);
    return exchange(db, append, next_id, error);
}

static bool is_still_there(store *db, int64_t placement_id, int64_t drafts, bool *is_there_out, GError **error)
{
    int64_t where = 0;
    *is_there_out = false;
    if (placement_id != 0 && !store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)))
        return false;
    *is_there_out = placement_id != 0 && where == drafts;
    return true;
}

/* --- the new one --- */

static bool append(store *db, int64_t drafts, const char *path, int64_t *placement_out, GError **error)
{
    int64_t id = intent_append(db, drafts, path, MESSAGE_SEEN | MESSAGE_DRAFT, error);
    return id != 0 && store_number(db, placement_out, error, "SELECT placement_id FROM intents WHERE id = ?", NUM(id));
}

static bool put(store *db, int64_t drafts, const char *path, int64_t *placement_inout, bool *is_conflict_out, char **outdated_out,
                GError **error)
{
    int64_t next = 0, before = *placement_inout;
    bool is_there = false;
    if (!is_still_there(db, before, drafts, &is_there, error) || !append(db, drafts, path, &next, error) ||
        (is_there && !supersede(db, before, next, outdated_out, error)))
        return false;
    *is_conflict_out = before != 0 && !is_there;
    *placement_inout = next;
    return true;
}

static int64_t drafts_of(store *db, const char *account_key, GError **error)
{
    int64_t account_id = store_account_id(db, account_key, error);
    return account_id != 0 ? store_role_folder(db, account_id, FOLDER_DRAFTS, error) : 0;
}

/* Until it is filed; not below the account's mail, where it would be a folder of a local account. Caller frees. */
static char *waiting_directory(const char *account_key)
{
    g_autofree char *all = paths_data_file("unfiled"), *mail = paths_mail_directory(account_key, NULL), *name = g_path_get_basename(mail);
    return g_build_filename(all, name, NULL);
}

bool draft_version_put(store *db, const char *account_key, const void *bytes, size_t size, int64_t *placement_inout, bool *is_conflict_out,
                       GError **error)
{
    int64_t drafts = drafts_of(db, account_key, error);
    g_autofree char *maildir = waiting_directory(account_key), *file = NULL, *outdated = NULL;
    *is_conflict_out = false;
    if (drafts == 0 || !blob_maildir_deliver(maildir, bytes, size, MESSAGE_SEEN | MESSAGE_DRAFT, &file, error))
        return false;
    g_autofree char *path = blob_maildir_find(maildir, file);
    int64_t placement = *placement_inout;
    bool is_done = path != NULL && store_begin_durable(db, error) &&
                   store_end(db, put(db, drafts, path, &placement, is_conflict_out, &outdated, error), error);
    if (!is_done) {
        if (path != NULL)
            g_unlink(path);
        return false;
    }
    if (outdated != NULL)
        g_unlink(outdated);
    *placement_inout = placement;
    return true;
}

bool draft_version_drop(store *db, int64_t placement_id, char **outdated_out, GError **error)
{
    g_autoptr(intent) append = NULL;
    if (!unsent_append(db, placement_id, &append, error))
        return false;
    if (append == NULL)
        return remove_behind(db, placement_id, 0, error);
    g_autofree char *mark = mark_of(placement_id); /* what it was to replace goes now */
    *outdated_out = g_strdup(append->path);
    return store_run(db, error, "UPDATE intents SET state = ?, path = NULL WHERE account_id = ? AND state = ? AND path = ?",
                     NUM(INTENT_QUEUED), NUM(append->account_id), NUM(INTENT_HELD_BACK), TXT(mark)) &&
           store_placement_drop(db, placement_id, error);
}

bool draft_version_remove(store *db, int64_t placement_id, GError **error)
{
    g_autofree char *outdated = NULL;
    if (!store_begin(db, error) || !store_end(db, draft_version_drop(db, placement_id, &outdated, error), error))
        return false;
    if (outdated != NULL)
        g_unlink(outdated);
    return true;
}

int64_t draft_version_find(store *db, const char *account_key, const char *message_id)
{
    int64_t found = 0, drafts = drafts_of(db, account_key, NULL);
    if (drafts != 0 && message_id != NULL)
        store_number(
            db, &found, NULL,
            "SELECT p.id FROM messages AS m CROSS JOIN placements AS p ON p.message_id = m.id WHERE m.id IN " STORE_MESSAGES_OF_HASH(
                "?1") " AND p.folder_id = ?2",
            NUM(store_hash(message_id)), NUM(drafts));
    return found;
}

/* --- the queue's side --- */

bool draft_version_release(store *db, const struct intent *appended, GError **error)
{
    g_autofree char *mark = mark_of(appended->placement_id);
    return store_run(db, error, "UPDATE intents SET state = ?, path = NULL WHERE account_id = ? AND state = ? AND path = ?",
                     NUM(INTENT_QUEUED), NUM(appended->account_id), NUM(INTENT_HELD_BACK), TXT(mark));
}

bool draft_version_keep_old(store *db, const struct intent *refused, GError **error)
{
    g_autofree char *mark = mark_of(refused->placement_id);
    for (;;) {
        g_autoptr(intent) held = NULL;
        if (!intent_find(db, &held, error,
                         "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.account_id = ? AND i.state = ? AND i.path = ?",
                         STORE_VALUES(NUM(refused->account_id), NUM(INTENT_HELD_BACK), TXT(mark))))
            return false;
        if (held == NULL)
            return true;
        if (!intent_taken_back(db, held, error))
            return false;
    }
}
