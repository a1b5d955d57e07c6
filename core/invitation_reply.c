/* SPDX-License-Identifier: MIT */
/* See invitation_reply.h. */
#include "core/invitation_reply.h"
#include "config/identity.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void invitation_self_clear(struct invitation_self *self)
{
    g_free(self->address);
    g_free(self->name);
    *self = (struct invitation_self){ 0 };
}

/* --- who --- */

static bool is_alias(const char *alias, const char *address)
{
    const char *open = strchr(alias, '<');
    g_autofree char *own = open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strstrip(g_strdup(alias));
    return g_ascii_strcasecmp(own, address) == 0;
}

/* Written down as it is; not by a pattern, nor by what stands behind a plus. */
static bool is_exactly(const struct account *account, const char *address)
{
    bool is_own = account->from_address != NULL && g_ascii_strcasecmp(account->from_address, address) == 0;
    for (char **alias = account->aliases; !is_own && alias != NULL && *alias != NULL; alias++)
        is_own = is_alias(*alias, address);
    return is_own;
}

static bool is_written_to(const message *letter, const char *address)
{
    static const char *const fields[] = { "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields) && letter != NULL; i++) {
        g_autoptr(GPtrArray) people = message_addresses(letter, fields[i]);
        for (guint k = 0; people != NULL && k < people->len; k++) {
            const struct message_address *each = g_ptr_array_index(people, k);
            if (each->address != NULL && g_ascii_strcasecmp(each->address, address) == 0)
                return true;
        }
    }
    return false;
}

/* Apple's calendars name people by mailboxes of their own, and say beside who that is. NULL: it is somebody else. */
static const char *own_address(const struct calendar_person *person, const struct account *account)
{
    if (account_owns(account, person->address))
        return person->address;
    return person->email != NULL && account_owns(account, person->email) ? person->email : NULL;
}

/* The one who fits best: 3 is written down, 2 is a pattern and in the letter's head, 1 is a pattern. */
static const struct calendar_person *find_invited(const struct calendar_event *event, const struct account *account, const message *letter)
{
    const struct calendar_person *best = NULL;
    int best_rank = 0, count = 0;
    for (guint i = 0; i < event->people->len; i++) {
        const struct calendar_person *each = g_ptr_array_index(event->people, i);
        const char *own = own_address(each, account);
        if (each->is_thing || own == NULL)
            continue;
        int rank = is_exactly(account, own) ? 3 : is_written_to(letter, own) ? 2 : 1;
        count = rank > best_rank ? 1 : count + (rank == best_rank);
        if (rank > best_rank)
            best = each;
        best_rank = MAX(rank, best_rank);
    }
    return best_rank == 1 && count > 1 ? NULL : best; /* several fit a pattern, and nothing says which is the person */
}

void invitation_self_find(const struct calendar_event *event, const struct account *account, const message *letter,
                          struct invitation_self *out)
{
    *out = (struct invitation_self){ 0 };
    const struct calendar_person *invited = find_invited(event, account, letter);
    const char *organizer = event->organizer != NULL ? own_address(event->organizer, account) : NULL;
    bool is_organizer = organizer != NULL && (is_exactly(account, organizer) ||
                                              (invited != NULL && g_ascii_strcasecmp(invited->address, event->organizer->address) == 0));
    out->role = is_organizer ? INVITATION_ORGANIZER : invited != NULL ? INVITATION_INVITED : INVITATION_UNLISTED;
    out->person = is_organizer ? event->organizer : invited;
    out->address = g_strdup(out->person != NULL ? own_address(out->person, account) : account->from_address);
    g_autofree char *own = account_own_name(account, out->address);
    const char *listed = out->person != NULL ? out->person->name : NULL;
    out->name = own != NULL && *own != '\0' ? g_steal_pointer(&own) : g_strdup(listed);
}

/* --- the letter --- */

static char *subject_of(const struct invitation_said *said, const char *title)
{
    if (said->start_utc != 0)
        return g_strdup_printf(_("Another time proposed: %s"), title);
    switch (said->answer) {
    case CALENDAR_ACCEPTED:
        return g_strdup_printf(_("Accepted: %s"), title);
    case CALENDAR_TENTATIVE:
        return g_strdup_printf(_("Maybe: %s"), title);
    case CALENDAR_DELEGATED:
        return g_strdup_printf(_("Somebody else comes: %s"), title);
    default:
        return g_strdup_printf(_("Declined: %s"), title);
    }
}

/* Whose clock it is, for somebody elsewhere: " (+01:00)". */
static char *here_words(int64_t utc)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(utc);
    return when != NULL ? g_date_time_format(when, " (%:z)") : g_strdup("");
}

static void append_field(GString *body, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    g_string_append_c(body, '\n');
    g_string_append_printf(body, _("%s: %s"), name, value);
}

static void append_when(GString *body, const struct calendar_event *event)
{
    g_autofree char *there = calendar_elsewhere_words(event), *here = there == NULL ? calendar_when_words(event) : NULL;
    append_field(body, _("When"), there != NULL ? there : here);
}

