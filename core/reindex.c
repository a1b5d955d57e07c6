/* SPDX-License-Identifier: MIT */
/* Row by row from the old database into a new one: from the front as far as it can be read, then from the back, so that one damaged page costs what is on it. */
#include "core/reindex.h"
#include "config/paths.h"
#include "core/instance.h"
#include "core/schema.h"
#include "core/store_private.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* What is kept, in the order in which the triggers can count it; all other tables are made of these, and so is the full-text index
 * (search.db), whose store.id is another from now on. Zeroed columns are counted anew. */
static const struct {
    const char *table, *key, *zeroed;
} kept[] = {
    { "meta", "key", NULL },
    { "accounts", "id", NULL },
    { "folders", "id", "total,unread" },
    { "messages", "id", NULL },
    { "email_ids", "email_id", NULL },
    { "ref_parts", "base", NULL },
    { "message_refs", "key", NULL },
    { "thread_links", "hash", NULL },
    { "folder_orders", "folder_id, sort", NULL },
    { "folder_thread_orders", "folder_id, sort", NULL },
    { "placements", "id", NULL },
    { "orphans", "message_id", NULL },
    { "contacts", "id", NULL },
    { "contact_words", "word, contact_id", NULL },
    { "intents", "id", NULL },
    { "strays", "id", NULL },
    { "actions", "id", NULL },
    { "action_items", "action_id, placement_id", NULL },
    { "action_threads", "action_id, kind, key", NULL },
    { "failures", "id", NULL },
    { "outbox", "id", NULL },
    { "outbox_fates", "outbox_id, address", NULL },
    { "pop3_mail", "account_id, uidl", NULL },
    { "kept_tags", "account_id, message_key, word", NULL },
    { "arrival_marks", "folder_id", NULL }, /* behind the placements: none of those arrives */
    { "rule_folders", "folder_id", NULL },  /* behind the marks: those are kept */
    { "arrivals", "placement_id", NULL },
    { "rules_seen", "message_key, account_id", NULL },
    { "rules_log", "id", NULL },
    { "vips", "address", NULL },
    { "tag_words", "word", NULL },
    { "muted_refs", "message_key", NULL },
    { "invitations", "uid, occurrence", NULL },
    { "invitation_replies", "uid, occurrence, address", NULL },
};

/* What does not fit together any more is found again: local mail in its Maildir, other mail on its server. */
static const char mend[] = "DELETE FROM placements WHERE message_id NOT IN (SELECT id FROM messages);"
                           "DELETE FROM placements WHERE folder_id > 0 AND folder_id NOT IN (SELECT id FROM folders);"
                           "DELETE FROM folders WHERE account_id NOT IN (SELECT id FROM accounts);"
                           "DELETE FROM orphans WHERE message_id IN (SELECT message_id FROM placements);"
                           "INSERT OR IGNORE INTO orphans(message_id, since_utc) SELECT id, unixepoch() FROM messages"
                           " WHERE id NOT IN (SELECT message_id FROM placements);"
                           "UPDATE folders SET highestmodseq = 0, backfill_uid = 0;"
                           "DELETE FROM meta WHERE key LIKE 'maildir-read.%';" SCHEMA_NAME_MESSAGES;

/* --- columns --- */

static GPtrArray *columns_of(sqlite3 *db, const char *table)
{
    sqlite3_stmt *row = NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    if (sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?)", -1, &row, NULL) == SQLITE_OK)
        sqlite3_bind_text(row, 1, table, -1, SQLITE_TRANSIENT);
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        g_ptr_array_add(names, g_strdup((const char *)sqlite3_column_text(row, 0)));
    sqlite3_finalize(row);
    return names;
}

/* "a, b, c": what both have and is not counted anew; NULL: the old one has no such table. */
static char *shared_columns(sqlite3 *old, sqlite3 *fresh, const char *table, const char *zeroed, int *count_out)
{
    g_autoptr(GPtrArray) theirs = columns_of(old, table), ours = columns_of(fresh, table);
    g_auto(GStrv) without = g_strsplit(zeroed != NULL ? zeroed : "", ",", -1);
    g_autoptr(GString) list = g_string_new(NULL);
    *count_out = 0;
    for (guint i = 0; i < ours->len; i++) {
        const char *name = g_ptr_array_index(ours, i);
        if (g_strv_contains((const char *const *)without, name) || !g_ptr_array_find_with_equal_func(theirs, name, g_str_equal, NULL))
            continue;
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
        ++*count_out;
    }
    return *count_out > 0 ? g_string_free(g_steal_pointer(&list), FALSE) : NULL;
}

/* --- rows --- */

struct copying {
    sqlite3 *old;
    store *fresh;
    const char *table, *key;
    char *columns;
    int count;
    GError **error;
};

static sqlite3_stmt *prepare_insert(const struct copying *self)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sqlite3_stmt *insert = NULL;
    g_string_printf(sql, "INSERT OR IGNORE INTO %s(%s) VALUES(?", self->table, self->columns);
    for (int i = 1; i < self->count; i++)
        g_string_append(sql, ", ?");
    g_string_append_c(sql, ')');
    if (sqlite3_prepare_v2(store_db(self->fresh), sql->str, -1, &insert, NULL) != SQLITE_OK)
        store_fail(self->fresh, _("The new mail index cannot be written"), self->error);
    return insert;
}

