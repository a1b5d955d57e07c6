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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_command_has_a_name_help_and_a_function),
                                        cmocka_unit_test(no_name_is_there_twice) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
