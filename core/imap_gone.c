/* SPDX-License-Identifier: MIT */
/* Numbers that a server said to be gone a moment ago. */
#include "core/imap_gone.h"
#include <pthread.h>

#define KEPT    1024u /* ranges; the oldest give way */
#define KEPT_US ((int64_t)60 * G_USEC_PER_SEC)

struct range {
    int64_t folder_id, when_us;
    uint32_t uidvalidity, first, last;
};

struct imap_gone {
    pthread_mutex_t mutex;
    struct range ranges[KEPT];
    unsigned next;     /* where the next one goes */
    int64_t latest_us; /* 0: nothing was noted */
};

imap_gone *imap_gone_new(void)
{
    imap_gone *self = g_new0(imap_gone, 1);
    pthread_mutex_init(&self->mutex, NULL);
    return self;
}

void imap_gone_free(imap_gone *self)
{
    if (self == NULL)
        return;
    pthread_mutex_destroy(&self->mutex);
    g_free(self);
}

void imap_gone_note(imap_gone *self, int64_t folder_id, uint32_t uidvalidity, uint32_t first, uint32_t last)
{
    int64_t now = g_get_monotonic_time();
    pthread_mutex_lock(&self->mutex);
    self->ranges[self->next] = (struct range){ folder_id, now, uidvalidity, first, last };
    self->next = (self->next + 1) % KEPT;
    self->latest_us = now;
    pthread_mutex_unlock(&self->mutex);
}

static bool is_within(const struct range *range, int64_t folder_id, uint32_t uidvalidity, uint32_t uid)
{
    return range->folder_id == folder_id && range->uidvalidity == uidvalidity && range->first <= uid && uid <= range->last;
}

/* Newest first: most often the newest is too old already. */
bool imap_gone_has(imap_gone *self, int64_t folder_id, uint32_t uidvalidity, uint32_t uid, int64_t asked_at)
{
    int64_t since = MIN(asked_at, g_get_monotonic_time() - KEPT_US);
    bool is_found = false;
    pthread_mutex_lock(&self->mutex);
    for (unsigned i = 1; !is_found && self->latest_us >= since && i <= KEPT; i++) {
        const struct range *range = &self->ranges[(self->next + KEPT - i) % KEPT];
        if (range->when_us == 0 || range->when_us < since)
            break;
        is_found = is_within(range, folder_id, uidvalidity, uid);
    }
    pthread_mutex_unlock(&self->mutex);
    return is_found;
}
