/* SPDX-License-Identifier: MIT */
/* Calendars as Google, Outlook, Exchange and Apple write them, and as nobody should: times, rules, limits, answers, versions, conflicts. */
#include "config/account_file.h"
#include "core/calendar_agenda.h"
#include "core/invitation.h"
#include "core/invitation_reply.h"
#include "tests/unit/core/store_fixture.h"
#include <glib/gstdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define EVENT(lines) "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
/* Exchange: a zone of Windows with its rules. */
#define EXCHANGE_ZONE                                                                                                                      \
    "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"          \
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\n"      \
    "TZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"

static calendar *parsed(const char *text)
{
    calendar *found = calendar_parse(text, strlen(text), NULL);
    if (found == NULL)
        fail_msg("nothing in:\n%s", text);
    return found;
}

static const struct calendar_event *first(const calendar *from)
{
    return g_ptr_array_index(from->events, 0);
}

static void times_are_shown_in_the_local_zone(void **state)
{
    (void)state;
    static const struct {
        const char *text, *when, *there;
    } samples[] = {
        { EVENT("DTSTART;TZID=America/New_York:20261119T090000\r\nDTEND;TZID=America/New_York:20261119T100000\r\n"),
          "Thu 19 Nov 2026 15:00 – 16:00", "Thu 19 Nov 2026 09:00 – 10:00 (America/New_York)" },
        { EVENT("DTSTART;TZID=\"Eastern Standard Time\":20260701T090000\r\nDURATION:PT90M\r\n"), "Wed 1 Jul 2026 15:00 – 16:30",
          "Wed 1 Jul 2026 09:00 – 10:30 (Eastern Standard Time)" },
        { EVENT("DTSTART:20261119T140000Z\r\nDTEND:20261120T010000Z\r\n"), "Thu 19 Nov 2026 15:00 – Fri 20 Nov 2026 02:00", NULL },
        { EVENT("DTSTART:20261119T140000\r\n"), "Thu 19 Nov 2026 14:00", NULL },
        { EVENT("DTSTART;VALUE=DATE:20261119\r\n"), "Thu 19 Nov 2026", NULL },
        { EVENT("DTSTART;VALUE=DATE:20261119\r\nDTEND;VALUE=DATE:20261122\r\n"), "Thu 19 Nov 2026 – Sat 21 Nov 2026", NULL },
        { EVENT("DTSTART;TZID=/mozilla.org/20050126_1/America/Argentina/Buenos_Aires:20261119T090000\r\n"), "Thu 19 Nov 2026 13:00",
          "Thu 19 Nov 2026 09:00 (/mozilla.org/20050126_1/America/Argentina/Buenos_Aires)" },
        { EVENT("DTSTART;TZID=Nowhere:20261119T090000\r\n"), "Thu 19 Nov 2026 09:00 (Nowhere)", NULL },
        { EVENT("DTSTART;TZID=../../etc/passwd:20261119T090000\r\n"), "Thu 19 Nov 2026 09:00 (../../etc/passwd)", NULL },
        { EVENT("DTSTART;TZID=zone.tab:20261119T090000\r\n"), "Thu 19 Nov 2026 09:00 (zone.tab)", NULL },
        { EVENT("DTSTART:2026-11-19T14:00:00Z\r\n"), "Thu 19 Nov 2026 15:00", NULL },
        /* 02:30 comes twice and means the first; it does not come at all and is counted from before */
        { EVENT("DTSTART;TZID=Europe/Berlin:20261025T023000\r\nDTEND:20261025T013000Z\r\n"), "Sun 25 Oct 2026 02:30 – 02:30", NULL },
        { EVENT("DTSTART;TZID=Europe/Berlin:20260329T023000\r\n"), "Sun 29 Mar 2026 03:30", "Sun 29 Mar 2026 02:30 (Europe/Berlin)" },
        /* a day is a day of the clock, 24 hours are hours */
        { EVENT("DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:P1D\r\n"), "Sat 28 Mar 2026 12:00 – Sun 29 Mar 2026 12:00", NULL },
        { EVENT("DTSTART;TZID=Europe/Berlin:20260328T120000\r\nDURATION:PT24H\r\n"), "Sat 28 Mar 2026 12:00 – Sun 29 Mar 2026 13:00",
          NULL },
        { "BEGIN:VCALENDAR\n" EXCHANGE_ZONE "BEGIN:VEVENT\nDTSTART;TZID=Customized Time Zone:20260701T100000\nEND:VEVENT\nEND:VCALENDAR\n",
          "Wed 1 Jul 2026 10:00", NULL },
        { "BEGIN:VCALENDAR\n" EXCHANGE_ZONE "BEGIN:VEVENT\nDTSTART;TZID=Customized Time Zone:20261201T100000\nEND:VEVENT\nEND:VCALENDAR\n",
          "Tue 1 Dec 2026 10:00", NULL },
        { EVENT("SUMMARY:x\r\n"), NULL, NULL },
        { EVENT("DTSTART:soon\r\n"), NULL, NULL },
        { EVENT("DTSTART:20261399T990000Z\r\n"), NULL, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(calendar) found = parsed(samples[i].text);
        g_autofree char *when = calendar_when_words(first(found)), *there = calendar_elsewhere_words(first(found));
        if (g_strcmp0(when, samples[i].when) != 0 || g_strcmp0(there, samples[i].there) != 0)
            fail_msg("%zu: \"%s\", \"%s\" instead of \"%s\", \"%s\"", i, when, there, samples[i].when, samples[i].there);
    }
}

static void rules_are_said_in_words(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        { "FREQ=WEEKLY;UNTIL=20270131T045959Z;INTERVAL=2;BYDAY=TH", "every 2 weeks on Thu until Sun 31 Jan 2027" },
        { "FREQ=DAILY;COUNT=5", "every day, 5 times" },
        { "FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tue" },
        { "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "every month on the last Fri" },
        { "FREQ=MONTHLY;BYMONTHDAY=-1", "every month on day the last of the month" },
        { "FREQ=YEARLY", "every year" },
        { "FREQ=WEEKLY;BYDAY=MO,WE,FR", "every week on Mon, Wed, Fri" },
        { "FREQ=SECONDLY", "many times a day" },
        { "nonsense", "again and again, by a rule that cannot be read" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *text = g_strdup_printf(EVENT("DTSTART:20261119T140000Z\r\nRRULE:%s\r\n"), samples[i][0]);
        g_autoptr(calendar) found = parsed(text);
        g_autofree char *words = calendar_repeat_words(first(found));
        if (g_strcmp0(words, samples[i][1]) != 0 && i + 1 < G_N_ELEMENTS(samples))
            fail_msg("%s: \"%s\" instead of \"%s\"", samples[i][0], words, samples[i][1]);
    }
}

static bool count_told(int64_t start_utc, int64_t end_utc, void *data)
{
    (void)start_utc;
    (void)end_utc;
    return ++*(int *)data < 1000;
}

static void what_comes_back_is_counted_in_its_own_zone(void **state)
{
    (void)state;
    const int64_t day = 24 * 60 * 60, november = 1793577600; /* 2 Nov 2026 */
    static const struct {
        const char *lines;
        int days, count;
    } samples[] = {
        { "DTSTART;TZID=Europe/Berlin:20261105T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\n", 28, 4 },
        { "DTSTART;TZID=Europe/Berlin:20261105T090000\r\nRRULE:FREQ=WEEKLY\r\nEXDATE;TZID=Europe/Berlin:20261112T090000\r\n", 28, 3 },
        { "DTSTART;TZID=Europe/Berlin:20100105T090000\r\nRRULE:FREQ=DAILY\r\n", 28, 28 },
        { "DTSTART:20261105T090000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\n", 28, 3 },
        { "DTSTART:20261105T090000Z\r\nRRULE:FREQ=DAILY;UNTIL=20261106T090000Z\r\n", 28, 2 },
        { "DTSTART;VALUE=DATE:20261105\r\nRRULE:FREQ=YEARLY\r\n", 800, 3 },
        { "DTSTART:20261105T090000Z\r\nRDATE:20261107T090000Z,20261109T090000Z\r\n", 28, 3 },
        { "DTSTART:20261105T090000Z\r\n", 28, 1 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *text = g_strdup_printf("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n", samples[i].lines);
        g_autoptr(calendar) found = parsed(text);
        int count = 0;
        calendar_occurrences(found, first(found), november, november + samples[i].days * day, count_told, &count);
        if (count != samples[i].count)
            fail_msg("%zu: %d instead of %d", i, count, samples[i].count);
    }
}

/* Seconds that this took; a hostile calendar is read as fast as another. */
static double read_all_of(const char *text)
{
    int64_t begin = g_get_monotonic_time();
    g_autoptr(calendar) found = calendar_parse(text, strlen(text), NULL);
    int count = 0;
    for (guint i = 0; found != NULL && i < found->events->len; i++) {
        const struct calendar_event *each = g_ptr_array_index(found->events, i);
        g_autofree char *when = calendar_when_words(each), *repeats = calendar_repeat_words(each);
        calendar_occurrences(found, each, 1793577600, 1793577600 + 100 * 24 * 60 * 60, count_told, &count);
    }
    return (double)(g_get_monotonic_time() - begin) / 1e6;
}

static void hostile_calendars_are_read_as_far_as_they_go(void **state)
{
    (void)state;
    static const char *const rules[] = { "FREQ=SECONDLY",
                                         "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
                                         "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                                         "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=31",
                                         "FREQ=DAILY;BYSECOND=0,1,2;BYMINUTE=0,1;COUNT=2000000000",
                                         "FREQ=DAILY;INTERVAL=0",
                                         "FREQ=WEEKLY;INTERVAL=32767",
                                         "FREQ=YEARLY;BYDAY=53MO;BYWEEKNO=53;BYYEARDAY=366" };
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autofree char *text = g_strdup_printf(EVENT("DTSTART:19010101T000000Z\r\nDTEND:99991231T000000Z\r\nRRULE:%s\r\n"), rules[i]);
        if (read_all_of(text) > 20)
            fail_msg("%s takes too long", rules[i]);
    }
    g_autofree char *zone =
        g_strdup("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:z\nBEGIN:STANDARD\nDTSTART:19000101T000000\nTZOFFSETFROM:+0000\n"
                 "TZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=z:"
                 "20261119T090000\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_true(read_all_of(zone) < 20);
    g_autoptr(GString) many = g_string_new("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261119T140000Z\r\n");
    for (int i = 0; i < 100000; i++)
        g_string_append_printf(many, "ATTENDEE;CN=Somebody %d:mailto:a%d@x.test\r\n", i, i);
    g_string_append(many, "END:VEVENT\r\nEND:VCALENDAR\r\n");
    assert_true(read_all_of(many->str) < 30);
    g_autoptr(calendar) crowd = parsed(many->str);
    assert_int_equal(first(crowd)->people->len + (guint)first(crowd)->more_people, 100000);
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 50000; i++)
        g_string_append(deep, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nSUMMARY:x\n");
    assert_true(read_all_of(deep->str) < 20);
    g_autofree char *line = g_strnfill(3000000, 'y'), *huge = g_strconcat("BEGIN:VEVENT\nDTSTART:20261119T140000Z\nSUMMARY:", line, NULL);
    g_autoptr(calendar) cut = parsed(huge);
    assert_true(strlen(first(cut)->title) < 20000);
    assert_null(calendar_parse("", 0, NULL));
    assert_null(calendar_parse("no calendar", 11, "REQUEST"));
}

static void text_that_steers_is_taken_out(void **state)
{
    (void)state;
    g_autofree char *clean = calendar_clean("a\033]0;x\007 \xe2\x80\xae"
                                            "b\xe2\x81\xa6\n\n c\xc2\x9b");
    assert_string_equal(clean, "a ]0;x b c");
}

static void a_line_goes_on_however_it_is_folded(void **state)
{
    (void)state;
    g_autoptr(calendar) found =
        parsed("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:One\n  two\n\tthree\nDESCRIPTION:first\nsecond line\n"
               "ORGANIZER;CN=\"Doe; Jane: Dr.\":MAILTO:jane@x.test\nATTENDEE:bob@x.test\n"
               "ATTENDEE;EMAIL=c@x.test:urn:uuid:1\n");
    assert_string_equal(first(found)->title, "One twothree");
    assert_string_equal(first(found)->notes, "first\nsecond line");
    assert_string_equal(first(found)->organizer->name, "Doe; Jane: Dr.");
    assert_string_equal(first(found)->organizer->address, "jane@x.test");
    assert_non_null(calendar_find_person(first(found), "BOB@x.test"));
    assert_non_null(calendar_find_person(first(found), "c@x.test"));
}

/* --- who, and the answer --- */

static struct account *account_of(const char *from, const char *aliases)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *folder = g_dir_make_tmp("postern-cal-XXXXXX", NULL), *path = g_build_filename(folder, "a.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = %s\naliases = %s\n[incoming]\nprotocol = maildir\npath = /nowhere\n[outgoing]\n"
                        "protocol = sendmail\ncommand = /bin/true\n",
                        from, aliases);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    struct account *account = account_file_load(path, &why);
    if (account == NULL)
        fail_msg("%s", why->message);
    g_unlink(path);
    g_rmdir(folder);
    return account;
}

#define PEOPLE                                                                                                                             \
    "ORGANIZER;CN=Grace:mailto:g@y.test\r\nATTENDEE;RSVP=TRUE;CN=Bob:mailto:bob@corp.test\r\n"                                             \
    "ATTENDEE;RSVP=TRUE:mailto:me+cal@x.test\r\nATTENDEE:mailto:ann@corp.test\r\n"

static void the_address_that_was_invited_answers(void **state)
{
    (void)state;
    static const struct {
        const char *from, *aliases, *to, *wanted;
        enum invitation_role role;
    } samples[] = {
        { "Me <me@x.test>", "", "", "me+cal@x.test", INVITATION_INVITED },
        { "Z <z@z.test>", "ann@corp.test", "", "ann@corp.test", INVITATION_INVITED },
        { "Z <z@z.test>", "*@corp.test", "ann@corp.test", "ann@corp.test", INVITATION_INVITED },
        { "Z <z@z.test>", "*@corp.test", "list@corp.test", "z@z.test", INVITATION_UNLISTED },
        { "Z <z@z.test>", "", "", "z@z.test", INVITATION_UNLISTED },
        { "Grace <g@y.test>", "", "", "g@y.test", INVITATION_ORGANIZER },
    };
    g_autoptr(calendar) found = parsed(EVENT("DTSTART:20261119T140000Z\r\n" PEOPLE));
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        struct account *account = account_of(samples[i].from, samples[i].aliases);
        g_autofree char *raw = g_strdup_printf("To: %s\nSubject: x\n\n", samples[i].to);
        g_autoptr(message) letter = message_parse(raw, strlen(raw));
        g_auto(invitation_self) self = { 0 };
        invitation_self_find(first(found), account, letter, &self);
        if (self.role != samples[i].role || strcmp(self.address, samples[i].wanted) != 0)
            fail_msg("%zu: %s, %d", i, self.address, self.role);
        account_free(account);
    }
}

static void an_answer_is_the_same_event_with_one_attendee(void **state)
{
    (void)state;
    g_autofree char *text =
        g_strconcat("BEGIN:VCALENDAR\nMETHOD:REQUEST\n", EXCHANGE_ZONE,
                    "BEGIN:VEVENT\nUID:040000008200E00074C5B7101A82E0080000000010\nSEQUENCE:4\nSUMMARY:Türme\\, neu\n"
                    "DTSTART;TZID=Customized Time Zone:20260701T100000\nDTEND;TZID=Customized Time Zone:20260701T110000\n"
                    "RECURRENCE-ID;TZID=Customized Time Zone:20260630T100000\n" PEOPLE "END:VEVENT\nEND:VCALENDAR\n",
                    NULL);
    g_autoptr(calendar) found = parsed(text);
    struct account *account = account_of("Me <me@x.test>", "");
    g_autoptr(message) letter = message_parse("Message-ID: <i@y>\nTo: me+cal@x.test\n\n", 37);
    g_auto(invitation_self) self = { 0 };
    g_autoptr(GError) why = NULL;
    invitation_self_find(first(found), account, letter, &self);
    g_autoptr(draft) draft =
        invitation_reply(found, first(found), account, &self, letter,
                         &(const struct invitation_said){ .answer = CALENDAR_DECLINED, .comment = "ill; sorry" }, &why);
    assert_non_null(draft);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_build(draft, &bytes, &sender, &recipients, &why));
    assert_string_equal(sender, "me+cal@x.test");
    assert_string_equal(recipients[0], "g@y.test");
    assert_null(recipients[1]);
    gsize size = 0;
    const char *raw = g_bytes_get_data(bytes, &size), *missing = NULL;
    g_autoptr(message) sent = message_parse(raw, size);
    g_autoptr(calendar) answer = message_calendar(sent, &missing);
    assert_non_null(answer);
    assert_int_equal(answer->method, CALENDAR_REPLY);
    assert_string_equal(first(answer)->uid, first(found)->uid);
    assert_string_equal(first(answer)->title, "Türme, neu");
    assert_string_equal(first(answer)->comment, "ill; sorry");
    assert_int_equal(first(answer)->sequence, 4);
    assert_int_equal(first(answer)->which.utc, first(found)->which.utc);
    assert_int_equal(first(answer)->start.utc, first(found)->start.utc);
    assert_int_equal(first(answer)->people->len, 1);
    assert_int_equal(calendar_find_person(first(answer), "me+cal@x.test")->answer, CALENDAR_DECLINED);
    account_free(account);
}

