/* SPDX-License-Identifier: MIT */
/* What becomes of invitations in the person's own calendar (calendar-save): written on a thread of its own, told when it is done. */
#pragma once
#include "core/calendar.h"
#include "core/event.h"
#include "ui/app.h"

/* An answer was given; reply_id: Message-ID of the letter that says so. */
void invitation_save(app *app, const message *letter, const struct calendar_event *event, const char *address, enum calendar_answer answer,
                     const char *reply_id);
/* An update or a cancellation is read: what is in the calendar follows it. */
void invitation_save_follow(app *app, const message *letter, const struct calendar_event *event);
/* The answer was taken back before it went. */
void invitation_save_undo(app *app, const char *reply_id);
const char *invitation_saved_words(app *app, const char *uid); /* what was done with the event, translated; NULL: nothing in this run */
void invitation_save_event(app *app, const struct event *event);
void invitation_saves_free(app *app); /* what was begun is done first */
