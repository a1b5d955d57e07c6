/* SPDX-License-Identifier: MIT */
/* The queue as a person sees it: what waits and since when, what was refused and why, and what may be thrown out of it. */
#include "core/intent_list.h"
#include "core/intent_private.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define FAILURES_KEPT 500
#define ROWS_READ     5000 /* of a queue that may have a million: the first are told one by one */

/* --- what was refused --- */

bool intent_failure_note(store *db, const struct intent *refused, const char *words, const char *why, GError **error)
{
    if (refused->type == INTENT_APPEND && refused->source_id == 0)
        return true; /* its row stays in the queue, with the message */
    return store_run(db, error, "INSERT INTO failures(account_id, at_utc, placement_id, folder_id, words, why) VALUES(?, ?, ?, ?, ?, ?)",
                     NUM(refused->account_id), NUM(store_now_utc()), NUM(refused->placement_id), NUM(refused->folder_id), TXT(words),
                     TXT(why)) &&
           store_run(db, error, "DELETE FROM failures WHERE id <= (SELECT max(id) FROM failures) - ?", NUM(FAILURES_KEPT));
}

/* --- in words --- */

static char *name_of(store *db, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(db, folder_id, NULL);
    return g_strdup(box != NULL ? box->name : _("a folder that is gone"));
}

/* “Lunch”, or "312 messages". */
static char *what_of(store *db, const struct intent *first, int64_t count)
{
    if (count > 1)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%d message", "%d messages", (gulong)count), (int)count);
    g_autofree char *subject = intent_subject(db, first);
    return g_strdup_printf(_("“%s”"), subject);
}

static char *flags_words(const struct intent *wish, const char *what, const char *where)
{
    if (wish->add & MESSAGE_SEEN)
        return g_strdup_printf(_("Mark %s in %s as read"), what, where);
    if (wish->remove & MESSAGE_SEEN)
        return g_strdup_printf(_("Mark %s in %s as unread"), what, where);
    if (wish->add & MESSAGE_FLAGGED)
        return g_strdup_printf(_("Star %s in %s"), what, where);
    return g_strdup_printf(_("Mark %s in %s"), what, where);
}

static char *keywords_words(const struct intent *wish, const char *what, const char *where)
{
    g_autofree char *add = NULL, *remove = NULL;
    intent_words_split(wish->path, &add, &remove);
    g_auto(GStrv) names = tag_list_names(add != NULL ? add : remove);
    g_autofree char *list = g_strjoinv(", ", names);
    return g_strdup_printf(add != NULL ? _("Tag %s in %s: %s") : _("Take a tag from %s in %s: %s"), what, where, list);
}

static char *words_of(store *db, const struct intent *wish, int64_t count)
{
    g_autofree char *what = what_of(db, wish, count), *from = name_of(db, wish->folder_id), *to = name_of(db, wish->target_folder_id);
    switch (wish->type) {
    case INTENT_FLAGS:
        return flags_words(wish, what, from);
    case INTENT_KEYWORDS:
        return keywords_words(wish, what, from);
    case INTENT_MOVE:
        return g_strdup_printf(_("Move %s from %s to %s"), what, from, to);
    case INTENT_COPY:
        return g_strdup_printf(_("Copy %s from %s to %s"), what, from, to);
    case INTENT_DELETE:
        return wish->state == INTENT_HELD_BACK ? g_strdup_printf(_("Take %s out of %s once the other copy is safe"), what, from)
                                               : g_strdup_printf(_("Delete %s from %s for good"), what, from);
    case INTENT_APPEND:
        return g_strdup_printf(_("Put %s into %s"), what, to);
    case INTENT_FETCH:
        return g_strdup_printf(_("Fetch %s, to be put into %s"), what, to);
    case INTENT_FOLDER_CREATE:
        return g_strdup_printf(_("Make the folder %s"), wish->path);
    case INTENT_FOLDER_RENAME:
        return g_strdup_printf(_("Rename the folder %s to %s"), wish->file, wish->path);
    case INTENT_FOLDER_DELETE:
        return g_strdup_printf(_("Delete the folder %s"), wish->file);
    case INTENT_FOLDER_SUBSCRIBE:
        return g_strdup_printf(intent_folder_subscribes(wish) ? _("Subscribe to the folder %s") : _("Unsubscribe from the folder %s"),
                               wish->file);
    default:
        return g_strdup_printf(_("Change %s in %s"), what, from);
    }
}

/* --- the list --- */

static void line_free(gpointer data)
{
    struct intent_line *self = data;
    g_free(self->words);
    g_free(self->error);
    g_free(self);
}

/* The columns behind those of an intent. */
#define BEHIND (sqlite3_column_count(row) - 6)

static struct intent_line *line_of_group(store *db, sqlite3_stmt *row)
{
    g_autoptr(intent) first = intent_from_row(row);
    struct intent_line *line = g_new0(struct intent_line, 1);
    int64_t count = sqlite3_column_int64(row, BEHIND);
    *line = (struct intent_line){ .id = first->id,
                                  .account_id = first->account_id,
                                  .state = first->state,
                                  .is_only_here = first->type == INTENT_APPEND && first->source_id == 0,
                                  .count = count,
                                  .since_utc = sqlite3_column_int64(row, BEHIND + 1),
                                  .not_before_utc = sqlite3_column_int64(row, BEHIND + 2),
                                  .attempts = (int)sqlite3_column_int64(row, BEHIND + 3),
                                  .placement_id = first->placement_id,
                                  .folder_id = first->folder_id,
                                  .error = store_column_dup(row, BEHIND + 4) };
    line->words = words_of(db, first, count);
    return line;
}

