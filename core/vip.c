/* SPDX-License-Identifier: MIT */
/* Important people, by address. */
#include "core/vip.h"
#include "core/intent_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static char *folded(const char *address)
{
    return address != NULL ? g_utf8_casefold(address, -1) : g_strdup("");
}

bool vip_is(store *db, const char *address)
{
    int64_t found = 0;
    g_autofree char *key = folded(address);
    return *key != '\0' && store_number(db, &found, NULL, "SELECT 1 FROM vips WHERE address = ?", TXT(key)) && found != 0;
}

bool vip_put(store *db, const char *address, bool is_vip, GError **error)
{
    g_autofree char *key = folded(address);
    if (strchr(key, '@') == NULL || strpbrk(key, "\" \t\r\n") != NULL)
        return store_missing(error, _("This message has no sender who could be remembered."));
    return is_vip ? store_run(db, error, "INSERT OR IGNORE INTO vips(address) VALUES(?)", TXT(key))
                  : store_run(db, error, "DELETE FROM vips WHERE address = ?", TXT(key));
}

bool vip_set(store *db, const char *address, bool is_vip, GError **error)
{
    const struct action done = { .kind = is_vip ? ACTION_VIP : ACTION_NO_VIP, .from_name = (char *)address };
    return store_begin(db, error) && store_end(db, vip_put(db, address, is_vip, error) && action_record(db, &done, error), error);
}

GPtrArray *vip_list(store *db, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT address FROM vips ORDER BY address");
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure))
        g_ptr_array_add(list, store_column_dup(row, 0));
    if (failure == NULL)
        return g_steal_pointer(&list);
    g_propagate_error(error, failure);
    return NULL;
}

char *vip_query(store *db)
{
    g_autoptr(GPtrArray) list = vip_list(db, NULL);
    if (list == NULL || list->len == 0)
        return NULL;
    GString *query = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(query, "%sfrom:\"%s\"", i > 0 ? " OR " : "", (const char *)g_ptr_array_index(list, i));
    return g_string_free(query, FALSE);
}
