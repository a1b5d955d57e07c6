/* SPDX-License-Identifier: MIT */
/* What comes back: a rule in words, and when it takes place within a time, in a bounded number of steps. */
#include "core/calendar_private.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define STEPS_MAX     20000
#define EXCEPTION_MAX 3000u

/* --- words --- */

static const char *day_name(int day)
{
    static const char *const names[] = { N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat") };
    return day >= 1 && day <= 7 ? _(names[day - 1]) : "?";
}

static const char *position_name(int position)
{
    static const char *const names[] = { NC_("which of the month", "first"), NC_("which of the month", "second"),
                                         NC_("which of the month", "third"), NC_("which of the month", "fourth"),
                                         NC_("which of the month", "fifth") };
    if (position == -1)
        return C_("which of the month", "last");
    return position >= 1 && position <= 5 ? g_dpgettext2(GETTEXT_PACKAGE, "which of the month", names[position - 1]) : NULL;
}

static char *every_words(const struct icalrecurrencetype *rule)
{
    int n = MAX(rule->interval, 1);
    switch (rule->freq) {
    case ICAL_YEARLY_RECURRENCE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "every year", "every %d years", (gulong)n), n);
    case ICAL_MONTHLY_RECURRENCE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "every month", "every %d months", (gulong)n), n);
    case ICAL_WEEKLY_RECURRENCE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "every week", "every %d weeks", (gulong)n), n);
    case ICAL_DAILY_RECURRENCE:
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "every day", "every %d days", (gulong)n), n);
    default:
        return g_strdup(_("many times a day"));
    }
}

/* " on Mon, Wed", " on the second Tue" */
static void days_append(GString *words, const struct icalrecurrencetype *rule)
{
    g_autoptr(GString) days = g_string_new(NULL);
    for (int i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX && i < 14; i++) {
        int position = icalrecurrencetype_day_position(rule->by_day[i]);
        const char *which =
            position == 0 && rule->by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX && rule->by_day[1] == ICAL_RECURRENCE_ARRAY_MAX
                ? position_name(rule->by_set_pos[0])
                : position_name(position);
        const char *day = day_name((int)icalrecurrencetype_day_day_of_week(rule->by_day[i]));
        g_string_append(days, i > 0 ? ", " : "");
        if (which != NULL)
            g_string_append_printf(days, _("the %1$s %2$s"), which, day); /* the second Tue */
        else
            g_string_append(days, day);
    }
    if (days->len > 0)
        g_string_append_printf(words, _(" on %s"), days->str);
}

static void month_days_append(GString *words, const struct icalrecurrencetype *rule)
{
    g_autoptr(GString) days = g_string_new(NULL);
    for (int i = 0; i < ICAL_BY_MONTHDAY_SIZE && rule->by_month_day[i] != ICAL_RECURRENCE_ARRAY_MAX && i < 31; i++) {
        g_string_append(days, i > 0 ? ", " : "");
        if (rule->by_month_day[i] == -1)
            g_string_append(days, _("the last"));
        else
            g_string_append_printf(days, "%d", rule->by_month_day[i]);
    }
    if (days->len > 0)
        g_string_append_printf(words, _(" on day %s of the month"), days->str);
}

static void end_append(GString *words, const calendar_zone *zone, const struct icalrecurrencetype *rule)
{
    int64_t wall = 0;
    if (rule->count > 0) {
        g_string_append_printf(words, g_dngettext(GETTEXT_PACKAGE, ", once", ", %d times", (gulong)rule->count), rule->count);
    } else if (calendar_wall(rule->until, &wall)) {
        int64_t utc = rule->until.is_date            ? calendar_zone_utc(NULL, wall)
                      : icaltime_is_utc(rule->until) ? wall
                                                     : calendar_zone_utc(zone, wall);
        g_autoptr(GDateTime) day = g_date_time_new_from_unix_local(utc);
        /* xgettext:no-c-format */
        g_autofree char *date = day != NULL ? language_date(day, C_("date of an event", "%a %-d %b %Y")) : NULL;
        if (date != NULL)
            g_string_append_printf(words, _(" until %s"), g_strstrip(date));
    }
}

static bool rule_of(const struct calendar_event *event, struct icalrecurrencetype *out)
{
    icalproperty *property = icalcomponent_get_first_property(event->component, ICAL_RRULE_PROPERTY);
    if (property == NULL)
        return false;
    *out = icalproperty_get_rrule(property);
    return out->freq != ICAL_NO_RECURRENCE;
}

char *calendar_repeat_words(const struct calendar_event *event)
{
    struct icalrecurrencetype rule;
    bool is_extra = icalcomponent_get_first_property(event->component, ICAL_RDATE_PROPERTY) != NULL;
    if (!rule_of(event, &rule))
        return event->has_rule ? g_strdup(_("again and again, by a rule that cannot be read"))
               : is_extra      ? g_strdup(_("on some more days"))
                               : NULL;
    g_autofree char *every = every_words(&rule);
    GString *words = g_string_new(every);
    days_append(words, &rule);
    month_days_append(words, &rule);
    end_append(words, NULL, &rule);
    if (event->left_out > 0)
        g_string_append_printf(words, g_dngettext(GETTEXT_PACKAGE, ", but for one day", ", but for %d days", (gulong)event->left_out),
                               event->left_out);
    return g_string_free(words, FALSE);
}

/* --- within a time --- */

