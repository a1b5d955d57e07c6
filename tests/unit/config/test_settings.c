/* SPDX-License-Identifier: MIT */
/* postern.conf, keys.conf, themes, paths and the provider table. */
#include "config/keys.h"
#include "config/parse_private.h"
#include "config/paths.h"
#include "config/providers.h"
#include "config/settings.h"
#include "config/theme.h"
#include "fixture.h"

static struct settings *parse(const char *text, GError **error)
{
    return settings_from_data("postern.conf", text, strlen(text), error);
}

static void no_file_means_defaults(void **state)
{
    (void)state;
    GError *error = NULL;
    struct settings *settings = settings_load(&error);
    assert_non_null(settings);
    assert_null(settings->editor);
    assert_string_equal(settings->theme, "auto");
    assert_string_equal(settings->keys, "default");
    assert_int_equal(settings->undo_delay_s, 10);
    assert_true(settings->threads);
    assert_false(settings->bell);
    settings_free(settings);
}

static void a_file_is_laid_over_the_defaults(void **state)
{
    (void)state;
    GError *error = NULL;
    struct settings *settings = parse("[postern]\nundo-delay = 0\nmark-read-delay = -1\nthreads = false\nkeys = vim\neditor = vi -u NONE\n"
                                      "downloads = ~/Downloads\ntheme =\n[oauth]\nx = y\n",
                                      &error);
    g_autofree char *downloads = paths_expand("~/Downloads");
    assert_non_null(settings);
    assert_int_equal(settings->undo_delay_s, 0);
    assert_int_equal(settings->mark_read_delay_ms, -1);
    assert_false(settings->threads);
    assert_string_equal(settings->keys, "vim");
    assert_string_equal(settings->editor, "vi -u NONE");
    assert_string_equal(settings->downloads, downloads);
    assert_string_equal(settings->theme, "auto"); /* nothing behind the = */
    settings_free(settings);
}

static void every_wrong_setting_names_line_and_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *words;
    } cases[] = {
        { "[postern]\n\nundo-dealy = 3\n", "postern.conf:3: ", "There is no setting undo-dealy. Did you mean undo-delay?" },
        { "[postern]\nundo-delay = 121\n", "postern.conf:2: ", "0 to 120" },
        { "[postern]\nundo-delay = ten\n", "postern.conf:2: ", "0 to 120" },
        { "[postern]\nmouse = yes\n", "postern.conf:2: ", "true, false" },
        { "[postern]\nkeys = vi\n", "postern.conf:2: ", "default, mutt, vim, alpine" },
        { "[postern]\neditor = a\\nb\n", "postern.conf:2: ", "one line" },
        { "[postren]\n", "postern.conf:1: ", "[postern]" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        assert_null(parse(cases[i].text, &error));
        assert_non_null(strstr(error->message, cases[i].line));
        assert_error_says(&error, CONFIG_ERROR_VALUE, cases[i].words);
    }
}

