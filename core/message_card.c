/* SPDX-License-Identifier: MIT */
/* An invitation (RFC 5545) as a short card: what, when in our own time, where, who. Reads the few fields it shows, and no more of the calendar. */
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CALENDAR_BYTES_MAX (512 * 1024)
#define NOTES_MAX          1200

/* One "NAME;PARAM=X:VALUE" of the first event. */
struct property {
    char *parameters, *value;
};

static void property_free(gpointer data)
{
    struct property *self = data;
    g_free(self->parameters);
    g_free(self->value);
    g_free(self);
}

/* Up to the mark, or to the end; what is in quotation marks does not count. */
static size_t unquoted_length(const char *text, char mark)
{
    bool is_quoted = false;
    size_t length = 0;
    for (; text[length] != '\0' && (is_quoted || text[length] != mark); length++)
        is_quoted ^= text[length] == '"';
    return length;
}

static char *unfold(const char *calendar)
{
    GString *out = g_string_new(NULL);
    const char *end = calendar + strnlen(calendar, CALENDAR_BYTES_MAX);
    for (const char *at = calendar; at < end; at++) {
        if (*at == '\r')
            continue;
        if (*at == '\n' && (at[1] == ' ' || at[1] == '\t'))
            at++;
        else
            g_string_append_c(out, *at);
    }
    return g_string_free(out, FALSE);
}

/* Name → property, of the first VEVENT; "METHOD" of the calendar too. Parts inside the event (alarms) have a say of their own. */
static GHashTable *event_read(const char *calendar)
{
    GHashTable *event = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, property_free);
    g_autofree char *unfolded = unfold(calendar);
    g_auto(GStrv) lines = g_strsplit(unfolded, "\n", -1);
    int depth = 0; /* 1: in the calendar, 2: in the event */
    bool is_event = false, is_done = false;
    for (char **line = lines; *line != NULL && !is_done; line++) {
        char *colon = *line + unquoted_length(*line, ':');
        if (*colon == '\0')
            continue;
        *colon = '\0';
        char *value = g_strstrip(colon + 1);
        if (g_ascii_strcasecmp(*line, "BEGIN") == 0) {
            is_event = is_event || (depth == 1 && g_ascii_strcasecmp(value, "VEVENT") == 0);
            depth++;
        } else if (g_ascii_strcasecmp(*line, "END") == 0) {
            depth--;
            is_done = is_event && depth == 1;
        } else if ((is_event && depth == 2) || (depth == 1 && g_ascii_strcasecmp(*line, "METHOD") == 0)) {
            char *semicolon = strchr(*line, ';');
            struct property *property = g_new0(struct property, 1);
            property->parameters = g_strdup(semicolon != NULL ? semicolon + 1 : "");
            property->value = g_strdup(value);
            g_hash_table_insert(event, g_ascii_strup(*line, semicolon != NULL ? semicolon - *line : -1), property);
        }
    }
    if (!is_event)
        g_hash_table_remove_all(event);
    return event;
}

static const char *value_of(GHashTable *event, const char *name)
{
    const struct property *property = g_hash_table_lookup(event, name);
    return property != NULL && *property->value != '\0' ? property->value : NULL;
}

/* "TZID=Europe/Berlin;X=…"; caller frees; NULL: not there. */
static char *parameter_of(const struct property *property, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = property->parameters; *at != '\0';) {
        size_t whole = unquoted_length(at, ';');
        if (whole > length && g_ascii_strncasecmp(at, name, length) == 0 && at[length] == '=') {
            g_autofree char *value = g_strndup(at + length + 1, whole - length - 1);
            g_strdelimit(value, "\"\r\t", ' ');
            return g_strdup(g_strstrip(value));
        }
        at += whole + (at[whole] != '\0');
    }
    return NULL;
}

/* "a\, b\nc" as a person wrote it. */
static char *unescape(const char *value)
{
    GString *out = g_string_new(NULL);
    for (const char *at = value; *at != '\0'; at++) {
        bool is_escaped = *at == '\\' && at[1] != '\0';
        at += is_escaped;
        g_string_append_c(out, is_escaped && (*at == 'n' || *at == 'N') ? '\n' : *at);
    }
    return g_string_free(out, FALSE);
}

/* --- when --- */

struct moment {
    GDateTime *time; /* in our own zone where the zone is known */
    bool is_day;
    char *zone; /* as it is named, where nobody knows it */
};

static void moment_clear(struct moment *self)
{
    g_clear_pointer(&self->time, g_date_time_unref);
    g_clear_pointer(&self->zone, g_free);
}

static int digits(const char *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + g_ascii_digit_value(text[i]);
    return number;
}

/* "20261119", "20261119T140000", with "Z" or a TZID. */
static bool moment_read(const struct property *property, struct moment *out)
{
    const char *value = property->value;
    size_t count = strspn(value, "0123456789");
    if (count != 8)
        return false;
    bool has_time = value[8] == 'T' && strspn(value + 9, "0123456789") == 6;
    g_autofree char *name = parameter_of(property, "TZID");
    g_autoptr(GTimeZone) named = name != NULL ? g_time_zone_new_identifier(name) : NULL;
    g_autoptr(GTimeZone) zone = has_time && value[15] == 'Z' ? g_time_zone_new_utc()
                                : named != NULL              ? g_time_zone_ref(named)
                                                             : g_time_zone_new_local();
    g_autoptr(GDateTime) time = g_date_time_new(zone, digits(value, 4), digits(value + 4, 2), digits(value + 6, 2),
                                                has_time ? digits(value + 9, 2) : 0, has_time ? digits(value + 11, 2) : 0, 0);
    if (time == NULL)
        return false;
    out->is_day = !has_time;
    out->zone = name != NULL && named == NULL && has_time ? g_strdup(name) : NULL;
    out->time = has_time && out->zone == NULL ? g_date_time_to_local(time) : g_date_time_ref(time);
    return true;
}

