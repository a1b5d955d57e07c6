/* SPDX-License-Identifier: MIT */
/* The record of what a person did, and the way back. The inverse goes the way of every intent: where the first was not sent, both vanish. */
#include "core/undo.h"
#include "core/intent_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>

#define ACTIONS_KEPT 100

/* --- the record --- */

int64_t action_open(store *db, enum action_kind kind, int64_t folder_id, unsigned add, unsigned remove, GError **error)
{
    if (!store_run(db, error, "INSERT INTO actions(kind, folder_id, add_flags, remove_flags) VALUES(?, ?, ?, ?)", NUM(kind), NUM(folder_id),
                   NUM(add), NUM(remove)))
        return 0;
    return sqlite3_last_insert_rowid(store_db(db));
}

bool action_note(store *db, int64_t action_id, const struct action_item *item, GError **error)
{
    return store_run(db, error,
                     "INSERT OR REPLACE INTO action_items(action_id, placement_id, source_id, from_folder_id, to_folder_id, add_flags,"
                     " remove_flags) VALUES(?, ?, ?, ?, ?, ?, ?)",
                     NUM(action_id), NUM(item->placement_id), NUM(item->source_id), NUM(item->from_folder_id), NUM(item->to_folder_id),
                     NUM(item->add), NUM(item->remove));
}

static bool action_forget(store *db, int64_t action_id, GError **error)
{
    return store_run(db, error, "DELETE FROM action_items WHERE action_id = ?", NUM(action_id)) &&
           store_run(db, error, "DELETE FROM actions WHERE id = ?", NUM(action_id));
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

/* --- the way back and forth --- */

struct action {
    int64_t id, folder_id, count;
    enum action_kind kind;
    unsigned add, remove;
};

#define ACTION_COLUMNS                                                                                                                     \
    "id, kind, folder_id, add_flags, remove_flags, (SELECT count(*) FROM action_items WHERE action_id = actions.id) FROM actions"
static const char last_done[] = "SELECT " ACTION_COLUMNS " WHERE is_undone = 0 ORDER BY id DESC LIMIT 1";
static const char first_undone[] = "SELECT " ACTION_COLUMNS " WHERE is_undone = 1 ORDER BY id LIMIT 1";

/* id 0: none. */
static bool action_find(store *db, const char *sql, struct action *action_out, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(db, error, sql, STORE_VALUES());
    GError *failure = NULL;
    *action_out = (struct action){ .id = 0 };
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure))
        *action_out = (struct action){ .id = sqlite3_column_int64(row, 0),
                                       .kind = (enum action_kind)sqlite3_column_int(row, 1),
                                       .folder_id = sqlite3_column_int64(row, 2),
                                       .add = (unsigned)sqlite3_column_int64(row, 3),
                                       .remove = (unsigned)sqlite3_column_int64(row, 4),
                                       .count = sqlite3_column_int64(row, 5) };
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static GArray *action_items(store *db, int64_t action_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT placement_id, source_id, from_folder_id, to_folder_id, add_flags, remove_flags FROM action_items WHERE action_id = ?",
        NUM(action_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(struct action_item));
    while (store_step(db, row, &failure)) {
        struct action_item item = { sqlite3_column_int64(row, 0),           sqlite3_column_int64(row, 1),
                                    sqlite3_column_int64(row, 2),           sqlite3_column_int64(row, 3),
                                    (unsigned)sqlite3_column_int64(row, 4), (unsigned)sqlite3_column_int64(row, 5) };
        g_array_append_val(items, item);
    }
    if (failure == NULL)
        return g_steal_pointer(&items);
    g_propagate_error(error, failure);
    return NULL;
}

/* Only what still is where the action put it: what went on since, or was refused by the server, is left alone. */
static bool move_between(store *db, int64_t action_id, int64_t placement_id, int64_t from, int64_t to, bool *is_changed_out, GError **error)
{
    int64_t where = -1;
    struct action_item item;
    *is_changed_out = false;
    if (!store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)))
        return false;
    return where != from || intent_apply_move(db, action_id, placement_id, to, &item, is_changed_out, error);
}

static bool item_undo(store *db, const struct action *action, const struct action_item *item, bool *is_changed_out, GError **error)
{
    struct action_item ignored;
    switch (action->kind) {
    case ACTION_FLAGS:
        return intent_apply_flags(db, action->id, item->placement_id, item->remove, item->add, &ignored, is_changed_out, error);
    case ACTION_KEYWORDS:
        return intent_keywords_turn(db, action->id, item->placement_id, true, is_changed_out, error);
    case ACTION_COPY:
        return intent_apply_uncopy(db, action->id, item->placement_id, is_changed_out, error);
    default:
        return move_between(db, action->id, item->placement_id, item->to_folder_id, item->from_folder_id, is_changed_out, error);
    }
}

static bool item_redo(store *db, const struct action *action, const struct action_item *item, bool *is_changed_out, GError **error)
{
    struct action_item again;
    switch (action->kind) {
    case ACTION_FLAGS:
        return intent_apply_flags(db, action->id, item->placement_id, item->add, item->remove, &again, is_changed_out, error);
    case ACTION_KEYWORDS:
        return intent_keywords_turn(db, action->id, item->placement_id, false, is_changed_out, error);
    case ACTION_COPY:
        return intent_apply_copy(db, action->id, item->source_id, item->to_folder_id, &again, is_changed_out, error) &&
               store_run(db, error, "DELETE FROM action_items WHERE action_id = ? AND placement_id = ?", NUM(action->id),
                         NUM(item->placement_id)) &&
               (!*is_changed_out || action_note(db, action->id, &again, error));
    default:
        return move_between(db, action->id, item->placement_id, item->from_folder_id, item->to_folder_id, is_changed_out, error);
    }
}

