/* SPDX-License-Identifier: MIT */
/* What a server cannot carry becomes what it can, and means the same. */
#include "core/message_downgrade.h"
#include "core/message.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static int file_of(const char *bytes, size_t size)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-form-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    g_unlink(path);
    assert_int_equal(write(fd, bytes, size), (int)size);
    return fd;
}

/* NULL with the words of the refusal in *why_out. */
static char *made_of(const char *bytes, size_t size, bool takes_8bit, bool takes_utf8, size_t *size_out, char **why_out)
{
    struct message_form form;
    g_autoptr(GError) error = NULL;
    int fd = file_of(bytes, size);
    char *made = NULL;
    if (message_form_make(fd, size, takes_8bit, takes_utf8, &form, &error)) {
        made = g_malloc0(form.size + 1);
        assert_int_equal(pread(form.fd, made, form.size, 0), (int)form.size);
        *size_out = form.size;
    } else if (why_out != NULL) {
        *why_out = g_strdup(error->message);
    }
    message_form_clear(&form);
    close(fd);
    return made;
}

static const char utf8[] = "From: J\xc3\xbcrgen <j@b\xc3\xbc"
                           "cher.example>\nTo: =?utf-8?q?Andr=C3=A9?= <a@x.test>, Zo\xc3\xab <z@y.test>\n"
                           "Subject: Gr\xc3\xbc\xc3\x9f"
                           "e aus K\xc3\xb6ln\nX-Old: caf\xe9\n\nhi\n";

static void what_is_ascii_goes_as_it_is(void **state)
{
    (void)state;
    static const char mail[] = "From: a@x.test\r\nSubject: x\r\n\r\n.\r\nhi\r\n";
    size_t size = 0;
    g_autofree char *made = made_of(mail, strlen(mail), false, false, &size, NULL);
    assert_int_equal(size, strlen(mail));
    assert_string_equal(made, mail);
}

static void a_header_that_needs_smtputf8_stays_where_that_is_offered(void **state)
{
    (void)state;
    static const char mail[] = "From: a@x.test\nTo: J\xc3\xbcrgen <j\xc3\xbcrgen@y.test>\nSubject: \xc3\xa4\n\nhi\n";
    size_t size = 0;
    g_autofree char *made = made_of(mail, strlen(mail), true, true, &size, NULL);
    assert_string_equal(made, mail);
}

static void headers_in_utf8_become_encoded_words_where_they_must(void **state)
{
    (void)state;
    size_t size = 0;
    g_autofree char *made = made_of(utf8, strlen(utf8), true, true, &size, NULL); /* what need not be UTF-8 reaches more people without */
    assert_non_null(made);
    assert_true(g_str_is_ascii(made));
    assert_non_null(strstr(made, "<j@xn--bcher-kva.example>"));
    g_autoptr(message) parsed = message_parse(made, size);
    assert_string_equal(message_header(parsed, "Subject"), "Gr\xc3\xbc\xc3\x9f"
                                                           "e aus K\xc3\xb6ln");
    assert_string_equal(message_header(parsed, "X-Old"), "caf\xc3\xa9");
    g_autoptr(GPtrArray) to = message_addresses(parsed, "To");
    assert_int_equal(to->len, 2);
    assert_string_equal(((struct message_address *)to->pdata[0])->name, "Andr\xc3\xa9");
    assert_string_equal(((struct message_address *)to->pdata[1])->name, "Zo\xc3\xab");
    assert_non_null(strstr(made, "\n\nhi\n"));
}

static void an_address_that_cannot_be_downgraded_is_refused_by_name(void **state)
{
    (void)state;
    static const char mail[] = "From: a@x.test\nTo: J\xc3\xbcrgen <j\xc3\xbcrgen@y.test>\n\nhi\n";
    size_t size = 0;
    g_autofree char *why = NULL;
    assert_null(made_of(mail, strlen(mail), true, false, &size, &why));
    assert_non_null(strstr(why, "j\xc3\xbcrgen@y.test"));
}

static void what_no_line_can_carry_is_encoded_and_arrives(void **state)
{
    (void)state;
    g_autoptr(GString) longest = g_string_new("From: a@x.test\nSubject: x\n\n");
    g_autofree char *line = g_strnfill(5000, 'y');
    g_string_append_printf(longest, "%s\nend\n", line);
    static const char nul[] = "From: a@x.test\nSubject: x\n\none\0two\nend\n", cr[] = "From: a@x.test\nSubject: x\n\none\rtwo\nend\n";
    const struct {
        const char *bytes, *body;
        size_t size, body_size;
    } rows[] = { { longest->str, strchr(longest->str, 'y'), longest->len, 5005 },
                 { nul, "one\0two\nend\n", sizeof nul - 1, 12 },
                 { cr, "one\rtwo\nend\n", sizeof cr - 1, 12 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t size = 0, part_size = 0;
        g_autofree char *made = made_of(rows[i].bytes, rows[i].size, true, true, &size, NULL), *part = NULL;
        assert_non_null(made);
        assert_int_equal(strlen(made), size);
        g_auto(GStrv) lines = g_strsplit(made, "\n", -1);
        for (char **each = lines; *each != NULL; each++)
            assert_true(strlen(*each) <= 998 && strchr(*each, '\r') == NULL);
        assert_non_null(strstr(made, "MIME-Version: 1.0"));
        g_autoptr(message) parsed = message_parse(made, size);
        assert_true(message_part_bytes(parsed, 0, &part, &part_size, NULL));
        assert_int_equal(part_size, rows[i].body_size);
        assert_memory_equal(part, rows[i].body, part_size);
    }
}

static void a_long_subject_stays_in_lines_that_fit(void **state)
{
    (void)state;
    g_autoptr(GString) mail = g_string_new("From: a@x.test\nSubject:");
    for (int i = 0; i < 400; i++)
        g_string_append(mail, " \xc3\xa4\xc3\xb6\xc3\xbc");
    g_string_append(mail, "\n\nhi\n");
    size_t size = 0;
    g_autofree char *made = made_of(mail->str, mail->len, true, false, &size, NULL);
    g_auto(GStrv) lines = g_strsplit(made, "\n", -1);
    for (char **each = lines; *each != NULL; each++)
        assert_true(strlen(*each) <= 200);
    g_autoptr(message) parsed = message_parse(made, size);
    assert_int_equal(g_utf8_strlen(message_header(parsed, "Subject"), -1), 400 * 4 - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ascii_goes_as_it_is),
        cmocka_unit_test(a_header_that_needs_smtputf8_stays_where_that_is_offered),
        cmocka_unit_test(headers_in_utf8_become_encoded_words_where_they_must),
        cmocka_unit_test(an_address_that_cannot_be_downgraded_is_refused_by_name),
        cmocka_unit_test(what_no_line_can_carry_is_encoded_and_arrives),
        cmocka_unit_test(a_long_subject_stays_in_lines_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
