/* SPDX-License-Identifier: MIT */
/* Which of the people of an invitation the reader is, and the letter that answers it (RFC 6047). No store, no screen. */
#pragma once
#include "core/calendar.h"
#include "core/compose.h"

enum invitation_role { INVITATION_UNLISTED /* not among its people */, INVITATION_INVITED, INVITATION_ORGANIZER };

struct invitation_self {
    enum invitation_role role;
    const struct calendar_person *person; /* borrowed from the event; NULL: unlisted */
    char *address, *name;                 /* to answer as; name may be NULL */
};
void invitation_self_clear(struct invitation_self *self);
typedef struct invitation_self invitation_self;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(invitation_self, invitation_self_clear)

/* By the account's own addresses; where those are patterns that fit colleagues too, by whom the letter was written to. */
void invitation_self_find(const struct calendar_event *event, const struct account *account, const message *letter,
                          struct invitation_self *out);
struct invitation_said {
    enum calendar_answer answer;
    const char *comment;                  /* NULL */
    int64_t start_utc;                    /* another time is proposed; 0: none */
    const char *delegate, *delegate_name; /* who comes instead, of CALENDAR_DELEGATED; the name may be NULL */
};
/* Whether it makes sense to propose another time: not for all of a series, nor where the organizer wants none. */
bool invitation_takes_proposals(const struct calendar_event *event);
/* To the organizer, and to who passed it on, from the address that was invited. NULL with error: there is nobody to answer. */
struct draft *invitation_reply(const calendar *from, const struct calendar_event *event, const struct account *account,
                               const struct invitation_self *self, const message *letter, const struct invitation_said *said,
                               GError **error);
/* NULL: the invitation may be passed on to that one; else why not, in words. */
char *invitation_why_no_delegate(const struct calendar_event *event, const struct invitation_self *self,
                                 const char *address); /* caller frees */
/* The invitation as it goes to who comes instead (RFC 5546, 3.2.2.3); the organizer hears of it by invitation_reply(). */
struct draft *invitation_pass_on(const calendar *from, const struct calendar_event *event, const struct account *account,
                                 const struct invitation_self *self, const struct invitation_said *said);
