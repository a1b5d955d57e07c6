/* SPDX-License-Identifier: MIT */
/* A calendar as it came becomes one that libical can be given: lines unfolded, only the properties we read, well nested, within limits. */
#include "core/calendar_private.h"
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX  ((size_t)16 * 1024)
#define BYTES_MAX       ((size_t)64 * 1024 * 1024)
#define KEPT_BYTES_MAX  ((size_t)8 * 1024 * 1024)
#define LIST_LINES_MAX  300u /* EXDATE, RDATE: of one event */
#define ZONES_MAX       60u
#define ZONE_LINES_MAX  400u
#define SECONDS_OF_DAYS (86400)

enum place { IN_NOTHING, IN_CALENDAR, IN_EVENT, IN_ZONE, IN_OBSERVANCE };

struct cleaning {
    const struct calendar_wish *wish;
    GString *out, *event; /* event: until we know whether it is wanted */
    enum place place;
    char *name;  /* of the component that place is: what its END says */
    int skipped; /* components around us of which nothing is read */
    guint events, zones, zone_lines, list_lines;
    int more_events, people;
    int64_t first_day, last_day; /* of the event as it says; 0: it does not */
    bool has_rule, has_until;
    int64_t until_day;
};

static const struct {
    enum place place;
    const char *name;
} known_properties[] = {
    { IN_CALENDAR, "METHOD" },
    { IN_EVENT, "UID" },
    { IN_EVENT, "SEQUENCE" },
    { IN_EVENT, "DTSTAMP" },
    { IN_EVENT, "DTSTART" },
    { IN_EVENT, "DTEND" },
    { IN_EVENT, "DUE" },
    { IN_EVENT, "DURATION" },
    { IN_EVENT, "SUMMARY" },
    { IN_EVENT, "LOCATION" },
    { IN_EVENT, "DESCRIPTION" },
    { IN_EVENT, "COMMENT" },
    { IN_EVENT, "URL" },
    { IN_EVENT, "CONFERENCE" },
    { IN_EVENT, "STATUS" },
    { IN_EVENT, "TRANSP" },
    { IN_EVENT, "ORGANIZER" },
    { IN_EVENT, "ATTENDEE" },
    { IN_EVENT, "RRULE" },
    { IN_EVENT, "RDATE" },
    { IN_EVENT, "EXDATE" },
    { IN_EVENT, "RECURRENCE-ID" },
    { IN_EVENT, "X-GOOGLE-CONFERENCE" },
    { IN_EVENT, "X-MICROSOFT-SKYPETEAMSMEETINGURL" },
    { IN_EVENT, "X-MICROSOFT-DISALLOW-COUNTER" },
    { IN_ZONE, "TZID" },
    { IN_ZONE, "X-LIC-LOCATION" },
    { IN_OBSERVANCE, "DTSTART" },
    { IN_OBSERVANCE, "TZOFFSETFROM" },
    { IN_OBSERVANCE, "TZOFFSETTO" },
    { IN_OBSERVANCE, "RRULE" },
    { IN_OBSERVANCE, "RDATE" },
};

static bool is_known(enum place place, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_properties); i++)
        if (known_properties[i].place == place && g_ascii_strcasecmp(known_properties[i].name, name) == 0)
            return true;
    return false;
}

/* --- lines --- */

/* Up to the ':' that begins the value; what is in quotation marks does not count, unless they never end. */
static size_t value_at(const char *line)
{
    bool is_quoted = false;
    size_t at = 0;
    for (; line[at] != '\0' && (is_quoted || line[at] != ':'); at++)
        is_quoted ^= line[at] == '"';
    return line[at] == ':' ? at : strcspn(line, ":");
}

/* "NAME:" or "NAME;": else it goes on with what stood before, from a program that folds as it likes. */
static bool begins_line(const char *line, size_t length)
{
    size_t name = 0;
    while (name < length && (g_ascii_isalnum(line[name]) || line[name] == '-'))
        name++;
    return name > 0 && name < length && (line[name] == ':' || line[name] == ';');
}

/* "2026-11-19T14:00:00+…" is no date here: the separators go. */
static void mend_date(GString *line, size_t colon)
{
    bool is_date = line->len > colon + 10 && line->str[colon + 5] == '-' && line->str[colon + 8] == '-';
    for (size_t i = colon + 1; is_date && i < line->len;) {
        if (line->str[i] == '-' || line->str[i] == ':')
            g_string_erase(line, (gssize)i, 1);
        else
            i++;
    }
}

/* 0: no date stands there. */
static int64_t day_of(const char *date)
{
    if (strspn(date, "0123456789") < 8)
        return 0;
    g_autofree char *digits = g_strndup(date, 8);
    long number = strtol(digits, NULL, 10);
    g_autoptr(GDateTime) day = g_date_time_new_utc((int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100), 0, 0, 0);
    return day != NULL ? g_date_time_to_unix(day) / SECONDS_OF_DAYS : 0;
}

