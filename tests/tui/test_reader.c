/* SPDX-License-Identifier: MIT */
/* Reading: HTML, links that lie, attachments saved and never written over what is there, big messages, and mail that wants to steer the terminal. */
#include "tests/tui/own_mail.h"
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <stdio.h>

static struct demo *open_message(const char *words, const char *subject, const char *wanted)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, 40, 120);
    assert_non_null(demo);
    press(demo->terminal, "/", "Show messages with");
    g_autofree char *typed = g_strconcat(words, "\r", NULL);
    press(demo->terminal, typed, "Only with");
    assert_true(terminal_wait_for(demo->terminal, subject, WAIT_MS));
    press(demo->terminal, "\r", wanted);
    return demo;
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "\003");
    assert_int_equal(terminal_wait_exit(demo->terminal, WAIT_MS), 0);
    demo_free(demo);
}

static void html_is_text_with_numbered_links_and_its_source_is_a_key_away(void **state)
{
    (void)state;
    struct demo *demo = open_message("daily", "This week", "Good morning");
    assert_true(terminal_contains(demo->terminal, "• Tabs stay at the beginning"));
    assert_false(terminal_contains(demo->terminal, "<h1>"));
    press(demo->terminal, "v", "<h1>");
    press(demo->terminal, "v", "• Tabs stay");
    press(demo->terminal, "/", "Find:");
    press(demo->terminal, "xyzzy\r", "is not in the text");
    press(demo->terminal, "/", "Find:");
    press(demo->terminal, "TABS\r", "“TABS”: 1 of ");
    press(demo->terminal, "n", "n goes on, p back");
    press(demo->terminal, "N", "“TABS”: 1 of ");
    press(demo->terminal, "\033", "• Tabs stay"); /* ends the finding, not the reading */
    press(demo->terminal, "h", "Message-ID:");
    leave(demo);
}

static void a_link_that_lies_is_flagged_and_shown_before_it_is_opened(void **state)
{
    (void)state;
    struct demo *demo = open_message("bank", "Urgent", "Your Bank <security@");
    assert_true(terminal_contains(demo->terminal, "leads somewhere else"));
    press(demo->terminal, "l", "open this link?");
    press(demo->terminal, "\033", "Your Bank <security@");
    leave(demo);
}

static void an_attachment_is_saved_and_never_over_another_file_unasked(void **state)
{
    (void)state;
    struct demo *demo = open_message("4711", "Ticket", "ticket.pdf");
    g_autofree char *path = g_build_filename(demo->home, "ticket", NULL), *typed = g_strdup_printf("\025%s\r", path), *content = NULL;
    gsize size = 0;
    press(demo->terminal, "s", "Save which attachment");
    press(demo->terminal, "\r", "Save as:");
    press(demo->terminal, typed, "Saved ");
    assert_true(g_file_get_contents(path, &content, &size, NULL));
    assert_true(size > 100 && g_str_has_prefix(content, "%PDF"));
    assert_true(g_file_set_contents(path, "mine", -1, NULL));
    press(demo->terminal, "s", "Save which attachment");
    press(demo->terminal, "\r", "Save as:");
    press(demo->terminal, typed, "with this name already");
    terminal_keys(demo->terminal, "k");
    assert_true(terminal_wait_gone(demo->terminal, "with this name already", WAIT_MS));
    g_autofree char *kept = NULL;
    assert_true(g_file_get_contents(path, &kept, NULL, NULL));
    assert_string_equal(kept, "mine");
    leave(demo);
}

static void the_reader_moves_on_when_its_message_is_deleted(void **state)
{
    (void)state;
    struct demo *demo = demo_start(POSTERN_PROGRAM, 40, 120);
    assert_non_null(demo);
    press(demo->terminal, "\r", "From  postern");
    press(demo->terminal, "d", "Deleted 1 message");
    assert_true(terminal_wait_for(demo->terminal, "From  build@ci", WAIT_MS));
    press(demo->terminal, "u", "Taken back");
    leave(demo);
}

/* What a terminal would obey: an escape sequence, C1 controls, turned direction. */
#define EVIL                                                                                                                               \
    "\033]0;PWNED\007\033[31mRED\xc2\x9b"                                                                                                  \
    "2J\xe2\x80\xae\xe2\x81\xa6"

