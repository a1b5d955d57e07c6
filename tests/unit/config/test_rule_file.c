/* SPDX-License-Identifier: MIT */
/* rules.conf: read with its faults, changed without touching what stands around. */
#include "config/rule_file.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

struct fixture {
    char *directory, *path;
};

static int setup(void **state)
{
    struct fixture *self = g_new0(struct fixture, 1);
    self->directory = g_dir_make_tmp("postern-rules-XXXXXX", NULL);
    self->path = g_build_filename(self->directory, "rules.conf", NULL);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *self = *state;
    g_unlink(self->path);
    g_rmdir(self->directory);
    g_free(self->path);
    g_free(self->directory);
    g_free(self);
    return 0;
}

static GPtrArray *load(struct fixture *self)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rules = rule_file_load(self->path, &error);
    if (rules == NULL)
        fail_msg("%s", error->message);
    return rules;
}

static const struct rule_text *at(GPtrArray *rules, guint index)
{
    assert_true(index < rules->len);
    return g_ptr_array_index(rules, index);
}

static char *contents(struct fixture *self)
{
    char *text = NULL;
    assert_true(g_file_get_contents(self->path, &text, NULL, NULL));
    return text;
}

static void a_missing_file_has_no_rules(void **state)
{
    g_autoptr(GPtrArray) rules = load(*state);
    assert_int_equal(rules->len, 0);
}

static void a_rule_is_read_with_all_it_says(void **state)
{
    struct fixture *self = *state;
    assert_true(
        g_file_set_contents(self->path,
                            "# mine\n[Lists & more]\nmatch = list:dev -from:\"a b\"\nmove = Lists/dev\ntag = dev, to read\nflag = yes\n"
                            "read = true\nnotify = no\naccount = work\nstop = 1\n\n[Off]\nenabled = no\nmatch = x\nflag = yes\n",
                            -1, NULL));
    g_autoptr(GPtrArray) rules = load(self);
    assert_int_equal(rules->len, 2);
    const struct rule_text *rule = at(rules, 0);
    assert_null(rule->fault);
    assert_string_equal(rule->name, "Lists & more");
    assert_string_equal(rule->match, "list:dev -from:\"a b\"");
    assert_string_equal(rule->move, "Lists/dev");
    assert_string_equal(rule->tag, "dev, to read");
    assert_string_equal(rule->account, "work");
    assert_true(rule->is_on && rule->is_flag && rule->is_read && rule->is_stop);
    assert_int_equal(rule->notify, RULE_NOTIFY_NO);
    assert_int_equal(rule->line, 2);
    assert_false(at(rules, 1)->is_on);
}

static void a_fault_is_of_its_rule_alone_and_names_the_line(void **state)
{
    struct fixture *self = *state;
    assert_true(g_file_set_contents(self->path,
                                    "[A]\nmatch = x\nflag = perhaps\n[B]\nmatch = x\nmov = Lists\n[C]\nmove = Lists\n[D]\nmatch = x\n"
                                    "[E]\nmatch = x\nread = yes\n",
                                    -1, NULL));
    g_autoptr(GPtrArray) rules = load(self);
    static const char *const words[] = { "rules.conf:3: flag is yes or no", "rules.conf:6: A rule knows no “mov”",
                                         "rules.conf:7: The rule has no match", "rules.conf:9: The rule does nothing" };
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        assert_non_null(at(rules, i)->fault);
        if (strstr(at(rules, i)->fault, words[i]) == NULL)
            fail_msg("%s is not in %s", words[i], at(rules, i)->fault);
    }
    assert_null(at(rules, 4)->fault);
}

static void rules_are_made_changed_moved_and_removed_with_their_comments(void **state)
{
    struct fixture *self = *state;
    assert_true(
        g_file_set_contents(self->path, "# head\n\n# of A\n[A]\nmatch = a\nflag = yes\n\n# of B\n[B]\nmatch = b\nflag = yes\n", -1, NULL));
    assert_true(rule_file_set(self->path, "C", "match", "c", NULL));
    assert_true(rule_file_set(self->path, "C", "read", "yes", NULL));
    assert_true(rule_file_move(self->path, "B", -1, NULL));
    assert_true(rule_file_move(self->path, "B", -1, NULL)); /* is the first already */
    g_autoptr(GPtrArray) moved = load(self);
    assert_string_equal(at(moved, 0)->name, "B");
    assert_string_equal(at(moved, 1)->name, "A");
    assert_string_equal(at(moved, 2)->name, "C");
    g_autofree char *text = contents(self);
    assert_non_null(strstr(text, "# of B\n[B]"));
    assert_non_null(strstr(text, "# of A\n[A]"));
    assert_true(g_str_has_prefix(text, "# head\n"));
    assert_true(rule_file_remove(self->path, "A", NULL));
    g_autofree char *rest = contents(self);
    assert_null(strstr(rest, "of A"));
    g_autoptr(GError) error = NULL;
    assert_false(rule_file_remove(self->path, "A", &error));
    assert_non_null(error);
    assert_true(rule_file_set(self->path, "B", "flag", NULL, NULL));
    g_autoptr(GPtrArray) left = load(self);
    assert_int_equal(left->len, 2);
    assert_false(at(left, 0)->is_flag);
}

static void a_name_that_would_break_the_file_is_refused(void **state)
{
    struct fixture *self = *state;
    static const char *const names[] = { "", " a", "a]b", "a\nb", "a\\b" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(rule_file_set(self->path, names[i], "match", "x", &error));
        assert_non_null(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_missing_file_has_no_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_is_read_with_all_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_is_of_its_rule_alone_and_names_the_line, setup, teardown),
        cmocka_unit_test_setup_teardown(rules_are_made_changed_moved_and_removed_with_their_comments, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_that_would_break_the_file_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
