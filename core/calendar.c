/* SPDX-License-Identifier: MIT */
/* See calendar.h: libical's components as plain values. */
#include "core/calendar.h"
#include "core/calendar_private.h"
#include <pthread.h>
#include <string.h>

#define EVENTS_MAX        20u
#define EVENTS_MAX_SEARCH 3000u
#define LINKS_MAX         6u

static pthread_once_t libical_once = PTHREAD_ONCE_INIT;

/* What strangers write is never our own mistake. */
static void libical_begin(void)
{
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
}

/* --- words of the standard --- */

static const char *const method_words[] = {
    [CALENDAR_NO_METHOD] = NULL,    [CALENDAR_PUBLISH] = "PUBLISH", [CALENDAR_REQUEST] = "REQUEST",
    [CALENDAR_REPLY] = "REPLY",     [CALENDAR_ADD] = "ADD",         [CALENDAR_CANCEL] = "CANCEL",
    [CALENDAR_REFRESH] = "REFRESH", [CALENDAR_COUNTER] = "COUNTER", [CALENDAR_DECLINECOUNTER] = "DECLINECOUNTER",
};

static const char *const answer_words[] = {
    [CALENDAR_NO_ANSWER] = "NEEDS-ACTION", [CALENDAR_ACCEPTED] = "ACCEPTED",   [CALENDAR_TENTATIVE] = "TENTATIVE",
    [CALENDAR_DECLINED] = "DECLINED",      [CALENDAR_DELEGATED] = "DELEGATED",
};

const char *calendar_method_word(enum calendar_method method)
{
    return method_words[method];
}

const char *calendar_answer_word(enum calendar_answer answer)
{
    return answer_words[answer];
}

static enum calendar_method method_of(const char *word)
{
    for (size_t i = 1; i < G_N_ELEMENTS(method_words) && word != NULL; i++)
        if (g_ascii_strcasecmp(word, method_words[i]) == 0)
            return (enum calendar_method)i;
    return CALENDAR_NO_METHOD;
}

static enum calendar_answer answer_of(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(answer_words) && word != NULL; i++)
        if (g_ascii_strcasecmp(word, answer_words[i]) == 0)
            return (enum calendar_answer)i;
    return word != NULL && g_ascii_strcasecmp(word, "COMPLETED") == 0 ? CALENDAR_ACCEPTED : CALENDAR_NO_ANSWER;
}

/* --- times --- */

bool calendar_wall(struct icaltimetype time, int64_t *wall_out)
{
    if (icaltime_is_null_time(time) || time.year < 1 || time.year > 9998)
        return false;
    bool has_clock = !time.is_date;
    g_autoptr(GDateTime) clock = g_date_time_new_utc(time.year, time.month, time.day, has_clock ? time.hour : 0,
                                                     has_clock ? time.minute : 0, has_clock ? MIN(time.second, 59) : 0);
    if (clock == NULL)
        return false;
    *wall_out = g_date_time_to_unix(clock);
    return true;
}

const calendar_zone *calendar_find_zone(const calendar *self, const char *name)
{
    return name != NULL ? g_hash_table_lookup(self->zones, name) : NULL;
}

static const calendar_zone *zone_of(calendar *self, const char *name)
{
    calendar_zone *zone = g_hash_table_lookup(self->zones, name);
    if (zone == NULL) {
        zone = calendar_zone_new(name, self->root);
        g_hash_table_insert(self->zones, g_strdup(name), zone);
    }
    return zone;
}

int64_t calendar_time_at(const calendar *self, const struct calendar_time *like, int64_t wall)
{
    bool is_utc = !like->is_day && like->zone == NULL && !like->has_no_zone;
    return is_utc ? wall : calendar_zone_utc(like->is_day ? NULL : calendar_find_zone(self, like->zone), wall);
}

void calendar_time_read(calendar *self, icalproperty *property, struct calendar_time *out)
{
    const icalvalue *value = property != NULL ? icalproperty_get_value(property) : NULL;
    icalvalue_kind kind = value != NULL ? icalvalue_isa(value) : ICAL_NO_VALUE;
    if (kind != ICAL_DATE_VALUE && kind != ICAL_DATETIME_VALUE && kind != ICAL_DATETIMEDATE_VALUE)
        return;
    struct icaltimetype time = kind == ICAL_DATE_VALUE ? icalvalue_get_date(value) : icalvalue_get_datetime(value);
    icalparameter *tzid = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    const char *name = tzid != NULL ? icalparameter_get_tzid(tzid) : NULL;
    if (!calendar_wall(time, &out->wall))
        return;
    out->is_set = true;
    out->is_day = time.is_date;
    if (!out->is_day && !icaltime_is_utc(time)) {
        const calendar_zone *zone = name != NULL && *name != '\0' ? zone_of(self, name) : NULL;
        out->zone = zone != NULL ? g_utf8_make_valid(name, -1) : NULL;
        out->has_no_zone = zone == NULL || !calendar_zone_is_known(zone);
    }
    out->utc = calendar_time_at(self, out, out->wall);
}

