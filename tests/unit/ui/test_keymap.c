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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_default_keys_stand_in_each_others_way), cmocka_unit_test(every_default_key_can_be_parsed),
        cmocka_unit_test(every_preset_names_commands_that_exist),       cmocka_unit_test(a_sequence_waits_for_its_second_key),
        cmocka_unit_test(own_keys_take_the_place_of_older_ones),        cmocka_unit_test(a_command_tells_its_key_for_hints),
        cmocka_unit_test(letters_are_text_where_a_message_is_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
