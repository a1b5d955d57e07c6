/* SPDX-License-Identifier: MIT */
/* A short list of hosts to which commands go one by one. */
#include "net/smtp_pipelining.h"
#include <glib.h>
#include <pthread.h>

#define HOSTS_MAX 16u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *hosts[HOSTS_MAX]; /* the oldest is forgotten first */
static unsigned next;

static bool is_listed(const char *host)
{
    for (unsigned i = 0; i < HOSTS_MAX; i++) {
        if (hosts[i] != NULL && g_ascii_strcasecmp(hosts[i], host) == 0)
            return true;
    }
    return false;
}

bool smtp_pipelining_is_trusted(const char *host)
{
    pthread_mutex_lock(&lock);
    bool is_trusted = !is_listed(host);
    pthread_mutex_unlock(&lock);
    return is_trusted;
}

void smtp_pipelining_distrust(const char *host)
{
    pthread_mutex_lock(&lock);
    if (!is_listed(host)) {
        g_free(hosts[next]);
        hosts[next] = g_strdup(host);
        next = (next + 1) % HOSTS_MAX;
    }
    pthread_mutex_unlock(&lock);
}
