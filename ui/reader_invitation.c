/* SPDX-License-Identifier: MIT */
/* See reader_invitation.h. The person's calendar files are read on the loader's thread. */
#include "ui/reader_invitation.h"
#include "core/calendar_agenda.h"
#include "core/invitation.h"
#include "ui/app_private.h"
#include "ui/invitation_save.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct reader_invitation {
    app *ui;
    calendar *calendar;
    const struct calendar_event *event; /* what it is about */
    struct invitation_state state;
    struct invitation_self self;
    agenda *agenda;     /* NULL: not looked up (yet) */
    int64_t agenda_job; /* 0: none */
    bool has_state;
    char *forger; /* who sent an answer in somebody else's name; NULL */
    GPtrArray *rows;
};

/* --- rows --- */

static void row_free(gpointer data)
{
    struct invitation_row *row = data;
    g_free(row->words);
    g_free(row);
}

static struct invitation_row *add(reader_invitation *self, enum theme_style style, char *words /* taken */)
{
    struct invitation_row *row = g_new0(struct invitation_row, 1);
    *row = (struct invitation_row){ style, words, false };
    g_ptr_array_add(self->rows, row);
    return row;
}

/* What the version before said, where it was something else. */
static void add_changes(reader_invitation *self)
{
    const struct invitation_state *state = &self->state;
    const struct calendar_event *event = self->event;
    bool is_moved =
        state->old_start_utc != event->start.utc || state->old_end_utc != event->end.utc || state->was_day != event->start.is_day;
    if (is_moved && state->old_start_utc != 0) {
        g_autofree char *when = calendar_range_words(state->old_start_utc, state->old_end_utc, state->was_day);
        add(self, THEME_WARNING, g_strdup_printf(_("The time has changed; it was %s."), when));
    }
    g_autofree char *old_place = calendar_clean(state->old_place), *place = calendar_clean(event->place);
    if (strcmp(old_place, place) != 0)
        add(self, THEME_WARNING,
            *old_place != '\0' ? g_strdup_printf(_("The place has changed; it was %s."), old_place) : g_strdup(_("The place is new.")));
    g_autofree char *old_title = calendar_clean(state->old_title), *title = calendar_clean(event->title);
    if (strcmp(old_title, title) != 0)
        add(self, THEME_WARNING, g_strdup_printf(_("The title has changed; it was “%s”."), old_title));
}

static const char *cancelled_words(const struct calendar_event *event)
{
    if (!event->which.is_set)
        return _("This was cancelled. Nothing needs to be answered.");
    return event->is_only_this ? _("This one meeting was cancelled; the others of the series stay.")
                               : _("This meeting and all behind it were cancelled; those before it stay.");
}

static void add_age(reader_invitation *self)
{
    const struct invitation_state *state = &self->state;
    bool is_request = self->calendar->method == CALENDAR_REQUEST || self->calendar->method == CALENDAR_PUBLISH;
    if (!self->has_state)
        return;
    if (state->age == INVITATION_STRANGE)
        add(self, THEME_ERROR,
            g_strdup_printf(_("Take care: this event is organized by %s, and this message names somebody else."), state->organizer));
    else if (self->calendar->method == CALENDAR_CANCEL || self->event->is_cancelled || state->is_cancelled)
        add(self, THEME_WARNING, g_strdup(cancelled_words(self->event)));
    else if (is_request && state->age == INVITATION_OLD)
        add(self, THEME_WARNING, g_strdup(_("This is an older version: a newer one has come, and that one counts.")));
    else if (is_request && (state->age == INVITATION_UPDATE || self->event->sequence > 0))
        add(self, THEME_FIELD_VALUE, g_strdup(_("This is an update of an invitation that was sent before.")));
    if (is_request && state->age == INVITATION_UPDATE && state->has_before)
        add_changes(self);
}

static bool can_answer(const reader_invitation *self)
{
    bool is_asked = self->calendar->method == CALENDAR_REQUEST || self->calendar->method == CALENDAR_ADD;
    return is_asked && self->state.age != INVITATION_STRANGE && self->state.age != INVITATION_OLD && !self->state.is_cancelled &&
           !self->event->is_cancelled && self->self.role != INVITATION_ORGANIZER && *self->event->uid != '\0' &&
           self->event->organizer != NULL;
}

