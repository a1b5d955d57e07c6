/* SPDX-License-Identifier: MIT */
/* Accounts and folders in the store. */
#include "core/store_folder.h"
#include "core/folder_rights.h"
#include "core/intent.h"
#include "core/language.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_COLUMNS                                                                                                                     \
    "id, account_id, name, wire, delimiter, role, flags, uidvalidity, uidnext, highestmodseq, backfill_uid, total, unread, server_total,"  \
    " verified_utc, mailbox_id, server_bytes"
/* Roles in the order of the list: Inbox, Drafts, Sent, Archive, Junk, Trash, then the rest by name. */
#define FOLDER_ORDER " ORDER BY account_id, CASE WHEN role BETWEEN 1 AND 6 THEN role ELSE 7 END, name COLLATE NOCASE, id"

void folder_free(struct folder *box)
{
    if (box == NULL)
        return;
    g_free(box->name);
    g_free(box->wire);
    g_free(box->mailbox_id);
    g_free(box);
}

static void folder_destroy(gpointer data)
{
    folder_free(data);
}

static struct folder *folder_from_row(sqlite3_stmt *row)
{
    struct folder *box = g_new0(struct folder, 1);
    box->id = sqlite3_column_int64(row, 0);
    box->account_id = sqlite3_column_int64(row, 1);
    box->name = store_column_dup(row, 2);
    box->wire = store_column_dup(row, 3);
    box->delimiter = (char)sqlite3_column_int(row, 4);
    box->role = (enum folder_role)sqlite3_column_int(row, 5);
    box->flags = (unsigned)sqlite3_column_int(row, 6);
    box->uidvalidity = (uint32_t)sqlite3_column_int64(row, 7);
    box->uidnext = (uint32_t)sqlite3_column_int64(row, 8);
    box->highestmodseq = (uint64_t)sqlite3_column_int64(row, 9);
    box->backfill_uid = (uint32_t)sqlite3_column_int64(row, 10);
    box->total = sqlite3_column_int64(row, 11);
    box->unread = sqlite3_column_int64(row, 12);
    box->server_total = sqlite3_column_int64(row, 13);
    box->verified_utc = sqlite3_column_int64(row, 14);
    box->mailbox_id = store_column_dup(row, 15);
    box->server_bytes = sqlite3_column_int64(row, 16);
    return box;
}

/* --- accounts --- */

static const char account_find[] = "SELECT id FROM accounts WHERE key = ?";

int64_t store_account_id(store *db, const char *key, GError **error)
{
    int64_t id = 0;
    if (!store_number(db, &id, error, account_find, TXT(key)) || id != 0)
        return id;
    if (!store_begin(db, error))
        return 0;
    bool is_done = store_run(db, error, "INSERT OR IGNORE INTO accounts(key) VALUES(?)", TXT(key)) &&
                   store_number(db, &id, error, account_find, TXT(key));
    return store_end(db, is_done, error) ? id : 0;
}

char *store_account_key(store *db, int64_t account_id)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT key FROM accounts WHERE id = ?", NUM(account_id));
    return row != NULL && store_step(db, row, NULL) ? store_column_dup(row, 0) : NULL;
}

bool store_account_set_addresses(store *db, int64_t account_id, const char *const *addresses, GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t i = 0; addresses != NULL && addresses[i] != NULL; i++) {
        g_autofree char *folded = g_utf8_casefold(addresses[i], -1);
        g_string_append_printf(all, "%s\n", folded);
    }
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT addresses FROM accounts WHERE id = ?", NUM(account_id));
    if (row == NULL)
        return false;
    bool is_same = store_step(db, row, NULL) && g_strcmp0((const char *)sqlite3_column_text(row, 0), all->str) == 0;
    sqlite3_reset(row);
    return is_same || store_run(db, error, "UPDATE accounts SET addresses = ? WHERE id = ?", TXT(all->str), NUM(account_id));
}

static char *name_key(int64_t account_id)
{
    return g_strdup_printf("name:%" G_GINT64_FORMAT, account_id);
}

bool store_account_set_name(store *db, int64_t account_id, const char *name, GError **error)
{
    g_autofree char *key = name_key(account_id), *old = store_get_meta(db, key);
    return g_strcmp0(old, name) == 0 || store_set_meta(db, key, name != NULL ? name : "", error);
}