static const char *find_word(const char *value, const char *word)
{
    g_autofree char *upper = g_ascii_strup(value, -1);
    const char *found = strstr(upper, word);
    return found != NULL ? value + (found - upper) + strlen(word) : NULL;
}

/* A zone's rule is one of a year's change, or it is not used: libical would work it out to the last second. */
static bool is_zone_rule(const char *value)
{
    static const char *const others[] = { "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "RSCALE" };
    bool is_yearly = find_word(value, "FREQ=YEARLY") != NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        is_yearly = is_yearly && find_word(value, others[i]) == NULL;
    return is_yearly;
}

/* --- an event --- */

static void event_note(struct cleaning *self, const char *name, const char *value)
{
    if (g_ascii_strcasecmp(name, "DTSTART") == 0) {
        self->first_day = day_of(value);
    } else if (g_ascii_strcasecmp(name, "DTEND") == 0 || g_ascii_strcasecmp(name, "DUE") == 0) {
        self->last_day = day_of(value);
    } else if (g_ascii_strcasecmp(name, "RDATE") == 0) {
        self->has_rule = true;
    } else if (g_ascii_strcasecmp(name, "RRULE") == 0) {
        const char *until = find_word(value, "UNTIL=");
        self->has_rule = true;
        self->until_day = until != NULL ? day_of(until) : 0;
        self->has_until = self->until_day != 0;
    }
}

/* In doubt it is. */
static bool is_wanted(const struct cleaning *self)
{
    const int64_t slack = 2, long_days = 60;
    int64_t from = self->wish->from_utc / SECONDS_OF_DAYS - slack, to = self->wish->to_utc / SECONDS_OF_DAYS + slack;
    if (!self->wish->is_bounded || self->first_day == 0)
        return true;
    int64_t length = MAX(self->last_day - self->first_day, 0);
    int64_t last = self->has_rule ? (self->has_until ? self->until_day + length : INT64_MAX)
                                  : (self->last_day != 0 ? self->last_day : self->first_day + long_days);
    return self->first_day <= to && last >= from;
}

static void event_begin(struct cleaning *self, const char *kind)
{
    self->first_day = self->last_day = self->until_day = 0;
    self->has_rule = self->has_until = false;
    self->people = 0;
    self->list_lines = 0;
    g_string_truncate(self->event, 0);
    g_string_append_printf(self->event, "BEGIN:%s\r\n", kind);
}

static void event_end(struct cleaning *self, const char *kind)
{
    if (self->people > CALENDAR_PEOPLE_MAX)
        g_string_append_printf(self->event, CALENDAR_MORE ":%d\r\n", self->people - CALENDAR_PEOPLE_MAX);
    g_string_append_printf(self->event, "END:%s\r\n", kind);
    if (!is_wanted(self))
        return;
    if (self->events >= self->wish->events_max) {
        self->more_events++;
        return;
    }
    self->events++;
    g_string_append_len(self->out, self->event->str, (gssize)self->event->len);
}

/* --- components --- */

static void enter(struct cleaning *self, enum place place, const char *name)
{
    self->place = place;
    g_free(self->name);
    self->name = g_ascii_strup(name, -1);
}

static void component_begin(struct cleaning *self, const char *name)
{
    bool is_event = g_ascii_strcasecmp(name, "VEVENT") == 0 || g_ascii_strcasecmp(name, "VTODO") == 0;
    bool is_zone = g_ascii_strcasecmp(name, "VTIMEZONE") == 0 && self->zones < ZONES_MAX;
    bool is_observance = g_ascii_strcasecmp(name, "STANDARD") == 0 || g_ascii_strcasecmp(name, "DAYLIGHT") == 0;
    bool is_outside = self->place <= IN_CALENDAR;
    if (self->skipped > 0 || (is_outside && !is_event && !is_zone && g_ascii_strcasecmp(name, "VCALENDAR") != 0) ||
        self->place == IN_EVENT || (self->place == IN_ZONE && !is_observance) || self->place == IN_OBSERVANCE) {
        self->skipped++;
    } else if (is_event) {
        enter(self, IN_EVENT, name);
        event_begin(self, self->name);
    } else if (is_zone || is_observance) {
        self->zones += is_zone;
        self->zone_lines = is_zone ? 0 : self->zone_lines;
        enter(self, is_zone ? IN_ZONE : IN_OBSERVANCE, name);
        g_string_append_printf(self->out, "BEGIN:%s\r\n", self->name);
    } else {
        enter(self, IN_CALENDAR, "VCALENDAR"); /* several are one: libical is given one */
    }
}

static void leave(struct cleaning *self)
{
    if (self->place == IN_EVENT)
        event_end(self, self->name);
    else if (self->place == IN_ZONE || self->place == IN_OBSERVANCE)
        g_string_append_printf(self->out, "END:%s\r\n", self->name);
    if (self->place == IN_OBSERVANCE)
        enter(self, IN_ZONE, "VTIMEZONE");
    else
        enter(self, IN_CALENDAR, "VCALENDAR");
}

static void component_end(struct cleaning *self, const char *name)
{
    if (self->skipped > 0)
        self->skipped--;
    else if (self->place > IN_CALENDAR && g_ascii_strcasecmp(self->name, name) == 0)
        leave(self);
    else if (g_ascii_strcasecmp(name, "VCALENDAR") == 0 || (self->place == IN_OBSERVANCE && g_ascii_strcasecmp(name, "VTIMEZONE") == 0))
        while (self->place > IN_CALENDAR)
            leave(self);
}

/* --- properties --- */

static bool is_within_limits(struct cleaning *self, const char *name, const char *value)
{
    if (self->place == IN_OBSERVANCE)
        return self->zone_lines++ < ZONE_LINES_MAX && (g_ascii_strcasecmp(name, "RRULE") != 0 || is_zone_rule(value));
    if (self->place == IN_EVENT && g_ascii_strcasecmp(name, "ATTENDEE") == 0)
        return self->people++ < CALENDAR_PEOPLE_MAX;
    if (self->place == IN_EVENT && (g_ascii_strcasecmp(name, "EXDATE") == 0 || g_ascii_strcasecmp(name, "RDATE") == 0))
        return self->list_lines++ < LIST_LINES_MAX;
    return true;
}

static void property_take(struct cleaning *self, GString *line, const char *name, size_t colon)
{
    static const char *const dates[] = { "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "DTSTAMP" };
    for (size_t i = 0; i < G_N_ELEMENTS(dates); i++)
        if (g_ascii_strcasecmp(name, dates[i]) == 0)
            mend_date(line, colon);
    const char *value = line->str + colon + 1;
    if (!is_within_limits(self, name, value) || self->out->len + self->event->len + line->len > KEPT_BYTES_MAX)
        return;
    if (self->place == IN_EVENT)
        event_note(self, name, value);
    GString *to = self->place == IN_EVENT ? self->event : self->out;
    g_string_append_len(to, line->str, (gssize)line->len);
    g_string_append(to, "\r\n");
}

static void line_take(struct cleaning *self, GString *line)
{
    size_t colon = value_at(line->str), length = strcspn(line->str, ";:");
    if (line->str[colon] != ':')
        return;
    g_autofree char *name = g_strndup(line->str, length);
    if (g_ascii_strcasecmp(name, "BEGIN") == 0 || g_ascii_strcasecmp(name, "END") == 0) {
        g_autofree char *what = g_strstrip(g_strdup(line->str + colon + 1));
        if (g_ascii_toupper(*name) == 'B')
            component_begin(self, what);
        else
            component_end(self, what);
    } else if (self->skipped == 0 && is_known(self->place, name)) {
        property_take(self, line, name, colon);
    }
}

/* What does not fit is cut between two characters, and not behind a lone backslash. */
static void line_append(GString *line, const char *bytes, size_t length)
{
    size_t room = line->len < LINE_BYTES_MAX ? LINE_BYTES_MAX - line->len : 0, taken = MIN(room, length);
    while (taken < length && taken > 0 && ((unsigned char)bytes[taken] & 0xc0) == 0x80)
        taken--;
    for (size_t i = 0; i < taken; i++)
        if ((unsigned char)bytes[i] >= 0x20 || bytes[i] == '\t')
            g_string_append_c(line, bytes[i]);
    if (taken < length && line->len > 0 && line->str[line->len - 1] == '\\')
        g_string_truncate(line, line->len - 1);
}

static void lines_take(struct cleaning *self, const char *utf8, const char *end)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *at = utf8; at < end;) {
        size_t length = 0;
        while (at + length < end && at[length] != '\n' && at[length] != '\r')
            length++;
        bool is_folded = length > 0 && (*at == ' ' || *at == '\t');
        if (!is_folded && begins_line(at, length)) {
            line_take(self, line);
            g_string_truncate(line, 0);
        } else if (!is_folded && length > 0) {
            line_append(line, "\\n", 2);
        }
        line_append(line, at + is_folded, length - is_folded);
        at += length;
        while (at < end && (*at == '\n' || *at == '\r'))
            at++;
    }
    line_take(self, line);
}

char *calendar_text(const char *utf8, size_t length, const struct calendar_wish *wish, int *more_events_out)
{
    struct cleaning self = { .wish = wish, .out = g_string_new("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), .event = g_string_new(NULL) };
    lines_take(&self, utf8, utf8 + MIN(length, BYTES_MAX));
    while (self.place > IN_CALENDAR)
        leave(&self);
    g_string_append(self.out, "END:VCALENDAR\r\n");
    g_free(self.name);
    g_string_free(self.event, TRUE);
    *more_events_out = self.more_events;
    return g_string_free(self.out, FALSE);
}
