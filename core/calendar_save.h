/* SPDX-License-Identifier: MIT */
/* An invitation that was answered, updated or cancelled, written into the person's calendar: an .ics file, or a folder of them as khal and vdirsyncer keep
 * it (one file an event). Reads and writes files: never on the UI's thread. */
#pragma once
#include "core/calendar.h"
#include "core/calendar_entry.h"

struct calendar_save {
    const char *path;            /* "~/" is expanded */
    const char *address;         /* whose answer it is */
    enum calendar_answer answer; /* declined: it goes. CALENDAR_NO_ANSWER: only what is there already follows the message */
    bool is_cancelled;           /* it goes */
};
/* How a file was before, and is now. */
struct calendar_undo {
    char *path, *before /* NULL: there was none */, *after /* NULL: there is none */;
};
void calendar_undo_clear(struct calendar_undo *self);
bool calendar_undo(const struct calendar_undo *self); /* false: nothing to take back, or it was changed meanwhile: it stays */
/* All of the message that belongs to the event. False: it could not be written, and the calendar is as it was. */
bool calendar_save(const calendar *from, const struct calendar_event *event, const struct calendar_save *how,
                   enum calendar_saved *saved_out, struct calendar_undo *undo_out /* cleared by the caller; NULL */, GError **error);
