/* SPDX-License-Identifier: MIT */
/* Invitations as Google, Outlook, Exchange, iCloud, Zimbra, Nextcloud, Yahoo and Thunderbird send them: whole messages written in their manner. */
#include "config/account_file.h"
#include "core/invitation_reply.h"
#include "core/message.h"
#include <glib/gstdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct form {
    const char *name, *raw;
    enum calendar_method method;
    guint events;
    const char *when;      /* at Berlin */
    const char *address;   /* who answers; NULL: nobody is invited */
    const char *organizer; /* to whom */
    const char *title;
};

#define BERLIN                                                                                                                             \
    "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nX-LIC-LOCATION:Europe/Berlin\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"            \
    "TZNAME:CEST\nDTSTART:19700329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nBEGIN:STANDARD\nTZOFFSETFROM:+0200\n"     \
    "TZOFFSETTO:+0100\nTZNAME:CET\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\n"
#define WINDOWS_ZONE(name)                                                                                                                 \
    "BEGIN:VTIMEZONE\nTZID:" name "\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"                      \
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\n"      \
    "TZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
#define ALTERNATIVE(type, calendar)                                                                                                        \
    "From: Ada Lovelace <ada@x.test>\nTo: me@x.test\nSubject: s\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"                                   \
    "Content-Type: multipart/alternative; boundary=\"b\"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nwords\n--b\n"                  \
    "Content-Type: text/html; charset=utf-8\n\n<p>words</p>\n--b\nContent-Type: " type "\n\n" calendar "\n--b--\n"

