/* SPDX-License-Identifier: MIT */
/* Placements: a message in a folder, its number there, and its flags as the server and as the person sees them. */
#include "core/intent.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void placement_free(struct placement *place)
{
    if (place == NULL)
        return;
    g_free(place->file);
    g_free(place->keywords);
    g_free(place->account_key);
    g_free(place->folder_name);
    g_free(place->message_id_header);
    g_free(place->in_reply_to);
    g_free(place->references);
    g_free(place->subject);
    g_free(place->from_name);
    g_free(place->from_address);
    g_free(place->to);
    g_free(place->cc);
    g_free(place->reply_to);
    g_free(place->list_id);
    g_free(place->structure);
    g_free(place);
}

static const char placement_read[] =
    "SELECT p.id, p.folder_id, p.message_id, f.account_id, p.uid, p.flags, " STORE_DATE ", m.size_bytes, m.thread_id, m.part_flags, p.file,"
    " p.keywords, a.key, f.name, m.message_id, m.in_reply_to, m.refs, m.subject, m.from_name, m.from_address, m.recipients, m.cc,"
    " m.reply_to, m.list_id, m.structure, p.sort_key >> 24 FROM placements AS p JOIN messages AS m ON m.id = p.message_id"
    " LEFT JOIN folders AS f ON f.id = p.folder_id LEFT JOIN accounts AS a ON a.id = f.account_id WHERE p.id = ? AND p.folder_id > 0";

static struct placement *placement_from_row(sqlite3_stmt *row)
{
    struct placement *place = g_new0(struct placement, 1);
    place->id = sqlite3_column_int64(row, 0);
    place->folder_id = sqlite3_column_int64(row, 1);
    place->message_id = sqlite3_column_int64(row, 2);
    place->account_id = sqlite3_column_int64(row, 3);
    place->uid = (uint32_t)sqlite3_column_int64(row, 4);
    place->flags = (unsigned)sqlite3_column_int64(row, 5);
    place->date_utc = sqlite3_column_int64(row, 6);
    place->size_bytes = sqlite3_column_int64(row, 7);
    place->thread_id = sqlite3_column_int64(row, 8);
    place->part_flags = (unsigned)sqlite3_column_int64(row, 9);
    char **const texts[] = { &place->file,        &place->keywords,   &place->account_key, &place->folder_name, &place->message_id_header,
                             &place->in_reply_to, &place->references, &place->subject,     &place->from_name,   &place->from_address,
                             &place->to,          &place->cc,         &place->reply_to,    &place->list_id,     &place->structure };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = store_column_dup(row, 10 + (int)i);
    g_free(place->file);
    place->file = g_strdup((const char *)sqlite3_column_text(row, 10)); /* a name on a disk may be any bytes */
    place->received_utc = sqlite3_column_int64(row, 25);
    return place;
}

struct placement *store_placement(store *db, int64_t placement_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, placement_read, NUM(placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    if (store_step(db, row, &failure))
        return placement_from_row(row);
    if (failure != NULL)
        g_propagate_error(error, failure);
    else
        store_missing(error, _("This message is not there any more."));
    return NULL;
}

int64_t store_placement_find(store *db, int64_t folder_id, uint32_t uid)
{
    int64_t id = 0;
    if (uid > 0)
        store_number(db, &id, NULL, "SELECT id FROM placements WHERE folder_id = ? AND uid = ? AND uid > 0", NUM(folder_id), NUM(uid));
    return id;
}

bool store_placement_row(store *db, int64_t placement_id, struct placement_row *row_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT id, folder_id, message_id, thread_id, uid, server_flags, flags FROM placements WHERE id = ?", NUM(placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    if (!store_step(db, row, &failure)) {
        if (failure == NULL)
            return store_missing(error, _("This message is not there any more."));
        g_propagate_error(error, failure);
        return false;
    }
    *row_out = (struct placement_row){ .id = sqlite3_column_int64(row, 0),
                                       .folder_id = sqlite3_column_int64(row, 1),
                                       .message_id = sqlite3_column_int64(row, 2),
                                       .thread_id = sqlite3_column_int64(row, 3),
                                       .uid = (uint32_t)sqlite3_column_int64(row, 4),
                                       .server_flags = (unsigned)sqlite3_column_int64(row, 5),
                                       .flags = (unsigned)sqlite3_column_int64(row, 6) };
    return true;
}

