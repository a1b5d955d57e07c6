/* SPDX-License-Identifier: MIT */
/* Keys and commands: the table, the presets and a person's own keys. */
#include "ui/keymap.h"
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static enum keymap_result find(const keymap *map, enum context context, const char *words, const struct command **command)
{
    struct key keys[KEYMAP_SEQUENCE_MAX];
    size_t count = 0;
    assert_true(keymap_parse_sequence(words, keys, &count));
    return keymap_find(map, context, keys, count, command);
}

static void no_two_default_keys_stand_in_each_others_way(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) conflicts = keymap_conflicts();
    for (guint i = 0; i < conflicts->len; i++)
        print_error("%s\n", (const char *)g_ptr_array_index(conflicts, i));
    assert_int_equal(conflicts->len, 0);
}

static void every_default_key_can_be_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        g_auto(GStrv) sequences = g_strsplit(commands[i].keys, ", ", -1);
        for (char **each = sequences; *each != NULL; each++) {
            struct key keys[KEYMAP_SEQUENCE_MAX];
            size_t count = 0;
            assert_true(**each == '\0' || keymap_parse_sequence(*each, keys, &count));
        }
    }
}

static void every_preset_names_commands_that_exist(void **state)
{
    (void)state;
    const char *names[] = { "default", "mutt", "vim", "alpine" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(keymap) map = keymap_new();
        g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) rows = keys_preset(names[i]);
        assert_non_null(rows);
        keymap_add(map, rows, names[i], complaints);
        for (guint j = 0; j < complaints->len; j++)
            print_error("%s\n", (const char *)g_ptr_array_index(complaints, j));
        assert_int_equal(complaints->len, 0);
        for (guint j = 0; j < rows->len; j++) { /* a key that does nothing on any of its screens is none */
            const struct key_binding *row = g_ptr_array_index(rows, j);
            const struct command *command = command_find(row->command);
            bool is_dead = command != NULL && (command->contexts & keymap_context(row->context)) == 0;
            if (is_dead)
                print_error("%s: [%s] %s = %s\n", names[i], row->context, row->keys, row->command);
            assert_false(is_dead);
        }
    }
}

static void a_sequence_waits_for_its_second_key(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    const struct command *command = NULL;
    assert_int_equal(find(map, CONTEXT_LIST, "g", &command), KEYMAP_MORE);
    assert_int_equal(find(map, CONTEXT_LIST, "g i", &command), KEYMAP_FOUND);
    assert_string_equal(command->name, "go-inbox");
    assert_int_equal(find(map, CONTEXT_LIST, "g x", &command), KEYMAP_NONE);
    assert_int_equal(find(map, CONTEXT_PROMPT, "g", &command), KEYMAP_NONE);
}

static void own_keys_take_the_place_of_older_ones(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    struct key_binding own[] = { { "list", "g", "reply-all", 1 },
                                 { "reader", "d", "none", 2 },
                                 { "lst", "x", "delete", 3 },
                                 { "list", "x", "fly", 4 },
                                 { "list", "ctrl-", "delete", 5 } };
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    const struct command *command = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        g_ptr_array_add(rows, &own[i]);
    keymap_add(map, rows, "keys.conf", complaints);
    assert_int_equal(find(map, CONTEXT_LIST, "g", &command), KEYMAP_FOUND);
    assert_string_equal(command->name, "reply-all");
    assert_int_equal(find(map, CONTEXT_READER, "g i", &command), KEYMAP_FOUND);
    assert_int_equal(find(map, CONTEXT_READER, "d", &command), KEYMAP_NONE);
    assert_int_equal(find(map, CONTEXT_LIST, "d", &command), KEYMAP_FOUND);
    assert_int_equal(complaints->len, 3);
    assert_non_null(strstr(g_ptr_array_index(complaints, 1), "line 4"));
}

static void a_command_tells_its_key_for_hints(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    char text[32];
    assert_true(keymap_key(map, command_find("go-inbox"), CONTEXT_LIST, text, sizeof text));
    assert_string_equal(text, "gi");
    assert_false(keymap_key(map, command_find("mark"), CONTEXT_READER, text, sizeof text));
    assert_string_equal(text, "");
}