static void one_setting_is_saved_and_nothing_else_changes(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = fixture_write("postern/postern.conf", "# mine\n[postern]\n# why\ntheme = light\nmouse = true\n", 0644);
    assert_true(settings_save("theme", "dark", &error));
    assert_file_is(path, "# mine\n[postern]\n# why\ntheme = dark\nmouse = true\n");
    assert_false(settings_save("undo-delay", "999", &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "0 to 120");
    assert_false(settings_save("no-such-thing", "1", &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "no-such-thing");
    assert_file_is(path, "# mine\n[postern]\n# why\ntheme = dark\nmouse = true\n");
    assert_int_equal(fixture_mode(path), 0644);
    assert_int_equal(unlink(path), 0);
    assert_true(settings_save("bell", "true", &error));
    assert_file_is(path, "[postern]\nbell = true\n");
}

static void a_setting_is_told_as_it_would_be_written(void **state)
{
    (void)state;
    struct settings *settings = settings_new_default();
    g_autofree char *theme = settings_value(settings, "theme"), *delay = settings_value(settings, "undo-delay"),
                    *mouse = settings_value(settings, "mouse"), *editor = settings_value(settings, "editor");
    assert_string_equal(theme, "auto");
    assert_string_equal(delay, "10");
    assert_string_equal(mouse, "true");
    assert_null(editor);
    assert_false(settings_check("undo-delay", "x", NULL));
    assert_true(settings_check("undo-delay", "", NULL));
    settings_free(settings);
}

static void every_option_has_a_name_a_type_a_help_and_a_valid_default(void **state)
{
    (void)state;
    const struct settings_option *option;
    struct settings *settings = settings_new_default();
    size_t count = 0;
    for (; (option = settings_option_at(count)) != NULL; count++) {
        GError *error = NULL;
        assert_true(strlen(option->name) > 0 && strlen(option->type) > 0 && strlen(option->help) > 0);
        if (option->default_value != NULL)
            assert_true(settings_set(settings, option->name, option->default_value, &error));
    }
    assert_true(count > 15);
    settings_free(settings);
}

static void bindings_come_with_their_lines(void **state)
{
    (void)state;
    static const char text[] = "# mine\n[list]\nd = delete\n\ng g = top\n[reader]\nctrl-x = back\n";
    GError *error = NULL;
    g_autoptr(GPtrArray) bindings = keys_from_data("keys.conf", text, strlen(text), &error);
    assert_int_equal(bindings->len, 3);
    const struct key_binding *second = bindings->pdata[1], *third = bindings->pdata[2];
    assert_string_equal(second->context, "list");
    assert_string_equal(second->keys, "g g");
    assert_string_equal(second->command, "top");
    assert_int_equal(second->line, 5);
    assert_string_equal(third->context, "reader");
    g_autoptr(GPtrArray) none = keys_load(NULL, &error);
    assert_int_equal(none->len, 0);
    assert_null(keys_from_data("keys.conf", "[list]\nd delete\n", 16, &error));
    assert_error_says(&error, CONFIG_ERROR_SYNTAX, "keys.conf:2: ");
}

static void every_preset_of_the_settings_is_there(void **state)
{
    (void)state;
    static const char *const names[] = { "default", "mutt", "vim", "alpine" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GPtrArray) bindings = keys_preset(names[i]);
        assert_non_null(bindings);
        for (guint row = 0; row < bindings->len; row++) {
            const struct key_binding *one = bindings->pdata[row];
            for (guint other = row + 1; other < bindings->len; other++) {
                const struct key_binding *two = bindings->pdata[other];
                if (strcmp(one->context, two->context) == 0 && strcmp(one->keys, two->keys) == 0)
                    fail_msg("%s binds %s twice", names[i], one->keys);
            }
        }
    }
    assert_null(keys_preset("emacs"));
}

static bool read_theme(const char *text, struct theme *theme, GError **error)
{
    return theme_from_data("x.theme", text, strlen(text), theme, error);
}

static void a_theme_file_says_colours_in_three_ways(void **state)
{
    (void)state;
    struct theme theme;
    GError *error = NULL;
    assert_true(
        read_theme("[styles]\nunread = bright-red 17 bold underline\nlink = #ff8700 default\ndim = #808080 #000000\n", &theme, &error));
    assert_int_equal(theme.looks[THEME_UNREAD].foreground, 9);
    assert_int_equal(theme.looks[THEME_UNREAD].foreground8, 1);
    assert_int_equal(theme.looks[THEME_UNREAD].background, 17);
    assert_true(theme.looks[THEME_UNREAD].bold && theme.looks[THEME_UNREAD].underline && !theme.looks[THEME_UNREAD].reverse);
    assert_int_equal(theme.looks[THEME_LINK].foreground, 208);
    assert_int_equal(theme.looks[THEME_LINK].background, -1);
    assert_int_equal(theme.looks[THEME_DIM].foreground, 244);
    assert_int_equal(theme.looks[THEME_DIM].background, 16);
    assert_true(theme.looks[THEME_SELECTED].reverse); /* not said: as in the default */
}

static void a_wrong_theme_names_the_line_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *words;
    } cases[] = {
        { "[styles]\nunraed = red\n", "x.theme:2: ", "Did you mean unread?" },
        { "[styles]\n\nunread = purpleish\n", "x.theme:3: ", "#rrggbb" },
        { "[styles]\nunread = 256\n", "x.theme:2: ", "0 to 255" },
        { "[styles]\nunread = red default blinking\n", "x.theme:2: ", "blinking" },
        { "[colors]\nunread = red\n", "x.theme:1: ", "[styles]" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct theme theme, before;
        memset(&theme, 7, sizeof theme);
        memcpy(&before, &theme, sizeof theme);
        GError *error = NULL;
        assert_false(read_theme(cases[i].text, &theme, &error));
        assert_memory_equal(&theme, &before, sizeof theme);
        assert_non_null(strstr(error->message, cases[i].line));
        assert_error_says(&error, CONFIG_ERROR_VALUE, cases[i].words);
    }
}

