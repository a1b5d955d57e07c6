/* SPDX-License-Identifier: MIT */
/* Mailbox names between UTF-8 and modified UTF-7 (RFC 3501 5.1.3). */
#include "net/imap_private.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct {
    const char *utf8, *wire;
} names[] = {
    { "INBOX", "INBOX" },
    { "R&D", "R&-D" },
    { "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
    { "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
    { "\xf0\x9f\x98\x80", "&2D3eAA-" },
    { "", "" },
};

static void names_go_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *wire = imap_utf7_encode(names[i].utf8), *utf8 = imap_utf7_decode(names[i].wire);
        assert_string_equal(wire, names[i].wire);
        assert_string_equal(utf8, names[i].utf8);
    }
}

static void what_does_not_decode_is_kept_as_it_is(void **state)
{
    (void)state;
    static const char *const wires[] = { "a&", "a&Jjo", "a&Jjo!", "&U,BTFw-&ZeVnLIqe-", "&AGE-", "&2D0-", "&AAA-", "Entw\xfcrfe", "&AB-" };
    for (size_t i = 0; i < G_N_ELEMENTS(wires); i++) {
        g_autofree char *name = imap_utf7_decode(wires[i]);
        assert_string_equal(name, wires[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(what_does_not_decode_is_kept_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
