/* SPDX-License-Identifier: MIT */
/* Times as people say them: words are read from the left, each says a day, a time of day, or how much later. */
#include "core/when.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define WORDS_MAX  12
#define AMOUNT_MAX 100000 /* of minutes, hours, days: beyond it nobody means it */

G_DEFINE_QUARK(postern - when - error, when_error)

struct word {
    char *text; /* folded, for compares */
    size_t spot;
};

struct reading {
    GDateTime *now; /* local */
    struct word words[WORDS_MAX];
    size_t count, at;
    GDateTime *day; /* NULL: not said */
    int hour, minute, second;
    bool has_time;
    int default_hour;
    gint64 later_s;
    int later_days, later_months;
    bool has_later;
    GTimeZone *zone; /* NULL: local */
};

typedef struct reading reading;
static void reading_clear(struct reading *self)
{
    for (size_t i = 0; i < self->count; i++)
        g_free(self->words[i].text);
    g_clear_pointer(&self->now, g_date_time_unref);
    g_clear_pointer(&self->day, g_date_time_unref);
    g_clear_pointer(&self->zone, g_time_zone_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(reading, reading_clear)

/* --- words --- */

static bool is_between(gunichar letter)
{
    return g_unichar_isspace(letter) || letter == ',';
}

static bool words_split(struct reading *self, const char *text)
{
    const char *at = text;
    while (*at != '\0') {
        while (*at != '\0' && is_between(g_utf8_get_char(at)))
            at = g_utf8_next_char(at);
        const char *end = at;
        while (*end != '\0' && !is_between(g_utf8_get_char(end)))
            end = g_utf8_next_char(end);
        if (end == at)
            break;
        if (self->count == WORDS_MAX)
            return false;
        self->words[self->count++] = (struct word){ g_utf8_casefold(at, end - at), (size_t)(at - text) };
        at = end;
    }
    return self->count > 0;
}

static const char *word_now(const struct reading *self, size_t ahead)
{
    return self->at + ahead < self->count ? self->words[self->at + ahead].text : "";
}

static bool word_is(const struct reading *self, size_t ahead, const char *word)
{
    return strcmp(word_now(self, ahead), word) == 0;
}

/* Digits at *at, which moves behind them; -1: none, or too many. */
static int number_read(const char **at)
{
    int value = 0;
    const char *begin = *at;
    for (; g_ascii_isdigit(**at); (*at)++) {
        value = value * 10 + (**at - '0');
        if (value > AMOUNT_MAX)
            return -1;
    }
    return *at == begin ? -1 : value;
}

/* --- days --- */

static bool set_day(struct reading *self, GDateTime *day /* taken; NULL: there is no such day */)
{
    if (day == NULL || self->day != NULL) {
        if (day != NULL)
            g_date_time_unref(day);
        return false;
    }
    self->day = day;
    return true;
}

static bool set_date(struct reading *self, int year, int month, int day)
{
    if (year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    return set_day(self, g_date_time_new_local(year, month, day, 0, 0, 0));
}

/* A date without a year is the next one of that name. */
static bool set_date_ahead(struct reading *self, int month, int day)
{
    int year = g_date_time_get_year(self->now);
    bool is_over = month < g_date_time_get_month(self->now) ||
                   (month == g_date_time_get_month(self->now) && day < g_date_time_get_day_of_month(self->now));
    return set_date(self, is_over ? year + 1 : year, month, day);
}

/* "24.12.", "24.12.2026", "2026-12-24" */
static bool read_date(struct reading *self)
{
    const char *at = word_now(self, 0);
    int first = number_read(&at);
    char between = *at;
    if (first < 0 || (between != '.' && between != '-'))
        return false;
    at++;
    int second = number_read(&at);
    if (second < 0)
        return false;
    bool has_third = *at == between;
    at += has_third;
    int third = has_third && *at != '\0' ? number_read(&at) : -1;
    if (*at != '\0')
        return false;
    self->at++;
    if (between == '-')
        return first >= 1000 && third >= 0 && set_date(self, first, second, third);
    return third >= 0 ? set_date(self, third < 100 ? third + 2000 : third, second, first) : set_date_ahead(self, second, first);
}

/* 0: no name of one. count names, whole or at least three letters of the English; or as the locale writes them. */
static int name_index(const char *word, const char *const *english, int count, char *(*local)(int index, const char *format))
{
    g_autofree char *bare = g_str_has_suffix(word, ".") ? g_strndup(word, strlen(word) - 1) : g_strdup(word);
    for (int i = 0; i < count; i++) {
        if (strlen(bare) >= 3 && g_str_has_prefix(english[i], bare))
            return i + 1;
        for (int is_short = 0; is_short < 2; is_short++) {
            g_autofree char *name = local(i + 1, is_short ? "short" : "long"), *folded = name != NULL ? g_utf8_casefold(name, -1) : NULL;
            if (folded != NULL && g_str_has_suffix(folded, "."))
                folded[strlen(folded) - 1] = '\0';
            if (folded != NULL && *folded != '\0' && strcmp(folded, bare) == 0)
                return i + 1;
        }
    }
    return 0;
}

static char *weekday_local(int index, const char *format)
{
    g_autoptr(GDateTime) sample = g_date_time_new_utc(2024, 1, index, 0, 0, 0); /* 1 January 2024 was a Monday */
    return language_date(sample, *format == 's' ? "%a" : "%A");
}

static char *month_local(int index, const char *format)
{
    g_autoptr(GDateTime) sample = g_date_time_new_utc(2024, index, 1, 0, 0, 0);
    return language_date(sample, *format == 's' ? "%b" : "%B");
}

static int weekday_of(const char *word)
{
    static const char *const names[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };
    return name_index(word, names, 7, weekday_local);
}

static int month_of(const char *word)
{
    static const char *const names[] = { "january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december" };
    return name_index(word, names, 12, month_local);
}

/* The next one, never today. */
static bool set_weekday(struct reading *self, int weekday)
{
    int days = (weekday - g_date_time_get_day_of_week(self->now) + 7) % 7;
    return set_day(self, g_date_time_add_days(self->now, days == 0 ? 7 : days));
}

static bool read_weekday(struct reading *self)
{
    size_t skip = word_is(self, 0, "next") || word_is(self, 0, "on") || word_is(self, 0, "this");
    int weekday = weekday_of(word_now(self, skip));
    if (weekday == 0)
        return false;
    self->at += skip + 1;
    return set_weekday(self, weekday);
}

/* "24 dec", "dec 24", each with a year or without. */
static bool read_named_date(struct reading *self)
{
    const char *first = word_now(self, 0), *second = word_now(self, 1);
    int month = month_of(first);
    const char *digits = month != 0 ? second : first;
    if (month == 0)
        month = month_of(second);
    int day = number_read(&digits);
    if (month == 0 || day < 1 ||
        (*digits != '\0' && strcmp(digits, ".") != 0 && strcmp(digits, "th") != 0 && strcmp(digits, "st") != 0 &&
         strcmp(digits, "nd") != 0 && strcmp(digits, "rd") != 0))
        return false;
    self->at += 2;
    const char *rest = word_now(self, 0);
    int year = number_read(&rest);
    if (year < 1000 || *rest != '\0')
        return set_date_ahead(self, month, day);
    self->at++;
    return set_date(self, year, month, day);
}

/* Days with names; next: what has to come behind it. */
static const struct {
    const char *word, *next;
    int days, hour; /* days -1: the first of that weekday, of `month` */
    int weekday;
    bool is_first_of_month;
} day_words[] = {
    { "today", NULL, 0, 18, 0, false },     { "tonight", NULL, 0, 20, 0, false },     { "tomorrow", NULL, 1, 0, 0, false },
    { "this", "evening", 0, 18, 0, false }, { "this", "afternoon", 0, 14, 0, false }, { "next", "week", 0, 0, 1, false },
    { "this", "weekend", 0, 9, 6, false },  { "weekend", NULL, 0, 9, 6, false },      { "next", "weekend", 0, 9, 6, false },
    { "next", "month", 0, 0, 0, true },
};

static bool read_day_word(struct reading *self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(day_words); i++) {
        if (!word_is(self, 0, day_words[i].word) || (day_words[i].next != NULL && !word_is(self, 1, day_words[i].next)))
            continue;
        self->at += day_words[i].next != NULL ? 2 : 1;
        self->default_hour = day_words[i].hour;
        if (day_words[i].weekday != 0)
            return set_weekday(self, day_words[i].weekday);
        if (!day_words[i].is_first_of_month)
            return set_day(self, g_date_time_add_days(self->now, day_words[i].days));
        g_autoptr(GDateTime) month = g_date_time_add_months(self->now, 1);
        return set_date(self, g_date_time_get_year(month), g_date_time_get_month(month), 1);
    }
    return false;
}

/* --- times of day --- */

static bool set_time(struct reading *self, int hour, int minute, int second)
{
    if (self->has_time || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    self->hour = hour;
    self->minute = minute;
    self->second = second;
    return self->has_time = true;
}

static bool read_time_word(struct reading *self)
{
    static const struct {
        const char *word;
        int hour;
    } times[] = {
        { "morning", WHEN_MORNING_HOUR }, { "noon", 12 }, { "afternoon", 14 }, { "evening", 18 }, { "night", 20 }, { "midnight", 0 }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        if (word_is(self, 0, times[i].word)) {
            self->at++;
            return set_time(self, times[i].hour, 0, 0);
        }
    }
    return false;
}

/* am and pm, stuck to the digits or the next word. */
static bool read_half(struct reading *self, const char *rest, int *hour)
{
    bool is_next = *rest == '\0' && (word_is(self, 1, "am") || word_is(self, 1, "pm"));
    const char *half = is_next ? word_now(self, 1) : rest;
    if (*half == '\0')
        return true;
    if ((strcmp(half, "am") != 0 && strcmp(half, "pm") != 0) || *hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (*half == 'p' ? 12 : 0);
    self->at += is_next;
    return true;
}

/* "8:00", "17:30:15", "8am", "8 pm", "at 8" */
static bool read_time(struct reading *self)
{
    bool is_told = word_is(self, 0, "at") || word_is(self, 0, "@");
    const size_t began = self->at;
    self->at += is_told;
    const char *at = word_now(self, 0);
    int hour = number_read(&at), minute = 0, second = 0;
    bool has_colon = *at == ':', has_half = g_ascii_isalpha(*at) || word_is(self, 1, "am") || word_is(self, 1, "pm");
    if (has_colon) {
        at++;
        minute = number_read(&at);
        if (*at == ':') {
            at++;
            second = number_read(&at);
        }
    }
    if (hour < 0 || minute < 0 || second < 0 || !(has_colon || has_half || is_told) || !read_half(self, at, &hour)) {
        self->at = began;
        return is_told && read_time_word((self->at++, self));
    }
    self->at++;
    return set_time(self, hour, minute, second);
}

/* "2026-12-24T10:00", with seconds and zone or without. */
static bool read_iso(struct reading *self)
{
    g_autofree char *text = g_ascii_strup(word_now(self, 0), -1);
    if (strchr(text, 'T') == NULL)
        return false;
    g_autoptr(GTimeZone) local = g_time_zone_new_local();
    const char *time = strchr(text, 'T') + 1;
    bool is_short = strlen(time) >= 5 && (time[5] == '\0' || time[5] == 'Z' || time[5] == '+' || time[5] == '-');
    g_autofree char *full = is_short ? g_strdup_printf("%.*s:00%s", (int)(time + 5 - text), text, time + 5) : g_strdup(text);
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(full, local);
    g_autoptr(GDateTime) here = when != NULL ? g_date_time_to_local(when) : NULL;
    if (here == NULL || self->day != NULL)
        return false;
    self->at++;
    self->day = g_steal_pointer(&here);
    return set_time(self, g_date_time_get_hour(self->day), g_date_time_get_minute(self->day), g_date_time_get_second(self->day));
}

/* --- how much later --- */

static const struct {
    const char *words[5];
    int seconds, days, months;
} units[] = {
    { { "m", "min", "mins", "minute", "minutes" }, 60, 0, 0 }, { { "h", "hr", "hrs", "hour", "hours" }, 3600, 0, 0 },
    { { "d", "day", "days", NULL, NULL }, 0, 1, 0 },           { { "w", "wk", "week", "weeks", NULL }, 0, 7, 0 },
    { { "month", "months", "mo", NULL, NULL }, 0, 0, 1 },      { { "y", "year", "years", NULL, NULL }, 0, 0, 12 },
    { { "s", "sec", "second", "seconds", NULL }, 1, 0, 0 },
};

static bool add_later(struct reading *self, int amount, const char *unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(units[i].words) && units[i].words[k] != NULL; k++) {
            if (strcmp(units[i].words[k], unit) != 0)
                continue;
            self->later_s += (gint64)amount * units[i].seconds;
            self->later_days += amount * units[i].days;
            self->later_months += amount * units[i].months;
            return self->has_later = true;
        }
    }
    return false;
}

/* "2h", "1d", "90 min", "in 3 days", "in an hour" */
static bool read_later(struct reading *self)
{
    const size_t began = self->at;
    self->at += word_is(self, 0, "in");
    const char *at = word_now(self, 0) + (*word_now(self, 0) == '+');
    int amount = word_is(self, 0, "a") || word_is(self, 0, "an") ? 1 : number_read(&at);
    bool is_stuck = amount >= 0 && g_ascii_isalpha(*at) && !word_is(self, 0, "a") && !word_is(self, 0, "an");
    if (amount >= 0 && add_later(self, amount, is_stuck ? at : word_now(self, 1))) {
        self->at += is_stuck ? 1 : 2;
        return true;
    }
    self->at = began;
    return false;
}

/* Some three hours from now, at a full hour. */
static bool read_later_word(struct reading *self)
{
    if (!word_is(self, 0, "later"))
        return false;
    self->at += word_is(self, 1, "today") ? 2 : 1;
    self->later_s += 3 * 3600 - g_date_time_get_minute(self->now) * 60 - g_date_time_get_second(self->now);
    return self->has_later = true;
}

/* --- all of it --- */

static bool (*const readers[])(struct reading *self) = { read_later_word, read_iso,     read_later, read_date,     read_named_date,
                                                         read_day_word,   read_weekday, read_time,  read_time_word };

static bool words_read(struct reading *self)
{
    while (self->at < self->count) {
        const size_t began = self->at;
        bool is_read = false;
        for (size_t i = 0; !is_read && self->at == began && i < G_N_ELEMENTS(readers); i++)
            is_read = readers[i](self);
        if (!is_read) {
            self->at = began;
            return false;
        }
    }
    self->at = 0; /* if it makes no sense, none of it does */
    return !(self->has_later && (self->day != NULL || (self->has_time && self->later_days + self->later_months == 0)));
}

static GDateTime *later_than_now(const struct reading *self)
{
    g_autoptr(GDateTime) months = g_date_time_add_months(self->now, self->later_months);
    g_autoptr(GDateTime) days = months != NULL ? g_date_time_add_days(months, self->later_days) : NULL;
    return days != NULL ? g_date_time_add_seconds(days, (double)self->later_s) : NULL;
}

static GDateTime *at_time(GDateTime *day, int hour, int minute, int second)
{
    return g_date_time_new_local(g_date_time_get_year(day), g_date_time_get_month(day), g_date_time_get_day_of_month(day), hour, minute,
                                 second);
}

static GDateTime *reading_result(const struct reading *self)
{
    g_autoptr(GDateTime) later = self->has_later ? later_than_now(self) : NULL;
    if (self->has_later && !self->has_time)
        return g_steal_pointer(&later);
    GDateTime *day = later != NULL ? later : self->day != NULL ? self->day : self->now;
    int hour = self->default_hour != 0 ? self->default_hour : WHEN_MORNING_HOUR;
    g_autoptr(GDateTime) when = self->has_time ? at_time(day, self->hour, self->minute, self->second) : at_time(day, hour, 0, 0);
    if (self->day != NULL || later != NULL || when == NULL || g_date_time_compare(when, self->now) > 0)
        return g_steal_pointer(&when);
    g_autoptr(GDateTime) tomorrow = g_date_time_add_days(day, 1);
    return at_time(tomorrow, self->hour, self->minute, self->second);
}

static bool fail_words(const char *text, size_t spot, size_t *spot_out, GError **error)
{
    if (spot_out != NULL)
        *spot_out = spot;
    g_set_error(error, WHEN_ERROR, WHEN_ERROR_WORDS,
                _("“%s” is not a time that is understood here. Examples: 2h, tomorrow 8:00, mon 9:00, next week, 24 dec 10:00."),
                text + spot);
    return false;
}

bool when_parse(const char *text, int64_t now_utc, int64_t *when_utc_out, size_t *spot_out, GError **error)
{
    g_auto(reading) self = { .now = g_date_time_new_from_unix_local(now_utc) };
    if (!g_utf8_validate(text, -1, NULL))
        return fail_words("", 0, spot_out, error);
    if (self.now == NULL || !words_split(&self, text) || !words_read(&self))
        return fail_words(text, self.at < self.count ? self.words[self.at].spot : 0, spot_out, error);
    g_autoptr(GDateTime) when = reading_result(&self);
    if (when == NULL)
        return fail_words(text, 0, spot_out, error);
    if (g_date_time_to_unix(when) <= now_utc) {
        g_autofree char *words = when_describe(g_date_time_to_unix(when), now_utc);
        if (spot_out != NULL)
            *spot_out = 0;
        g_set_error(error, WHEN_ERROR, WHEN_ERROR_PAST, _("%s is over already."), words);
        return false;
    }
    *when_utc_out = g_date_time_to_unix(when);
    return true;
}

static int days_between(GDateTime *from, GDateTime *to)
{
    GDate a, b;
    g_date_clear(&a, 1);
    g_date_clear(&b, 1);
    g_date_set_dmy(&a, (GDateDay)g_date_time_get_day_of_month(from), (GDateMonth)g_date_time_get_month(from),
                   (GDateYear)g_date_time_get_year(from));
    g_date_set_dmy(&b, (GDateDay)g_date_time_get_day_of_month(to), (GDateMonth)g_date_time_get_month(to),
                   (GDateYear)g_date_time_get_year(to));
    return g_date_days_between(&a, &b);
}

char *when_describe(int64_t when_utc, int64_t now_utc)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(when_utc), now = g_date_time_new_from_unix_local(now_utc);
    if (when == NULL || now == NULL)
        return g_strdup("?");
    g_autofree char *time = language_date(when, "%H:%M");
    int days = days_between(now, when);
    if (days == 0)
        return g_strdup_printf(_("today %s"), time);
    if (days == 1)
        return g_strdup_printf(_("tomorrow %s"), time);
    if (days == -1)
        return g_strdup_printf(_("yesterday %s"), time);
    /* TRANSLATORS: codes of strftime(3): a day of this year and the time. */
    /* xgettext:no-c-format */
    const char *near = C_("date of this year and time", "%a %-e %b %H:%M");
    /* xgettext:no-c-format */
    const char *far = C_("date of another year and time", "%-e %b %Y %H:%M");
    return language_date(when, g_date_time_get_year(when) == g_date_time_get_year(now) ? near : far);
}
