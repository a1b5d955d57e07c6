/* SPDX-License-Identifier: MIT */
/* What an engine does when the network may have changed: every connection is looked at now, and who waits for a better time tries again. */
#include "core/engine_private.h"
#include "core/link_watch.h"
#include "core/network_metered.h"
#include <glib/gi18n-lib.h>

void engine_network_changed(engine *self)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *account = g_ptr_array_index(self->accounts, i);
        atomic_fetch_add(&account->network_changes, 1);
        atomic_store(&account->smtp_until, 0);
        for (size_t lane = 0; lane < G_N_ELEMENTS(account->workers); lane++) {
            if (account->workers[lane] != NULL)
                worker_hurry(account->workers[lane]);
        }
    }
    engine_wake_outbox(self);
}

/* Told only when it is another than before: the header shows it, and what waits for a cheap network goes on. */
static void look_at_price(engine *self)
{
    bool is_metered = network_is_metered();
    if (atomic_exchange(&self->is_network_metered, is_metered) == is_metered || engine_link(self) != ENGINE_LINK_AUTO)
        return;
    const char *words = is_metered ? _("The network is metered: headers and what you open are fetched, nothing ahead.")
                                   : _("The network is not metered any more.");
    const struct event event = { .type = EVENT_NOTICE, .text = (char *)words };
    event_post(self->events, &event);
}

static void on_change(void *data, bool has_slept)
{
    (void)has_slept; /* either way: nobody knows which connections are alive */
    look_at_price(data);
    engine_network_changed(data);
}

static void link_main(worker *thread, void *data)
{
    look_at_price(data);
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
