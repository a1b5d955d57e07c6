/* SPDX-License-Identifier: MIT */
/* A hundred actions that a real Dovecot has carried out, taken back one by one across restarts and kill -9; drafts in its Drafts folder, as versions; and a receipt, sent once. */
#include "core/intent.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { MESSAGES = 30, ACTIONS = 100, WAIT_MS = 60000 };

static server *servers;

static char *make_home(const char *settings)
{
    char *home = g_dir_make_tmp("postern-undo-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *conf = g_build_filename(home, "config/postern/postern.conf", NULL);
    g_autofree char *text = g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = imap\nhost = "
                                            "localhost\nport = %d\nsecurity = tls\nuser = %s\n"
                                            "password = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[outgoing]\nprotocol = smtp\nhost = "
                                            "localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n",
                                            SERVER_ADDRESS, server_ports(servers)->imaps, SERVER_USER, server_ca_file(servers),
                                            server_ports(servers)->submissions, server_ca_file(servers));
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(conf, settings, -1, NULL));
    return home;
}

static terminal *start(const char *home)
{
    g_autofree char *home_word = g_strconcat("HOME=", home, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", home, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", home, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", home, "/cache", NULL);
    g_autofree char *visual = g_strconcat("VISUAL=", home, "/editor", NULL);
    g_autofree char *runtime =
        g_strconcat("XDG_RUNTIME_DIR=", home, NULL); /* else drafts of other runs that are kept in memory are offered */
    const char *const env[] = { home_word, config, data, cache, visual, runtime, NULL };
    terminal *screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100, env);
    assert_non_null(screen);
    return screen;
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("no \"%s\"\n%s\n%s", words, text, log);
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

/* Until nothing waits for the server. */
static void wait_in_step(terminal *screen, const char *home)
{
    g_autofree char *path = g_build_filename(home, "data/postern/mail.db", NULL);
    for (int i = 0; i < WAIT_MS / 50; i++) {
        g_autoptr(store) db = store_open(path, STORE_READER, NULL);
        if (db != NULL && intent_count(db, 0) == 0)
            return;
        terminal_read(screen, 50);
    }
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("something still waits\n%s\n%s", text, log);
}

static int by_text(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Every message of the server with its folder and flags; the caller frees. */
static char *snapshot(void)
{
    g_autofree char *out = server_doveadm(servers, "-f", "tab", "fetch", "-u", SERVER_USER, "mailbox hdr.message-id flags", "all", NULL);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) parts = g_strsplit(*line, "\\Recent", -1);
        char *clean = g_strjoinv("", parts);
        g_free(*line);
        *line = g_strstrip(clean);
    }
    qsort(lines, g_strv_length(lines), sizeof *lines, by_text);
    return g_strjoinv("\n", lines);
}

/* One action of many kinds on a row that is there; false: the list is empty. */
static void act(terminal *screen, int number)
{
    static const char *const keys[] = { "*", "N", "e", "*", "d", "N", "e", "*" };
    static const char *const moves[] = { "\033[H", "j", "jj", "jjj", "k", "\033[F" };
    terminal_keys(screen, moves[g_random_int_range(0, G_N_ELEMENTS(moves))]);
    terminal_keys(screen, number < 80 && number % 3 == 0 ? keys[number % (int)G_N_ELEMENTS(keys)] : number % 2 == 0 ? "*" : "N");
    terminal_wait_idle(screen, 40, 2000);
}

static void deliver_some(void)
{
    for (int i = 0; i < MESSAGES; i++) {
        g_autofree char *text = g_strdup_printf("From: Sender %d <s%d@example.test>\r\nTo: alice@example.test\r\nSubject: Number %02d\r\n"
                                                "Message-ID: <n%d@example.test>\r\nDate: Tue, 17 Nov 2026 10:%02d:00 +0000\r\n\r\nText\r\n",
                                                i, i, i, i, i);
        assert_true(server_deliver(servers, SERVER_USER, "INBOX", text));
    }
}

