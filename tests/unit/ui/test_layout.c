/* SPDX-License-Identifier: MIT */
/* Geometry at every size: nothing overlaps, nothing leaves the screen. */
#include "ui/layout.h"
#include <stdbool.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool overlap(struct rect a, struct rect b)
{
    if (a.rows == 0 || b.rows == 0 || a.columns == 0 || b.columns == 0)
        return false;
    return a.row < b.row + b.rows && b.row < a.row + a.rows && a.column < b.column + b.columns && b.column < a.column + a.columns;
}

static void check(int rows, int columns, struct layout_wishes wishes)
{
    struct layout layout = layout_of(rows, columns, &wishes);
    struct rect rects[] = { layout.header, layout.top_line, layout.bottom_line, layout.status,
                            layout.hints,  layout.panes[0], layout.panes[1],    layout.panes[2] };
    int shown = 0;
    if (layout.is_too_small)
        return;
    for (size_t i = 0; i < sizeof rects / sizeof *rects; i++) {
        assert_true(rects[i].row >= 0 && rects[i].column >= 0);
        assert_true(rects[i].row + rects[i].rows <= rows && rects[i].column + rects[i].columns <= columns);
        shown += i >= 5 && rects[i].columns > 0;
        for (size_t j = i + 1; j < sizeof rects / sizeof *rects; j++)
            assert_false(overlap(rects[i], rects[j]));
    }
    assert_true(shown >= 1);
    if (wishes.focus == PANE_READER && wishes.has_reader)
        assert_true(layout.panes[PANE_READER].columns > 0);
}

static void no_pane_overlaps_another_at_any_size(void **state)
{
    (void)state;
    for (int rows = 1; rows <= 70; rows += 3)
        for (int columns = 1; columns <= 260; columns += 7)
            for (int bits = 0; bits < 96; bits++)
                check(rows, columns,
                      (struct layout_wishes){ .has_folders = bits & 1,
                                              .has_reader = bits & 2,
                                              .kind = (enum layout_kind)(bits / 4 % 4),
                                              .folders_columns = bits & 16 ? 200 : 0,
                                              .list_percent = bits & 16 ? columns % 100 : 0,
                                              .focus = (enum pane)(bits / 32) });
}

static void the_three_widths_show_one_two_and_three_panes(void **state)
{
    (void)state;
    struct layout_wishes wishes = { .has_folders = true, .has_reader = true, .focus = PANE_READER };
    struct layout narrow = layout_of(24, 80, &wishes), middle = layout_of(30, 120, &wishes), wide = layout_of(50, 180, &wishes);
    assert_int_equal(narrow.panes[PANE_READER].columns, 80);
    assert_int_equal(narrow.panes[PANE_LIST].columns, 0);
    assert_true(middle.panes[PANE_FOLDERS].columns > 0 && middle.panes[PANE_LIST].columns == 0 && middle.panes[PANE_READER].columns > 0);
    assert_true(wide.panes[PANE_FOLDERS].columns > 0 && wide.panes[PANE_LIST].columns > 0 && wide.panes[PANE_READER].columns > 0);
}

static void panes_are_as_many_as_somebody_wants(void **state)
{
    (void)state;
    struct layout_wishes wishes = { .has_folders = true, .has_reader = true, .focus = PANE_READER, .kind = LAYOUT_THREE };
    struct layout three = layout_of(24, 80, &wishes), wide = layout_of(24, 130, &wishes);
    assert_true(three.panes[PANE_FOLDERS].columns > 0 && three.split_row > 0 && three.panes[PANE_READER].rows > 0);
    assert_true(wide.reader_line > 0);
    wishes.kind = LAYOUT_TWO;
    struct layout two = layout_of(24, 80, &wishes);
    assert_true(two.panes[PANE_FOLDERS].columns > 0 && two.panes[PANE_LIST].columns == 0 && two.panes[PANE_READER].columns > 0);
    wishes.focus = PANE_LIST;
    two = layout_of(24, 80, &wishes);
    assert_true(two.panes[PANE_LIST].columns > 0); /* who goes to the list sees it */
    wishes.kind = LAYOUT_ONE;
    assert_int_equal(layout_of(60, 250, &wishes).panes[PANE_LIST].columns, 250);
}

static void a_linear_screen_has_one_pane_however_wide_it_is(void **state)
{
    (void)state;
    struct layout_wishes wishes = { .has_folders = true, .has_reader = true, .is_linear = true, .focus = PANE_LIST };
    struct layout wide = layout_of(50, 240, &wishes);
    assert_int_equal(wide.panes[PANE_LIST].columns, 240);
    assert_int_equal(wide.panes[PANE_FOLDERS].columns, 0);
    assert_int_equal(wide.panes[PANE_READER].columns, 0);
}

static void below_60_by_15_it_says_so(void **state)
{
    (void)state;
    struct layout_wishes wishes = { .focus = PANE_LIST };
    assert_true(layout_of(14, 80, &wishes).is_too_small);
    assert_true(layout_of(24, 59, &wishes).is_too_small);
    assert_false(layout_of(15, 60, &wishes).is_too_small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_pane_overlaps_another_at_any_size),
        cmocka_unit_test(the_three_widths_show_one_two_and_three_panes),
        cmocka_unit_test(panes_are_as_many_as_somebody_wants),
        cmocka_unit_test(a_linear_screen_has_one_pane_however_wide_it_is),
        cmocka_unit_test(below_60_by_15_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
