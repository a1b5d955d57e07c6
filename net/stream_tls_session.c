/* SPDX-License-Identifier: MIT */
/* The few sessions of this run: a second connection to the same server spares both sides the signatures, with TLS 1.2 a round trip too.
 * A session carries the server's certificates, so each resumed connection is judged by them like a new one. */
#include "net/stream_tls_session.h"
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define KEPT_MAX 64u /* servers; a person has fewer */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *sessions; /* under lock: key → SSL_SESSION* */

static void free_session(void *session)
{
    SSL_SESSION_free(session);
}

SSL_SESSION *tls_session_take(const char *key)
{
    void *stolen_key = NULL, *session = NULL;
    pthread_mutex_lock(&lock);
    bool is_there = sessions != NULL && g_hash_table_steal_extended(sessions, key, &stolen_key, &session);
    pthread_mutex_unlock(&lock);
    g_free(stolen_key);
    if (!is_there)
        return NULL;
    if (SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session) > (long)time(NULL))
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

void tls_session_keep(const char *key, SSL_SESSION *session)
{
    pthread_mutex_lock(&lock);
    if (sessions == NULL)
        sessions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_session);
    bool has_room = g_hash_table_size(sessions) < KEPT_MAX || g_hash_table_contains(sessions, key);
    if (has_room)
        g_hash_table_insert(sessions, g_strdup(key), session);
    pthread_mutex_unlock(&lock);
    if (!has_room)
        SSL_SESSION_free(session);
}