static void kill_hard(terminal **screen, const char *home)
{
    kill(terminal_pid(*screen), SIGKILL);
    assert_true(WIFSIGNALED(terminal_wait_exit(*screen, WAIT_MS)));
    terminal_free(*screen);
    *screen = start(home);
    expect(*screen, "online");
}

static int64_t count_actions(const char *home)
{
    g_autofree char *path = g_build_filename(home, "data/postern/mail.db", NULL);
    g_autoptr(store) db = store_open(path, STORE_READER, NULL);
    sqlite3_stmt *row = NULL;
    int64_t count = -1;
    if (db != NULL && sqlite3_prepare_v2(store_db(db), "SELECT count(*) FROM actions WHERE is_undone = 0", -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        count = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return count;
}

static void a_hundred_actions_are_taken_back_on_the_server(void **state)
{
    (void)state;
    deliver_some();
    g_autofree char *home = make_home("[postern]\nundo-delay = 0\neditor = builtin\n");
    terminal *screen = start(home);
    expect(screen, "of 30");
    g_autofree char *before = snapshot();
    for (int i = 0; i < ACTIONS; i++) {
        act(screen, i);
        if (i == 40)
            kill_hard(&screen, home);
    }
    int64_t done = count_actions(home);
    print_message("%d actions\n", (int)done);
    assert_in_range(done, 60, 100);
    wait_in_step(screen, home);
    g_autofree char *changed = snapshot();
    assert_string_not_equal(before, changed); /* the server has them */
    terminal_keys(screen, "Q");
    terminal_wait_exit(screen, WAIT_MS);
    terminal_free(screen);
    screen = start(home);
    expect(screen, "online");
    for (int64_t i = done; i > 0; i--) {
        type(screen, "u", "Taken back:");
        for (int k = 0; k < 2000 && count_actions(home) >= i; k++)
            terminal_read(screen, 10);
        assert_int_equal(count_actions(home), i - 1);
        if (i == done / 3 || i == 2 * done / 3)
            kill_hard(&screen, home);
    }
    type(screen, "u", "There is nothing to take back.");
    wait_in_step(screen, home);
    g_autofree char *after = snapshot();
    assert_string_equal(before, after);
    expect(screen, "of 30");
    terminal_free(screen);
    remove_tree(home);
}

/* --- folders --- */

/* Folders, subscriptions, and what is in which. */
static char *folders(void)
{
    g_autofree char *all = server_doveadm(servers, "mailbox", "list", "-u", SERVER_USER, NULL);
    g_autofree char *subscribed = server_doveadm(servers, "mailbox", "list", "-s", "-u", SERVER_USER, NULL);
    g_autofree char *mail =
        server_doveadm(servers, "-f", "tab", "fetch", "-u", SERVER_USER, "mailbox hdr.subject", "header", "subject", "Plan", NULL);
    char *const parts[] = { all, subscribed, mail };
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_auto(GStrv) lines = g_strsplit(parts[i], "\n", -1);
        qsort(lines, g_strv_length(lines), sizeof *lines, by_text);
        g_autofree char *sorted = g_strjoinv("\n", lines);
        g_string_append_printf(out, "%s\n--\n", sorted);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void command(terminal *screen, const char *name, const char *wanted)
{
    terminal_keys(screen, ":");
    expect(screen, "Commands");
    terminal_keys(screen, name);
    terminal_wait_idle(screen, 100, 2000);
    type(screen, "\r", wanted);
}

static void folders_go_back_to_what_they_were_on_the_server(void **state)
{
    (void)state;
    g_autofree char *made = server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "-s", "Plans", "Plans/Old", NULL);
    assert_true(
        server_deliver(servers, SERVER_USER, "Plans", "From: b@example.test\r\nSubject: Plan A\r\nMessage-ID: <pa@x>\r\n\r\nx\r\n"));
    assert_true(
        server_deliver(servers, SERVER_USER, "Plans/Old", "From: b@example.test\r\nSubject: Plan B\r\nMessage-ID: <pb@x>\r\n\r\nx\r\n"));
    g_autofree char *home = make_home("[postern]\nundo-delay = 0\neditor = builtin\n"), *before = folders();
    terminal *screen = start(home);
    expect(screen, "online");
    expect(screen, "Plans");
    terminal_keys(screen, "gf");
    terminal_wait_idle(screen, 300, 5000);
    terminal_keys(screen, "Plans");
    terminal_wait_idle(screen, 300, 5000);
    type(screen, "\r", "Plan A");
    command(screen, "rename folder", "New name of the folder");
    terminal_keys(screen, "\025"); /* the old name goes */
    type(screen, "Schemes\r", "is called Schemes now");
    command(screen, "subscribe/unsubscribe", "No longer subscribed");
    command(screen, "new folder", "Name of the new folder");
    terminal_keys(screen, "\025");
    type(screen, "Fresh\r", "Made the folder");
    wait_in_step(screen, home);
    command(screen, "delete folder", "Move it to Trash");
    type(screen, "t", "Moved the folder");
    wait_in_step(screen, home);
    g_autofree char *changed = folders();
    if (strstr(changed, "Trash/Schemes/Old") == NULL || strstr(changed, "Fresh") == NULL)
        fail_msg("the server has\n%s", changed);
    kill_hard(&screen, home);
    for (int i = 0; i < 4; i++) {
        int64_t left = count_actions(home);
        terminal_keys(screen, "u");
        for (int k = 0; k < 1500 && count_actions(home) >= left; k++)
            terminal_read(screen, 20);
        expect(screen, "Taken back:");
    }
    wait_in_step(screen, home);
    g_autofree char *after = folders();
    assert_string_equal(before, after);
    terminal_free(screen);
    remove_tree(home);
}

/* --- that a message was read --- */

static int count_of(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word))
        count++;
    return count;
}