static char *body_of(const struct calendar_event *event, const char *subject, const struct invitation_said *said)
{
    GString *body = g_string_new(subject);
    append_when(body, event);
    if (said->delegate != NULL) {
        g_autofree char *delegate = compose_mailbox(said->delegate_name, said->delegate);
        append_field(body, _("Comes instead"), delegate);
    }
    if (said->start_utc != 0) {
        int64_t length = event->end.is_set ? MAX(event->end.utc - event->start.utc, 0) : 0;
        g_autofree char *proposed = calendar_range_words(said->start_utc, length > 0 ? said->start_utc + length : 0, event->start.is_day);
        g_autofree char *zone = here_words(said->start_utc);
        g_string_append_printf(body, "\n%s: %s%s", _("Proposed"), proposed, event->start.is_day ? "" : zone);
    }
    if (said->comment != NULL && *said->comment != '\0')
        g_string_append_printf(body, "\n\n%s", said->comment);
    g_string_append_c(body, '\n');
    return g_string_free(body, FALSE);
}

static void set(char **field, char *value /* taken */)
{
    g_free(*field);
    *field = value;
}

static void name_original(struct draft *draft, const message *letter)
{
    struct message_info info = { 0 };
    message_info(letter, &info);
    if (info.message_id == NULL)
        return;
    set(&draft->in_reply_to, g_strdup(info.message_id));
    set(&draft->references, info.references != NULL && *info.references != '\0' ? g_strdup_printf("%s %s", info.references, info.message_id)
                                                                                : g_strdup(info.message_id));
    draft->reply_to_id = g_strdup(info.message_id);
}

bool invitation_takes_proposals(const struct calendar_event *event)
{
    return event->start.is_set && !event->refuses_counter && !event->is_task && (!event->has_rule || event->occurrence != NULL);
}

/* In the words of core/calendar_reply. */
static struct calendar_response response_of(const struct invitation_self *self, const struct invitation_said *said)
{
    return (struct calendar_response){ .name = self->name,
                                       .address = self->person != NULL ? self->person->address : self->address,
                                       .answer = said->answer,
                                       .comment = said->comment,
                                       .delegated_from = self->person != NULL ? self->person->delegated_from : NULL,
                                       .delegated_to = said->delegate,
                                       .delegate_name = said->delegate_name,
                                       .start_utc = said->start_utc };
}

static char *title_of(const struct calendar_event *event)
{
    g_autofree char *title = event->title != NULL ? calendar_clean(event->title) : NULL;
    return title != NULL && *title != '\0' ? g_steal_pointer(&title) : g_strdup(_("(without a title)"));
}

struct draft *invitation_reply(const calendar *from, const struct calendar_event *event, const struct account *account,
                               const struct invitation_self *self, const message *letter, const struct invitation_said *said,
                               GError **error)
{
    if (event->organizer == NULL || strchr(event->organizer->address, '@') == NULL || *event->uid == '\0') {
        g_set_error_literal(error, COMPOSE_ERROR, COMPOSE_ERROR_TO,
                            _("This invitation does not say who is to be answered. Write to its sender instead."));
        return NULL;
    }
    struct draft *draft = draft_new(account);
    g_autofree char *title = title_of(event);
    set(&draft->from, compose_mailbox(self->name, self->address));
    set(&draft->to, compose_mailbox(event->organizer->name, event->organizer->address));
    set(&draft->subject, subject_of(said, title));
    set(&draft->body, body_of(event, draft->subject, said));
    name_original(draft, letter);
    if (self->person != NULL && self->person->delegated_from != NULL) /* RFC 5546, 3.2.2.3: who passed it on hears of it too */
        set(&draft->cc, compose_mailbox(NULL, self->person->delegated_from));
    const struct calendar_response response = response_of(self, said);
    draft->calendar = calendar_reply(from, event, &response);
    draft->reply_flag = MESSAGE_ANSWERED;
    return draft;
}

/* --- somebody else comes --- */

char *invitation_why_no_delegate(const struct calendar_event *event, const struct invitation_self *self, const char *address)
{
    if (g_ascii_strcasecmp(address, self->address) == 0)
        return g_strdup(_("That is your own address."));
    if (event->organizer != NULL && calendar_person_is(event->organizer, address))
        return g_strdup_printf(_("%s is who invites."), address);
    for (guint i = 0; i < event->people->len; i++)
        if (calendar_person_is(g_ptr_array_index(event->people, i), address))
            return g_strdup_printf(_("%s is invited already."), address);
    return NULL;
}

struct draft *invitation_pass_on(const calendar *from, const struct calendar_event *event, const struct account *account,
                                 const struct invitation_self *self, const struct invitation_said *said)
{
    struct draft *draft = draft_new(account);
    const struct calendar_response response = response_of(self, said);
    g_autofree char *title = title_of(event), *place = event->place != NULL ? calendar_clean(event->place) : NULL,
                    *organizer = calendar_person_words(event->organizer);
    g_autoptr(GString) body = g_string_new(NULL);
    g_string_printf(body, _("%s is invited and sends you instead: %s"),
                    self->name != NULL && *self->name != '\0' ? self->name : self->address, title);
    append_when(body, event);
    append_field(body, _("Where"), place);
    append_field(body, _("Organizer"), organizer);
    if (event->notes != NULL && *event->notes != '\0')
        g_string_append_printf(body, "\n\n%s", event->notes);
    g_string_append_c(body, '\n');
    set(&draft->from, compose_mailbox(self->name, self->address));
    set(&draft->to, compose_mailbox(said->delegate_name, said->delegate));
    set(&draft->subject, g_strdup_printf(_("Invitation: %s"), title));
    set(&draft->body, g_strdup(body->str));
    draft->calendar = calendar_pass_on(from, event, &response);
    return draft;
}
