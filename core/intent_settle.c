/* SPDX-License-Identifier: MIT */
/* The queue as the worker sees it: what is due, and what the server said to it. */
#include "core/intent_private.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static void intent_destroy(gpointer data)
{
    intent_free(data);
}

/* subject: the placement whose earlier intents come first. */
#define SUBJECT "coalesce(nullif(i.source_id, 0), i.placement_id)"
/* A wait is a length of time: what was set in the future was set by a clock that was wrong. */
#define WAITS(e)      e ".not_before_utc > ?2 AND " e ".set_utc <= ?2"
#define IS_HELD_UP(e) "(" e ".state <> 0 OR " WAITS(e) ")"
/* clang-format off */
#define IN_THAT_FOLDER " AND (g.folder_id IN (i.folder_id, i.target_folder_id) OR g.target_folder_id = i.folder_id)"
static const char pending[] =
    "SELECT " INTENT_COLUMNS ", p.folder_id = i.target_folder_id AND (p.uid > 0 OR i.type <> 1 AND p.file IS NOT NULL)"
    " FROM intents AS i LEFT JOIN placements AS p ON p.id = i.placement_id WHERE i.account_id = ?1 AND i.state = 0"
    " AND NOT (" WAITS("i") ")"
    " AND NOT EXISTS (SELECT 1 FROM intents AS e WHERE e.placement_id = " SUBJECT " AND e.id < i.id"
    "  AND (" IS_HELD_UP("e") " OR i.uid = 0 AND i.file IS NULL AND i.type <> 4))"
    /* the steps between accounts, each by another worker */
    " AND NOT EXISTS (SELECT 1 FROM intents AS e WHERE e.placement_id = i.placement_id AND e.placement_id > 0"
    "  AND e.id < i.id AND e.account_id <> i.account_id)"
    /* a folder that is still to be made, renamed or deleted, and what is done in it */
    " AND NOT EXISTS (SELECT 1 FROM intents AS g INDEXED BY intents_of_folders WHERE g.account_id = i.account_id AND g.id < i.id"
    "  AND g.type BETWEEN 5 AND 7" IN_THAT_FOLDER " AND " IS_HELD_UP("g") ")"
    /* all that was done in it before, also what waits for another row: a message on its way into a folder would go with it */
    " AND (i.type NOT BETWEEN 5 AND 7 OR NOT EXISTS"
    "  (SELECT 1 FROM intents AS g WHERE g.account_id = i.account_id AND g.id < i.id" IN_THAT_FOLDER "))"
    /* what copies are made from stays as it is until they are made */
    " AND NOT EXISTS (SELECT 1 FROM intents AS c WHERE c.source_id = i.placement_id AND c.source_id > 0 AND c.id < i.id"
    "  AND c.placement_id <> c.source_id AND i.type IN (0, 1, 3, 9) AND " IS_HELD_UP("c") ")"
    " ORDER BY i.id LIMIT ?3";
/* clang-format on */
G_STATIC_ASSERT(INTENT_FLAGS == 0 && INTENT_KEYWORDS == 9 && INTENT_MOVE == 1 && INTENT_DELETE == 3 && INTENT_APPEND == 4 &&
                INTENT_FOLDER_CREATE == 5 && INTENT_FOLDER_DELETE == 7 && INTENT_QUEUED == 0 && INTENT_HELD_BACK == 3);

GPtrArray *intent_pending(store *db, int64_t account_id, int limit, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(db, error, pending, NUM(account_id), NUM(store_now_utc()), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func(intent_destroy);
    while (store_step(db, row, &failure)) {
        struct intent *wish = intent_from_row(row);
        bool is_placed = wish->type == INTENT_MOVE || wish->type == INTENT_COPY || wish->type == INTENT_APPEND;
        wish->is_arrived = is_placed && sqlite3_column_int(row, INTENT_COLUMN_COUNT) != 0;
        g_ptr_array_add(due, wish);
    }
    if (failure == NULL)
        return g_steal_pointer(&due);
    g_propagate_error(error, failure);
    return NULL;
}

GPtrArray *intent_doubtful(store *db, int64_t account_id, int limit, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.account_id = ? AND i.state = ? AND i.type = ? AND i.attempts > 0"
                     " AND i.uid > 0 AND i.not_before_utc > 0 AND i.error IS NULL ORDER BY i.folder_id, i.target_folder_id, i.id LIMIT ?",
                     NUM(account_id), NUM(INTENT_QUEUED), NUM(INTENT_MOVE), NUM(limit));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(intent_destroy);
    while (store_step(db, row, &failure))
        g_ptr_array_add(rows, intent_from_row(row));
    if (failure == NULL)
        return g_steal_pointer(&rows);
    g_propagate_error(error, failure);
    return NULL;
}

