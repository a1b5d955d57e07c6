/* SPDX-License-Identifier: MIT */
/* Which mechanism is chosen, and what it says. */
#include "net/error.h"
#include "net/sasl.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void the_strongest_offered_and_allowed_mechanism_is_chosen(void **state)
{
    (void)state;
    const struct {
        const char *offered[5], *auth;
        bool may_send_cleartext;
        const char *chosen;
    } rows[] = {
        { { "LOGIN", "PLAIN" }, "auto", true, "PLAIN" },   { { "LOGIN", "PLAIN" }, NULL, true, "PLAIN" },
        { { "login", "XOAUTH2" }, "", true, "LOGIN" },     { { "LOGIN", "PLAIN" }, "login", true, "LOGIN" },
        { { "LOGIN", "PLAIN" }, "LOGIN", true, "LOGIN" },  { { "PLAIN" }, "login", true, NULL },
        { { "PLAIN" }, "scram-sha-256", true, NULL },      { { "PLAIN", "LOGIN" }, "auto", false, NULL },
        { { "PLAINTEXT", "XPLAIN" }, "auto", true, NULL }, { { NULL }, "auto", true, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *chosen = net_sasl_choose(rows[i].offered, rows[i].auth, rows[i].may_send_cleartext);
        if (rows[i].chosen == NULL)
            assert_null(chosen);
        else
            assert_string_equal(chosen, rows[i].chosen);
    }
}

static void plain_says_user_and_password_at_once(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "älice", .password = "pä\"ss %n\\" };
    g_autoptr(net_sasl) sasl = net_sasl_start("PLAIN", &credentials, "imap", "mail.example.test", NULL);
    assert_true(net_sasl_is_client_first(sasl));
    char *answer = NULL;
    assert_true(net_sasl_step(sasl, NULL, &answer, NULL));
    gsize length = 0;
    g_autofree guchar *bytes = g_base64_decode(answer, &length);
    assert_int_equal(length, strlen("älice") + strlen("pä\"ss %n\\") + 2);
    assert_memory_equal(bytes, "\0älice\0pä\"ss %n\\", length);
    net_secret_free(answer);
}

static void login_answers_two_questions_whatever_they_are(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    const char *const questions[][2] = { { "VXNlcm5hbWU6", "UGFzc3dvcmQ6" }, { "", "" }, { "Username:", "not base64!" } };
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(net_sasl) sasl = net_sasl_start("LOGIN", &credentials, "smtp", "mail.example.test", NULL);
        assert_false(net_sasl_is_client_first(sasl));
        char *user = NULL, *password = NULL;
        assert_true(net_sasl_step(sasl, questions[i][0], &user, NULL));
        assert_true(net_sasl_step(sasl, questions[i][1], &password, NULL));
        assert_string_equal(user, "YWxpY2U=");
        assert_string_equal(password, "c2VzYW1l");
        net_secret_free(user);
        net_secret_free(password);
    }
}

static void too_many_questions_and_unknown_mechanisms_are_errors(void **state)
{
    (void)state;
    const struct net_credentials credentials = { .user = "alice", .password = "sesame" };
    g_autoptr(GError) unknown = NULL, more = NULL;
    assert_null(net_sasl_start("FANCY", &credentials, "smtp", "mail.example.test", &unknown));
    assert_true(g_error_matches(unknown, NET_ERROR, NET_ERROR_AUTH));
    g_autoptr(net_sasl) sasl = net_sasl_start("LOGIN", &credentials, "smtp", "mail.example.test", NULL);
    bool is_answered = true;
    for (int i = 0; i < 5 && is_answered; i++) {
        char *answer = NULL;
        is_answered = net_sasl_step(sasl, "", &answer, &more);
        net_secret_free(answer);
    }
    assert_false(is_answered);
    assert_true(g_error_matches(more, NET_ERROR, NET_ERROR_AUTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_offered_and_allowed_mechanism_is_chosen),
        cmocka_unit_test(plain_says_user_and_password_at_once),
        cmocka_unit_test(login_answers_two_questions_whatever_they_are),
        cmocka_unit_test(too_many_questions_and_unknown_mechanisms_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
