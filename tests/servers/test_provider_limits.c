/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* What mail services allow and what they refuse: connections, pauses, long commands, structures that nobody can read; nothing is lost by any. */
#include "tests/remove_tree.h"
#include "tests/servers/profile_home.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { WAIT_MS = 20000 };

static profile_server *start(const char *name)
{
    g_autofree char *why_not = NULL;
    profile_server *server = profile_start(name, &why_not);
    if (server == NULL)
        fail_msg("%s", why_not);
    return server;
}

static terminal *open_screen(const profile_home *home)
{
    g_auto(GStrv) environment = profile_home_environment(home);
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    for (char **entry = environment; *entry != NULL; entry++) {
        if (g_str_has_prefix(*entry, "HOME=") || g_str_has_prefix(*entry, "XDG_") || g_str_has_prefix(*entry, "DBUS_"))
            g_ptr_array_add(own, *entry);
    }
    g_ptr_array_add(own, NULL);
    return terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 110, (const char *const *)own->pdata);
}

static void expect_shown(profile_home *home, terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *shown = terminal_screen_text(screen), *log = profile_log(home->server);
    fprintf(stderr, "%s\n%s\n", shown, log);
    fail_msg("%s: there is no \"%s\"", profile_title(home->server), words);
}

static void expect_soon(profile_home *home, terminal *screen, const char *folder, const char *message_id, int wanted)
{
    for (int i = 0; i < WAIT_MS / 20 && profile_count(home->server, folder, message_id) != wanted; i++)
        g_usleep(20 * 1000);
    if (profile_count(home->server, folder, message_id) == wanted)
        return;
    g_autofree char *shown = terminal_screen_text(screen), *log = profile_log(home->server);
    fprintf(stderr, "%s\n%s\n", shown, log);
    fail_msg("%s: not %d of %s in %s", profile_title(home->server), wanted, message_id, folder);
}

/* --- connections --- */
/* Reading, news, other folders and deleting, all over the one connection that the service allows. */
static void use_one_connection(const char *name)
{
    g_autoptr(profile_server) server = start(name);
    const char *inbox = profile_folder(server, "inbox"), *trash = profile_folder(server, "trash");
    profile_set(server, "limits", "imap-connections", "1");
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
    assert_true(
        profile_deliver(server, inbox, "From: Zoe <z@example.test>\nSubject: Only one\nMessage-ID: <one@example.test>\n\nWords inside.\n"));
    g_autoptr(terminal) screen = open_screen(home);
    assert_non_null(screen);
    expect_shown(home, screen, "Only one");
    expect_shown(home, screen, profile_folder(server, "sent") != NULL ? "Sent" : "Trash"); /* the folder list came too */
    terminal_keys(screen, "\r");
    expect_shown(home, screen, "Words inside.");
    terminal_keys(screen, "q");
    assert_true(
        profile_deliver(server, inbox, "From: Zoe <z@example.test>\nSubject: Second one\nMessage-ID: <two@example.test>\n\nMore.\n"));
    expect_shown(home, screen, "Second one");
    terminal_keys(screen, "gg");
    terminal_wait_idle(screen, 100, 2000);
    terminal_keys(screen, "d");
    for (int i = 0; i < WAIT_MS / 20 && profile_count(server, trash, NULL) == 0; i++)
        g_usleep(20 * 1000);
    if (profile_count(server, trash, NULL) != 1)
        expect_soon(home, screen, trash, "<two@example.test>", 1);
    assert_int_equal(profile_connections_most(server), 1);
    terminal_keys(screen, "\003");
    terminal_wait_exit(screen, WAIT_MS);
}

