/* SPDX-License-Identifier: MIT */
/* Folders as a tree, whatever the server calls them and however many there are. */
#include "core/folder_tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void add(GPtrArray *folders, const char *name, char delimiter, enum folder_role role, unsigned flags)
{
    struct folder *box = g_new0(struct folder, 1);
    *box = (struct folder){
        .id = folders->len + 1, .name = g_strdup(name), .delimiter = delimiter, .role = role, .flags = flags, .unread = 1
    };
    g_ptr_array_add(folders, box);
}

static GPtrArray *folders_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
}

/* "Inbox; Lists?; -dev; -users" : "-" for each step down, "?" exists only as a name, "+" folded. */
static char *shown(const GPtrArray *folders, const struct folder_tree_wish *wish)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) rows = folder_tree_rows(folders, wish);
    for (guint i = 0; i < rows->len; i++) {
        const struct folder_node *node = g_ptr_array_index(rows, i);
        g_string_append_printf(out, "%s%.*s%s%s%s", i > 0 ? "; " : "", node->depth - 1, "----------", node->label,
                               node->box == NULL ? "?" : "", node->is_folded ? "+" : "");
        if (node->is_folded)
            g_string_append_printf(out, "%d", (int)node->unread_below);
    }
    return g_string_free(out, FALSE);
}

static void parents_that_exist_only_by_name_are_shown(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) folders = folders_new();
    add(folders, "INBOX", '/', FOLDER_INBOX, 0);
    add(folders, "Lists/dev", '/', FOLDER_NONE, 0);
    add(folders, "Lists/users/de", '/', FOLDER_NONE, 0);
    add(folders, "Work", '/', FOLDER_NONE, 0);
    const struct folder_tree_wish wish = { 0 };
    g_autofree char *rows = shown(folders, &wish);
    assert_string_equal(rows, "INBOX; Lists?; -dev; -users?; --de; Work");
}

static void any_delimiter_will_do_and_none_too(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) courier = folders_new(), windows = folders_new(), flat = folders_new();
    const struct folder_tree_wish home = { .home = "INBOX." }, wish = { 0 };
    add(courier, "INBOX", '.', FOLDER_INBOX, 0);
    add(courier, "INBOX.Sent", '.', FOLDER_SENT, 0);
    add(courier, "INBOX.Work", '.', FOLDER_NONE, 0);
    add(courier, "INBOX.Work.a/b", '.', FOLDER_NONE, 0);
    add(windows, "A\\B", '\\', FOLDER_NONE, 0);
    add(flat, "a/b.c", '\0', FOLDER_NONE, 0);
    g_autofree char *one = shown(courier, &home), *two = shown(windows, &wish), *three = shown(flat, &wish);
    assert_string_equal(one, "INBOX; Sent; Work; -a/b");
    assert_string_equal(two, "A?; -B");
    assert_string_equal(three, "a/b.c");
}

static void odd_names_are_no_odd_tree(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) folders = folders_new();
    const struct folder_tree_wish wish = { 0 };
    g_autofree char *deep = g_strnfill(2000, '/'), *much = g_strdup_printf("x%sy", deep);
    add(folders, "INBOX", '/', FOLDER_INBOX, 0);
    add(folders, "INBOX/Kids", '/', FOLDER_NONE, 0); /* below Inbox, where the server lets that be */
    add(folders, "/abs/path", '/', FOLDER_NONE, 0);
    add(folders, "dir/", '/', FOLDER_NONE, FOLDER_IS_NOSELECT);
    add(folders, "dir/in", '/', FOLDER_NONE, 0);
    add(folders, "gone", '/', FOLDER_NONE, FOLDER_IS_GONE);
    g_autofree char *rows = shown(folders, &wish);
    assert_string_equal(rows, "INBOX; -Kids; abs?; -path; dir; -in");
    add(folders, much, '/', FOLDER_NONE, 0);
    g_autoptr(GPtrArray) all = folder_tree_rows(folders, &wish);
    assert_int_equal(all->len, 7); /* a thousand steps are no tree */
}

static bool folds_lists(void *data, const char *name)
{
    (void)data;
    return strcmp(name, "Lists") == 0;
}

static void a_folded_branch_tells_what_is_unread_in_it(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) folders = folders_new();
    const struct folder_tree_wish wish = { .is_folded = folds_lists };
    add(folders, "Lists", '/', FOLDER_NONE, 0);
    add(folders, "Lists/dev", '/', FOLDER_NONE, 0);
    add(folders, "Lists/users/de", '/', FOLDER_NONE, 0);
    add(folders, "Work", '/', FOLDER_NONE, 0);
    g_autofree char *rows = shown(folders, &wish);
    assert_string_equal(rows, "Lists+2; Work");
}

static void only_what_is_subscribed_and_what_leads_there(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) folders = folders_new();
    const struct folder_tree_wish wish = { .is_subscribed_only = true, .shown_id = 6 };
    add(folders, "INBOX", '/', FOLDER_INBOX, 0);
    add(folders, "a", '/', FOLDER_NONE, 0);
    add(folders, "a/b", '/', FOLDER_NONE, FOLDER_IS_SUBSCRIBED);
    add(folders, "a/c", '/', FOLDER_NONE, 0);
    add(folders, "d", '/', FOLDER_NONE, 0);
    add(folders, "e", '/', FOLDER_NONE, 0); /* open */
    g_autofree char *rows = shown(folders, &wish);
    assert_string_equal(rows, "INBOX; a; -b; e");
}

static void ten_thousand_folders_are_a_tree_at_once(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) folders = folders_new();
    const struct folder_tree_wish wish = { 0 };
    for (int i = 0; i < 10000; i++) {
        g_autofree char *name = g_strdup_printf("group %d/folder %d", i / 100, i);
        add(folders, name, '/', FOLDER_NONE, 0);
    }
    int64_t begun = g_get_monotonic_time();
    g_autoptr(GPtrArray) rows = folder_tree_rows(folders, &wish);
    print_message("10 000 folders: %.1f ms\n", (double)(g_get_monotonic_time() - begun) / 1000.0);
    assert_int_equal(rows->len, 10100);
}

static void the_way_up_is_known(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) parents = folder_tree_parents("INBOX.Work.2026.May", '.', "INBOX.");
    assert_int_equal(parents->len, 2);
    assert_string_equal(g_ptr_array_index(parents, 0), "INBOX.Work.2026");
    assert_string_equal(g_ptr_array_index(parents, 1), "INBOX.Work");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parents_that_exist_only_by_name_are_shown),
        cmocka_unit_test(any_delimiter_will_do_and_none_too),
        cmocka_unit_test(odd_names_are_no_odd_tree),
        cmocka_unit_test(a_folded_branch_tells_what_is_unread_in_it),
        cmocka_unit_test(only_what_is_subscribed_and_what_leads_there),
        cmocka_unit_test(ten_thousand_folders_are_a_tree_at_once),
        cmocka_unit_test(the_way_up_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
