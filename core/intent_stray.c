/* SPDX-License-Identifier: MIT */
/* Marks for a message that another client moved meanwhile: they follow it where it is known for certain to be the same.
 *
 * A server does not say where a message went. What is known: it is gone from its folder, and the same message (core/store_message) came to one other folder
 * of the account after the mark was made, and not by a copy that was made here. A mark that was sent a moment ago is in doubt too: servers answer OK to a
 * STORE of a message that is gone. It is remembered for a short time, until the server tells anything newer of the message. */
#include "core/intent_private.h"

#define DOUBTFUL_S 120              /* a mark that was settled: longer, and what is seen elsewhere may be a later wish */
#define WAITED_S   ((int64_t)86400) /* until the folder it went to has been looked at */

static bool strays_expire(store *db, GError **error)
{
    return store_run(db, error, "DELETE FROM strays WHERE until_utc < ?", NUM(store_now_utc()));
}

bool intent_strays_take(store *db, int64_t placement_id, GError **error)
{
    return store_run(
               db, error,
               "INSERT INTO strays(account_id, action_id, message_id, placement_id, folder_id, seen_id, add_flags, remove_flags, words,"
               " is_gone, until_utc, received_utc) SELECT i.account_id, i.action_id, p.message_id, p.id, i.folder_id, i.seen_id,"
               " i.add_flags, i.remove_flags, i.path, 1, ?2, p.sort_key >> 24 FROM intents AS i JOIN placements AS p ON p.id = "
               "i.placement_id"
               " WHERE i.placement_id = ?1 AND i.type IN (?3, ?4) AND i.state <> ?5 ORDER BY i.id",
               NUM(placement_id), NUM(store_now_utc() + WAITED_S), NUM(INTENT_FLAGS), NUM(INTENT_KEYWORDS), NUM(INTENT_FAILED)) &&
           store_run(db, error, "UPDATE strays SET is_gone = 1, until_utc = ?2 WHERE placement_id = ?1 AND is_gone = 0 AND until_utc >= ?3",
                     NUM(placement_id), NUM(store_now_utc() + WAITED_S), NUM(store_now_utc()));
}

bool intent_stray_doubt(store *db, const struct intent *settled, GError **error)
{
    return strays_expire(db, error) &&
           store_run(
               db, error,
               "INSERT INTO strays(account_id, action_id, message_id, placement_id, folder_id, seen_id, add_flags, remove_flags, words,"
               " is_gone, until_utc, received_utc) SELECT ?2, ?3, message_id, id, ?4, ?5, ?6, ?7, ?8, 0, ?9, sort_key >> 24 FROM "
               "placements WHERE id = ?1",
               NUM(settled->placement_id), NUM(settled->account_id), NUM(settled->action_id), NUM(settled->folder_id),
               NUM(settled->seen_id), NUM(settled->add), NUM(settled->remove), TXT(settled->path), NUM(store_now_utc() + DOUBTFUL_S));
}

struct stray {
    int64_t id, action_id, placement_id;
    unsigned add, remove;
    char *words;
    int64_t found_id; /* the placement that is it now; 0: none */
    bool is_undone, is_many;
};

static void stray_clear(gpointer data)
{
    g_free(((struct stray *)data)->words);
}

/* What a person copied has its marks already, and others than this one may have been meant for it. */
#define IS_THE_SAME                                                                                                                        \
    " q.message_id = s.message_id AND q.id > s.seen_id AND q.folder_id <> s.folder_id AND q.uid > 0 AND f.account_id = s.account_id"       \
    " AND NOT EXISTS (SELECT 1 FROM action_items AS a WHERE a.placement_id = q.id AND a.source_id > 0)"

/* Without a Message-ID, and without a name that the server gives it (then it is one row wherever it is): another row that looks alike in all that is known of
 * it, came at the same second, and is the only one such. Two that look alike may be two messages. */
#define LOOKS_ALIKE                                                                                                                        \
    " FROM messages AS m CROSS JOIN messages AS o INDEXED BY messages_without_id ON o.message_hash IS NULL AND o.size_bytes = "            \
    "m.size_bytes"                                                                                                                         \
    " AND o.date_utc = m.date_utc AND o.id <> m.id AND (o.subject, o.from_address, o.from_name, o.recipients, o.cc, o.in_reply_to)"        \
    " IS (m.subject, m.from_address, m.from_name, m.recipients, m.cc, m.in_reply_to)"
#define IS_OF_IT                                                                                                                           \
    " WHERE m.id = s.message_id AND m.message_hash IS NULL AND NOT EXISTS (SELECT 1 FROM email_ids AS e WHERE e.message_id = m.id)"
