/* SPDX-License-Identifier: MIT */
/* What is remembered of invitations: which version was read last, what it said, and what the person answered. */
#pragma once
#include "core/calendar.h"
#include "core/store.h"

enum invitation_age {
    INVITATION_NEW,     /* nothing was known of it */
    INVITATION_CURRENT, /* this version, or there is none to compare with */
    INVITATION_UPDATE,  /* the newest that is known, and there was another before */
    INVITATION_OLD,     /* a newer one is known */
    INVITATION_STRANGE  /* it names an event that somebody else organizes: nothing is believed */
};

struct invitation_state {
    enum invitation_age age;
    bool is_cancelled; /* by the newest version that is known */
    char *organizer;   /* who organizes what is known; NULL */
    /* What the version before said, where there was one and it said something else. */
    bool has_before, was_day;
    int64_t old_start_utc, old_end_utc;
    char *old_place, *old_title;
    enum calendar_answer answer; /* the person's, by this program */
    int answered_sequence;
    bool is_answer_stuck; /* it could not be sent, and lies in the outbox or in Drafts */
};
void invitation_state_clear(struct invitation_state *state);
typedef struct invitation_state invitation_state;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(invitation_state, invitation_state_clear)

/* What is known of it; then it is known too. False: the store cannot be read, and *out is empty. */
bool invitation_meet(store *store, const calendar *from, const struct calendar_event *event, struct invitation_state *out);
/* Which of the letter's invitations waits for an answer; where none does, what the letter is about. Never NULL. */
const struct calendar_event *invitation_due(store *store, const calendar *from);
/* An answer to an invitation of ours; an older one than is known changes nothing. */
bool invitation_note_reply(store *store, const struct calendar_event *event, const struct calendar_person *person, GError **error);
struct invitation_answer {
    char *name, *address;
    enum calendar_answer answer;
};
/* What is known of them, by name; of struct invitation_answer*. Caller unrefs. NULL: the store cannot be read. */
GPtrArray *invitation_answers(store *store, const struct calendar_event *event, GError **error);
/* reply_id: of the letter, which is in the outbox; where it is taken out unsent, nothing was answered. */
bool invitation_note_answer(store *store, const struct calendar_event *event, enum calendar_answer answer, const char *reply_id,
                            GError **error);
