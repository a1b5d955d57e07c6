/* SPDX-License-Identifier: MIT */
/* The way of a message from one account into another: a few rows, each carried out by the worker of its account.
 *
 * FETCH brings the bytes here, APPEND puts them there, and DELETE, held back until the other account has said that it has the message, takes it away
 * where it was. A crash or a dead line between any two leaves the message in at least one account; the placement is on the screen in the target all
 * the time. A copy has no third row. All rows name the target folder: when it goes, they go together. Its tags are a row of
 * their own behind APPEND, and go with it where the target is known to keep them (core/intent_append_marks.c); else it is open first (PERMANENTFLAGS, the
 * letters of a Maildir), and what it has no place for is kept on this computer. */
#include "core/intent_private.h"
#include "config/paths.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* Where the bytes wait: beside the folders of the account they come from, where no folder's name can come. */
static char *waiting_path(store *db, int64_t account_id, int64_t placement_id)
{
    g_autofree char *key = store_account_key(db, account_id), *account = paths_mail_directory(key != NULL ? key : "lost", NULL);
    g_autofree char *unique = g_uuid_string_random(), *name = g_strdup_printf("%" G_GINT64_FORMAT "-%s", placement_id, unique);
    return g_build_filename(account, ".carried", name, NULL);
}

static bool insert_fetch(store *db, const struct intent *home, int64_t placement_id, int64_t source_id, char *path, uint32_t least_uid,
                         GError **error)
{
    struct intent fetch = *home; /* its strings are borrowed for the insert */
    fetch.type = INTENT_FETCH;
    fetch.placement_id = placement_id;
    fetch.source_id = source_id;
    fetch.path = path;
    return intent_insert(db, &fetch, least_uid, error);
}

static bool insert_append(store *db, const struct intent *home, int64_t placement_id, int64_t source_id, char *path,
                          const struct folder_facts *target, unsigned flags, GError **error)
{
    const struct intent append = { .action_id = home->action_id,
                                   .account_id = target->account_id,
                                   .type = INTENT_APPEND,
                                   .placement_id = placement_id,
                                   .source_id = source_id,
                                   .folder_id = home->target_folder_id,
                                   .target_folder_id = home->target_folder_id,
                                   .uidvalidity = target->uidvalidity,
                                   .add = flags,
                                   .path = path };
    return intent_insert(db, &append, target->uidnext, error);
}

/* words: the tags the server at home has, for the way back. */
static bool insert_delete(store *db, const struct intent *home, int64_t placement_id, uint32_t least_uid, char *words, GError **error)
{
    struct intent removal = *home;
    removal.type = INTENT_DELETE;
    removal.state = INTENT_HELD_BACK;
    removal.placement_id = placement_id;
    removal.path = words;
    return intent_insert(db, &removal, least_uid, error);
}

/* It is in the target now, with a number to come; what the server there will say of its flags is what it is given. */
static bool placement_emigrate(store *db, int64_t placement_id, int64_t target_id, const struct folder_facts *target, GError **error)
{
    return store_run(db, error, "UPDATE placements SET file = NULL, server_flags = flags, server_keywords = NULL WHERE id = ?",
                     NUM(placement_id)) &&
           store_placement_relocate(db, placement_id, target_id, 0, target->uidnext, error);
}

bool intent_carry_move(store *db, int64_t action_id, const struct placement_row *place, int64_t target_id, GError **error)
{
    struct folder_facts target = { 0 };
    uint32_t least_uid;
    g_autofree char *server = NULL, *kept = NULL, *shown = NULL;
    g_autoptr(intent) home = g_new0(struct intent, 1);
    home->action_id = action_id;
    home->target_folder_id = target_id;
    if (!store_folder_facts(db, target_id, &target, error) || !intent_address(db, place, home, &least_uid, error) ||
        !store_keywords_read(db, place->id, &server, &kept, &shown, error))
        return false;
    g_autofree char *path = waiting_path(db, home->account_id, place->id);
    return insert_fetch(db, home, place->id, 0, path, least_uid, error) &&
           insert_append(db, home, place->id, place->id, path, &target, place->flags, error) &&
           placement_emigrate(db, place->id, target_id, &target, error) && intent_keywords_carry(db, action_id, place->id, shown, error) &&
           insert_delete(db, home, place->id, least_uid, server, error);
}

bool intent_carry_copy(store *db, int64_t action_id, const struct placement_row *place, int64_t target_id, int64_t *copy_out,
                       GError **error)
{
    struct folder_facts target = { 0 };
    uint32_t least_uid;
    int64_t sort_key = 0;
    g_autofree char *server = NULL, *kept = NULL, *shown = NULL;
    g_autoptr(intent) home = g_new0(struct intent, 1);
    home->action_id = action_id;
    home->target_folder_id = target_id;
    if (!store_folder_facts(db, target_id, &target, error) || !intent_address(db, place, home, &least_uid, error) ||
        !store_keywords_read(db, place->id, &server, &kept, &shown, error) ||
        !store_number(db, &sort_key, error, "SELECT sort_key FROM placements WHERE id = ?", NUM(place->id)) ||
        !store_placement_insert(db, target_id, place->message_id, 0, target.uidnext, NULL, place->flags, sort_key, copy_out, error))
        return false;
    g_autofree char *path = waiting_path(db, home->account_id, *copy_out);
    return insert_fetch(db, home, *copy_out, place->id, path, least_uid, error) &&
           insert_append(db, home, *copy_out, place->id, path, &target, place->flags, error) &&
           intent_keywords_carry(db, action_id, *copy_out, shown, error);
}

