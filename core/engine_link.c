/* SPDX-License-Identifier: MIT */
/* What an engine does when the network may have changed: every connection is looked at now, and who waits for a better time tries again. */
#include "core/engine_private.h"
#include "core/link_watch.h"

void engine_network_changed(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = g_ptr_array_index(self->accounts, i);
        atomic_fetch_add(&account->network_changes, 1);
        atomic_store(&account->smtp_until, 0);
        for (int lane = 0; lane < LANE_COUNT; lane++) {
            if (account->workers[lane] != NULL)
                worker_hurry(account->workers[lane]);
        }
    }
    engine_wake_outbox(self);
}

static void on_change(void *data, bool has_slept)
{
    (void)has_slept; /* either way: nobody knows which connections are alive */
    engine_network_changed(data);
}

static void link_main(worker *thread, void *data)
{
    link_watch_run(thread, on_change, data);
}

void engine_link_start(engine *self)
{
    if (self->link == NULL)
        self->link = worker_start("link", link_main, self);
}

void engine_link_stop(engine *self)
{
    g_clear_pointer(&self->link, worker_free);
}
