/* SPDX-License-Identifier: MIT */
/* Tags as people name them, and the keywords they are. */
#include "core/tag.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void a_name_becomes_an_atom_and_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *name, *keyword, *shown;
    } names[] = {
        { "work", "work", "work" },          { "  to read  ", "to_read", "to_read" }, { "café", "caf&AOk-", "café" },
        { "caf&AOk-", "caf&AOk-", "café" },  { "Important", "$label1", "Important" }, { "R&D", "R&-D", "R&D" },
        { "日本", "&ZeVnLA-", "日本" },      { "a*b(c)", "a_b_c_", "a_b_c_" },        { "cafe\xcc\x81", "caf&AOk-", "café" },
        { "$label9", "$label9", "$label9" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *keyword = tag_keyword(names[i].name, &error);
        assert_null(error);
        assert_string_equal(keyword, names[i].keyword);
        g_autofree char *shown = tag_name(keyword);
        assert_string_equal(shown, names[i].shown);
    }
}

static void what_cannot_be_a_tag_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const names[] = { "",
                                         "   ",
                                         "$Junk",
                                         "$muted",
                                         "postern-snooze-20260101T0000Z",
                                         "\xff\xfe",
                                         "a name that is much longer than what the servers are ready to keep for anybody" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *keyword = tag_keyword(names[i], &error);
        if (keyword != NULL)
            fail_msg("%s became %s", names[i], keyword);
        assert_non_null(error);
    }
}

static void lists_are_changed_without_regard_to_case(void **state)
{
    (void)state;
    g_autofree char *more = tag_list_change("work $Junk", "Work home", NULL), *less = tag_list_change(more, NULL, "HOME work");
    assert_string_equal(more, "work $Junk home");
    assert_string_equal(less, "$Junk");
    g_autofree char *none = tag_list_change("a", NULL, "A");
    assert_null(none);
    assert_true(tag_list_has("a work b", "WORK"));
    assert_false(tag_list_has("a works b", "work"));
    assert_false(tag_list_has(NULL, "work"));
    assert_true(tag_list_equal("a b", "B A"));
    assert_true(tag_list_equal(NULL, ""));
    assert_false(tag_list_equal("a b", "a"));
}

static void what_programs_tell_each_other_is_hidden(void **state)
{
    (void)state;
    g_auto(GStrv) names = tag_list_names("$Forwarded work $MDNSent $NotJunk $Phishing postern-snooze-20261122T0800Z caf&AOk- junk");
    g_autofree char *all = g_strjoinv("|", names);
    assert_string_equal(all, "work|Phishing?|café");
    assert_true(tag_is_warning("$phishing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_becomes_an_atom_and_comes_back),
        cmocka_unit_test(what_cannot_be_a_tag_is_refused_with_a_reason),
        cmocka_unit_test(lists_are_changed_without_regard_to_case),
        cmocka_unit_test(what_programs_tell_each_other_is_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
