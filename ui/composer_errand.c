/* SPDX-License-Identifier: MIT */
/* Errands of composers: begun, shown while they last, cancelled, and what they brought given back. */
#include "ui/composer_errand.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"

enum { UNSEEN_MS = 200 };

/* The errand is the job's until it is taken or cancelled; until then it may be looked at here. */
struct ticket {
    int64_t id, begun_ms;
    struct composer_errand *errand;
};

static void errand_free(void *data)
{
    struct composer_errand *self = data;
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_free(self->title);
    g_free(self);
}

static void work(store *db, void *data)
{
    struct composer_errand *self = data;
    (void)db;
    self->work(self);
}

static void show(const struct composer *composer, const struct ticket *ticket, enum job_state state)
{
    const struct composer_errand *errand = ticket->errand;
    const struct event progress = { .type = EVENT_PROGRESS,
                                    .item = -ticket->id,
                                    .state = (int)state,
                                    .done = atomic_load(&errand->done),
                                    .total = errand->total,
                                    .text = errand->title };
    status_event(composer->base.app->status, &progress);
}

void composer_errand_start(struct composer *composer, const struct composer_errand *wish)
{
    struct composer_errand *errand = g_new0(struct composer_errand, 1);
    *errand = *wish;
    if (composer->errands == NULL)
        composer->errands = g_array_new(FALSE, FALSE, sizeof(struct ticket));
    struct ticket ticket = { query_run(app_files(composer->base.app), work, errand, errand_free), app_now_ms(), errand };
    g_array_append_val(composer->errands, ticket);
}

bool composer_is_waiting(const struct composer *composer)
{
    for (guint i = 0; composer->errands != NULL && i < composer->errands->len; i++)
        if (g_array_index(composer->errands, struct ticket, i).errand->is_needed)
            return true;
    return false;
}

/* What is done before anybody has looked is not shown: it would be drawn and taken away again. */
void composer_errand_tick(struct composer *composer)
{
    int64_t now = app_now_ms();
    for (guint i = 0; composer->errands != NULL && i < composer->errands->len; i++) {
        const struct ticket *ticket = &g_array_index(composer->errands, struct ticket, i);
        if (now - ticket->begun_ms >= UNSEEN_MS)
            show(composer, ticket, JOB_RUNNING);
    }
}

bool composer_errand_event(struct composer *composer, const struct event *news)
{
    for (guint i = 0; news->type == EVENT_QUERY_DONE && composer->errands != NULL && i < composer->errands->len; i++) {
        const struct ticket ticket = g_array_index(composer->errands, struct ticket, i);
        if (ticket.id != news->item || query_take(app_files(composer->base.app), ticket.id) == NULL)
            continue;
        g_array_remove_index(composer->errands, i);
        show(composer, &ticket, JOB_DONE);
        bool is_good = ticket.errand->finish(composer, ticket.errand);
        errand_free(ticket.errand);
        composer_errand_done(composer, is_good);
        return true;
    }
    return false;
}

void composer_errands_free(struct composer *composer)
{
    for (guint i = 0; composer->errands != NULL && i < composer->errands->len; i++) {
        const struct ticket *ticket = &g_array_index(composer->errands, struct ticket, i);
        show(composer, ticket, JOB_CANCELLED);
        atomic_store(&ticket->errand->is_cancelled, true);
        query_cancel(app_files(composer->base.app), ticket->id);
    }
    g_clear_pointer(&composer->errands, g_array_unref);
}

static bool cancel(const struct composer *composer, int64_t job)
{
    for (guint i = 0; composer != NULL && composer->errands != NULL && i < composer->errands->len; i++) {
        const struct ticket *ticket = &g_array_index(composer->errands, struct ticket, i);
        if (-ticket->id == job) {
            atomic_store(&ticket->errand->is_cancelled, true);
            return true;
        }
    }
    return false;
}

bool composer_errand_cancel(app *ui, int64_t job)
{
    for (guint i = 0; i < ui->stack->len; i++)
        if (cancel(composer_of(g_ptr_array_index(ui->stack, i)), job))
            return true;
    return false;
}
