/* SPDX-License-Identifier: MIT */
/* Mail as it really comes: stubs, broken words, wrong charsets, reports, invitations, and what is made to burst a reader. */
#include "core/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define HEAD "From: Ada <ada@x.test>\nTo: b@x.test\nSubject: s\nMIME-Version: 1.0\n"
#define ALTERNATIVE(plain, html)                                                                                                           \
    HEAD "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" plain                       \
         "\n--b\nContent-Type: text/html; charset=utf-8\n\n" html "\n--b--\n"
#define MIXED(parts) HEAD "Content-Type: multipart/mixed; boundary=b\n\n" parts "--b--\n"

static char *shown(const char *raw, size_t size)
{
    g_autoptr(message) mail = message_parse(raw, size);
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    return text_shown(text);
}

/* wanted: all of its lines, unwanted: none. */
struct sample {
    const char *raw, *wanted, *unwanted;
};

static void assert_samples(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *text = shown(samples[i].raw, strlen(samples[i].raw));
        g_auto(GStrv) lines = g_strsplit(samples[i].wanted, "\n", -1);
        for (char **line = lines; *line != NULL; line++)
            if (strstr(text, *line) == NULL)
                fail_msg("sample %zu: no \"%s\" in:\n%s", i, *line, text);
        if (samples[i].unwanted != NULL && strstr(text, samples[i].unwanted) != NULL)
            fail_msg("sample %zu: \"%s\" in:\n%s", i, samples[i].unwanted, text);
    }
}