static void time_clear(struct calendar_time *self)
{
    g_clear_pointer(&self->zone, g_free);
}

/* Weeks and days are days of the clock there, hours are hours (RFC 5545, 3.3.6). */
static void end_by_duration(calendar *self, struct calendar_event *event, struct icaldurationtype length)
{
    const int64_t day = 24 * 60 * 60;
    int64_t days = (int64_t)length.weeks * 7 + length.days;
    int64_t rest = (int64_t)length.hours * 3600 + (int64_t)length.minutes * 60 + length.seconds;
    if (length.is_neg || days > 3660 || rest > 3660 * day || days < 0 || rest < 0)
        return;
    event->end = event->start;
    event->end.zone = g_strdup(event->start.zone);
    event->end.wall += days * day + rest;
    event->end.utc = calendar_time_at(self, &event->end, event->start.wall + days * day) + rest;
}

static void times_read(calendar *self, struct calendar_event *event)
{
    icalcomponent *from = event->component;
    icalproperty *end = icalcomponent_get_first_property(from, event->is_task ? ICAL_DUE_PROPERTY : ICAL_DTEND_PROPERTY);
    icalproperty *duration = icalcomponent_get_first_property(from, ICAL_DURATION_PROPERTY);
    calendar_time_read(self, icalcomponent_get_first_property(from, ICAL_DTSTART_PROPERTY), &event->start);
    calendar_time_read(self, end, &event->end);
    if (!event->start.is_set && event->end.is_set) { /* a task with nothing but an end */
        event->start = event->end;
        event->start.zone = g_strdup(event->end.zone);
    }
    if (event->end.is_set || !event->start.is_set)
        return;
    if (duration != NULL)
        end_by_duration(self, event, icalproperty_get_duration(duration));
    else if (event->start.is_day)
        end_by_duration(self, event, (struct icaldurationtype){ .days = 1 });
}

/* --- people --- */

static char *text_copy(const char *text)
{
    return text != NULL && *text != '\0' ? g_utf8_make_valid(text, -1) : NULL;
}

static void person_free(gpointer data)
{
    struct calendar_person *self = data;
    if (self == NULL)
        return;
    g_free(self->name);
    g_free(self->address);
    g_free(self->email);
    g_free(self->sent_by);
    g_free(self->delegated_from);
    g_free(self->delegated_to);
    g_free(self);
}

/* "mailto:ada@x.test", "ada@x.test" in a parameter; of several the first. NULL: none. */
static char *parameter_address(const char *value)
{
    if (value == NULL)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    const char *at = valid + strspn(valid, "\" ");
    at += g_ascii_strncasecmp(at, "mailto:", 7) == 0 ? 7 : 0;
    g_autofree char *address = g_strndup(at, strcspn(at, "\" ,>"));
    return strchr(address, '@') != NULL ? g_steal_pointer(&address) : NULL;
}

/* "mailto:ada@x.test", "MAILTO: ada@x.test", "ada@x.test", "urn:uuid:…" with an EMAIL parameter. */
static char *address_of(icalproperty *property)
{
    g_autofree char *value =
        g_utf8_make_valid(icalproperty_get_value_as_string(property) != NULL ? icalproperty_get_value_as_string(property) : "", -1);
    icalparameter *email = icalproperty_get_first_parameter(property, ICAL_EMAIL_PARAMETER);
    const char *said = email != NULL ? icalparameter_get_email(email) : NULL;
    bool is_mail = g_ascii_strncasecmp(value, "mailto:", 7) == 0;
    if (!is_mail && said != NULL && strchr(value, '@') == NULL)
        return g_strstrip(g_utf8_make_valid(said, -1));
    const char *address = is_mail ? value + 7 : value;
    address += strspn(address, " <");
    g_autofree char *plain = g_strndup(address, strcspn(address, "> ?"));
    char *decoded = is_mail ? g_uri_unescape_string(plain, "\r\n") : NULL;
    return decoded != NULL && g_utf8_validate(decoded, -1, NULL) ? decoded : (g_free(decoded), g_steal_pointer(&plain));
}