int64_t store_sort_key(int64_t when_utc, uint32_t uid)
{
    /* 38 bits of seconds reach past the year 10000; the low 24 bits of a UID tell neighbours apart. A message without UID is the newest of its second. */
    return (CLAMP(when_utc, 0, INT64_C(0x3fffffffff)) << 24) | (uid != 0 ? uid & 0xffffff : 0xffffff);
}

/* OR FAIL: a statement with triggers that may abort opens a savepoint, at which FTS5 writes out what it has collected. Halves are undone with the
 * transaction, which always is the caller's. */
bool store_placement_insert(store *db, int64_t folder_id, int64_t message_id, uint32_t uid, uint32_t least_uid, const char *file,
                            unsigned flags, int64_t sort_key, int64_t *placement_out, GError **error)
{
    bool is_done =
        store_run(db, error,
                  "INSERT OR FAIL INTO placements(folder_id, message_id, thread_id, uid, least_uid, file, server_flags, flags, sort_key)"
                  " SELECT ?1, id, thread_id, ?3, ?4, ?5, ?6, ?6, ?7 FROM messages WHERE id = ?2",
                  NUM(folder_id), NUM(message_id), NUM(uid), NUM(least_uid), TXT(file), NUM(flags), NUM(sort_key));
    if (!is_done)
        return false;
    *placement_out = sqlite3_last_insert_rowid(store_db(db));
    return store_run(db, error, "DELETE FROM orphans WHERE message_id = ?", NUM(message_id));
}

/* What the server has no place for and is kept here, then what waits. */
static const char marks_read[] =
    "SELECT 0, ?4, 0 FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = p.folder_id"
    " JOIN kept_tags AS k ON k.account_id = f.account_id AND k.message_key = coalesce(m.message_hash, -m.id)"
    " AND k.word = '" STORE_WORD_FORWARDED "' WHERE p.id = ?1 UNION ALL"
    " SELECT id, add_flags, remove_flags FROM intents WHERE placement_id = ?1 AND type = ?2 AND state <> ?3 ORDER BY 1";

bool store_placement_refresh_flags(store *db, int64_t placement_id, GError **error)
{
    struct placement_row place = { 0 };
    if (!store_placement_row(db, placement_id, &place, error))
        return false;
    unsigned flags = place.server_flags;
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, marks_read, NUM(placement_id), NUM(INTENT_FLAGS), NUM(INTENT_FAILED), NUM(MESSAGE_FORWARDED));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure))
        flags = (flags | (unsigned)sqlite3_column_int64(row, 1)) & ~(unsigned)sqlite3_column_int64(row, 2);
    sqlite3_reset(row);
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    return flags == place.flags || store_run(db, error, "UPDATE placements SET flags = ? WHERE id = ?", NUM(flags), NUM(placement_id));
}

/* Two rows turned out to be one message at one place (a sync saw it before the answer to our own command was read): the one the person has on the
 * screen stays, with what the server said of the other. */
static bool placement_absorb(store *db, int64_t stays, int64_t goes, GError **error)
{
    return store_run(db, error,
                     "UPDATE placements SET (server_flags, modseq, server_keywords) = (SELECT server_flags, modseq, server_keywords"
                     " FROM placements WHERE id = ?2) WHERE id = ?1",
                     NUM(stays), NUM(goes)) &&
           store_run(db, error, "UPDATE intents SET placement_id = ?1 WHERE placement_id = ?2", NUM(stays), NUM(goes)) &&
           store_run(db, error, "UPDATE intents SET source_id = ?1 WHERE source_id = ?2", NUM(stays), NUM(goes)) &&
           store_run(db, error, "DELETE FROM placements WHERE id = ?", NUM(goes)) && store_placement_refresh_keywords(db, stays, error);
}