/* --- in words --- */

static char *describe_flags(const struct action *action)
{
    int count = (int)action->count;
    if (action->add & MESSAGE_SEEN)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Marked %d message as read", "Marked %d messages as read", (gulong)count),
                               count);
    if (action->remove & MESSAGE_SEEN)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Marked %d message as unread", "Marked %d messages as unread", (gulong)count),
                               count);
    if (action->add & MESSAGE_FLAGGED)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Starred %d message", "Starred %d messages", (gulong)count), count);
    if (action->remove & MESSAGE_FLAGGED)
        return g_strdup_printf(
            g_dngettext(GETTEXT_PACKAGE, "Took the star from %d message", "Took the star from %d messages", (gulong)count), count);
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Marked %d message", "Marked %d messages", (gulong)count), count);
}

static char *describe_keywords(store *db, const struct action *action)
{
    int count = (int)action->count;
    g_autofree char *add = NULL, *remove = NULL, *words = NULL;
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT words FROM actions WHERE id = ?", NUM(action->id));
    words = row != NULL && store_step(db, row, NULL) ? store_column_dup(row, 0) : NULL;
    intent_words_split(words, &add, &remove);
    g_auto(GStrv) names = tag_list_names(add != NULL ? add : remove);
    g_autofree char *list = g_strjoinv(", ", names);
    if (*list == '\0')
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Marked %d message", "Marked %d messages", (gulong)count), count);
    if (add != NULL)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Tagged %d message %s", "Tagged %d messages %s", (gulong)count), count, list);
    return g_strdup_printf(
        g_dngettext(GETTEXT_PACKAGE, "Took the tag %2$s from %1$d message", "Took the tag %2$s from %1$d messages", (gulong)count), count,
        list);
}

static char *action_describe(store *db, const struct action *action)
{
    int count = (int)action->count;
    g_autoptr(folder) target = action->folder_id != 0 ? store_folder(db, action->folder_id, NULL) : NULL;
    const char *to = target != NULL ? target->name : _("a folder that is gone");
    switch (action->kind) {
    case ACTION_FLAGS:
        return describe_flags(action);
    case ACTION_KEYWORDS:
        return describe_keywords(db, action);
    case ACTION_MOVE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Moved %d message to %s", "Moved %d messages to %s", (gulong)count), count, to);
    case ACTION_COPY:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Copied %d message to %s", "Copied %d messages to %s", (gulong)count), count,
                               to);
    case ACTION_ARCHIVE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Archived %d message", "Archived %d messages", (gulong)count), count);
    case ACTION_DELETE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Deleted %d message for good", "Deleted %d messages for good", (gulong)count),
                               count);
    default:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "Deleted %d message", "Deleted %d messages", (gulong)count), count);
    }
}

/* --- the last one --- */

typedef bool item_step(store *db, const struct action *action, const struct action_item *item, bool *is_changed_out, GError **error);

static bool action_turn(store *db, const struct action *action, bool is_undone, item_step *step, size_t *changed_out, GError **error)
{
    g_autoptr(GArray) items = action_items(db, action->id, error);
    if (items == NULL)
        return false;
    for (guint i = 0; i < items->len; i++) {
        bool is_changed;
        if (!step(db, action, &g_array_index(items, struct action_item, i), &is_changed, error))
            return false;
        *changed_out += is_changed;
        if (items->len > ACTION_MANY && !store_breathe(db, error))
            return false;
    }
    return *changed_out == 0 ? action_forget(db, action->id, error)
                             : store_run(db, error, "UPDATE actions SET is_undone = ? WHERE id = ?", NUM(is_undone), NUM(action->id));
}

static bool turn_last(store *db, const char *sql, bool is_undone, item_step *step, char **description_out, GError **error)
{
    struct action action;
    size_t changed = 0;
    g_autofree char *words = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = action_find(db, sql, &action, error);
    if (is_done && action.id != 0) {
        words = action_describe(db, &action);
        is_done = action_turn(db, &action, is_undone, step, &changed, error);
    }
    if (!store_end(db, is_done, error) || action.id == 0)
        return false;
    if (changed == 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING,
                    _("“%s” cannot be taken back or repeated any more: the messages are not there."), words);
        return false;
    }
    if (description_out != NULL)
        *description_out = g_steal_pointer(&words);
    return true;
}

bool undo_last(store *db, char **description_out, GError **error)
{
    return turn_last(db, last_done, true, item_undo, description_out, error);
}

bool redo_last(store *db, char **description_out, GError **error)
{
    return turn_last(db, first_undone, false, item_redo, description_out, error);
}

int64_t undo_size(store *db, bool is_redo)
{
    struct action action;
    return action_find(db, is_redo ? first_undone : last_done, &action, NULL) ? action.count : 0;
}

char *undo_describe(store *db)
{
    struct action action;
    return action_find(db, last_done, &action, NULL) && action.id != 0 ? action_describe(db, &action) : NULL;
}
