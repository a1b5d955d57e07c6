/* SPDX-License-Identifier: MIT */
/* The real program in a terminal against a real Dovecot with quotas and access rights: what is only on the server is found there; folders are made,
 * subscribed and given a purpose; a folder that may only be read, and a mailbox that is nearly full. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATIENCE_MS = 60000 };

static server *servers;

/* Bodies stay on the server, so their words are known there only. */
static char *make_home(void)
{
    char *home = g_dir_make_tmp("postern-folders-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "work.conf", NULL);
    g_autofree char *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    g_autofree char *text = g_strdup_printf(
        "# mine\n[account]\nname = Work\nfrom = Alice Example <%s>\n\n[incoming]\n# the door\nprotocol = imap\nhost = localhost\nport = "
        "%d\nsecurity = tls\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[outgoing]\nprotocol = smtp\n"
        "host = localhost\nport = %d\nsecurity = tls\ntls-ca-file = %s\n\n[sync]\nbodies = headers\n",
        SERVER_ADDRESS, server_ports(servers)->imaps, SERVER_USER, server_ca_file(servers), server_ports(servers)->submissions,
        server_ca_file(servers));
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\npoll-interval = 60\neditor = builtin\n", -1, NULL));
    return home;
}

static terminal *start(const char *home)
{
    g_autofree char *home_word = g_strconcat("HOME=", home, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", home, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", home, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", home, "/cache", NULL);
    const char *const env[] = { home_word, config, data, cache, NULL };
    return terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 120, env);
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, PATIENCE_MS))
        return;
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("\"%s\" did not come:\n%s\n%.4000s", words, text, log);
}

static void deliver(const char *mailbox, const char *subject, const char *body)
{
    g_autofree char *message =
        g_strdup_printf("From: Ada <ada@example.test>\r\nTo: alice@example.test\r\nSubject: %s\r\nDate: Mon, 17 Nov 2025 09:41:00 +0000\r\n"
                        "Message-ID: <%s@example.test>\r\n\r\n%s\r\n",
                        subject, subject, body);
    assert_true(server_deliver(servers, SERVER_USER, mailbox, message));
}

static void run_command(terminal *screen, const char *name)
{
    terminal_keys(screen, ":");
    terminal_wait_idle(screen, 100, 3000);
    terminal_keys(screen, name);
    terminal_wait_idle(screen, 100, 3000);
    terminal_keys(screen, "\r");
    terminal_wait_idle(screen, 100, 3000);
}

/* Another client's view, asked until it is so. */
static void expect_listed(const char *options, const char *name, bool is_wanted)
{
    g_autofree char *found = NULL;
    for (int i = 0; i < 200; i++) {
        g_free(found);
        found = *options != '\0' ? server_doveadm(servers, "mailbox", "list", options, "-u", SERVER_USER, NULL)
                                 : server_doveadm(servers, "mailbox", "list", "-u", SERVER_USER, NULL);
        if ((strstr(found, name) != NULL) == is_wanted)
            return;
        g_usleep(100 * 1000);
    }
    fail_msg("%s is %sin the list:\n%s", name, is_wanted ? "not " : "", found);
}

