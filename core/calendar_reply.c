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

static bool is_time(icalproperty_kind kind)
{
    return kind == ICAL_DTSTART_PROPERTY || kind == ICAL_DTEND_PROPERTY || kind == ICAL_DUE_PROPERTY || kind == ICAL_DURATION_PROPERTY;
}

static void event_copy(icalcomponent *to, icalcomponent *into, const calendar *self, const struct calendar_event *event, bool has_own_times)
{
    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        icalproperty *property = icalcomponent_get_first_property(event->component, repeated[i]);
        if (property == NULL || (has_own_times && is_time(repeated[i])))
            continue;
        zone_copy(to, self->root, property);
        icalcomponent_add_property(into, icalproperty_new_clone(property));
    }
    if (icalcomponent_get_first_property(into, ICAL_SEQUENCE_PROPERTY) == NULL)
        icalcomponent_add_property(into, icalproperty_new_sequence(event->sequence));
}

/* --- another time --- */

static struct icaltimetype utc_time(int64_t utc)
{
    return icaltime_from_timet_with_zone((time_t)utc, 0, icaltimezone_get_utc_timezone());
}

/* Whole days are those of the clock here. */
static struct icaltimetype day_time(int64_t utc, int64_t more_days)
{
    g_autoptr(GDateTime) here = g_date_time_new_from_unix_local(utc);
    g_autoptr(GDateTime) day = here != NULL ? g_date_time_add_days(here, (int)CLAMP(more_days, 0, 3660)) : NULL;
    struct icaltimetype time = icaltime_null_date();
    if (day != NULL)
        g_date_time_get_ymd(day, &time.year, &time.month, &time.day);
    return time;
}

static void original_name(icalcomponent *into, const char *name, int64_t utc)
{
    g_autofree char *value = g_strdup(icaltime_as_ical_string(utc_time(utc)));
    icalproperty *property = icalproperty_new_x(value);
    icalproperty_set_x_name(property, name);
    icalcomponent_add_property(into, property);
}

/* As long as what was proposed. Outlook shows what it was before by fields of its own. */
static void propose(icalcomponent *into, const struct calendar_event *event, int64_t start_utc)
{
    const int64_t day = 24 * 60 * 60;
    bool has_end = event->end.is_set && event->end.utc > event->start.utc;
    bool is_day = event->start.is_day;
    int64_t days = has_end ? (event->end.wall - event->start.wall) / day : 0;
    icalcomponent_add_property(into, icalproperty_new_dtstart(is_day ? day_time(start_utc, 0) : utc_time(start_utc)));
    if (has_end)
        icalcomponent_add_property(
            into, icalproperty_new_dtend(is_day ? day_time(start_utc, days) : utc_time(start_utc + event->end.utc - event->start.utc)));
    if (event->start.is_set && !is_day)
        original_name(into, "X-MS-OLK-ORIGINALSTART", event->start.utc);
    if (has_end && !is_day)
        original_name(into, "X-MS-OLK-ORIGINALEND", event->end.utc);
}

/* --- who --- */

static icalproperty *attendee_new(const struct calendar_response *response)
{
    static const icalparameter_partstat states[] = { [CALENDAR_NO_ANSWER] = ICAL_PARTSTAT_NEEDSACTION,
                                                     [CALENDAR_ACCEPTED] = ICAL_PARTSTAT_ACCEPTED,
                                                     [CALENDAR_TENTATIVE] = ICAL_PARTSTAT_TENTATIVE,
                                                     [CALENDAR_DECLINED] = ICAL_PARTSTAT_DECLINED,
                                                     [CALENDAR_DELEGATED] = ICAL_PARTSTAT_DELEGATED };
    g_autofree char *uri = g_strconcat("mailto:", response->address, NULL);
    icalproperty *attendee = icalproperty_new_attendee(uri);
    icalproperty_add_parameter(attendee, icalparameter_new_partstat(states[response->answer]));
    g_autofree char *clean = response->name != NULL ? g_strdelimit(calendar_clean(response->name), "\"", '\'') : NULL;
    if (clean != NULL && *clean != '\0')
        icalproperty_add_parameter(attendee, icalparameter_new_cn(clean));
    g_autofree char *from = response->delegated_from != NULL ? g_strconcat("mailto:", response->delegated_from, NULL) : NULL;
    if (from != NULL)
        icalproperty_add_parameter(attendee, icalparameter_new_delegatedfrom(from));
    g_autofree char *to = response->delegated_to != NULL ? g_strconcat("mailto:", response->delegated_to, NULL) : NULL;
    if (to != NULL)
        icalproperty_add_parameter(attendee, icalparameter_new_delegatedto(to));
    return attendee;
}