static char *moment_words(const struct moment *self, const struct moment *before)
{
    bool is_same_day = before != NULL && g_date_time_get_year(self->time) == g_date_time_get_year(before->time) &&
                       g_date_time_get_day_of_year(self->time) == g_date_time_get_day_of_year(before->time);
    if (self->is_day)
        return g_date_time_format(self->time, "%a %e %b %Y");
    return g_date_time_format(self->time, is_same_day ? "%H:%M" : "%a %e %b %Y %H:%M");
}

/* The end of a whole day is the day behind it (RFC 5545, 3.6.1). */
static void end_of_days(struct moment *end)
{
    GDateTime *day = end->is_day ? g_date_time_add_days(end->time, -1) : NULL;
    if (day == NULL)
        return;
    g_date_time_unref(end->time);
    end->time = day;
}

static char *when_words(GHashTable *event)
{
    const struct property *from = g_hash_table_lookup(event, "DTSTART"), *to = g_hash_table_lookup(event, "DTEND");
    struct moment start = { 0 }, end = { 0 };
    if (from == NULL || !moment_read(from, &start))
        return from != NULL ? g_strdup(from->value) : NULL;
    GString *words = g_string_new(NULL);
    g_autofree char *first = moment_words(&start, NULL);
    g_string_append(words, first);
    if (to != NULL && moment_read(to, &end)) {
        end_of_days(&end);
        g_autofree char *second = moment_words(&end, &start);
        if (!end.is_day || g_date_time_compare(end.time, start.time) > 0)
            g_string_append_printf(words, " – %s", second);
    }
    if (start.zone != NULL)
        g_string_append_printf(words, " (%s)", start.zone);
    moment_clear(&start);
    moment_clear(&end);
    return g_string_free(words, FALSE);
}

/* --- the card --- */

static const char *title_of(const char *method)
{
    static const struct {
        const char *method, *title;
    } known[] = { { "REQUEST", N_("Invitation") },
                  { "CANCEL", N_("Cancelled") },
                  { "REPLY", N_("Answer to an invitation") },
                  { "COUNTER", N_("Another time is proposed") } };
    for (size_t i = 0; i < G_N_ELEMENTS(known) && method != NULL; i++)
        if (g_ascii_strcasecmp(method, known[i].method) == 0)
            return _(known[i].title);
    return _("Event");
}

static void field_show(struct text *text, const char *name, const char *value)
{
    g_autofree char *clean = value != NULL ? unescape(value) : NULL;
    if (clean == NULL || *g_strstrip(g_strdelimit(clean, "\r\n\t", ' ')) == '\0')
        return;
    g_autofree char *words = g_strdup_printf("%s: %s", name, clean);
    struct text_line *line = text_add_line(text, words, strlen(words));
    line->indent = 2;
    text_add_span(line, 0, strlen(name) + 1, SPAN_DIM, -1);
}

/* "CN=Grace Hopper:mailto:grace@x.test" → "Grace Hopper <grace@x.test>" */
static void organizer_show(struct text *text, GHashTable *event)
{
    const struct property *organizer = g_hash_table_lookup(event, "ORGANIZER");
    if (organizer == NULL)
        return;
    g_autofree char *name = parameter_of(organizer, "CN");
    const char *address = g_ascii_strncasecmp(organizer->value, "mailto:", 7) == 0 ? organizer->value + 7 : organizer->value;
    g_autofree char *words =
        name != NULL && *name != '\0' && strcmp(name, address) != 0 ? g_strdup_printf("%s <%s>", name, address) : g_strdup(address);
    field_show(text, _("Organizer"), words);
}

static const char *repeat_words(const char *rule)
{
    static const struct {
        const char *frequency, *words;
    } known[] = { { "FREQ=DAILY", N_("every day") },
                  { "FREQ=WEEKLY", N_("every week") },
                  { "FREQ=MONTHLY", N_("every month") },
                  { "FREQ=YEARLY", N_("every year") } };
    for (size_t i = 0; i < G_N_ELEMENTS(known) && rule != NULL; i++)
        if (strstr(rule, known[i].frequency) != NULL)
            return strstr(rule, "INTERVAL=") != NULL && strstr(rule, "INTERVAL=1;") == NULL ? rule : _(known[i].words);
    return rule;
}

bool message_show_card(struct text *text, const char *calendar)
{
    g_autoptr(GHashTable) event = event_read(calendar);
    if (g_hash_table_size(event) == 0)
        return false;
    g_autofree char *when = when_words(event), *escaped = unescape(value_of(event, "SUMMARY") != NULL ? value_of(event, "SUMMARY") : "");
    g_autofree char *summary = g_strstrip(g_strdelimit(g_steal_pointer(&escaped), "\r\n\t", ' '));
    g_autofree char *title =
        g_strdup_printf("%s: %s", title_of(value_of(event, "METHOD")), *summary != '\0' ? summary : _("(without a title)"));
    message_note(text, title, SPAN_HEADING);
    field_show(text, _("When"), when);
    field_show(text, _("Repeats"), repeat_words(value_of(event, "RRULE")));
    field_show(text, _("Where"), value_of(event, "LOCATION"));
    organizer_show(text, event);
    const char *description = value_of(event, "DESCRIPTION");
    g_autofree char *notes = description != NULL ? unescape(description) : NULL;
    if (notes != NULL && *g_strstrip(notes) != '\0') {
        g_autofree char *cut = g_utf8_substring(notes, 0, MIN(g_utf8_strlen(notes, -1), NOTES_MAX));
        text_add_line(text, "", 0);
        text_append(text, text_from_plain(cut, false, false));
    }
    return true;
}