int64_t intent_count(store *db, int64_t account_id)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT count(*) FROM intents WHERE (?1 = 0 OR account_id = ?1) AND state <> ?2", NUM(account_id),
                 NUM(INTENT_FAILED));
    return count;
}

static bool mark_in_flight(store *db, int64_t id, GError **error)
{
    if (!store_run(db, error, "UPDATE intents SET state = ?, attempts = attempts + 1 WHERE id = ? AND state = ?", NUM(INTENT_IN_FLIGHT),
                   NUM(id), NUM(INTENT_QUEUED)))
        return false;
    return sqlite3_changes(store_db(db)) == 1 ||
           store_missing(error, _("The person changed this meanwhile; the queue has to be read again."));
}

bool intent_set_in_flight(store *db, const int64_t *ids, size_t count, GError **error)
{
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = true;
    for (size_t i = 0; is_done && i < count; i++)
        is_done = mark_in_flight(db, ids[i], error);
    return store_end(db, is_done, error);
}

bool intent_retry_later(store *db, int64_t id, const char *why, int64_t not_before_utc, GError **error)
{
    return store_run(db, error, "UPDATE intents SET state = ?, error = ?, not_before_utc = ?, set_utc = ? WHERE id = ? AND state <> ?",
                     NUM(INTENT_QUEUED), TXT(why), NUM(not_before_utc), NUM(store_now_utc()), NUM(id), NUM(INTENT_FAILED));
}

bool intent_forget_number(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "UPDATE intents SET state = ?, uid = 0, uidvalidity = 0, least_uid = 0, not_before_utc = 0 WHERE id = ?",
                     NUM(INTENT_QUEUED), NUM(id));
}

/* What must not happen twice waits a moment: a server that was frozen, or a line that was slow, may only now be doing what the old connection asked for,
 * and would not be seen to have done it. */
bool intent_reset_in_flight(store *db, int64_t account_id, int64_t doubtful_from_utc, GError **error)
{
    return store_run(db, error,
                     "UPDATE intents SET state = ?1, not_before_utc = CASE WHEN type IN (?2, ?3, ?4) THEN ?5 ELSE 0 END,"
                     " set_utc = ?8 WHERE account_id = ?6 AND state = ?7",
                     NUM(INTENT_QUEUED), NUM(INTENT_COPY), NUM(INTENT_APPEND), NUM(INTENT_MOVE), NUM(doubtful_from_utc), NUM(account_id),
                     NUM(INTENT_IN_FLIGHT), NUM(store_now_utc()));
}

int64_t intent_in_flight(store *db, int64_t account_id)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT count(*) FROM intents WHERE account_id = ? AND state = ?", NUM(account_id),
                 NUM(INTENT_IN_FLIGHT));
    return count;
}

bool intent_was_cut_off(store *db, int64_t account_id)
{
    int64_t was = 0;
    store_number(db, &was, NULL,
                 "SELECT EXISTS (SELECT 1 FROM intents WHERE account_id = ? AND state = ? AND attempts > 0 AND error IS NULL)",
                 NUM(account_id), NUM(INTENT_QUEUED));
    return was != 0;
}

int64_t intent_next_due(store *db, int64_t account_id)
{
    int64_t due = 0;
    store_number(db, &due, NULL,
                 "SELECT coalesce(min(CASE WHEN set_utc > ?3 THEN 1 ELSE max(not_before_utc, 1) END), 0) FROM intents"
                 " WHERE account_id = ?1 AND state = ?2",
                 NUM(account_id), NUM(INTENT_QUEUED), NUM(store_now_utc()));
    return due;
}

static bool intent_read(store *db, int64_t id, struct intent **intent_out, GError **error)
{
    return intent_find(db, intent_out, error, "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = ?", STORE_VALUES(NUM(id)));
}

static bool intent_forget(store *db, const struct intent *wish, GError **error)
{
    return store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(wish->id));
}

/* --- done on the server --- */