/* Whatever keys.conf says: a letter is text where text is typed. */
static void letters_are_text_where_a_message_is_typed(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    g_autoptr(GPtrArray) rows = g_ptr_array_new(), complaints = g_ptr_array_new_with_free_func(g_free);
    struct key_binding letter = { .context = (char *)"any", .keys = (char *)"s", .command = (char *)"send" },
                       control = { .context = (char *)"fields", .keys = (char *)"F9", .command = (char *)"send" };
    const struct command *command = NULL;
    g_ptr_array_add(rows, &letter);
    g_ptr_array_add(rows, &control);
    keymap_add(map, rows, "keys.conf", complaints);
    assert_int_equal(complaints->len, 0);
    for (uint32_t character = 0x20; character < 0x7f; character++) {
        struct key key = { .kind = KEY_KIND_CHARACTER, .character = character, .name = character == ' ' ? KEY_NAME_SPACE : KEY_NAME_NONE };
        assert_int_equal(keymap_find(map, CONTEXT_FIELDS, &key, 1, &command), KEYMAP_NONE);
        assert_int_equal(keymap_find(map, CONTEXT_TEXT, &key, 1, &command), KEYMAP_NONE);
    }
    assert_int_equal(find(map, CONTEXT_COMPOSER, "s", &command), KEYMAP_FOUND);
    assert_int_equal(find(map, CONTEXT_FIELDS, "F9", &command), KEYMAP_FOUND);
    assert_string_equal(command->name, "send");
    assert_int_equal(find(map, CONTEXT_TEXT, "ctrl-s", &command), KEYMAP_FOUND);
    assert_string_equal(command->name, "send");
}

static GPtrArray *add_rows(keymap *map, const struct key_binding *own, size_t count)
{
    GPtrArray *complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(rows, (gpointer)(uintptr_t)&own[i]);
    keymap_add(map, rows, "keys.conf", complaints);
    return complaints;
}

static void a_macro_is_commands_keys_and_texts(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    const struct key_binding own[] = { { "list", "x", "mark ; move; \"Ar c\" <enter>", 1 },
                                       { "list", "X", "mark fly", 2 },
                                       { "list", "F2", "\"unended", 3 } };
    g_autoptr(GPtrArray) complaints = add_rows(map, own, G_N_ELEMENTS(own));
    const struct command *command = NULL;
    assert_int_equal(complaints->len, 2);
    assert_non_null(strstr(g_ptr_array_index(complaints, 0), "\"fly\""));
    assert_int_equal(find(map, CONTEXT_LIST, "x", &command), KEYMAP_FOUND);
    const GArray *steps = keymap_macro(map, command);
    assert_non_null(steps);
    assert_int_equal(steps->len, 7);
    assert_string_equal(g_array_index(steps, struct macro_step, 1).command->name, "move");
    assert_int_equal(g_array_index(steps, struct macro_step, 4).key.name, KEY_NAME_SPACE);
    assert_int_equal(g_array_index(steps, struct macro_step, 6).key.name, KEY_NAME_ENTER);
    assert_null(keymap_macro(map, command_find("mark")));
}

static void rows_of_one_file_that_shadow_each_other_are_told(void **state)
{
    (void)state;
    g_autoptr(keymap) map = keymap_new();
    const struct key_binding own[] = {
        { "list", "x", "delete", 1 }, { "list", "x y", "copy", 2 }, { "mail", "v", "mark", 3 }, { "list", "v", "copy", 4 }
    };
    g_autoptr(GPtrArray) complaints = add_rows(map, own, G_N_ELEMENTS(own));
    assert_int_equal(complaints->len, 1); /* the fourth is an exception to the third, and meant so */
    assert_non_null(strstr(g_ptr_array_index(complaints, 0), "line 2"));
    assert_non_null(strstr(g_ptr_array_index(complaints, 0), "line 1"));
}

