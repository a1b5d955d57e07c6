/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* The real program with the mail services that cannot run here, as their profiles show them: every cell of the matrix that a service offers, and
 * what a person does there: reads, flags, archives, deletes, sends with exactly one copy in Sent. */
#include "tests/servers/server_matrix.h"
#include "tests/servers/profile_home.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char *const names[] = { "exchange-2007", "exchange-2010", "gmail", "yahoo", "office365", "icloud" };

static profile_server *start(const char *name)
{
    g_autofree char *why_not = NULL;
    profile_server *server = profile_start(name, &why_not);
    if (server == NULL)
        fail_msg("%s", why_not);
    return server;
}

static void expect_ok(struct profile_home *home, const char *what, int status)
{
    g_autofree char *log = profile_log(home->server);
    if (status != 0) {
        fprintf(stderr, "%s\n%s\n", home->output, log); /* cmocka cuts long texts */
        fail_msg("%s: %s: exit %d", profile_title(home->server), what, status);
    }
}

static void expect_said(struct profile_home *home, const char *words)
{
    if (strstr(home->output, words) == NULL)
        fail_msg("%s: there is no \"%s\" in:\n%s", profile_title(home->server), words, home->output);
}

static void expect_count(struct profile_home *home, const char *folder, const char *message_id, int wanted)
{
    int found = folder != NULL ? profile_count(home->server, folder, message_id) : -1;
    g_autofree char *log = profile_log(home->server);
    if (found == wanted)
        return;
    fprintf(stderr, "%s\n%s\n", home->output, log);
    fail_msg("%s: %d of %s in %s, not %d", profile_title(home->server), found, message_id != NULL ? message_id : "all",
             folder != NULL ? folder : "no folder", wanted);
}

/* --- the cells --- */
static void try_reading(const char *name, const char *cell)
{
    g_autoptr(profile_server) server = start(name);
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, cell, NULL);
    expect_ok(home, cell, profile_home_run(home, "check", NULL));
    expect_ok(home, cell, profile_home_run(home, "sync", NULL));
    if (profile_home_number(home, "SELECT count(*) FROM placements p JOIN folders f ON f.id = p.folder_id WHERE f.role = 1") != 2)
        fail_msg("%s %s: the two messages of the Inbox are not here\n%s", profile_title(server), cell, home->output);
}

static void try_sending(const char *name, const char *cell)
{
    g_autoptr(profile_server) server = start(name);
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", cell);
    g_autofree char *message =
        g_strdup_printf("From: Alice <%s>\nTo: <%s>\nSubject: To myself\nMessage-ID: <self@example.test>\n\nHello.\n",
                        profile_address(server), profile_address(server));
    expect_ok(home, cell, profile_home_send(home, message));
    expect_count(home, profile_folder(server, "inbox"), "<self@example.test>", 1);
}

static const struct {
    const char *cell;
    enum matrix_row row;
} rows[] = {
    { "pop3-plain", MATRIX_POP3_PLAIN },
    { "pop3-ssl", MATRIX_POP3_SSL },
    { "pop3-tls", MATRIX_POP3_TLS },
    { "imap4-plain", MATRIX_IMAP_PLAIN },
    { "imap4-ssl", MATRIX_IMAP_SSL },
    { "imap4-tls", MATRIX_IMAP_TLS },
    { "smtp-plain", MATRIX_SMTP_PLAIN },
    { "smtp-ssl", MATRIX_SMTP_SSL },
    { "smtp-submission-tls", MATRIX_SUBMISSION_TLS },
    { "smtp-submission-ssl", MATRIX_SUBMISSION_SSL },
    { "smtp-tls", MATRIX_SMTP_TLS },
};

static void mail_goes_through_every_cell_that_a_service_offers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
            bool is_offered = profile_port(server, rows[k].cell) != 0;
            if (is_offered && rows[k].cell[0] == 's')
                try_sending(names[i], rows[k].cell);
            else if (is_offered)
                try_reading(names[i], rows[k].cell);
            matrix_record(profile_title(server), rows[k].row, is_offered ? MATRIX_PROFILE : MATRIX_NOT_OFFERED);
        }
    }
}

/* --- what a person does --- */
static void roles_are_found_whatever_the_folders_are_called(void **state)
{
    static const struct {
        const char *role;
        int number; /* enum folder_role */
    } roles[] = { { "inbox", 1 }, { "drafts", 2 }, { "sent", 3 }, { "archive", 4 }, { "junk", 5 }, { "trash", 6 }, { "all", 7 } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        for (size_t k = 0; k < G_N_ELEMENTS(roles); k++) {
            const char *name = profile_folder(server, roles[k].role);
            if (name == NULL)
                continue;
            g_autofree char *found = profile_home_text(home, "SELECT name FROM folders WHERE role = ?", roles[k].number);
            if (found == NULL || g_ascii_strcasecmp(found, name) != 0)
                fail_msg("%s: %s is %s, not %s", names[i], roles[k].role, found != NULL ? found : "nowhere", name);
        }
        expect_ok(home, "check", profile_home_run(home, "check", NULL)); /* and the doctor sees the same */
        g_autofree char *trash = g_strconcat("Trash: ", profile_folder(server, "trash"), NULL),
                        *junk = g_strconcat("Junk: ", profile_folder(server, "junk"), NULL);
        expect_said(home, trash);
        expect_said(home, junk);
        if (profile_folder(server, "all") != NULL)
            expect_said(home, "Archive: [Gmail]/All Mail");
    }
}

