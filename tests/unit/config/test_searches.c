/* SPDX-License-Identifier: MIT */
/* Kept searches: what is written is read again, and the rest of the file stays. */
#include "config/searches.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void kept_searches_come_back_in_their_order(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-searches-XXXXXX", NULL),
                    *path = g_build_filename(directory, "searches.conf", NULL);
    g_autoptr(GPtrArray) none = searches_load(path, NULL);
    assert_int_equal(none->len, 0);
    assert_true(searches_set(path, "Unread", "is:unread", NULL));
    assert_true(searches_set(path, "Adas Post: größer", "from:\"Ada Lovelace\" larger:5M -tag:a\\b", NULL));
    assert_true(searches_set(path, "Gone", "x", NULL));
    assert_true(searches_set(path, "Unread", "is:unread -in:junk", NULL));
    assert_true(searches_set(path, "Gone", NULL, NULL));
    g_autoptr(GPtrArray) kept = searches_load(path, NULL);
    assert_int_equal(kept->len, 2);
    const struct saved_search *first = g_ptr_array_index(kept, 0), *second = g_ptr_array_index(kept, 1);
    assert_string_equal(first->name, "Unread");
    assert_string_equal(first->query, "is:unread -in:junk");
    assert_string_equal(second->name, "Adas Post: größer");
    assert_string_equal(second->query, "from:\"Ada Lovelace\" larger:5M -tag:a\\b");
    g_unlink(path);
    g_rmdir(directory);
}

static void a_name_that_would_break_the_file_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "", "a=b", "[x]", "#x", "a\nb", " x", "x ", "\xff" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(searches_set("/nonexistent/searches.conf", names[i], "x", &error));
        assert_non_null(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_searches_come_back_in_their_order),
        cmocka_unit_test(a_name_that_would_break_the_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
