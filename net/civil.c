/* SPDX-License-Identifier: MIT */
/* The calendar, for dates that are read by the hundred thousand. */
#include "net/civil.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define MONTH_LETTERS  3
#define ZONE_MOST      1400
#define YEAR_LEAST     1900   /* two digits are written for less: others know what they mean */
#define DAYS_OF_ERA    146097 /* 400 years */
#define DAYS_TO_1970   719468 /* from 1 March of the year 0 */
#define SECONDS_OF_DAY 86400

/* Numbers by the letter of their shape. */
struct written {
    int number['z' - 'a' + 1];
    int month; /* 1 to 12 */
    int sign;
};

static int number_of(const struct written *written, char letter)
{
    return written->number[letter - 'a'];
}

/* 0: none. */
static int month_of(const char *letters)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char low[MONTH_LETTERS] = { 0 };
    for (int i = 0; i < MONTH_LETTERS && letters[i] != '\0'; i++)
        low[i] = g_ascii_tolower(letters[i]);
    for (int i = 0; i < 12; i++)
        if (memcmp(low, names + (size_t)i * MONTH_LETTERS, MONTH_LETTERS) == 0)
            return i + 1;
    return 0;
}

static int days_of_month(int month, int year)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

static bool is_a_time(const struct written *written)
{
    int zone = number_of(written, 'z'), year = number_of(written, 'y'), day = number_of(written, 'd');
    return written->month != 0 && year >= YEAR_LEAST && day >= 1 && day <= days_of_month(written->month, year) &&
           number_of(written, 'h') < 24 && number_of(written, 'm') < 60 && number_of(written, 's') < 60 && zone <= ZONE_MOST &&
           zone % 100 < 60;
}

/* Years begin in March here, so that the day that is not always there is the last. */
static int64_t days_since_1970(int year, int month, int day)
{
    int from_march = month > 2 ? month - 3 : month + 9, years = month > 2 ? year : year - 1;
    int era = years / 400, of_era = years % 400, day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return (int64_t)era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - DAYS_TO_1970;
}

static int64_t utc_of(const struct written *written)
{
    int zone = number_of(written, 'z');
    int64_t days = days_since_1970(number_of(written, 'y'), written->month, number_of(written, 'd'));
    int64_t time = (int64_t)number_of(written, 'h') * 3600 + number_of(written, 'm') * 60 + number_of(written, 's');
    return days * SECONDS_OF_DAY + time - (int64_t)written->sign * (zone / 100 * 60 + zone % 100) * 60;
}

/* One character, or the three of a month, at *text. */
static bool read_one(const char **text, char shape, struct written *written)
{
    char c = **text;
    if (shape == 'M') {
        written->month = month_of(*text);
        *text += written->month != 0 ? MONTH_LETTERS : 0;
        return written->month != 0;
    }
    (*text)++;
    if (shape == 'w')
        return g_ascii_isalpha(c);
    if (shape == '+') {
        written->sign = c == '-' ? -1 : 1;
        return c == '+' || c == '-';
    }
    if (!g_ascii_islower(shape))
        return c == shape;
    int *number = &written->number[shape - 'a'];
    *number = *number * 10 + (c - '0');
    return g_ascii_isdigit(c);
}

const char *net_civil_read(const char *text, const char *shape, int64_t *utc_out)
{
    struct written written = { .sign = 1 };
    for (; *shape != '\0'; shape++)
        if (!read_one(&text, *shape, &written))
            return NULL;
    if (!is_a_time(&written))
        return NULL;
    *utc_out = utc_of(&written);
    return text;
}
