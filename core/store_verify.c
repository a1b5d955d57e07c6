/* SPDX-License-Identifier: MIT */
/* What the store believes the server has. */
#include "core/store_verify.h"
#include "core/intent.h"
#include "core/store_private.h"

/* --- counts --- */
static const char count_sql[] =
    "SELECT f.total - (SELECT count(*) FROM placements INDEXED BY placements_waiting WHERE folder_id = ?1 AND uid = 0 AND file IS NULL)"
    " + (SELECT count(DISTINCT i.uid) FROM intents AS i WHERE i.folder_id = ?1 AND i.uid > 0 AND i.uidvalidity = f.uidvalidity"
    " AND i.type IN (?2, ?3) AND i.state <> ?4 AND NOT EXISTS (SELECT 1 FROM placements WHERE folder_id = ?1 AND uid = i.uid AND uid > 0))"
    " FROM folders AS f WHERE f.id = ?1";

bool store_verify_count(store *db, int64_t folder_id, int64_t *count_out, GError **error)
{
    return store_number(db, count_out, error, count_sql, NUM(folder_id), NUM(INTENT_MOVE), NUM(INTENT_DELETE), NUM(INTENT_FAILED));
}

bool store_verify_last_uid(store *db, int64_t folder_id, uint32_t *uid_out, GError **error)
{
    int64_t uid = 0;
    if (!store_number(db, &uid, error, "SELECT max(uid) FROM placements WHERE folder_id = ? AND uid > 0", NUM(folder_id)))
        return false;
    *uid_out = (uint32_t)uid;
    return true;
}

bool store_verify_is_settled(store *db, int64_t folder_id)
{
    int64_t waiting = 1;
    return store_number(
               db, &waiting, NULL,
               "SELECT EXISTS (SELECT 1 FROM placements INDEXED BY placements_waiting WHERE folder_id = ?1 AND uid = 0 AND file IS NULL)"
               " OR EXISTS (SELECT 1 FROM intents WHERE folder_id = ?1) OR EXISTS (SELECT 1 FROM intents WHERE target_folder_id = ?1)",
               NUM(folder_id)) &&
           waiting == 0;
}

/* --- lists --- */
typedef void row_reader(sqlite3_stmt *row, GArray *list);

static GArray *list_read(store *db, sqlite3_stmt *statement, guint size, row_reader *read, GError **error)
{
    g_autoptr(sqlite3_stmt) row = statement;
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, size);
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure))
        read(row, list);
    if (failure == NULL)
        return g_steal_pointer(&list);
    g_propagate_error(error, failure);
    return NULL;
}

static void read_flags(sqlite3_stmt *row, GArray *list)
{
    struct known_flags known = { (uint32_t)sqlite3_column_int64(row, 0), (unsigned)sqlite3_column_int64(row, 1) };
    g_array_append_val(list, known);
}

static void read_identity(sqlite3_stmt *row, GArray *list)
{
    struct known_identity known = { (uint32_t)sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                                    sqlite3_column_int64(row, 3) };
    g_array_append_val(list, known);
}

GArray *store_verify_flags(store *db, int64_t folder_id, GError **error)
{
    return list_read(
        db,
        store_select(db, error, "SELECT uid, server_flags FROM placements WHERE folder_id = ? AND uid > 0 ORDER BY uid", NUM(folder_id)),
        sizeof(struct known_flags), read_flags, error);
}

GArray *store_verify_identities(store *db, int64_t folder_id, GError **error)
{
    return list_read(
        db,
        store_select(
            db, error,
            "SELECT p.uid, m.size_bytes, p.sort_key >> 24, m.message_hash FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
            " WHERE p.folder_id = ? AND p.uid > 0 ORDER BY p.uid",
            NUM(folder_id)),
        sizeof(struct known_identity), read_identity, error);
}

