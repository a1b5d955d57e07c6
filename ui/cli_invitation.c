/* SPDX-License-Identifier: MIT */
/* See cli_invitation.h. */
#include "ui/cli_invitation.h"
#include "core/calendar.h"
#include "ui/cli_json.h"

static json_t *time_json(const struct calendar_time *time)
{
    return time->is_set ? json_integer((json_int_t)time->utc) : json_null();
}

static json_t *person_json(const struct calendar_person *person, bool is_invited)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", cli_json_text(person->name != NULL ? person->name : ""));
    json_object_set_new(object, "addr", cli_json_text(person->address));
    if (!is_invited)
        return object;
    json_object_set_new(object, "answer", json_string(calendar_answer_word(person->answer)));
    json_object_set_new(object, "rsvp", json_boolean(person->expects_answer));
    json_object_set_new(object, "optional", json_boolean(person->is_optional));
    return object;
}

static json_t *event_json(const struct calendar_event *event)
{
    json_t *object = json_object(), *people = json_array(), *links = json_array();
    g_autofree char *when = calendar_when_words(event), *repeats = calendar_repeat_words(event);
    for (guint i = 0; i < event->people->len; i++)
        json_array_append_new(people, person_json(g_ptr_array_index(event->people, i), true));
    for (char **link = event->links; *link != NULL; link++)
        json_array_append_new(links, cli_json_text(*link));
    json_object_set_new(object, "uid", cli_json_text(event->uid));
    json_object_set_new(object, "sequence", json_integer(event->sequence));
    json_object_set_new(object, "recurrence_id", cli_json_text(event->occurrence));
    json_object_set_new(object, "summary", cli_json_text(event->title));
    json_object_set_new(object, "location", cli_json_text(event->place));
    json_object_set_new(object, "description", cli_json_text(event->notes));
    json_object_set_new(object, "comment", cli_json_text(event->comment));
    json_object_set_new(object, "start", time_json(&event->start));
    json_object_set_new(object, "end", time_json(&event->end));
    json_object_set_new(object, "all_day", json_boolean(event->start.is_day));
    json_object_set_new(object, "zone", cli_json_text(event->start.zone));
    json_object_set_new(object, "when", cli_json_text(when));
    json_object_set_new(object, "repeats", cli_json_text(repeats));
    json_object_set_new(object, "cancelled", json_boolean(event->is_cancelled));
    json_object_set_new(object, "organizer", event->organizer != NULL ? person_json(event->organizer, false) : json_null());
    json_object_set_new(object, "attendees", people);
    json_object_set_new(object, "more_attendees", json_integer(event->more_people));
    json_object_set_new(object, "links", links);
    return object;
}

json_t *cli_invitation_json(const message *letter)
{
    const char *missing = NULL;
    g_autoptr(calendar) found = message_calendar(letter, &missing);
    if (found == NULL)
        return json_null();
    json_t *object = json_object(), *events = json_array();
    for (guint i = 0; i < found->events->len; i++)
        json_array_append_new(events, event_json(g_ptr_array_index(found->events, i)));
    json_object_set_new(object, "method", cli_json_text(calendar_method_word(found->method)));
    json_object_set_new(object, "events", events);
    json_object_set_new(object, "more_events", json_integer(found->more_events));
    return object;
}
