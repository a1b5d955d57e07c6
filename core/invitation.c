/* SPDX-License-Identifier: MIT */
/* See invitation.h. A row is an event, or one occurrence of a series; versions are ordered by SEQUENCE, then by DTSTAMP (RFC 5546, 2.1.5). */
#include "core/invitation.h"
#include "core/outbox.h"
#include "core/store_private.h"
#include <string.h>

void invitation_state_clear(struct invitation_state *self)
{
    g_clear_pointer(&self->organizer, g_free);
    g_clear_pointer(&self->old_place, g_free);
    g_clear_pointer(&self->old_title, g_free);
    *self = (struct invitation_state){ 0 };
}

/* The same occurrence, whichever zone it is written in. One that is added is known by its time: it is no version of the series. */
static char *occurrence_key(const struct calendar_event *event)
{
    if (event->is_added && !event->which.is_set)
        return g_strdup_printf("+%" G_GINT64_FORMAT, event->start.utc);
    return event->which.is_set ? g_strdup_printf("%" G_GINT64_FORMAT, event->which.utc)
                               : g_strdup(event->occurrence != NULL ? event->occurrence : "");
}

static const char *organizer_of(const struct calendar_event *event)
{
    return event->organizer != NULL ? event->organizer->address : "";
}

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* --- what is known --- */

struct known {
    bool is_there, is_cancelled, is_day;
    int sequence;
    int64_t stamp_utc, start_utc, end_utc;
    char *organizer, *place, *title;
};

static void known_clear(struct known *self)
{
    g_free(self->organizer);
    g_free(self->place);
    g_free(self->title);
}

static bool known_read(store *db, const char *uid, const char *key, struct known *out, struct invitation_state *state)
{
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL,
                     "SELECT sequence, stamp_utc, organizer, is_cancelled, start_utc, end_utc, is_day, place, title,"
                     " has_before, old_start_utc, old_end_utc, was_day, old_place, old_title, answer,"
                     " answered_sequence, reply_id FROM invitations WHERE uid = ? AND occurrence = ?",
                     TXT(uid), TXT(key));
    if (row == NULL)
        return false;
    if (store_step(db, row, &failure)) {
        *out = (struct known){ true,
                               sqlite3_column_int(row, 3) != 0,
                               sqlite3_column_int(row, 6) != 0,
                               sqlite3_column_int(row, 0),
                               sqlite3_column_int64(row, 1),
                               sqlite3_column_int64(row, 4),
                               sqlite3_column_int64(row, 5),
                               store_column_dup(row, 2),
                               store_column_dup(row, 7),
                               store_column_dup(row, 8) };
        state->has_before = sqlite3_column_int(row, 9) != 0;
        state->old_start_utc = sqlite3_column_int64(row, 10);
        state->old_end_utc = sqlite3_column_int64(row, 11);
        state->was_day = sqlite3_column_int(row, 12) != 0;
        state->old_place = store_column_dup(row, 13);
        state->old_title = store_column_dup(row, 14);
        int answer = sqlite3_column_int(row, 15);
        state->answer = answer > 0 && answer <= CALENDAR_DELEGATED ? (enum calendar_answer)answer : CALENDAR_NO_ANSWER;
        state->answered_sequence = sqlite3_column_int(row, 16);
        g_autofree char *reply = store_column_dup(row, 17);
        int64_t stuck = 0;
        if (reply != NULL && *reply != '\0')
            store_number(db, &stuck, NULL, "SELECT id FROM outbox WHERE message_id = ? AND state IN (?, ?)", TXT(reply), NUM(OUTBOX_FAILED),
                         NUM(OUTBOX_HELD));
        state->is_answer_stuck = stuck != 0;
    }
    bool is_fine = failure == NULL;
    g_clear_error(&failure);
    return is_fine;
}

/* --- what it says itself --- */

static bool says_other(const struct known *known, const struct calendar_event *event)
{
    return known->start_utc != event->start.utc || known->end_utc != event->end.utc || known->is_day != event->start.is_day ||
           g_strcmp0(text_or_empty(known->place), text_or_empty(event->place)) != 0 ||
           g_strcmp0(text_or_empty(known->title), text_or_empty(event->title)) != 0;
}

