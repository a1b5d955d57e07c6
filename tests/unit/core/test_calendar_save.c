/* SPDX-License-Identifier: MIT */
/* Invitations in the person's own calendar: put there, changed, taken out; nothing else in it changes by a byte. */
#include "core/calendar_save.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ZONE                                                                                                                               \
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"                         \
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
#define PEOPLE                                                                                                                             \
    "ORGANIZER;CN=Grace:mailto:grace@example.test\r\nATTENDEE;CN=\"Me, "                                                                   \
    "myself\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:me@example.test\r\n"                                                                  \
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.test\r\n"
#define LETTER(method, uid, sequence, more)                                                                                                \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:" method "\r\n" ZONE "BEGIN:VEVENT\r\nUID:" uid "\r\nSEQUENCE:" sequence  \
    "\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20261119T140000\r\nDTEND;TZID=Europe/Berlin:20261119T150000\r\n" PEOPLE    \
        more "END:VEVENT\r\nEND:VCALENDAR\r\n"

/* Somebody else's, with all that we do not read: it must come out as it went in. */
static const char foreign[] = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//khal\nX-WR-CALNAME:Mine\nBEGIN:VEVENT\nUID:dentist\n"
                              "DTSTART:20261201T100000\nSUMMARY:Den\n tist\nX-ODD;A=\"b:c\":what\n ever\nBEGIN:VALARM\nUID:meeting-1\n"
                              "TRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n";
static const char foreign_end[] = "END:VCALENDAR\n";

struct room {
    char *folder, *file;
};

static int set_up(void **state)
{
    struct room *room = g_new0(struct room, 1);
    room->folder = g_dir_make_tmp("postern-calendar-XXXXXX", NULL);
    room->file = g_build_filename(room->folder, "mine.ics", NULL);
    *state = room;
    return room->folder != NULL ? 0 : -1;
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_unlink(inner) != 0)
            remove_all(inner);
    }
    g_rmdir(path);
}

static int tear_down(void **state)
{
    struct room *room = *state;
    remove_all(room->folder);
    g_free(room->folder);
    g_free(room->file);
    g_free(room);
    return 0;
}

static enum calendar_saved save(const char *path, const char *letter, enum calendar_answer answer)
{
    g_autoptr(calendar) from = calendar_parse(letter, strlen(letter), NULL);
    g_autoptr(GError) error = NULL;
    enum calendar_saved saved = CALENDAR_SAVED_NOTHING;
    assert_non_null(from);
    const struct calendar_save how = {
        .path = path, .address = "me@example.test", .answer = answer, .is_cancelled = from->method == CALENDAR_CANCEL
    };
    assert_true(calendar_save(from, g_ptr_array_index(from->events, 0), &how, &saved, NULL, &error));
    return saved;
}

static char *content(const char *path)
{
    char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static char *whole_foreign(void)
{
    return g_strconcat(foreign, foreign_end, NULL);
}

static void an_accepted_event_is_put_among_what_is_there(void **state)
{
    const struct room *room = *state;
    g_autofree char *before = whole_foreign();
    assert_true(g_file_set_contents(room->file, before, -1, NULL));
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "0", "SUMMARY:Plans\r\n"), CALENDAR_ACCEPTED), CALENDAR_SAVED_ADDED);
    g_autofree char *after = content(room->file);
    assert_true(g_str_has_prefix(after, foreign));
    assert_true(g_str_has_suffix(after, foreign_end));
    assert_non_null(strstr(after, "SUMMARY:Plans\n"));
    assert_non_null(strstr(after, "PARTSTAT=ACCEPTED"));
    assert_null(strstr(after, "NEEDS-ACTION"));
    assert_null(strstr(after, "METHOD"));
    assert_null(strchr(after, '\r')); /* lines end as the file's do */
    assert_non_null(strstr(after, "BEGIN:VTIMEZONE"));
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "0", "SUMMARY:Plans\r\n"), CALENDAR_ACCEPTED), CALENDAR_SAVED_NOTHING);
    g_autofree char *again = content(room->file);
    assert_string_equal(after, again);
}

