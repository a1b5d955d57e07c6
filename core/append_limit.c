/* SPDX-License-Identifier: MIT */
/* How large a message the server of an account takes. */
#include "core/append_limit.h"
#include "core/language.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

static char *key_of(int64_t account_id)
{
    return g_strdup_printf("append-limit:%" G_GINT64_FORMAT, account_id);
}

int64_t append_limit_read(store *db, int64_t account_id)
{
    g_autofree char *key = key_of(account_id), *value = store_get_meta(db, key);
    return value != NULL && g_ascii_isdigit(*value) ? g_ascii_strtoll(value, NULL, 10) : APPEND_LIMIT_NONE;
}

bool append_limit_note(store *db, int64_t account_id, int64_t bytes, GError **error)
{
    g_autofree char *key = key_of(account_id), *value = bytes >= 0 ? g_strdup_printf("%" G_GINT64_FORMAT, bytes) : g_strdup("");
    return append_limit_read(db, account_id) == bytes || store_set_meta(db, key, value, error);
}

char *append_limit_refusal(int64_t limit, int64_t size)
{
    if (limit < 0 || size <= limit)
        return NULL;
    g_autofree char *most = language_size((guint64)limit), *has = language_size((guint64)size);
    return g_strdup_printf(_("The server takes no message larger than %s there, and this one has %s."), most, has);
}