/* What bob got, and what alice's server says of the message; caller frees both. */
static char *told_to_bob(void)
{
    return server_doveadm(servers, "fetch", "-u", SERVER_OTHER, "text", "mailbox", "INBOX", "subject", "Read:", NULL);
}

static void a_sender_who_asks_is_told_once_and_the_server_knows(void **state)
{
    (void)state;
    assert_true(
        server_deliver(servers, SERVER_USER, "INBOX",
                       "Return-Path: <bob@example.test>\r\nFrom: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: Asking\r\n"
                       "Message-ID: <asking@x>\r\nDisposition-Notification-To: bob@example.test\r\n\r\nDid you see it?\r\n"));
    g_autofree char *home = make_home("[postern]\nundo-delay = 0\n");
    terminal *screen = start(home);
    expect(screen, "online");
    expect(screen, "Asking");
    terminal_keys(screen, "/");
    type(screen, "subject:Asking\r", "Only with");
    type(screen, "\r", "Bob asks to be told that you read this");
    command(screen, "receipt", "Tell that you read it?");
    type(screen, "s", "Did you see it?");
    assert_true(terminal_wait_gone(screen, "Tell that you read it?", WAIT_MS));
    command(screen, "receipt", "Tell that you read it?");
    type(screen, "t", "Bob was told that you read this");
    g_autofree char *told = NULL;
    for (int i = 0; i < WAIT_MS / 100 && (told == NULL || strstr(told, "Disposition:") == NULL); i++) {
        terminal_read(screen, 100);
        g_free(told);
        told = told_to_bob();
    }
    if (strstr(told, "Return-Path: <>") == NULL || strstr(told, "manual-action/MDN-sent-manually; displayed") == NULL ||
        strstr(told, "Original-Message-ID: <asking@x>") == NULL)
        fail_msg("bob got\n%s", told);
    wait_in_step(screen, home);
    g_autofree char *flags =
        server_doveadm(servers, "fetch", "-u", SERVER_USER, "flags", "mailbox", "INBOX", "header", "Message-ID", "asking@x", NULL);
    if (strstr(flags, "$MDNSent") == NULL)
        fail_msg("the server has %s", flags);
    kill_hard(&screen, home);
    expect(screen, "Asking");
    command(screen, "receipt", "Bob was told that you read this");
    g_autofree char *in_the_end = told_to_bob();
    assert_int_equal(count_of(in_the_end, "\nDisposition:"), 1);
    terminal_free(screen);
    remove_tree(home);
}