GArray *store_verify_newest(store *db, int64_t folder_id, unsigned count, GError **error)
{
    return list_read(
        db,
        store_select(
            db, error,
            "SELECT p.uid, m.size_bytes, p.sort_key >> 24, m.message_hash FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
            " WHERE p.folder_id = ? AND p.uid > 0 ORDER BY p.uid DESC LIMIT ?",
            NUM(folder_id), NUM(count)),
        sizeof(struct known_identity), read_identity, error);
}

bool store_verify_has_wishes(store *db, int64_t folder_id)
{
    int64_t has = 0;
    return store_number(db, &has, NULL, "SELECT 1 FROM intents WHERE folder_id = ? AND uid > 0 LIMIT 1", NUM(folder_id)) && has != 0;
}

/* --- numbers that mean another message --- */
bool store_verify_forget_uid(store *db, int64_t folder_id, uint32_t uid, GError **error)
{
    int64_t is_wanted = 0;
    if (!store_begin(db, error))
        return false;
    int64_t id = store_placement_find(db, folder_id, uid);
    bool is_done =
        store_run(db, error, "UPDATE intents SET uid = 0, uidvalidity = 0, least_uid = 0 WHERE folder_id = ? AND uid = ? AND type <> ?",
                  NUM(folder_id), NUM(uid), NUM(INTENT_APPEND));
    if (is_done && id != 0)
        is_done =
            store_number(
                db, &is_wanted, error,
                "SELECT EXISTS (SELECT 1 FROM intents WHERE placement_id = ?1) OR EXISTS (SELECT 1 FROM intents WHERE source_id = ?1)",
                NUM(id)) &&
            (is_wanted != 0 ? store_run(db, error, "UPDATE placements SET uid = 0, least_uid = 0, modseq = 0 WHERE id = ?", NUM(id))
                            : store_placement_drop(db, id, error));
    return store_end(db, is_done, error);
}

bool store_verify_forget_wishes(store *db, int64_t folder_id, GError **error)
{
    return store_run(db, error, "UPDATE intents SET uid = 0, uidvalidity = 0, least_uid = 0 WHERE folder_id = ? AND uid > 0 AND type <> ?",
                     NUM(folder_id), NUM(INTENT_APPEND));
}

bool store_verify_forget_modseq(store *db, int64_t folder_id, uint32_t uid, GError **error)
{
    return uid != 0 ? store_run(db, error, "UPDATE placements SET modseq = 0 WHERE folder_id = ? AND uid = ? AND uid > 0", NUM(folder_id),
                                NUM(uid))
                    : store_run(db, error, "UPDATE placements SET modseq = 0 WHERE folder_id = ? AND modseq > 0", NUM(folder_id));
}

#define IS_WAITING                                                                                                                         \
    " folder_id = ?1 AND uid = 0 AND file IS NULL AND NOT EXISTS (SELECT 1 FROM intents WHERE placement_id = placements.id)"               \
    " AND NOT EXISTS (SELECT 1 FROM intents WHERE source_id = placements.id)"

GArray *store_verify_waiting(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT id FROM placements INDEXED BY placements_waiting WHERE" IS_WAITING, NUM(folder_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(waiting, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&waiting);
    g_propagate_error(error, failure);
    return NULL;
}

static bool forget_those(store *db, int64_t folder_id, const GArray *waiting, GError **error)
{
    if (waiting->len == 0)
        return true;
    if (!store_begin(db, error))
        return false;
    bool is_done = true;
    for (guint i = 0; is_done && i < waiting->len; i++)
        is_done = store_run(db, error, "DELETE FROM placements WHERE id = ?2 AND" IS_WAITING, NUM(folder_id),
                            NUM(g_array_index(waiting, int64_t, i)));
    return store_end(db, is_done, error);
}

bool store_verify_forget_waiting(store *db, int64_t folder_id, const GArray *waiting, GError **error)
{
    g_autoptr(GArray) all = waiting == NULL ? store_verify_waiting(db, folder_id, error) : NULL;
    const GArray *those = waiting != NULL ? waiting : all;
    return those != NULL && forget_those(db, folder_id, those, error);
}