/* --- versions --- */

static enum invitation_age meet(store *db, const char *method, int sequence, const char *lines, struct invitation_state *out)
{
    g_autofree char *text = g_strdup_printf("BEGIN:VCALENDAR\nMETHOD:%s\nBEGIN:VEVENT\nUID:v\nSEQUENCE:%d\n%sEND:VEVENT\nEND:VCALENDAR\n",
                                            method, sequence, lines);
    g_autoptr(calendar) found = parsed(text);
    invitation_state_clear(out);
    assert_true(invitation_meet(db, found, first(found), out));
    return out->age;
}

#define AT_TWO   "DTSTART:20261119T140000Z\nORGANIZER:mailto:g@y.test\nLOCATION:Room 5\n"
#define AT_THREE "DTSTART:20261119T150000Z\nORGANIZER:mailto:g@y.test\nLOCATION:Room 5\n"

static void versions_are_told_apart_and_what_changed_is_kept(void **state)
{
    store *db = ((struct fixture *)*state)->db;
    g_auto(invitation_state) out = { 0 };
    assert_int_equal(meet(db, "REQUEST", 0, AT_TWO, &out), INVITATION_NEW);
    assert_int_equal(meet(db, "REQUEST", 0, AT_TWO, &out), INVITATION_CURRENT);
    assert_int_equal(meet(db, "REQUEST", 1, AT_THREE, &out), INVITATION_UPDATE);
    assert_true(out.has_before);
    assert_int_equal(out.old_start_utc, 1795096800);
    assert_int_equal(meet(db, "REQUEST", 1, AT_THREE, &out), INVITATION_UPDATE); /* looked at again, it says the same */
    assert_int_equal(out.old_start_utc, 1795096800);
    assert_int_equal(meet(db, "REQUEST", 0, AT_TWO, &out), INVITATION_OLD);
    assert_int_equal(meet(db, "CANCEL", 9, "DTSTART:20261119T150000Z\nORGANIZER:mailto:eve@z.test\n", &out), INVITATION_STRANGE);
    assert_int_equal(meet(db, "REQUEST", 1, AT_THREE, &out), INVITATION_UPDATE);
    assert_false(out.is_cancelled);
    assert_int_equal(meet(db, "CANCEL", 1, AT_THREE, &out), INVITATION_UPDATE);
    assert_true(out.is_cancelled);
    meet(db, "REQUEST", 1, AT_THREE, &out);
    assert_true(out.is_cancelled);
}