bool store_placement_relocate(store *db, int64_t placement_id, int64_t folder_id, uint32_t uid, uint32_t least_uid, GError **error)
{
    int64_t other = store_placement_find(db, folder_id, uid);
    if (other != 0 && other != placement_id && !placement_absorb(db, placement_id, other, error))
        return false;
    return store_run(
               db, error,
               "UPDATE placements SET modseq = CASE WHEN (folder_id, uid) = (?1, ?2) THEN modseq ELSE 0 END, folder_id = ?1, uid = ?2,"
               " least_uid = ?3 WHERE id = ?4",
               NUM(folder_id), NUM(uid), NUM(least_uid), NUM(placement_id)) &&
           store_placement_refresh_flags(db, placement_id, error);
}

bool store_placement_drop(store *db, int64_t placement_id, GError **error)
{
    return store_run(db, error, "DELETE FROM intents WHERE placement_id = ?", NUM(placement_id)) &&
           store_run(db, error, "DELETE FROM placements WHERE id = ?", NUM(placement_id));
}

/* --- what the server says of them --- */

/* Who speaks of (box, uid): the row itself, or one that was moved away here and is still there for the server. A wish whose row went (with the folder that
 * it was moved to) speaks of nothing: the message is a new one then. */
static bool placement_of_uid(store *db, int64_t folder_id, uint32_t uid, int64_t *placement_out, GError **error)
{
    *placement_out = store_placement_find(db, folder_id, uid);
    return *placement_out != 0 || store_number(db, placement_out, error,
                                               "SELECT placement_id FROM intents WHERE folder_id = ?1 AND uid = ?2 AND type IN (?3, ?4) AND"
                                               " uidvalidity = (SELECT uidvalidity FROM folders WHERE id = ?1)"
                                               " AND EXISTS (SELECT 1 FROM placements AS p WHERE p.id = placement_id) ORDER BY id LIMIT 1",
                                               NUM(folder_id), NUM(uid), NUM(INTENT_MOVE), NUM(INTENT_DELETE));
}

int64_t store_placement_of_uid(store *db, int64_t folder_id, uint32_t uid)
{
    int64_t id = 0;
    return placement_of_uid(db, folder_id, uid, &id, NULL) ? id : 0;
}

bool store_placement_set_server_flags(store *db, int64_t folder_id, uint32_t uid, unsigned flags, const char *keywords, uint64_t modseq,
                                      bool *is_known_out, GError **error)
{
    int64_t id = 0;
    if (!store_begin(db, error))
        return false;
    bool is_done = placement_of_uid(db, folder_id, uid, &id, error);
    if (id != 0 && store_placement_find(db, folder_id, uid) != id)
        flags &= ~(unsigned)MESSAGE_DELETED; /* moved away here: the mark is our own, on what is left behind (a server without MOVE) */
    if (is_done && id != 0)                  /* what the other connection was told later is newer */
        is_done = store_run(db, error,
                            "UPDATE placements SET server_flags = ?1, server_keywords = nullif(?2, ''), modseq = ?3 WHERE id = ?4 AND"
                            " (?3 = 0 OR modseq <= ?3) AND ((server_flags, modseq) <> (?1, ?3) OR server_keywords IS NOT nullif(?2, ''))",
                            NUM(flags), TXT(keywords), NUM(modseq), NUM(id)) &&
                  store_placement_refresh_flags(db, id, error) && store_placement_refresh_keywords(db, id, error);
    if (!store_end(db, is_done, error))
        return false;
    if (is_known_out != NULL)
        *is_known_out = id != 0;
    return true;
}

bool store_placement_vanished(store *db, int64_t folder_id, uint32_t uid, GError **error)
{
    if (!store_begin(db, error))
        return false;
    int64_t id = store_placement_find(db, folder_id, uid);
    /* One that was moved or deleted here is left to its intent: the replay knows whether its own command did this, and tells the person if not. */
    return store_end(db, id == 0 || (intent_strays_take(db, id, error) && store_placement_drop(db, id, error)), error);
}

