/* SPDX-License-Identifier: MIT */
/* What terminals answer when they are asked how they draw pictures, and what follows from it. */
#include "ui/picture_terminal.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct picture_answers answers_of(const char *const *words)
{
    struct picture_answers self = { 0 };
    for (; *words != NULL; words++)
        picture_answers_take(&self, *words);
    return self;
}

static void a_terminal_draws_as_it_says_it_can(void **state)
{
    (void)state;
    static const struct {
        const char *words[4];
        const char *wish;
        bool is_within_other;
        int width, height; /* of the window, as the system says */
        enum picture_way way;
        int cell_width, cell_height;
    } samples[] = {
        { { "[?62;4;6c" }, "auto", false, 800, 480, PICTURE_SIXEL, 10, 20 },
        { { "[6;16;8t", "[?63;1;2;4c" }, "auto", false, 0, 0, PICTURE_SIXEL, 8, 16 },
        { { "[4;432;720t", "[?64;4c" }, "auto", false, 0, 0, PICTURE_SIXEL, 9, 18 },
        { { "[?62;4c" }, "auto", false, 0, 0, PICTURE_CELLS, 0, 0 },      /* nobody knows how large its letters are */
        { { "[?4;6c" }, "auto", false, 800, 480, PICTURE_CELLS, 10, 20 }, /* a VT132 */
        { { "[?62;22;44c" }, "auto", false, 800, 480, PICTURE_CELLS, 10, 20 },
        { { "_Gi=1;OK", "[?62;4c" }, "auto", false, 800, 480, PICTURE_KITTY, 10, 20 },
        { { "_Gi=1;OK", "[?62c" }, "auto", false, 0, 0, PICTURE_KITTY, 0, 0 },
        { { "_Gi=1;ENOTSUP:no", "[?62c" }, "auto", false, 0, 0, PICTURE_CELLS, 0, 0 },
        { { "_Gi=1;OK", "[?62;4c" }, "sixel", false, 800, 480, PICTURE_SIXEL, 10, 20 },
        { { "_Gi=1;OK", "[?62;4c" }, "blocks", false, 800, 480, PICTURE_CELLS, 10, 20 },
        { { NULL }, "kitty", false, 0, 0, PICTURE_KITTY, 0, 0 },
        { { NULL }, "kitty", true, 0, 0, PICTURE_CELLS, 0, 0 },
        { { "[?62;4c" }, "auto", true, 800, 480, PICTURE_SIXEL, 10, 20 }, /* tmux itself draws them */
        { { "[6;99999;99999t", "[?62;4c" }, "auto", false, 0, 0, PICTURE_CELLS, 0, 0 },
        { { NULL }, "auto", false, 65535, 65535, PICTURE_CELLS, 0, 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        struct picture_answers answers = answers_of(samples[i].words);
        const struct picture_surroundings here = {
            samples[i].wish, samples[i].is_within_other, 24, 80, samples[i].width, samples[i].height
        };
        struct picture_terminal self = picture_terminal_of(&answers, &here);
        if (self.way != samples[i].way || self.cell_width != samples[i].cell_width || self.cell_height != samples[i].cell_height)
            fail_msg("sample %zu: %d %d × %d", i, (int)self.way, self.cell_width, self.cell_height);
    }
}

static void what_is_no_answer_changes_nothing(void **state)
{
    (void)state;
    static const char *const samples[] = { "",          "[",      "[?",         "[?1;2R",        "[A",    "_Gi=2;OK", "_G",
                                           "[8;24;80t", "[6;16t", "[6;16;8;4t", "]11;rgb:0/0/0", "[200~", "[;;;;t" };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        struct picture_answers answers = { 0 };
        if (picture_answers_take(&answers, samples[i]) || answers.is_over || answers.has_kitty || answers.has_sixel ||
            answers.cell_width != 0)
            fail_msg("%s", samples[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_draws_as_it_says_it_can),
        cmocka_unit_test(what_is_no_answer_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