/* An instance that is added is no newer version of the series it belongs to. */
static void what_is_added_to_a_series_leaves_the_series_as_it_is(void **state)
{
    store *db = ((struct fixture *)*state)->db;
    g_auto(invitation_state) out = { 0 };
    assert_int_equal(meet(db, "ADD", 4, AT_THREE, &out), INVITATION_NEW);
    assert_int_equal(meet(db, "REQUEST", 0, AT_TWO "RRULE:FREQ=WEEKLY\n", &out), INVITATION_NEW);
    assert_int_equal(meet(db, "ADD", 4, AT_THREE, &out), INVITATION_CURRENT);
    assert_int_equal(meet(db, "REQUEST", 0, AT_TWO "RRULE:FREQ=WEEKLY\n", &out), INVITATION_CURRENT);
}

/* RFC 5546 wants one event a letter; who sends several waits for as many answers. */
static void invitations_in_one_letter_are_answered_one_after_the_other(void **state)
{
    store *db = ((struct fixture *)*state)->db;
    g_autoptr(calendar) found = parsed("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:one\nDTSTART:20261119T140000Z\nEND:VEVENT\n"
                                       "BEGIN:VEVENT\nUID:two\nRECURRENCE-ID:20261126T140000Z\nDTSTART:20261126T150000Z\nEND:VEVENT\n"
                                       "BEGIN:VEVENT\nUID:two\nDTSTART:20261119T140000Z\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_int_equal(calendar_head_count(found), 2);
    const struct calendar_event *one = g_ptr_array_index(found->events, 0), *two = g_ptr_array_index(found->events, 2);
    assert_ptr_equal(invitation_due(db, found), one);
    assert_true(invitation_note_answer(db, one, CALENDAR_ACCEPTED, "r1@x", NULL));
    assert_ptr_equal(invitation_due(db, found), two);
    assert_true(invitation_note_answer(db, two, CALENDAR_DECLINED, "r2@x", NULL));
    assert_ptr_equal(invitation_due(db, found), one);
}

static void an_answer_is_remembered(void **state)
{
    store *db = ((struct fixture *)*state)->db;
    g_auto(invitation_state) out = { 0 };
    g_autoptr(calendar) found = parsed(EVENT("SEQUENCE:2\r\nDTSTART:20261119T140000Z\r\n" PEOPLE));
    assert_true(invitation_note_answer(db, first(found), CALENDAR_TENTATIVE, "r@x", NULL));
    assert_true(invitation_meet(db, found, first(found), &out));
    assert_int_equal(out.answer, CALENDAR_TENTATIVE);
    assert_int_equal(out.answered_sequence, 2);
}

/* --- one's own calendar --- */

static void note(store *db, int hour, const char *attendee)
{
    g_autofree char *text =
        g_strdup_printf("BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:w\nDTSTAMP:20261101T%02d0000Z\n%s\nEND:VEVENT\n"
                        "END:VCALENDAR\n",
                        hour, attendee);
    g_autoptr(calendar) found = parsed(text);
    assert_true(invitation_note_reply(db, first(found), g_ptr_array_index(first(found)->people, 0), NULL));
}

static void what_people_answered_is_counted_once_and_the_last_counts(void **state)
{
    store *db = ((struct fixture *)*state)->db;
    note(db, 10, "ATTENDEE;PARTSTAT=DECLINED;CN=Bob:mailto:bob@x.test");
    note(db, 12, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:BOB@x.test");
    note(db, 11, "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.test");
    note(db, 11, "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@x.test");
    g_autoptr(calendar) found = parsed("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:w\nEND:VEVENT\nEND:VCALENDAR\n");
    g_autoptr(GPtrArray) answers = invitation_answers(db, first(found), NULL);
    assert_int_equal(answers->len, 2);
    const struct invitation_answer *ann = g_ptr_array_index(answers, 0), *bob = g_ptr_array_index(answers, 1);
    assert_string_equal(bob->name, "Bob");
    assert_int_equal(bob->answer, CALENDAR_ACCEPTED);
    assert_string_equal(ann->address, "ann@x.test");
    assert_int_equal(ann->answer, CALENDAR_TENTATIVE);
}

static void conflicts_are_found_in_files_and_folders(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("postern-cal-XXXXXX", NULL), *inner = g_build_filename(folder, "work", NULL),
                    *one = g_build_filename(folder, "one.ics", NULL), *two = g_build_filename(inner, "two.ics", NULL);
    assert_int_equal(g_mkdir(inner, 0700), 0);
    assert_true(g_file_set_contents(
        one,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Weekly\nDTSTART;TZID=Europe/Berlin:20260903T143000\nDURATION:PT1H\n"
        "RRULE:FREQ=WEEKLY\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nSUMMARY:Free\nTRANSP:TRANSPARENT\nDTSTART:20261119T130000Z\n"
        "DTEND:20261119T160000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:moved\nSUMMARY:Series\nDTSTART:20261112T140000Z\n"
        "DURATION:PT1H\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nBEGIN:VEVENT\nUID:moved\nSUMMARY:Moved away\n"
        "RECURRENCE-ID:20261119T140000Z\nDTSTART:20261120T140000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n",
        -1, NULL));
    assert_true(
        g_file_set_contents(two, "BEGIN:VEVENT\nUID:c\nSUMMARY:Dentist\nDTSTART:20261119T134500Z\nDURATION:PT30M\nEND:VEVENT\n", -1, NULL));
    g_autoptr(calendar) found = parsed(EVENT("DTSTART:20261119T140000Z\r\nDURATION:PT1H\r\n"));
    g_autoptr(agenda) got = agenda_read(folder, found, first(found), 1795000000);
    assert_null(got->why);
    assert_int_equal(got->entries->len, 2);
    assert_string_equal(((const struct agenda_entry *)g_ptr_array_index(got->entries, 0))->title, "Weekly");
    assert_string_equal(((const struct agenda_entry *)g_ptr_array_index(got->entries, 1))->title, "Dentist");
    assert_false(got->has_event);
    g_autoptr(agenda) none = agenda_read("/nonexistent/calendar.ics", found, first(found), 1795000000);
    assert_true(none->why != NULL && !none->is_missing); /* nor can it be made */
    g_autofree char *later = g_build_filename(folder, "later.ics", NULL);
    g_autoptr(agenda) missing = agenda_read(later, found, first(found), 1795000000);
    assert_true(missing->why == NULL && missing->is_missing);
    g_unlink(one);
    g_unlink(two);
    g_rmdir(inner);
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_shown_in_the_local_zone),
        cmocka_unit_test(rules_are_said_in_words),
        cmocka_unit_test(what_comes_back_is_counted_in_its_own_zone),
        cmocka_unit_test(hostile_calendars_are_read_as_far_as_they_go),
        cmocka_unit_test(text_that_steers_is_taken_out),
        cmocka_unit_test(a_line_goes_on_however_it_is_folded),
        cmocka_unit_test(the_address_that_was_invited_answers),
        cmocka_unit_test(an_answer_is_the_same_event_with_one_attendee),
        cmocka_unit_test_setup_teardown(versions_are_told_apart_and_what_changed_is_kept, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_added_to_a_series_leaves_the_series_as_it_is, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(invitations_in_one_letter_are_answered_one_after_the_other, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_remembered, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_people_answered_is_counted_once_and_the_last_counts, fixture_setup, fixture_teardown),
        cmocka_unit_test(conflicts_are_found_in_files_and_folders),
    };
    g_setenv("TZ", "Europe/Berlin", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
