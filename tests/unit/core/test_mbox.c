/* SPDX-License-Identifier: MIT */
/* mbox files as other programs write them. */
#include "core/mbox.h"
#include "core/store_message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FROM "From b@x.test Sat Nov 21 10:00:00 2020\n"

/* The subjects in the file, one behind the other; "?" for a message without. */
static char *subjects(const char *text, gssize size)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "postern-mbox-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents(path, text, size, NULL));
    g_autoptr(mbox) file = mbox_open(path, NULL);
    g_unlink(path);
    if (file == NULL)
        return NULL;
    struct mbox_message message = { 0 };
    g_autoptr(GError) why = NULL;
    g_autoptr(GString) all = g_string_new(NULL);
    while (mbox_next(file, &message, &why)) {
        g_autofree char *bytes = g_strndup((const char *)message.bytes->data, message.bytes->len);
        const char *subject = strstr(bytes, "Subject: ");
        g_string_append_printf(all, "%.*s", subject != NULL ? (int)strcspn(subject + 9, "\r\n") : 1, subject != NULL ? subject + 9 : "?");
        g_string_append(all, message.flags & MESSAGE_SEEN ? "S" : "");
        g_string_append(all, message.flags & MESSAGE_FLAGGED ? "F " : " ");
    }
    mbox_message_clear(&message);
    assert_null(why);
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void messages_are_told_apart_in_every_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text, *subjects;
    } cases[] = {
        { FROM "Subject: 1\n\nx\n\n" FROM "Subject: 2\n\ny\n", "1 2 " },
        { FROM "Subject: 1\n\nx\n" FROM "Subject: 2\n\ny", "1 2 " }, /* no empty line between */
        { FROM "Subject: 1\n\nx\n\nFrom a@b Sat, 21 Nov 2020 10:00:00 +0100\nSubject: 2\n\n", "1 2 " },
        { FROM "Subject: 1\n\nx\n\nFrom 16@xxx Sat Nov 21 10:00:00 +0000 2020\nSubject: 2\n\n", "1 2 " },
        { "\xEF\xBB\xBF" FROM "Subject: 1\n\nx\n", "1 " },
        { "\n\r\n" FROM "Subject: 1\n\nx\n", "1 " },
        { "", "" },
        { "Subject: 1\n\n" FROM, NULL },
        /* what is no message */
        { FROM "Subject: 1\n\nx\n\nFrom the start\nof a line\n\nFrom bob Sat 10:00\nSubject: x\n\n>From b Sat Nov 21 10:00:00 2020\n",
          "1 " },
        { FROM "Subject: 1\n\nx\nFrom b@x.test Sat Nov 21 10:00:00 2020\nwas the first line\n", "1 " },
        { FROM "Subject: 1\n\nx\n\nFrom Sat, 21 Nov 2020 on, at 10:00\nwe meet\n", "1 " },
        /* a length that holds, one that does not */
        { FROM "Subject: 1\nContent-Length: 52\n\n12345\n\nFrom x Sat Nov 21 10:00:00 2020\nSubject: no\n\n\n" FROM "Subject: 2\n\ny\n",
          "1 2 " },
        { FROM "Subject: 1\nContent-Length: 52\n\n12345\n\nFrom x Sat Nov 21 10:00:00 2020\nSubject: no\n\n", "1 " },
        { FROM "Subject: 1\nContent-Length: 9999\n\n12345\n\n" FROM "Subject: 2\n\ny\n", "1 2 " },
        { FROM "Subject: 1\nContent-Length: 12\n\n12345\n\n" FROM "Subject: 2\n\ny\n", "1 2 " },
        /* bookkeeping of other programs */
        { FROM "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\nx\n\n" FROM
               "Subject: 2\nStatus: RO\n\ny\n",
          "2S " },
        { FROM "X-Gmail-Labels: Inbox,\n Opened,Starred\nSubject: 1\n\n" FROM "X-Gmail-Labels: =?UTF-8?Q?Inbox,Unread?=\nSubject: 2\n\n",
          "1SF 2 " },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = subjects(cases[i].text, -1);
        if (g_strcmp0(found, cases[i].subjects) != 0)
            fail_msg("case %zu: “%s”, wanted “%s”", i, found, cases[i].subjects);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_apart_in_every_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