static void keep_before(const struct known *known, struct invitation_state *state)
{
    g_free(state->old_place);
    g_free(state->old_title);
    state->has_before = true;
    state->was_day = known->is_day;
    state->old_start_utc = known->start_utc;
    state->old_end_utc = known->end_utc;
    state->old_place = g_strdup(known->place);
    state->old_title = g_strdup(known->title);
}

static bool write_row(store *db, const char *key, const struct calendar_event *event, bool is_cancelled,
                      const struct invitation_state *state)
{
    return store_run(
        db, NULL,
        "INSERT INTO invitations(uid, occurrence, sequence, stamp_utc, organizer, is_cancelled, start_utc, end_utc, is_day, place,"
        " title, has_before, old_start_utc, old_end_utc, was_day, old_place, old_title)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(uid, occurrence) DO UPDATE SET sequence = excluded.sequence, stamp_utc = excluded.stamp_utc,"
        " organizer = excluded.organizer, is_cancelled = excluded.is_cancelled, start_utc = excluded.start_utc,"
        " end_utc = excluded.end_utc, is_day = excluded.is_day, place = excluded.place, title = excluded.title,"
        " has_before = excluded.has_before, old_start_utc = excluded.old_start_utc, old_end_utc = excluded.old_end_utc,"
        " was_day = excluded.was_day, old_place = excluded.old_place, old_title = excluded.old_title",
        TXT(event->uid), TXT(key), NUM(event->sequence), NUM(event->stamp_utc), TXT(organizer_of(event)), NUM(is_cancelled),
        NUM(event->start.utc), NUM(event->end.utc), NUM(event->start.is_day), TXT(text_or_empty(event->place)),
        TXT(text_or_empty(event->title)), NUM(state->has_before), NUM(state->old_start_utc), NUM(state->old_end_utc), NUM(state->was_day),
        TXT(text_or_empty(state->old_place)), TXT(text_or_empty(state->old_title)));
}

static int compare(const struct known *known, const struct calendar_event *event, bool is_cancel)
{
    if (event->sequence != known->sequence)
        return event->sequence > known->sequence ? 1 : -1;
    if (is_cancel != known->is_cancelled && (event->stamp_utc == 0 || known->stamp_utc == 0 || event->stamp_utc == known->stamp_utc))
        return is_cancel ? 1 : -1;
    if (event->stamp_utc == known->stamp_utc || event->stamp_utc == 0 || known->stamp_utc == 0)
        return 0;
    return event->stamp_utc > known->stamp_utc ? 1 : -1;
}

static bool is_of_stranger(const struct known *known, const struct calendar_event *event)
{
    return *text_or_empty(known->organizer) != '\0' && g_ascii_strcasecmp(known->organizer, organizer_of(event)) != 0;
}

static enum invitation_age age_of(const struct known *known, const struct calendar_event *event, bool is_cancel)
{
    int order = known->is_there ? compare(known, event, is_cancel) : 0;
    if (!known->is_there)
        return INVITATION_NEW;
    if (is_of_stranger(known, event))
        return INVITATION_STRANGE;
    return order > 0 ? INVITATION_UPDATE : order < 0 ? INVITATION_OLD : INVITATION_CURRENT;
}

/* Only these say how an event is; the others speak about one. */
static bool is_version(const calendar *from)
{
    return from->method == CALENDAR_REQUEST || from->method == CALENDAR_PUBLISH || from->method == CALENDAR_ADD ||
           from->method == CALENDAR_CANCEL;
}