static const char hostile[] =
    "From: \"Eve " EVIL "\" <e@x.test>\nTo: " EVIL " <b@x.test>\nSubject: hostile " EVIL "\nX-Odd: " EVIL
    "\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
    "text/plain; "
    "charset=utf-8\n\nbody " EVIL "\nhttps://x.test/" EVIL "\n--b\nContent-Type: text/html\n\n<p>html &#27;]0;PWNED&#7; &#x9b; &#x202e; <a "
    "href='http://e.test/&#27;]0;PWNED&#7;'>https://bank.test</a><img alt='&#27;]0;PWNED&#7;'></p>\n--b\nContent-Type: application/x" EVIL
    "; name=\"n" EVIL
    ".pdf\"\nContent-Disposition: attachment; filename*=utf-8''f%1B%5D0%3BPWNED%07%C2%9B%E2%80%AEfdp.exe\n\nx\n--b\nContent-Type: "
    "message/delivery-status\n\nFinal-Recipient: rfc822; " EVIL "\nAction: failed\nDiagnostic-Code: smtp; " EVIL
    "\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" EVIL "\nDTSTART:" EVIL "\nLOCATION:" EVIL
    "\nEND:VEVENT\nEND:VCALENDAR\n--b\nContent-Type: message/rfc822\n\nSubject: "
    "=?utf-8?q?inner_=1B]0;PWNED=07_=C2=9B_=E2=80=AE?=\nFrom: " EVIL "\n\ninner " EVIL
    "\n--b\nContent-Type: message/external-body; access-type=x; url=\"" EVIL "\"\n\n\n--b--\n";

