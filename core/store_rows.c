/* SPDX-License-Identifier: MIT */
/* Rows of one table, written many a statement. */
#include "core/store_rows.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

static const guint strides[STORE_ROWS_STRIDES] = { 64, 16, 4, 1 };

bool store_rows_write(store *db, const struct store_rows *table, const void *whole, const GPtrArray *items, GError **error)
{
    for (guint i = 0, size = 0; i < items->len; i += strides[size]) {
        while (strides[size] > items->len - i)
            size++;
        g_autoptr(sqlite3_stmt) row = store_prepare(db, table->sql[size], error);
        if (row == NULL)
            return false;
        for (guint k = 0; k < strides[size]; k++)
            table->bind(row, (int)k * table->columns, whole, g_ptr_array_index(items, i + k));
        if (sqlite3_step(row) != SQLITE_DONE)
            return store_fail(db, _("The mail index could not be changed"), error);
    }
    return true;
}
