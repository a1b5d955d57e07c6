/* SPDX-License-Identifier: MIT */
/* Dates as mail really has them: RFC 5322, its grandfathers, ctime, ISO 8601, zones by name, years of two and three digits, halves of the day. */
#include "core/message_private.h"
#include <gmime/gmime.h>
#include <string.h>

#define DATE_BYTES_MAX 256

struct date {
    int day, month, year, hour, minute, second; /* -1: not said yet; months from 1 */
    int zone_minutes;
    bool has_zone, has_number_zone, is_morning, is_afternoon;
};

static int word_value(const char *word, size_t length, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (length >= 3 && g_ascii_strncasecmp(word, words[i], 3) == 0)
            return (int)i;
    return -1;
}

static int month_of(const char *word, size_t length)
{
    static const char *const english[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };
    static const char *const german[] = { "jan", "feb", "mrz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez" };
    int month = word_value(word, length, english, G_N_ELEMENTS(english));
    return 1 + (month >= 0 ? month : word_value(word, length, german, G_N_ELEMENTS(german)));
}

/* Names of zones; only some are in RFC 5322, but people know the others. */
static void zone_by_name(struct date *self, const char *word, size_t length)
{
    static const struct {
        const char *name;
        int minutes;
    } zones[] = { { "Z", 0 },      { "UT", 0 },      { "GMT", 0 },     { "UTC", 0 },    { "WET", 0 },    { "EST", -300 },
                  { "EDT", -240 }, { "CST", -360 },  { "CDT", -300 },  { "MST", -420 }, { "MDT", -360 }, { "PST", -480 },
                  { "PDT", -420 }, { "AKST", -540 }, { "AKDT", -480 }, { "HST", -600 }, { "AST", -240 }, { "ADT", -180 },
                  { "BST", 60 },   { "WEST", 60 },   { "CET", 60 },    { "MET", 60 },   { "MEZ", 60 },   { "CEST", 120 },
                  { "MEST", 120 }, { "MESZ", 120 },  { "EET", 120 },   { "EEST", 180 }, { "MSK", 180 },  { "MSD", 240 },
                  { "JST", 540 },  { "KST", 540 },   { "AEST", 600 },  { "AEDT", 660 }, { "NZST", 720 }, { "NZDT", 780 } };
    for (size_t i = 0; i < G_N_ELEMENTS(zones) && !self->has_number_zone; i++)
        if (strlen(zones[i].name) == length && g_ascii_strncasecmp(word, zones[i].name, length) == 0) {
            self->zone_minutes = zones[i].minutes;
            self->has_zone = true;
        }
}

static size_t digits_read(const char *at, int *number_out)
{
    size_t length = 0;
    *number_out = 0;
    for (; g_ascii_isdigit(at[length]); length++)
        *number_out = length < 6 ? *number_out * 10 + g_ascii_digit_value(at[length]) : *number_out;
    return length;
}

/* "+0200", "-5:00", "-500", "+2" */
static size_t zone_read(struct date *self, const char *at)
{
    int number = 0, minutes = 0;
    size_t length = digits_read(at + 1, &number), used = 1 + length;
    if (length == 0)
        return 1;
    if (length <= 2) {
        minutes = number * 60;
        if (at[used] == ':' && g_ascii_isdigit(at[used + 1])) {
            used += 1 + digits_read(at + used + 1, &number);
            minutes += number;
        }
    } else {
        minutes = number / 100 * 60 + number % 100;
    }
    if (minutes < 100 * 60 && !self->has_number_zone) {
        self->zone_minutes = *at == '-' ? -minutes : minutes;
        self->has_zone = self->has_number_zone = true;
    }
    return used;
}

/* "09:05", "09:05:07.123", "9.05.07": what stands behind the hour. */
static size_t time_read(struct date *self, const char *at, int hour)
{
    char mark = *at;
    size_t used = 1 + digits_read(at + 1, &self->minute);
    self->hour = hour;
    self->second = 0;
    if (at[used] == mark && g_ascii_isdigit(at[used + 1]))
        used += 1 + digits_read(at + used + 1, &self->second);
    if (at[used] == '.' || (at[used] == ',' && g_ascii_isdigit(at[used + 1])))
        used += 1 + strspn(at + used + 1, "0123456789");
    return used;
}

static void year_take(struct date *self, int number, size_t length)
{
    self->year = length <= 2 ? number + (number < 50 ? 2000 : 1900) : length == 3 ? number + 1900 : number;
}

