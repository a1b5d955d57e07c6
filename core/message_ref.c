/* SPDX-License-Identifier: MIT */
/* Rows of message_refs, by key. */
#include "core/message_ref.h"
#include "core/store_private.h"

enum { PART_SHIFT = 56, MESSAGES_SHIFT = 16, LAST_PART = 127 };
#define HASH_BITS ((INT64_C(1) << PART_SHIFT) - 1)

int64_t message_ref_part(int64_t message_id)
{
    return MIN(message_id >> MESSAGES_SHIFT, LAST_PART) << PART_SHIFT;
}

int64_t message_ref_key(int64_t hash, int64_t message_id)
{
    return message_ref_part(message_id) | (hash & HASH_BITS);
}

int64_t message_ref_part_of(int64_t key)
{
    return key & ~HASH_BITS;
}

bool message_ref_read(store *db, int64_t hash, struct message_ref *ref_out, GError **error)
{
    GError *failure = NULL;
    *ref_out = (struct message_ref){ 0 };
    g_autoptr(sqlite3_stmt) row = store_select(db, error, /* what is met again was mostly met not long ago */
                                               "SELECT r.key, r.thread_id, r.message_id FROM ref_parts AS g CROSS JOIN message_refs AS r"
                                               " ON r.key = g.base | (?1 & " MESSAGE_REF_BITS ") ORDER BY g.base DESC LIMIT 1",
                                               NUM(hash));
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure))
        *ref_out = (struct message_ref){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2) };
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

bool message_ref_part_grew(store *db, int64_t part, GError **error)
{
    return store_run(db, error, "INSERT INTO ref_parts(base, changes) VALUES(?, 1) ON CONFLICT(base) DO UPDATE SET changes = changes + 1",
                     NUM(part));
}

bool message_ref_add(store *db, int64_t hash, int64_t thread_id, int64_t message_id, GError **error)
{
    return store_run(db, error, "INSERT OR IGNORE INTO message_refs(key, thread_id) VALUES(?, ?)", NUM(message_ref_key(hash, message_id)),
                     NUM(thread_id));
}

bool message_ref_name(store *db, int64_t key, int64_t hash, int64_t message_id, GError **error)
{
    return store_run(db, error, "UPDATE message_refs SET message_id = ?2 WHERE key = ?1 AND message_id IS NULL", NUM(key),
                     NUM(message_id)) &&
           (sqlite3_changes(store_db(db)) > 0 ||
            store_run(db, error,
                      "INSERT OR IGNORE INTO message_twins(hash, message_id) SELECT ?2, ?3 WHERE NOT EXISTS"
                      " (SELECT 1 FROM message_refs WHERE key = ?1 AND message_id = ?3)",
                      NUM(key), NUM(hash), NUM(message_id)));
}