static void flags_go_to_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        const char *inbox = profile_folder(server, "inbox");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        assert_true(profile_deliver(server, inbox, "From: a@example.test\nSubject: one\nMessage-ID: <one@example.test>\n\none\n"));
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        profile_home_flag(home, "one@example.test");
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        assert_true(profile_has_flag(server, inbox, "<one@example.test>", "\\Seen"));
        assert_true(profile_has_flag(server, inbox, "<one@example.test>", "\\Flagged"));
    }
}

static void deleting_is_a_way_into_the_trash(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        const char *inbox = profile_folder(server, "inbox"), *all = profile_folder(server, "all");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        assert_true(profile_deliver(server, inbox, "From: a@example.test\nSubject: one\nMessage-ID: <one@example.test>\n\none\n"));
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        profile_home_delete(home, "one@example.test");
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        expect_count(home, inbox, "<one@example.test>", 0);
        expect_count(home, profile_folder(server, "trash"), "<one@example.test>", 1);
        if (all != NULL)
            expect_count(home, all, "<one@example.test>", 0);
        expect_count(home, inbox, NULL, 2); /* the others stay */
    }
}

static void archiving_takes_mail_out_of_the_inbox_and_keeps_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        const char *inbox = profile_folder(server, "inbox"), *all = profile_folder(server, "all"),
                   *archive = profile_folder(server, "archive");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        assert_true(profile_deliver(server, inbox, "From: a@example.test\nSubject: one\nMessage-ID: <one@example.test>\n\none\n"));
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        profile_home_archive(home, "one@example.test");
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        expect_count(home, inbox, "<one@example.test>", 0);
        expect_count(home, archive != NULL ? archive : all != NULL ? all : "Archive", "<one@example.test>", 1);
        if (all != NULL) /* no label "Archive" is made where All Mail is what archiving means */
            expect_count(home, "Archive", NULL, -1);
    }
}

/* The service's own copy may take its time. */
static void wait_for_own_copy(profile_server *server)
{
    for (int i = 0;
         i < 500 && profile_files_sent(server) && profile_count(server, profile_folder(server, "sent"), "<once@example.test>") < 1; i++)
        g_usleep(20 * 1000);
}

static void what_is_sent_has_exactly_one_copy_in_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", "smtp-submission-tls");
        g_autofree char *message =
            g_strdup_printf("From: Alice <%s>\nTo: bob@example.test\nSubject: Once\nMessage-ID: <once@example.test>\n\n"
                            "Hello.\n",
                            profile_address(server));
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        expect_ok(home, "send", profile_home_send(home, message));
        wait_for_own_copy(server);
        profile_home_let_time_pass(home);
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        profile_home_let_time_pass(home);
        expect_ok(home, "sync", profile_home_run(home, "sync", NULL));
        expect_count(home, profile_folder(server, "sent"), "<once@example.test>", 1);
        int64_t here = profile_home_number(
            home, "SELECT count(*) FROM placements p JOIN messages m ON m.id = p.message_id JOIN folders f ON f.id = p.folder_id "
                  "WHERE f.role = 3 AND m.message_id = 'once@example.test'");
        assert_int_equal(here, 1);
    }
}

/* --- refusals --- */
static void the_password_of_the_web_site_is_refused_in_the_services_own_words(void **state)
{
    static const struct {
        const char *name, *words;
    } services[] = { { "gmail", "Application-specific password required" },
                     { "yahoo", "Invalid credentials" },
                     { "icloud", "Authentication failed" },
                     { "exchange-2010", "AUTHENTICATE failed" } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        g_autoptr(profile_server) server = start(services[i].name);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        const char *normal = profile_normal_password(server);
        profile_home_set(home, "incoming", "password", normal != NULL ? normal : "wrong");
        assert_int_not_equal(profile_home_run(home, "check", NULL), 0);
        expect_said(home, services[i].words);
        assert_int_not_equal(profile_home_run(home, "sync", NULL), 0);
    }
}

static void sending_that_the_administrator_switched_off_is_told(void **state)
{
    (void)state;
    g_autoptr(profile_server) server = start("office365");
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", "smtp-submission-tls");
    profile_set(server, "limits", "smtp-sign-in-off",
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
                "https://aka.ms/smtp_auth_disabled for more information. [DB8PR01CA0004.eurprd01.prod.exchangelabs.com]");
    assert_int_not_equal(profile_home_run(home, "check", NULL), 0);
    expect_said(home, "SmtpClientAuthentication is disabled for the Tenant");
}

static void windows_sign_ins_work_with_the_domain_in_front(void **state)
{
    static const char *const methods[] = { "ntlm", "plain", "auto" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(profile_server) server = start("exchange-2010");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", "smtp-submission-tls");
        profile_home_set(home, "incoming", "auth", methods[i]);
        profile_home_set(home, "outgoing", "auth", strcmp(methods[i], "plain") == 0 ? "login" : methods[i]);
        expect_ok(home, methods[i], profile_home_run(home, "check", NULL));
    }
}

static void the_readme_has_these_cells(void **state)
{
    (void)state;
    g_autofree char *why_not = MATRIX_SETTLE("profiles");
    if (why_not != NULL)
        fail_msg("%s", why_not);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_goes_through_every_cell_that_a_service_offers),
        cmocka_unit_test(roles_are_found_whatever_the_folders_are_called),
        cmocka_unit_test(flags_go_to_the_server),
        cmocka_unit_test(deleting_is_a_way_into_the_trash),
        cmocka_unit_test(archiving_takes_mail_out_of_the_inbox_and_keeps_it),
        cmocka_unit_test(what_is_sent_has_exactly_one_copy_in_sent),
        cmocka_unit_test(the_password_of_the_web_site_is_refused_in_the_services_own_words),
        cmocka_unit_test(sending_that_the_administrator_switched_off_is_told),
        cmocka_unit_test(windows_sign_ins_work_with_the_domain_in_front),
        cmocka_unit_test(the_readme_has_these_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
