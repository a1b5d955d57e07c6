/* SPDX-License-Identifier: MIT */
/* The command table: each row is whole. */
#include "ui/command.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_command_has_a_name_help_and_a_function),
                                        cmocka_unit_test(no_name_is_there_twice),
                                        cmocka_unit_test(what_is_special_to_writing_is_listed_first) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
