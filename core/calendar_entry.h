/* SPDX-License-Identifier: MIT */
/* An event put into the text of a calendar file (RFC 5545), or taken out of it: all else in the file stays as it is, byte for byte. No file is touched here. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum calendar_saved {
    CALENDAR_SAVED_NOTHING, /* it is not there, or it is there as it should be */
    CALENDAR_SAVED_ADDED,
    CALENDAR_SAVED_CHANGED,
    CALENDAR_SAVED_REMOVED,
    CALENDAR_SAVED_FOREIGN, /* there is one of that name which somebody else organizes: left alone */
    CALENDAR_SAVED_NEWER    /* the one that is there is newer: left alone */
};

struct calendar_entry_zone {
    char *name, *text; /* text: the whole VTIMEZONE */
};

struct calendar_entry {
    const char *uid;
    const char *which;     /* RECURRENCE-ID's value; NULL: the whole series */
    const char *organizer; /* address; NULL: none */
    int sequence;
    const char *text;     /* the whole VEVENT, lines ending in CRLF; NULL: it is to go */
    const char *left_out; /* the line EXDATE… that takes the one occurrence out of its series; NULL: none */
    bool is_onward;       /* it, and all of the series behind it, is to go: the series ends before */
    int64_t which_utc, which_wall;
    const GPtrArray *zones; /* of struct calendar_entry_zone* */
};

/* Whether the text holds an event of that name. */
bool calendar_entry_is_in(const char *text, const char *uid);
/* file NULL: there is none yet. may_add false: only what is there already is changed. The new text, NULL where nothing is to be written; caller frees.
 * has_events_out: whether any event is left. */
char *calendar_entry_apply(const char *file, const struct calendar_entry *entry, bool may_add, enum calendar_saved *saved_out,
                           bool *has_events_out);
/* Whether this text is a calendar that something can be put into. */
bool calendar_entry_is_calendar(const char *text);