static bool flags_are_there(store *db, const struct intent *wish, GError **error)
{
    int64_t is_there = 0;
    bool is_unkept =
        (wish->remove & MESSAGE_FORWARDED) == 0 || store_keywords_keep(db, wish->placement_id, NULL, STORE_WORD_FORWARDED, error);
    return is_unkept &&
           store_run(db, error, "UPDATE placements SET server_flags = (server_flags | ?1) & ~?2 WHERE id = ?3", NUM(wish->add),
                     NUM(wish->remove), NUM(wish->placement_id)) &&
           store_number(db, &is_there, error, "SELECT 1 FROM placements WHERE id = ?", NUM(wish->placement_id)) &&
           (is_there == 0 || store_placement_refresh_flags(db, wish->placement_id, error));
}

static bool intent_is_of_folder(const struct intent *wish)
{
    return (wish->type >= INTENT_FOLDER_CREATE && wish->type <= INTENT_FOLDER_DELETE) || wish->type == INTENT_FOLDER_SUBSCRIBE;
}

static bool settle(store *db, const struct intent *wish, GError **error)
{
    if (!intent_forget(db, wish, error))
        return false;
    if (wish->type == INTENT_FLAGS)
        return flags_are_there(db, wish, error);
    if (wish->type == INTENT_KEYWORDS)
        return intent_keywords_settle(db, wish, error);
    if (wish->type == INTENT_DELETE && wish->target_folder_id == 0) /* else it lives on in another account */
        return store_placement_drop(db, wish->placement_id, error);
    if (wish->type == INTENT_APPEND)
        return wish->source_id != 0 ? intent_carry_arrived(db, wish, error) : draft_version_release(db, wish, error);
    return !intent_is_of_folder(wish) || intent_folder_settle(db, wish, error);
}

bool intent_settled(store *db, int64_t id, GError **error)
{
    g_autoptr(intent) wish = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = intent_read(db, id, &wish, error) && (wish == NULL || settle(db, wish, error));
    if (!store_end(db, is_done, error))
        return false;
    if (wish != NULL && wish->path != NULL && wish->type == INTENT_APPEND)
        g_unlink(wish->path); /* it is on the server; a crash before this leaves a file, never a loss */
    return true;
}

/* --- refused for good --- */

/* A→B was refused, but meanwhile it went on to C: then A→C is what the person wants. One that led back home has nothing left to do. */
static bool moves_continue(store *db, const struct intent *refused, bool *is_elsewhere_out, GError **error)
{
    struct intent from = *refused;
    *is_elsewhere_out = false;
    for (;;) {
        g_autoptr(intent) next = NULL;
        if (!intent_rebase(db, &from, error) ||
            !intent_find(db, &next, error,
                         "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.placement_id = ? AND i.type IN (?, ?) AND i.id > ?"
                         " ORDER BY i.id LIMIT 1",
                         STORE_VALUES(NUM(refused->placement_id), NUM(INTENT_MOVE), NUM(INTENT_DELETE), NUM(refused->id))))
            return false;
        *is_elsewhere_out = next != NULL && next->target_folder_id != refused->folder_id;
        if (next == NULL || *is_elsewhere_out)
            return true;
        if (!intent_forget(db, next, error))
            return false;
        from.target_folder_id = refused->folder_id;
    }
}

static bool move_back(store *db, const struct intent *wish, GError **error)
{
    bool is_elsewhere;
    int64_t uidvalidity = -1, is_there = 0;
    if (!intent_forget(db, wish, error) || !moves_continue(db, wish, &is_elsewhere, error) ||
        !store_number(db, &is_there, error, "SELECT 1 FROM placements WHERE id = ?", NUM(wish->placement_id)))
        return false;
    if (is_elsewhere || is_there == 0)
        return true;
    if (!store_number(db, &uidvalidity, error, "SELECT uidvalidity FROM folders WHERE id = ?", NUM(wish->folder_id)))
        return false;
    if (uidvalidity < 0)
        return store_placement_drop(db, wish->placement_id, error); /* the folder it came from is gone too */
    uint32_t uid = uidvalidity == wish->uidvalidity ? wish->uid : 0;
    return store_placement_relocate(db, wish->placement_id, wish->folder_id, uid, 0, error);
}

