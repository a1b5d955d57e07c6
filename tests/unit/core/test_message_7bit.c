/* SPDX-License-Identifier: MIT */
/* Messages with bytes beyond ASCII, made fit for servers that carry none. */
#include "core/message_7bit.h"
#include <glib.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

/* The message made of text; NULL: none could be. Caller frees. */
static char *made_of(const char *text)
{
    uint64_t size = 0;
    int fd = memfd_create("message", MFD_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    int made = message_to_7bit(fd, &size);
    close(fd);
    if (made < 0)
        return NULL;
    char *bytes = g_malloc0(size + 1);
    assert_int_equal(pread(made, bytes, size, 0), (int)size);
    close(made);
    return bytes;
}

static void text_becomes_quoted_printable_and_everything_else_stays(void **state)
{
    (void)state;
    g_autofree char *made = made_of("From: a@x.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                                    "Content-Transfer-Encoding: 8bit\nX-Odd:  two  blanks\n\nGr\xc3\xbc\xc3\x9f"
                                    "e = 1\n.\nbye\n");
    assert_true(g_str_is_ascii(made));
    assert_non_null(strstr(made, "Content-Transfer-Encoding: quoted-printable"));
    assert_non_null(strstr(made, "Gr=C3=BC=C3=9Fe =3D 1"));
    assert_non_null(strstr(made, "X-Odd:  two  blanks\n"));
    assert_non_null(strstr(made, "\nbye\n"));
}

static void each_part_is_encoded_by_itself(void **state)
{
    (void)state;
    g_autofree char *made = made_of(
        "From: a@x.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n--b\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4\n--b\n"
        "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n\xc3\xb6\n--b--\n");
    assert_true(g_str_is_ascii(made));
    assert_non_null(strstr(made, "=C3=A4"));
    assert_non_null(strstr(made, "=C3=B6"));
    assert_non_null(strstr(made, "\n\nplain\n"));
}

static void what_is_signed_stays_as_it_is(void **state)
{
    (void)state;
    static const char signed_part[] = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4\n";
    g_autofree char *text = g_strdup_printf(
        "From: a@x.test\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b; micalg=pgp-sha256;\n"
        " protocol=\"application/pgp-signature\"\n\n--b\n%s\n--b\nContent-Type: application/pgp-signature\n\nsignature\n--b--\n",
        signed_part);
    g_autofree char *made = made_of(text);
    assert_non_null(strstr(made, signed_part));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_quoted_printable_and_everything_else_stays),
        cmocka_unit_test(each_part_is_encoded_by_itself),
        cmocka_unit_test(what_is_signed_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