static const char *answered_words(enum calendar_answer answer)
{
    static const char *const words[] = {
        [CALENDAR_NO_ANSWER] = N_("You have not answered yet."), [CALENDAR_ACCEPTED] = N_("You accepted."),
        [CALENDAR_TENTATIVE] = N_("You answered: maybe."),       [CALENDAR_DECLINED] = N_("You declined."),
        [CALENDAR_DELEGATED] = N_("You sent somebody else."),
    };
    return _(words[answer]);
}

static const char *had_answered_words(enum calendar_answer answer)
{
    static const char *const words[] = {
        [CALENDAR_NO_ANSWER] = "",
        [CALENDAR_ACCEPTED] = N_("You accepted the version before this one."),
        [CALENDAR_TENTATIVE] = N_("You answered the version before this one: maybe."),
        [CALENDAR_DECLINED] = N_("You declined the version before this one."),
        [CALENDAR_DELEGATED] = N_("You sent somebody else to the version before this one."),
    };
    return _(words[answer]);
}

/* Somebody else was invited, and passed it on to the reader. */
static void add_delegator(reader_invitation *self)
{
    const struct calendar_person *person = self->self.person,
                                 *sender = person != NULL ? calendar_find_person(self->event, person->delegated_from) : NULL;
    if (person == NULL || person->delegated_from == NULL)
        return;
    g_autofree char *name = sender != NULL ? calendar_person_words(sender) : calendar_clean(person->delegated_from);
    add(self, THEME_FIELD_VALUE, g_strdup_printf(_("%s sends you in their place, and hears of your answer too."), name));
}

static void add_answer(reader_invitation *self)
{
    const struct invitation_state *state = &self->state;
    const struct calendar_person *person = self->self.person;
    if (self->self.role == INVITATION_ORGANIZER && self->calendar->method == CALENDAR_REQUEST)
        add(self, THEME_FIELD_VALUE, g_strdup(_("You are the organizer.")));
    if (!can_answer(self))
        return;
    add_delegator(self);
    if (state->answer != CALENDAR_NO_ANSWER && state->is_answer_stuck)
        add(self, THEME_ERROR, g_strdup(_("Your answer could not be sent; the outbox says why.")));
    else if (state->answer != CALENDAR_NO_ANSWER && state->answered_sequence < self->event->sequence)
        add(self, THEME_WARNING, g_strdup(had_answered_words(state->answer)));
    else if (state->answer != CALENDAR_NO_ANSWER)
        add(self, THEME_OK, g_strdup(answered_words(state->answer)));
    else if (self->self.role == INVITATION_UNLISTED)
        add(self, THEME_WARNING, g_strdup(_("You are not among the people it invites.")));
    else if (person->answer != CALENDAR_NO_ANSWER)
        add(self, THEME_OK, g_strdup(answered_words(person->answer)));
    else
        add(self, THEME_FIELD_VALUE, g_strdup(person->wants_no_answer ? _("No answer is asked for.") : answered_words(CALENDAR_NO_ANSWER)));
}

static void add_agenda(reader_invitation *self)
{
    const char *saved = invitation_saved_words(self->ui, self->event->uid);
    if (saved != NULL)
        add(self, THEME_OK, g_strdup(saved));
    if (self->agenda_job != 0)
        add(self, THEME_PROGRESS, g_strdup(_("Your calendar is being looked at…")));
    if (self->agenda == NULL)
        return;
    for (guint i = 0; i < self->agenda->entries->len; i++) {
        const struct agenda_entry *entry = g_ptr_array_index(self->agenda->entries, i);
        g_autofree char *when = calendar_range_words(entry->start_utc, entry->end_utc, entry->is_day);
        add(self, THEME_WARNING,
            g_strdup_printf(_("At the same time: %s, %s"),
                            entry->title != NULL && *entry->title != '\0' ? entry->title : _("(without a title)"), when));
    }
    if (self->agenda->more > 0)
        add(self, THEME_WARNING,
            g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "… and %d more at the same time", "… and %d more at the same time",
                                        (gulong)self->agenda->more),
                            self->agenda->more));
    if (self->agenda->has_event && saved == NULL)
        add(self, THEME_OK, g_strdup(_("It is in your calendar.")));
    if (self->agenda->is_missing)
        add(self, THEME_DIM, g_strdup(_("Your calendar file does not exist yet.")));
    if (self->agenda->entries->len == 0 && self->agenda->why == NULL && !self->agenda->is_missing)
        add(self, THEME_OK, g_strdup(_("Your calendar is free at that time.")));
    if (self->agenda->why != NULL)
        add(self, THEME_WARNING, g_strdup_printf(_("Your calendar cannot be read: %s"), self->agenda->why));
}

