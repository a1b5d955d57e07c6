/* SPDX-License-Identifier: MIT */
/* Folders a person makes, renames and deletes: in the list at once, and in the queue behind what was done before.
 *
 * A row of the queue says which folder (folder_id), under which name it is known to the server until then (file) and from then on (path). */
#include "core/folder_rights.h"
#include "core/intent_private.h"
#include "core/store_role.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME_MAX_BYTES 255

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
        return fail_name(error, _("A folder needs a name, of at most 255 letters."));
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
    if (box->role == FOLDER_NONE && !(box->flags & FOLDER_LACKS_REMOVE))
        return true;
    if (box->role == FOLDER_NONE) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_DENIED, _("The server does not let you rename or delete “%s”."), box->name);
        return false;
    }
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("“%s” has a purpose in this account and stays as it is."), box->name);
    return false;
}

/* --- the queue --- */

static bool queue(store *db, const struct folder *box, enum intent_type type, const char *old_name, const char *new_name, GError **error)
{
    return store_run(
        db, error,
        "INSERT INTO intents(action_id, account_id, type, folder_id, file, path, since_utc) VALUES(0, ?, ?, ?, ?, ?, unixepoch())",
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
    char told = '\0';
    g_autofree char *home = store_role_home(db, account_id, &told);
    if (home != NULL && told != '\0')
        return told;
    store_number(db, &delimiter, NULL, "SELECT delimiter FROM folders WHERE account_id = ? AND delimiter <> 0 LIMIT 1", NUM(account_id));
    return (char)delimiter;
}

/* Where new folders go by themselves ("INBOX." with Courier), unless the name begins where some others are. People write "/" between the parts of a name,
 * whatever the server does. */
static char *whole_name(store *db, int64_t account_id, const char *name, char delimiter)
{
    g_autofree char *home = store_role_home(db, account_id, NULL), *typed = g_strdup(name);
    if (delimiter != '\0' && strchr(typed, delimiter) == NULL)
        g_strdelimit(typed, "/", delimiter);
    const char *end = delimiter != '\0' ? strchr(typed, delimiter) : NULL;
    g_autofree char *first = end != NULL ? g_strndup(typed, (gsize)(end - typed)) : NULL;
    g_autofree char *below = first != NULL ? g_strdup_printf("%s%c", first, delimiter) : NULL;
    int64_t known = 0;
    if (home == NULL || *home == '\0' || g_str_has_prefix(typed, home))
        return g_steal_pointer(&typed);
    if (first != NULL)
        store_number(db, &known, NULL,
                     "SELECT 1 FROM folders WHERE account_id = ?1 AND (name = ?2 OR substr(name, 1, length(?3)) = ?3) LIMIT 1",
                     NUM(account_id), TXT(first), TXT(below));
    return known != 0 ? g_steal_pointer(&typed) : g_strconcat(home, typed, NULL);
}

/* The folder right above must let that be. */
static bool parent_allows(store *db, int64_t account_id, const char *name, char delimiter, GError **error)
{
    int64_t flags = 0;
    const char *last = delimiter != '\0' ? strrchr(name, delimiter) : NULL;
    g_autofree char *parent = last != NULL ? g_strndup(name, (gsize)(last - name)) : NULL;
    if (parent == NULL)
        return true;
    store_number(db, &flags, NULL, "SELECT flags FROM folders WHERE account_id = ? AND name = ?", NUM(account_id), TXT(parent));
    if ((flags & (FOLDER_IS_CHILDLESS | FOLDER_LACKS_CREATE)) == 0)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                flags & FOLDER_IS_CHILDLESS ? _("“%s” is a folder that can have none below it.")
                                            : _("The server does not let you make folders below “%s”."),
                parent);
    return false;
}

/* One that is taken back has the number it had: what was done with it is done again. */
static bool renumber(store *db, struct folder *box, int64_t id, GError **error)
{
    int64_t made = store_folder_put(db, box, error);
    box->id = id != 0 ? id : made;
    return made != 0 && (made == box->id || store_run(db, error, "UPDATE folders SET id = ? WHERE id = ?", NUM(box->id), NUM(made)));
}

bool intent_folder_apply_create(store *db, struct folder *box, GError **error)
{
    int64_t id = box->id;
    box->id = 0;
    return name_is_good(box->name, box->delimiter, error) && name_is_free(db, box->account_id, box->name, error) &&
           parent_allows(db, box->account_id, box->name, box->delimiter, error) && renumber(db, box, id, error) &&
           queue(db, box, INTENT_FOLDER_CREATE, box->name, box->name, error);
}