static void one_connection_is_enough(void **state)
{
    static const char *const names[] = { "gmail", "office365", "yahoo", "exchange-2010" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        use_one_connection(names[i]);
}

static void one_connection_too_many_is_no_wrong_password(void **state)
{
    static const char *const names[] = { "gmail", "yahoo", "office365", "exchange-2010" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        profile_set(server, "limits", "imap-connections", "0");
        assert_int_not_equal(profile_home_run(home, "sync", NULL), 0);
        g_autofree char *log = profile_log(server);
        g_auto(GStrv) tries = g_strsplit(log, "i AUTHENTICATE", -1);
        g_auto(GStrv) logins = g_strsplit(log, "i LOGIN", -1);
        assert_int_equal(g_strv_length(tries) + g_strv_length(logins), 3); /* one AUTHENTICATE, no LOGIN: another way would not help */
        assert_null(strstr(home->output, "refused the user name or password"));
        profile_set(server, "limits", "imap-connections", NULL);
        assert_int_equal(profile_home_run(home, "sync", NULL), 0);
    }
}

static terminal *open_real(server *real, const char *directory)
{
    g_autofree char *accounts = g_build_filename(directory, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "t.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice <%s>\n[incoming]\nprotocol = imap\nhost = localhost\nport = %d\n"
                        "security = tls\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n"
                        "[outgoing]\nprotocol = sendmail\ncommand = /bin/false\n",
                        SERVER_ADDRESS, server_ports(real)->imaps, SERVER_USER, server_ca_file(real));
    g_autofree char *home = g_strconcat("HOME=", directory, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", directory, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", directory, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", directory, "/cache", NULL);
    const char *const env[] = { home, config, data, cache, "DBUS_SESSION_BUS_ADDRESS=", NULL };
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    return terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 110, env);
}

/* No profile: a real server with that limit. */
static void one_connection_to_a_real_dovecot_is_enough(void **state)
{
    (void)state;
    g_autofree char *why_not = NULL;
    const struct server_options options = { .dovecot = "mail_max_userip_connections = 1\n" };
    g_autoptr(server) real = server_start_with(&options, &why_not);
    if (real == NULL) {
        print_message("skipped: %s\n", why_not);
        skip();
    }
    g_autofree char *directory = g_dir_make_tmp("postern-provider-XXXXXX", NULL);
    assert_true(server_deliver(real, SERVER_USER, "INBOX",
                               "From: Zoe <z@example.test>\nSubject: First\nMessage-ID: <1@example.test>\n\nWords inside.\n"));
    terminal *screen = open_real(real, directory);
    assert_non_null(screen);
    assert_true(terminal_wait_for(screen, "First", WAIT_MS));
    assert_true(terminal_wait_for(screen, "Junk", WAIT_MS)); /* the other folders too, over the same connection */
    terminal_keys(screen, "d");
    char *found = NULL;
    for (int i = 0; i < 200 && (found == NULL || strstr(found, "First") == NULL); i++) {
        g_free(found);
        found = server_doveadm(real, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "Trash", NULL);
        terminal_read(screen, 50);
    }
    assert_non_null(strstr(found, "First"));
    g_free(found);
    terminal_keys(screen, "\003");
    terminal_wait_exit(screen, WAIT_MS);
    terminal_free(screen);
    remove_tree(directory);
}

/* --- pauses --- */
/* Gone, or at least marked: without UIDPLUS what is marked may go only where all that is marked is ours (RFC 3501 6.4.3). */
static bool has_left(profile_server *server, const char *message_id)
{
    const char *inbox = profile_folder(server, "inbox");
    return profile_count(server, inbox, message_id) == 0 || profile_has_flag(server, inbox, message_id, "\\Deleted");
}

static void expect_all_done(profile_home *home, int after)
{
    profile_server *server = home->server;
    const char *inbox = profile_folder(server, "inbox"), *archive = profile_folder(server, "archive"), *all = profile_folder(server, "all");
    const char *kept = archive != NULL ? archive : all != NULL ? all : "Archive";
    bool is_good = has_left(server, "<one@example.test>") && has_left(server, "<two@example.test>") &&
                   profile_count(server, profile_folder(server, "trash"), "<one@example.test>") == 1 &&
                   profile_count(server, kept, "<two@example.test>") == 1 &&
                   profile_has_flag(server, inbox, "<three@example.test>", "\\Flagged") && profile_count(server, inbox, NULL) >= 3 &&
                   profile_home_number(home, "SELECT count(*) FROM intents") == 0;
    if (is_good)
        return;
    g_autofree char *log = profile_log(server);
    fprintf(stderr, "%s\n%s\n", home->output, log);
    fail_msg("%s, pause after %d commands: not everything was done", profile_title(server), after);
}

static void deliver_three(profile_server *server)
{
    static const char *const words[] = { "one", "two", "three" };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *message =
            g_strdup_printf("From: a@example.test\nSubject: %s\nMessage-ID: <%s@example.test>\n\n%s\n", words[i], words[i], words[i]);
        assert_true(profile_deliver(server, profile_folder(server, "inbox"), message));
    }
}

