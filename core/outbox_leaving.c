/* SPDX-License-Identifier: MIT */
/* See outbox_leaving.h. */
#include "core/outbox_leaving.h"
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
