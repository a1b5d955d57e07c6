/* SPDX-License-Identifier: MIT */
/* What an invitation means for the person who reads it: which version it is, what was answered, what else there is at that time, which key answers. */
#pragma once
#include "config/theme.h"
#include "core/calendar.h"
#include "core/invitation_reply.h"
#include "core/store_message.h"
#include "ui/app.h"

struct invitation_row {
    enum theme_style style;
    char *words;
    bool answers; /* a click on it asks for the answer */
};

typedef struct reader_invitation reader_invitation;
/* NULL: the message invites to nothing. *missing_out: as message_calendar. */
reader_invitation *reader_invitation_new(app *app, const message *letter, const struct placement *row, const char **missing_out);
void reader_invitation_free(reader_invitation *self);
const GPtrArray *reader_invitation_rows(const reader_invitation *self);          /* of struct invitation_row* */
bool reader_invitation_event(reader_invitation *self, const struct event *news); /* true: the rows are others now */

/* The first event that can be answered, and as whom; false: none. account_out is borrowed. */
bool reader_invitation_self(app *app, const calendar *from, const message *letter, int64_t account_id,
                            const struct calendar_event **event_out, const struct account **account_out, struct invitation_self *self_out);