/* A pause is asked for at every single command of a synchronisation that has something to do: it is told, and all is done in the end, once. */
static void a_pause_at_any_command_loses_nothing(void **state)
{
    static const char *const names[] = { "office365", "yahoo", "exchange-2007" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        for (int after = 0;; after += i == 0 ? 1 : 2) { /* the others differ in what comes behind */
            g_autoptr(profile_server) server = start(names[i]);
            g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
            g_autofree char *number = g_strdup_printf("%d", after);
            deliver_three(server);
            assert_int_equal(profile_home_run(home, "sync", NULL), 0);
            profile_home_delete(home, "one@example.test");
            profile_home_archive(home, "two@example.test");
            profile_home_flag(home, "three@example.test");
            profile_set(server, "limits", "throttled-after", number);
            profile_set(server, "limits", "throttled", "1");
            int status = profile_home_run(home, "sync", NULL);
            profile_set(server, "limits", "throttled-after", NULL);
            profile_set(server, "limits", "throttled", NULL);
            for (int again = 0; again < 4 && profile_home_number(home, "SELECT count(*) FROM intents") > 0; again++) {
                profile_home_let_time_pass(home);
                assert_int_equal(profile_home_run(home, "sync", NULL), 0);
            }
            expect_all_done(home, after);
            if (status == 0 || after > 40)
                break; /* it was through before */
        }
    }
}

static void the_pause_that_a_service_asks_for_is_kept(void **state)
{
    (void)state;
    g_autoptr(profile_server) server = start("office365");
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
    profile_set(server, "limits", "throttled-after", "6");
    profile_set(server, "limits", "throttled", "1");
    profile_set(server, "limits", "throttle-imap", "BAD Request is throttled. Suggested Backoff Time: 3000 milliseconds");
    gint64 begun = g_get_monotonic_time();
    g_autoptr(terminal) screen = open_screen(home);
    expect_shown(home, screen, "asks for a pause");
    expect_shown(home, screen, "Numbers");
    expect_shown(home, screen, "online");
    assert_true(g_get_monotonic_time() - begun >= 3000 * 1000);
    terminal_keys(screen, "\003");
    terminal_wait_exit(screen, WAIT_MS);
}

/* --- structures --- */
static char *big_message(const char *subject)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(
        text,
        "From: Carol <c@example.test>\nTo: a@example.test\nSubject: %s\nMessage-ID: <big@example.test>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=\"b0\"\n\n--b0\nContent-Type: multipart/alternative; boundary=\"b1\"\n\n--b1\n"
        "Content-Type: text/plain; charset=utf-8\n\nThe words that matter.\n--b1\nContent-Type: text/html; charset=utf-8\n\n"
        "<p>The words that matter.</p>\n--b1--\n--b0\nContent-Type: message/rfc822\n\nFrom: d@example.test\nSubject: Inner\n\n"
        "Inner text.\n--b0\nContent-Type: application/octet-stream; name=\"big.bin\"\nContent-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename=\"big.bin\"\n\n",
        subject);
    for (int i = 0; i < 2000; i++)
        g_string_append(text, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\n");
    g_string_append(text, "--b0--\n");
    return g_string_free(text, FALSE);
}

