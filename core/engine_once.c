/* SPDX-License-Identifier: MIT */
/* One synchronisation of an account, without a screen: the caller waits for it. */
#include "core/engine_private.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GET(self, index) ((engine_account *)g_ptr_array_index((self)->accounts, index))

static engine_account *account_named(engine *self, const char *id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        if (strcmp(GET(self, i)->account->id, id) == 0)
            return GET(self, i);
    }
    return NULL;
}

/* A synchronisation runs on a worker of its own like any other; the caller waits for it. */
struct once {
    engine_account *account;
    GError *why;
    bool is_ok;
};

static bool sync_once(struct once *once, worker *thread)
{
    return once->account->account->incoming.protocol == ACCOUNT_PROTOCOL_IMAP ? imap_sync_once(once->account, thread, &once->why)
                                                                              : local_sync_once(once->account, thread, &once->why);
}

static void once_main(worker *thread, void *data)
{
    struct once *once = data;
    bool is_pop3 = once->account->account->incoming.protocol == ACCOUNT_PROTOCOL_POP3;
    once->is_ok = sync_once(once, thread) && (!is_pop3 || pop3_sync_once(once->account, thread, &once->why));
    /* What was sent leaves a copy and marks behind: those go to the server (or into the Maildir) in the same call. */
    if (once->is_ok && engine_arrivals_once(once->account->engine, thread, once->account->id))
        once->is_ok = sync_once(once, thread);
    bool is_turned_away = g_error_matches(once->why, NET_ERROR, NET_ERROR_AUTH); /* the other server would say so too */
    bool has_sent = !is_turned_away && outbox_run_once(once->account, thread);
    if (once->is_ok && has_sent)
        once->is_ok = sync_once(once, thread);
}

bool engine_prepare_once(engine *self, GError **error)
{
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, error);
    message_start();
    for (guint i = 0; db != NULL && i < self->accounts->len; i++) {
        if (!engine_name_account(GET(self, i), db, error))
            return false;
    }
    return db != NULL;
}

bool engine_hold_once(engine *self, GError **error)
{
    if (self->instance == NULL)
        self->instance = instance_hold(self->store_path, error);
    return self->instance != NULL;
}

/* For the first of several at the same time. */
static bool begin_once(engine *self, GError **error)
{
    pthread_mutex_lock(&self->once_mutex);
    bool is_held = self->is_prepared || engine_prepare_once(self, error);
    self->is_prepared |= is_held;
    if (is_held && !engine_hold_once(self, error)) {
        is_held = false;
        if (error != NULL && *error == NULL)
            g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "%s",
                        instance_ring(self->store_path)
                            ? _("Another postern is running and keeps the mail in step; it was told to look now.")
                            : _("Another postern is running and keeps the mail in step."));
    }
    pthread_mutex_unlock(&self->once_mutex);
    return is_held;
}

static bool run_once(engine *self, const char *account_id, void (*main)(worker *thread, void *data), GError **error)
{
    struct once once = { .account = account_named(self, account_id) };
    if (once.account == NULL) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING, _("There is no account %s."), account_id);
        return false;
    }
    if (!begin_once(self, error))
        return false;
    worker *thread = worker_start("once", main, &once);
    worker_join(thread);
    worker_free(thread);
    if (once.is_ok)
        return true;
    if (once.why != NULL)
        g_propagate_error(error, once.why);
    return false;
}

bool engine_sync_once(engine *self, const char *account_id, GError **error)
{
    return run_once(self, account_id, once_main, error);
}

static void settle_main(worker *thread, void *data)
{
    struct once *once = data;
    once->is_ok = local_sync_once(once->account, thread, &once->why);
}

bool engine_settle_local(engine *self, const char *account_id, GError **error)
{
    return run_once(self, account_id, settle_main, error);
}
