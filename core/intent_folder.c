/* SPDX-License-Identifier: MIT */
/* Folders a person makes, renames and deletes: in the list at once, and in the queue behind what was done before.
 *
 * A row of the queue says which folder (folder_id), under which name it is known to the server until then (file) and from then on (path). */
#include "core/intent_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME_MAX_BYTES 200

/* --- names --- */

static bool fail_name(GError **error, const char *words)
{
    g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, words);
    return false;
}

static bool name_is_good(const char *name, char delimiter, GError **error)
{
    const char ends[] = { delimiter, '\0' };
    const char twice[] = { delimiter, delimiter, '\0' };
    if (*name == '\0' || strlen(name) > NAME_MAX_BYTES || !g_utf8_validate(name, -1, NULL))
        return fail_name(error, _("A folder needs a name of 1 to 200 letters."));
    for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c)) {
        if (g_unichar_iscntrl(g_utf8_get_char(c)) || *c == '*' || *c == '%')
            return fail_name(error, _("A folder's name cannot have control characters, * or %."));
    }
    if (delimiter != '\0' && (g_str_has_prefix(name, ends) || g_str_has_suffix(name, ends) || strstr(name, twice) != NULL))
        return fail_name(error, _("Each part of a folder's name needs at least one letter."));
    return true;
}

static bool name_is_free(store *db, int64_t account_id, const char *name, GError **error)
{
    int64_t id = 0;
    if (!store_number(db, &id, error, "SELECT id FROM folders WHERE account_id = ? AND name = ? COLLATE NOCASE", NUM(account_id),
                      TXT(name)))
        return false;
    if (id == 0)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("There is a folder “%s” already."), name);
    return false;
}

static bool folder_is_own(store *db, const struct folder *box, GError **error)
{
    (void)db;
    if (box->role == FOLDER_NONE)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("“%s” has a purpose in this account and stays as it is."), box->name);
    return false;
}

/* --- the queue --- */

static bool queue(store *db, const struct folder *box, enum intent_type type, const char *old_name, const char *new_name, GError **error)
{
    return store_run(db, error, "INSERT INTO intents(action_id, account_id, type, folder_id, file, path) VALUES(0, ?, ?, ?, ?, ?)",
                     NUM(box->account_id), NUM(type), NUM(box->id), TXT(old_name), TXT(new_name));
}

/* The folder and all below it. */
static bool rename_rows(store *db, int64_t account_id, const char *from, const char *to, char delimiter, GError **error)
{
    g_autofree char *below = g_strdup_printf("%s%c", from, delimiter != '\0' ? delimiter : '\001');
    return store_run(db, error,
                     "UPDATE folders SET name = ?1 || substr(name, length(?2) + 1), wire = ''" /* the server's spelling is not known yet */
                     " WHERE account_id = ?3 AND (name = ?2 OR substr(name, 1, length(?4)) = ?4)",
                     TXT(to), TXT(from), NUM(account_id), TXT(below));
}

static char delimiter_of(store *db, int64_t account_id)
{
    int64_t delimiter = '/';
    store_number(db, &delimiter, NULL, "SELECT delimiter FROM folders WHERE account_id = ? AND delimiter <> 0 LIMIT 1", NUM(account_id));
    return (char)delimiter;
}

static bool create_apply(store *db, struct folder *box, GError **error)
{
    if (!name_is_good(box->name, box->delimiter, error) || !name_is_free(db, box->account_id, box->name, error))
        return false;
    box->id = store_folder_put(db, box, error);
    return box->id != 0 && queue(db, box, INTENT_FOLDER_CREATE, box->name, box->name, error);
}

int64_t intent_folder_create(store *db, int64_t account_id, const char *name, GError **error)
{
    struct folder box = { .account_id = account_id,
                          .name = (char *)name,
                          .wire = (char *)"",
                          .delimiter = delimiter_of(db, account_id),
                          .flags = FOLDER_IS_SUBSCRIBED };
    if (!store_begin(db, error))
        return 0;
    return store_end(db, create_apply(db, &box, error), error) ? box.id : 0;
}

static bool rename_apply(store *db, int64_t folder_id, const char *name, GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    if (box == NULL || !folder_is_own(db, box, error) || !name_is_good(name, box->delimiter, error))
        return false;
    g_autofree char *below = g_strdup_printf("%s%c", box->name, box->delimiter);
    if (strcmp(box->name, name) == 0)
        return true;
    if (box->delimiter != '\0' && g_str_has_prefix(name, below))
        return fail_name(error, _("A folder cannot be put below itself."));
    return (g_ascii_strcasecmp(box->name, name) == 0 || name_is_free(db, box->account_id, name, error)) &&
           queue(db, box, INTENT_FOLDER_RENAME, box->name, name, error) &&
           rename_rows(db, box->account_id, box->name, name, box->delimiter, error);
}

bool intent_folder_rename(store *db, int64_t folder_id, const char *name, GError **error)
{
    return store_begin(db, error) && store_end(db, rename_apply(db, folder_id, name, error), error);
}