static char *text_take(icalcomponent *root /* freed */)
{
    char *text = icalcomponent_as_ical_string_r(root);
    char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    icalmemory_free_buffer(text);
    icalcomponent_free(root);
    return valid;
}

static icalcomponent *root_new(icalproperty_method method)
{
    icalcomponent *root = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
    icalcomponent_add_property(root, icalproperty_new_prodid("-//postern//postern " POSTERN_VERSION "//EN"));
    icalcomponent_add_property(root, icalproperty_new_version("2.0"));
    icalcomponent_add_property(root, icalproperty_new_method(method));
    return root;
}

char *calendar_reply(const calendar *self, const struct calendar_event *event, const struct calendar_response *response)
{
    bool is_counter = response->start_utc != 0;
    icalcomponent *root = root_new(is_counter ? ICAL_METHOD_COUNTER : ICAL_METHOD_REPLY);
    icalcomponent *reply = icalcomponent_new(event->is_task ? ICAL_VTODO_COMPONENT : ICAL_VEVENT_COMPONENT);
    event_copy(root, reply, self, event, is_counter);
    if (is_counter)
        propose(reply, event, response->start_utc);
    icalcomponent_add_property(reply, attendee_new(response));
    icalcomponent_add_property(reply, icalproperty_new_dtstamp(utc_time(g_get_real_time() / G_USEC_PER_SEC)));
    if (response->comment != NULL && *response->comment != '\0')
        icalcomponent_add_property(reply, icalproperty_new_comment(response->comment));
    icalcomponent_add_component(root, reply);
    return text_take(root);
}

/* --- somebody else comes --- */

/* Of the same place in the list: their addresses may be spelled in ways that only core/calendar.c reads. */
static icalproperty *attendee_of(icalcomponent *component, const struct calendar_event *event, const char *address)
{
    icalproperty *each = icalcomponent_get_first_property(component, ICAL_ATTENDEE_PROPERTY);
    for (guint i = 0; each != NULL && i < event->people->len; i++) {
        const struct calendar_person *person = g_ptr_array_index(event->people, i);
        if (g_ascii_strcasecmp(person->address, address) == 0)
            return each;
        each = icalcomponent_get_next_property(component, ICAL_ATTENDEE_PROPERTY);
    }
    return NULL;
}

static void ours_remove(icalcomponent *event)
{
    icalproperty *next = NULL;
    for (icalproperty *each = icalcomponent_get_first_property(event, ICAL_ANY_PROPERTY); each != NULL; each = next) {
        next = icalcomponent_get_next_property(event, ICAL_ANY_PROPERTY);
        if (g_strcmp0(icalproperty_get_property_name(each), CALENDAR_MORE) != 0 && icalproperty_isa(each) != ICAL_XLICERROR_PROPERTY)
            continue;
        icalcomponent_remove_property(event, each);
        icalproperty_free(each);
    }
}

/* Who sends stays in the list, and says whom; whoever is sent comes behind. */
static icalcomponent *event_pass_on(const struct calendar_event *event, const struct calendar_response *response)
{
    icalcomponent *own = icalcomponent_new_clone(event->component);
    const struct calendar_response delegate = { .name = response->delegate_name,
                                                .address = response->delegated_to,
                                                .delegated_from = response->address };
    icalproperty *before = attendee_of(own, event, response->address), *sender = attendee_new(response), *sent = attendee_new(&delegate);
    if (before != NULL) {
        icalcomponent_remove_property(own, before);
        icalproperty_free(before);
    }
    icalproperty_add_parameter(sent, icalparameter_new_rsvp(ICAL_RSVP_TRUE));
    icalcomponent_add_property(own, sender);
    icalcomponent_add_property(own, sent);
    ours_remove(own);
    if (icalcomponent_get_first_property(own, ICAL_DTSTAMP_PROPERTY) == NULL)
        icalcomponent_add_property(own, icalproperty_new_dtstamp(utc_time(g_get_real_time() / G_USEC_PER_SEC)));
    return own;
}

char *calendar_pass_on(const calendar *self, const struct calendar_event *event, const struct calendar_response *response)
{
    icalcomponent *root = root_new(ICAL_METHOD_REQUEST);
    for (icalcomponent *each = icalcomponent_get_first_component(self->root, ICAL_VTIMEZONE_COMPONENT); each != NULL;
         each = icalcomponent_get_next_component(self->root, ICAL_VTIMEZONE_COMPONENT))
        icalcomponent_add_component(root, icalcomponent_new_clone(each));
    for (guint i = 0; i < self->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(self->events, i);
        bool is_meant = each == event || (event->occurrence == NULL && strcmp(each->uid, event->uid) == 0);
        if (is_meant)
            icalcomponent_add_component(root, event_pass_on(each, response));
    }
    return text_take(root);
}