static void a_structure_that_is_wrong_hides_no_words(void **state)
{
    static const char *const faults[] = { "disposition-as-string", "multipart-as-leaf", "multipart-without-parts",
                                          "message-without-envelope", "sizes-wrong" };
    static const char *const sizes[] = { "117", "-90000" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(faults) * G_N_ELEMENTS(sizes); i++) {
        g_autoptr(profile_server) server = start("exchange-2010");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        g_autofree char *message = big_message("Big one");
        profile_set(server, "faults", "bodystructure", faults[i % G_N_ELEMENTS(faults)]);
        profile_set(server, "faults", "size-plus", sizes[i / G_N_ELEMENTS(faults)]);
        assert_true(profile_deliver(server, "INBOX", message));
        g_autoptr(terminal) screen = open_screen(home);
        expect_shown(home, screen, "Big one");
        expect_shown(home, screen, "online");
        terminal_keys(screen, "\r");
        expect_shown(home, screen, "The words that matter.");
        terminal_keys(screen, "\003");
        terminal_wait_exit(screen, WAIT_MS);
    }
}

static void a_message_that_the_server_cannot_convert_stops_nothing(void **state)
{
    (void)state;
    g_autoptr(profile_server) server = start("exchange-2010");
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
    assert_true(
        profile_deliver(server, "INBOX", "From: x@example.test\nSubject: Unconvertible thing\nMessage-ID: <un@example.test>\n\nx\n"));
    assert_true(
        profile_deliver(server, "INBOX", "From: y@example.test\nSubject: Behind it\nMessage-ID: <behind@example.test>\n\nBehind words.\n"));
    g_autoptr(terminal) screen = open_screen(home);
    expect_shown(home, screen, "Behind it");
    expect_shown(home, screen, "Lunch");
    terminal_keys(screen, "gg\r");
    expect_shown(home, screen, "Behind words.");
    terminal_keys(screen, "\003");
    terminal_wait_exit(screen, WAIT_MS);
}

/* --- sending --- */
static void sending_that_is_slowed_down_happens_later_and_once(void **state)
{
    static const char *const moments[] = { "smtp-throttled", "smtp-throttled-data" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
        g_autoptr(profile_server) server = start("office365");
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", "smtp-submission-tls");
        profile_set(
            server, "limits", moments[i],
            "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=DB8PR01MB0001.eurprd01.prod.exchangelabs.com]");
        g_autofree char *message = g_strdup_printf("From: Alice <%s>\nTo: <%s>\nSubject: Slow\nMessage-ID: <slow@example.test>\n\nHello.\n",
                                                   profile_address(server), profile_address(server));
        assert_int_equal(profile_home_run(home, "sync", NULL), 0);
        profile_home_send(home, message);
        assert_int_equal(profile_count(server, "INBOX", "<slow@example.test>"), 0);
        assert_int_equal(profile_home_number(home, "SELECT count(*) FROM outbox"), 1); /* it waits, and nothing is lost */
        profile_set(server, "limits", moments[i], NULL);
        profile_home_let_time_pass(home);
        assert_int_equal(profile_home_run(home, "sync", NULL), 0);
        profile_home_let_time_pass(home);
        assert_int_equal(profile_home_run(home, "sync", NULL), 0);
        assert_int_equal(profile_count(server, "INBOX", "<slow@example.test>"), 1);
    }
}