static void themes_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = { "default", "mono", "dark", "light", "high-contrast", "mine" };
    g_autofree char *path = fixture_write("postern/themes/mine.theme", "[styles]\nunread = red\n", 0644);
    g_autofree char *bad = fixture_write("postern/themes/bad.theme", "[styles]\nunread = rde\n", 0644);
    struct theme theme;
    GError *error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_true(theme_load(names[i], &theme, &error));
    assert_int_equal(theme.looks[THEME_UNREAD].foreground, 1);
    assert_true(theme_load("mono", &theme, &error));
    for (size_t i = 0; i < THEME_STYLE_COUNT; i++)
        assert_true(theme.looks[i].foreground == -1 && theme.looks[i].background == -1);
    assert_false(theme_load("nowhere", &theme, &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "high-contrast");
    assert_false(theme_load("../postern", &theme, &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "../postern");
    assert_false(theme_load("bad", &theme, &error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "bad.theme:2: ");
}

static void folder_names_become_one_safe_path_component(void **state)
{
    (void)state;
    static const char *const names[] = { "Inbox", "a/b", "..", ".", ".hidden", "", "%", "%2F", "a\nb", "漢字/ä" };
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *root = fixture_path("postern/mail/work");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *path = paths_mail_directory("work", names[i]);
        g_autofree char *parent = g_path_get_dirname(path), *base = g_path_get_basename(path);
        assert_string_equal(parent, root);
        assert_true(base[0] != '.' && base[0] != '\0');
        assert_true(g_hash_table_add(seen, path)); /* no two names share a directory */
    }
    GString *longest = g_string_new(NULL);
    while (longest->len < 1000)
        g_string_append(longest, "漢");
    g_autofree char *one = paths_mail_directory("work", longest->str), *name = g_path_get_basename(one);
    g_string_append(longest, "!");
    g_autofree char *two = paths_mail_directory("work", longest->str);
    assert_true(strlen(name) <= 255);
    assert_true(g_utf8_validate(name, -1, NULL));
    assert_string_not_equal(one, two);
    g_string_free(longest, TRUE);
}

static void a_relative_xdg_directory_is_ignored(void **state)
{
    (void)state;
    g_setenv("XDG_CONFIG_HOME", "relative", TRUE);
    g_autofree char *path = paths_config_file("postern.conf");
    assert_true(g_path_is_absolute(path));
    assert_null(strstr(path, "relative"));
}

static void providers_are_found_by_domain_whatever_its_case(void **state)
{
    (void)state;
    assert_string_equal(provider_for_address("someone@GMail.com")->name, "Gmail");
    assert_string_equal(provider_for_address("x@web.de")->imap.host, "imap.web.de");
    assert_string_equal(provider_for_address("x@protonmail.com")->imap.host, "127.0.0.1");
    assert_null(provider_for_address("x@example.test"));
    assert_null(provider_for_address("gmail.com"));
    assert_null(provider_for_address("x@"));
    assert_null(provider_for_address(""));
    assert_null(provider_for_address("x@gmail.com yahoo.com"));
}

static void one_wrong_line_leaves_the_others_in_force(void **state)
{
    (void)state;
    GPtrArray *errors = NULL;
    GError *error = NULL;
    g_autofree char *path =
        fixture_write("postern/postern.conf", "[postern]\nundo-delay = soon\neditor = ed\nnonsense = 1\n[other]\nx = 1\n", 0600);
    struct settings *settings = settings_load_most(&errors);
    assert_string_equal(settings->editor, "ed");
    assert_int_equal(errors->len, 3);
    settings_free(settings);
    g_ptr_array_unref(errors);
    assert_null(settings_load(&error));
    assert_error_says(&error, CONFIG_ERROR_VALUE, "postern.conf:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(no_file_means_defaults),
        FIXTURE_TEST(a_file_is_laid_over_the_defaults),
        FIXTURE_TEST(every_wrong_setting_names_line_and_what_is_allowed),
        FIXTURE_TEST(one_setting_is_saved_and_nothing_else_changes),
        FIXTURE_TEST(a_setting_is_told_as_it_would_be_written),
        FIXTURE_TEST(every_option_has_a_name_a_type_a_help_and_a_valid_default),
        FIXTURE_TEST(bindings_come_with_their_lines),
        FIXTURE_TEST(every_preset_of_the_settings_is_there),
        FIXTURE_TEST(a_theme_file_says_colours_in_three_ways),
        FIXTURE_TEST(a_wrong_theme_names_the_line_and_changes_nothing),
        FIXTURE_TEST(themes_are_found_by_name),
        FIXTURE_TEST(folder_names_become_one_safe_path_component),
        FIXTURE_TEST(a_relative_xdg_directory_is_ignored),
        FIXTURE_TEST(providers_are_found_by_domain_whatever_its_case),
        FIXTURE_TEST(one_wrong_line_leaves_the_others_in_force),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