int64_t intent_folder_create(store *db, int64_t account_id, const char *name, GError **error)
{
    char delimiter = delimiter_of(db, account_id);
    g_autofree char *whole = whole_name(db, account_id, name, delimiter);
    struct folder box = {
        .account_id = account_id, .name = whole, .wire = (char *)"", .delimiter = delimiter, .flags = FOLDER_IS_SUBSCRIBED
    };
    if (!store_begin(db, error))
        return 0;
    bool is_done = intent_folder_apply_create(db, &box, error) && action_folder(db, ACTION_FOLDER_CREATE, &box, box.name, NULL, error);
    return store_end(db, is_done, error) ? box.id : 0;
}

/* A renaming of the same folder that was not sent, with nothing of its account queued behind it: the two are one. NULL: none. */
static bool rename_collapse(store *db, const struct folder *box, char **first_name_out, GError **error)
{
    g_autoptr(intent) earlier = NULL;
    if (!intent_find(db, &earlier, error,
                     "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = (SELECT max(id) FROM intents WHERE account_id = ?1)"
                     " AND i.type = ?2 AND i.folder_id = ?3 AND" INTENT_IS_UNSENT,
                     STORE_VALUES(NUM(box->account_id), NUM(INTENT_FOLDER_RENAME), NUM(box->id))))
        return false;
    if (earlier == NULL)
        return true;
    *first_name_out = g_strdup(earlier->file);
    return store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(earlier->id));
}

bool intent_folder_apply_rename(store *db, const struct folder *box, const char *name, GError **error)
{
    g_autofree char *below = g_strdup_printf("%s%c", box->name, box->delimiter), *first = NULL;
    if (!folder_is_own(db, box, error) || !name_is_good(name, box->delimiter, error))
        return false;
    if (box->delimiter != '\0' && g_str_has_prefix(name, below))
        return fail_name(error, _("A folder cannot be put below itself."));
    if (g_ascii_strcasecmp(box->name, name) != 0 && !name_is_free(db, box->account_id, name, error))
        return false;
    if (!rename_collapse(db, box, &first, error))
        return false;
    const char *known_as = first != NULL ? first : box->name;
    return (strcmp(known_as, name) == 0 || queue(db, box, INTENT_FOLDER_RENAME, known_as, name, error)) &&
           rename_rows(db, box->account_id, box->name, name, box->delimiter, error);
}

static bool rename_act(store *db, int64_t folder_id, const char *name, enum action_kind kind, GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    if (box == NULL)
        return false;
    return strcmp(box->name, name) == 0 ||
           (intent_folder_apply_rename(db, box, name, error) && action_folder(db, kind, box, box->name, name, error));
}

bool intent_folder_rename(store *db, int64_t folder_id, const char *name, GError **error)
{
    return store_begin(db, error) && store_end(db, rename_act(db, folder_id, name, ACTION_FOLDER_RENAME, error), error);
}

static bool has_folders_below(store *db, const struct folder *box, bool *has_some_out, GError **error)
{
    int64_t below_id = 0;
    g_autofree char *below = g_strdup_printf("%s%c", box->name, box->delimiter);
    if (box->delimiter != '\0' &&
        !store_number(db, &below_id, error,
                      "SELECT id FROM folders WHERE account_id = ? AND substr(name, 1, length(?2)) = ?2 AND flags & ? = 0",
                      NUM(box->account_id), TXT(below), NUM(FOLDER_IS_GONE)))
        return false;
    *has_some_out = below_id != 0;
    return true;
}

bool intent_folder_apply_delete(store *db, const struct folder *box, GError **error)
{
    bool has_some = false;
    if (!folder_is_own(db, box, error) || !has_folders_below(db, box, &has_some, error))
        return false;
    if (has_some)
        return fail_name(error, _("There are folders below it: delete those first."));
    return queue(db, box, INTENT_FOLDER_DELETE, box->name, NULL, error) &&
           store_run(db, error, "UPDATE folders SET flags = flags | ? WHERE id = ?", NUM(FOLDER_IS_GONE), NUM(box->id));
}

bool intent_folder_delete(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    if (box == NULL || !store_begin(db, error))
        return false;
    bool is_done = intent_folder_apply_delete(db, box, error) && action_folder(db, ACTION_FOLDER_DELETE, box, box->name, NULL, error);
    return store_end(db, is_done, error);
}

/* --- subscriptions: which folders a person's programs show --- */

bool intent_folder_subscribes(const struct intent *wish)
{
    return wish->path != NULL && *wish->path == '+';
}

static bool set_subscribed(store *db, int64_t folder_id, bool is_subscribed, GError **error)
{
    return store_run(db, error, "UPDATE folders SET flags = (flags & ~?1) | ?2 WHERE id = ?3", NUM(FOLDER_IS_SUBSCRIBED),
                     NUM(is_subscribed ? FOLDER_IS_SUBSCRIBED : 0), NUM(folder_id));
}