struct walk {
    const calendar *whole;
    const struct calendar_event *event;
    int64_t from_utc, to_utc, length_s;
    GHashTable *left_out; /* of int64_t: UTC */
    calendar_told *told;
    void *data;
};

/* False: enough. */
static bool occurrence_tell(const struct walk *walk, int64_t utc)
{
    if (utc >= walk->to_utc)
        return false;
    if (utc + MAX(walk->length_s, 1) <= walk->from_utc || (walk->left_out != NULL && g_hash_table_contains(walk->left_out, &utc)))
        return true;
    return walk->told(utc, utc + walk->length_s, walk->data);
}

static GHashTable *times_of(const calendar *self, const struct calendar_event *event, icalproperty_kind kind)
{
    GHashTable *times = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (icalproperty *each = icalcomponent_get_first_property(event->component, kind);
         each != NULL && g_hash_table_size(times) < EXCEPTION_MAX; each = icalcomponent_get_next_property(event->component, kind)) {
        const icalvalue *value = icalproperty_get_value(each);
        icalvalue_kind type = value != NULL ? icalvalue_isa(value) : ICAL_NO_VALUE;
        struct icaltimetype time = icaltime_null_time();
        int64_t wall = 0;
        if (type == ICAL_DATETIMEPERIOD_VALUE)
            time = icalvalue_get_datetimeperiod(value).time;
        else if (type == ICAL_DATE_VALUE || type == ICAL_DATETIME_VALUE || type == ICAL_DATETIMEDATE_VALUE)
            time = type == ICAL_DATE_VALUE ? icalvalue_get_date(value) : icalvalue_get_datetime(value);
        if (!calendar_wall(time, &wall))
            continue;
        int64_t utc = icaltime_is_utc(time) ? wall : calendar_time_at(self, &event->start, wall);
        g_hash_table_add(times, g_memdup2(&utc, sizeof utc));
    }
    return times;
}

/* Hours, minutes and seconds are not worked out: nobody meets so often, and a rule of them can go on for ever between two that count. */
static bool is_walkable(const struct icalrecurrencetype *rule)
{
    bool is_slow = rule->freq == ICAL_YEARLY_RECURRENCE || rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_WEEKLY_RECURRENCE ||
                   rule->freq == ICAL_DAILY_RECURRENCE;
    return is_slow && rule->rscale == NULL && rule->by_hour[0] == ICAL_RECURRENCE_ARRAY_MAX &&
           rule->by_minute[0] == ICAL_RECURRENCE_ARRAY_MAX && rule->by_second[0] == ICAL_RECURRENCE_ARRAY_MAX;
}

static struct icaltimetype floating(int64_t wall, bool is_day)
{
    struct icaltimetype time = icaltime_from_timet_with_zone((time_t)wall, is_day, icaltimezone_get_utc_timezone());
    time.zone = NULL;
    return time;
}

static void rule_walk(const struct walk *walk, struct icalrecurrencetype *rule)
{
    const int64_t day = 24 * 60 * 60;
    const struct calendar_time *start = &walk->event->start;
    int64_t until = INT64_MAX, wall = 0;
    if (calendar_wall(rule->until, &wall))
        until = rule->until.is_date            ? calendar_time_at(walk->whole, start, wall + day - 1)
                : icaltime_is_utc(rule->until) ? wall
                                               : calendar_time_at(walk->whole, start, wall);
    rule->until = icaltime_null_time(); /* ours is in UTC, as the occurrences are */
    struct icaltimetype first = floating(start->wall, start->is_day);
    icalrecur_iterator *steps = icalrecur_iterator_new(*rule, first);
    if (steps == NULL)
        return;
    int64_t near = walk->from_utc - walk->length_s - 2 * day;
    if (rule->count == 0 && near > start->wall)
        icalrecur_iterator_set_start(steps, floating(near, start->is_day));
    for (int i = 0; i < STEPS_MAX; i++) {
        struct icaltimetype next = icalrecur_iterator_next(steps);
        if (icaltime_is_null_time(next) || !calendar_wall(next, &wall))
            break;
        int64_t utc = calendar_time_at(walk->whole, start, wall);
        if (utc > until || !occurrence_tell(walk, utc))
            break;
    }
    icalrecur_iterator_free(steps);
}

static void extra_walk(const struct walk *walk)
{
    g_autoptr(GHashTable) extra = times_of(walk->whole, walk->event, ICAL_RDATE_PROPERTY);
    GHashTableIter iter;
    gpointer key = NULL;
    g_hash_table_iter_init(&iter, extra);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        occurrence_tell(walk, *(const int64_t *)key);
}

void calendar_occurrences(const calendar *self, const struct calendar_event *event, int64_t from_utc, int64_t to_utc, calendar_told *told,
                          void *data)
{
    if (!event->start.is_set)
        return;
    g_autoptr(GHashTable) left_out = times_of(self, event, ICAL_EXDATE_PROPERTY);
    int64_t length = event->end.is_set ? CLAMP(event->end.utc - event->start.utc, 0, (int64_t)3660 * 24 * 60 * 60) : 0;
    struct walk walk = { self, event, from_utc, to_utc, length, left_out, told, data };
    struct icalrecurrencetype rule;
    bool has_rule = rule_of(event, &rule);
    if (has_rule && is_walkable(&rule))
        rule_walk(&walk, &rule);
    else
        occurrence_tell(&walk, event->start.utc);
    extra_walk(&walk);
}
