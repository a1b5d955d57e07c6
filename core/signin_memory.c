/* SPDX-License-Identifier: MIT */
/* One row of the store's meta table for each account and direction. */
#include "core/signin_memory.h"
#include "net/signin.h"
#include <glib/gi18n-lib.h>

static char *key_of(const char *account_id, bool is_outgoing)
{
    return g_strdup_printf("signin:%s:%s", is_outgoing ? "outgoing" : "incoming", account_id);
}

char *signin_memory_last(store *store, const char *account_id, bool is_outgoing)
{
    g_autofree char *key = key_of(account_id, is_outgoing);
    return store_get_meta(store, key);
}

char *signin_memory_note(store *store, const char *account_id, bool is_outgoing, const char *host, const char *method)
{
    g_autofree char *key = key_of(account_id, is_outgoing), *last = store_get_meta(store, key);
    if (method == NULL || g_strcmp0(last, method) == 0)
        return NULL;
    if (!store_set_meta(store, key, method, NULL)) /* a memory that is not kept is no reason to stop */
        return NULL;
    if (!net_signin_is_weaker(method, last))
        return NULL;
    return g_strdup_printf(
        _("%s lets you sign in less safely than before: with %s, last time with %s. The sign-in worked. If nobody changed that "
          "server on purpose, ask those who run it."),
        host, method, last);
}
