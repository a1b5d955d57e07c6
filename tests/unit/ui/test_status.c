/* SPDX-License-Identifier: MIT */
/* The header's words for what is under way. */
#include "ui/status.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void a_title_gives_up_its_account_first(void **state)
{
    static const struct {
        const char *title, *wanted;
        int room;
    } cases[] = {
        { "Work ▸ INBOX: headers", "Work ▸ INBOX: headers", 21 },
        { "Work ▸ INBOX: headers", "INBOX: headers", 20 },
        { "Work ▸ INBOX: headers", "INBOX: headers", 14 },
        { "Work ▸ INBOX: headers", "INBOX: heade…", 13 },
        { "Work ▸ 受信箱: 見出し", "受信箱: 見…", 11 },
        { "Making the index of all mail", "Making the…", 11 },
        { "Work ▸ INBOX: headers", "…", 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct status_job job = { .title = (char *)cases[i].title };
        g_autofree char *title = status_job_title(&job, cases[i].room);
        assert_string_equal(title, cases[i].wanted);
    }
}

int main(void)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_title_gives_up_its_account_first) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
