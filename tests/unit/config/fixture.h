/* SPDX-License-Identifier: MIT */
/* A directory of its own for every test, as home and as XDG base: nothing of the person who runs the tests is read or left behind. */
#pragma once
#include "tests/remove_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *fixture_directory; /* of the running test */

static inline int fixture_setup(void **state)
{
    (void)state;
    fixture_directory = g_dir_make_tmp("postern-config-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", fixture_directory, TRUE);
    g_setenv("XDG_DATA_HOME", fixture_directory, TRUE);
    g_setenv("XDG_CACHE_HOME", fixture_directory, TRUE);
    return fixture_directory != NULL ? 0 : -1;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    remove_tree(fixture_directory);
    g_clear_pointer(&fixture_directory, g_free);
    return 0;
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* DIRECTORY/name; caller frees. */
static inline char *fixture_path(const char *name)
{
    return g_build_filename(fixture_directory, name, NULL);
}

static inline char *fixture_write(const char *name, const char *text, int mode)
{
    char *path = fixture_path(name);
    g_autofree char *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, (mode_t)mode), 0);
    return path;
}

static inline void assert_file_is(const char *path, const char *text)
{
    g_autofree char *found = NULL;
    assert_true(g_file_get_contents(path, &found, NULL, NULL));
    assert_string_equal(found, text);
}

static inline int fixture_mode(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (int)(status.st_mode & 0777);
}

/* The error is of that code and has these words; then it is gone. */
static inline void assert_error_says(GError **error, int code, const char *words)
{
    assert_non_null(*error);
    if (strstr((*error)->message, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", (*error)->message, words);
    assert_int_equal((*error)->code, code);
    g_clear_error(error);
}