static void what_is_only_on_the_server_is_found_there_and_opened(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    deliver("INBOX", "Herd", "There was a zebra among the horses.");
    deliver("Archive", "Stripes", "Another zebra.");
    deliver("INBOX", "Calm", "Nothing at all.");
    g_autoptr(terminal) screen = start(home);
    expect(screen, "online");
    expect(screen, "Herd");
    terminal_keys(screen, "g/zebra\r");
    expect(screen, "the server"); /* offered, or begun by itself while the headers are still coming */
    terminal_keys(screen, "gm");
    expect(screen, "2 found by the server");
    expect(screen, "Stripes");
    expect(screen, "Herd");
    terminal_keys(screen, "\r");
    expect(screen, "zebra");
    terminal_keys(screen, "q");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

static void folders_are_made_subscribed_and_given_a_purpose(void **state)
{
    (void)state;
    g_autofree char *home = make_home(), *path = g_build_filename(home, "config/postern/accounts/work.conf", NULL), *text = NULL;
    g_autoptr(terminal) screen = start(home);
    expect(screen, "online");
    expect(screen, "Archive");
    run_command(screen, "new folder");
    terminal_keys(screen, "Zo\xc3\xb6/2026\r");
    expect(screen, "Made the folder");
    expect_listed("", "Zo\xc3\xb6/2026", true);
    terminal_keys(screen, "gf");
    terminal_wait_idle(screen, 100, 3000);
    terminal_keys(screen, "2026\r");
    expect(screen, "No messages here");
    run_command(screen, "subscribe/unsubscribe folder");
    expect(screen, "No longer subscribed");
    expect_listed("-s", "Zo\xc3\xb6/2026", false);
    terminal_keys(screen, "u");
    expect_listed("-s", "Zo\xc3\xb6/2026", true);
    run_command(screen, "use this folder as");
    terminal_keys(screen, "a");
    expect(screen, "What you archive goes to");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_non_null(strstr(text, "archive = Zo\xc3\xb6/2026"));
    assert_non_null(strstr(text, "# mine"));
    assert_non_null(strstr(text, "# the door"));
    expect(screen, "online");
    terminal_keys(screen, "gi");
    deliver("INBOX", "Filed", "x");
    expect(screen, "Filed");
    terminal_keys(screen, "gg");
    terminal_keys(screen, "<e");
    g_autofree char *found = NULL;
    for (int i = 0; i < 200 && (found == NULL || strstr(found, "Filed") == NULL); i++) {
        g_free(found);
        found = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "Zo\xc3\xb6/2026", NULL);
        g_usleep(100 * 1000);
    }
    assert_non_null(strstr(found, "Filed"));
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

static void a_folder_that_can_only_be_read_looks_so_and_is_left_alone(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    g_free(server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "Notices", NULL));
    deliver("Notices", "Fixed", "Read me.");
    g_free(server_doveadm(servers, "acl", "set", "-u", SERVER_USER, "Notices", "owner", "lookup", "read", NULL));
    g_autoptr(terminal) screen = start(home);
    expect(screen, "online");
    expect(screen, "Notices");
    terminal_keys(screen, "gf");
    terminal_wait_idle(screen, 100, 3000);
    terminal_keys(screen, "Notices\r");
    expect(screen, "Fixed");
    expect(screen, "Notices \xe2\x8a\x98"); /* ⊘ */
    terminal_keys(screen, "d");
    expect(screen, "take no mail out of");
    terminal_keys(screen, "*");
    expect(screen, "can only be read");
    terminal_keys(screen, "\r"); /* reading it marks nothing, and nothing complains */
    expect(screen, "Read me.");
    g_autofree char *flags = server_doveadm(servers, "fetch", "-u", SERVER_USER, "flags", "mailbox", "Notices", NULL);
    assert_null(strstr(flags, "\\Seen"));
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

static void a_mailbox_that_is_nearly_full_says_so(void **state)
{
    (void)state;
    g_autofree char *home = make_home(), *much = g_strnfill(900 * 1024, 'x');
    for (char *c = much + 70; c < much + strlen(much) - 1; c += 72)
        memcpy(c, "\r\n", 2);
    deliver("INBOX", "Large", much);
    g_autoptr(terminal) screen = start(home);
    expect(screen, "% full");
    expect(screen, "9"); /* and stays in the list */
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

int main(void)
{
    static const char dovecot[] =
        "mail_plugins = $mail_plugins quota acl\nprotocol imap {\n mail_plugins = $mail_plugins quota acl imap_quota "
        "imap_acl\n}\nplugin {\n quota = count:User quota\n quota_vsizes = yes\n quota_rule = *:storage=1000K\n"
        " acl = vfile\n}\n";
    const struct server_options options = { .dovecot = dovecot };
    g_autofree char *why_not = NULL;
    servers = server_start_with(&options, &why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_only_on_the_server_is_found_there_and_opened),
        cmocka_unit_test(folders_are_made_subscribed_and_given_a_purpose),
        cmocka_unit_test(a_folder_that_can_only_be_read_looks_so_and_is_left_alone),
        cmocka_unit_test(a_mailbox_that_is_nearly_full_says_so),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