static const struct form forms[] = {
    /* the alternative, and the same as a file; RSVP and answers of all; the link in a property of its own */
    { "Google",
      "From: Ada Lovelace <ada@gmail.test>\nSender: Google Calendar <calendar-notification@google.test>\nReply-To: Ada Lovelace "
      "<ada@gmail.test>\n"
      "To: me@x.test\nSubject: Invitation: Plan @ Thu Nov 19, 2026\nMessage-ID: <calendar-1@google.test>\nMIME-Version: 1.0\n"
      "Content-Type: multipart/mixed; boundary=\"m\"\n\n--m\nContent-Type: multipart/alternative; boundary=\"b\"\n\n--b\n"
      "Content-Type: text/plain; charset=\"UTF-8\"; format=flowed; delsp=yes\nContent-Transfer-Encoding: base64\n\nd29yZHM=\n--b\n"
      "Content-Type: text/calendar; charset=\"UTF-8\"; method=REQUEST\nContent-Transfer-Encoding: 7bit\n\n"
      "BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nCALSCALE:GREGORIAN\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
      "DTSTART:20261119T130000Z\nDTEND:20261119T140000Z\nDTSTAMP:20261101T100000Z\nORGANIZER;CN=Ada Lovelace:mailto:ada@gmail.test\n"
      "UID:2q4e6@google.com\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE\n ;CN=Ada Lovelace;X-NUM-GUESTS=0"
      ":mailto:ada@gmail.test\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=\n "
      "TRUE;CN=me@x.test;X-NUM-GUESTS=0:"
      "mailto:Me@X.test\nX-GOOGLE-CONFERENCE:https://meet.google.test/abc\nX-MICROSOFT-CDO-OWNERAPPTID:-1273\nCREATED:20261101T095900Z\n"
      "DESCRIPTION:-::~:~::~:~\\nJoin with Google Meet: "
      "https://meet.google.test/abc\\n-::~:~::~:~\nLAST-MODIFIED:20261101T100000Z\nLOCATION:\n"
      "SEQUENCE:0\nSTATUS:CONFIRMED\nSUMMARY:Plan\nTRANSP:OPAQUE\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-P0DT0H10M0S\nEND:VALARM\nEND:"
      "VEVENT\n"
      "END:VCALENDAR\n--b--\n--m\nContent-Type: application/ics; name=\"invite.ics\"\nContent-Disposition: attachment; "
      "filename=\"invite.ics\"\nContent-Transfer-Encoding: "
      "base64\n\nQkVHSU46VkNBTEVOREFSDQpNRVRIT0Q6UkVRVUVTVA0KQkVHSU46VkVWRU5UDQpVSUQ6MnE0ZTZA\n"
      "Z29vZ2xlLmNvbQ0KRFRTVEFSVDoyMDI2MTExOVQxMzAwMDBaDQpFTkQ6VkVWRU5UDQpFTkQ6VkNBTEVOREFSDQo=\n--m--\n",
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "Me@X.test", "ada@gmail.test", "Plan" },
    { "Exchange",
      ALTERNATIVE(
          "text/calendar; charset=\"utf-8\"; method=REQUEST",
          "BEGIN:VCALENDAR\nMETHOD:REQUEST\nPRODID:Microsoft Exchange Server 2010\nVERSION:2.0\n" WINDOWS_ZONE(
              "W. Europe Standard Time") "BEGIN:VEVENT\nORGANIZER;CN=Ada Lovelace:mailto:ada@x.test\n"
                                         "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=\"Me, My\n self\":mailto:"
                                         "ME@x.test\nDESCRIPTION;LANGUAGE=en-GB:\\n________________\\nJoin: https://teams.test/l\\n\n"
                                         "UID:040000008200E00074C5B7101A82E00800000000FB63F76F978EDB01000000000000000\n "
                                         "010000000C6F10602\nSUMMARY;LANGUAGE=en-GB:Budget\\; round 2\n"
                                         "DTSTART;TZID=W. Europe Standard Time:20261119T140000\n"
                                         "DTEND;TZID=W. Europe Standard Time:20261119T150000\nCLASS:PUBLIC\nPRIORITY:5\n"
                                         "DTSTAMP:20261101T100000Z\nTRANSP:OPAQUE\nSTATUS:CONFIRMED\nSEQUENCE:0\n"
                                         "LOCATION;LANGUAGE=en-GB:Microsoft Teams Meeting\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\n"
                                         "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.test/l\nX-MICROSOFT-DISALLOW-COUNTER:FALSE\n"
                                         "BEGIN:VALARM\nDESCRIPTION:REMINDER\nTRIGGER;RELATED=START:-PT15M\nACTION:DISPLAY\n"
                                         "END:VALARM\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "ME@x.test", "ada@x.test", "Budget; round 2" },
    /* the zone explained under a name of Microsoft's, in quotation marks where it is used */
    { "Outlook on the web, a custom zone",
      ALTERNATIVE("text/calendar; charset=\"utf-8\"; method=REQUEST",
                  "BEGIN:VCALENDAR\nMETHOD:REQUEST\nVERSION:2.0\n" WINDOWS_ZONE(
                      "tzone://Microsoft/Custom") "BEGIN:VEVENT\nUID:o\nORGANIZER:MAILTO:ada@x.test\nATTENDEE;RSVP=TRUE:MAILTO:me@x.test\n"
                                                  "SUMMARY:o\nDTSTART;TZID=\"tzone://Microsoft/Custom\":20260701T090000\n"
                                                  "DTEND;TZID=\"tzone://Microsoft/Custom\":20260701T100000\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Wed 1 Jul 2026 09:00 – 10:00", "me@x.test", "ada@x.test", "o" },
    { "Exchange, UTC by its own name and no VTIMEZONE",
      ALTERNATIVE(
          "text/calendar; method=REQUEST",
          "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:o\nORGANIZER:mailto:ada@x.test\nATTENDEE:mailto:me@x.test\nSUMMARY:o\n"
          "DTSTART;TZID=tzone://Microsoft/Utc:20261119T130000\nDTEND;TZID=UTC:20261119T140000\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "o" },
    /* the zone as the menu of old Outlooks and Zimbras has it, without a VTIMEZONE */
    { "Zimbra's and Outlook's old names",
      ALTERNATIVE(
          "text/calendar; method=REQUEST",
          "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:o\nORGANIZER:mailto:ada@x.test\nATTENDEE:mailto:me@x.test\nSUMMARY:o\n"
          "DTSTART;TZID=\"(GMT-05.00) Eastern Time (US & Canada)\":20261119T080000\n"
          "DTEND;TZID=\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\":20261119T150000\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "o" },
    { "Zimbra",
      ALTERNATIVE("text/calendar; charset=utf-8; method=REQUEST; name=meeting.ics\nContent-Transfer-Encoding: 7bit",
                  "BEGIN:VCALENDAR\nPRODID:Zimbra-Calendar-Provider\nVERSION:2.0\nMETHOD:REQUEST\n" BERLIN
                  "BEGIN:VEVENT\nUID:d4a8a9e1-1\nRRULE:FREQ=WEEKLY;INTERVAL=1;UNTIL=20261231T130000Z;BYDAY=TH\nSUMMARY:Weekly\n"
                  "ATTENDEE;CN=Me;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:me@x.test\n"
                  "ORGANIZER;CN=Ada;SENT-BY=\"mailto:desk@x.test\":mailto:ada@x.test\nDTSTART;TZID=\"Europe/Berlin\":20261119T140000\n"
                  "DTEND;TZID=\"Europe/Berlin\":20261119T150000\nSTATUS:CONFIRMED\nCLASS:PUBLIC\nX-MICROSOFT-CDO-INTENDEDSTATUS:BUSY\n"
                  "TRANSP:OPAQUE\nLAST-MODIFIED:20261101T100000Z\nDTSTAMP:20261101T100000Z\nSEQUENCE:0\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "Weekly" },
    /* the organizer is a mailbox of Apple's; who it is stands in EMAIL; people by the paths of principals */
    { "iCloud",
      "From: Ada Lovelace <noreply@email.apple.test>\nReply-To: ada@icloud.test\nTo: me@x.test\nSubject: s\nMessage-ID: <1@x>\n"
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/html; "
      "charset=utf-8\n\n<p>words</p>\n--b\n"
      "Content-Type: text/calendar; charset=utf-8; method=REQUEST; component=VEVENT\nContent-Transfer-Encoding: quoted-printable\n"
      "Content-Disposition: attachment; filename=iCal-20261101-100000.ics\n\n"
      "BEGIN:VCALENDAR\nCALSCALE:GREGORIAN\nMETHOD:REQUEST\nPRODID:-//Apple Inc.//iCloud//EN\nVERSION:2.0\nBEGIN:VEVENT\nUID:7F-E2\n"
      "DTSTAMP:20261101T100000Z\nDTSTART;VALUE=3DDATE:20261119\nDTEND;VALUE=3DDATE:20261121\nSUMMARY:Away=E2=80=A6\n"
      "ORGANIZER;CN=3D\"Ada Lovelace\";EMAIL=3D\"ada@icloud.test\":mailto:2_GEYDCMJQ@imip.me.test\n"
      "ATTENDEE;CN=3D\"Ada\";CUTYPE=3DINDIVIDUAL;EMAIL=3D\"ada@icloud.test\";PARTSTAT=3DACCEPTED;ROLE=3DCHAIR:/aMTIz/principal/\n"
      "ATTENDEE;CN=3Dme;CUTYPE=3DINDIVIDUAL;EMAIL=3Dme@x.test;PARTSTAT=3DNEEDS-ACTION;RSVP=3DTRUE:/aNDU2/principal/\n"
      "SEQUENCE:1\nTRANSP:TRANSPARENT\nEND:VEVENT\nEND:VCALENDAR\n--b--\n",
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 – Fri 20 Nov 2026", "me@x.test", "2_GEYDCMJQ@imip.me.test", "Away…" },
    /* by a robot in somebody's name */
    { "Nextcloud",
      "From: Ada via Cloud <invitations-noreply@cloud.test>\nReply-To: Ada <ada@x.test>\nTo: me@x.test\nSubject: s\nMessage-ID: <1@x>\n"
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: multipart/alternative; "
      "boundary=\"c\"\n\n--c\n"
      "Content-Type: text/plain; charset=utf-8\n\nwords\n--c--\n--b\nContent-Type: text/calendar; method=REQUEST; name=event.ics\n"
      "Content-Disposition: attachment; filename=event.ics; name=event.ics\nContent-Transfer-Encoding: base64\n\n"
      "QkVHSU46VkNBTEVOREFSDQpWRVJTSU9OOjIuMA0KUFJPRElEOi0vL1NhYnJlLy9TYWJyZSBWT2JqZWN0\nIDQuNS40Ly9FTg0KTUVUSE9EOlJFUVVFU1QNCkJFR0lOOlZFVk"
      "VO"
      "VA0KVUlEOm4xDQpEVFNUQVJU\nO1RaSUQ9RXVyb3BlL0JlcmxpbjoyMDI2MTExOVQxNDAwMDANCkRURU5EO1RaSUQ9RXVyb3BlL0Jl\ncmxpbjoyMDI2MTExOVQxNTAwMDAN"
      "ClNVTU1BUlk6Tg0KT1JHQU5JWkVSO0NOPUFkYTptYWlsdG86\nYWRhQHgudGVzdA0KQVRURU5ERUU7Q049bWU7UlNWUD1UUlVFO1BBUlRTVEFUPU5FRURTLUFDVElP\n"
      "TjptYWlsdG86bWVAeC50ZXN0DQpFTkQ6VkVWRU5UDQpFTkQ6VkNBTEVOREFSDQo=\n--b--\n",
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "N" },
    /* the method in the type only, a file with lines that end in CR alone, no zone at all */
    { "Yahoo",
      "From: Ada <ada@x.test>\nTo: me@x.test\nSubject: s\nMessage-ID: <1@x>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "
      "boundary=\"b\"\n\n"
      "--b\nContent-Type: text/plain\n\nwords\n--b\nContent-Type: text/calendar; name=\"invite.ics\"; method=\"request\"\n"
      "Content-Transfer-Encoding: base64\n\n"
      "QkVHSU46VkNBTEVOREFSDVZFUlNJT046Mi4wDUJFR0lOOlZFVkVOVA1VSUQ6eTENRFRTVEFSVDoyMDI2MTExOVQxNDAwMDANRFRFTkQ6MjAyNjExMTlUMTUwMDAwDVNVTU1B"
      "\n"
      "Ulk6WQ1PUkdBTklaRVI6bWFpbHRvOmFkYUB4LnRlc3QNQVRURU5ERUU7UlNWUD1GQUxTRTptYWlsdG86bWVAeC50ZXN0DUVORDpWRVZFTlQNRU5EOlZDQUxFTkRBUg0=\n"
      "--b--\n",
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "Y" },
    /* a series with two instances that are otherwise: an instance comes first, and the series is what is answered */
    { "Thunderbird, a series with exceptions",
      ALTERNATIVE("text/calendar; method=REQUEST; charset=UTF-8\nContent-Transfer-Encoding: 8bit",
                  "BEGIN:VCALENDAR\nPRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN\nVERSION:2.0\nMETHOD:REQUEST\n" BERLIN
                  "BEGIN:VEVENT\nUID:t1\nRECURRENCE-ID;TZID=Europe/Berlin:20261126T140000\nSUMMARY:Türme, later\nSEQUENCE:1\n"
                  "ORGANIZER:mailto:ada@x.test\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:me@x.test\n"
                  "DTSTART;TZID=Europe/Berlin:20261126T160000\nDTEND;TZID=Europe/Berlin:20261126T170000\nEND:VEVENT\n"
                  "BEGIN:VEVENT\nUID:t1\nSUMMARY:Türme\nRRULE:FREQ=WEEKLY;COUNT=6\nEXDATE;TZID=Europe/Berlin:20261203T140000\nSEQUENCE:1\n"
                  "ORGANIZER;RSVP=TRUE;CN=Ada;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:ada@x.test\n"
                  "ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:me@x.test\n"
                  "DTSTART;TZID=Europe/Berlin:20261119T140000\nDTEND;TZID=Europe/Berlin:20261119T150000\nEND:VEVENT\n"
                  "BEGIN:VEVENT\nUID:t1\nRECURRENCE-ID;TZID=Europe/Berlin:20261210T140000\nSTATUS:CANCELLED\nSUMMARY:Türme\n"
                  "ORGANIZER:mailto:ada@x.test\nDTSTART;TZID=Europe/Berlin:20261210T140000\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 3, "Thu 19 Nov 2026 14:00 – 15:00", "me@x.test", "ada@x.test", "Türme" },
    { "Exchange, one instance called off",
      ALTERNATIVE("text/calendar; charset=\"utf-8\"; method=CANCEL",
                  "BEGIN:VCALENDAR\nMETHOD:CANCEL\nVERSION:2.0\n" WINDOWS_ZONE(
                      "Romance Standard Time") "BEGIN:VEVENT\nUID:t2\nRECURRENCE-ID;TZID=Romance Standard Time:20261126T140000\n"
                                               "SUMMARY:Canceled: Weekly\nORGANIZER;CN=Ada:mailto:ada@x.test\nATTENDEE:mailto:me@x.test\n"
                                               "DTSTART;TZID=Romance Standard Time:20261126T140000\nSEQUENCE:2\nSTATUS:CANCELLED\n"
                                               "END:VEVENT\nEND:VCALENDAR"),
      CALENDAR_CANCEL, 1, "Thu 26 Nov 2026 14:00", "me@x.test", "ada@x.test", "Canceled: Weekly" },
    { "an answer by Outlook",
      "From: Bob <bob@x.test>\nTo: me@x.test\nSubject: Tentative: Plan\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
      "Content-Type: text/calendar; charset=\"utf-8\"; method=REPLY\nContent-Transfer-Encoding: 8bit\n\n"
      "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:r\nORGANIZER:mailto:me@x.test\nATTENDEE;PARTSTAT=TENTATIVE;CN=Bob:mailto:bob@x."
      "test\n"
      "COMMENT;LANGUAGE=en-GB:perhaps\\n\nSUMMARY;LANGUAGE=en-GB:Tentative: Plan\nDTSTART:20261119T130000Z\nEND:VEVENT\nEND:VCALENDAR\n",
      CALENDAR_REPLY, 1, "Thu 19 Nov 2026 14:00", "me@x.test", "me@x.test", "Tentative: Plan" },
    { "another time proposed by Outlook",
      "From: Bob <bob@x.test>\nTo: me@x.test\nSubject: New Time Proposed: Plan\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
      "Content-Type: text/calendar; charset=\"utf-8\"; method=COUNTER\n\n"
      "BEGIN:VCALENDAR\nMETHOD:COUNTER\nBEGIN:VEVENT\nUID:r\nATTENDEE;PARTSTAT=TENTATIVE;CN=Bob:mailto:bob@x.test\nSUMMARY:Plan\n"
      "DTSTART:20261119T150000Z\nDTEND:20261119T160000Z\nX-MS-OLK-ORIGINALSTART:20261119T130000Z\nEND:VEVENT\nEND:VCALENDAR\n",
      CALENDAR_COUNTER, 1, "Thu 19 Nov 2026 16:00 – 17:00", NULL, NULL, "Plan" },
    /* Bob sends me in his place */
    { "an invitation that was passed on",
      ALTERNATIVE("text/calendar; method=REQUEST",
                  "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:d\nORGANIZER:mailto:ada@x.test\nSUMMARY:d\nDTSTART:20261119T130000Z\n"
                  "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:me@x.test\":mailto:bob@x.test\n"
                  "ATTENDEE;RSVP=TRUE;DELEGATED-FROM=\"mailto:bob@x.test\":mailto:me@x.test\nEND:VEVENT\nEND:VCALENDAR"),
      CALENDAR_REQUEST, 1, "Thu 19 Nov 2026 14:00", "me@x.test", "ada@x.test", "d" },
};

static struct account *account_of_me(void)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *folder = g_dir_make_tmp("postern-forms-XXXXXX", NULL), *path = g_build_filename(folder, "a.conf", NULL);
    const char text[] =
        "[account]\nfrom = Me <me@x.test>\n[incoming]\nprotocol = maildir\npath = /nowhere\n[outgoing]\nprotocol = sendmail\n"
        "command = /bin/true\n";
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    struct account *account = account_file_load(path, &why);
    g_unlink(path);
    g_rmdir(folder);
    assert_non_null(account);
    return account;
}

static void expect_text(const char *form, const char *what, const char *got, const char *wanted)
{
    if (g_strcmp0(got, wanted) != 0)
        fail_msg("%s: %s is \"%s\" instead of \"%s\"", form, what, got, wanted);
}

/* What is sent back: from me, to the organizer, about the same event, with my address as the invitation spells it. */
static void check_answer(const struct form *form, const calendar *from, const struct calendar_event *event, const message *letter)
{
    g_autoptr(account) account = account_of_me();
    g_auto(invitation_self) self = { 0 };
    g_autoptr(GError) why = NULL;
    invitation_self_find(event, account, letter, &self);
    if (form->address == NULL) {
        assert_int_equal(self.role, INVITATION_UNLISTED);
        return;
    }
    expect_text(form->name, "who answers", self.address, form->address);
    if (form->method != CALENDAR_REQUEST)
        return;
    assert_int_equal(self.role, INVITATION_INVITED);
    g_autoptr(draft) draft =
        invitation_reply(from, event, account, &self, letter, &(const struct invitation_said){ .answer = CALENDAR_ACCEPTED }, &why);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_non_null(draft);
    assert_true(compose_build(draft, &bytes, &sender, &recipients, &why));
    expect_text(form->name, "the sender", sender, form->address);
    expect_text(form->name, "the organizer", recipients[0], form->organizer);
    gsize size = 0;
    const char *raw = g_bytes_get_data(bytes, &size), *missing = NULL;
    g_autoptr(message) sent = message_parse(raw, size);
    g_autoptr(calendar) answer = message_calendar(sent, &missing);
    assert_non_null(answer);
    const struct calendar_event *told = g_ptr_array_index(answer->events, 0);
    assert_int_equal(answer->method, CALENDAR_REPLY);
    expect_text(form->name, "the event", told->uid, event->uid);
    assert_int_equal(told->start.utc, event->start.utc);
    assert_int_equal(told->people->len, 1);
    assert_int_equal(calendar_find_person(told, form->address)->answer, CALENDAR_ACCEPTED);
}

static const struct form *form_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    fail_msg("there is no %s", name);
    return NULL;
}

/* What is sent in answer, as the other side reads it. */
static calendar *sent_for(const char *form, const struct invitation_said *said, char **raw_out, char ***recipients_out)
{
    g_autoptr(message) letter = message_parse(form_named(form)->raw, strlen(form_named(form)->raw));
    const char *missing = NULL;
    g_autoptr(calendar) from = message_calendar(letter, &missing);
    const struct calendar_event *event = calendar_main_event(from);
    g_autoptr(account) account = account_of_me();
    g_auto(invitation_self) self = { 0 };
    g_autoptr(GError) why = NULL;
    invitation_self_find(event, account, letter, &self);
    g_autoptr(draft) draft = invitation_reply(from, event, account, &self, letter, said, &why);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    assert_non_null(draft);
    assert_true(compose_build(draft, &bytes, &sender, recipients_out, &why));
    gsize size = 0;
    const char *raw = g_bytes_get_data(bytes, &size);
    *raw_out = g_strndup(raw, size);
    g_autoptr(message) sent = message_parse(raw, size);
    return message_calendar(sent, &missing);
}

static void another_time_is_proposed_as_long_as_the_meeting(void **state)
{
    (void)state;
    g_autofree char *raw = NULL, *days_raw = NULL;
    g_auto(GStrv) recipients = NULL, days_recipients = NULL;
    g_autoptr(calendar) told =
        sent_for("Exchange", &(const struct invitation_said){ .answer = CALENDAR_TENTATIVE, .comment = "later?", .start_utc = 1795190400 },
                 &raw, &recipients);
    const struct calendar_event *event = g_ptr_array_index(told->events, 0);
    assert_int_equal(told->method, CALENDAR_COUNTER);
    assert_non_null(strstr(raw, "method=COUNTER"));
    assert_non_null(strstr(raw, "Subject: Another time proposed: Budget; round 2"));
    assert_non_null(strstr(raw, "X-MS-OLK-ORIGINALSTART:20261119T130000Z"));
    assert_string_equal(recipients[0], "ada@x.test");
    g_autofree char *when = calendar_when_words(event);
    assert_string_equal(when, "Fri 20 Nov 2026 17:00 – 18:00");
    assert_int_equal(calendar_find_person(event, "me@x.test")->answer, CALENDAR_TENTATIVE);
    assert_string_equal(event->comment, "later?");
    g_autoptr(calendar) days = sent_for("iCloud", &(const struct invitation_said){ .answer = CALENDAR_TENTATIVE, .start_utc = 1795190400 },
                                        &days_raw, &days_recipients);
    g_autofree char *on = calendar_when_words(g_ptr_array_index(days->events, 0));
    assert_string_equal(on, "Fri 20 Nov 2026 – Sat 21 Nov 2026");
}

static void nothing_is_proposed_for_a_whole_series(void **state)
{
    (void)state;
    const char *missing = NULL;
    const struct form *series = form_named("Thunderbird, a series with exceptions");
    g_autoptr(message) letter = message_parse(series->raw, strlen(series->raw));
    g_autoptr(calendar) found = message_calendar(letter, &missing);
    assert_false(invitation_takes_proposals(calendar_main_event(found)));
    assert_true(invitation_takes_proposals(g_ptr_array_index(found->events, 0)));
}

static void who_passed_an_invitation_on_hears_of_the_answer(void **state)
{
    (void)state;
    g_autofree char *raw = NULL;
    g_auto(GStrv) recipients = NULL;
    g_autoptr(calendar) told =
        sent_for("an invitation that was passed on", &(const struct invitation_said){ .answer = CALENDAR_ACCEPTED }, &raw, &recipients);
    assert_string_equal(recipients[0], "ada@x.test");
    assert_string_equal(recipients[1], "bob@x.test");
    assert_null(recipients[2]);
    assert_string_equal(calendar_find_person(g_ptr_array_index(told->events, 0), "me@x.test")->delegated_from, "bob@x.test");
}

/* What two letters say where somebody else comes: Grace for me. The first is the organizer's, the second Grace's. */
static const struct invitation_said sends_grace = { .answer = CALENDAR_DELEGATED,
                                                    .delegate = "grace@y.test",
                                                    .delegate_name = "Grace, Dr." };

static calendar *passed_on_for(const char *form, char **raw_out)
{
    g_autoptr(message) letter = message_parse(form_named(form)->raw, strlen(form_named(form)->raw));
    const char *missing = NULL;
    g_autoptr(calendar) from = message_calendar(letter, &missing);
    g_autoptr(account) account = account_of_me();
    g_auto(invitation_self) self = { 0 };
    g_autoptr(GError) why = NULL;
    invitation_self_find(calendar_main_event(from), account, letter, &self);
    g_autoptr(draft) draft = invitation_pass_on(from, calendar_main_event(from), account, &self, &sends_grace);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(compose_build(draft, &bytes, &sender, &recipients, &why));
    assert_string_equal(recipients[0], "grace@y.test");
    assert_null(recipients[1]);
    gsize size = 0;
    const char *raw = g_bytes_get_data(bytes, &size);
    *raw_out = g_strndup(raw, size);
    g_autoptr(message) sent = message_parse(raw, size);
    return message_calendar(sent, &missing);
}

static void somebody_else_comes_and_both_are_told(void **state)
{
    (void)state;
    g_autofree char *raw = NULL, *forward = NULL;
    g_auto(GStrv) recipients = NULL;
    g_autoptr(calendar) told = sent_for("Exchange", &sends_grace, &raw, &recipients);
    g_autoptr(calendar) passed = passed_on_for("Exchange", &forward);
    const struct calendar_event *event = g_ptr_array_index(told->events, 0), *other = g_ptr_array_index(passed->events, 0);
    assert_int_equal(told->method, CALENDAR_REPLY);
    assert_string_equal(recipients[0], "ada@x.test");
    assert_null(recipients[1]);
    assert_int_equal(event->people->len, 1);
    assert_int_equal(calendar_find_person(event, "me@x.test")->answer, CALENDAR_DELEGATED);
    assert_string_equal(calendar_find_person(event, "me@x.test")->delegated_to, "grace@y.test");
    assert_non_null(strstr(raw, "DELEGATED-TO=\"mailto:grace@y.test\""));
    assert_non_null(strstr(raw, "Subject: Somebody else comes: Budget; round 2"));
    assert_int_equal(passed->method, CALENDAR_REQUEST);
    assert_non_null(strstr(forward, "method=REQUEST"));
    assert_string_equal(other->uid, event->uid);
    assert_int_equal(other->start.utc, event->start.utc);
    assert_int_equal(calendar_find_person(other, "me@x.test")->answer, CALENDAR_DELEGATED);
    assert_string_equal(calendar_find_person(other, "me@x.test")->delegated_to, "grace@y.test");
    const struct calendar_person *grace = calendar_find_person(other, "grace@y.test");
    assert_string_equal(grace->delegated_from, "ME@x.test"); /* as the invitation spells it */
    assert_true(grace->expects_answer);
    assert_int_equal(grace->answer, CALENDAR_NO_ANSWER);
    assert_string_equal(grace->name, "Grace, Dr.");
}

/* All of it, with what is otherwise in it. */
static void a_series_is_passed_on_whole(void **state)
{
    (void)state;
    g_autofree char *forward = NULL;
    g_autoptr(calendar) passed = passed_on_for("Thunderbird, a series with exceptions", &forward);
    const struct calendar_event *series = calendar_main_event(passed);
    assert_int_equal(passed->events->len, 3);
    assert_true(series->has_rule);
    assert_null(strstr(forward, "X-POSTERN"));
    assert_string_equal(calendar_find_person(series, "grace@y.test")->delegated_from, "me@x.test");
    assert_true(series->start.zone != NULL && !series->start.has_no_zone);
}

static void who_was_sent_may_send_somebody_on(void **state)
{
    (void)state;
    g_autofree char *raw = NULL, *forward = NULL;
    g_auto(GStrv) recipients = NULL;
    g_autoptr(calendar) told = sent_for("an invitation that was passed on", &sends_grace, &raw, &recipients);
    g_autoptr(calendar) passed = passed_on_for("an invitation that was passed on", &forward);
    const struct calendar_person *me = calendar_find_person(g_ptr_array_index(told->events, 0), "me@x.test");
    assert_string_equal(recipients[1], "bob@x.test");
    assert_string_equal(me->delegated_from, "bob@x.test");
    assert_string_equal(me->delegated_to, "grace@y.test");
    assert_int_equal(((const struct calendar_event *)passed->events->pdata[0])->people->len, 3);
}

static void nobody_is_sent_who_is_there_anyway(void **state)
{
    (void)state;
    const char *missing = NULL;
    const struct form *form = form_named("an invitation that was passed on");
    g_autoptr(message) letter = message_parse(form->raw, strlen(form->raw));
    g_autoptr(calendar) found = message_calendar(letter, &missing);
    g_autoptr(account) account = account_of_me();
    g_auto(invitation_self) self = { 0 };
    invitation_self_find(calendar_main_event(found), account, letter, &self);
    static const struct {
        const char *address, *why;
    } cases[] = { { "ME@x.test", "That is your own address." },
                  { "ada@x.test", "ada@x.test is who invites." },
                  { "bob@x.test", "bob@x.test is invited already." },
                  { "grace@y.test", NULL } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *why = invitation_why_no_delegate(calendar_main_event(found), &self, cases[i].address);
        expect_text(cases[i].address, "why not", why, cases[i].why);
    }
}

static void what_they_send_is_read_and_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const struct form *form = &forms[i];
        const char *missing = NULL;
        g_autoptr(message) letter = message_parse(form->raw, strlen(form->raw));
        g_autoptr(calendar) found = message_calendar(letter, &missing);
        if (found == NULL)
            fail_msg("%s: there is nothing in it", form->name);
        const struct calendar_event *event = calendar_main_event(found);
        g_autofree char *when = calendar_when_words(event);
        expect_text(form->name, "the title", event->title, form->title);
        expect_text(form->name, "the time", when, form->when);
        if (found->method != form->method || found->events->len != form->events)
            fail_msg("%s: method %d, %u events", form->name, found->method, found->events->len);
        check_answer(form, found, event, letter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_they_send_is_read_and_answered),    cmocka_unit_test(another_time_is_proposed_as_long_as_the_meeting),
        cmocka_unit_test(nothing_is_proposed_for_a_whole_series), cmocka_unit_test(who_passed_an_invitation_on_hears_of_the_answer),
        cmocka_unit_test(somebody_else_comes_and_both_are_told),  cmocka_unit_test(a_series_is_passed_on_whole),
        cmocka_unit_test(who_was_sent_may_send_somebody_on),      cmocka_unit_test(nobody_is_sent_who_is_there_anyway),
    };
    g_setenv("TZ", "Europe/Berlin", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
