/* SPDX-License-Identifier: MIT */
/* Files that are packed into parts: winmail.dat, uuencode, yEnc; whole, broken, and made to burst a reader. */
#include "core/message_packed.h"
#include "core/message.h"
#include "core/message_warning.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void put(GByteArray *to, guint32 number, int size)
{
    for (int i = 0; i < size; i++) {
        guint8 byte = (guint8)(number >> 8 * i & 0xff);
        g_byte_array_append(to, &byte, 1);
    }
}

static void put_bytes(GByteArray *to, const void *bytes, size_t size, bool is_padded)
{
    g_byte_array_append(to, bytes, (guint)size);
    put(to, 0, is_padded ? (int)((4 - size % 4) % 4) : 0);
}

static void put_attribute(GByteArray *to, int level, guint32 id, const void *bytes, size_t size)
{
    put(to, (guint32)level, 1);
    put(to, id, 4);
    put(to, (guint32)size, 4);
    put_bytes(to, bytes, size, false);
    put(to, 0, 2);
}

static void put_property(GByteArray *to, guint32 type, guint32 id, const void *bytes, size_t size)
{
    put(to, type, 2);
    put(to, id, 2);
    put(to, 1, 4);
    put(to, (guint32)size, 4);
    put_bytes(to, bytes, size, true);
}