static bool roll_back(store *db, const struct intent *wish, const char *why, GError **error)
{
    int64_t is_there = 0;
    switch (wish->type) {
    case INTENT_FLAGS:
        return intent_forget(db, wish, error) &&
               store_number(db, &is_there, error, "SELECT 1 FROM placements WHERE id = ?", NUM(wish->placement_id)) &&
               (is_there == 0 || store_placement_refresh_flags(db, wish->placement_id, error));
    case INTENT_KEYWORDS:
        return intent_forget(db, wish, error) &&
               store_number(db, &is_there, error, "SELECT 1 FROM placements WHERE id = ?", NUM(wish->placement_id)) &&
               (is_there == 0 || store_placement_refresh_keywords(db, wish->placement_id, error));
    case INTENT_DELETE:
        if (wish->target_folder_id != 0)
            return intent_forget(db, wish, error); /* it is in both accounts now, and will be seen to be */
        return move_back(db, wish, error);
    case INTENT_MOVE:
        return move_back(db, wish, error);
    case INTENT_COPY:
        return store_placement_drop(db, wish->placement_id, error);
    case INTENT_FETCH:
        return intent_carry_back(db, wish, error);
    case INTENT_FOLDER_CREATE:
    case INTENT_FOLDER_RENAME:
    case INTENT_FOLDER_DELETE:
    case INTENT_FOLDER_SUBSCRIBE:
        return intent_forget(db, wish, error) && intent_folder_back(db, wish, why, error);
    default:
        if (wish->source_id != 0)
            return intent_carry_back(db, wish, error);
        /* What was to be appended exists nowhere else: it stays here, and the activity view tells why. */
        return store_run(db, error, "UPDATE intents SET state = ?, error = ? WHERE id = ?", NUM(INTENT_FAILED), TXT(why), NUM(wish->id));
    }
}

static char *folder_name(store *db, int64_t folder_id)
{
    g_autoptr(folder) box = store_folder(db, folder_id, NULL);
    return g_strdup(box != NULL ? box->name : _("a folder that is gone"));
}

char *intent_subject(store *db, const struct intent *wish)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL, "SELECT m.subject FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?",
                     NUM(wish->placement_id));
    g_autofree char *subject = row != NULL && store_step(db, row, NULL) ? store_column_dup(row, 0) : NULL;
    return subject != NULL && *subject != '\0' ? g_steal_pointer(&subject) : g_strdup(_("(no subject)"));
}

/* In words for a person; asked before the row goes. */
static char *intent_describe_rollback(store *db, const struct intent *wish)
{
    g_autofree char *subject = intent_subject(db, wish), *from = folder_name(db, wish->folder_id);
    g_autofree char *to = folder_name(db, wish->target_folder_id);
    switch (wish->type) {
    case INTENT_FLAGS:
    case INTENT_KEYWORDS:
        return g_strdup_printf(_("“%s” in %s could not be marked; it is as it was before."), subject, from);
    case INTENT_MOVE:
        return g_strdup_printf(_("“%s” could not be moved to %s; it is back in %s."), subject, to, from);
    case INTENT_COPY:
        return g_strdup_printf(_("“%s” could not be copied to %s; the copy was taken away again."), subject, to);
    case INTENT_DELETE:
        if (wish->target_folder_id != 0)
            return g_strdup_printf(_("“%s” was copied to %s, but could not be taken out of %s: it is in both."), subject, to, from);
        return g_strdup_printf(_("“%s” could not be deleted; it is back in %s."), subject, from);
    case INTENT_FETCH:
        return g_strdup_printf(_("“%s” could not be brought to %s; it is still in %s."), subject, to, from);
    case INTENT_APPEND:
        if (wish->source_id != 0)
            return g_strdup_printf(_("“%s” could not be put into %s; it is still where it was."), subject, to);
        return g_strdup_printf(_("“%s” could not be put into %s on the server; it is kept on this computer."), subject, from);
    default:
        return intent_folder_describe(wish);
    }
}

/* Takes the words. */
static char *intent_with_alike(char *words, size_t alike)
{
    if (alike == 0)
        return words;
    g_autofree char *first = words, *others = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "The same goes for %d more message.",
                                                                          "The same goes for %d more messages.", (gulong)alike),
                                                              (int)alike);
    return g_strdup_printf("%s %s", first, others);
}

bool intent_rolled_back_together(store *db, int64_t id, const char *why, bool is_told, size_t alike, char **description_out, GError **error)
{
    g_autoptr(intent) wish = NULL;
    g_autofree char *description = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = intent_read(db, id, &wish, error);
    if (is_done && wish != NULL) {
        description = is_told ? intent_with_alike(intent_describe_rollback(db, wish), alike) : NULL;
        is_done = roll_back(db, wish, why, error) &&
                  action_note_refused(db, wish->action_id, wish->placement_id, wish->target_folder_id, error) &&
                  (!is_told || intent_failure_note(db, wish, description, why, error));
    }
    if (!store_end(db, is_done, error))
        return false;
    if (wish != NULL && wish->source_id != 0 && wish->type == INTENT_APPEND)
        g_unlink(wish->path); /* only brought here to be put there */
    if (description_out != NULL)
        *description_out = description != NULL ? g_steal_pointer(&description) : g_strdup(_("It was taken back already."));
    return true;
}

