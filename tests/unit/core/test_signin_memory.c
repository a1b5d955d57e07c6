/* SPDX-License-Identifier: MIT */
/* A server that offers less than last time is noticed, once. */
#include "core/signin_memory.h"
#include "tests/remove_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void a_step_down_is_told_once_and_a_step_up_never(void **state)
{
    (void)state;
    g_autofree char *directory = g_dir_make_tmp("postern-memory-XXXXXX", NULL), *path = g_build_filename(directory, "mail.db", NULL);
    store *db = store_open(path, STORE_WORKER, NULL);
    assert_non_null(db);
    const struct {
        const char *method;
        bool is_told;
    } rows[] = { { "PLAIN", false },
                 { "SCRAM-SHA-256", false },
                 { "SCRAM-SHA-256-PLUS", false },
                 { "SCRAM-SHA-256", true },
                 { "SCRAM-SHA-256", false },
                 { "PLAIN", true },
                 { "LOGIN", false },
                 { NULL, false } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *sentence = signin_memory_note(db, "work", false, "mail.example.test", rows[i].method);
        assert_int_equal(sentence != NULL, rows[i].is_told);
        assert_true(sentence == NULL || strstr(sentence, "mail.example.test") != NULL);
    }
    g_autofree char *last = signin_memory_last(db, "work", false), *other = signin_memory_last(db, "work", true);
    assert_string_equal(last, "LOGIN");
    assert_null(other);
    store_close(db);
    remove_tree(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_step_down_is_told_once_and_a_step_up_never) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
