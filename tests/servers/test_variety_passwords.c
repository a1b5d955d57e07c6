/* SPDX-License-Identifier: MIT */
/* Odd user names and odd passwords on a real Dovecot and Postfix: IMAP, POP3 and SMTP, by each method to sign in. */
#include "tests/servers/server_site_own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define LONG_60 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW."

static const char long_password[] = LONG_60 LONG_60 LONG_60 LONG_60, long_name[] = LONG_60 LONG_60 "@example.test";

/* Without tabs and control characters below: Dovecot 2.3 knows none in a password-file. */
static const char *const passwords[] = {
    " begins with a blank",
    "ends with a blank ",
    "two  blanks",
    "quote\"s 'of` all kinds\"",
    "back\\slash\\\\end\\",
    "\\",
    "\"",
    "100%s%n%d%%25",
    "*",
    "=",
    "{5}",
    "{5+}",
    "NIL",
    "()[]<>",
    "]]>&amp;",
    "#comment ; = $HOME `id`",
    "AUTHENTICATE",
    ".",
    "+",
    "~/x",
    "gr\xc3\xb6\xc3\x9fte",
    "u\xcc\x88 decomposed",
    "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c",
    "\xf0\x9f\x94\x91\xf0\x9f\x97\x9d\xef\xb8\x8f",
    "not\xc2\xa0to break \xe2\x84\xab \xc2\xaa \xc5\xbf",
    "soft\xc2\xadhyphen",
    "\xe2\x80\x8fright to left \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    "control \x7f",
    long_password,
};

static const char *const names[] = {
    "erin",
    "erin@example.test",
    "Erin.O'Neil@example.test",
    "erin+tag@example.test",
    "\"erin o\"@example.test",
    "erin o",
    "EXAMPLE\\erin",
    "erin%example.test",
    "j\xc3\xbcrgen",
    "\xe7\x94\xa8\xe6\x88\xb7@example.test",
    "\xd0\xbe\xd0\xbb\xd1\x8f",
    "{3}",
    "NIL",
    "a*b(c)",
    "-f",
    long_name,
};

static server *servers;

static char *user_of(size_t password)
{
    return g_strdup_printf("user%zu", password);
}

/* The password in base64: it may have whatever its file parts fields with. The name as Dovecot looks for it: with a backslash before each of these. */
static void add_user(GString *text, const char *name, const char *password)
{
    g_autofree char *coded = g_base64_encode((const guchar *)password, strlen(password));
    for (const char *p = name; *p != '\0'; p++) {
        if (strchr("\"'\\", *p) != NULL)
            g_string_append_c(text, '\\');
        g_string_append_c(text, *p);
    }
    g_string_append_printf(text, ":{PLAIN.b64}%s::::::\n", coded);
}

static char *users_file(void)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++) {
        g_autofree char *name = user_of(i);
        add_user(text, name, passwords[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_user(text, names[i], SERVER_PASSWORD);
    return g_string_free(text, FALSE);
}

/* Reading and sending: by IMAP, and if two ways are wanted by POP3, with another security each. How many did not work. */
static unsigned try_both(const char *user, const char *password, const char *auth, size_t ways)
{
    static const enum matrix_row ins[] = { MATRIX_IMAP_SSL, MATRIX_POP3_TLS }, outs[] = { MATRIX_SUBMISSION_TLS, MATRIX_SMTP_SSL };
    struct site site = site_of_server(servers, auth != NULL ? auth : "auto", MATRIX_VERIFIED);
    site.user = user;
    site.password = password;
    site.auth = auth;
    unsigned complaints = 0;
    for (size_t i = 0; i < MIN(ways, G_N_ELEMENTS(ins)); i++) {
        g_autofree char *complaint = site_check(&site, site_door_of(ins[i]), site_door_of(outs[i]), POSTERN_PROGRAM);
        if (complaint == NULL)
            continue;
        fprintf(stderr, "user \"%s\" password \"%s\": %.1500s\n", user, password, complaint);
        complaints++;
    }
    return complaints;
}

static void try_passwords(const char *auth)
{
    unsigned complaints = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++) {
        g_autofree char *name = user_of(i);
        complaints += try_both(name, passwords[i], auth, auth == NULL ? 2 : 1);
    }
    assert_int_equal(complaints, 0);
}

static void odd_passwords_sign_in(void **state)
{
    (void)state;
    try_passwords(NULL);
}

static void odd_passwords_sign_in_by_plain(void **state)
{
    (void)state;
    try_passwords("plain");
}

static void odd_passwords_sign_in_by_login(void **state)
{
    (void)state;
    try_passwords("login");
}

static void odd_user_names_sign_in(void **state)
{
    static const char *const auths[] = { NULL, "plain", "login" };
    unsigned complaints = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
            complaints += try_both(names[k], SERVER_PASSWORD, auths[i], auths[i] == NULL ? 2 : 1);
    assert_int_equal(complaints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(odd_passwords_sign_in), cmocka_unit_test(odd_passwords_sign_in_by_plain),
                                        cmocka_unit_test(odd_passwords_sign_in_by_login), cmocka_unit_test(odd_user_names_sign_in) };
    g_autofree char *why_not = NULL, *users = users_file();
    servers =
        server_start_with(&(struct server_options){ .users = users,
                                                    .dovecot = "auth_username_chars =\nauth_username_format = %u\n"
                                                               "auth_mechanisms = plain login scram-sha-1 scram-sha-256 cram-md5\n"
                                                               "service anvil {\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}\n" },
                          &why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