bool invitation_meet(store *db, const calendar *from, const struct calendar_event *event, struct invitation_state *out)
{
    g_autofree char *key = occurrence_key(event);
    struct known known = { 0 };
    bool is_cancel = from->method == CALENDAR_CANCEL || event->is_cancelled;
    *out = (struct invitation_state){ 0 };
    if (*event->uid == '\0' || !known_read(db, event->uid, key, &known, out))
        return false;
    out->age = age_of(&known, event, is_cancel);
    out->is_cancelled = out->age == INVITATION_NEW || out->age == INVITATION_UPDATE ? is_cancel : known.is_cancelled;
    out->organizer = g_strdup(known.organizer);
    if (is_version(from) && out->age == INVITATION_UPDATE) {
        if (!is_cancel && !known.is_cancelled && says_other(&known, event))
            keep_before(&known, out);
        else
            out->has_before = false;
    }
    if (is_version(from) && (out->age == INVITATION_NEW || out->age == INVITATION_UPDATE))
        write_row(db, key, event, is_cancel, out);
    known_clear(&known);
    if (out->age == INVITATION_CURRENT && out->has_before)
        out->age = INVITATION_UPDATE;
    return true;
}

const struct calendar_event *invitation_due(store *db, const calendar *from)
{
    const struct calendar_event *first = calendar_main_event(from);
    bool has_more = calendar_head_count(from) > 1;
    for (guint i = 0; i < from->events->len && has_more; i++) {
        const struct calendar_event *each = g_ptr_array_index(from->events, i);
        g_auto(invitation_state) state = { 0 };
        bool is_head = calendar_head_event(from, each) == each;
        if (is_head && invitation_meet(db, from, each, &state) &&
            (state.answer == CALENDAR_NO_ANSWER || state.answered_sequence < each->sequence))
            return each;
    }
    return first;
}

bool invitation_note_answer(store *db, const struct calendar_event *event, enum calendar_answer answer, const char *reply_id,
                            GError **error)
{
    g_autofree char *key = occurrence_key(event);
    const struct invitation_state none = { 0 };
    int64_t found = 0;
    if (!store_number(db, &found, error, "SELECT count(*) FROM invitations WHERE uid = ? AND occurrence = ?", TXT(event->uid), TXT(key)))
        return false;
    if (found == 0 && !write_row(db, key, event, false, &none))
        return false;
    return store_run(db, error,
                     "UPDATE invitations SET answer = ?, answered_sequence = ?, reply_id = ?, answered_utc = unixepoch()"
                     " WHERE uid = ? AND occurrence = ?",
                     NUM(answer), NUM(event->sequence), TXT(reply_id), TXT(event->uid), TXT(key));
}

/* --- of others --- */

static void answer_free(gpointer data)
{
    struct invitation_answer *self = data;
    g_free(self->name);
    g_free(self->address);
    g_free(self);
}

bool invitation_note_reply(store *db, const struct calendar_event *event, const struct calendar_person *person, GError **error)
{
    g_autofree char *key = occurrence_key(event), *address = g_ascii_strdown(person->address, -1);
    return store_run(db, error,
                     "INSERT INTO invitation_replies(uid, occurrence, address, name, answer, stamp_utc) VALUES(?, ?, ?, ?, ?, ?)"
                     " ON CONFLICT(uid, occurrence, address) DO UPDATE SET answer = excluded.answer, stamp_utc = excluded.stamp_utc,"
                     " name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END WHERE excluded.stamp_utc >= stamp_utc",
                     TXT(event->uid), TXT(key), TXT(address), TXT(text_or_empty(person->name)), NUM(person->answer), NUM(event->stamp_utc));
}

GPtrArray *invitation_answers(store *db, const struct calendar_event *event, GError **error)
{
    g_autofree char *key = occurrence_key(event);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(answer_free);
    GError *failure = NULL;
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT name, address, answer FROM invitation_replies WHERE uid = ? AND occurrence = ? ORDER BY name, address",
        TXT(event->uid), TXT(key));
    while (row != NULL && store_step(db, row, &failure)) {
        struct invitation_answer *each = g_new0(struct invitation_answer, 1);
        int answer = sqlite3_column_int(row, 2);
        *each =
            (struct invitation_answer){ store_column_dup(row, 0), store_column_dup(row, 1),
                                        answer > 0 && answer <= CALENDAR_DELEGATED ? (enum calendar_answer)answer : CALENDAR_NO_ANSWER };
        g_ptr_array_add(found, each);
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return row != NULL && failure == NULL ? g_steal_pointer(&found) : NULL;
}
