/* SPDX-License-Identifier: MIT */
/* A message of which only the text was fetched, then its attachment: it is sent on whole, with nothing of ours in it. */
#include "core/message_whole.h"
#include "core/compose.h"
#include "core/message_private.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char skeleton[] =
    MESSAGE_SKELETON_HEADER ": 1\nFrom: Ada <ada@x.test>\nSubject: Drawing\nMIME-Version: 1.0\n"
                            "Content-Type: multipart/mixed; boundary=b\n\n"
                            "--b\nContent-Type: text/plain\n\nLook.\n"
                            "--b\nContent-Type: application/pdf; name=d.pdf\nContent-Transfer-Encoding: base64\n"
                            "Content-Disposition: attachment; filename=d.pdf\n" MESSAGE_MISSING_HEADER ": 8\n\n\n--b--\n";

static message *half(void)
{
    return message_parse(skeleton, strlen(skeleton));
}

static void fill(message *mail)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("postern-part-XXXXXX", &path, NULL);
    assert_true(fd >= 0 && g_close(fd, NULL) && g_file_set_contents(path, "UERG\n", -1, NULL)); /* "PDF" */
    assert_true(message_fill_part(mail, "2", path, NULL));
    g_unlink(path);
}

static void what_came_in_parts_is_whole_again(void **state)
{
    (void)state;
    g_autoptr(message) mail = half();
    assert_false(((const struct message_part *)message_parts(mail)->pdata[1])->is_here);
    fill(mail);
    g_autoptr(GBytes) bytes = message_whole(mail);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    assert_null(strstr(text, "X-Postern"));
    assert_non_null(strstr(text, "UERG"));
    g_autoptr(message) again = message_parse(text, strlen(text));
    assert_string_equal(message_header(again, "Subject"), "Drawing");
    g_autofree char *pdf = NULL;
    size_t size = 0;
    assert_true(message_part_bytes(again, 1, &pdf, &size, NULL));
    assert_int_equal(size, 3);
    assert_memory_equal(pdf, "PDF", 3);
}

static void forwarding_and_redirecting_take_the_whole(void **state)
{
    (void)state;
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    g_autoptr(message) mail = half();
    fill(mail);
    g_autoptr(draft) forward = compose_start(COMPOSE_FORWARD_ATTACHED, owner, mail, NULL, NULL);
    g_free(forward->to);
    forward->to = g_strdup("you@example.test");
    for (int i = 0; i < 2; i++) {
        g_autoptr(GBytes) bytes = NULL;
        g_autofree char *sender = NULL;
        g_auto(GStrv) recipients = NULL;
        assert_true(i == 0 ? compose_build(forward, &bytes, &sender, &recipients, NULL)
                           : compose_redirect(owner, mail, "you@example.test", &bytes, &sender, &recipients, NULL));
        g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        assert_non_null(strstr(text, "UERG"));
        assert_null(strstr(text, "X-Postern"));
    }
    account_free(owner);
}

/* Whole messages are given as they came, to the byte. */
static void a_message_that_is_whole_is_not_touched(void **state)
{
    (void)state;
    static const char odd[] = "From:  Ada\t<ada@x.test>\r\nsubject:odd\r\n\r\nText\r\n\r\n\r\n";
    g_autoptr(message) mail = message_parse(odd, strlen(odd));
    g_autoptr(GBytes) bytes = message_whole(mail);
    assert_int_equal(g_bytes_get_size(bytes), strlen(odd));
    assert_memory_equal(g_bytes_get_data(bytes, NULL), odd, strlen(odd));
}

/* Also after its file has another name. */
static void a_message_that_is_whole_is_its_file(void **state)
{
    (void)state;
    static const char text[] = "Subject: in a file\n\nText\n";
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "postern-whole-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    g_autoptr(message) mail = message_load(path, NULL);
    g_autoptr(GBytes) bytes = message_whole_mapped(mail, path);
    g_autoptr(GBytes) none = message_whole_mapped(mail, NULL);
    g_unlink(path);
    g_autoptr(GBytes) gone = message_whole_mapped(mail, path);
    assert_int_equal(g_bytes_get_size(bytes), strlen(text));
    assert_memory_equal(g_bytes_get_data(bytes, NULL), text, strlen(text));
    assert_true(g_bytes_equal(bytes, none) && g_bytes_equal(bytes, gone));
    g_autoptr(message) parts = half(); /* the file has not all of it */
    fill(parts);
    g_autoptr(GBytes) filled = message_whole_mapped(parts, "/etc/hostname");
    assert_non_null(g_strstr_len(g_bytes_get_data(filled, NULL), (gssize)g_bytes_get_size(filled), "UERG"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_in_parts_is_whole_again),
        cmocka_unit_test(forwarding_and_redirecting_take_the_whole),
        cmocka_unit_test(a_message_that_is_whole_is_not_touched),
        cmocka_unit_test(a_message_that_is_whole_is_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
