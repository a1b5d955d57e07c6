/* SPDX-License-Identifier: MIT */
/* Muting conversations, by a keyword on their messages. */
#include "core/mute.h"
#include "core/intent_private.h"
#include "core/store_role.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>

#define MARK         "$Muted"
#define MESSAGES_MAX 500 /* of a conversation that are marked: the newest */

bool mute_is(store *db, int64_t thread_id)
{
    int64_t found = 0;
    return store_number(db, &found, NULL,
                        "SELECT 1 WHERE EXISTS (SELECT 1 FROM placements WHERE thread_id = ?1 AND keywords IS NOT NULL"
                        " AND instr(' ' || lower(keywords) || ' ', ' $muted ') > 0)",
                        NUM(thread_id)) &&
           found != 0;
}

/* Of the same conversation in the same account. */
static GArray *family(store *db, int64_t placement_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT q.id FROM placements AS p JOIN folders AS f ON f.id = p.folder_id JOIN placements AS q ON q.thread_id = p.thread_id"
        " JOIN folders AS g ON g.id = q.folder_id AND g.account_id = f.account_id WHERE p.id = ?1 AND g.role NOT IN (?2, ?3, ?4)"
        " ORDER BY q.sort_key DESC LIMIT ?5",
        NUM(placement_id), NUM(FOLDER_TRASH), NUM(FOLDER_JUNK), NUM(FOLDER_DRAFTS), NUM(MESSAGES_MAX));
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

/* Muted: out of the inbox. Not any more: it stays where it is. */
static bool mute_one(store *db, int64_t action, int64_t placement_id, bool is_muted, size_t *changed, GError **error)
{
    g_autoptr(placement) place = store_placement(db, placement_id, NULL);
    g_autoptr(folder) box = place != NULL ? store_folder(db, place->folder_id, NULL) : NULL;
    if (box == NULL)
        return true;
    int64_t target =
        is_muted && box->role == FOLDER_INBOX ? store_role_folder(db, place->account_id, FOLDER_ARCHIVE, error) : place->folder_id;
    return target != 0 &&
           intent_tag_and_move(db, action, placement_id, is_muted ? MARK : NULL, is_muted ? NULL : MARK, target, changed, error);
}

int64_t mute_set(store *db, const int64_t *placements, size_t count, bool is_muted, GError **error)
{
    if (!store_begin(db, error))
        return 0;
    int64_t action = intent_tag_and_move_open(db, is_muted ? ACTION_MUTE : ACTION_UNMUTE, is_muted ? MARK : NULL, error);
    size_t changed = 0;
    bool is_done = action != 0;
    for (size_t i = 0; is_done && i < count; i++) {
        g_autoptr(GArray) ids = family(db, placements[i], error);
        is_done = ids != NULL;
        for (guint k = 0; is_done && k < ids->len; k++)
            is_done = mute_one(db, action, g_array_index(ids, int64_t, k), is_muted, &changed, error);
    }
    is_done = is_done && action_close(db, action, changed, error);
    return store_end(db, is_done, error) ? action : 0;
}