/* --- POP3 --- */
static void mail_by_pop3_comes_once_whatever_the_service_counts_or_hides(void **state)
{
    static const char *const names[] = { "gmail", "yahoo", "office365", "exchange-2007", "exchange-2010" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "pop3-ssl", NULL);
        profile_set(server, "faults", "top-fails", i % 2 == 0 ? "true" : NULL);
        for (int visit = 0; visit < 3; visit++) {
            g_autofree char *message =
                g_strdup_printf("From: a@example.test\nSubject: Visit %d\nMessage-ID: <v%d@example.test>\n\n.dot\n", visit, visit);
            assert_true(profile_deliver(server, profile_folder(server, "inbox"), message));
            assert_int_equal(profile_home_run(home, "sync", NULL), 0);
            assert_int_equal(profile_home_run(home, "sync", NULL), 0);
            assert_int_equal(profile_home_number(home, "SELECT count(*) FROM placements"), 3 + visit);
        }
    }
}

/* --- lines that end --- */
static void a_service_that_hangs_up_while_we_wait_is_called_again(void **state)
{
    static const char *const names[] = { "exchange-2007", "gmail" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(profile_server) server = start(names[i]);
        g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
        profile_set(server, "faults", "idle-dropped-after-ms", "300");
        g_autoptr(terminal) screen = open_screen(home);
        expect_shown(home, screen, "Lunch");
        terminal_read(screen, 700); /* both have been dropped */
        profile_set(server, "faults", "idle-dropped-after-ms", NULL);
        assert_true(profile_deliver(server, "INBOX", "From: z@example.test\nSubject: After it\nMessage-ID: <after@example.test>\n\nx\n"));
        expect_shown(home, screen, "After it");
        terminal_keys(screen, "\003");
        terminal_wait_exit(screen, WAIT_MS);
    }
}

/* --- long commands --- */
static bool is_too_long_said(profile_server *server)
{
    g_autofree char *log = profile_log(server);
    return strstr(log, "TOO LONG") != NULL;
}

/* Exchange takes no command over about 10 000 characters: a thousand messages with gaps between their numbers are named in portions. */
static void commands_stay_short_enough_for_exchange(void **state)
{
    (void)state;
    g_autoptr(profile_server) server = start("exchange-2010");
    g_autoptr(profile_home) home = profile_home_new(server, POSTERN_PROGRAM, "imap4-ssl", NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int i = 0; i < 5000; i++) {
        g_autofree char *message = g_strdup_printf("From: a@example.test\nSubject: n%d\nMessage-ID: <n%d@example.test>\n\nx\n", i, i);
        assert_true(profile_deliver(server, "INBOX", message));
    }
    assert_int_equal(profile_home_run(home, "sync", NULL), 0);
    profile_home_ids(home, "SELECT p.id FROM placements p JOIN folders f ON f.id = p.folder_id WHERE f.role = 1 AND p.uid % 2 = 0", ids);
    assert_true(ids->len >= 2500);
    profile_home_flag_all(home, ids);
    assert_int_equal(profile_home_run(home, "sync", NULL), 0);
    assert_false(is_too_long_said(server));
    assert_true(profile_has_flag(server, "INBOX", "<n4999@example.test>", "\\Flagged") ||
                profile_has_flag(server, "INBOX", "<n4998@example.test>", "\\Flagged"));
    assert_int_equal(profile_home_number(home, "SELECT count(*) FROM intents"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_connection_too_many_is_no_wrong_password),
        cmocka_unit_test(one_connection_is_enough),
        cmocka_unit_test(one_connection_to_a_real_dovecot_is_enough),
        cmocka_unit_test(a_pause_at_any_command_loses_nothing),
        cmocka_unit_test(the_pause_that_a_service_asks_for_is_kept),
        cmocka_unit_test(a_structure_that_is_wrong_hides_no_words),
        cmocka_unit_test(a_message_that_the_server_cannot_convert_stops_nothing),
        cmocka_unit_test(sending_that_is_slowed_down_happens_later_and_once),
        cmocka_unit_test(mail_by_pop3_comes_once_whatever_the_service_counts_or_hides),
        cmocka_unit_test(a_service_that_hangs_up_while_we_wait_is_called_again),
        cmocka_unit_test(commands_stay_short_enough_for_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