/* The first row that takes it out of the folder and does not know its number there; 0: none. "+": by the placement, and not by all that wait in the
 * folder. */
static bool intent_that_waits(store *db, int64_t placement_id, int64_t folder_id, int64_t *intent_out, GError **error)
{
    *intent_out = 0;
    return store_number(
        db, intent_out, error,
        "SELECT min(id) FROM intents WHERE placement_id = ? AND +folder_id = ? AND +uid = 0 AND file IS NULL AND type IN (?, ?)",
        NUM(placement_id), NUM(folder_id), NUM(INTENT_MOVE), NUM(INTENT_DELETE));
}

/* Intents that were queued while the number was awaited can now name it: up to the one that takes the message away from there. What is behind that one
 * speaks of another time in the same folder, when it will have another number. */
static bool intents_learn_uid(store *db, int64_t placement_id, int64_t folder_id, uint32_t uid, GError **error)
{
    int64_t last = 0;
    /* Of two copies of one message a sync may have given the number to the other: the server's own answer is right. */
    return intent_that_waits(db, placement_id, folder_id, &last, error) &&
           store_run(db, error,
                     "UPDATE intents SET uid = 0, uidvalidity = 0 WHERE folder_id = ?2 AND uid = ?3 AND type IN (?4, ?5)"
                     " AND placement_id <> ?1 AND state = 0",
                     NUM(placement_id), NUM(folder_id), NUM(uid), NUM(INTENT_MOVE), NUM(INTENT_DELETE)) &&
           store_run(db, error,
                     "UPDATE intents SET uid = ?3, uidvalidity = (SELECT uidvalidity FROM folders WHERE id = ?2)"
                     " WHERE (placement_id = ?1 AND +source_id = 0 OR source_id = ?1) AND +folder_id = ?2 AND +uid = 0 AND type <> ?4"
                     " AND (?5 = 0 OR id <= ?5)",
                     NUM(placement_id), NUM(folder_id), NUM(uid), NUM(INTENT_APPEND), NUM(last));
}

/* An earlier look took another copy of the message for this one: that copy gets a row of its own. */
static bool placement_split(store *db, int64_t placement_id, uint32_t old_uid, GError **error)
{
    return store_run(db, error,
                     "INSERT INTO placements(folder_id, message_id, thread_id, uid, server_flags, flags, sort_key, modseq, keywords,"
                     " server_keywords) SELECT folder_id, message_id, thread_id, ?2, server_flags, server_flags, sort_key, modseq,"
                     " server_keywords, server_keywords"
                     " FROM placements WHERE id = ?1",
                     NUM(placement_id), NUM(old_uid));
}

static bool placement_learn_uid(store *db, const struct placement_row *place, int64_t folder_id, uint32_t uid, GError **error)
{
    int64_t waiting = 0;
    if (place->folder_id == folder_id && place->uid == uid)
        return true;
    if (!intent_that_waits(db, place->id, folder_id, &waiting, error))
        return false;
    if (place->folder_id == folder_id && waiting == 0)
        return store_placement_relocate(db, place->id, folder_id, uid, 0, error) &&
               (place->uid == 0 || placement_split(db, place->id, place->uid, error)) &&
               intents_learn_uid(db, place->id, folder_id, uid, error);
    /* It was moved on meanwhile, perhaps away and back again: the number is for the intents that wait to do so (were it taken for where it is to come
     * in the end, the last move would seem done, and the only copy be deleted), and a row a sync made of it is not needed. */
    int64_t other = store_placement_find(db, folder_id, uid);
    return intents_learn_uid(db, place->id, folder_id, uid, error) && (other == 0 || placement_absorb(db, place->id, other, error)) &&
           store_placement_refresh_flags(db, place->id, error);
}