#define THE_ONLY_TWIN                                                                                                                      \
    "(SELECT CASE count(*) WHEN 1 THEN min(q.id) END" LOOKS_ALIKE " JOIN placements AS q ON q.message_id = o.id JOIN folders AS f"         \
    " ON f.id = q.folder_id AND f.account_id = s.account_id" IS_OF_IT " AND 1 = (SELECT count(*)" LOOKS_ALIKE IS_OF_IT                     \
    ") AND q.id > s.seen_id AND q.folder_id <> s.folder_id AND q.uid > 0"                                                                  \
    " AND q.sort_key >> 24 = s.received_utc)"

static GArray *strays_read(store *db, int64_t account_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT s.id, s.action_id, s.placement_id, s.add_flags, s.remove_flags, s.words,"
                     " coalesce((SELECT min(q.id) FROM placements AS q JOIN folders AS f ON f.id = q.folder_id WHERE" IS_THE_SAME
                     "), " THE_ONLY_TWIN ", 0),"
                     " (SELECT count(*) FROM placements AS q JOIN folders AS f ON f.id = q.folder_id WHERE" IS_THE_SAME "),"
                     " coalesce((SELECT is_undone FROM actions WHERE id = s.action_id), 0)"
                     " FROM strays AS s WHERE s.account_id = ? AND s.is_gone <> 0 ORDER BY s.id",
                     NUM(account_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) strays = g_array_new(FALSE, FALSE, sizeof(struct stray));
    g_array_set_clear_func(strays, stray_clear);
    while (store_step(db, row, &failure)) {
        struct stray one = { .id = sqlite3_column_int64(row, 0),
                             .action_id = sqlite3_column_int64(row, 1),
                             .placement_id = sqlite3_column_int64(row, 2),
                             .add = (unsigned)sqlite3_column_int64(row, 3) & ~(unsigned)MESSAGE_DELETED,
                             .remove = (unsigned)sqlite3_column_int64(row, 4) & ~(unsigned)MESSAGE_DELETED,
                             .words = store_column_dup(row, 5),
                             .found_id = sqlite3_column_int64(row, 6),
                             .is_many = sqlite3_column_int64(row, 7) > 1,
                             .is_undone = sqlite3_column_int64(row, 8) != 0 };
        g_array_append_val(strays, one);
    }
    if (failure == NULL)
        return g_steal_pointer(&strays);
    g_propagate_error(error, failure);
    return NULL;
}

static bool stray_apply(store *db, const struct stray *stray, bool *is_changed_out, GError **error)
{
    struct action_item item;
    g_autofree char *add = NULL, *remove = NULL, *changed = NULL;
    *is_changed_out = false;
    if (stray->words == NULL)
        return intent_apply_flags(db, stray->action_id, stray->found_id, stray->add, stray->remove, &item, is_changed_out, error);
    intent_words_split(stray->words, &add, &remove);
    bool is_done = intent_apply_keywords(db, stray->action_id, stray->found_id, add, remove, &changed, error);
    *is_changed_out = changed != NULL;
    return is_done;
}

/* A folder where this may not be set keeps it as it is: nothing is said, as it was not asked for there. */
static bool stray_place(store *db, const struct stray *stray, GError **error)
{
    g_autoptr(GError) why = NULL;
    bool is_changed = false;
    bool is_meant = stray->found_id != 0 && !stray->is_many && !stray->is_undone;
    if (is_meant && !stray_apply(db, stray, &is_changed, &why) && !g_error_matches(why, STORE_ERROR, STORE_ERROR_DENIED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    if (is_changed && !store_run(db, error, /* undo finds it */
                                 "UPDATE OR IGNORE action_items SET placement_id = ?1 WHERE action_id = ?2 AND placement_id = ?3",
                                 NUM(stray->found_id), NUM(stray->action_id), NUM(stray->placement_id)))
        return false;
    return (stray->found_id == 0 && !stray->is_undone) || store_run(db, error, "DELETE FROM strays WHERE id = ?", NUM(stray->id));
}

bool intent_strays_place(store *db, int64_t account_id, GError **error)
{
    int64_t waiting = 0;
    if (!store_number(db, &waiting, error, "SELECT 1 FROM strays WHERE is_gone <> 0 LIMIT 1") || waiting == 0)
        return waiting == 0;
    if (!store_begin(db, error))
        return false;
    g_autoptr(GArray) strays = strays_expire(db, error) ? strays_read(db, account_id, error) : NULL;
    bool is_done = strays != NULL;
    for (guint i = 0; is_done && i < strays->len; i++)
        is_done = stray_place(db, &g_array_index(strays, struct stray, i), error);
    return store_end(db, is_done, error);
}
