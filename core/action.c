/* SPDX-License-Identifier: MIT */
/* The record of what a person did: the last hundred actions, done or taken back. */
#include "core/intent_private.h"
#include "core/undo.h"

#define ACTIONS_KEPT 100

void action_clear(struct action *self)
{
    g_clear_pointer(&self->from_name, g_free);
    g_clear_pointer(&self->to_name, g_free);
    g_clear_pointer(&self->words, g_free);
}

int64_t action_begin(store *db, const struct action *self, GError **error)
{
    if (!store_run(db, error,
                   "INSERT INTO actions(kind, folder_id, add_flags, remove_flags, account_id, item_id, from_name, to_name, at_utc)"
                   " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   NUM(self->kind), NUM(self->folder_id), NUM(self->add), NUM(self->remove), NUM(self->account_id), NUM(self->item_id),
                   TXT(self->from_name), TXT(self->to_name), NUM(store_now_utc())))
        return 0;
    return sqlite3_last_insert_rowid(store_db(db));
}

int64_t action_open(store *db, enum action_kind kind, int64_t folder_id, unsigned add, unsigned remove, GError **error)
{
    return action_begin(db, &(struct action){ .kind = kind, .folder_id = folder_id, .add = add, .remove = remove }, error);
}

bool action_note(store *db, int64_t action_id, const struct action_item *item, GError **error)
{
    return store_run(db, error,
                     "INSERT OR REPLACE INTO action_items(action_id, placement_id, source_id, from_folder_id, to_folder_id, add_flags,"
                     " remove_flags) VALUES(?, ?, ?, ?, ?, ?, ?)",
                     NUM(action_id), NUM(item->placement_id), NUM(item->source_id), NUM(item->from_folder_id), NUM(item->to_folder_id),
                     NUM(item->add), NUM(item->remove));
}

bool action_forget(store *db, int64_t action_id, GError **error)
{
    return store_run(db, error, "DELETE FROM action_items WHERE action_id = ?", NUM(action_id)) &&
           store_run(db, error, "DELETE FROM actions WHERE id = ?", NUM(action_id));
}

bool action_note_refused(store *db, int64_t action_id, int64_t placement_id, int64_t folder_id, GError **error)
{
    return store_run(db, error,
                     "DELETE FROM action_items WHERE action_id = ?1 AND placement_id = ?2 AND to_folder_id = ?3 AND EXISTS"
                     " (SELECT 1 FROM actions WHERE id = ?1 AND is_undone = 0 AND kind IN (?4, ?5, ?6, ?7))"
                     " AND EXISTS (SELECT 1 FROM action_items WHERE action_id = ?1 AND placement_id <> ?2)",
                     NUM(action_id), NUM(placement_id), NUM(folder_id), NUM(ACTION_MOVE), NUM(ACTION_COPY), NUM(ACTION_TRASH),
                     NUM(ACTION_ARCHIVE));
}

bool action_close(store *db, int64_t action_id, size_t count, GError **error)
{
    if (count == 0)
        return action_forget(db, action_id, error);
    static const char outdated[] = "SELECT id FROM actions WHERE is_undone = 1 UNION SELECT id FROM"
                                   " (SELECT id FROM actions ORDER BY id DESC LIMIT -1 OFFSET ?) LIMIT 1";
    for (;;) {
        int64_t id = 0;
        if (!store_number(db, &id, error, outdated, NUM(ACTIONS_KEPT)))
            return false;
        if (id == 0)
            return true;
        if (!action_forget(db, id, error))
            return false;
    }
}

bool action_record(store *db, const struct action *done, GError **error)
{
    int64_t id = action_begin(db, done, error);
    return id != 0 && action_close(db, id, 1, error);
}

bool action_folder(store *db, enum action_kind kind, const struct folder *box, const char *from_name, const char *to_name, GError **error)
{
    const struct action done = { .kind = kind,
                                 .folder_id = box->id,
                                 .account_id = box->account_id,
                                 .item_id = MAX(box->total, box->server_total),
                                 .from_name = (char *)from_name,
                                 .to_name = (char *)to_name };
    return action_record(db, &done, error);
}

/* --- read again --- */

#define ACTION_COLUMNS                                                                                                                     \
    "id, kind, folder_id, add_flags, remove_flags, account_id, item_id, from_name, to_name, at_utc, is_undone, words,"                     \
    " (SELECT count(*) FROM action_items WHERE action_id = actions.id) FROM actions"

static struct action action_from_row(sqlite3_stmt *row)
{
    return (struct action){ .id = sqlite3_column_int64(row, 0),
                            .kind = (enum action_kind)sqlite3_column_int(row, 1),
                            .folder_id = sqlite3_column_int64(row, 2),
                            .add = (unsigned)sqlite3_column_int64(row, 3),
                            .remove = (unsigned)sqlite3_column_int64(row, 4),
                            .account_id = sqlite3_column_int64(row, 5),
                            .item_id = sqlite3_column_int64(row, 6),
                            .from_name = store_column_dup(row, 7),
                            .to_name = store_column_dup(row, 8),
                            .at_utc = sqlite3_column_int64(row, 9),
                            .is_undone = sqlite3_column_int(row, 10) != 0,
                            .words = store_column_dup(row, 11),
                            .count = sqlite3_column_int64(row, 12) };
}

static bool action_find(store *db, const char *sql, struct action *action_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(db, error, sql, STORE_VALUES());
    GError *failure = NULL;
    *action_out = (struct action){ .id = 0 };
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure))
        *action_out = action_from_row(row);
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

bool action_next(store *db, bool is_redo, struct action *action_out, GError **error)
{
    static const char last_done[] = "SELECT " ACTION_COLUMNS " WHERE is_undone = 0 ORDER BY id DESC LIMIT 1";
    static const char first_undone[] = "SELECT " ACTION_COLUMNS " WHERE is_undone = 1 ORDER BY id LIMIT 1";
    return action_find(db, is_redo ? first_undone : last_done, action_out, error);
}

/* --- the history for a person --- */

static void entry_free(gpointer data)
{
    struct undo_entry *self = data;
    g_free(self->words);
    g_free(self);
}

GPtrArray *undo_history(store *db, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(db, error, "SELECT " ACTION_COLUMNS " ORDER BY id DESC", STORE_VALUES());
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        g_auto(action) each = action_from_row(row);
        struct undo_entry *entry = g_new0(struct undo_entry, 1);
        *entry = (struct undo_entry){ .at_utc = each.at_utc, .is_undone = each.is_undone, .words = action_describe(db, &each) };
        g_ptr_array_add(entries, entry);
    }
    if (failure == NULL)
        return g_steal_pointer(&entries);
    g_propagate_error(error, failure);
    return NULL;
}
