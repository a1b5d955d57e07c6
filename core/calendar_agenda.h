/* SPDX-License-Identifier: MIT */
/* What a person's own calendar files hold at the times of an invitation. Reads files: never on the UI's thread. */
#pragma once
#include "core/calendar.h"

struct agenda_entry {
    int64_t start_utc, end_utc;
    bool is_day;
    char *title; /* NULL: none */
};

struct agenda {
    GPtrArray *entries; /* of struct agenda_entry*: what overlaps, by time; a few */
    int more;           /* beyond those */
    bool has_event;     /* the invitation itself is in the calendar */
    bool is_missing;    /* the file is not there yet */
    char *why;          /* a file could not be read, in words; NULL */
};
void agenda_free(struct agenda *self);
typedef struct agenda agenda;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(agenda, agenda_free)

/* path: a file, or a folder of .ics files (and of such folders); "~/" is expanded. Occurrences of the next months count, not those that are past. */
agenda *agenda_read(const char *path, const calendar *invitation, const struct calendar_event *event, int64_t now_utc);