bool store_placement_set_uid(store *db, int64_t placement_id, int64_t folder_id, uint32_t uid, GError **error)
{
    struct placement_row place = { 0 };
    if (!store_begin(db, error))
        return false;
    bool is_done = store_placement_row(db, placement_id, &place, error) && placement_learn_uid(db, &place, folder_id, uid, error);
    return store_end(db, is_done, error);
}

#define TOLD_AHEAD_MAX 1000000 /* so many others may have come since the folder was looked at */

/* The number is one that the message can have been given just now. */
static bool number_is_possible(store *db, const struct placement_row *place, int64_t folder_id, uint32_t uid, bool *is_possible_out,
                               GError **error)
{
    int64_t is_other = 0, other = store_placement_find(db, folder_id, uid), next = 0, least = 0;
    bool is_done =
        store_number(
            db, &is_other, error,
            "SELECT 1 FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN messages AS o ON o.id = ?2 WHERE p.id = ?1"
            " AND m.id <> o.id AND (m.message_hash IS NOT o.message_hash"
            "  OR m.message_hash IS NULL AND m.size_bytes <> o.size_bytes AND m.subject IS NOT o.subject)",
            NUM(other), NUM(place->message_id)) &&
        store_number(db, &next, error, "SELECT uidnext FROM folders WHERE id = ?", NUM(folder_id)) &&
        store_number(db, &least, error, "SELECT least_uid FROM placements WHERE id = ? AND folder_id = ? AND uid = 0", NUM(place->id),
                     NUM(folder_id));
    /* Some give the number of what was there already (Gmail): then that row is the same message. */
    *is_possible_out = is_other == 0 && (other != 0 || uid >= least) && (next == 0 || (int64_t)uid - TOLD_AHEAD_MAX <= next);
    return is_done;
}

bool store_placement_set_told_uid(store *db, int64_t placement_id, int64_t folder_id, uint32_t uid, GError **error)
{
    struct placement_row place = { 0 };
    bool is_possible = false;
    if (!store_begin(db, error))
        return false;
    bool is_done = store_placement_row(db, placement_id, &place, error) &&
                   number_is_possible(db, &place, folder_id, uid, &is_possible, error) &&
                   (!is_possible || placement_learn_uid(db, &place, folder_id, uid, error));
    return store_end(db, is_done, error);
}

bool store_placement_set_file(store *db, int64_t placement_id, int64_t folder_id, const char *file, GError **error)
{
    int64_t other = 0;
    if (!store_begin(db, error))
        return false;
    bool is_done =
        store_number(db, &other, error, "SELECT id FROM placements WHERE folder_id = ? AND file = ? AND id <> ?", NUM(folder_id), TXT(file),
                     NUM(placement_id)) &&
        (other == 0 || placement_absorb(db, placement_id, other, error)) &&
        store_run(db, error, "UPDATE placements SET file = ?, uid = 0, least_uid = 0 WHERE id = ?", TXT(file), NUM(placement_id)) &&
        store_run(db, error, "UPDATE intents SET file = ? WHERE placement_id = ? AND +source_id = 0 AND file IS NULL AND type <> ?",
                  TXT(file), NUM(placement_id), NUM(INTENT_APPEND)) &&
        store_run(db, error, "UPDATE intents SET file = ? WHERE source_id = ? AND file IS NULL", TXT(file), NUM(placement_id));
    return store_end(db, is_done, error);
}

GArray *store_placement_uids(store *db, int64_t folder_id, uint32_t first, uint32_t last, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT uid FROM placements WHERE folder_id = ? AND uid > 0 AND uid BETWEEN ? AND ? ORDER BY uid",
                     NUM(folder_id), NUM(first), NUM(last));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    while (store_step(db, row, &failure)) {
        uint32_t uid = (uint32_t)sqlite3_column_int64(row, 0);
        g_array_append_val(uids, uid);
    }
    if (failure == NULL)
        return g_steal_pointer(&uids);
    g_propagate_error(error, failure);
    return NULL;
}