static void add_hint(reader_invitation *self)
{
    const char *bound = keymap_key_for(self->ui, command_find("invitation"), CONTEXT_READER), *key = *bound != '\0' ? bound : ":invitation";
    if (can_answer(self) && calendar_head_count(self->calendar) > 1)
        add(self, THEME_FIELD_VALUE,
            g_strdup_printf(_("There are several invitations here, each answered by itself: %s asks about one after the other."), key));
    if (can_answer(self))
        add(self, THEME_HINT_KEY, g_strdup_printf(_("%s answers: accept, maybe or decline"), key))->answers = true;
}

/* --- what the others said, for the organizer --- */

enum { NAMES_SHOWN = 8 };

static void add_names(reader_invitation *self, const GPtrArray *answers, enum calendar_answer wanted, const char *form)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < answers->len; i++) {
        const struct invitation_answer *each = g_ptr_array_index(answers, i);
        g_autofree char *name = calendar_clean(each->name != NULL && *each->name != '\0' ? each->name : each->address);
        if (each->answer != wanted)
            continue;
        if (count++ < NAMES_SHOWN)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
    if (count == 0)
        return;
    if (count > NAMES_SHOWN)
        g_string_append_printf(names, g_dngettext(GETTEXT_PACKAGE, " … and %u more", " … and %u more", count - NAMES_SHOWN),
                               count - NAMES_SHOWN);
    g_autoptr(GString) words = g_string_new(form);
    g_string_replace(words, "%s", names->str, 1);
    add(self, wanted == CALENDAR_ACCEPTED ? THEME_OK : THEME_FIELD_VALUE, g_strdup_printf("%s (%u)", words->str, count));
}

static void add_answers(reader_invitation *self)
{
    bool is_mine = self->self.role == INVITATION_ORGANIZER && *self->event->uid != '\0';
    g_autoptr(GPtrArray) answers = is_mine ? invitation_answers(app_store(self->ui), self->event, NULL) : NULL;
    if (self->forger != NULL)
        add(self, THEME_WARNING, g_strdup_printf(_("%s sent this answer, not who it speaks of. It is not counted."), self->forger));
    if (answers == NULL)
        return;
    add_names(self, answers, CALENDAR_ACCEPTED, _("Accepted: %s"));
    add_names(self, answers, CALENDAR_TENTATIVE, _("Maybe: %s"));
    add_names(self, answers, CALENDAR_DECLINED, _("Declined: %s"));
    add_names(self, answers, CALENDAR_DELEGATED, _("Somebody else comes for: %s"));
}

/* Only what comes from the one it speaks of, or from who writes for them. */
static void note_replies(reader_invitation *self, const message *letter)
{
    bool is_answer = self->calendar->method == CALENDAR_REPLY || self->calendar->method == CALENDAR_COUNTER;
    g_autoptr(GPtrArray) senders = message_addresses(letter, "From");
    const struct message_address *from = senders != NULL && senders->len == 1 ? g_ptr_array_index(senders, 0) : NULL;
    if (!is_answer || self->self.role != INVITATION_ORGANIZER || *self->event->uid == '\0')
        return;
    for (guint i = 0; i < self->event->people->len; i++) {
        const struct calendar_person *each = g_ptr_array_index(self->event->people, i);
        if (from != NULL && from->address != NULL && calendar_person_is(each, from->address)) {
            invitation_note_reply(app_store(self->ui), self->event, each, NULL);
            return;
        }
    }
    self->forger = calendar_clean(from != NULL && from->address != NULL ? from->address : "?");
}

static void rows_make(reader_invitation *self)
{
    g_ptr_array_set_size(self->rows, 0);
    add_age(self);
    add_answer(self);
    add_answers(self);
    add_agenda(self);
    add_hint(self);
}

const GPtrArray *reader_invitation_rows(const reader_invitation *self)
{
    return self->rows;
}

/* --- the calendar --- */

struct agenda_job {
    char *path;
    calendar *calendar; /* its own: libical goes through a calendar on one thread at a time */
    guint event;        /* in it */
    agenda *found;
};

static void agenda_work(store *db, void *data)
{
    struct agenda_job *self = data;
    (void)db;
    self->found =
        agenda_read(self->path, self->calendar, g_ptr_array_index(self->calendar->events, self->event), g_get_real_time() / G_USEC_PER_SEC);
}