static struct calendar_person *person_of(icalproperty *property)
{
    struct calendar_person *self = g_new0(struct calendar_person, 1);
    icalparameter *name = icalproperty_get_first_parameter(property, ICAL_CN_PARAMETER);
    icalparameter *answer = icalproperty_get_first_parameter(property, ICAL_PARTSTAT_PARAMETER);
    icalparameter *rsvp = icalproperty_get_first_parameter(property, ICAL_RSVP_PARAMETER);
    icalparameter *role = icalproperty_get_first_parameter(property, ICAL_ROLE_PARAMETER);
    icalparameter *kind = icalproperty_get_first_parameter(property, ICAL_CUTYPE_PARAMETER);
    self->address = address_of(property);
    self->name = name != NULL ? text_copy(icalparameter_get_cn(name)) : NULL;
    if (self->name != NULL)
        g_strstrip(g_strdelimit(self->name, "\"", ' '));
    self->answer = answer != NULL ? answer_of(icalparameter_enum_to_string((int)icalparameter_get_partstat(answer))) : CALENDAR_NO_ANSWER;
    self->expects_answer = rsvp != NULL && icalparameter_get_rsvp(rsvp) == ICAL_RSVP_TRUE;
    self->wants_no_answer = rsvp != NULL && icalparameter_get_rsvp(rsvp) == ICAL_RSVP_FALSE;
    icalparameter *email = icalproperty_get_first_parameter(property, ICAL_EMAIL_PARAMETER);
    icalparameter *sent_by = icalproperty_get_first_parameter(property, ICAL_SENTBY_PARAMETER);
    icalparameter *from = icalproperty_get_first_parameter(property, ICAL_DELEGATEDFROM_PARAMETER);
    icalparameter *to = icalproperty_get_first_parameter(property, ICAL_DELEGATEDTO_PARAMETER);
    self->email = email != NULL ? parameter_address(icalparameter_get_email(email)) : NULL;
    self->sent_by = sent_by != NULL ? parameter_address(icalparameter_get_sentby(sent_by)) : NULL;
    self->delegated_from = from != NULL ? parameter_address(icalparameter_get_delegatedfrom(from)) : NULL;
    self->delegated_to = to != NULL ? parameter_address(icalparameter_get_delegatedto(to)) : NULL;
    self->is_optional = role != NULL && (icalparameter_get_role(role) == ICAL_ROLE_OPTPARTICIPANT ||
                                         icalparameter_get_role(role) == ICAL_ROLE_NONPARTICIPANT);
    self->is_thing =
        kind != NULL && (icalparameter_get_cutype(kind) == ICAL_CUTYPE_ROOM || icalparameter_get_cutype(kind) == ICAL_CUTYPE_RESOURCE);
    return self;
}

static void people_read(struct calendar_event *event)
{
    icalcomponent *from = event->component;
    icalproperty *organizer = icalcomponent_get_first_property(from, ICAL_ORGANIZER_PROPERTY);
    event->organizer = organizer != NULL ? person_of(organizer) : NULL;
    for (icalproperty *each = icalcomponent_get_first_property(from, ICAL_ATTENDEE_PROPERTY); each != NULL;
         each = icalcomponent_get_next_property(from, ICAL_ATTENDEE_PROPERTY))
        g_ptr_array_add(event->people, person_of(each));
}

bool calendar_person_is(const struct calendar_person *person, const char *address)
{
    const char *const own[] = { person->address, person->email, person->sent_by };
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        if (own[i] != NULL && g_ascii_strcasecmp(own[i], address) == 0)
            return true;
    return false;
}

const struct calendar_person *calendar_find_person(const struct calendar_event *event, const char *address)
{
    for (guint i = 0; i < event->people->len && address != NULL; i++) {
        const struct calendar_person *each = g_ptr_array_index(event->people, i);
        if (g_ascii_strcasecmp(each->address, address) == 0)
            return each;
    }
    return NULL;
}

const struct calendar_event *calendar_head_event(const calendar *self, const struct calendar_event *event)
{
    for (guint i = 0; i < self->events->len && event->occurrence != NULL; i++) {
        const struct calendar_event *each = g_ptr_array_index(self->events, i);
        if (each->occurrence == NULL && strcmp(each->uid, event->uid) == 0)
            return each;
    }
    return event;
}

const struct calendar_event *calendar_main_event(const calendar *self)
{
    return calendar_head_event(self, g_ptr_array_index(self->events, 0));
}

