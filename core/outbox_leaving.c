/* SPDX-License-Identifier: MIT */
/* See outbox_leaving.h. */
#include "core/outbox_leaving.h"
#include "core/store_private.h"
#include <glib.h>
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *files; /* under the mutex; NULL while there are none */

void outbox_leaving_begin(const char *file)
{
    pthread_mutex_lock(&mutex);
    if (files == NULL)
        files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(files, g_strdup(file));
    pthread_mutex_unlock(&mutex);
}

void outbox_leaving_end(const char *file)
{
    pthread_mutex_lock(&mutex);
    if (files != NULL && g_hash_table_remove(files, file) && g_hash_table_size(files) == 0)
        g_clear_pointer(&files, g_hash_table_unref);
    pthread_mutex_unlock(&mutex);
}

bool outbox_leaving_has(const char *file)
{
    pthread_mutex_lock(&mutex);
    bool has = files != NULL && g_hash_table_contains(files, file);
    pthread_mutex_unlock(&mutex);
    return has;
}

/* In meta: there are none but in the moment between the two. */
static char *key_of(int64_t account_id, const char *file)
{
    return g_strdup_printf("outbox-leaving:%" G_GINT64_FORMAT ":%s", account_id, file);
}

bool outbox_leaving_write(store *db, int64_t account_id, const char *file, GError **error)
{
    g_autofree char *key = key_of(account_id, file);
    return store_set_meta(db, key, "", error);
}

bool outbox_leaving_is_written(store *db, int64_t account_id, const char *file)
{
    g_autofree char *key = key_of(account_id, file), *mark = store_get_meta(db, key);
    return mark != NULL;
}

void outbox_leaving_erase(store *db, int64_t account_id, const char *file)
{
    g_autofree char *key = key_of(account_id, file);
    store_run(db, NULL, "DELETE FROM meta WHERE key = ?", TXT(key));
}