static bool is_called(store *db, sqlite3_stmt *row, const char *wanted, bool is_beginning)
{
    g_autofree char *key = name_key(sqlite3_column_int64(row, 0)), *name = store_get_meta(db, key);
    g_autofree char *id_folded = g_utf8_casefold((const char *)sqlite3_column_text(row, 1), -1);
    g_autofree char *name_folded = g_utf8_casefold(name != NULL ? name : "", -1);
    if (is_beginning)
        return g_str_has_prefix(id_folded, wanted) || g_str_has_prefix(name_folded, wanted);
    g_auto(GStrv) addresses = g_strsplit((const char *)sqlite3_column_text(row, 2), "\n", -1);
    return strcmp(id_folded, wanted) == 0 || strcmp(name_folded, wanted) == 0 || g_strv_contains((const char *const *)addresses, wanted);
}

GArray *store_accounts_like(store *db, const char *words)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autofree char *wanted = g_utf8_casefold(words, -1);
    for (int is_beginning = 0; is_beginning < 2 && ids->len == 0 && *wanted != '\0'; is_beginning++) {
        g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT id, key, coalesce(addresses, '') FROM accounts ORDER BY id");
        while (row != NULL && store_step(db, row, NULL)) {
            int64_t id = sqlite3_column_int64(row, 0);
            if (is_called(db, row, wanted, is_beginning != 0))
                g_array_append_val(ids, id);
        }
    }
    return ids;
}

bool store_accounts_note_set_up(store *db, const char *const *keys, GError **error)
{
    g_autoptr(GString) away = g_string_new(NULL);
    g_autofree char *before = store_get_meta(db, STORE_AWAY);
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT id, key FROM accounts ORDER BY id");
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure)) {
        if (!g_strv_contains(keys, (const char *)sqlite3_column_text(row, 1)))
            g_string_append_printf(away, "%s%" G_GINT64_FORMAT, away->len > 0 ? "," : "", (int64_t)sqlite3_column_int64(row, 0));
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return false;
    }
    return g_strcmp0(before != NULL ? before : "", away->str) == 0 || store_set_meta(db, STORE_AWAY, away->str, error);
}

bool store_account_remove(store *db, int64_t account_id, GError **error)
{
    g_autoptr(GPtrArray) folders = store_folders(db, account_id, error);
    if (folders == NULL || !store_begin(db, error))
        return false;
    bool is_done = store_run(db, error, "DELETE FROM intents WHERE account_id = ?", NUM(account_id));
    for (guint i = 0; is_done && i < folders->len; i++) {
        const struct folder *box = g_ptr_array_index(folders, i);
        is_done = store_folder_remove(db, box->id, error);
    }
    /* The outbox keeps its rows: mail that was not sent is not lost with the account's settings. */
    is_done =
        is_done && store_run(db, error, "DELETE FROM accounts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE account_id = ?1)",
                             NUM(account_id));
    return store_end(db, is_done, error);
}

/* --- folders --- */

struct sorted {
    folder *box;
    char *key;
};

static int by_name(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;
    bool has_role[2] = { a->box->role >= FOLDER_INBOX && a->box->role <= FOLDER_TRASH,
                         b->box->role >= FOLDER_INBOX && b->box->role <= FOLDER_TRASH };
    if (a->box->account_id != b->box->account_id)
        return a->box->account_id < b->box->account_id ? -1 : 1;
    if (has_role[0] != has_role[1])
        return has_role[0] ? -1 : 1;
    if (has_role[0] && a->box->role != b->box->role)
        return (int)a->box->role - (int)b->box->role;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : a->box->id < b->box->id ? -1 : 1;
}

/* The database knows the order of ASCII only. */
static void sort_by_language(GPtrArray *folders)
{
    bool is_plain = true;
    for (guint i = 0; i < folders->len && is_plain; i++)
        is_plain = g_str_is_ascii(((folder *)g_ptr_array_index(folders, i))->name);
    if (is_plain)
        return;
    g_autofree struct sorted *rows = g_new(struct sorted, folders->len);
    for (guint i = 0; i < folders->len; i++) {
        folder *box = g_ptr_array_index(folders, i);
        rows[i] = (struct sorted){ box, language_sort_key(box->name) };
    }
    qsort(rows, folders->len, sizeof *rows, by_name);
    for (guint i = 0; i < folders->len; i++) {
        folders->pdata[i] = rows[i].box;
        g_free(rows[i].key);
    }
}

