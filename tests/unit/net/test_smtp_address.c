/* SPDX-License-Identifier: MIT */
/* What may stand in MAIL and RCPT, and how. */
#include "net/smtp_address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void addresses_reach_the_line_in_the_form_it_knows(void **state)
{
    (void)state;
    static const struct {
        const char *address, *wire, *wire_utf8; /* NULL: refused */
        bool needs_utf8;
    } rows[] = {
        { "ada@example.test", "ada@example.test", "ada@example.test", false },
        { "Ada.L+x@Example.TEST", "Ada.L+x@Example.TEST", "Ada.L+x@Example.TEST", false },
        { "ada@b\xc3\xbc"
          "cher.example",
          "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", false },
        { "ada@B\xc3\x9c"
          "CHER.example",
          "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", false }, /* UTS 46 maps */
        { "ada@stra\xc3\x9f"
          "e.example",
          "ada@xn--strae-oqa.example", "ada@xn--strae-oqa.example", false }, /* not "strasse" */
        { "ada@\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "ada@xn--r8jz45g.xn--zckzah",
          "ada@xn--r8jz45g.xn--zckzah", false }, /* an ideographic full stop */
        { "j\xc3\xbcrgen@example.test", NULL, "j\xc3\xbcrgen@example.test", true },
        { "\"Ada L\"@example.test", "\"Ada L\"@example.test", "\"Ada L\"@example.test", false },
        { "\"a\\\"@b\"@example.test", "\"a\\\"@b\"@example.test", "\"a\\\"@b\"@example.test", false },
        { "ada@[192.0.2.1]", "ada@[192.0.2.1]", "ada@[192.0.2.1]", false },
        { "-oQ/tmp@example.test", "-oQ/tmp@example.test", "-oQ/tmp@example.test", false },
        { "\"a\"> SIZE=1\"@example.test", NULL, NULL, false },
        { "\"a>b\"@example.test", NULL, NULL, false },
        { "ada l@example.test", NULL, NULL, false },
        { "\"ada l@example.test", NULL, NULL, false },
        { "ada@example.test\r\nDATA", NULL, NULL, false },
        { "ada@", NULL, NULL, false },
        { "@example.test", NULL, NULL, false },
        { "ada@exa mple.test", NULL, NULL, false },
        { "ada@-.\xc3\xbc..test", NULL, NULL, false },
        { "\xff@example.test", NULL, NULL, false },
        { "", NULL, NULL, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int has_utf8 = 0; has_utf8 < 2; has_utf8++) {
            bool needs_utf8 = false;
            const char *why = NULL, *wanted = has_utf8 ? rows[i].wire_utf8 : rows[i].wire;
            g_autofree char *wire = smtp_address_to_wire(rows[i].address, has_utf8, &needs_utf8, &why);
            if (g_strcmp0(wire, wanted) != 0)
                fail_msg("%s: %s instead of %s", rows[i].address, wire != NULL ? wire : why, wanted);
            assert_int_equal(wire == NULL, why != NULL);
            assert_int_equal(needs_utf8, wire != NULL && rows[i].needs_utf8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(addresses_reach_the_line_in_the_form_it_knows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
