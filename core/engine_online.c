/* SPDX-License-Identifier: MIT */
/* Online, metered, offline: a person's switch for everything and for each account, and what the system says of the network. */
#include "core/engine_private.h"
#include <string.h>

static engine_account *account_at(const engine *self, guint index)
{
    return g_ptr_array_index(self->accounts, index);
}

bool engine_account_is_online(const engine_account *self)
{
    return atomic_load(&self->engine->online) != ENGINE_LINK_OFFLINE && !atomic_load(&self->is_off);
}

bool engine_is_metered(const engine *self)
{
    int link = atomic_load(&self->online);
    return link == ENGINE_LINK_METERED || (link == ENGINE_LINK_AUTO && atomic_load(&self->is_network_metered));
}

bool engine_may_fetch_ahead(const engine_account *self)
{
    return engine_account_is_online(self) && !engine_is_metered(self->engine);
}

/* Where each byte costs, what nobody looks at is asked for less often. */
#define METERED_POLL_TIMES 5

int engine_poll_interval_s(const engine *self)
{
    int usual = self->settings->poll_interval_s;
    return engine_is_metered(self) ? MIN(usual * METERED_POLL_TIMES, MAX(usual, 3600)) : usual;
}

#define IN_USE_S 120

void engine_note_use(engine *self)
{
    bool was_in_use = engine_is_in_use(self);
    atomic_store_explicit(&self->used_s, g_get_monotonic_time() / G_USEC_PER_SEC, memory_order_relaxed);
    if (!was_in_use && engine_is_in_use(self)) /* what rests until a late time looks now */
        engine_wake_writers(self);
}

bool engine_is_in_use(const engine *self)
{
    int64_t used_s = atomic_load_explicit(&self->used_s, memory_order_relaxed);
    return used_s != 0 && g_get_monotonic_time() / G_USEC_PER_SEC - used_s < IN_USE_S && !engine_is_metered(self);
}

bool engine_is_fetching(engine_account *self)
{
    pthread_mutex_lock(&self->engine->mutex);
    bool is_wished = !g_queue_is_empty(&self->wishes);
    pthread_mutex_unlock(&self->engine->mutex);
    return is_wished || atomic_load(&self->fetching) > 0;
}

void engine_set_link(engine *self, enum engine_link link)
{
    int old = atomic_exchange(&self->online, (int)link);
    for (guint i = 0; old == ENGINE_LINK_OFFLINE && i < self->accounts->len; i++)
        atomic_store(&account_at(self, i)->smtp_until, 0);
    if (old == (int)link)
        return;
    if (link != ENGINE_LINK_OFFLINE)
        engine_wake(self); /* the postern that did the talking may have ended meanwhile */
    engine_wake_all(self);
}

enum engine_link engine_link(const engine *self)
{
    return (enum engine_link)atomic_load(&self->online);
}

void engine_set_account_online(engine *self, const char *account_id, bool is_online)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = account_at(self, i);
        if (strcmp(account->account->id, account_id) != 0 || atomic_exchange(&account->is_off, !is_online) == !is_online)
            continue;
        if (is_online)
            atomic_store(&account->smtp_until, 0);
        engine_wake_all(self);
    }
}

bool engine_is_account_off(const engine *self, const char *account_id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        if (strcmp(account_at(self, i)->account->id, account_id) == 0)
            return atomic_load(&account_at(self, i)->is_off);
    }
    return false;
}

bool engine_is_account_online(const engine *self, const char *account_id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        if (strcmp(account_at(self, i)->account->id, account_id) == 0)
            return engine_account_is_online(account_at(self, i));
    }
    return false;
}

void engine_set_online(engine *self, bool is_online)
{
    engine_set_link(self, is_online ? ENGINE_LINK_AUTO : ENGINE_LINK_OFFLINE);
}

bool engine_is_online(const engine *self)
{
    return atomic_load(&self->online) != ENGINE_LINK_OFFLINE;
}