/* "-11-21" behind a year, "/21/2019" behind a month. */
static size_t dashed_read(struct date *self, const char *at, int first, size_t first_length)
{
    int second = 0, third = 0;
    size_t used = 1 + digits_read(at + 1, &second), third_length = at[used] == *at ? digits_read(at + used + 1, &third) : 0;
    if (third_length == 0)
        return used;
    if (first_length == 4) {
        *self = (struct date){ .day = third, .month = second, .year = first, .hour = -1, .minute = -1 };
    } else {
        self->month = first <= 12 ? first : second;
        self->day = first <= 12 ? second : first;
        year_take(self, third, third_length);
    }
    used += 1 + third_length;
    return at[used] == 'T' && g_ascii_isdigit(at[used + 1]) ? used + 1 : used;
}

static bool is_dotted_time(const char *at)
{
    return at[0] == '.' && g_ascii_isdigit(at[1]) && g_ascii_isdigit(at[2]) && at[3] == '.' && g_ascii_isdigit(at[4]);
}

static size_t number_read(struct date *self, const char *at)
{
    int number = 0;
    size_t length = digits_read(at, &number);
    const char *next = at + length;
    if (self->hour < 0 && length <= 2 && ((*next == ':' && g_ascii_isdigit(next[1])) || is_dotted_time(next)))
        return length + time_read(self, next, number);
    if ((*next == '-' || *next == '/') && g_ascii_isdigit(next[1]) && self->year < 0 && self->month < 1)
        return length + dashed_read(self, next, number, length);
    if (self->day < 0 && length <= 2)
        self->day = number;
    else if (self->year < 0)
        year_take(self, number, length);
    return length;
}

static size_t word_read(struct date *self, const char *at)
{
    size_t length = 0;
    while (g_ascii_isalpha(at[length]))
        length++;
    int month = self->month < 1 ? month_of(at, length) : 0;
    if (month > 0)
        self->month = month;
    else if (length == 2 && g_ascii_strncasecmp(at, "am", 2) == 0)
        self->is_morning = true;
    else if (length == 2 && g_ascii_strncasecmp(at, "pm", 2) == 0)
        self->is_afternoon = true;
    else if (self->hour >= 0)
        zone_by_name(self, at, length);
    return length;
}

static size_t comment_length(const char *at)
{
    size_t length = 0;
    int depth = 0;
    do {
        depth += at[length] == '(' ? 1 : at[length] == ')' ? -1 : 0;
        length += at[length] != '\0';
    } while (depth > 0 && at[length] != '\0');
    return length;
}

static bool is_possible(const struct date *self)
{
    return self->day >= 1 && self->day <= 31 && self->month >= 1 && self->month <= 12 && self->year >= 1900 && self->year <= 9999 &&
           (self->hour < 24 || (self->hour == 24 && self->minute == 0)) && self->minute < 60 && self->second <= 60;
}

static int64_t seconds_of(struct date *self)
{
    if (self->is_afternoon && self->hour < 12)
        self->hour += 12;
    else if (self->is_morning && self->hour == 12)
        self->hour = 0;
    g_autoptr(GDateTime) day = g_date_time_new_utc(self->year, self->month, 1, 0, 0, 0);
    return g_date_time_to_unix(day) + (int64_t)(self->day - 1) * 86400 + MAX(self->hour, 0) * 3600 + MAX(self->minute, 0) * 60 +
           MIN(self->second, 59) - (int64_t)self->zone_minutes * 60;
}

int64_t message_date(const char *raw)
{
    struct date date = { .day = -1, .month = -1, .year = -1, .hour = -1, .minute = -1 };
    g_autofree char *text = g_strndup(raw != NULL ? raw : "", DATE_BYTES_MAX);
    for (const char *at = text; *at != '\0';) {
        if (*at == '(')
            at += comment_length(at);
        else if (g_ascii_isdigit(*at))
            at += number_read(&date, at);
        else if (g_ascii_isalpha(*at))
            at += word_read(&date, at);
        else if ((*at == '+' || *at == '-') && date.hour >= 0)
            at += zone_read(&date, at);
        else
            at++;
    }
    if (is_possible(&date))
        return seconds_of(&date);
    g_autoptr(GDateTime) other = g_mime_utils_header_decode_date(text);
    return other != NULL ? g_date_time_to_unix(other) : 0;
}