/* What was not sent yet is taken back rather than outbid. */
bool intent_folder_apply_subscribe(store *db, const struct folder *box, bool is_subscribed, GError **error)
{
    int64_t unsent = 0;
    if (((box->flags & FOLDER_IS_SUBSCRIBED) != 0) == is_subscribed)
        return true;
    if (!store_number(db, &unsent, error, "SELECT max(id) FROM intents AS i WHERE i.folder_id = ? AND i.type = ? AND" INTENT_IS_UNSENT,
                      NUM(box->id), NUM(INTENT_FOLDER_SUBSCRIBE)))
        return false;
    bool is_queued = unsent != 0 ? store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(unsent))
                                 : queue(db, box, INTENT_FOLDER_SUBSCRIBE, box->name, is_subscribed ? "+" : "-", error);
    return is_queued && set_subscribed(db, box->id, is_subscribed, error);
}

bool intent_folder_subscribe(store *db, int64_t folder_id, bool is_subscribed, GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    enum action_kind kind = is_subscribed ? ACTION_FOLDER_SUBSCRIBE : ACTION_FOLDER_UNSUBSCRIBE;
    if (box == NULL || !store_begin(db, error))
        return false;
    bool is_done = intent_folder_apply_subscribe(db, box, is_subscribed, error) && action_folder(db, kind, box, box->name, NULL, error);
    return store_end(db, is_done, error);
}

/* --- into Trash, with all in it --- */

/* "Trash/Plans", or "Trash/Plans 2" where there is one already. NULL with error. */
static char *name_in_trash(store *db, const struct folder *box, const struct folder *trash, GError **error)
{
    const char *leaf = strrchr(box->name, box->delimiter);
    leaf = leaf != NULL ? leaf + 1 : box->name;
    for (int i = 1; i < 1000; i++) {
        g_autofree char *name = i == 1 ? g_strdup_printf("%s%c%s", trash->name, box->delimiter, leaf)
                                       : g_strdup_printf("%s%c%s %d", trash->name, box->delimiter, leaf, i);
        if (name_is_free(db, box->account_id, name, NULL))
            return g_steal_pointer(&name);
    }
    fail_name(error, _("There are too many folders of that name in Trash."));
    return NULL;
}

static bool trash_act(store *db, const struct folder *box, GError **error)
{
    int64_t trash_id = store_role_folder(db, box->account_id, FOLDER_TRASH, error);
    g_autoptr(folder) trash = trash_id != 0 ? store_folder(db, trash_id, error) : NULL;
    if (trash == NULL)
        return false;
    if (box->delimiter == '\0')
        return fail_name(error, _("This account has no folders within folders: it can only be deleted for good."));
    g_autofree char *inside = g_strdup_printf("%s%c", trash->name, box->delimiter);
    if (g_str_has_prefix(box->name, inside))
        return store_missing(error, _("The folder is in Trash already: it would be deleted for good."));
    g_autofree char *name = name_in_trash(db, box, trash, error);
    return name != NULL && rename_act(db, box->id, name, ACTION_FOLDER_TRASH, error);
}

bool intent_folder_trash(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(folder) box = store_folder(db, folder_id, error);
    return box != NULL && store_begin(db, error) && store_end(db, trash_act(db, box, error), error);
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

bool intent_folder_is_awaited(store *db, int64_t folder_id)
{
    int64_t is_so = 0;
    store_number(db, &is_so, NULL,
                 "SELECT EXISTS (SELECT 1 FROM intents WHERE target_folder_id = ?1) OR EXISTS (SELECT 1 FROM intents WHERE folder_id = ?1)",
                 NUM(folder_id));
    return is_so != 0;
}

/* Nothing else was done to any folder in between: a deletion also stands for what was done in it. */
bool intent_folder_follow_up(store *db, const struct intent *made, struct intent **next_out, GError **error)
{
    *next_out = NULL;
    return intent_find(db, next_out, error,
                       "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.account_id = ?1 AND i.folder_id = ?2 AND i.state = 0"
                       " AND (i.type = ?3 AND i.file = ?4 OR i.type = ?5 AND ?6 = 0 AND NOT EXISTS (SELECT 1 FROM intents AS g"
                       "  WHERE g.id > ?7 AND g.id < i.id AND (g.folder_id = ?2 OR g.target_folder_id = ?2)))"
                       " AND i.id = (SELECT min(id) FROM intents WHERE account_id = ?1 AND id > ?7 AND type BETWEEN ?8 AND ?5)",
                       STORE_VALUES(NUM(made->account_id), NUM(made->folder_id), NUM(INTENT_FOLDER_RENAME), TXT(made->path),
                                    NUM(INTENT_FOLDER_DELETE), NUM(made->attempts), NUM(made->id), NUM(INTENT_FOLDER_CREATE)));
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
    case INTENT_FOLDER_SUBSCRIBE:
        return set_subscribed(db, wish->folder_id, !intent_folder_subscribes(wish), error);
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
    case INTENT_FOLDER_SUBSCRIBE:
        return g_strdup_printf(_("The subscription of the folder “%s” could not be changed."), wish->file);
    default:
        return g_strdup_printf(_("The folder “%s” could not be deleted; it is back."), wish->file);
    }
}
