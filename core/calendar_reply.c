/* SPDX-License-Identifier: MIT */
/* An answer as the organizer's program wants it (RFC 5546, 3.2.3): the same event, one attendee, nothing of the others. */
#include "core/calendar_private.h"
#include <string.h>

/* What an answer repeats of the event, so that it can be told which one is meant, and people can read it without the invitation. */
static const icalproperty_kind repeated[] = { ICAL_UID_PROPERTY,      ICAL_SEQUENCE_PROPERTY, ICAL_RECURRENCEID_PROPERTY,
                                              ICAL_DTSTART_PROPERTY,  ICAL_DTEND_PROPERTY,    ICAL_DUE_PROPERTY,
                                              ICAL_DURATION_PROPERTY, ICAL_SUMMARY_PROPERTY,  ICAL_LOCATION_PROPERTY,
                                              ICAL_ORGANIZER_PROPERTY };

static void zone_copy(icalcomponent *to, icalcomponent *root, icalproperty *of)
{
    icalparameter *tzid = icalproperty_get_first_parameter(of, ICAL_TZID_PARAMETER);
    const char *name = tzid != NULL ? icalparameter_get_tzid(tzid) : NULL;
    if (name == NULL || icalcomponent_get_timezone(to, name) != NULL)
        return;
    for (icalcomponent *each = icalcomponent_get_first_component(root, ICAL_VTIMEZONE_COMPONENT); each != NULL;
         each = icalcomponent_get_next_component(root, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *own = icalcomponent_get_first_property(each, ICAL_TZID_PROPERTY);
        if (own == NULL || g_strcmp0(icalproperty_get_tzid(own), name) != 0)
            continue;
        icalcomponent_add_component(to, icalcomponent_new_clone(each));
        return;
    }
}

static void event_copy(icalcomponent *to, icalcomponent *into, const calendar *self, const struct calendar_event *event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        icalproperty *property = icalcomponent_get_first_property(event->component, repeated[i]);
        if (property == NULL)
            continue;
        zone_copy(to, self->root, property);
        icalcomponent_add_property(into, icalproperty_new_clone(property));
    }
    if (icalcomponent_get_first_property(into, ICAL_SEQUENCE_PROPERTY) == NULL)
        icalcomponent_add_property(into, icalproperty_new_sequence(event->sequence));
}

static icalproperty *attendee_new(const char *name, const char *address, enum calendar_answer answer)
{
    static const icalparameter_partstat states[] = { [CALENDAR_NO_ANSWER] = ICAL_PARTSTAT_NEEDSACTION,
                                                     [CALENDAR_ACCEPTED] = ICAL_PARTSTAT_ACCEPTED,
                                                     [CALENDAR_TENTATIVE] = ICAL_PARTSTAT_TENTATIVE,
                                                     [CALENDAR_DECLINED] = ICAL_PARTSTAT_DECLINED,
                                                     [CALENDAR_DELEGATED] = ICAL_PARTSTAT_DELEGATED };
    g_autofree char *uri = g_strconcat("mailto:", address, NULL);
    icalproperty *attendee = icalproperty_new_attendee(uri);
    icalproperty_add_parameter(attendee, icalparameter_new_partstat(states[answer]));
    g_autofree char *clean = name != NULL ? g_strdelimit(calendar_clean(name), "\"", '\'') : NULL;
    if (clean != NULL && *clean != '\0')
        icalproperty_add_parameter(attendee, icalparameter_new_cn(clean));
    return attendee;
}

static struct icaltimetype now_utc(void)
{
    return icaltime_from_timet_with_zone((time_t)(g_get_real_time() / G_USEC_PER_SEC), 0, icaltimezone_get_utc_timezone());
}

char *calendar_reply(const calendar *self, const struct calendar_event *event, const char *name, const char *address,
                     enum calendar_answer answer, const char *comment)
{
    icalcomponent *root = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
    icalcomponent *reply = icalcomponent_new(event->is_task ? ICAL_VTODO_COMPONENT : ICAL_VEVENT_COMPONENT);
    icalcomponent_add_property(root, icalproperty_new_prodid("-//postern//postern " POSTERN_VERSION "//EN"));
    icalcomponent_add_property(root, icalproperty_new_version("2.0"));
    icalcomponent_add_property(root, icalproperty_new_method(ICAL_METHOD_REPLY));
    event_copy(root, reply, self, event);
    icalcomponent_add_property(reply, attendee_new(name, address, answer));
    icalcomponent_add_property(reply, icalproperty_new_dtstamp(now_utc()));
    if (comment != NULL && *comment != '\0')
        icalcomponent_add_property(reply, icalproperty_new_comment(comment));
    icalcomponent_add_component(root, reply);
    char *text = icalcomponent_as_ical_string_r(root);
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    icalmemory_free_buffer(text);
    icalcomponent_free(root);
    return g_steal_pointer(&valid);
}