bool intent_rolled_back(store *db, int64_t id, const char *why, char **description_out, GError **error)
{
    return intent_rolled_back_together(db, id, why, true, 0, description_out, error);
}

bool intent_taken_back(store *db, const struct intent *wish, GError **error)
{
    if (!roll_back(db, wish, NULL, error))
        return false;
    if (wish->source_id != 0 && wish->type == INTENT_APPEND && wish->path != NULL)
        g_unlink(wish->path);
    return true;
}

/* --- there is nothing to do it to --- */

bool intent_lost(store *db, int64_t id, char **description_out, GError **error)
{
    return intent_lost_together(db, id, true, 0, description_out, error);
}

bool intent_lost_together(store *db, int64_t id, bool is_told, size_t alike, char **description_out, GError **error)
{
    g_autoptr(intent) wish = NULL;
    g_autofree char *description = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = intent_read(db, id, &wish, error);
    if (is_done && wish != NULL) {
        g_autofree char *subject = intent_subject(db, wish), *from = folder_name(db, wish->folder_id),
                        *to = folder_name(db, wish->target_folder_id);
        description = g_strdup_printf(wish->type == INTENT_COPY
                                          ? _("“%s” could not be copied to %s: another program moved or deleted it in %s before.")
                                          : _("“%s” could not be moved to %s: another program moved or deleted it in %s before."),
                                      subject, to, from);
        description = intent_with_alike(description, alike);
        is_done = intent_strays_take(db, wish->placement_id, error) && store_placement_drop(db, wish->placement_id, error) &&
                  (!is_told || intent_failure_note(db, wish, description, NULL, error));
    }
    if (!store_end(db, is_done, error))
        return false;
    *description_out = description != NULL ? g_steal_pointer(&description) : g_strdup(_("It was taken back already."));
    return true;
}

uint32_t intent_least_uid(store *db, const struct intent *wish, int64_t target_id)
{
    int64_t least = 0;
    store_number(db, &least, NULL, "SELECT least_uid FROM placements WHERE id = ? AND folder_id = ? AND uid = 0", NUM(wish->placement_id),
                 NUM(target_id));
    return (uint32_t)MAX(least, 1);
}

uint32_t intent_uid_there(store *db, const struct intent *wish, int64_t folder_id)
{
    int64_t uid = 0;
    store_number(db, &uid, NULL,
                 "SELECT uid FROM placements WHERE id = ?1 AND folder_id = ?2 AND uid > 0 UNION ALL SELECT uid FROM intents"
                 " WHERE (placement_id = ?1 AND +source_id = 0 OR source_id = ?1) AND folder_id = ?2 AND uid > 0 AND type <> ?3 LIMIT 1",
                 NUM(wish->placement_id), NUM(folder_id), NUM(INTENT_APPEND));
    return (uint32_t)uid;
}

uint32_t intent_uid(store *db, int64_t id)
{
    int64_t uid = 0;
    store_number(db, &uid, NULL, "SELECT uid FROM intents WHERE id = ?", NUM(id));
    return (uint32_t)uid;
}

int64_t intent_size(store *db, const struct intent *wish)
{
    int64_t size = 0;
    store_number(db, &size, NULL, "SELECT m.size_bytes FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?",
                 NUM(wish->placement_id));
    return size;
}

bool intent_has_marked(store *db, int64_t folder_id, uint32_t uid)
{
    int64_t found = 0;
    store_number(db, &found, NULL,
                 "SELECT i.id FROM intents AS i LEFT JOIN placements AS p ON p.id = i.placement_id WHERE i.folder_id = ?1 AND i.uid = ?2"
                 " AND i.attempts > 0 AND (i.type = ?3 OR i.type = ?4 AND p.folder_id = i.target_folder_id AND p.uid > 0)"
                 " AND i.uidvalidity = (SELECT uidvalidity FROM folders WHERE id = ?1)",
                 NUM(folder_id), NUM(uid), NUM(INTENT_DELETE), NUM(INTENT_MOVE));
    return found != 0;
}