/* A text, and one attachment with a short and a long name. */
static GByteArray *winmail_new(void)
{
    GByteArray *stream = g_byte_array_new();
    g_autoptr(GByteArray) message_properties = g_byte_array_new(), properties = g_byte_array_new();
    static const char long_name[] = "\xc4\0r\0g\0e\0r\0 \0l\0o\0n\0g\0.\0p\0d\0f\0\0"; /* UTF-16LE, with its NUL */
    put(stream, 0x223e9f78, 4);
    put(stream, 1, 2);
    put(message_properties, 2, 4);
    put(message_properties, 0x03, 2); /* a number, of no interest */
    put(message_properties, 0x0e17, 2);
    put(message_properties, 7, 4);
    put_property(message_properties, 0x1e, 0x1000, "words of Outlook", 17);
    put_attribute(stream, 1, 0x00069003, message_properties->data, message_properties->len);
    put_attribute(stream, 2, 0x00069002, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
    put_attribute(stream, 2, 0x00018010, "LONG~1.PDF", 11);
    put_attribute(stream, 2, 0x0006800f, "the bytes", 9);
    put(properties, 2, 4);
    put(properties, 0x1e, 2); /* with a name of its own */
    put(properties, 0x8001, 2);
    put_bytes(properties, "0123456789abcdef", 16, false);
    put(properties, 1, 4);
    put(properties, 6, 4);
    put_bytes(properties, "n\0a\0m\0", 6, true);
    put(properties, 1, 4);
    put(properties, 3, 4);
    put_bytes(properties, "abc", 3, true);
    put_property(properties, 0x1f, 0x3707, long_name, sizeof long_name);
    put_attribute(stream, 2, 0x00069005, properties->data, properties->len);
    return stream;
}

static char *mail_with(const GByteArray *winmail, const char *text)
{
    g_autofree char *encoded = g_base64_encode(winmail->data, winmail->len);
    return g_strdup_printf("From: a@x.test\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n%s--b\nContent-Type: "
                           "application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n%s\n--b--\n",
                           text, encoded);
}

static void winmail_is_unpacked(void **state)
{
    (void)state;
    g_autoptr(GByteArray) winmail = winmail_new();
    g_autofree char *raw = mail_with(winmail, "--b\n\nplain words\n"), *bytes = NULL;
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    const GPtrArray *parts = message_parts(mail);
    struct message_info info = { 0 };
    size_t size = 0;
    message_info(mail, &info);
    assert_int_equal(parts->len, 4);
    const struct message_part *container = g_ptr_array_index(parts, 1), *file = g_ptr_array_index(parts, 3);
    assert_false(container->is_attachment);
    assert_true(file->is_packed && file->is_attachment);
    assert_string_equal(file->filename, "Ärger long.pdf");
    assert_string_equal(file->section, "2/2");
    assert_true(message_part_bytes(mail, 3, &bytes, &size, NULL));
    assert_string_equal(bytes, "the bytes");
    assert_int_equal(size, 9);
    assert_int_equal(info.attachment_count, 1);
}

static char *shown(const char *raw)
{
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    return text_shown(text);
}

static void the_text_of_winmail_is_shown_where_there_is_no_other(void **state)
{
    (void)state;
    g_autoptr(GByteArray) winmail = winmail_new();
    g_autofree char *alone = mail_with(winmail, ""), *beside = mail_with(winmail, "--b\n\nplain words\n");
    g_autofree char *alone_shown = shown(alone), *beside_shown = shown(beside);
    assert_non_null(strstr(alone_shown, "words of Outlook"));
    assert_null(strstr(beside_shown, "words of Outlook"));
}

static void winmail_that_is_cut_anywhere_ends_there(void **state)
{
    (void)state;
    g_autoptr(GByteArray) winmail = winmail_new();
    for (guint length = 0; length < winmail->len; length++) {
        g_autoptr(GBytes) cut = g_bytes_new(winmail->data, length);
        g_autoptr(GPtrArray) files = tnef_files(cut);
        assert_true(files->len <= 2);
    }
    for (guint i = 0; i < winmail->len; i++) { /* and with any byte wrong */
        g_autoptr(GByteArray) wrong = g_byte_array_new();
        g_byte_array_append(wrong, winmail->data, winmail->len);
        wrong->data[i] ^= 0xff;
        g_autoptr(GBytes) stream = g_bytes_new(wrong->data, wrong->len);
        g_autoptr(GPtrArray) files = tnef_files(stream);
        assert_true(files->len <= 5);
    }
}

static void files_written_into_a_text_are_attachments(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *content;
    } samples[] = {
        { "before\nbegin 644 x.txt\n+:&5L;&\\@=V]R;&0`\n`\nend\nafter the file\n", "x.txt", "hello world" },
        { "before\r\nbegin 644 x y.txt\r\n+:&5L;&\\@=V]R;&0\r\n`\r\nend\r\nafter the file\r\n", "x y.txt", "hello world" },
        { "before\nbegin-base64 644 x.txt\naGVsbG8gd29ybGQ=\n====\nafter the file\n", "x.txt", "hello world" },
        { "=ybegin line=128 size=5 name=y.bin\n\x8b=n\x8c=}\x57\n=yend size=5\nafter the file\n", "y.bin",
          "a\x04"
          "b\x13-" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *raw = g_strconcat("From: a@x.test\nSubject: s\n\n", samples[i].text, NULL), *bytes = NULL, *seen = shown(raw);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        size_t size = 0;
        assert_int_equal(message_parts(mail)->len, 2);
        const struct message_part *file = g_ptr_array_index(message_parts(mail), 1);
        assert_string_equal(file->filename, samples[i].name);
        assert_true(message_part_bytes(mail, 1, &bytes, &size, NULL));
        assert_string_equal(bytes, samples[i].content);
        assert_non_null(strstr(seen, "after the file"));
        assert_non_null(strstr(seen, samples[i].name));
    }
}

static void words_that_only_begin_so_are_text(void **state)
{
    (void)state;
    static const char *const samples[] = { "begin 10 times, and then stop, for it is enough\nend\n",
                                           "begin 644\nx\nend of it, and that is all\n",
                                           "=ybegin without a name\n=yend and more of words\n",
                                           "begin 644 x\n+:&5L;&\\@=V]R;&0`\nno end here\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *raw = g_strconcat("Subject: s\n\n", samples[i], NULL), *seen = shown(raw);
        g_autoptr(message) mail = message_parse(raw, strlen(raw));
        assert_int_equal(message_parts(mail)->len, 1);
        assert_non_null(strstr(seen, "begin"));
    }
}

static void assert_file(const char *text, const char *name, size_t size, bool is_damaged)
{
    g_autofree char *raw = g_strconcat("From: a@x.test\nContent-Type: text/plain\n\n", text, NULL);
    g_autoptr(message) mail = message_parse(raw, strlen(raw));
    const GPtrArray *parts = message_parts(mail);
    g_autoptr(GPtrArray) warnings = message_warnings(mail, NULL);
    assert_int_equal(parts->len, 2);
    const struct message_part *part = g_ptr_array_index(parts, 1);
    assert_string_equal(part->filename, name);
    assert_int_equal(part->size, size);
    assert_int_equal(part->is_damaged, is_damaged);
    assert_int_equal(warnings->len, is_damaged);
}

static void what_came_damaged_is_a_file_and_said_to_be_so(void **state)
{
    (void)state;
#define UU_LINE "M86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A86%A\n"
    assert_file("begin 644 a\n" UU_LINE UU_LINE UU_LINE "`\nend\n", "a", 135, false);
    assert_file("begin 644 a\n" UU_LINE UU_LINE UU_LINE "M86%A86%\n" UU_LINE "`\nend\nwords\n", "a", 225, true);
    assert_file("begin 644 a\n" UU_LINE UU_LINE UU_LINE, "a", 135, true);
    assert_file("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3 crc32=352441c2\n", "a", 3, false);
    assert_file("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3 crc32=352441c3\n", "a", 3, true);
    assert_file("=ybegin line=128 size=4 name=a\n\x8b\x8c\x8d\n=yend size=4\n", "a", 3, true);
    assert_file("=ybegin line=128 size=4 name=a\n\x8b\x8c\x8d\n", "a", 3, true);
    assert_file("=ybegin part=1 total=2 line=128 size=6 name=a\n=ypart begin=1 end=3\n\x8b\x8c\x8d\n=yend size=3 part=1 "
                "pcrc32=352441c2 crc32=00000001\n",
                "a", 3, false);
}

static void a_piece_of_a_file_is_told(void **state)
{
    (void)state;
    g_autoptr(text) text = text_from_plain("=ybegin part=2 total=3 line=128 size=9 name=a\nx\n=yend size=3\n", false, false);
    g_autofree char *words = text_shown(text);
    assert_string_equal(words, "(Piece 2 of 3 of a file is written into the text here: a)\n");
}

static void winmail_within_winmail_is_unpacked(void **state)
{
    (void)state;
    g_autoptr(GByteArray) inner = winmail_new(), outer = g_byte_array_new();
    put(outer, 0x223e9f78, 4);
    put(outer, 1, 2);
    put_attribute(outer, 2, 0x00069002, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
    put_attribute(outer, 2, 0x00018010, "winmail.dat", 12);
    put_attribute(outer, 2, 0x0006800f, inner->data, inner->len);
    g_autoptr(GBytes) stream = g_bytes_new(outer->data, outer->len);
    g_autoptr(GPtrArray) files = tnef_files(stream);
    assert_int_equal(files->len, 2);
    assert_string_equal(((struct packed_file *)g_ptr_array_index(files, 0))->name, "message.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(winmail_is_unpacked),
        cmocka_unit_test(winmail_within_winmail_is_unpacked),
        cmocka_unit_test(what_came_damaged_is_a_file_and_said_to_be_so),
        cmocka_unit_test(a_piece_of_a_file_is_told),
        cmocka_unit_test(the_text_of_winmail_is_shown_where_there_is_no_other),
        cmocka_unit_test(winmail_that_is_cut_anywhere_ends_there),
        cmocka_unit_test(files_written_into_a_text_are_attachments),
        cmocka_unit_test(words_that_only_begin_so_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