/* What hands from there do first. */
static void each_preset_has_the_keys_of_its_program(void **state)
{
    (void)state;
    static const struct {
        const char *preset;
        enum context context;
        const char *keys, *command;
    } habits[] = {
        { "mutt", CONTEXT_LIST, "m", "compose" },
        { "mutt", CONTEXT_READER, "i", "back" },
        { "mutt", CONTEXT_READER, "j", "next" },
        { "mutt", CONTEXT_READER, "v", "open-attachment" },
        { "mutt", CONTEXT_LIST, "l", "filter" },
        { "mutt", CONTEXT_LIST, "$", "sync" },
        { "mutt", CONTEXT_LIST, "; d", "delete" },
        { "mutt", CONTEXT_LIST, "T", "mark-pattern" },
        { "mutt", CONTEXT_LIST, "v", "open" },
        { "mutt", CONTEXT_LIST, "alt-/", "search" },
        { "vim", CONTEXT_LIST, "g g", "top" },
        { "vim", CONTEXT_READER, "G", "bottom" },
        { "vim", CONTEXT_LIST, "d d", "delete" },
        { "vim", CONTEXT_LIST, "z o", "fold-open" },
        { "vim", CONTEXT_READER, "z c", "fold" },
        { "vim", CONTEXT_LIST, "g i", "go-inbox" },
        { "vim", CONTEXT_LIST, ":", "palette" },
        { "alpine", CONTEXT_LIST, "<", "folders" },
        { "alpine", CONTEXT_LIST, ">", "open" },
        { "alpine", CONTEXT_LIST, "M", "palette" },
        { "alpine", CONTEXT_FIELDS, "ctrl-x", "send" },
        { "alpine", CONTEXT_READER, "N", "next" },
        { "alpine", CONTEXT_FIELDS, "ctrl-t", "choose-people" },
        { "alpine", CONTEXT_LIST, "a d", "delete" },
        { "alpine", CONTEXT_LIST, "ctrl-p", "move-up" },
        { "vim", CONTEXT_LIST, "z M", "close-all" },
        { "vim", CONTEXT_LIST, "z R", "open-all" },
        { "vim", CONTEXT_READER, "N", "previous" },
        { "mutt", CONTEXT_LIST, "ctrl-u", "undo" },
        { "mutt", CONTEXT_LIST, "; r", "reply" },
        { "mutt", CONTEXT_LIST, "Y", "tag" },
        { "mutt", CONTEXT_LIST, "Q", "contacts" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(habits); i++) {
        g_autoptr(keymap) map = keymap_new();
        g_autoptr(GPtrArray) rows = keys_preset(habits[i].preset), complaints = g_ptr_array_new_with_free_func(g_free);
        const struct command *command = NULL;
        keymap_add(map, rows, habits[i].preset, complaints);
        assert_int_equal(find(map, habits[i].context, habits[i].keys, &command), KEYMAP_FOUND);
        assert_string_equal(command->name, habits[i].command);
    }
}

static void no_preset_leaves_daily_work_without_a_key(void **state)
{
    (void)state;
    static const char *const presets[] = { "default", "mutt", "vim", "alpine" };
    static const char *const daily[] = { "open", "compose", "reply", "reply-all", "forward",      "delete",  "archive",
                                         "move", "copy",    "flag",  "filter",    "search",       "palette", "help",
                                         "back", "undo",    "quit",  "next",      "toggle-unread" };
    for (size_t i = 0; i < G_N_ELEMENTS(presets); i++) {
        g_autoptr(keymap) map = keymap_new();
        g_autoptr(GPtrArray) rows = keys_preset(presets[i]), complaints = g_ptr_array_new_with_free_func(g_free);
        keymap_add(map, rows, presets[i], complaints);
        for (size_t j = 0; j < G_N_ELEMENTS(daily); j++) {
            const struct command *command = command_find(daily[j]);
            bool is_reached = false;
            for (unsigned context = CONTEXT_LIST; context <= CONTEXT_READER; context <<= 1) {
                g_autofree char *keys = keymap_keys(map, command, (enum context)context);
                is_reached = is_reached || *keys != '\0';
            }
            if (!is_reached)
                print_error("%s has no key for %s\n", presets[i], daily[j]);
            assert_true(is_reached);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_default_keys_stand_in_each_others_way),
        cmocka_unit_test(every_default_key_can_be_parsed),
        cmocka_unit_test(every_preset_names_commands_that_exist),
        cmocka_unit_test(a_sequence_waits_for_its_second_key),
        cmocka_unit_test(own_keys_take_the_place_of_older_ones),
        cmocka_unit_test(a_command_tells_its_key_for_hints),
        cmocka_unit_test(letters_are_text_where_a_message_is_typed),
        cmocka_unit_test(a_macro_is_commands_keys_and_texts),
        cmocka_unit_test(rows_of_one_file_that_shadow_each_other_are_told),
        cmocka_unit_test(each_preset_has_the_keys_of_its_program),
        cmocka_unit_test(no_preset_leaves_daily_work_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
