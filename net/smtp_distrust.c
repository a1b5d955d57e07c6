/* SPDX-License-Identifier: MIT */
/* A short list of hosts, each with what is not used there. */
#include "net/smtp_distrust.h"
#include <glib.h>
#include <pthread.h>

#define HOSTS_MAX 16u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct distrusted_host {
    char *name;
    unsigned what;
} hosts[HOSTS_MAX]; /* the oldest is forgotten first */
static unsigned next;

static struct distrusted_host *find(const char *name)
{
    for (unsigned i = 0; i < HOSTS_MAX; i++) {
        if (hosts[i].name != NULL && g_ascii_strcasecmp(hosts[i].name, name) == 0)
            return &hosts[i];
    }
    return NULL;
}

bool smtp_distrust_has(const char *host, enum smtp_distrusted what)
{
    pthread_mutex_lock(&lock);
    const struct distrusted_host *found = find(host);
    bool is_distrusted = found != NULL && (found->what & what) != 0;
    pthread_mutex_unlock(&lock);
    return is_distrusted;
}

void smtp_distrust_add(const char *host, enum smtp_distrusted what)
{
    pthread_mutex_lock(&lock);
    struct distrusted_host *found = find(host);
    if (found == NULL) {
        found = &hosts[next];
        next = (next + 1) % HOSTS_MAX;
        g_free(found->name);
        *found = (struct distrusted_host){ .name = g_strdup(host) };
    }
    found->what |= what;
    pthread_mutex_unlock(&lock);
}
