/* SPDX-License-Identifier: MIT */
/* Programs for types, as mailcap files say. */
#include "ui/mailcap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static char *found(const char *mailcap, const char *type)
{
    struct mailcap_view view;
    if (!mailcap_find(mailcap, type, "utf-8; rm", "/tmp/a b;c.pdf", &view))
        return g_strdup("none");
    g_autofree char *words = g_strjoinv("|", view.words);
    char *all = g_strdup_printf("%s%s%s%s", words, view.needs_terminal ? " terminal" : "", view.is_copious ? " copious" : "",
                                view.wants_input ? " input" : "");
    mailcap_view_clear(&view);
    return all;
}

static void the_program_for_a_type_is_found(void **state)
{
    (void)state;
    static const char *const samples[][3] = {
        { "application/pdf; cat '%s'; needsterminal", "application/pdf", "cat|/tmp/a b;c.pdf terminal" },
        { "# text/*; no\ntext/*; cat %s; copiousoutput", "text/html", "cat|/tmp/a b;c.pdf copious" },
        { "image; cat %s", "image/png", "cat|/tmp/a b;c.pdf" },
        { "image/png; \\\n cat --x=a\\;b \\\n %s", "image/png", "cat|--x=a;b|/tmp/a b;c.pdf" },
        { "text/plain; cat -t %t -c %{charset} %%", "text/plain", "cat|-t|text/plain|-c|utf-8rm|% input" },
        { "text/plain; cat %s; test=rm -rf x\ntext/plain; cat -n %s", "text/plain", "cat|-n|/tmp/a b;c.pdf" },
        { "text/plain; cat %s | sh\ntext/plain; true %s", "text/plain", "true|/tmp/a b;c.pdf" },
        { "text/plain; sh -c 'cat %s'\ntext/plain; true %s", "text/plain", "true|/tmp/a b;c.pdf" },
        { "text/plain; sh -c \"cat '%s'\"", "text/plain", "none" },
        { "text/plain; sh -c %s", "text/plain", "none" },
        { "text/plain; no-such-program-here %s", "text/plain", "none" },
        { "text/plain", "text/plain", "none" },
        { "text/plain; cat 'open", "text/plain", "none" },
        { "", "text/plain", "none" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *words = found(samples[i][0], samples[i][1]);
        assert_string_equal(words, samples[i][2]);
    }
}

/* A shell that a mailcap file calls reads the name of the file, which came with the mail. */
static void a_shell_gets_only_names_that_are_no_commands(void **state)
{
    (void)state;
    static const char entry[] = "text/plain; sh -c 'cat %s'";
    static const char *const commands[] = { "/r/$(x).txt", "/r/a;x.txt", "/r/a b.txt", "/r/`x`", "/r/a'x",
                                            "/r/a\nx",     "/r/a&x",     "/r/a|x",     "/r/*" };
    struct mailcap_view view;
    assert_true(mailcap_find(entry, "text/plain", NULL, "/run/user/0/Report_2.final.txt", &view));
    assert_string_equal(view.words[2], "cat /run/user/0/Report_2.final.txt");
    mailcap_view_clear(&view);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        assert_false(mailcap_find(entry, "text/plain", NULL, commands[i], &view));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_program_for_a_type_is_found),
                                        cmocka_unit_test(a_shell_gets_only_names_that_are_no_commands) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
