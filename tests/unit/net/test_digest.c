/* SPDX-License-Identifier: MIT */
#include "net/digest.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void it_is_what_everybody_else_computes(void **state)
{
    (void)state;
    g_autofree char *nothing = digest_sha256("", 0), *abc = digest_sha256("abc", 3);
    assert_string_equal(nothing, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"); /* as `show --json` has it */
    assert_string_equal(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");     /* FIPS 180-2, B.1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_what_everybody_else_computes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
