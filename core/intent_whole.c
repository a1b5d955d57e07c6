/* SPDX-License-Identifier: MIT */
/* One action on all of a folder. */
#include "core/intent_private.h"

int64_t intent_read_folder(store *db, int64_t folder_id, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    {
        g_autoptr(sqlite3_stmt) row = store_select(
            db, error, "SELECT id FROM placements WHERE folder_id = ? AND (flags & 1) = 0 ORDER BY sort_key DESC, id DESC", NUM(folder_id));
        GError *failure = NULL;
        if (row == NULL)
            return 0;
        while (store_step(db, row, &failure)) {
            int64_t id = sqlite3_column_int64(row, 0);
            g_array_append_val(ids, id);
        }
        if (failure != NULL) {
            g_propagate_error(error, failure);
            return 0;
        }
    }
    return ids->len == 0 ? 0 : intent_flags(db, (const int64_t *)(void *)ids->data, ids->len, MESSAGE_SEEN, 0, error);
}
