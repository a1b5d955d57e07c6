/* SPDX-License-Identifier: MIT */
/* Invitations and calendars (RFC 5545, 5546) as strangers write them, read by libical within limits: how much there is, how deep, how often it comes back.
 * Any thread; no store, no screen. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum calendar_method {
    CALENDAR_NO_METHOD, /* a file, not a letter */
    CALENDAR_PUBLISH,
    CALENDAR_REQUEST,
    CALENDAR_REPLY,
    CALENDAR_ADD,
    CALENDAR_CANCEL,
    CALENDAR_REFRESH,
    CALENDAR_COUNTER,
    CALENDAR_DECLINECOUNTER
};

/* Numbers are in the store: they may grow, never change. */
enum calendar_answer {
    CALENDAR_NO_ANSWER = 0,
    CALENDAR_ACCEPTED = 1,
    CALENDAR_TENTATIVE = 2,
    CALENDAR_DECLINED = 3,
    CALENDAR_DELEGATED = 4
};

struct calendar_time {
    bool is_set;
    bool is_day;      /* a whole day, whatever the zone */
    int64_t utc;      /* of a day: its beginning in the local zone */
    int64_t wall;     /* as it is written, counted as if it were UTC */
    char *zone;       /* as the sender names it; NULL: UTC, local, or a day */
    bool has_no_zone; /* the zone is not known, or none is said: taken as local */
};

struct calendar_person {
    char *name; /* NULL */
    char *address;
    char *email;                         /* where the address is a mailbox for programs: the person's own; NULL */
    char *sent_by;                       /* who writes for them; NULL */
    char *delegated_from, *delegated_to; /* in whose place they come, whom they send; NULL */
    enum calendar_answer answer;
    bool expects_answer;  /* RSVP=TRUE */
    bool wants_no_answer; /* RSVP=FALSE; many say neither */
    bool is_optional, is_thing /* a room, a projector */;
};

struct calendar_event {
    char *uid;        /* "": none */
    char *occurrence; /* RECURRENCE-ID as it is written; NULL: the whole series */
    int sequence;
    int64_t stamp_utc;                                              /* DTSTAMP; 0: none */
    char *title, *place, *notes, *comment;                          /* NULL: none; UTF-8, still with whatever is in it */
    char **links;                                                   /* NULL-terminated: URL, conferences; never fetched by us */
    struct calendar_time start, end, which /* of the occurrence */; /* end of days: the day behind */
    struct calendar_person *organizer;                              /* NULL */
    GPtrArray *people;                                              /* of struct calendar_person*; attendees */
    int more_people;                                                /* beyond our limit */
    int left_out;                                                   /* occurrences of the series that do not take place */
    bool is_cancelled, is_free /* blocks no time */, is_task, refuses_counter, has_rule, is_only_this /* RANGE is not THISANDFUTURE */,
        is_added /* by METHOD:ADD */;
    struct icalcomponent_impl *component; /* borrowed from the calendar */
};

struct calendar {
    enum calendar_method method;
    GPtrArray *events; /* of struct calendar_event*; at least one */
    int more_events;
    GHashTable *zones; /* name → struct calendar_zone* */
    struct icalcomponent_impl *root;
};
typedef struct calendar calendar;

/* utf8: of a part or file; method: what the part's type says, where the calendar does not; may be NULL. NULL: no event is in it. */
calendar *calendar_parse(const char *utf8, size_t length, const char *method);
/* The same for what may touch a time: of large files only those events are read. */
calendar *calendar_parse_between(const char *utf8, size_t length, int64_t from_utc, int64_t to_utc);
void calendar_free(calendar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(calendar, calendar_free)

/* The series, which stands before or behind instances of it that are otherwise; where it is not there, the event itself. */
const struct calendar_event *calendar_head_event(const calendar *self, const struct calendar_event *event);
guint calendar_head_count(const calendar *self); /* how many are answered by themselves: usually one (RFC 5546, 3.2.2) */
/* What the letter is about: the first event, or the series of which that is an instance. Never NULL. */
const struct calendar_event *calendar_main_event(const calendar *self);
/* It is their address, or that of who writes for them. */
bool calendar_person_is(const struct calendar_person *person, const char *address);
/* NULL: this address is not invited. */
const struct calendar_person *calendar_find_person(const struct calendar_event *event, const char *address);
const char *calendar_answer_word(enum calendar_answer answer); /* "ACCEPTED", as RFC 5545 spells it */
const char *calendar_method_word(enum calendar_method method); /* NULL: none */

/* --- core/calendar_repeat.c --- */
/* "every 2 weeks on Mon, Wed until 31 Dec 2026"; NULL: once. Caller frees. */
char *calendar_repeat_words(const struct calendar_event *event);
/* Of a series, or of the one: true while told goes on. Ends after a bounded number of steps, whatever the rule says. */
typedef bool calendar_told(int64_t start_utc, int64_t end_utc, void *data);
void calendar_occurrences(const calendar *self, const struct calendar_event *event, int64_t from_utc, int64_t to_utc, calendar_told *told,
                          void *data);

/* --- core/calendar_words.c --- */
char *calendar_when_words(const struct calendar_event *event);      /* in our own zone; NULL: it does not say. Caller frees. */
char *calendar_elsewhere_words(const struct calendar_event *event); /* in the sender's zone, where its clock differs; NULL. Caller frees. */
char *calendar_range_words(int64_t start_utc, int64_t end_utc, bool is_day); /* caller frees */
char *calendar_person_words(const struct calendar_person *person);           /* caller frees */
const char *calendar_answer_words(enum calendar_answer answer);              /* "accepted", translated */
char *calendar_clean(const char *text); /* one line without anything that steers a terminal or turns the order of letters; caller frees */

/* --- core/calendar_reply.c --- */
struct calendar_response {
    const char *name, *address; /* of who answers; name may be NULL */
    enum calendar_answer answer;
    const char *comment;                      /* NULL */
    const char *delegated_from;               /* in whose place; NULL */
    const char *delegated_to, *delegate_name; /* who comes instead, of CALENDAR_DELEGATED; the name may be NULL */
    int64_t start_utc;                        /* another time is proposed; 0: none */
};
/* The whole VCALENDAR for one event: METHOD:REPLY as RFC 5546 3.2.3 wants it, METHOD:COUNTER (3.2.7) where a time is proposed. Caller frees. */
char *calendar_reply(const calendar *self, const struct calendar_event *event, const struct calendar_response *response);
/* The invitation for who comes instead (3.2.2.3): METHOD:REQUEST as it came, with both of them in it. Caller frees. */
char *calendar_pass_on(const calendar *self, const struct calendar_event *event, const struct calendar_response *response);
