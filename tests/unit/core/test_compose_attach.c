/* SPDX-License-Identifier: MIT */
/* Files that are attached: taken as they are at that moment, refused with a reason, never waited for. */
#include "core/compose.h"
#include "core/compose_check.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char *directory;

static int make_directory(void **state)
{
    (void)state;
    directory = g_dir_make_tmp("postern-attach-XXXXXX", NULL);
    return directory == NULL;
}

static int remove_directory(void **state)
{
    (void)state;
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
    g_free(directory);
    return 0;
}

static char *file(const char *name, const char *text)
{
    char *path = g_build_filename(directory, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static struct draft *letter(void)
{
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    struct draft *self = draft_new(owner);
    account_free(owner);
    g_free(self->to);
    self->to = g_strdup("you@example.test");
    g_free(self->subject);
    self->subject = g_strdup("Files");
    return self;
}

static GPtrArray *warnings_of(const struct draft *self, const char *words, bool *is_there_out)
{
    GPtrArray *warnings = compose_warnings(self, NULL);
    *is_there_out = false;
    for (guint i = 0; i < warnings->len; i++)
        *is_there_out |= strstr(warnings->pdata[i], words) != NULL;
    return warnings;
}

static void check_refused(const char *path, const char *why)
{
    g_autoptr(draft) self = letter();
    g_autoptr(GError) error = NULL;
    assert_false(draft_attach(self, path, &error));
    assert_non_null(strstr(error->message, path));
    if (strstr(error->message, why) == NULL)
        fail_msg("%s", error->message);
    assert_int_equal(self->attachments->len, 0);
}

static void what_is_no_file_is_refused_with_the_reason(void **state)
{
    (void)state;
    g_autofree char *missing = g_build_filename(directory, "missing", NULL), *pipe = g_build_filename(directory, "pipe", NULL),
                    *huge = file("huge", "");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(truncate(huge, (off_t)COMPOSE_ATTACHMENT_BYTES_MAX + 1), 0);
    check_refused(missing, "No such file");
    check_refused(directory, "directory");
    check_refused(pipe, "not a file"); /* and is not waited for */
    check_refused("/dev/zero", "not a file");
    check_refused(huge, "no mail server");
}

static void the_file_may_go_or_change_afterwards(void **state)
{
    (void)state;
    g_autofree char *path = file("report.txt", "first\n"), *sender = NULL;
    g_autoptr(draft) self = letter();
    g_autoptr(GBytes) bytes = NULL;
    g_auto(GStrv) recipients = NULL;
    bool is_warned = false;
    assert_true(draft_attach(self, path, NULL));
    g_ptr_array_unref(warnings_of(self, "report.txt was changed", &is_warned));
    assert_false(is_warned);
    assert_true(g_file_set_contents(path, "second\n", -1, NULL));
    struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    g_ptr_array_unref(warnings_of(self, "report.txt was changed", &is_warned));
    assert_true(is_warned);
    g_unlink(path);
    g_ptr_array_unref(warnings_of(self, "report.txt", &is_warned));
    assert_false(is_warned);
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    assert_non_null(strstr(g_bytes_get_data(bytes, NULL), "Zmlyc3QK")); /* "first\n" */
}

static void check_name(const char *name, const char *wanted)
{
    g_autofree char *path = file(name, "x"), *sender = NULL;
    g_autoptr(draft) self = letter();
    g_autoptr(GBytes) bytes = NULL;
    g_auto(GStrv) recipients = NULL;
    assert_true(draft_attach(self, path, NULL));
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    if (strstr(text, wanted) == NULL)
        fail_msg("no %s in:\n%s", wanted, text);
}

static void names_beyond_ascii_are_utf_8(void **state)
{
    (void)state;
    check_name("café.txt", "filename*=UTF-8''caf%C3%A9.txt");
    check_name("plain name.txt", "filename=\"plain name.txt\"");
}

/* A message file is a message; what only looks so goes as bytes. */
static void a_message_file_arrives_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *type;
    } rows[] = {
        { "good.eml", "From: a@x.test\nSubject: Hi\n\nText\n", "message/rfc822" },
        { "eight.eml", "From: a@x.test\nSubject: Hi\n\nT\xc3\xa4xt\n", "application/octet-stream" },
        { "none.eml", "no header at all", "application/octet-stream" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = file(rows[i].name, rows[i].text), *sender = NULL, *got = NULL;
        g_autoptr(draft) self = letter();
        g_autoptr(GBytes) bytes = NULL;
        g_auto(GStrv) recipients = NULL;
        size_t size = 0;
        assert_true(draft_attach(self, path, NULL));
        assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
        g_autoptr(message) read = message_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        const struct message_part *part = message_parts(read)->pdata[1];
        assert_string_equal(part->type, rows[i].type);
        assert_true(message_part_bytes(read, 1, &got, &size, NULL));
        assert_int_equal(size, strlen(rows[i].text));
        assert_memory_equal(got, rows[i].text, size);
    }
}

/* Forwarded as it is, also where its bytes must be encoded on the way. */
static void a_forwarded_message_stays_a_message(void **state)
{
    (void)state;
    static const char original_text[] = "From: a@x.test\nSubject: Hi\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                                        "Content-Transfer-Encoding: 8bit\n\nT\xc3\xa4xt\n";
    struct account *owner = account_new("me");
    owner->from_address = g_strdup("me@example.test");
    g_autoptr(message) original = message_parse(original_text, strlen(original_text));
    g_autoptr(draft) self = compose_start(COMPOSE_FORWARD_ATTACHED, owner, original, NULL, NULL);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL, *got = NULL;
    g_auto(GStrv) recipients = NULL;
    size_t size = 0;
    g_free(self->to);
    self->to = g_strdup("you@example.test");
    assert_true(compose_build(self, &bytes, &sender, &recipients, NULL));
    for (gsize i = 0; i < g_bytes_get_size(bytes); i++)
        assert_true(((const guchar *)g_bytes_get_data(bytes, NULL))[i] < 0x80);
    g_autoptr(message) read = message_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    assert_string_equal(((const struct message_part *)message_parts(read)->pdata[1])->type, "message/rfc822");
    assert_true(message_part_bytes(read, 1, &got, &size, NULL));
    g_autoptr(message) inner = message_parse(got, size);
    g_autofree char *text = message_plain(inner);
    assert_string_equal(text, "T\xc3\xa4xt\n");
    account_free(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused_with_the_reason),
        cmocka_unit_test(the_file_may_go_or_change_afterwards),
        cmocka_unit_test(names_beyond_ascii_are_utf_8),
        cmocka_unit_test(a_message_file_arrives_as_it_is),
        cmocka_unit_test(a_forwarded_message_stays_a_message),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
