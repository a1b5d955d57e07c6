/* SPDX-License-Identifier: MIT */
/* Dates as a person says them: short and relative in the list, whole in the reader. */
#include "ui/date.h"
#include "core/language.h"
#include <glib.h>
#include <glib/gi18n-lib.h>

static int64_t day_number(GDateTime *date)
{
    int year = 0, month = 0, day = 0;
    g_date_time_get_ymd(date, &year, &month, &day);
    GDate calendar;
    g_date_clear(&calendar, 1);
    g_date_set_dmy(&calendar, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return g_date_get_julian(&calendar);
}

char *date_short(int64_t date_utc, int64_t now_utc, const char *format)
{
    g_autoptr(GDateTime) date = date_utc > 0 ? g_date_time_new_from_unix_local(date_utc) : NULL;
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_local(now_utc);
    if (date == NULL || now == NULL)
        return g_strdup("");
    int64_t days = day_number(now) - day_number(date);
    char *text = NULL;
    if (days == 0)
        text = language_date(date, "%H:%M");
    else if (days == 1)
        text = g_strdup(_("Yesterday"));
    else if (days > 1 && days < 7)
        /* TRANSLATORS: codes of strftime(3), at most ten columns: the date of mail of this week. */
        /* xgettext:no-c-format */
        text = language_date(date, C_("date of this week", "%a %e"));
    else if (days >= 7 && days < 300 && g_date_time_get_year(date) == g_date_time_get_year(now))
        /* TRANSLATORS: codes of strftime(3), at most ten columns: the date of mail of this year. */
        /* xgettext:no-c-format */
        text = language_date(date, C_("date of this year", "%e %b"));
    else
        text = language_date(date, format != NULL ? format : language_day_format());
    return text != NULL ? g_strstrip(text) : g_strdup("");
}

static char *ago(int64_t seconds)
{
    const struct {
        int64_t limit, unit;
        const char *one, *many;
    } steps[] = { { 3600, 60, NP_("%d minute ago", "%d minutes ago") },
                  { 86400, 3600, NP_("%d hour ago", "%d hours ago") },
                  { 86400LL * 14, 86400, NP_("%d day ago", "%d days ago") } };
    if (seconds >= 0 && seconds < 60)
        return g_strdup(_("just now"));
    for (size_t i = 0; seconds >= 0 && i < G_N_ELEMENTS(steps); i++) {
        if (seconds >= steps[i].limit)
            continue;
        int count = (int)(seconds / steps[i].unit);
        GString *text = g_string_new(NULL);
        const char *format = g_dngettext(GETTEXT_PACKAGE, steps[i].one, steps[i].many, (gulong)count);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table's own formats, translated */
        g_string_printf(text, format, count);
#pragma GCC diagnostic pop
        return g_string_free(text, FALSE);
    }
    return NULL;
}

char *date_long(int64_t date_utc, int64_t now_utc)
{
    g_autoptr(GDateTime) date = date_utc > 0 ? g_date_time_new_from_unix_local(date_utc) : NULL;
    /* TRANSLATORS: codes of strftime(3): the date above a message. */
    /* xgettext:no-c-format */
    const char *format = C_("date above a message", "%a %e %b %Y %H:%M");
    g_autofree char *when = date != NULL ? language_date(date, format) : NULL;
    g_autofree char *since = ago(now_utc - date_utc);
    if (when == NULL)
        return g_strdup("");
    return since != NULL ? g_strdup_printf("%s (%s)", when, since) : g_strdup(when);
}
