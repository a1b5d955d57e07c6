/* SPDX-License-Identifier: MIT */
/* An invitation as a short card: what, when in our own time, where, who. What it means for its reader (answers, conflicts) is shown by ui/, which knows
 * who that is. */
#include "core/calendar.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CALENDAR_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define NOTES_MAX          1200
#define PEOPLE_SHOWN       6u
#define EVENTS_SHOWN       5u

/* --- the part --- */

static bool is_calendar_part(const struct message_part *part)
{
    size_t length = part->filename != NULL ? strlen(part->filename) : 0;
    bool is_file = length > 4 && g_ascii_strcasecmp(part->filename + length - 4, ".ics") == 0;
    return strcmp(part->type, "text/calendar") == 0 || strcmp(part->type, "application/ics") == 0 ||
           (is_file && (g_str_has_prefix(part->type, "application/") || g_str_has_prefix(part->type, "text/")));
}

bool message_object_is_calendar(const char *type, const char *filename)
{
    struct message_part part = { .type = (char *)type, .filename = (char *)filename };
    return is_calendar_part(&part);
}

calendar *message_object_calendar(GMimeObject *object)
{
    size_t size = 0, length = 0;
    GMimeContentType *type = g_mime_object_get_content_type(object);
    const char *label = type != NULL ? g_mime_content_type_get_parameter(type, "charset") : NULL;
    const char *method = type != NULL ? g_mime_content_type_get_parameter(type, "method") : NULL;
    g_autofree char *bytes = message_object_bytes(object, &size);
    g_autofree char *utf8 = message_utf8(bytes, MIN(size, CALENDAR_BYTES_MAX), label != NULL ? label : "utf-8", &length);
    return calendar_parse(utf8, length, method);
}

/* The first that is a letter: the same often comes twice, as an alternative and as a file. */
calendar *message_calendar(const message *self, const char **missing_out)
{
    g_autoptr(calendar) file = NULL;
    *missing_out = NULL;
    for (guint i = 0; i < self->objects->len; i++) {
        const struct message_part *part = g_ptr_array_index(self->parts, i);
        if (!is_calendar_part(part))
            continue;
        if (!part->is_here) {
            *missing_out = *missing_out != NULL ? *missing_out : part->section;
            continue;
        }
        g_autoptr(calendar) found = message_object_calendar(g_ptr_array_index(self->objects, i));
        if (found != NULL && found->method != CALENDAR_NO_METHOD)
            return g_steal_pointer(&found);
        if (file == NULL)
            file = g_steal_pointer(&found);
    }
    return g_steal_pointer(&file);
}

/* --- the card --- */

static const char *title_of(const calendar *self, const struct calendar_event *event)
{
    static const char *const titles[] = {
        [CALENDAR_NO_METHOD] = N_("Event"),
        [CALENDAR_PUBLISH] = N_("Event"),
        [CALENDAR_REQUEST] = N_("Invitation"),
        [CALENDAR_REPLY] = N_("Answer to an invitation"),
        [CALENDAR_ADD] = N_("Added to a series"),
        [CALENDAR_CANCEL] = N_("Cancelled"),
        [CALENDAR_REFRESH] = N_("Asks for the invitation again"),
        [CALENDAR_COUNTER] = N_("Another time is proposed"),
        [CALENDAR_DECLINECOUNTER] = N_("The proposed time is not taken"),
    };
    if (event->is_cancelled && self->method != CALENDAR_REPLY)
        return _("Cancelled");
    return event->is_task && self->method <= CALENDAR_PUBLISH ? _("Task") : _(titles[self->method]);
}

/* "Name: value", whose links are links. */
static void field_show(struct text *text, const char *name, const char *value)
{
    g_autofree char *words = value != NULL && *value != '\0' ? g_strdup_printf(_("%s: %s"), name, value) : NULL;
    struct text *field = words != NULL ? text_from_plain(words, false, false) : NULL;
    if (field == NULL)
        return;
    struct text_line *line = field->lines->len > 0 ? g_ptr_array_index(field->lines, 0) : NULL;
    struct text_span label = { .length = strlen(words) - strlen(value), .style = SPAN_DIM, .link = -1 };
    if (line != NULL) {
        line->indent = 2;
        if (line->spans->len == 0 || g_array_index(line->spans, struct text_span, 0).start >= label.length)
            g_array_prepend_val(line->spans, label);
    }
    text_append(text, field);
}

static void clean_show(struct text *text, const char *name, const char *value)
{
    g_autofree char *clean = value != NULL ? calendar_clean(value) : NULL;
    field_show(text, name, clean);
}

/* Whom they send, or in whose place they come; NULL: neither. Caller frees. */
static char *delegation_words(const struct calendar_person *person)
{
    const char *other = person->delegated_to != NULL ? person->delegated_to : person->delegated_from;
    g_autofree char *clean = other != NULL ? calendar_clean(other) : NULL;
    if (clean == NULL)
        return NULL;
    return g_strdup_printf(person->delegated_to != NULL ? _("sends %s") : _("in place of %s"), clean);
}

