/* SPDX-License-Identifier: MIT */
/* See outbox_taking.h. outbox.taker names the process, so that another one can tell whether it is still at it. */
#include "core/outbox_taking.h"
#include "core/outbox_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

enum { STATE_FIELD = 1, STARTED_FIELD = 20 }; /* of /proc/PID/stat behind the name, which may have blanks in it */

/* Its number and when it started: a number alone comes again. Caller frees; NULL: there is no such process. */
static char *process_stamp(int64_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid), *line = NULL;
    const char *behind = g_file_get_contents(path, &line, NULL, NULL) ? strrchr(line, ')') : NULL;
    g_auto(GStrv) fields = behind != NULL ? g_strsplit(behind, " ", STARTED_FIELD + 2) : NULL;
    if (fields == NULL || g_strv_length(fields) <= STARTED_FIELD || strchr("ZX", *fields[STATE_FIELD]) != NULL)
        return NULL; /* gone, or dead and nobody has asked how it ended */
    return g_strdup_printf("%" G_GINT64_FORMAT " %s", pid, fields[STARTED_FIELD]);
}

static bool is_alive(const char *taker)
{
    g_autofree char *now = process_stamp(g_ascii_strtoll(taker, NULL, 10));
    return g_strcmp0(now, taker) == 0;
}

bool outbox_reserve(store *db, int64_t id, GError **error)
{
    g_autofree char *stamp = process_stamp(getpid());
    enum outbox_state state = OUTBOX_QUEUED;
    if (!store_begin_durable(db, error))
        return false;
    bool is_done = store_run(db, error, "UPDATE outbox SET taker = ? WHERE id = ? AND state = ?", TXT(stamp != NULL ? stamp : "0 0"),
                             NUM(id), NUM(OUTBOX_QUEUED));
    if (is_done && sqlite3_changes(store_db(db)) == 0) {
        is_done = false;
        if (outbox_state_read(db, id, &state, error))
            g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("It is too late to take the message back: it is %s."),
                        outbox_state_words(state));
    }
    return store_end(db, is_done, error);
}

bool outbox_release(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "UPDATE outbox SET taker = NULL WHERE id = ?", NUM(id));
}

GArray *outbox_deserted(store *db, GError **error)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error, "SELECT id, taker FROM outbox WHERE taker IS NOT NULL AND state = ?", NUM(OUTBOX_QUEUED));
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_autofree char *taker = store_column_dup(row, 1);
        if (!is_alive(taker))
            g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

/* The list it was read from may be minutes old: others were sent meanwhile. */
static bool is_gone(store *db, const struct outbox_item *item, bool *is_gone_out, GError **error)
{
    int64_t waits = 0;
    bool is_read =
        store_number(db, &waits, error,
                     "SELECT 1 FROM outbox WHERE id = ? AND state = ? AND taker IS NULL AND (not_before_utc = ? OR not_before_utc <= ?)",
                     NUM(item->id), NUM(OUTBOX_QUEUED), NUM(item->not_before_utc), NUM(store_now_utc()));
    *is_gone_out = is_read && waits == 0;
    return is_read;
}

bool outbox_begin_sending(store *db, const struct outbox_item *item, bool *is_gone_out, GError **error)
{
    *is_gone_out = false;
    if (!store_begin_durable(db, error))
        return false;
    bool is_done =
        is_gone(db, item, is_gone_out, error) && (*is_gone_out || outbox_state_change(db, item->id, OUTBOX_SENDING, NULL, error));
    return store_end(db, is_done, error);
}

#define COMPANION "with."

char *outbox_companion_id(const char *message_id)
{
    bool is_second = g_str_has_prefix(message_id, COMPANION);
    return is_second ? g_strdup(message_id + strlen(COMPANION)) : g_strconcat(COMPANION, message_id, NULL);
}

int64_t outbox_companion(store *db, const char *message_id)
{
    g_autofree char *other = message_id != NULL && *message_id != '\0' ? outbox_companion_id(message_id) : NULL;
    int64_t id = 0;
    if (other != NULL)
        store_number(db, &id, NULL, "SELECT id FROM outbox WHERE message_id = ? AND (state IN (?, ?) OR (state = ? AND NOT is_returned))",
                     TXT(other), NUM(OUTBOX_QUEUED), NUM(OUTBOX_HELD), NUM(OUTBOX_FAILED));
    return id;
}