static void assert_harmless(const struct own *self)
{
    static const char *const evil[] = { "\033]0;PWNED", "\033[31mRED", "\007", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6" };
    const GByteArray *raw = terminal_raw(self->terminal);
    for (size_t i = 0; i < G_N_ELEMENTS(evil); i++)
        if (memmem(raw->data, raw->len, evil[i], strlen(evil[i])) != NULL)
            fail_msg("the terminal got what %zu stands for", i);
}

/* Alone: with a key right behind it, it would be another key. */
static void escape(const struct own *self)
{
    terminal_keys(self->terminal, "\033");
    terminal_wait_idle(self->terminal, 200, 2000);
}

static void nothing_in_a_mail_steers_the_terminal(void **state)
{
    (void)state;
    struct own *own = own_new();
    own_write(own, "1", hostile, strlen(hostile));
    own_start(own, "hostile");
    press(own->terminal, "\r", "inner ");
    press(own->terminal, "h", "X-Odd:");
    press(own->terminal, "v", "HTML view");
    press(own->terminal, "v", "Source, as it came");
    press(own->terminal, "v", "Usual view");
    press(own->terminal, "s", "Save which");
    press(own->terminal, "\r", "Save as:");
    escape(own);
    press(own->terminal, "l", "Open link number");
    press(own->terminal, "2\r", "open this link?");
    escape(own);
    press(own->terminal, "A", "hostile");
    escape(own);
    assert_harmless(own);
    own_free(own);
}

/* --- an invitation, answered without a manual --- */

static const char invited[] =
    "From: Grace <g@y.test>\nTo: a@x.test\nSubject: Please come\nMessage-ID: <inv1@y.test>\nDate: Tue, 17 Nov 2026 09:41:00 +0000\n"
    "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nWords of hers.\n--b\n"
    "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:u-77\nSEQUENCE:3\n"
    "SUMMARY:Moth hunt\nDTSTART:20320310T140000Z\nDTEND:20320310T150000Z\nORGANIZER;CN=Grace:mailto:g@y.test\n"
    "ATTENDEE;RSVP=TRUE:mailto:a@x.test\nEND:VEVENT\nEND:VCALENDAR\n--b--\n";

/* A program that takes mail: each message into a file of its own. */
static void own_sends(const struct own *self)
{
    g_autofree char *script = g_build_filename(self->home, "take", NULL), *account = NULL,
                    *file = g_build_filename(self->home, "config/postern/accounts/test.conf", NULL);
    g_autofree char *lines = g_strdup_printf("#!/bin/sh\nout=%s/sent\nn=0\nwhile test -e $out.$n; do n=$((n+1)); done\n"
                                             "cat >$out.tmp && mv $out.tmp $out.$n\n",
                                             self->home);
    assert_true(g_file_set_contents_full(script, lines, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0700, NULL));
    assert_true(g_file_get_contents(file, &account, NULL, NULL));
    g_auto(GStrv) pieces = g_strsplit(account, "/bin/true", 2);
    g_autofree char *changed = g_strjoinv(script, pieces);
    assert_true(g_file_set_contents_full(file, changed, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void an_invitation_is_accepted_by_what_the_screen_says(void **state)
{
    (void)state;
    struct own *own = own_new();
    g_autofree char *sent = g_build_filename(own->home, "sent.0", NULL), *second = g_build_filename(own->home, "sent.1", NULL),
                    *mine = g_build_filename(own->home, "my.ics", NULL),
                    *options = g_strdup_printf("undo-delay = 60\ncalendar = %s\ncalendar-save = %s\n", mine, mine), *mail = NULL,
                    *kept = NULL;
    own_set(own, options);
    assert_true(g_file_set_contents(mine,
                                    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:d\nSUMMARY:Dentist\nDTSTART:20320310T143000Z\nDURATION:PT1H\n"
                                    "END:VEVENT\nEND:VCALENDAR\n",
                                    -1, NULL));
    own_sends(own);
    own_write(own, "1", invited, strlen(invited));
    own_start(own, "Please come");
    press(own->terminal, "\r", "i answers: accept, maybe or decline");
    press(own->terminal, "", "At the same time: Dentist");
    assert_true(terminal_contains(own->terminal, "You have not answered yet."));
    assert_true(terminal_contains(own->terminal, "Words of hers."));
    press(own->terminal, "i", "Answer the invitation?");
    press(own->terminal, "a", "You accepted.");
    press(own->terminal, "", "It was written into your calendar.");
    press(own->terminal, "u", "It was not sent.");
    press(own->terminal, "", "You have not answered yet.");
    assert_true(terminal_wait_gone(own->terminal, "It was written into your calendar.", WAIT_MS));
    assert_true(g_file_get_contents(mine, &kept, NULL, NULL));
    assert_null(strstr(kept, "u-77")); /* what is taken back is taken back there too */
    g_clear_pointer(&kept, g_free);
    press(own->terminal, "i", "Answer the invitation?");
    press(own->terminal, "p", "When instead:");
    press(own->terminal, "smoon\r", "is not a time that is understood");
    press(own->terminal, "\177\177\177\177\177tomorrow 9:00\r", "You answered: maybe.");
    press(own->terminal, "", "It was written into your calendar.");
    press(own->terminal, "u", "You have not answered yet.");
    assert_true(terminal_wait_gone(own->terminal, "It was written into your calendar.", WAIT_MS));
    press(own->terminal, "i", "Answer the invitation?");
    press(own->terminal, "w", "Your words to the organizer:");
    press(own->terminal, "With a net\r", "Answer the invitation?");
    press(own->terminal, "m", "You answered: maybe.");
    press(own->terminal, "", "It was written into your calendar.");
    assert_true(g_file_get_contents(mine, &kept, NULL, NULL));
    assert_non_null(strstr(kept, "PARTSTAT=TENTATIVE"));
    assert_non_null(strstr(kept, "SUMMARY:Dentist\nDTSTART:20320310T143000Z\n"));
    press(own->terminal, "go", "send now");
    press(own->terminal, "y", "Nothing waits to be sent.");
    assert_true(g_file_get_contents(sent, &mail, NULL, NULL));
    static const char *const wanted[] = { "From: A <a@x.test>",
                                          "To: Grace <g@y.test>",
                                          "Subject: Maybe: Moth hunt",
                                          "In-Reply-To: <inv1@y.test>",
                                          "multipart/alternative",
                                          "method=REPLY",
                                          "METHOD:REPLY",
                                          "UID:u-77",
                                          "SEQUENCE:3",
                                          "ATTENDEE;PARTSTAT=TENTATIVE",
                                          "With a net" };
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (strstr(mail, wanted[i]) == NULL)
            fail_msg("no \"%s\" in:\n%s", wanted[i], mail);
    assert_false(g_file_test(second, G_FILE_TEST_EXISTS));
    terminal_keys(own->terminal, "q");
    press(own->terminal, "", "You answered: maybe.");
    press(own->terminal, "\003", "not sent yet"); /* its minute is not over for the screen */
    terminal_keys(own->terminal, "n");
    own_end(own);
}

/* --- printing --- */

static void what_the_printer_says_is_told(void **state)
{
    (void)state;
    struct own *own = own_new();
    g_autofree char *paper = g_build_filename(own->home, "paper", NULL), *script = g_build_filename(own->home, "printer", NULL),
                    *options = g_strdup_printf("print-command = %s\n", script), *printed = NULL;
    g_autofree char *lines = g_strdup_printf("#!/bin/sh\ntest -e %s && echo no paper in it >&2 && exit 3\ncat >%s\n", paper, paper);
    assert_true(g_file_set_contents_full(script, lines, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0700, NULL));
    own_set(own, options);
    own_write(own, "1", invited, strlen(invited));
    own_start(own, "Please come");
    press(own->terminal, "\r", "Words of hers.");
    press(own->terminal, "gP", "Given to the printer.");
    assert_true(g_file_get_contents(paper, &printed, NULL, NULL));
    assert_non_null(strstr(printed, "Subject: Please come"));
    assert_non_null(strstr(printed, "Words of hers."));
    press(own->terminal, "gP", "Not printed:");
    assert_true(terminal_contains(own->terminal, "no paper in it"));
    terminal_keys(own->terminal, "\003");
    own_end(own);
}

/* Two letters, one act: taken back together, sent together. */
static void somebody_else_is_sent_and_taken_back(void **state)
{
    (void)state;
    struct own *own = own_new();
    g_autofree char *first = g_build_filename(own->home, "sent.0", NULL), *second = g_build_filename(own->home, "sent.1", NULL),
                    *one = NULL, *other = NULL;
    own_set(own, "undo-delay = 60\n");
    own_sends(own);
    own_write(own, "1", invited, strlen(invited));
    own_start(own, "Please come");
    press(own->terminal, "\r", "You have not answered yet.");
    press(own->terminal, "i", "Somebody else comes");
    press(own->terminal, "s", "Who comes instead:");
    press(own->terminal, "g@y.test\r", "g@y.test is who invites.");
    press(own->terminal, "\025Bob <bob@z.test>\r", "You sent somebody else.");
    press(own->terminal, "u", "You have not answered yet.");
    press(own->terminal, "go", "Nothing waits to be sent.");
    press(own->terminal, "\033", "You have not answered yet.");
    press(own->terminal, ":invitation-delegate\r", "Who comes instead:");
    press(own->terminal, "Bob <bob@z.test>\r", "You sent somebody else.");
    press(own->terminal, "go", "Invitation: Moth hunt");
    press(own->terminal, "y", "Somebody else comes: Moth hunt");
    assert_true(terminal_wait_gone(own->terminal, "to bob@z.test", WAIT_MS));
    press(own->terminal, "y", "Nothing waits to be sent.");
    assert_true(g_file_get_contents(first, &one, NULL, NULL));
    assert_true(g_file_get_contents(second, &other, NULL, NULL));
    const char *reply = strstr(one, "method=REPLY") != NULL ? one : other, *passed = reply == one ? other : one;
    assert_non_null(strstr(reply, "To: Grace <g@y.test>"));
    assert_non_null(strstr(reply, "PARTSTAT=DELEGATED"));
    assert_non_null(strstr(passed, "method=REQUEST"));
    assert_non_null(strstr(passed, "To: Bob <bob@z.test>"));
    terminal_keys(own->terminal, "q");
    press(own->terminal, "", "You sent somebody else.");
    press(own->terminal, "\003", "not sent yet"); /* its minute is not over for the screen */
    terminal_keys(own->terminal, "n");
    own_end(own);
}

static const char linked[] = "From: e@x.test\nSubject: linked\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nContent-Type: text/html\n\n"
                             "<p>Read <a href='https://a.test/one'>the first</a> and <a href='https://evil.test/'>https://bank.test/</a>"
                             "<p>or <a href='javascript:x'>that</a> <a href='file:///etc/passwd'>this</a>\n";

/* The screen after each step, with or without such links. */
static char *linked_screens(const char *options, bool is_linked)
{
    struct own *own = own_new();
    GString *all = g_string_new(NULL);
    static const char *const steps[][2] = {
        { "\r", "Read the first" }, { "?", "Keys" }, { "\033", "Read the first" }, { "h", "Subject:" }, { "\014", "Read the first" }
    };
    own_set(own, options);
    own_write(own, "1", linked, strlen(linked));
    own_start(own, "linked");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        press(own->terminal, steps[i][0], steps[i][1]);
        terminal_wait_idle(own->terminal, 100, 2000);
        g_autofree char *screen = terminal_screen_text(own->terminal);
        g_string_append(all, strstr(screen, "Read the first") != NULL ? strstr(screen, "Read the first") : "");
    }
    const GByteArray *raw = terminal_raw(own->terminal);
    assert_int_equal(memmem(raw->data, raw->len, ";https://a.test/one\033\\", 21) != NULL, is_linked);
    assert_null(memmem(raw->data, raw->len, "\033]8;;javascript", 16));
    assert_null(memmem(raw->data, raw->len, ";file:///", 9));
    assert_null(memmem(raw->data, raw->len, ";https://evil", 13));
    own_free(own);
    return g_string_free(all, FALSE);
}

static void links_that_the_terminal_opens_leave_the_picture_as_it_is(void **state)
{
    (void)state;
    g_autofree char *with = linked_screens("hyperlinks = yes\n", true), *without = linked_screens("hyperlinks = no\n", false);
    assert_string_equal(with, without);
}

/* Off until it is asked for; what would be invisible stays as it is; and gone again without a trace. */
static void a_senders_colors_come_by_a_key_and_right_to_left_text_is_at_the_right(void **state)
{
    (void)state;
    static const char mail[] =
        "From: e@x.test\nSubject: coloured\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nContent-Type: text/html; charset=utf-8\n\n"
        "<p style='background:#fff'>begin <span style='color:#ff0000;background:#ffff00'>warm</span> <font color=white>unseen</font></p>"
        "<p>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d <b>\xd7\xa2\xd7\x95\xd7\x9c\xd7\x9d</b> abc</p>\n";
    struct own *own = own_new();
    own_write(own, "1", mail, strlen(mail));
    own_start(own, "coloured");
    press(own->terminal, "\r", "begin warm unseen");
    /* "abc", the bold word, the first word: from the left, each from its end */
    assert_true(terminal_contains(own->terminal, "abc \xd7\x9d\xd7\x9c\xd7\x95\xd7\xa2 \xd7\x9d\xd7\x95\xd7\x9c\xd7\xa9"));
    g_autofree char *row = terminal_row(own->terminal, terminal_find_row(own->terminal, "abc "));
    assert_true(g_utf8_strlen(row, -1) >= 90); /* the right edge of the text's 96 columns */
    terminal_wait_idle(own->terminal, 200, 2000);
    g_autofree char *before = terminal_screen_text(own->terminal);
    size_t written = terminal_raw(own->terminal)->len;
    press(own->terminal, "gC", "Colours of the sender");
    terminal_wait_idle(own->terminal, 200, 2000);
    const GByteArray *raw = terminal_raw(own->terminal);
    assert_non_null(memmem(raw->data + written, raw->len - written, "48;5;226", 8));
    g_autofree char *unreadable = terminal_unreadable(own->terminal);
    assert_null(unreadable);
    press(own->terminal, "gC", "Colours of the theme");
    terminal_wait_idle(own->terminal, 200, 2000);
    g_autofree char *after = terminal_screen_text(own->terminal);
    *strstr(before, "abc ") = *strstr(after, "abc ") = '\0'; /* below that the status line differs */
    assert_string_equal(before, after);
    own_free(own);
}

/* Taken apart on another thread: the screen answers meanwhile, and shows it when it is there. */
static void a_big_message_opens_and_its_files_are_numbered_by_what_they_are(void **state)
{
    (void)state;
    struct own *own = own_new();
    g_autoptr(GString) big =
        g_string_new("From: e@x.test\nSubject: very big\nDate: Tue, 17 Nov 2026 09:41:00 +0000\nContent-Type: multipart/mixed; "
                     "boundary=b\n\n--b\n\nwords before\n");
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(big, "--b\nContent-Type: application/pdf; name=f%d.pdf\n\n%0500d\n", i, i);
    own_write(own, "1", big->str, big->len);
    own_start(own, "very big");
    press(own->terminal, "\r", "words before");
    press(own->terminal, "h", "boundary=b"); /* laid out on that thread, too, with what was pressed meanwhile */
    terminal_keys(own->terminal, "hhh");
    assert_true(terminal_wait_gone(own->terminal, "boundary=b", WAIT_MS));
    press(own->terminal, "", "words before");
    press(own->terminal, ">", "3000  f2999.pdf");
    press(own->terminal, "q", "very big"); /* and is answered as any other, read on that thread too */
    press(own->terminal, "r", "> words before");
    press(own->terminal, "\033", "y send");
    press(own->terminal, "q", "Nothing was written.");
    terminal_keys(own->terminal, "k");
    assert_true(terminal_wait_gone(own->terminal, "> words before", WAIT_MS));
    own_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_is_text_with_numbered_links_and_its_source_is_a_key_away),
        cmocka_unit_test(a_link_that_lies_is_flagged_and_shown_before_it_is_opened),
        cmocka_unit_test(an_attachment_is_saved_and_never_over_another_file_unasked),
        cmocka_unit_test(the_reader_moves_on_when_its_message_is_deleted),
        cmocka_unit_test(nothing_in_a_mail_steers_the_terminal),
        cmocka_unit_test(an_invitation_is_accepted_by_what_the_screen_says),
        cmocka_unit_test(somebody_else_is_sent_and_taken_back),
        cmocka_unit_test(what_the_printer_says_is_told),
        cmocka_unit_test(links_that_the_terminal_opens_leave_the_picture_as_it_is),
        cmocka_unit_test(a_senders_colors_come_by_a_key_and_right_to_left_text_is_at_the_right),
        cmocka_unit_test(a_big_message_opens_and_its_files_are_numbered_by_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