static void an_update_takes_its_place_and_an_older_one_or_a_strangers_does_not(void **state)
{
    const struct room *room = *state;
    static const char stranger[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nUID:meeting-1\r\nSEQUENCE:9\r\n"
                                   "DTSTART:20261119T140000Z\r\nORGANIZER:mailto:eve@example.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "2", "SUMMARY:Plans\r\n"), CALENDAR_TENTATIVE), CALENDAR_SAVED_ADDED);
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "1", "SUMMARY:Old\r\n"), CALENDAR_ACCEPTED), CALENDAR_SAVED_NEWER);
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "3", "SUMMARY:New\r\n"), CALENDAR_NO_ANSWER), CALENDAR_SAVED_CHANGED);
    assert_int_equal(save(room->file, stranger, CALENDAR_NO_ANSWER), CALENDAR_SAVED_FOREIGN);
    g_autofree char *text = content(room->file);
    assert_non_null(strstr(text, "SUMMARY:New\r\n"));
    assert_null(strstr(text, "Plans"));
    g_auto(GStrv) zones = g_strsplit(text, "BEGIN:VTIMEZONE", -1);
    assert_int_equal(g_strv_length(zones), 2); /* the zone is there once */
}

static void what_nobody_accepted_is_not_added_by_an_update(void **state)
{
    const struct room *room = *state;
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "3", ""), CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
    assert_false(g_file_test(room->file, G_FILE_TEST_EXISTS));
}