/* The bare columns of a group are those of the row that has its min(id). */
static const char groups[] =
    "SELECT " INTENT_COLUMNS ", count(*), min(since_utc), max(not_before_utc), max(attempts), max(error), min(id)"
    " FROM (SELECT * FROM intents ORDER BY id LIMIT ?1) AS i"
    " GROUP BY action_id, account_id, type, folder_id, target_folder_id, state, CASE WHEN action_id = 0 THEN id ELSE 0 END"
    " ORDER BY min(id) LIMIT ?2";

static bool add_groups(store *db, GPtrArray *lines, int limit, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, groups, NUM(ROWS_READ), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure))
        g_ptr_array_add(lines, line_of_group(db, row));
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static bool add_failures(store *db, GPtrArray *lines, int limit, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT id, account_id, at_utc, placement_id, folder_id, words, why FROM failures ORDER BY id DESC LIMIT ?", NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    while (store_step(db, row, &failure)) {
        struct intent_line *line = g_new0(struct intent_line, 1);
        *line = (struct intent_line){ .id = sqlite3_column_int64(row, 0),
                                      .account_id = sqlite3_column_int64(row, 1),
                                      .state = INTENT_FAILED,
                                      .is_over = true,
                                      .count = 1,
                                      .since_utc = sqlite3_column_int64(row, 2),
                                      .placement_id = sqlite3_column_int64(row, 3),
                                      .folder_id = sqlite3_column_int64(row, 4),
                                      .words = store_column_dup(row, 5),
                                      .error = store_column_dup(row, 6) };
        g_ptr_array_add(lines, line);
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

GPtrArray *intent_lines(store *db, int limit, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
    return add_failures(db, lines, limit, error) && add_groups(db, lines, limit, error) ? g_steal_pointer(&lines) : NULL;
}

int64_t intent_failures(store *db)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT (SELECT count(*) FROM failures) + (SELECT count(*) FROM intents WHERE state = ?)",
                 NUM(INTENT_FAILED));
    return count;
}

/* --- by the person's hand --- */

bool intent_failure_seen(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "DELETE FROM failures WHERE id = ?", NUM(id));
}

bool intent_retry_now(store *db, int64_t account_id, GError **error)
{
    return store_run(db, error,
                     "UPDATE intents SET not_before_utc = 0, state = ?1 WHERE account_id = ?2 AND (state = ?1 AND not_before_utc > 0 AND"
                     " remove_flags & ?3 = 0 OR state = ?4)",
                     NUM(INTENT_QUEUED), NUM(account_id), NUM(INTENT_LOOKS_FIRST), NUM(INTENT_FAILED));
}

bool intent_retry_appends(store *db, int64_t account_id, GError **error)
{
    return store_run(db, error, "UPDATE intents SET not_before_utc = 0, state = ? WHERE account_id = ? AND state = ? AND type = ?",
                     NUM(INTENT_QUEUED), NUM(account_id), NUM(INTENT_FAILED), NUM(INTENT_APPEND));
}

static GArray *ids_of_group(store *db, int64_t first_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT i.id FROM intents AS i JOIN intents AS f ON f.id = ?1 WHERE (i.id = f.id OR f.action_id > 0 AND i.action_id = f.action_id"
        " AND i.account_id = f.account_id AND i.type = f.type AND i.folder_id = f.folder_id AND i.target_folder_id = f.target_folder_id"
        " AND i.state = f.state) ORDER BY i.id DESC",
        NUM(first_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

/* Put there by nobody else, and now by nobody. */
static bool drop_append(store *db, const struct intent *wish, GError **error)
{
    if (!store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(wish->id)) || !draft_version_keep_old(db, wish, error) ||
        !store_placement_drop(db, wish->placement_id, error))
        return false;
    if (wish->path != NULL)
        g_unlink(wish->path);
    return true;
}

static bool discard_one(store *db, int64_t id, GError **error)
{
    g_autoptr(intent) wish = NULL;
    if (!intent_find(db, &wish, error, "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = ?", STORE_VALUES(NUM(id))))
        return false;
    if (wish == NULL)
        return true;
    if (wish->state == INTENT_IN_FLIGHT) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER,
                            _("The server is just doing it. Undo it when it is done, or discard it when it has failed."));
        return false;
    }
    if (wish->state == INTENT_HELD_BACK) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_OTHER, _("This belongs to the line before it: discard that one."));
        return false;
    }
    return wish->type == INTENT_APPEND && wish->source_id == 0 ? drop_append(db, wish, error) : intent_taken_back(db, wish, error);
}

bool intent_discard(store *db, int64_t first_id, GError **error)
{
    if (!store_begin(db, error))
        return false;
    g_autoptr(GArray) ids = ids_of_group(db, first_id, error);
    bool is_done = ids != NULL;
    for (guint i = 0; is_done && i < ids->len; i++)
        is_done = discard_one(db, g_array_index(ids, int64_t, i), error) && (ids->len <= 100 || store_breathe(db, error));
    return store_end(db, is_done, error);
}