static bool delete_apply(store *db, int64_t folder_id, GError **error)
{
    int64_t below_id = 0;
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    if (box == NULL || !folder_is_own(db, box, error))
        return false;
    g_autofree char *below = g_strdup_printf("%s%c", box->name, box->delimiter);
    if (box->delimiter != '\0' &&
        !store_number(db, &below_id, error,
                      "SELECT id FROM folders WHERE account_id = ? AND substr(name, 1, length(?2)) = ?2 AND flags & ? = 0",
                      NUM(box->account_id), TXT(below), NUM(FOLDER_IS_GONE)))
        return false;
    if (below_id != 0)
        return fail_name(error, _("There are folders below it: delete those first."));
    return queue(db, box, INTENT_FOLDER_DELETE, box->name, NULL, error) &&
           store_run(db, error, "UPDATE folders SET flags = flags | ? WHERE id = ?", NUM(FOLDER_IS_GONE), NUM(folder_id));
}

bool intent_folder_delete(store *db, int64_t folder_id, GError **error)
{
    return store_begin(db, error) && store_end(db, delete_apply(db, folder_id, error), error);
}

/* --- names on the server, while the queue has not caught up --- */

static char *renamed(const char *name, const char *from, const char *to, char delimiter)
{
    size_t length = strlen(from);
    if (strncmp(name, from, length) != 0 || (name[length] != '\0' && name[length] != delimiter))
        return NULL;
    return g_strconcat(to, name + length, NULL);
}

/* Newest first back to the server's name, oldest first from it. */
static char *translate(store *db, const struct folder *box, int64_t after_id, bool is_to_server)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(
        db, NULL,
        is_to_server ? "SELECT path, file FROM intents WHERE account_id = ? AND type = ? AND id > ? AND state <> ? ORDER BY id DESC"
                     : "SELECT file, path FROM intents WHERE account_id = ? AND type = ? AND id > ? AND state <> ? ORDER BY id",
        STORE_VALUES(NUM(box->account_id), NUM(INTENT_FOLDER_RENAME), NUM(after_id), NUM(INTENT_FAILED)));
    char *name = g_strdup(box->name);
    while (row != NULL && store_step(db, row, NULL)) {
        g_autofree char *from = store_column_dup(row, 0), *to = store_column_dup(row, 1);
        char *next = from != NULL && to != NULL ? renamed(name, from, to, box->delimiter) : NULL;
        if (next != NULL) {
            g_free(name);
            name = next;
        }
    }
    return name;
}

char *intent_folder_server_name(store *db, const struct folder *box, int64_t after_id)
{
    return translate(db, box, after_id, true);
}

char *intent_folder_local_name(store *db, const struct folder *listed)
{
    return translate(db, listed, 0, false);
}

bool intent_folder_is_pending(store *db, int64_t account_id, const char *name, enum intent_type type)
{
    int64_t id = 0;
    store_number(
        db, &id, NULL,
        "SELECT i.id FROM intents AS i JOIN folders AS f ON f.id = i.folder_id WHERE i.account_id = ? AND i.type = ? AND f.name = ?",
        NUM(account_id), NUM(type), TXT(name));
    return id != 0;
}

/* --- what the server said --- */

bool intent_folder_settle(store *db, const struct intent *wish, GError **error)
{
    return wish->type != INTENT_FOLDER_DELETE || store_folder_remove(db, wish->folder_id, error);
}

/* What was moved into a folder that cannot be made goes back first; behind that nothing speaks of it any more. */
static bool create_back(store *db, const struct intent *wish, const char *why, GError **error)
{
    for (;;) {
        int64_t id = 0;
        if (!store_number(db, &id, error, "SELECT id FROM intents WHERE target_folder_id = ? AND state <> ? ORDER BY id DESC LIMIT 1",
                          NUM(wish->folder_id), NUM(INTENT_FAILED)))
            return false;
        if (id == 0)
            return store_folder_remove(db, wish->folder_id, error);
        if (!intent_rolled_back(db, id, why, NULL, error))
            return false;
    }
}

bool intent_folder_back(store *db, const struct intent *wish, const char *why, GError **error)
{
    g_autoptr(folder) box = store_folder(db, wish->folder_id, NULL);
    if (box == NULL)
        return true;
    switch (wish->type) {
    case INTENT_FOLDER_CREATE:
        return create_back(db, wish, why, error);
    case INTENT_FOLDER_RENAME:
        return rename_rows(db, wish->account_id, wish->path, wish->file, box->delimiter, error);
    default:
        return store_run(db, error, "UPDATE folders SET flags = flags & ~? WHERE id = ?", NUM(FOLDER_IS_GONE), NUM(wish->folder_id));
    }
}

char *intent_folder_describe(const struct intent *wish)
{
    switch (wish->type) {
    case INTENT_FOLDER_CREATE:
        return g_strdup_printf(_("The folder “%s” could not be made."), wish->path);
    case INTENT_FOLDER_RENAME:
        return g_strdup_printf(_("The folder “%s” could not be renamed to “%s”; it has its old name again."), wish->file, wish->path);
    default:
        return g_strdup_printf(_("The folder “%s” could not be deleted; it is back."), wish->file);
    }
}