guint calendar_head_count(const calendar *self)
{
    guint count = 0;
    for (guint i = 0; i < self->events->len; i++)
        count += calendar_head_event(self, g_ptr_array_index(self->events, i)) == g_ptr_array_index(self->events, i);
    return count;
}

/* --- the event --- */

static void event_free(gpointer data)
{
    struct calendar_event *self = data;
    g_free(self->uid);
    g_free(self->occurrence);
    g_free(self->title);
    g_free(self->place);
    g_free(self->notes);
    g_free(self->comment);
    g_strfreev(self->links);
    time_clear(&self->start);
    time_clear(&self->end);
    time_clear(&self->which);
    person_free(self->organizer);
    g_ptr_array_unref(self->people);
    g_free(self);
}

static char *text_of(const struct calendar_event *event, icalproperty_kind kind)
{
    icalproperty *property = icalcomponent_get_first_property(event->component, kind);
    const icalvalue *value = property != NULL ? icalproperty_get_value(property) : NULL;
    icalvalue_kind type = value != NULL ? icalvalue_isa(value) : ICAL_NO_VALUE;
    g_autofree char *text = type == ICAL_TEXT_VALUE || type == ICAL_X_VALUE ? text_copy(icalvalue_get_text(value))
                            : type == ICAL_URI_VALUE                        ? text_copy(icalvalue_get_uri(value))
                                                                            : NULL;
    return text != NULL && *g_strstrip(text) != '\0' ? g_steal_pointer(&text) : NULL;
}

static bool has_name(icalproperty *property, const char *name)
{
    const char *own = icalproperty_get_property_name(property);
    return own != NULL && g_ascii_strcasecmp(own, name) == 0;
}

static void link_take(GPtrArray *links, const char *text)
{
    g_autofree char *link = text_copy(text);
    bool is_link = link != NULL && g_ascii_strncasecmp(link, "http", 4) == 0;
    if (is_link && links->len < LINKS_MAX && !g_ptr_array_find_with_equal_func(links, g_strstrip(link), g_str_equal, NULL))
        g_ptr_array_add(links, g_steal_pointer(&link));
}

/* Fields of their own: of us, of Google and Microsoft. */
static void others_read(struct calendar_event *event)
{
    static const char *const links[] = { "URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL" };
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    for (icalproperty *each = icalcomponent_get_first_property(event->component, ICAL_ANY_PROPERTY); each != NULL;
         each = icalcomponent_get_next_property(event->component, ICAL_ANY_PROPERTY)) {
        icalproperty_kind kind = icalproperty_isa(each);
        if (kind == ICAL_ATTENDEE_PROPERTY || kind == ICAL_EXDATE_PROPERTY || kind == ICAL_XLICERROR_PROPERTY) {
            event->left_out += kind == ICAL_EXDATE_PROPERTY;
            continue;
        }
        const char *value = icalproperty_get_value_as_string(each);
        for (size_t i = 0; i < G_N_ELEMENTS(links) && value != NULL; i++)
            if (has_name(each, links[i]))
                link_take(found, value);
        if (value != NULL && has_name(each, CALENDAR_MORE))
            event->more_people = (int)CLAMP(g_ascii_strtoll(value, NULL, 10), 0, G_MAXINT);
        if (value != NULL && has_name(each, "X-MICROSOFT-DISALLOW-COUNTER"))
            event->refuses_counter = g_ascii_strcasecmp(value, "TRUE") == 0;
    }
    g_ptr_array_add(found, NULL);
    event->links = (char **)g_ptr_array_free(g_steal_pointer(&found), FALSE);
}

static void state_read(struct calendar_event *event)
{
    icalcomponent *from = event->component;
    icalproperty *status = icalcomponent_get_first_property(from, ICAL_STATUS_PROPERTY);
    icalproperty *transparent = icalcomponent_get_first_property(from, ICAL_TRANSP_PROPERTY);
    icalproperty *sequence = icalcomponent_get_first_property(from, ICAL_SEQUENCE_PROPERTY);
    icalproperty *stamp = icalcomponent_get_first_property(from, ICAL_DTSTAMP_PROPERTY);
    event->is_cancelled = status != NULL && icalproperty_get_status(status) == ICAL_STATUS_CANCELLED;
    event->is_free = transparent != NULL && icalproperty_get_transp(transparent) == ICAL_TRANSP_TRANSPARENT;
    event->sequence = sequence != NULL ? MAX(icalproperty_get_sequence(sequence), 0) : 0;
    if (stamp != NULL)
        calendar_wall(icalproperty_get_dtstamp(stamp), &event->stamp_utc);
    event->has_rule = icalcomponent_get_first_property(from, ICAL_RRULE_PROPERTY) != NULL;
}

