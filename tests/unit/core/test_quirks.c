/* SPDX-License-Identifier: MIT */
/* The tables of what servers do in their own way. */
#include "core/quirks.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static void folders_are_known_by_their_names_in_many_languages(void **state)
{
    static const struct {
        const char *name;
        enum folder_role role;
    } cases[] = {
        { "Sent Items", FOLDER_SENT },
        { "GESENDETE ELEMENTE", FOLDER_SENT },
        { "Éléments envoyés", FOLDER_SENT },
        { "E\xcc\x81l\xc3\xa9ments envoy\xc3\xa9s", FOLDER_SENT }, /* decomposed, as Apple writes */
        { "보낸 편지함", FOLDER_SENT },
        { "Отправленные", FOLDER_SENT },
        { "Draft", FOLDER_DRAFTS },
        { "Entwürfe", FOLDER_DRAFTS },
        { "Luonnokset", FOLDER_DRAFTS },
        { "Deleted Messages", FOLDER_TRASH },
        { "Gelöschte Elemente", FOLDER_TRASH },
        { "Bin", FOLDER_TRASH },
        { "ゴミ箱", FOLDER_TRASH },
        { "Junk-E-Mail", FOLDER_JUNK },
        { "Junk Email", FOLDER_JUNK },
        { "Bulk", FOLDER_JUNK },
        { "Bulk Mail", FOLDER_JUNK },
        { "Nevyžádaná pošta", FOLDER_JUNK },
        { "Archiv", FOLDER_ARCHIVE },
        { "Archivio", FOLDER_ARCHIVE },
        { "Junk Drawer", FOLDER_NONE },
        { "Sentimental", FOLDER_NONE },
        { "sen", FOLDER_NONE },
        { "", FOLDER_NONE },
        { "Work", FOLDER_NONE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (quirks_role_of_name(cases[i].name) != cases[i].role)
            fail_msg("%s is %d", cases[i].name, (int)quirks_role_of_name(cases[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(folders_are_known_by_their_names_in_many_languages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