static void a_cancelled_event_goes_and_the_rest_stays_as_it_was(void **state)
{
    const struct room *room = *state;
    g_autofree char *before = whole_foreign();
    assert_true(g_file_set_contents(room->file, before, -1, NULL));
    save(room->file, LETTER("REQUEST", "meeting-1", "0", ""), CALENDAR_ACCEPTED);
    assert_int_equal(save(room->file, LETTER("CANCEL", "meeting-1", "1", ""), CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED);
    g_autofree char *after = content(room->file);
    assert_true(g_str_has_prefix(after, foreign));
    assert_null(strstr(after, "grace@"));
    assert_int_equal(save(room->file, LETTER("CANCEL", "meeting-1", "1", ""), CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
}

/* The letter, with that line in its event. */
static char *day_of(const char *letter, const char *line)
{
    g_auto(GStrv) parts = g_strsplit(letter, "END:VEVENT", 2);
    return g_strconcat(parts[0], line, "END:VEVENT", parts[1], NULL);
}

static void one_day_of_a_series_is_left_out(void **state)
{
    const struct room *room = *state;
    static const char day[] = "RECURRENCE-ID;TZID=Europe/Berlin:20261126T140000\r\n";
    save(room->file, LETTER("REQUEST", "weekly", "0", "RRULE:FREQ=WEEKLY\r\n"), CALENDAR_ACCEPTED);
    assert_int_equal(
        save(room->file, LETTER("REQUEST", "weekly", "1", "RECURRENCE-ID;TZID=Europe/Berlin:20261203T140000\r\n"), CALENDAR_ACCEPTED),
        CALENDAR_SAVED_ADDED);
    g_autofree char *letter = g_strconcat(LETTER("CANCEL", "weekly", "1", ""), NULL), *with = g_strdup_printf("%sEND:VEVENT", day);
    g_auto(GStrv) parts = g_strsplit(letter, "END:VEVENT", 2);
    g_autofree char *cancel = g_strconcat(parts[0], with, parts[1], NULL);
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED);
    g_autofree char *text = content(room->file);
    assert_non_null(strstr(text, "EXDATE;TZID=Europe/Berlin:20261126T140000\r\n"));
    assert_non_null(strstr(text, "RRULE:FREQ=WEEKLY"));
    assert_non_null(strstr(text, "RECURRENCE-ID;TZID=Europe/Berlin:20261203T140000"));
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
    g_autofree char *again = day_of(LETTER("REQUEST", "weekly", "2", ""), day); /* it takes place after all */
    assert_int_equal(save(room->file, again, CALENDAR_ACCEPTED), CALENDAR_SAVED_ADDED);
    g_autofree char *back = content(room->file);
    assert_null(strstr(back, "EXDATE"));
    assert_non_null(strstr(back, day));
    assert_true(g_str_has_suffix(back, "END:VEVENT\r\nEND:VCALENDAR\r\n"));
}

static void a_series_that_is_cancelled_from_a_day_on_ends_before_it(void **state)
{
    const struct room *room = *state;
    static const char future[] = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261210T140000\r\n";
    save(room->file, LETTER("REQUEST", "weekly", "0", "RRULE:FREQ=WEEKLY;COUNT=20\r\n"), CALENDAR_ACCEPTED);
    save(room->file, LETTER("REQUEST", "weekly", "1", "RECURRENCE-ID;TZID=Europe/Berlin:20261203T140000\r\n"), CALENDAR_ACCEPTED);
    save(room->file, LETTER("REQUEST", "weekly", "1", "RECURRENCE-ID:20261217T130000Z\r\n"), CALENDAR_ACCEPTED);
    g_autofree char *cancel = day_of(LETTER("CANCEL", "weekly", "2", ""), future);
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED);
    g_autofree char *text = content(room->file);
    assert_non_null(strstr(text, "RRULE:FREQ=WEEKLY;UNTIL=20261210T125959Z\r\n"));
    assert_non_null(strstr(text, "RECURRENCE-ID;TZID=Europe/Berlin:20261203T140000"));
    assert_null(strstr(text, "20261217T130000Z"));
    assert_null(strstr(text, "EXDATE"));
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
    g_autofree char *first = day_of(LETTER("CANCEL", "weekly", "3", ""), "RECURRENCE-ID;RANGE=THISANDFUTURE:20261119T130000Z\r\n");
    assert_int_equal(save(room->file, first, CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED); /* from its first day on */
    g_autofree char *rest = content(room->file);
    assert_null(strstr(rest, "VEVENT"));
}

static void days_that_a_series_names_by_itself_go_as_well(void **state)
{
    const struct room *room = *state;
    static const char future[] = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261210T140000\r\n";
    save(room->file,
         LETTER("REQUEST", "named", "0",
                "RRULE:FREQ=WEEKLY;COUNT=20\r\nRDATE;TZID=Europe/Berlin:20261204T140000,20261211T140000,20261208T090000\r\n"
                "RDATE:20261212T100000Z\r\n"),
         CALENDAR_ACCEPTED);
    g_autofree char *apart = content(room->file);
    g_auto(GStrv) pieces = g_strsplit(apart, "\r\nRDATE;TZID=Europe/Berlin:", -1); /* other programs write them in one line */
    assert_int_equal(g_strv_length(pieces), 4);
    g_autofree char *one = g_strdup_printf("%s\r\nRDATE;TZID=Europe/Berlin:%s,%s,%s", pieces[0], pieces[1], pieces[2], pieces[3]);
    assert_true(g_file_set_contents(room->file, one, -1, NULL));
    g_autofree char *cancel = day_of(LETTER("CANCEL", "named", "2", ""), future);
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED);
    g_autofree char *text = content(room->file);
    assert_non_null(strstr(text, "RDATE;TZID=Europe/Berlin:20261204T140000,20261208T090000\r\n"));
    assert_null(strstr(text, "20261211T140000"));
    assert_null(strstr(text, "20261212T100000Z"));
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
}

static void a_series_of_days_ends_on_the_day_before(void **state)
{
    const struct room *room = *state;
    static const char days[] =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:days\r\nDTSTAMP:20261101T000000Z\r\n"
        "DTSTART;VALUE=DATE:20261102\r\nRRULE:FREQ=WEEKLY\r\n" PEOPLE "END:VEVENT\r\nEND:VCALENDAR\r\n";
    static const char cancel[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:CANCEL\r\nBEGIN:VEVENT\r\nUID:days\r\nSEQUENCE:1\r\n"
                                 "RECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20261130\r\n" PEOPLE "END:VEVENT\r\nEND:VCALENDAR\r\n";
    save(room->file, days, CALENDAR_ACCEPTED);
    assert_int_equal(save(room->file, cancel, CALENDAR_NO_ANSWER), CALENDAR_SAVED_REMOVED);
    g_autofree char *text = content(room->file);
    assert_non_null(strstr(text, "RRULE:FREQ=WEEKLY;UNTIL=20261129\r\n"));
}

static void a_folder_has_a_file_for_each_event(void **state)
{
    const struct room *room = *state;
    g_autofree char *named = g_build_filename(room->folder, "meeting-1@x.test.ics", NULL),
                    *other = g_build_filename(room->folder, "5f3.ics", NULL);
    assert_int_equal(save(room->folder, LETTER("REQUEST", "meeting-1@x.test", "0", ""), CALENDAR_ACCEPTED), CALENDAR_SAVED_ADDED);
    assert_true(g_file_test(named, G_FILE_TEST_EXISTS));
    assert_int_equal(g_rename(named, other), 0); /* as another program names it */
    assert_int_equal(save(room->folder, LETTER("REQUEST", "meeting-1@x.test", "1", ""), CALENDAR_TENTATIVE), CALENDAR_SAVED_CHANGED);
    assert_false(g_file_test(named, G_FILE_TEST_EXISTS));
    assert_int_equal(save(room->folder, LETTER("REQUEST", "meeting-1@x.test", "1", ""), CALENDAR_DECLINED), CALENDAR_SAVED_REMOVED);
    assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
    assert_int_equal(save(room->folder, LETTER("REQUEST", "../../odd name", "0", ""), CALENDAR_ACCEPTED), CALENDAR_SAVED_ADDED);
    g_autofree char *outside = g_build_filename(room->folder, "..", "..", "odd name.ics", NULL);
    assert_false(g_file_test(outside, G_FILE_TEST_EXISTS));
}

static void what_is_no_calendar_is_not_written_into(void **state)
{
    const struct room *room = *state;
    static const char letter[] = LETTER("REQUEST", "meeting-1", "0", "");
    g_autoptr(calendar) from = calendar_parse(letter, strlen(letter), NULL);
    g_autoptr(GError) error = NULL;
    const struct calendar_save how = { .path = room->file, .address = "me@example.test", .answer = CALENDAR_ACCEPTED };
    enum calendar_saved saved = CALENDAR_SAVED_NOTHING;
    assert_true(g_file_set_contents(room->file, "My notes.\n", -1, NULL));
    assert_false(calendar_save(from, g_ptr_array_index(from->events, 0), &how, &saved, NULL, &error));
    assert_non_null(error);
    g_autofree char *text = content(room->file);
    assert_string_equal(text, "My notes.\n");
}

static void a_link_stays_a_link_and_no_other_file_is_left(void **state)
{
    const struct room *room = *state;
    g_autofree char *target = g_build_filename(room->folder, "target.ics", NULL);
    assert_int_equal(symlink("target.ics", room->file), 0);
    assert_true(g_file_set_contents(target, "", -1, NULL));
    assert_int_equal(g_chmod(target, 0640), 0);
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "0", ""), CALENDAR_ACCEPTED), CALENDAR_SAVED_ADDED);
    assert_true(g_file_test(room->file, G_FILE_TEST_IS_SYMLINK));
    GStatBuf status;
    assert_int_equal(g_stat(target, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    g_autoptr(GDir) folder = g_dir_open(room->folder, 0, NULL);
    int count = 0;
    while (g_dir_read_name(folder) != NULL)
        count++;
    assert_int_equal(count, 2);
}

static void an_answer_that_is_taken_back_leaves_the_calendar_as_it_was(void **state)
{
    const struct room *room = *state;
    static const char letter[] = LETTER("REQUEST", "meeting-1", "0", "");
    g_autoptr(calendar) from = calendar_parse(letter, strlen(letter), NULL);
    const struct calendar_save how = { .path = room->file, .address = "me@example.test", .answer = CALENDAR_ACCEPTED };
    enum calendar_saved saved = CALENDAR_SAVED_NOTHING;
    struct calendar_undo undo = { 0 };
    g_autofree char *before = whole_foreign();
    assert_true(g_file_set_contents(room->file, before, -1, NULL));
    assert_true(calendar_save(from, g_ptr_array_index(from->events, 0), &how, &saved, &undo, NULL));
    assert_true(calendar_undo(&undo));
    g_autofree char *after = content(room->file);
    assert_string_equal(after, before);
    assert_false(calendar_undo(&undo)); /* it is not as it was left */
    calendar_undo_clear(&undo);
}

static void what_was_answered_elsewhere_is_not_unsaid_by_reading(void **state)
{
    const struct room *room = *state;
    save(room->file, LETTER("REQUEST", "meeting-1", "1", ""), CALENDAR_ACCEPTED);
    assert_int_equal(save(room->file, LETTER("REQUEST", "meeting-1", "1", ""), CALENDAR_NO_ANSWER), CALENDAR_SAVED_NOTHING);
    g_autofree char *text = content(room->file);
    assert_null(strstr(text, "NEEDS-ACTION"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_accepted_event_is_put_among_what_is_there),
        CASE(an_update_takes_its_place_and_an_older_one_or_a_strangers_does_not),
        CASE(what_nobody_accepted_is_not_added_by_an_update),
        CASE(a_cancelled_event_goes_and_the_rest_stays_as_it_was),
        CASE(one_day_of_a_series_is_left_out),
        CASE(a_series_that_is_cancelled_from_a_day_on_ends_before_it),
        CASE(a_series_of_days_ends_on_the_day_before),
        CASE(days_that_a_series_names_by_itself_go_as_well),
        CASE(a_folder_has_a_file_for_each_event),
        CASE(an_answer_that_is_taken_back_leaves_the_calendar_as_it_was),
        CASE(what_was_answered_elsewhere_is_not_unsaid_by_reading),
        CASE(what_is_no_calendar_is_not_written_into),
        CASE(a_link_stays_a_link_and_no_other_file_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
