/* SPDX-License-Identifier: MIT */
/* When, who and what was answered, in words for people. */
#include "core/calendar_private.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define CLEAN_CHARS_MAX 300

static bool is_same_day(GDateTime *a, GDateTime *b)
{
    return g_date_time_get_year(a) == g_date_time_get_year(b) && g_date_time_get_day_of_year(a) == g_date_time_get_day_of_year(b);
}

static char *format(GDateTime *time, const char *pattern)
{
    char *words = language_date(time, pattern);
    return words != NULL ? g_strstrip(words) : g_strdup("?");
}

static char *day_words(GDateTime *time)
{
    /* xgettext:no-c-format */
    return format(time, C_("date of an event", "%a %-d %b %Y"));
}

static char *clock_words(GDateTime *time)
{
    g_autofree char *day = day_words(time), *clock = format(time, "%H:%M");
    return g_strdup_printf("%s %s", day, clock);
}

static char *days_words(GDateTime *start, GDateTime *behind)
{
    g_autoptr(GDateTime) last = g_date_time_add_days(behind, -1);
    g_autofree char *first = day_words(start);
    if (last == NULL || g_date_time_compare(last, start) <= 0 || is_same_day(start, last))
        return g_steal_pointer(&first);
    g_autofree char *second = day_words(last);
    return g_strdup_printf("%s – %s", first, second);
}

static char *times_words(GDateTime *start, GDateTime *end)
{
    g_autofree char *first = clock_words(start);
    if (end == NULL || g_date_time_compare(end, start) <= 0)
        return g_steal_pointer(&first);
    g_autofree char *second = is_same_day(start, end) ? format(end, "%H:%M") : clock_words(end);
    return g_strdup_printf("%s – %s", first, second);
}

char *calendar_range_words(int64_t start_utc, int64_t end_utc, bool is_day)
{
    g_autoptr(GDateTime) start = g_date_time_new_from_unix_local(start_utc);
    g_autoptr(GDateTime) end = end_utc != 0 ? g_date_time_new_from_unix_local(end_utc) : NULL;
    if (start == NULL)
        return g_strdup("?");
    return is_day ? days_words(start, end != NULL ? end : start) : times_words(start, end);
}

char *calendar_when_words(const struct calendar_event *event)
{
    if (!event->start.is_set)
        return NULL;
    g_autofree char *words = calendar_range_words(event->start.utc, event->end.is_set ? event->end.utc : 0, event->start.is_day);
    if (event->start.is_day || !event->start.has_no_zone || event->start.zone == NULL)
        return g_steal_pointer(&words);
    g_autofree char *zone = calendar_clean(event->start.zone);
    return g_strdup_printf("%s (%s)", words, zone);
}

/* Two zones of one clock need no second line. */
char *calendar_elsewhere_words(const struct calendar_event *event)
{
    const struct calendar_time *start = &event->start, *end = &event->end;
    if (!start->is_set || start->is_day || start->zone == NULL || start->has_no_zone)
        return NULL;
    g_autoptr(GDateTime) here = g_date_time_new_from_unix_local(start->utc), there = g_date_time_new_from_unix_utc(start->wall);
    if (here == NULL || there == NULL || g_date_time_get_utc_offset(here) / G_USEC_PER_SEC == start->wall - start->utc)
        return NULL;
    g_autoptr(GDateTime) there_end = end->is_set ? g_date_time_new_from_unix_utc(start->wall + (end->utc - start->utc)) : NULL;
    g_autofree char *words = times_words(there, there_end), *zone = calendar_clean(start->zone);
    return g_strdup_printf("%s (%s)", words, zone);
}

char *calendar_person_words(const struct calendar_person *person)
{
    g_autofree char *name = person->name != NULL ? calendar_clean(person->name) : NULL, *address = calendar_clean(person->address);
    if (name == NULL || *name == '\0' || strcmp(name, address) == 0)
        return g_steal_pointer(&address);
    return *address != '\0' ? g_strdup_printf("%s <%s>", name, address) : g_steal_pointer(&name);
}

const char *calendar_answer_words(enum calendar_answer answer)
{
    static const char *const words[] = {
        [CALENDAR_NO_ANSWER] = N_("not answered"),
        [CALENDAR_ACCEPTED] = N_("accepted"),
        [CALENDAR_TENTATIVE] = N_("maybe"),
        [CALENDAR_DECLINED] = N_("declined"),
        [CALENDAR_DELEGATED] = N_("sends somebody else"),
    };
    return _(words[answer]);
}

/* Marks that turn the order of letters, or are not seen. */
static bool is_steering(gunichar c)
{
    return c == 0x061c || c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

char *calendar_clean(const char *text)
{
    GString *clean = g_string_new(NULL);
    int count = 0;
    for (const char *at = text != NULL ? text : ""; *at != '\0' && count < CLEAN_CHARS_MAX; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool is_blank = g_unichar_isspace(c) || g_unichar_iscntrl(c);
        bool is_doubled = clean->len == 0 || clean->str[clean->len - 1] == ' ';
        if (is_steering(c) || (is_blank && is_doubled))
            continue;
        g_string_append_unichar(clean, is_blank ? ' ' : c);
        count++;
    }
    g_strchomp(clean->str);
    return g_string_free(clean, FALSE);
}
