/* SPDX-License-Identifier: MIT */
/* The command table: each row is whole. */
#include "ui/command.h"
#include "ui/command_words.h"
#include "ui/picker.h"
#include <glib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void every_command_has_a_name_help_and_a_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        assert_non_null(commands[i].name);
        assert_non_null(commands[i].help);
        assert_true(*commands[i].help != '\0');
        assert_non_null(commands[i].keys);
        assert_non_null(commands[i].run);
        assert_true(commands[i].contexts != 0);
        assert_true(strspn(commands[i].name, "abcdefghijklmnopqrstuvwxyz-") == strlen(commands[i].name));
    }
}

static void no_name_is_there_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++)
        assert_ptr_equal(command_find(commands[i].name), &commands[i]);
    assert_null(command_find("fly"));
}

static void what_is_special_to_writing_is_listed_first(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) writing = command_list(CONTEXT_COMPOSER), list = command_list(CONTEXT_LIST);
    assert_string_equal(((const struct command *)writing->pdata[0])->name, "send");
    assert_string_equal(((const struct command *)list->pdata[0])->name, "open");
    bool has_help = false;
    for (guint i = 0; i < writing->len; i++)
        has_help |= writing->pdata[i] == command_find("help");
    assert_true(has_help);
    g_autoptr(GPtrArray) settings = command_list(CONTEXT_SETTINGS);
    assert_int_equal(((const struct command *)settings->pdata[0])->contexts, CONTEXT_SETTINGS);
}

static void what_people_type_finds_the_command(void **state)
{
    static const struct {
        const char *typed, *command;
    } wishes[] = { { "meeting", "invitation" }, { "calendar", "invitation" }, { "trash", "delete" },
                   { "spam", "go-junk" },       { "offline", "online" },      { "newsletter", "unsubscribe" },
                   { "take back", "undo" },     { "answer", "reply" },        { "preferences", "settings" },
                   { "select", "mark" } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
        const struct command *command = command_find(wishes[i].command);
        struct picker_row *row = picker_row_new(command->help, NULL, 0);
        if (command_words(command) != NULL)
            picker_row_hide(row, command_words(command));
        assert_true(picker_row_score(row, wishes[i].typed) > 0);
        assert_int_equal(picker_row_score(row, "xyzzy"), 0);
        picker_row_free(row);
    }
}

static void words_belong_to_commands_that_are_there(void **state)
{
    (void)state;
    unsigned count = 0;
    for (size_t i = 0; i < command_count; i++)
        count += command_words(&commands[i]) != NULL;
    assert_int_equal(count, command_words_count());
}

static void letters_that_lie_about_count_less_than_a_hidden_word(void **state)
{
    (void)state;
    struct picker_row *scattered = picker_row_new("save a part among mail", NULL, 0), *meant = picker_row_new("junk", NULL, 1);
    picker_row_hide(meant, "Spam");
    assert_true(picker_row_score(scattered, "spam") > 0);
    assert_true(picker_row_score(meant, "spam") > picker_row_score(scattered, "spam"));
    picker_row_free(scattered);
    picker_row_free(meant);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_people_type_finds_the_command),
                                        cmocka_unit_test(words_belong_to_commands_that_are_there),
                                        cmocka_unit_test(letters_that_lie_about_count_less_than_a_hidden_word),
                                        cmocka_unit_test(every_command_has_a_name_help_and_a_function),
                                        cmocka_unit_test(no_name_is_there_twice),
                                        cmocka_unit_test(what_is_special_to_writing_is_listed_first) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