/* --- drafts --- */

static char *drafts(void)
{
    return server_doveadm(servers, "fetch", "-u", SERVER_USER, "uid body", "mailbox", "Drafts", NULL);
}

/* Until Drafts on the server has that many messages, and the words are in one of them. */
static void expect_drafts(terminal *screen, int count, const char *words)
{
    g_autofree char *last = NULL;
    for (int i = 0; i < WAIT_MS / 100; i++) {
        g_free(last);
        last = drafts();
        if (count_of(last, "uid:") == count && (words == NULL || strstr(last, words) != NULL))
            return;
        terminal_read(screen, 100);
    }
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("Drafts is not %d with %s, but\n%s\n%s\n%s", count, words != NULL ? words : "(anything)", last, text, log);
}

static void drafts_are_versions_on_the_server_and_go_when_it_is_sent(void **state)
{
    (void)state;
    g_autofree char *home = make_home("[postern]\nundo-delay = 0\n"), *editor = g_build_filename(home, "editor", NULL);
    assert_true(g_file_set_contents_full(editor,
                                         "#!/bin/sh\nfor word in First Second Third; do\necho \"$word save.\" > \"$1.new\"; "
                                         "mv \"$1.new\" \"$1\"\nread key\ndone\n",
                                         -1, G_FILE_SET_CONTENTS_CONSISTENT, 0700, NULL));
    terminal *screen = start(home);
    expect(screen, "online");
    type(screen, "c", "Subject");
    terminal_keys(screen, SERVER_ADDRESS);
    type(screen, "\033[B\033[B\033[BVersions", "Versions");
    terminal_keys(screen, "\r");
    expect_drafts(screen, 1, "First save.");
    terminal_keys(screen, "\r");
    expect_drafts(screen, 1, "Second save."); /* the new one came before the old one went, and now there is one */
    kill(terminal_pid(screen), SIGKILL);
    assert_true(WIFSIGNALED(terminal_wait_exit(screen, WAIT_MS)));
    terminal_free(screen);
    screen = start(home);
    expect(screen, "1 unsent message was kept");
    type(screen, "g", "Second save.");
    expect_drafts(screen, 1, "Second save.");
    /* Another client goes on with the draft, too. */
    g_autofree char *gone = server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "Drafts", "all", NULL);
    assert_true(server_deliver(servers, SERVER_USER, "Drafts", "From: alice@example.test\r\nSubject: Versions\r\n\r\nTheirs.\r\n"));
    expect_drafts(screen, 1, "Theirs.");
    terminal_wait_idle(screen, 1000, 5000);
    type(screen, "i", "Versions");
    terminal_keys(screen, "e");
    expect_drafts(screen, 2, "First save.");
    terminal_keys(screen, "\r");
    expect_drafts(screen, 2, "Second save.");
    terminal_keys(screen, "\r");
    expect_drafts(screen, 2, "Third save.");
    terminal_keys(screen, "\r");
    expect(screen, "y send");
    terminal_keys(screen, "y");
    expect_drafts(screen, 1, "Theirs.");
    for (int i = 0; i < 200; i++) {
        g_autofree char *sent = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "Sent", NULL);
        if (count_of(sent, "Versions") == 1)
            break;
        assert_true(i < 199);
        terminal_read(screen, 100);
    }
    wait_in_step(screen, home);
    g_autofree char *sent = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "Sent", NULL);
    assert_int_equal(count_of(sent, "Versions"), 1);
    terminal_free(screen);
    remove_tree(home);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    cmocka_set_test_filter(g_getenv("UNDO_TEST")); /* one alone, by its name; NULL: all */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_actions_are_taken_back_on_the_server),
        cmocka_unit_test(folders_go_back_to_what_they_were_on_the_server),
        cmocka_unit_test(a_sender_who_asks_is_told_once_and_the_server_knows),
        cmocka_unit_test(drafts_are_versions_on_the_server_and_go_when_it_is_sent),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
