/* SPDX-License-Identifier: MIT */
/* Files a person owns keep every byte that was not to be changed. */
#include "config/ini.h"
#include "fixture.h"
#include <signal.h>
#include <sys/resource.h>

static const char sample[] = "# mine\n"
                             "[first]\n"
                             "  spaced   =   value  \n"
                             "# about b\n"
                             "b=2\n"
                             "unknown = stays\n"
                             "\n"
                             "# about second\n"
                             "[second]\n"
                             "c = 3\n"
                             "# the end";

static void a_change_touches_one_line_only(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("a.conf", sample, 0644);
    g_autoptr(ini) file = ini_load(path, NULL, &error);
    assert_non_null(file);
    assert_true(ini_set(file, "first", "b", "two", &error));
    assert_true(ini_save(file, 0644, &error));
    assert_file_is(
        path, "# mine\n[first]\n  spaced   =   value  \n# about b\nb = two\nunknown = stays\n\n# about second\n[second]\nc = 3\n# the end");
}

static void a_new_key_stands_at_the_end_of_its_group_before_the_next_groups_comment(void **state)
{
    (void)state;
    g_autoptr(ini) file = ini_from_data("x", sample, strlen(sample), NULL);
    GError *error = NULL;
    g_autofree char *path = fixture_path("b.conf");
    assert_true(ini_set(file, "first", "d", "4", &error));
    assert_true(ini_set(file, "second", "e", "5", &error));
    assert_true(ini_set(file, "third", "f", "6", &error));
    g_autoptr(ini) old = NULL;
    assert_int_equal(ini_line(file, "first", "d"), 7);
    assert_int_equal(ini_line(file, "second", NULL), 10);
    assert_int_equal(ini_line(file, "second", "e"), 13);
    assert_int_equal(ini_line(file, "third", "f"), 16);
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void a_removed_key_takes_its_line_and_no_other(void **state)
{
    (void)state;
    static const char text[] = "[a]\n# one\nx = 1\ny = 2\n";
    GError *error = NULL;
    g_autofree char *path = fixture_write("a.conf", text, 0600);
    g_autoptr(ini) file = ini_load(path, NULL, &error);
    assert_true(ini_set(file, "a", "x", NULL, &error));
    assert_true(ini_set(file, "a", "was-never-there", NULL, &error));
    assert_true(ini_save(file, 0600, &error));
    assert_file_is(path, "[a]\n# one\ny = 2\n");
}

static void a_line_that_is_there_twice_is_named_with_the_other(void **state)
{
    (void)state;
    GError *error = NULL;
    static const char text[] = "[a]\nx = 1\n[b]\nx = 2\n[a]\n# again\nx = 3\n";
    assert_null(ini_from_data("a.conf", text, strlen(text), &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "a.conf:7: x is there already, in line 2.");
}

static void what_other_editors_leave_does_no_harm(void **state)
{
    (void)state;
    GError *error = NULL;
    static const char text[] = "\xef\xbb\xbf[a]\r\nx = 1\r\ny = 2\r"; /* a byte order mark, and half a line break at the end */
    g_autoptr(ini) file = ini_from_data("a.conf", text, strlen(text), &error);
    assert_non_null(file);
    g_autofree char *x = ini_get(file, "a", "x"), *y = ini_get(file, "a", "y");
    assert_string_equal(x, "1");
    assert_string_equal(y, "2");
}

static void a_line_in_another_charset_is_named(void **state)
{
    (void)state;
    GError *error = NULL;
    static const char text[] = "[a]\nx = 1\nname = M\xfcller\n";
    assert_null(ini_from_data("a.conf", text, strlen(text), &error));
    assert_error_says(&error, CONFIG_ERROR_SYNTAX, "a.conf:3: ");
}

static void every_value_comes_back_as_it_was_given(void **state)
{
    (void)state;
    static const char *const values[] = { "plain",
                                          " blank at both ends ",
                                          "back\\slash",
                                          "DOMAIN\\user",
                                          "a # is no comment",
                                          "ä ö 漢字 🎉",
                                          "tab\tline\nreturn\r",
                                          "=",
                                          "[x]",
                                          ";",
                                          "",
                                          "'\"",
                                          "\\s\\n",
                                          " " };
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        GError *error = NULL;
        g_autofree char *path = fixture_write("v.conf", "[a]\nkey = old\n", 0600);
        g_autoptr(ini) file = ini_load(path, NULL, &error);
        assert_true(ini_set(file, "a", "key", values[i], &error));
        assert_true(ini_save(file, 0600, &error));
        g_autoptr(ini) again = ini_load(path, NULL, &error);
        assert_non_null(again);
        g_autofree char *value = ini_get(again, "a", "key");
        assert_string_equal(value, values[i]);
    }
}

static void a_file_with_dos_line_ends_keeps_them(void **state)
{
    (void)state;
    static const char text[] = "[a]\r\nx = 1\r\ny = 2\r\n";
    GError *error = NULL;
    g_autofree char *path = fixture_write("dos.conf", text, 0600);
    g_autoptr(ini) file = ini_load(path, NULL, &error);
    assert_true(ini_set(file, "a", "x", "7", &error));
    assert_true(ini_save(file, 0600, &error));
    assert_file_is(path, "[a]\r\nx = 7\r\ny = 2\r\n");
}

static void errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "[a]\nx = 1\nhunter2 is no pair\ny = 2\n", "f.conf:3: " }, { "x = 1\n[a]\n", "f.conf:1: " }, { "# fine\n\n[a\n", "f.conf:3: " },
        { "[a]\nx = 1\n; old style comment\n", "f.conf:3: " },       { "[a]\n= 1\n", "f.conf:2: " },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        assert_null(ini_from_data("f.conf", cases[i].text, strlen(cases[i].text), &error));
        assert_null(strstr(error->message, "hunter2")); /* may be a password */
        assert_error_says(&error, CONFIG_ERROR_SYNTAX, cases[i].words);
    }
}

