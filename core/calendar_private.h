/* SPDX-License-Identifier: MIT */
/* Between the files of core/calendar: cleaned text, zones, times. */
#pragma once
#include "core/calendar.h"
#include <libical/ical.h>

#define CALENDAR_PEOPLE_MAX 5000
#define CALENDAR_MORE       "X-POSTERN-MORE" /* how many attendees were left out */

/* core/calendar_text.c: unfolded, known lines only, well nested, within limits. from and to in days since 1970; is_bounded: events that cannot touch them
 * are left out. */
struct calendar_wish {
    bool is_bounded;
    int64_t from_utc, to_utc;
    guint events_max;
};
char *calendar_text(const char *utf8, size_t length, const struct calendar_wish *wish, int *more_events_out); /* caller frees */

/* core/calendar_zone.c */
typedef struct calendar_zone calendar_zone;
calendar_zone *calendar_zone_new(const char *name, icalcomponent *root /* with its VTIMEZONEs */); /* never NULL */
void calendar_zone_free(calendar_zone *zone);
bool calendar_zone_is_known(const calendar_zone *zone);
int64_t calendar_zone_utc(const calendar_zone *zone /* NULL: local */, int64_t wall); /* of a clock there */

/* core/calendar.c */
const calendar_zone *calendar_find_zone(const calendar *self, const char *name); /* NULL: local */
void calendar_time_read(calendar *self, icalproperty *property, struct calendar_time *out);
bool calendar_wall(struct icaltimetype time, int64_t *wall_out);                                /* false: no such day */
int64_t calendar_time_at(const calendar *self, const struct calendar_time *like, int64_t wall); /* UTC of another clock time in its zone */
