/* SPDX-License-Identifier: MIT */
/* What a synchronisation from the command line has brought. */
#include "core/engine_private.h"
#include "core/intent.h"
#include "core/outbox.h"
#include "core/store_private.h"
#include <string.h>

void engine_hold_store(engine *self)
{
    if (self->held == NULL)
        self->held = store_open(self->store_path, STORE_WORKER, NULL); /* without it all is only slower */
}

bool engine_is_signin_failure(const GError *why)
{
    return g_error_matches(why, NET_ERROR, NET_ERROR_AUTH);
}

int64_t engine_newest_placement(engine *self)
{
    int64_t newest = 0;
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, NULL);
    if (db != NULL)
        store_number(db, &newest, NULL, "SELECT max(id) FROM placements");
    return newest;
}

static engine_account *account_named(engine *self, const char *id)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        engine_account *each = g_ptr_array_index(self->accounts, i);
        if (strcmp(each->account->id, id) == 0)
            return each;
    }
    return NULL;
}

bool engine_sync_report(engine *self, const char *account_id, int64_t since_placement, struct engine_sync_report *report_out,
                        GError **error)
{
    struct engine_sync_report report = { 0 };
    g_autoptr(store) db = store_open(self->store_path, STORE_WORKER, error);
    engine_account *account = account_named(self, account_id);
    if (db == NULL || account == NULL)
        return false;
    bool is_ok =
        store_number(db, &report.messages, error, "SELECT coalesce(sum(total), 0) FROM folders WHERE account_id = ?", NUM(account->id));
    is_ok = is_ok &&
            store_number(db, &report.unread, error, "SELECT coalesce(sum(unread), 0) FROM folders WHERE account_id = ?", NUM(account->id));
    report.arrived = report.messages; /* where nothing was before, all of it: not counted one by one */
    is_ok = is_ok && (since_placement == 0 ||
                      store_number(db, &report.arrived, error,
                                   "SELECT count(*) FROM placements AS p JOIN folders AS f ON f.id = p.folder_id WHERE p.id > ? AND"
                                   " f.account_id = ?",
                                   NUM(since_placement), NUM(account->id)));
    is_ok = is_ok && store_number(db, &report.to_send, error, "SELECT count(*) FROM outbox WHERE account_id = ? AND state IN (?, ?, ?, ?)",
                                  NUM(account->id), NUM(OUTBOX_QUEUED), NUM(OUTBOX_SENDING), NUM(OUTBOX_DATA_BEGUN), NUM(OUTBOX_IN_DOUBT));
    if (!is_ok)
        return false;
    report.waiting = intent_count(db, account->id);
    report.bodies = atomic_load(&account->bodies_fetched);
    report.body_bytes = atomic_load(&account->body_bytes_fetched);
    *report_out = report;
    return true;
}
