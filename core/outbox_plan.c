/* SPDX-License-Identifier: MIT */
/* What a person does with mail that waits: another time, at once, not at all, back to be written on. */
#include "core/intent_private.h"
#include "core/outbox_leaving.h"
#include "core/outbox_private.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static bool state_is_with_person(enum outbox_state state)
{
    return state == OUTBOX_QUEUED || state == OUTBOX_HELD || state == OUTBOX_FAILED;
}

/* There is nothing left that undo would take back. */
static bool forget_sending(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "DELETE FROM actions WHERE kind = ? AND item_id = ?", NUM(ACTION_SEND), NUM(id));
}

static bool item_take(store *db, int64_t id, char **bytes_out, size_t *size_out, GError **error)
{
    enum outbox_state state = OUTBOX_QUEUED;
    if (!outbox_state_read(db, id, &state, error))
        return false;
    if (!state_is_with_person(state)) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("It is too late to take the message back: it is %s."),
                    outbox_state_words(state));
        return false;
    }
    return (bytes_out == NULL || outbox_read(db, id, bytes_out, size_out, error)) &&
           store_run(db, error, "DELETE FROM outbox WHERE id = ?", NUM(id)) && forget_sending(db, id, error);
}

bool outbox_read(store *db, int64_t id, char **bytes_out, size_t *size_out, GError **error)
{
    g_autoptr(outbox_mail) item = outbox_item(db, id, error);
    if (item == NULL)
        return false;
    if (item->path == NULL)
        return store_missing(error, _("The message's file is not in the outbox any more."));
    return g_file_get_contents(item->path, bytes_out, size_out, error);
}

static bool fail_not_waiting(store *db, int64_t id, GError **error)
{
    enum outbox_state state = OUTBOX_QUEUED;
    if (outbox_state_read(db, id, &state, error))
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("The message does not wait any more: it is %s."), outbox_state_words(state));
    return false;
}

bool outbox_schedule(store *db, int64_t id, int64_t at_utc, GError **error)
{
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = store_run(db, error, "UPDATE outbox SET not_before_utc = ?, set_utc = 0, attempts = 0 WHERE id = ? AND state = ?",
                             NUM(at_utc), NUM(id), NUM(OUTBOX_QUEUED));
    return store_end(db, is_done && (sqlite3_changes(store_db(db)) == 1 || fail_not_waiting(db, id, error)), error);
}

/* What is in Drafts already needs no second draft. */
bool outbox_hold(store *db, int64_t id, GError **error)
{
    enum outbox_state state = OUTBOX_QUEUED;
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = outbox_state_read(db, id, &state, error);
    if (is_done && state == OUTBOX_FAILED)
        is_done = store_run(db, error, "DELETE FROM outbox WHERE id = ? AND is_returned <> 0", NUM(id)) &&
                  (sqlite3_changes(store_db(db)) == 1 || outbox_state_change(db, id, OUTBOX_HELD, NULL, error));
    else if (is_done)
        is_done = state == OUTBOX_QUEUED || state == OUTBOX_HELD ? outbox_state_change(db, id, OUTBOX_HELD, NULL, error)
                                                                 : fail_not_waiting(db, id, error);
    return store_end(db, is_done && forget_sending(db, id, error), error);
}

int64_t outbox_count(store *db)
{
    int64_t count = 0;
    store_number(db, &count, NULL, "SELECT count(*) FROM outbox WHERE state NOT IN (?, ?) AND NOT (state = ? AND is_returned <> 0)",
                 NUM(OUTBOX_FILED), NUM(OUTBOX_ACCEPTED), NUM(OUTBOX_FAILED));
    return count;
}

bool outbox_knows(store *db, const char *message_id)
{
    int64_t found = 0;
    store_number(db, &found, NULL, "SELECT id FROM outbox WHERE message_id = ? AND state NOT IN (?, ?)", TXT(message_id),
                 NUM(OUTBOX_FAILED), NUM(OUTBOX_HELD));
    return found != 0;
}

bool outbox_take_back(store *db, int64_t id, char **bytes_out, size_t *size_out, GError **error)
{
    g_autofree char *bytes = NULL;
    size_t size = 0;
    g_autoptr(outbox_mail) item = outbox_item(db, id, error);
    if (item == NULL)
        return false;
    outbox_leaving_begin(item->file);
    bool is_done = store_begin_durable(db, error);
    bool is_taken = is_done && item_take(db, id, bytes_out != NULL ? &bytes : NULL, &size, error) &&
                    outbox_leaving_write(db, item->account_id, item->file, error);
    is_done = is_done && store_end(db, is_taken, error);
    if (is_done && item->path != NULL)
        g_unlink(item->path);
    if (is_done)
        outbox_leaving_erase(db, item->account_id, item->file);
    outbox_leaving_end(item->file);
    if (!is_done)
        return false;
    if (bytes_out != NULL)
        *bytes_out = g_steal_pointer(&bytes);
    if (size_out != NULL)
        *size_out = size;
    return true;
}
