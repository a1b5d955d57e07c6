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

/* The one who fits best: 3 is written down, 2 is a pattern and in the letter's head, 1 is a pattern. */
static const struct calendar_person *find_invited(const struct calendar_event *event, const struct account *account, const message *letter)
{
    const struct calendar_person *best = NULL;
    int best_rank = 0, count = 0;
    for (guint i = 0; i < event->people->len; i++) {
        const struct calendar_person *each = g_ptr_array_index(event->people, i);
        if (each->is_thing || !account_owns(account, each->address))
            continue;
        int rank = is_exactly(account, each->address) ? 3 : is_written_to(letter, each->address) ? 2 : 1;
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
    const char *organizer = event->organizer != NULL ? event->organizer->address : NULL;
    bool is_organizer = organizer != NULL && account_owns(account, organizer) &&
                        (is_exactly(account, organizer) || (invited != NULL && g_ascii_strcasecmp(invited->address, organizer) == 0));
    out->role = is_organizer ? INVITATION_ORGANIZER : invited != NULL ? INVITATION_INVITED : INVITATION_UNLISTED;
    out->person = is_organizer ? event->organizer : invited;
    out->address = g_strdup(out->person != NULL ? out->person->address : account->from_address);
    g_autofree char *own = account_own_name(account, out->address);
    const char *listed = out->person != NULL ? out->person->name : NULL;
    out->name = own != NULL && *own != '\0' ? g_steal_pointer(&own) : g_strdup(listed);
}

/* --- the letter --- */

static char *subject_of(enum calendar_answer answer, const char *title)
{
    switch (answer) {
    case CALENDAR_ACCEPTED:
        return g_strdup_printf(_("Accepted: %s"), title);
    case CALENDAR_TENTATIVE:
        return g_strdup_printf(_("Maybe: %s"), title);
    default:
        return g_strdup_printf(_("Declined: %s"), title);
    }
}

static char *body_of(const struct calendar_event *event, const char *subject, const char *comment)
{
    g_autofree char *there = calendar_elsewhere_words(event), *here = there == NULL ? calendar_when_words(event) : NULL;
    const char *when = there != NULL ? there : here;
    GString *body = g_string_new(subject);
    if (when != NULL)
        g_string_append_printf(body, "\n%s: %s", _("When"), when);
    if (comment != NULL && *comment != '\0')
        g_string_append_printf(body, "\n\n%s", comment);
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

struct draft *invitation_reply(const calendar *from, const struct calendar_event *event, const struct account *account,
                               const struct invitation_self *self, const message *letter, enum calendar_answer answer, const char *comment,
                               GError **error)
{
    if (event->organizer == NULL || strchr(event->organizer->address, '@') == NULL || *event->uid == '\0') {
        g_set_error_literal(error, COMPOSE_ERROR, COMPOSE_ERROR_TO,
                            _("This invitation does not say who is to be answered. Write to its sender instead."));
        return NULL;
    }
    struct draft *draft = draft_new(account);
    g_autofree char *title = event->title != NULL ? calendar_clean(event->title) : NULL;
    set(&draft->from, compose_mailbox(self->name, self->address));
    set(&draft->to, compose_mailbox(event->organizer->name, event->organizer->address));
    set(&draft->subject, subject_of(answer, title != NULL && *title != '\0' ? title : _("(without a title)")));
    set(&draft->body, body_of(event, draft->subject, comment));
    name_original(draft, letter);
    draft->calendar = calendar_reply(from, event, self->name, self->address, answer, comment);
    draft->reply_flag = MESSAGE_ANSWERED;
    return draft;
}
