/* SPDX-License-Identifier: MIT */
/* Who steps aside waits until the other connection has ended: only then may both begin anew, so that no row of the queue is ever in two hands. */
#include "core/imap_alone_private.h"
#include <glib/gi18n-lib.h>

static enum lane other_lane(const imap_session *self)
{
    return self->lane == LANE_INTERACTIVE ? LANE_BACKGROUND : LANE_INTERACTIVE;
}

bool imap_alone_is(const imap_session *self)
{
    return atomic_load(&self->account->alone) == (int)self->lane + 1;
}

static void wake_other(const imap_session *self)
{
    worker *other = self->account->workers[other_lane(self)];
    if (other != NULL)
        worker_wake(other);
}

void imap_alone_end(imap_session *self)
{
    int mine = (int)self->lane + 1;
    if (atomic_compare_exchange_strong(&self->account->alone, &mine, 0))
        wake_other(self);
}

static bool is_other_online(const imap_session *self)
{
    pthread_mutex_lock(&self->account->engine->mutex);
    int state = self->account->states[other_lane(self)];
    pthread_mutex_unlock(&self->account->engine->mutex);
    return self->account->workers[other_lane(self)] != NULL && (state == CONNECTION_ONLINE || state == CONNECTION_SLOW);
}

bool imap_alone_step_aside(imap_session *self)
{
    int nobody = 0, other = (int)other_lane(self) + 1;
    if (!is_other_online(self) || !atomic_compare_exchange_strong(&self->account->alone, &nobody, other))
        return false;
    g_autofree char *words = g_strdup_printf(_("%s lets in no second connection just now: postern does everything over one."),
                                             self->account->account->incoming.host);
    engine_notice(self->account, words);
    engine_set_state(self->account, self->lane, CONNECTION_ONLINE, "");
    wake_other(self);
    while (!worker_is_stopping(self->thread) && atomic_load(&self->account->alone) == other) {
        worker_wait(self->thread, -1, -1);
        worker_clear_wake(self->thread);
        wake_other(self); /* what this one was woken for is the other's now */
    }
    return true;
}