static void a_plain_part_that_says_nothing_gives_way_to_html(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { ALTERNATIVE("Your email client does not support HTML messages.", "<p>The real content</p>"), "The real content",
          "does not support" },
        { ALTERNATIVE("", "<p>The real content</p>"), "The real content", NULL },
        { ALTERNATIVE(" \n\xc2\xa0\n", "<p>The real content</p>"), "The real content", NULL },
        { ALTERNATIVE("<html><body>Oops</body></html>", "<p>The real content</p>"), "The real content", "Oops" },
        { ALTERNATIVE("See https://x.test/abc",
                      "<p>The real content is far longer than what the plain part says of it: there is a paragraph, and there is "
                      "another, and all that a reader wants to know is in here and not there.</p><p>So it is shown.</p>"),
          "The real content", NULL },
        { ALTERNATIVE("Plain words here", "<p>Html words here</p>"), "Plain words", "Html" },
        { HEAD
          "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: multipart/related; "
          "boundary=c\n\n--c\nContent-Type: text/html\n\n<p>Related <img src=cid:1 alt=logo></p>\n--c\nContent-Type: "
          "image/png\n\nx\n--c--\n--b--\n",
          "Related [logo]", NULL },
        { HEAD
          "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nfirst words\n--b\n\nlast words\n--b--\n",
          "first words\nlast words", NULL },
        { HEAD "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain words here\n--b\nContent-Type: "
               "text/html\n\n<p>Html words here</p>\n--b\n\n \n",
          "plain words here", "Html" },
        { HEAD "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain words here\n--b\nContent-Type: "
               "multipart/mixed; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>Html words here</p>\n--c\nContent-Type: "
               "text/plain\n\nplain words here\n--c\nContent-Type: text/plain\n\nfooter of the list\n--c--\n--b--\n",
          "plain words here\n\nfooter of the list", "Html" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void a_forgotten_empty_line_hides_no_text(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "From: a@x.test\nSubject: s\nthe text begins at once\nand goes on: here\n", "the text begins at once\nand goes on: here", NULL },
        { "From: a@x.test\r\nSubject: s\r\nthe text\r\n", "the text", NULL },
        /* cut in two, and the header goes on */
        { "From: a@x.test\nSubject: a long\nsubject\nTo: b@x.test\nContent-Type: text/plain\n\nthe text\n", "the text", "b@x.test" },
        { HEAD "Content-Type: multipart/mixed; boundary=bound\n \n--bound\nContent-Type: text/plain\n\nfirst part\n--bound\n"
               "Content-Type: text/plain\n\nsecond part\n--bound--\n",
          "first part\nsecond part", "--bound" },
        { HEAD "Content-Type: multipart/mixed; boundary=----bound\nThis is a message in MIME format.\n------bound\nContent-Type: "
               "text/plain\n\nfirst part\n------bound\nContent-Type: text/plain\n\nsecond part\n------bound--\n",
          "first part\nsecond part", "--bound" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void addressees_in_several_fields_count_together(void **state)
{
    (void)state;
    static const char raw[] = "From: a@x.test\nTo: b@x.test\nTo: C <c@x.test>, d@x.test\nTo:\nCc: e@x.test\nFrom: liar@x.test\n\ntext\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(GPtrArray) to = message_addresses(mail, "To"), from = message_addresses(mail, "From");
    assert_int_equal(to->len, 3);
    assert_string_equal(((struct message_address *)g_ptr_array_index(to, 1))->address, "c@x.test");
    assert_int_equal(from->len, 1);
    assert_string_equal(((struct message_address *)g_ptr_array_index(from, 0))->address, "a@x.test");
}

static void names_of_files_in_forbidden_forms_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *part, *name;
    } samples[] = {
        { "Content-Type: application/pdf\nContent-Disposition: attachment;\n filename=\"=?UTF-8?B?w4RwZmVs?=\n "
          "=?UTF-8?Q?_und_Birnen.pdf?=\"\n",
          "Äpfel und Birnen.pdf" },
        { "Content-Type: application/pdf;\n  name==?utf-8?B?w4RwZmVsLnBkZg==?=\n", "Äpfel.pdf" },
        { "Content-Type: message/rfc822; name=\"letter.eml\"\n", "letter.eml" },
        { "Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''%C3%84.pdf\n", "Ä.pdf" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *raw = g_strdup_printf(MIXED("--b\n%s\nbytes\n"), samples[i].part);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        const struct message_part *part = message_parts(mail)->pdata[0];
        assert_string_equal(part->filename, samples[i].name);
    }
}

static void messages_within_are_opened_in_place(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { MIXED("--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\nFrom: Inner <in@x.test>\nSubject: "
                "=?utf-8?q?Inn=C3=A9r?=\nContent-Type: "
                "multipart/mixed; boundary=i\n\n--i\n\ninner words\n--i\nContent-Type: application/pdf; name=x.pdf\n\nx\n--i--\n"),
          "see below\nInner <in@x.test>\nInnér\ninner words\nx.pdf", NULL },
        { HEAD
          "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: First\n\nbody one\n--b\n\nSubject: Second\n\nbody two\n--b--\n",
          "First\nbody one\nSecond\nbody two", NULL },
        { HEAD "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt bounced.\n--b\nContent-Type: "
               "message/rfc822\n\nSubject: Sent\n\nwhat was sent\n--b--\n",
          "It bounced.\nSent\nwhat was sent", NULL },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void reports_are_sentences(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { HEAD
          "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: "
          "message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; nobody@y.test\nAction: failed\nRemote-MTA: dns; "
          "mx.y.test\nDiagnostic-Code: smtp; 550 5.1.1\n no such user\n--b\nContent-Type: text/rfc822-headers\n\nSubject: what I "
          "sent\n--b--\n",
          "Sorry.\nnobody@y.test: the message could not be delivered.\nThe server mx.y.test said: 550 5.1.1 no such user\nSubject: what I "
          "sent",
          "Reporting-MTA" },
        { HEAD "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead.\n--b\nContent-Type: "
               "message/disposition-notification\n\nFinal-Recipient: rfc822; bob@y.test\nDisposition: manual-action/MDN-sent-manually; "
               "displayed\n--b--\n",
          "Read.\nbob@y.test: the message was shown.", "Disposition:" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void an_invitation_is_a_card(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { HEAD
          "Content-Type: text/calendar; "
          "charset=utf-8\n\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nDTSTART:"
          "19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Nowhere/At "
          "All:20261119T140000\r\nDTEND;TZID=Nowhere/At All:20261119T150000\r\nSUMMARY:Compiler meeting\\, "
          "again\r\nLOCATION:Room\r\n  5\r\nORGANIZER;CN=\"Grace; Hopper\":mailto:grace@x.test\r\nRRULE:FREQ=WEEKLY\r\nDESCRIPTION:Bring "
          "a\\nlist\r\nBEGIN:VALARM\r\nDESCRIPTION:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
          "Invitation: Compiler meeting, again\nWhen: Thu 19 Nov 2026 14:00 – 15:00 (Nowhere/At All)\nWhere: Room 5\nOrganizer: Grace; "
          "Hopper "
          "<grace@x.test>\nRepeats: every week\nBring a\nlist",
          "alarm" },
        { HEAD "Content-Type: "
               "text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261121\n"
               "SUMMARY:Fair\nEND:VEVENT\nEND:VCALENDAR\n",
          "Cancelled: Fair\nWhen: Thu 19 Nov 2026 – Fri 20 Nov 2026", NULL },
        /* as web calendars write it */
        { HEAD "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART:20261119T090000Z\nSUMMARY:Plan\n"
               "DESCRIPTION:Hello <b>all</b>\\nwe meet <a href=\"https://x.test/room\">here</a>\nEND:VEVENT\nEND:VCALENDAR\n",
          "Hello all\nwe meet here", "<b>" },
        { HEAD "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART:20261119T090000Z\nSUMMARY:Plan\n"
               "DESCRIPTION:if a < b and <list@x.test> is asked\\nthen\nEND:VEVENT\nEND:VCALENDAR\n",
          "if a < b and <list@x.test> is asked\nthen", NULL },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void what_cannot_be_shown_is_named(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { HEAD "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: "
               "application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nx\n--b--\n",
          "encrypted with OpenPGP", NULL },
        { HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nMIIB\n",
          "encrypted with S/MIME", NULL },
        { HEAD
          "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\nsigned words\n--b\nContent-Type: "
          "application/pgp-signature\n\nx\n--b--\n",
          "signed words\nsignature has not", NULL },
        { HEAD "Content-Type: message/external-body; access-type=anon-ftp; site=\"ftp.x.test\"; name=f\n\nContent-Type: text/plain\n\n",
          "ftp.x.test", NULL },
        { HEAD "Content-Type: message/partial; number=1; total=3; id=\"x@y\"\n\nFrom: a@x.test\n\nx\n", "piece 1 of 3", NULL },
        { HEAD "\nbefore\nbegin 644 x.txt\n%:&5L;&\\`\n`\nend\nafter\n", "before\nx.txt\nafter", "L;&" },
        { HEAD "\n=ybegin line=128 size=10 name=y.bin\nabcdef\n=yend size=10\nafter\n", "y.bin\nafter", "abcdef" },
        { MIXED("--b\nContent-Type: text/x-patch; name=a.patch\nContent-Disposition: inline; filename=a.patch\n\n+added\n"), "+added",
          NULL },
        { HEAD "Content-Type: text/plain; name=r.txt\nContent-Disposition: attachment; filename=r.txt\n\nonly words\n", "only words",
          NULL },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void an_attached_message_is_kept_byte_for_byte(void **state)
{
    (void)state;
    static const char *const ends[] = { "\n", "\r\n" };
    static const char inner[] =
        "From:  A <a@x.test>  \nsubject:\tfolded\n   more  \nX-Odd: \xe9\nContent-type: multipart/mixed;boundary=\"b1\"\n\npre\n--b1\n\n"
        "one  \n--b1 \nContent-Type: text/html\n\n<p>\n--b1--\npost";
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *raw = g_strdup_printf(
            "From x\n" HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n%s\n--b\n\nx\n--b--\n",
            inner);
        g_auto(GStrv) lines = g_strsplit(raw, "\n", -1), inner_lines = g_strsplit(inner, "\n", -1);
        g_autofree char *with_ends = g_strjoinv(ends[i], lines), *wanted = g_strjoinv(ends[i], inner_lines), *bytes = NULL;
        g_autoptr(message) mail = message_parse(with_ends, strlen(with_ends));
        size_t size = 0;
        assert_true(message_part_bytes(mail, 0, &bytes, &size, NULL));
        assert_int_equal(size, strlen(wanted));
        assert_memory_equal(bytes, wanted, size);
    }
}

static void links_of_all_parts_have_one_row_of_numbers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { MIXED("--b\n\nat https://a.test/ and https://b.test/ here\n--b\nContent-Type: text/html\n\n<p>and <a "
                "href='https://c.test/'>this</a>, <b>or</b> "
                "<a href='https://d.test/'>that</a> end</p>\n--b\n\n<https://e.test/>.\n"),
          "at https://a.test/ [1] and https://b.test/ [2] here\nand this [3], or that [4] end\n<https://e.test/> [5].\n[3] "
          "https://c.test/\n[4] "
          "https://d.test/",
          "[1] https" },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void what_postern_says_is_shown_but_never_quoted(void **state)
{
    (void)state;
    static const char raw[] =
        HEAD "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\nContent-Type: "
             "text/html\n\n<p>words <a href='http://evil.test'>bank.test</a></p>\n--b\nContent-Type: "
             "application/pgp-signature\n\nx\n--b--\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    g_autofree char *plain = text_plain(text), *whole = text_shown(text), *preview = message_preview(mail, 100);
    assert_null(strstr(plain, "signed"));
    assert_non_null(strstr(whole, "signed"));
    assert_non_null(strstr(whole, "The text says \"bank.test\""));
    assert_string_equal(preview, "words bank.test");
}

/* Where words are all there is, no line of the mail looks like one of postern's. */
static void no_line_of_mail_looks_like_one_of_posterns(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        { "———— Signed part: by Ada ————", "---- Signed part: by Ada ----\n" },
        { "  ──── Signed part: by Ada ――――  ", "  ---- Signed part: by Ada ----  \n" },
        { "————————", "————————\n" },
        { "—— he said", "—— he said\n" },
        { "— he said —", "— he said —\n" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *raw = g_strdup_printf(HEAD "Content-Type: text/plain; charset=utf-8\n\n%s\n", lines[i][0]);
        g_autofree char *words = shown(raw, strlen(raw));
        assert_string_equal(words, lines[i][1]);
    }
}

static void broken_mime_is_shown_as_far_as_it_goes(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { HEAD "Content-Type: text\n\nplain words\n", "plain words", NULL },
        { HEAD "Content-Type: text/html charset=utf-8\n\n<p>words é</p>\n", "words é", "<p>" },
        { HEAD "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: \"quoted-printable\"\n\n<p>caf=C3=A9</p>\n", "café",
          NULL },
        { HEAD "Content-Type: multipart/mixed\n\n--b\n\nlost words\n", "lost words", NULL },
        { HEAD "Content-Type: multipart/mixed; boundary=z\n\n--b\n\nlost words\n", "lost words", NULL },
        { HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nopen words\n", "open words", NULL },
        { HEAD "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\ninner words\n--b--\n", "inner words",
          NULL },
        { HEAD "Content-Transfer-Encoding: quoted-printable\n\n50=25 =ZZ caf=C3=A9 = end=\nnext=\n", "50%\ncafé\nend", NULL },
        { "Subject: s\rFrom: a@x.test\r\rhello words\r", "hello words", "Subject" },
        { "Subject: s\n\n<html><body><p>words</p></body></html>\n", "words", "<p>" },
        { HEAD "Content-Type: text/plain; format=flowed; delsp=yes\n\none \ntwo\n", "onetwo", NULL },
        { "", "", NULL },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
    g_autofree char *nul = shown("Subject: a\n\nhel\0lo there\n", 24);
    assert_non_null(strstr(nul, "lo there"));
}

static void the_charset_is_found_where_the_label_is_wrong(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { HEAD "\ncaf\xe9 cr\xe8me\n", "café crème", NULL },
        { HEAD "Content-Type: text/plain; charset=utf-8\n\ncaf\xe9 cr\xe8me\n", "café crème", NULL },
        { HEAD "Content-Type: text/plain; charset=utf-8\n\nna\xc3\xafve caf\xc3\xa9 \xff\n", "naïve café", NULL },
        { HEAD "Content-Type: text/plain; charset=us-ascii\n\ncaf\xc3\xa9\n", "café", NULL },
        { HEAD "Content-Type: text/plain; charset=x-unknown\n\ncaf\xc3\xa9\n", "café", NULL },
        { HEAD "Content-Type: text/plain; charset=unknown-8bit\n\ncaf\xe9\n", "café", NULL },
        { HEAD "Content-Type: text/plain; charset=iso-8859-1\n\n\x93quoted\x94 \x80\n", "“quoted” €", NULL },
        { HEAD "\n\033$B2q5D$N5D;vO?\033(B\n", "会議の議事録", NULL },
        { HEAD "\n\xf0\xd2\xc9\xd7\xc5\xd4, \xcb\xc1\xcb \xc4\xc5\xcc\xc1? \xfc\xd4\xcf \xd0\xc9\xd3\xd8\xcd\xcf.\n",
          "Привет, как дела? Это письмо.", NULL },
        { HEAD "\n\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0? \xdd\xf2\xee \xef\xe8\xf1\xfc\xec\xee.\n",
          "Привет, как дела? Это письмо.", NULL },
        { HEAD "\n\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81\x41\x90\xa2\x8a\x45\x81\x42\n", "こんにちは、世界。", NULL },
        { HEAD "Content-Type: text/html\n\n<meta charset=\"windows-1251\"><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>\n", "Привет", NULL },
    };
    assert_samples(samples, G_N_ELEMENTS(samples));
}

static void encoded_words_are_read_in_the_forms_that_are_common(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        { "=?utf-8?q?caf=C3?= =?utf-8?q?=A9_bar?=", "café bar" }, /* cut in a character */
        { "=?utf-8?q?caf=C3=A9 au lait?=", "café au lait" },      /* blanks */
        { "\"=?utf-8?q?caf=C3=A9?=\"", "\"café\"" },              /* in quotation marks */
        { "=?utf-8?q?caf=C3=A9?==?utf-8?q?_bar?=", "café bar" },  /* without a blank between */
        { "=?x-nothing?q?caf=C3=A9?=", "café" },                  /* no such charset */
        { "=?us-ascii?Q?caf=E9?=", "café" },                      /* not in that charset */
        { "=?utf-8?B?Y2Fmw6k?=", "café" },                        /* no padding */
        { "=?utf-8?B?Y2Fm\n w6k=?=", "café" },                    /* folded inside */
        { "=?utf-8*en?q?caf=C3=A9?=", "café" },                   /* RFC 2231, 5 */
        { "=?utf-8?Q?How are you?\?=", "How are you?" },          /* a question mark as it is */
        { "=?utf-8?B?YQ==?= =?utf-8?B?Yg==?=", "ab" },            /* padding within a row */
        { "caf\xe9 raw", "café raw" },                            /* no encoding at all */
        { "\033$B2q5D\033(B", "会議" },
        { "one\n\ttwo", "one two" },
        { "=?utf-8?q?unfinished", "=?utf-8?q?unfinished" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *text = message_header_text(words[i][0]);
        assert_string_equal(text, words[i][1]);
    }
}

static void senders_that_no_grammar_allows_are_read(void **state)
{
    (void)state;
    static const char *const senders[][3] = {
        { "[Team] News <n@x.test>", "[Team] News", "n@x.test" },
        { "\"=?utf-8?q?J=C3=B6rg?=\" <j@x.test>", "Jörg", "j@x.test" },
        { "J\xf6rg <j@x.test>", "Jörg", "j@x.test" },
        { "ada@y.test <ada@x.test>", "ada@y.test", "ada@x.test" },
        { "=?utf-8?q?Ada=2C_the?= =?utf-8?q?_first?= <ada@x.test>", "Ada, the first", "ada@x.test" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
        g_autofree char *raw = g_strdup_printf("From: %s\nSubject: s\n\nx\n", senders[i][0]);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        g_autoptr(GPtrArray) from = message_addresses(mail, "From");
        assert_int_equal(from->len, 1);
        const struct message_address *address = g_ptr_array_index(from, 0);
        assert_string_equal(address->name, senders[i][1]);
        assert_string_equal(address->address, senders[i][2]);
    }
}

/* RFC 5322 A.6.3, with the line that stands for an empty one in the RFC as somebody copied it. */
static void a_strange_line_before_fields_with_blanks_is_in_the_header(void **state)
{
    (void)state;
    static const char raw[] = "From : a@x.test\nTo    : Mary Smith\n__\n          <mary@x.test>\nSubject     : Saying Hello\n\nbody\n";
    g_autoptr(message) mail = message_parse(raw, sizeof raw - 1);
    assert_string_equal(message_header(mail, "Subject"), "Saying Hello");
}

/* Real mail has them, mobile phones of Japan for instance: an answer to all goes to them too. */
static void an_addressee_against_the_grammar_is_not_lost_in_a_list(void **state)
{
    (void)state;
    static const char *const lists[][2] = {
        { "a@x.test, ada..l@y.test, c@x.test", "-|a@x.test;-|ada..l@y.test;-|c@x.test" },
        { "Ada <ada.@y.test>, c@x.test", "Ada|ada.@y.test;-|c@x.test" },
        { "c@x.test,\r\n .ada@y.test,\r\n \"D, E\" <d@x.test>", "-|c@x.test;-|.ada@y.test;D, E|d@x.test" },
        { "[Team] News <n@x.test>, c@x.test", "[Team] News|n@x.test;-|c@x.test" },
        { "Ada 'ada@y.test' <ada@y.test>, c@x.test", "Ada 'ada@y.test'|ada@y.test;-|c@x.test" },
        { "=?utf-8?q?J=C3=B6rg?= <j..o@x.test>, c@x.test", "Jörg|j..o@x.test;-|c@x.test" },
        { "Lovelace, Ada <ada..l@y.test>, c@x.test", "Lovelace, Ada|ada..l@y.test;-|c@x.test" },
        { "=?utf-8?q?a=40x=2Etest?=, c@x.test", "a@x.test|;-|c@x.test" }, /* a name, whatever stands in it */
        { "<mailto:a@x.test>, c@x.test", "-|a@x.test;-|c@x.test" },
        { "a@x.test (with, comma), ada..l@y.test", "with, comma|a@x.test;-|ada..l@y.test" },
        { "\"ada@x.test\" <ada>", "ada@x.test|ada" }, /* the name has the only '@' */
        { "\"ada@x.test\" <ada>, c@x.test", "ada@x.test|ada;-|c@x.test" },
        { "Friends: a@x.test, c@x.test;, d@x.test", "-|a@x.test;-|c@x.test;-|d@x.test" },
        { "<@r.test,@s.test:a@x.test>, root, ada.@y.test", "-|a@x.test;-|root;-|ada.@y.test" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *raw = g_strdup_printf("From: f@x.test\r\nTo: %s\r\nSubject: s\r\n\r\nx\r\n", lists[i][0]);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        g_autoptr(GPtrArray) to = message_addresses(mail, "To");
        g_autoptr(GString) found = g_string_new(NULL);
        for (guint k = 0; k < to->len; k++) {
            const struct message_address *each = g_ptr_array_index(to, k);
            g_string_append_printf(found, "%s%s|%s", k > 0 ? ";" : "", each->name != NULL ? each->name : "-", each->address);
        }
        assert_string_equal(found->str, lists[i][1]);
    }
}

static void names_of_files_are_names_and_nothing_else(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        { "filename=\"../../etc/passwd\"", "passwd" },
        { "filename=\"/etc/passwd\"", "passwd" },
        { "filename=\"C:\\\\temp\\\\x.pdf\"", "x.pdf" },
        { "filename=\"Invoice 11/2026.pdf\"", "Invoice 11_2026.pdf" },
        { "filename=\".bashrc\"", "bashrc" },
        { "filename=\"a\xe2\x80\xae"
          "fdp.exe\"",
          "afdp.exe" },
        { "filename*=utf-8''a%0Ab%1B%5B2J.txt", "ab[2J.txt" },
        { "filename=\"..\"", NULL },
        { "filename=\"\"", NULL },
        { "filename=\"=?utf-8?q?caf=C3=A9=2Epdf?=\"", "café.pdf" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *raw =
            g_strdup_printf(HEAD "Content-Type: application/x-y\nContent-Disposition: attachment; %s\n\nx\n", names[i][0]);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        const struct message_part *part = g_ptr_array_index(message_parts(mail), 0);
        if (g_strcmp0(part->filename, names[i][1]) != 0)
            fail_msg("%s -> %s", names[i][0], part->filename);
    }
}

/* Who only wants to know what it is called is told. */
static void a_name_that_would_be_hidden_is_still_told(void **state)
{
    (void)state;
    static const char raw[] =
        HEAD "Content-Type: application/x-y; charset=UTF-8\nContent-Disposition: attachment; filename=\"../.bash_profile\"\n\nx\n";
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    const struct message_part *part = g_ptr_array_index(message_parts(mail), 0);
    assert_string_equal(part->name, ".bash_profile");
    assert_string_equal(part->filename, "bash_profile");
    assert_string_equal(part->charset, "utf-8");
}

static void fields_made_to_burst_the_parser_do_not(void **state)
{
    (void)state;
    static const char *const fields[][2] = {
        { "To: ", "a:" }, { "resent-reply-to: x\n ", "a:" }, { "Cc: ", "(" }, { "From: ", "<" }, { "Subject: ", "=?" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GString) raw = g_string_new(i == 1 ? "Content-Type: message/rfc822\n\n" : "");
        g_string_append(raw, fields[i][0]);
        for (int k = 0; k < 60000; k++)
            g_string_append(raw, fields[i][1]);
        g_string_append(raw, "\n\nstill here\n");
        g_autofree char *text = shown(raw->str, raw->len);
        assert_non_null(strstr(text, "still here"));
    }
}

static void an_element_with_endless_attributes_has_an_end(void **state)
{
    (void)state;
    g_autoptr(GString) raw = g_string_new(HEAD "Content-Type: text/html\n\n<p ");
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(raw, "a%d=1 ", i);
    g_string_append(raw, ">still here</p>\n");
    g_autofree char *text = shown(raw->str, raw->len);
    assert_non_null(strstr(text, "still here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_part_that_says_nothing_gives_way_to_html),
        cmocka_unit_test(a_forgotten_empty_line_hides_no_text),
        cmocka_unit_test(addressees_in_several_fields_count_together),
        cmocka_unit_test(names_of_files_in_forbidden_forms_are_read),
        cmocka_unit_test(messages_within_are_opened_in_place),
        cmocka_unit_test(reports_are_sentences),
        cmocka_unit_test(an_invitation_is_a_card),
        cmocka_unit_test(what_cannot_be_shown_is_named),
        cmocka_unit_test(an_attached_message_is_kept_byte_for_byte),
        cmocka_unit_test(links_of_all_parts_have_one_row_of_numbers),
        cmocka_unit_test(what_postern_says_is_shown_but_never_quoted),
        cmocka_unit_test(no_line_of_mail_looks_like_one_of_posterns),
        cmocka_unit_test(broken_mime_is_shown_as_far_as_it_goes),
        cmocka_unit_test(the_charset_is_found_where_the_label_is_wrong),
        cmocka_unit_test(encoded_words_are_read_in_the_forms_that_are_common),
        cmocka_unit_test(senders_that_no_grammar_allows_are_read),
        cmocka_unit_test(a_strange_line_before_fields_with_blanks_is_in_the_header),
        cmocka_unit_test(an_addressee_against_the_grammar_is_not_lost_in_a_list),
        cmocka_unit_test(names_of_files_are_names_and_nothing_else),
        cmocka_unit_test(a_name_that_would_be_hidden_is_still_told),
        cmocka_unit_test(fields_made_to_burst_the_parser_do_not),
        cmocka_unit_test(an_element_with_endless_attributes_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