/* False: the new file cannot be written. *is_whole_out: the last row was reached. */
static bool copy_rows(const struct copying *self, const char *order, sqlite3_stmt *insert, bool *is_whole_out)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM %s ORDER BY %s%s", self->columns, self->table, self->key, order);
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(self->old, sql, -1, &row, NULL);
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(row);
        if (result != SQLITE_ROW)
            break;
        for (int i = 0; i < self->count; i++)
            sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
        sqlite3_step(insert); /* a row that breaks a rule of the table is no row of ours */
        int written = sqlite3_reset(insert);
        if (((written & 0xff) == SQLITE_FULL || (written & 0xff) == SQLITE_IOERR) || !store_breathe(self->fresh, self->error)) {
            if (*self->error == NULL)
                store_fail(self->fresh, _("The new mail index cannot be written"), self->error);
            sqlite3_finalize(row);
            return false;
        }
    }
    *is_whole_out = result == SQLITE_DONE;
    sqlite3_finalize(row);
    return true;
}

static bool copy_table(struct copying *self, int64_t *lost)
{
    bool is_whole = false;
    sqlite3_stmt *insert = prepare_insert(self);
    bool is_ok = insert != NULL && copy_rows(self, "", insert, &is_whole);
    if (is_ok && !is_whole) {
        g_autofree char *back = g_strdup(self->key);
        g_auto(GStrv) keys = g_strsplit(back, ", ", -1);
        g_autofree char *joined = g_strjoinv(" DESC, ", keys);
        const char *forward = self->key;
        self->key = joined;
        is_ok = copy_rows(self, " DESC", insert, &is_whole);
        self->key = forward;
        ++*lost;
    }
    sqlite3_finalize(insert);
    return is_ok;
}

static bool copy_all(sqlite3 *old, store *fresh, struct reindex_report *report, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        struct copying table = { .old = old, .fresh = fresh, .table = kept[i].table, .key = kept[i].key, .error = error };
        table.columns = shared_columns(old, store_db(fresh), kept[i].table, kept[i].zeroed, &table.count);
        report->was_readable |= table.columns != NULL;
        bool is_ok = table.columns == NULL || copy_table(&table, &report->lost);
        g_free(table.columns);
        if (!is_ok)
            return false;
    }
    return store_exec(fresh, mend, error);
}

static bool fill(sqlite3 *old, const char *path, struct reindex_report *report, GError **error)
{
    GError *why = NULL;
    g_autoptr(store) fresh = store_open(path, STORE_FILING, error);
    if (fresh == NULL || !store_begin(fresh, error))
        return false;
    if (old != NULL && !copy_all(old, fresh, report, &why)) {
        store_rollback(fresh);
        if (why != NULL)
            g_propagate_error(error, why);
        return false;
    }
    return store_commit(fresh, error) && store_number(fresh, &report->messages, error, "SELECT count(*) FROM messages");
}

/* --- files --- */

static const char *const tails[] = { "", "-wal", "-shm" };

static void remove_database(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        g_autofree char *file = g_strconcat(path, tails[i], NULL);
        g_unlink(file);
    }
}

static bool move_database(const char *from, const char *to, GError **error)
{
    for (size_t i = G_N_ELEMENTS(tails); i-- > 0;) {
        g_autofree char *old = g_strconcat(from, tails[i], NULL), *fresh = g_strconcat(to, tails[i], NULL);
        if (g_rename(old, fresh) == 0 || errno == ENOENT)
            continue;
        int saved = errno;
        g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("%s cannot be renamed: %s"), old, g_strerror(saved));
        return false;
    }
    return true;
}

static char *name_for_old(const char *path)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
    return g_strdup_printf("%s.old-%s", path, stamp);
}

static bool build(const char *path, struct reindex_report *report, GError **error)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    bool is_there = g_file_test(path, G_FILE_TEST_EXISTS);
    sqlite3 *old = NULL;
    remove_database(fresh); /* of one that was interrupted */
    if (is_there && sqlite3_open_v2(path, &old, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        g_clear_pointer(&old, sqlite3_close);
    bool is_ok = fill(old, fresh, report, error);
    sqlite3_close(old);
    report->old_path = is_ok && is_there ? name_for_old(path) : NULL;
    if (is_ok && (!is_there || move_database(path, report->old_path, error)) && move_database(fresh, path, error))
        return true;
    remove_database(fresh);
    return false;
}

bool reindex_build(const char *store_path, struct reindex_report *report, GError **error)
{
    g_autofree char *path = store_path != NULL ? g_strdup(store_path) : paths_data_file("mail.db");
    g_autoptr(GError) why = NULL;
    *report = (struct reindex_report){ 0 };
    g_autoptr(instance) held = instance_hold(path, &why);
    if (held == NULL) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "%s",
                    why != NULL ? why->message : _("Another postern is running. Close it first; nothing was changed."));
        return false;
    }
    return build(path, report, error);
}