/* password is read by ourselves, so that GKeyFile keeps no copy of it: nobody may notice. */
static void a_password_is_read_as_any_other_value(void **state)
{
    (void)state;
    static const char *const values[] = {
        "plain", " \tled by blanks", "blanks behind \t ", "\\s\\t\\n\\r\\\\", "a=b [c] # d", "", "p\303\244ss",
        "=",     "\\sboth\\s",       "windows\r",         "bad \\x",          "bad end \\"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *text = g_strdup_printf("[g]\n# password = no\nother=%s\npassword\t=%s\nlast = 1\n", values[i], values[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(ini) file = ini_from_data("f.conf", text, strlen(text), &error);
        assert_int_equal(file != NULL, !g_str_has_prefix(values[i], "bad"));
        if (file == NULL)
            continue;
        g_autofree char *other = ini_get(file, "g", "other"), *password = ini_get(file, "g", "password");
        assert_string_equal(password, other);
        assert_null(ini_get(file, "nowhere", "password"));
        assert_int_equal(ini_line(file, "g", "last"), 5);
    }
}

static void a_single_backslash_is_an_error_and_not_a_shorter_value(void **state)
{
    (void)state;
    static const char text[] = "[a]\n\nuser = DOMAIN\\user\n";
    GError *error = NULL;
    assert_null(ini_from_data("f.conf", text, strlen(text), &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "f.conf:3: ");
}

static void what_is_not_text_is_refused(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_null(ini_from_data("f.conf", "[a]\nx = \xff\n", 9, &error));
    assert_error_says(&error, CONFIG_ERROR_SYNTAX, "UTF-8");
    assert_null(ini_from_data("f.conf", "[a]\nx = \0y\n", 11, &error));
    assert_error_says(&error, CONFIG_ERROR_SYNTAX, "UTF-8");
    assert_null(ini_load(fixture_directory, NULL, &error));
    assert_error_says(&error, CONFIG_ERROR_READ, "not a file");
    g_autoptr(ini) empty = ini_from_data("f.conf", "", 0, &error);
    assert_non_null(empty);
}

static void a_missing_file_is_told_apart(void **state)
{
    (void)state;
    bool is_missing = false;
    GError *error = NULL;
    g_autofree char *path = fixture_path("none.conf");
    assert_null(ini_load(path, &is_missing, &error));
    assert_true(is_missing);
    assert_error_says(&error, CONFIG_ERROR_READ, path);
}

static void control_characters_do_not_reach_a_message(void **state)
{
    (void)state;
    static const char text[] = "[a]\nx = 1\n";
    GError *error = NULL;
    g_autoptr(ini) file = ini_from_data("f.conf", text, strlen(text), NULL);
    assert_false(ini_fail(file, "a", "x", &error, "%s", "red \033[31m and \302\233 and \n"));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "f.conf:2: red ?[31m and ? and ?");
}

static void a_symbolic_link_is_written_through(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *target = fixture_write("dotfiles/real.conf", "[a]\nx = 1\n", 0640), *link = fixture_path("link.conf");
    g_autofree char *nowhere = fixture_path("dotfiles/later.conf"), *dangling = fixture_path("dangling.conf");
    assert_int_equal(symlink("dotfiles/real.conf", link), 0);
    assert_int_equal(symlink("dotfiles/later.conf", dangling), 0);
    g_autoptr(ini) file = ini_load(link, NULL, &error);
    assert_true(ini_set(file, "a", "x", "2", &error));
    assert_true(ini_save(file, 0644, &error));
    assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    assert_file_is(target, "[a]\nx = 2\n");
    assert_int_equal(fixture_mode(target), 0640);
    assert_true(ini_write_file(dangling, "new", 3, 0600, &error));
    assert_true(g_file_test(dangling, G_FILE_TEST_IS_SYMLINK));
    assert_file_is(nowhere, "new");
}

static void a_failing_write_leaves_the_old_file_and_no_other(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("sub/a.conf", "[a]\nx = 1\n", 0600), *directory = fixture_path("sub");
    struct rlimit old, none = { 0, 0 };
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    none.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    bool is_written = ini_write_file(path, "[a]\nx = 2\n", 10, 0600, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_false(is_written);
    assert_error_says(&error, CONFIG_ERROR_READ, path);
    assert_file_is(path, "[a]\nx = 1\n");
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    assert_string_equal(g_dir_read_name(entries), "a.conf");
    assert_null(g_dir_read_name(entries));
}

static void modes_are_kept_but_never_wider_than_allowed(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *wide = fixture_write("wide.conf", "x", 0664), *fresh = fixture_path("new/fresh.conf");
    assert_true(ini_write_file(wide, "y", 1, 0600, &error));
    assert_int_equal(fixture_mode(wide), 0600);
    assert_true(ini_write_file(fresh, "y", 1, 0600, &error));
    assert_int_equal(fixture_mode(fresh), 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_change_touches_one_line_only),
        FIXTURE_TEST(a_new_key_stands_at_the_end_of_its_group_before_the_next_groups_comment),
        FIXTURE_TEST(a_removed_key_takes_its_line_and_no_other),
        FIXTURE_TEST(a_line_that_is_there_twice_is_named_with_the_other),
        FIXTURE_TEST(what_other_editors_leave_does_no_harm),
        FIXTURE_TEST(a_line_in_another_charset_is_named),
        FIXTURE_TEST(every_value_comes_back_as_it_was_given),
        FIXTURE_TEST(a_file_with_dos_line_ends_keeps_them),
        FIXTURE_TEST(errors_name_the_line),
        FIXTURE_TEST(a_password_is_read_as_any_other_value),
        FIXTURE_TEST(a_single_backslash_is_an_error_and_not_a_shorter_value),
        FIXTURE_TEST(what_is_not_text_is_refused),
        FIXTURE_TEST(a_missing_file_is_told_apart),
        FIXTURE_TEST(control_characters_do_not_reach_a_message),
        FIXTURE_TEST(a_symbolic_link_is_written_through),
        FIXTURE_TEST(a_failing_write_leaves_the_old_file_and_no_other),
        FIXTURE_TEST(modes_are_kept_but_never_wider_than_allowed),
    };
    return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