/* --- back --- */

static bool is_number_good(store *db, const struct intent *home, bool *is_good_out, GError **error)
{
    struct folder_facts facts = { 0 };
    if (!store_folder_facts(db, home->folder_id, &facts, error))
        return false;
    *is_good_out = home->uid != 0 && home->uidvalidity == facts.uidvalidity;
    return true;
}

/* What the server it comes back to has of its flags: the local view without the changes that still wait. On its way they were counted as those of the
 * other server. Each row names only bits that it turned, so it can be taken back exactly. */
static bool flags_of_home(store *db, int64_t placement_id, unsigned *flags_out, GError **error)
{
    GError *failure = NULL;
    struct placement_row place;
    if (!store_placement_row(db, placement_id, &place, error))
        return false;
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT add_flags, remove_flags FROM intents WHERE placement_id = ? AND type = ? AND state <> ? ORDER BY id DESC",
        NUM(placement_id), NUM(INTENT_FLAGS), NUM(INTENT_FAILED));
    if (row == NULL)
        return false;
    unsigned flags = place.flags;
    while (store_step(db, row, &failure))
        flags = (flags & ~(unsigned)sqlite3_column_int64(row, 0)) | (unsigned)sqlite3_column_int64(row, 1);
    *flags_out = flags;
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

/* The placement is where the row that was held back says; what waits behind it names that place. */
static bool placement_return(store *db, const struct intent *home, GError **error)
{
    bool is_good = false;
    unsigned flags = 0;
    return is_number_good(db, home, &is_good, error) && intent_rebase(db, home, error) &&
           flags_of_home(db, home->placement_id, &flags, error) &&
           store_run(db, error, "UPDATE placements SET file = ?, server_flags = ?, server_keywords = ? WHERE id = ?", TXT(home->file),
                     NUM(flags), TXT(home->path), NUM(home->placement_id)) &&
           store_placement_relocate(db, home->placement_id, home->folder_id, is_good ? home->uid : 0, 0, error) &&
           intent_keywords_trim(db, home->placement_id, home->id, error);
}

/* The row that was held back, behind after_id or the last; *home_out NULL: none. */
static bool home_find(store *db, int64_t placement_id, int64_t after_id, struct intent **home_out, GError **error)
{
    return intent_find(db, home_out, error,
                       "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.placement_id = ?1 AND i.state = ?2 AND i.id > ?3"
                       " ORDER BY CASE ?3 WHEN 0 THEN -i.id ELSE i.id END LIMIT 1",
                       STORE_VALUES(NUM(placement_id), NUM(INTENT_HELD_BACK), NUM(after_id)));
}

/* The rows were inserted one behind the other. */
bool intent_carry_recall(store *db, int64_t placement_id, bool *is_recalled_out, GError **error)
{
    int64_t append = 0, unsent = 0;
    g_autoptr(intent) home = NULL;
    *is_recalled_out = false;
    if (!home_find(db, placement_id, 0, &home, error))
        return false;
    if (home == NULL)
        return true;
    if (!store_number(db, &append, error, "SELECT max(id) FROM intents WHERE placement_id = ? AND type = ? AND id < ?", NUM(placement_id),
                      NUM(INTENT_APPEND), NUM(home->id)) ||
        !store_number(db, &unsent, error, "SELECT id FROM intents WHERE id = ? AND" INTENT_IS_UNSENT, NUM(append)))
        return false;
    *is_recalled_out = unsent != 0;
    return unsent == 0 || (store_run(db, error, "DELETE FROM intents WHERE placement_id = ? AND id BETWEEN ? AND ?", NUM(placement_id),
                                     NUM(append - 1), NUM(home->id)) &&
                           placement_return(db, home, error));
}

/* Also what the person did with it behind that step cannot be: it never got there. Its flags and tags are kept. */
bool intent_carry_back(store *db, const struct intent *refused, GError **error)
{
    g_autoptr(intent) home = NULL;
    if (!home_find(db, refused->placement_id, refused->id, &home, error))
        return false;
    if (home == NULL)
        return store_placement_drop(db, refused->placement_id, error); /* a copy */
    return store_run(db, error, "DELETE FROM intents WHERE placement_id = ? AND id >= ? AND (id < ? OR type NOT IN (?, ?))",
                     NUM(refused->placement_id), NUM(refused->id), NUM(home->id), NUM(INTENT_FLAGS), NUM(INTENT_KEYWORDS)) &&
           placement_return(db, home, error);
}

bool intent_carry_arrived(store *db, const struct intent *appended, GError **error)
{
    return store_run(db, error, "UPDATE intents SET state = ? WHERE placement_id = ? AND state = ? AND id > ?", NUM(INTENT_QUEUED),
                     NUM(appended->placement_id), NUM(INTENT_HELD_BACK), NUM(appended->id)) &&
           store_run(db, error, "UPDATE placements SET server_flags = ? WHERE id = ?", NUM(appended->add), NUM(appended->placement_id));
}