static void agenda_job_free(void *data)
{
    struct agenda_job *self = data;
    g_free(self->path);
    calendar_free(self->calendar);
    g_clear_pointer(&self->found, agenda_free);
    g_free(self);
}

static void agenda_begin(reader_invitation *self, const message *letter)
{
    const char *path = app_settings(self->ui)->calendar, *missing = NULL;
    if (path == NULL || *path == '\0' || !self->event->start.is_set || !can_answer(self))
        return;
    struct agenda_job *job = g_new0(struct agenda_job, 1);
    job->path = g_strdup(path);
    job->calendar = message_calendar(letter, &missing); /* the same once more */
    g_ptr_array_find(self->calendar->events, self->event, &job->event);
    self->agenda_job = query_run(app_loader(self->ui), agenda_work, job, agenda_job_free);
}

/* --- its life --- */

bool reader_invitation_self(app *ui, const calendar *from, const message *letter, int64_t account_id,
                            const struct calendar_event **event_out, const struct account **account_out, struct invitation_self *self_out)
{
    const struct account *home = app_account(ui, account_id);
    const struct calendar_event *event = invitation_due(app_store(ui), from);
    if (home == NULL)
        return false;
    *event_out = event;
    *account_out = home;
    invitation_self_find(event, home, letter, self_out);
    for (guint i = 0; i < ui->accounts->len && self_out->role == INVITATION_UNLISTED; i++) {
        const struct account *each = g_ptr_array_index(ui->accounts, i);
        struct invitation_self other = { 0 };
        invitation_self_find(event, each, letter, &other);
        if (other.role == INVITATION_UNLISTED) {
            invitation_self_clear(&other);
            continue;
        }
        invitation_self_clear(self_out);
        *self_out = other;
        *account_out = each;
    }
    return true;
}

static void state_read(reader_invitation *self)
{
    invitation_state_clear(&self->state);
    self->has_state = invitation_meet(app_store(self->ui), self->calendar, self->event, &self->state);
}

static bool may_follow(const reader_invitation *self)
{
    bool is_version = self->calendar->method == CALENDAR_REQUEST || self->calendar->method == CALENDAR_CANCEL;
    return is_version && self->has_state && self->state.age != INVITATION_STRANGE && self->state.age != INVITATION_OLD &&
           self->self.role != INVITATION_ORGANIZER;
}

static void follow(reader_invitation *self, const message *letter)
{
    for (guint i = 0; i < self->calendar->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(self->calendar->events, i);
        if (calendar_head_event(self->calendar, each) == each)
            invitation_save_follow(self->ui, letter, each);
    }
}

reader_invitation *reader_invitation_new(app *ui, const message *letter, const struct placement *row, const char **missing_out)
{
    calendar *found = message_calendar(letter, missing_out);
    const struct account *account = NULL;
    if (found == NULL)
        return NULL;
    reader_invitation *self = g_new0(reader_invitation, 1);
    self->ui = ui;
    self->calendar = found;
    self->event = calendar_main_event(found);
    self->rows = g_ptr_array_new_with_free_func(row_free);
    reader_invitation_self(ui, found, letter, row->account_id, &self->event, &account, &self->self);
    state_read(self);
    note_replies(self, letter);
    agenda_begin(self, letter);
    if (may_follow(self))
        follow(self, letter);
    rows_make(self);
    return self;
}

void reader_invitation_free(reader_invitation *self)
{
    if (self == NULL)
        return;
    if (self->agenda_job != 0)
        query_cancel(app_loader(self->ui), self->agenda_job);
    invitation_state_clear(&self->state);
    invitation_self_clear(&self->self);
    g_clear_pointer(&self->agenda, agenda_free);
    calendar_free(self->calendar);
    g_free(self->forger);
    g_ptr_array_unref(self->rows);
    g_free(self);
}

bool reader_invitation_event(reader_invitation *self, const struct event *news)
{
    struct agenda_job *job = self->agenda_job != 0 && news->type == EVENT_QUERY_DONE && news->item == self->agenda_job
                                 ? query_take(app_loader(self->ui), news->item)
                                 : NULL;
    if (job != NULL) {
        self->agenda_job = 0;
        self->agenda = g_steal_pointer(&job->found);
        agenda_job_free(job);
    } else if (news->type == EVENT_OUTBOX_CHANGED || news->type == EVENT_INVITATION_CHANGED) {
        state_read(self);
    } else {
        return false;
    }
    rows_make(self);
    return true;
}