GPtrArray *store_folders(store *db, int64_t account_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT " FOLDER_COLUMNS " FROM folders WHERE (?1 = 0 OR account_id = ?1)" FOLDER_ORDER, NUM(account_id));
    if (row == NULL)
        return NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(folder_destroy);
    while (store_step(db, row, &failure))
        g_ptr_array_add(folders, folder_from_row(row));
    if (failure == NULL) {
        sort_by_language(folders);
        return g_steal_pointer(&folders);
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

int64_t store_folder_unread_below(store *db, int64_t account_id, const char *name, char delimiter)
{
    int64_t unread = 0;
    g_autofree char *from = g_strdup_printf("%s%c", name, delimiter), *to = g_strdup_printf("%s%c", name, delimiter + 1);
    store_number(db, &unread, NULL,
                 "SELECT coalesce(sum(unread), 0) FROM folders WHERE account_id = ?1 AND name >= ?2 AND name < ?3 AND flags & ?4 = 0",
                 NUM(account_id), TXT(from), TXT(to), NUM(FOLDER_IS_GONE));
    return unread;
}

struct folder *store_folder(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT " FOLDER_COLUMNS " FROM folders WHERE id = ?", NUM(folder_id));
    if (row == NULL)
        return NULL;
    g_autoptr(GError) failure = NULL;
    if (store_step(db, row, &failure))
        return folder_from_row(row);
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    else
        store_missing(error, _("This folder is not there any more."));
    return NULL;
}

int64_t store_folder_last(store *db)
{
    int64_t id = 0;
    store_number(db, &id, NULL, "SELECT max(id) FROM folders");
    return id;
}

struct folder *store_folder_by_role(store *db, int64_t account_id, enum folder_role role, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT " FOLDER_COLUMNS " FROM folders WHERE account_id = ? AND role = ? AND (flags & ?) = 0 ORDER BY id LIMIT 1",
        NUM(account_id), NUM(role), NUM(FOLDER_IS_GONE | FOLDER_IS_NOSELECT));
    return row != NULL && store_step(db, row, error) ? folder_from_row(row) : NULL;
}

/* clang-format off */
#define IS_SET_UP(account) \
    " AND instr(',' || coalesce((SELECT value FROM meta WHERE key = '" STORE_AWAY "'), '') || ',', ',' || " account " || ',') = 0"
/* clang-format on */

int64_t store_folder_unread(store *db)
{
    int64_t unread = 0;
    store_number(db, &unread, NULL,
                 "SELECT sum(unread) FROM folders WHERE role NOT IN (?, ?, ?, ?) AND (flags & ?) = 0" IS_SET_UP("account_id"),
                 NUM(FOLDER_JUNK), NUM(FOLDER_TRASH), NUM(FOLDER_ALL), NUM(FOLDER_FLAGGED), NUM(FOLDER_IS_GONE));
    return unread;
}

int64_t store_folder_starred(store *db, int limit)
{
    int64_t starred = 0;
    store_number(db, &starred, NULL,
                 "SELECT count(*) FROM (SELECT DISTINCT p.message_id FROM folders AS f CROSS JOIN placements AS p INDEXED BY"
                 " placements_flagged ON p.folder_id = f.id AND (p.flags & 4) <> 0 WHERE f.role <> ? AND (f.flags & ?) = 0" IS_SET_UP(
                     "f.account_id") " LIMIT ?)",
                 NUM(FOLDER_TRASH), NUM(FOLDER_IS_GONE), NUM(limit));
    return starred;
}

GArray *store_folder_ids(store *db, enum folder_role role, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT id FROM folders WHERE role = ? AND (flags & ?) = 0 ORDER BY id",
                                               NUM(role), NUM(FOLDER_IS_GONE | FOLDER_IS_NOSELECT));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

bool store_folder_facts(store *db, int64_t folder_id, struct folder_facts *facts_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT account_id, uidvalidity, uidnext, role FROM folders WHERE id = ?", NUM(folder_id));
    if (row == NULL)
        return false;
    g_autoptr(GError) failure = NULL;
    if (!store_step(db, row, &failure)) {
        if (failure == NULL)
            return store_missing(error, _("This folder is not there any more."));
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *facts_out = (struct folder_facts){ .account_id = sqlite3_column_int64(row, 0),
                                        .uidvalidity = (uint32_t)sqlite3_column_int64(row, 1),
                                        .uidnext = (uint32_t)sqlite3_column_int64(row, 2),
                                        .role = (enum folder_role)sqlite3_column_int(row, 3) };
    return true;
}

static bool folder_insert(store *db, const struct folder *box, int64_t *id_out, GError **error)
{
    if (!store_run(db, error, "INSERT INTO folders(account_id, name, wire, delimiter, role, flags) VALUES(?, ?, ?, ?, ?, ?)",
                   NUM(box->account_id), TXT(box->name), TXT(box->wire != NULL ? box->wire : box->name), NUM(box->delimiter),
                   NUM(box->role), NUM(box->flags)))
        return false;
    *id_out = sqlite3_last_insert_rowid(store_db(db));
    return true;
}

/* What the server's LIST does not say better than the person: whether the folder is subscribed, while that is on its way to the server. */
static bool flags_kept(store *db, int64_t folder_id, unsigned *kept_out, GError **error)
{
    int64_t waiting = 0;
    bool is_done = store_number(db, &waiting, error, "SELECT count(*) FROM intents WHERE folder_id = ? AND type = ? AND state <> ?",
                                NUM(folder_id), NUM(INTENT_FOLDER_SUBSCRIBE), NUM(INTENT_FAILED));
    *kept_out = FOLDER_TOLD | (waiting > 0 ? (unsigned)FOLDER_IS_SUBSCRIBED : 0U);
    return is_done;
}

int64_t store_folder_named(store *db, int64_t account_id, const char *name)
{
    int64_t id = 0;
    store_number(db, &id, NULL, "SELECT id FROM folders WHERE account_id = ? AND name = ?", NUM(account_id), TXT(name));
    return id;
}

int64_t store_folder_put(store *db, const struct folder *box, GError **error)
{
    if (!store_begin(db, error))
        return 0;
    int64_t id = box->id;
    unsigned kept = 0;
    bool is_done = id != 0 || store_number(db, &id, error, "SELECT id FROM folders WHERE account_id = ? AND name = ?", NUM(box->account_id),
                                           TXT(box->name));
    if (is_done && id == 0)
        is_done = folder_insert(db, box, &id, error);
    else if (is_done)
        is_done =
            flags_kept(db, id, &kept, error) &&
            store_run(db, error, "UPDATE folders SET name = ?, wire = ?, delimiter = ?, role = ?, flags = (flags & ?) | ? WHERE id = ?",
                      TXT(box->name), TXT(box->wire != NULL ? box->wire : box->name), NUM(box->delimiter), NUM(box->role), NUM(kept),
                      NUM(box->flags & ~(kept & (unsigned)FOLDER_IS_SUBSCRIBED)), NUM(id));
    return store_end(db, is_done, error) ? id : 0;
}

bool store_folder_set_role(store *db, int64_t folder_id, enum folder_role role, GError **error)
{
    return store_run(db, error, "UPDATE folders SET role = ? WHERE id = ?", NUM(role), NUM(folder_id));
}

/* Placements go in portions, so that others can write in between: a million rows take a while. */
static bool placements_forget(store *db, const char *sql, int64_t folder_id, GError **error)
{
    do {
        if (!store_run(db, error, sql, NUM(folder_id)) || !store_breathe(db, error))
            return false;
    } while (sqlite3_changes(store_db(db)) > 0);
    return true;
}

static const char forget_all[] = "DELETE FROM placements WHERE id IN (SELECT id FROM placements WHERE folder_id = ?1 LIMIT 200)";
/* Those that a person's unsent wishes speak of stay, and wait to be found again. */
static const char forget_unwanted[] =
    "DELETE FROM placements WHERE id IN (SELECT p.id FROM placements AS p INDEXED BY placements_by_uid WHERE p.folder_id = ?1 AND p.uid > 0"
    " AND NOT EXISTS (SELECT 1 FROM intents WHERE placement_id = p.id)"
    " AND NOT EXISTS (SELECT 1 FROM intents WHERE source_id = p.id) LIMIT 200)";

bool store_folder_remove(store *db, int64_t folder_id, GError **error)
{
    if (!store_begin(db, error))
        return false;
    /* What was deleted for good from there went with it: nothing else would ever take its row away. */
    bool is_done =
        store_run(db, error,
                  "DELETE FROM placements WHERE folder_id = 0 AND id IN (SELECT placement_id FROM intents WHERE folder_id = ?1 AND"
                  " type = ?2)",
                  NUM(folder_id), NUM(INTENT_DELETE)) &&
        store_run(db, error, "DELETE FROM intents WHERE folder_id = ?1 OR target_folder_id = ?1", NUM(folder_id)) &&
        placements_forget(db, forget_all, folder_id, error) &&
        store_run(db, error, "DELETE FROM folder_threads WHERE folder_id = ?", NUM(folder_id)) &&
        store_run(db, error, "DELETE FROM folders WHERE id = ?", NUM(folder_id));
    return store_end(db, is_done, error);
}

/* The old number stays in the row until the last old UID is gone: a crash in between only means to begin again. */
static bool uids_forget(store *db, int64_t folder_id, GError **error)
{
    return placements_forget(db, forget_unwanted, folder_id, error) &&
           store_run(db, error, "UPDATE placements SET uid = 0, least_uid = 0, modseq = 0 WHERE folder_id = ? AND uid > 0",
                     NUM(folder_id)) &&
           store_run(db, error, "UPDATE placements SET least_uid = 0 WHERE folder_id = ? AND uid = 0", NUM(folder_id)) &&
           store_run(db, error, "UPDATE intents SET uid = 0, uidvalidity = 0, least_uid = 0 WHERE folder_id = ? AND type <> ?",
                     NUM(folder_id), NUM(INTENT_APPEND)) &&
           store_run(db, error, "UPDATE folders SET backfill_uid = 0, highestmodseq = 0 WHERE id = ?", NUM(folder_id));
}

bool store_folder_set_sync(store *db, int64_t folder_id, uint32_t uidvalidity, uint32_t uidnext, uint64_t highestmodseq,
                           int64_t server_total, GError **error)
{
    struct folder_facts facts = { 0 };
    if (!store_begin(db, error))
        return false;
    bool is_done = store_folder_facts(db, folder_id, &facts, error);
    if (is_done && facts.uidvalidity != 0 && facts.uidvalidity != uidvalidity)
        is_done = uids_forget(db, folder_id, error);
    is_done =
        is_done && store_run(db, error, "UPDATE folders SET uidvalidity = ?, uidnext = ?, highestmodseq = ?, server_total = ? WHERE id = ?",
                             NUM(uidvalidity), NUM(uidnext), NUM(highestmodseq), NUM(server_total), NUM(folder_id));
    return store_end(db, is_done, error);
}

bool store_folder_set_verified(store *db, int64_t folder_id, int64_t verified_utc, GError **error)
{
    return store_run(db, error, "UPDATE folders SET verified_utc = ? WHERE id = ?", NUM(verified_utc), NUM(folder_id));
}

bool store_folder_set_mailbox_id(store *db, int64_t folder_id, const char *mailbox_id, GError **error)
{
    return store_run(db, error, "UPDATE folders SET mailbox_id = ?1 WHERE id = ?2 AND mailbox_id IS NOT ?1", TXT(mailbox_id),
                     NUM(folder_id));
}

bool store_folder_set_server_bytes(store *db, int64_t folder_id, int64_t bytes, GError **error)
{
    return store_run(db, error, "UPDATE folders SET server_bytes = ?1 WHERE id = ?2 AND server_bytes <> ?1", NUM(bytes), NUM(folder_id));
}

int64_t store_folder_bytes(store *db, const struct folder *box)
{
    int64_t bytes = 0;
    bool is_complete = box->server_total < 0 || box->backfill_uid == 1; /* local folders have no number of the server's */
    if (box->server_bytes >= 0)
        return box->server_bytes;
    return is_complete && store_number(db, &bytes, NULL,
                                       "SELECT coalesce(sum(m.size_bytes), 0) FROM placements AS p CROSS JOIN messages AS m"
                                       " ON m.id = p.message_id WHERE p.folder_id = ?",
                                       NUM(box->id))
               ? bytes
               : -1;
}

bool store_folder_set_backfill(store *db, int64_t folder_id, uint32_t backfill_uid, GError **error)
{
    return store_run(db, error, "UPDATE folders SET backfill_uid = ? WHERE id = ?", NUM(backfill_uid), NUM(folder_id));
}