static void occurrence_read(calendar *self, struct calendar_event *event)
{
    icalproperty *which = icalcomponent_get_first_property(event->component, ICAL_RECURRENCEID_PROPERTY);
    icalparameter *range = which != NULL ? icalproperty_get_first_parameter(which, ICAL_RANGE_PARAMETER) : NULL;
    const char *value = which != NULL ? icalproperty_get_value_as_string(which) : NULL;
    if (value == NULL)
        return;
    event->occurrence = g_utf8_make_valid(value, -1);
    event->is_only_this = range == NULL || icalparameter_get_range(range) != ICAL_RANGE_THISANDFUTURE;
    calendar_time_read(self, which, &event->which);
}

static struct calendar_event *event_read(calendar *self, icalcomponent *component)
{
    struct calendar_event *event = g_new0(struct calendar_event, 1);
    icalproperty *uid = icalcomponent_get_first_property(component, ICAL_UID_PROPERTY);
    event->component = component;
    event->is_task = icalcomponent_isa(component) == ICAL_VTODO_COMPONENT;
    event->people = g_ptr_array_new_with_free_func(person_free);
    event->uid = g_utf8_make_valid(uid != NULL && icalproperty_get_uid(uid) != NULL ? icalproperty_get_uid(uid) : "", -1);
    event->title = text_of(event, ICAL_SUMMARY_PROPERTY);
    event->place = text_of(event, ICAL_LOCATION_PROPERTY);
    event->notes = text_of(event, ICAL_DESCRIPTION_PROPERTY);
    event->comment = text_of(event, ICAL_COMMENT_PROPERTY);
    times_read(self, event);
    occurrence_read(self, event);
    people_read(event);
    state_read(event);
    others_read(event);
    return event;
}

/* --- the calendar --- */

void calendar_free(calendar *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->events);
    g_hash_table_unref(self->zones);
    if (self->root != NULL)
        icalcomponent_free(self->root);
    g_free(self);
}

static void zone_free(gpointer data)
{
    calendar_zone_free(data);
}

static void events_read(calendar *self, const char *method)
{
    icalproperty *said = icalcomponent_get_first_property(self->root, ICAL_METHOD_PROPERTY);
    enum calendar_method own =
        said != NULL ? method_of(icalproperty_enum_to_string((int)icalproperty_get_method(said))) : CALENDAR_NO_METHOD;
    self->method = own != CALENDAR_NO_METHOD ? own : method_of(method);
    g_autoptr(GPtrArray) found =
        g_ptr_array_new(); /* libical goes through a component in one place at a time, and reading looks for zones */
    for (icalcomponent *each = icalcomponent_get_first_component(self->root, ICAL_ANY_COMPONENT); each != NULL;
         each = icalcomponent_get_next_component(self->root, ICAL_ANY_COMPONENT))
        if (icalcomponent_isa(each) == ICAL_VEVENT_COMPONENT || icalcomponent_isa(each) == ICAL_VTODO_COMPONENT)
            g_ptr_array_add(found, each);
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(self->events, event_read(self, g_ptr_array_index(found, i)));
    for (guint i = 0; i < self->events->len; i++)
        ((struct calendar_event *)self->events->pdata[i])->is_added = self->method == CALENDAR_ADD;
}

static calendar *parse(const char *utf8, size_t length, const char *method, const struct calendar_wish *wish)
{
    g_autoptr(calendar) self = g_new0(calendar, 1);
    pthread_once(&libical_once, libical_begin);
    self->events = g_ptr_array_new_with_free_func(event_free);
    self->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, zone_free);
    g_autofree char *text = calendar_text(utf8, length, wish, &self->more_events);
    self->root = icalparser_parse_string(text);
    if (self->root == NULL)
        return NULL;
    events_read(self, method);
    return self->events->len > 0 ? g_steal_pointer(&self) : NULL;
}

calendar *calendar_parse(const char *utf8, size_t length, const char *method)
{
    const struct calendar_wish wish = { .events_max = EVENTS_MAX };
    return parse(utf8, length, method, &wish);
}

calendar *calendar_parse_between(const char *utf8, size_t length, int64_t from_utc, int64_t to_utc)
{
    const struct calendar_wish wish = { .is_bounded = true, .from_utc = from_utc, .to_utc = to_utc, .events_max = EVENTS_MAX_SEARCH };
    return parse(utf8, length, NULL, &wish);
}
