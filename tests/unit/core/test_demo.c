/* SPDX-License-Identifier: MIT */
/* The demo account: made once, and every sample is a message that can be read. */
#include "config/paths.h"
#include "core/demo.h"
#include "core/message.h"
#include "tests/remove_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <glib/gstdio.h>
#include <cmocka.h>

static char *root;

static int make_root(void **state)
{
    (void)state;
    root = g_dir_make_tmp("postern-demo-XXXXXX", NULL);
    static const char *const names[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_setenv(names[i], root, TRUE);
    return root != NULL ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    remove_tree(root);
    g_free(root);
    return 0;
}

static void assert_readable(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(message) mail = message_load(path, &error);
    assert_null(error);
    struct message_info info;
    message_info(mail, &info);
    assert_true(info.message_id != NULL && *info.message_id != '\0');
    assert_true(info.from_address != NULL && *info.from_address != '\0');
    assert_true(info.date_utc > 0);
    g_autoptr(text) text = message_text(mail, MESSAGE_VIEW_BEST);
    assert_non_null(text);
}

/* Reads all messages of a Maildir's tree; how many there are. */
static unsigned read_all(const char *path, bool is_mail)
{
    unsigned count = 0;
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR)) {
            count += read_all(child, strcmp(name, "cur") == 0 || strcmp(name, "new") == 0);
        } else if (is_mail) {
            assert_readable(child);
            count++;
        }
    }
    return count;
}

static void making_it_twice_does_no_harm(void **state)
{
    (void)state;
    g_autofree char *mail = paths_mail_directory("demo", NULL);
    unsigned counts[2];
    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        struct account *made = NULL;
        assert_true(demo_create(&made, &error));
        assert_int_equal(made->outgoing.protocol, ACCOUNT_PROTOCOL_MAILDIR);
        account_free(made);
        counts[i] = read_all(mail, false);
    }
    assert_true(counts[0] >= 50);
    assert_int_equal(counts[0], counts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(making_it_twice_does_no_harm) };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