/* "Ada Lovelace (accepted), Bob, room 3 and 12 more" */
static void people_show(struct text *text, const struct calendar_event *event, guint shown)
{
    g_autoptr(GString) words = g_string_new(NULL);
    guint count = MIN(event->people->len, shown), more = event->people->len - count + (guint)event->more_people;
    for (guint i = 0; i < count; i++) {
        const struct calendar_person *each = g_ptr_array_index(event->people, i);
        g_autofree char *person = calendar_person_words(each);
        g_string_append_printf(words, "%s%s", i > 0 ? ", " : "", person);
        g_autofree char *about = delegation_words(each);
        if (about != NULL)
            g_string_append_printf(words, " (%s)", about);
        if (each->answer == CALENDAR_DELEGATED && about != NULL)
            continue;
        if (each->answer != CALENDAR_NO_ANSWER)
            g_string_append_printf(words, " (%s)", calendar_answer_words(each->answer));
        else if (each->is_optional)
            g_string_append_printf(words, " (%s)", _("optional"));
    }
    if (more > 0)
        g_string_append_printf(words, g_dngettext(GETTEXT_PACKAGE, " … and %u more", " … and %u more", more), more);
    field_show(text, _("Invited"), words->str);
}

static char *reply_words(enum calendar_answer answer, const char *name)
{
    switch (answer) {
    case CALENDAR_ACCEPTED:
        return g_strdup_printf(_("%s accepted."), name);
    case CALENDAR_TENTATIVE:
        return g_strdup_printf(_("%s may come."), name);
    case CALENDAR_DECLINED:
        return g_strdup_printf(_("%s declined."), name);
    case CALENDAR_DELEGATED:
        return g_strdup_printf(_("%s sends somebody else."), name);
    case CALENDAR_NO_ANSWER:
        break;
    }
    return g_strdup_printf(_("%s has not decided yet."), name);
}

static void reply_show(struct text *text, const struct calendar_event *event)
{
    for (guint i = 0; i < event->people->len && i < PEOPLE_SHOWN; i++) {
        const struct calendar_person *each = g_ptr_array_index(event->people, i);
        g_autofree char *name = calendar_clean(each->name != NULL && *each->name != '\0' ? each->name : each->address);
        g_autofree char *about = each->delegated_to == NULL ? delegation_words(each) : NULL,
                        *who = about != NULL ? g_strdup_printf("%s (%s)", name, about) : g_strdup(name),
                        *words = reply_words(each->answer, who);
        field_show(text, _("Answer"), words);
        clean_show(text, _("Comes instead"), each->delegated_to);
    }
}

static bool has_any(const char *lower, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strstr(lower, *words) != NULL)
            return true;
    return false;
}

/* RFC 5545 3.8.1.5 knows text alone, and web calendars write HTML into it all the same, often with line breaks that are meant. NULL: it is text. */
static char *notes_as_html(const char *notes)
{
    static const char *const inside[] = { "</a>", "</b>", "</i>", "</u>", "</strong>", "</em>", "</span>", NULL }, *const lines[] = {
        "<br>", "<br/>", "<br />", "</p>", "</li>", "</div>", "</html>", "</td>", NULL
    };
    g_autofree char *lower = g_ascii_strdown(notes, -1);
    bool has_lines = has_any(lower, lines);
    if (!has_lines && !has_any(lower, inside))
        return NULL;
    g_auto(GStrv) each = g_strsplit(notes, "\n", -1);
    return g_strjoinv(has_lines ? "\n" : "<br>", each);
}

static void notes_show(struct text *text, const char *notes)
{
    if (notes == NULL)
        return;
    g_autofree char *cut = g_utf8_substring(notes, 0, MIN(g_utf8_strlen(notes, -1), NOTES_MAX)), *html = notes_as_html(cut);
    text_add_line(text, "", 0);
    text_append(text, html != NULL ? text_from_html(html, strlen(html)) : text_from_plain(cut, false, false));
}

static void event_show(struct text *text, const calendar *self, const struct calendar_event *event, bool is_only)
{
    g_autofree char *what = event->title != NULL ? calendar_clean(event->title) : NULL;
    g_autofree char *title =
        g_strdup_printf(_("%s: %s"), title_of(self, event), what != NULL && *what != '\0' ? what : _("(without a title)"));
    g_autofree char *when = calendar_when_words(event), *elsewhere = calendar_elsewhere_words(event),
                    *repeats = calendar_repeat_words(event);
    bool is_elsewhere = event->which.is_set && (!event->is_only_this || event->which.utc != event->start.utc);
    g_autofree char *which = is_elsewhere ? calendar_range_words(event->which.utc, 0, event->which.is_day) : NULL;
    g_autofree char *organizer = event->organizer != NULL ? calendar_person_words(event->organizer) : NULL;
    message_note(text, title, SPAN_HEADING);
    if (self->method == CALENDAR_REPLY)
        reply_show(text, event);
    field_show(text, _("When"), when != NULL ? when : _("it does not say when"));
    field_show(text, _("There"), elsewhere);
    field_show(text, event->is_only_this ? _("Instead of the one of") : _("From the one on of"), which);
    field_show(text, _("Repeats"), repeats);
    clean_show(text, _("Where"), event->place);
    for (char **link = event->links; *link != NULL; link++)
        if (event->place == NULL || strstr(event->place, *link) == NULL)
            clean_show(text, _("Link"), *link);
    field_show(text, _("Organizer"), organizer);
    if (self->method != CALENDAR_REPLY)
        people_show(text, event, is_only ? PEOPLE_SHOWN : 3);
    clean_show(text, _("Comment"), event->comment);
    if (is_only)
        notes_show(text, event->notes);
}

void message_show_card(struct text *text, const calendar *self)
{
    guint shown = MIN(self->events->len, EVENTS_SHOWN), more = self->events->len - shown + (guint)self->more_events;
    for (guint i = 0; i < shown; i++) {
        if (i > 0)
            text_add_line(text, "", 0);
        event_show(text, self, g_ptr_array_index(self->events, i), self->events->len == 1);
    }
    if (more > 0) {
        g_autofree char *words = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "(and %u more event)", "(and %u more events)", more), more);
        message_note(text, words, SPAN_DIM);
    }
}
