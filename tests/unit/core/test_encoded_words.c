/* SPDX-License-Identifier: MIT */
/* Subjects beyond ASCII: no word is lost when they are read, none can be misread when they are written. */
#include "core/encoded_words.h"
#include "core/message.h"
#include <gmime/gmime.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void check_joined(const char *raw, const char *wanted)
{
    g_autofree char *joined = encoded_words_join(raw);
    if (wanted == NULL)
        assert_null(joined);
    else
        assert_string_equal(joined, wanted);
}

static void padded_words_in_a_row_become_one(void **state)
{
    (void)state;
    check_joined("=?UTF-8?B?TcO8bGxlciw=?= =?utf-8?b?IErDtnJnIGdyw7zDnw==?= dich", "=?UTF-8?B?TcO8bGxlciwgSsO2cmcgZ3LDvMOf?= dich");
    check_joined("x =?gb2312?B?YQ==?=\r\n\t=?gb2312?B?Yg==?= =?gb2312?B?Yw==?=", "x =?gb2312?B?YWJj?=");
    check_joined("=?utf-8?B?w6k=?= (=?utf-8?B?w6k=?=)", NULL);
    check_joined("=?utf-8?B?w6k=?= =?utf-8?Q?=C3=A9?=", NULL);
    check_joined("=?utf-8?B?w6k=?= =?gb2312?B?Yg==?=", NULL);
    check_joined("plain", NULL);
    check_joined("=?", NULL);
    check_joined("=?utf-8?B?w6k", NULL);
    check_joined("=?utf-8?B?w6k=?= =?utf-8?B?", NULL);
}

static void check_written(const char *text)
{
    g_autofree char *written = encoded_words_write(text), *read = g_mime_utils_header_decode_text(NULL, written);
    g_auto(GStrv) words = g_strsplit(written, " ", -1);
    assert_true(g_str_is_ascii(written));
    for (char **word = words; *word != NULL; word++)
        assert_true(strlen(*word) <= 75);
    assert_string_equal(read, text);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    g_mime_init();
    static const char *const texts[] = {
        "",
        "plain words",
        "Müller, Jörg Müller, Jörg Müller, Jörg grüß dich",
        "From here: 会議の議事録と会議の議事録と会議の議事録と会議の議事録と会議の議事録 and there",
        "=?utf-8?q?not_one?= really",
        "an averyverylongwordthatdoesnotendaveryverylongwordthatdoesnotendaverylongwordthatdoesnotend here",
        "á one blank é",
        "é x é y é",
        "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉",
        "a_b=c?d é_=?"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        check_written(texts[i]);
}

static void a_subject_of_padded_words_is_read_whole(void **state)
{
    (void)state;
    static const char text[] = "From: =?UTF-8?B?QWRhIExvdsOpbA==?=\n =?UTF-8?B?YWNlIMOp?= <ada@example.test>\n"
                               "Subject: =?UTF-8?B?TcO8bGxlciw=?=\n =?UTF-8?B?IErDtnJnIGdyw7zDnw==?= dich\n\nx\n";
    g_autoptr(message) read = message_parse(text, strlen(text));
    struct message_info info;
    message_info(read, &info);
    assert_string_equal(info.subject, "Müller, Jörg grüß dich");
    assert_string_equal(message_header(read, "Subject"), "Müller, Jörg grüß dich");
    assert_string_equal(info.from_name, "Ada Lovélace é");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padded_words_in_a_row_become_one),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_subject_of_padded_words_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
