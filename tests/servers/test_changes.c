/* SPDX-License-Identifier: MIT */
/* The real program in a terminal while another client changes the same mail on a real Dovecot: what it does is on the screen soon, and the cursor, the
 * marks and the open message stay where they were, in every order, in the inboxes of two accounts together, and in a filter. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

enum { PATIENCE_MS = 15000 };

#define CURSOR "\xe2\x96\xb8"

static server *servers;

static void write_account(const char *accounts, const char *id, const char *user, const char *password)
{
    g_autofree char *path = g_strdup_printf("%s/%s.conf", accounts, id);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = %s\nfrom = %s <%s@example.test>\n\n[incoming]\nprotocol = imap\nhost = localhost\nport = %d\n"
                        "security = tls\nuser = %s\npassword = %s\ntls-ca-file = %s\n\n[outgoing]\nprotocol = smtp\nhost = localhost\n"
                        "port = %d\nsecurity = tls\ntls-ca-file = %s\n",
                        id, id, user, server_ports(servers)->imaps, user, password, server_ca_file(servers),
                        server_ports(servers)->submissions, server_ca_file(servers));
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static const char password[] = "pa ss\"w\\\\ord%\xc3\xbc";

static char *make_home(void)
{
    char *home = g_dir_make_tmp("postern-changes-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL);
    g_autofree char *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    write_account(accounts, "one", SERVER_USER, password);
    assert_true(g_file_set_contents(settings, "[postern]\npoll-interval = 600\n", -1, NULL));
    return home;
}

static void add_second_account(const char *home)
{
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL);
    write_account(accounts, "two", SERVER_OTHER, password);
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
    fail_msg("\"%s\" did not come:\n%s\n%.2000s", words, text, log);
}

static void expect_gone(terminal *screen, const char *words)
{
    if (terminal_wait_gone(screen, words, PATIENCE_MS))
        return;
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("\"%s\" did not go:\n%s", words, text);
}

static void press(terminal *screen, const char *keys, const char *words)
{
    terminal_keys(screen, keys);
    expect(screen, words);
}

static void deliver(const char *user, const char *subject, const char *parent, int filler)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%a, %d %b %Y %H:%M:%S +0000"), *body = g_strnfill((gsize)filler, 'x');
    g_autofree char *answers = parent != NULL ? g_strdup_printf("In-Reply-To: <%s@example.test>\r\n", parent) : g_strdup("");
    g_autofree char *message = g_strdup_printf("From: Ada <ada@example.test>\r\nTo: %s@example.test\r\nSubject: %s\r\nDate: %s\r\n%s"
                                               "Message-ID: <%s@example.test>\r\n\r\nThe text of %s.\r\n%s\r\n",
                                               user, subject, date, answers, subject, subject, body);
    assert_true(server_deliver(servers, user, "INBOX", message));
}

static void expunge(const char *user, const char *subject)
{
    g_free(server_doveadm(servers, "expunge", "-u", user, "mailbox", "INBOX", "subject", subject, NULL));
}

static void flag(const char *user, const char *subject, const char *name)
{
    g_free(server_doveadm(servers, "flags", "add", "-u", user, name, "mailbox", "INBOX", "subject", subject, NULL));
}

/* The subject's row begins with the cursor. */
static bool is_cursor_on(terminal *screen, const char *subject)
{
    g_autofree char *row = terminal_row(screen, MAX(terminal_find_row(screen, subject), 0));
    const char *list = strstr(row, "\xe2\x94\x82");
    return strstr(row, subject) != NULL && list != NULL && g_str_has_prefix(list + strlen("\xe2\x94\x82"), CURSOR);
}

static void assert_cursor_on(terminal *screen, const char *subject)
{
    for (int i = 0; i < 50; i++) {
        if (is_cursor_on(screen, subject))
            return;
        terminal_read(screen, 100);
    }
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("the cursor is not on %s:\n%s", subject, text);
}

static void expect_soon(terminal *screen, const char *words, const char *what)
{
    gint64 begun = g_get_monotonic_time();
    expect(screen, words);
    print_message("    %s: %d ms\n", what, (int)((g_get_monotonic_time() - begun) / 1000));
}

/* What others do, seen in the list as it is shown now. The cursor is put on Beta. */
static void look_at_changes(terminal *screen, const char *user, const char *name)
{
    g_autofree char *fresh = g_strdup_printf("Fresh%s", name), *gone = g_strdup_printf("Gone%s", name);
    print_message("  %s\n", name);
    deliver(user, gone, NULL, 50);
    expect(screen, gone);
    for (int i = 0; i < 12 && (i == 0 || !is_cursor_on(screen, gone)); i++) {
        terminal_keys(screen, i == 0 ? "<" : "j");
        terminal_wait_idle(screen, 60, 1000);
    }
    assert_cursor_on(screen, gone);
    deliver(user, fresh, NULL, 70);
    expect_soon(screen, fresh, "new mail");
    assert_cursor_on(screen, gone);
    flag(user, gone, "\\Flagged");
    expect_soon(screen, "\xe2\x98\x85", "flag");
    gint64 begun = g_get_monotonic_time();
    expunge(user, gone);
    expect_gone(screen, gone);
    print_message("    expunge under the cursor: %d ms\n", (int)((g_get_monotonic_time() - begun) / 1000));
    g_autofree char *text = terminal_screen_text(screen);
    assert_non_null(strstr(text, "\xe2\x94\x82" CURSOR)); /* it is on the neighbour */
}

static void what_another_client_does_is_seen_in_every_order(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    deliver(SERVER_USER, "Alpha", NULL, 100);
    deliver(SERVER_USER, "Beta", NULL, 5000);
    g_autoptr(terminal) screen = start(home);
    expect(screen, "Alpha");
    look_at_changes(screen, SERVER_USER, "Talk");
    press(screen, "oz", "largest first");
    look_at_changes(screen, SERVER_USER, "Size");
    press(screen, "os", "subject, A to Z");
    look_at_changes(screen, SERVER_USER, "Subject");
    press(screen, "of", "sender, A to Z");
    look_at_changes(screen, SERVER_USER, "Sender");
    press(screen, "od", "newest first");
    look_at_changes(screen, SERVER_USER, "Flat");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
    g_free(server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "INBOX", "all", NULL));
}

static void what_another_client_does_is_seen_in_all_inboxes_and_in_a_filter(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    deliver(SERVER_USER, "Alpha", NULL, 100);
    deliver(SERVER_OTHER, "Gamma", NULL, 1000);
    add_second_account(home);
    g_autoptr(terminal) screen = start(home);
    expect(screen, "Inboxes");
    press(screen, "gA", "Gamma");
    expect(screen, "Alpha");
    look_at_changes(screen, SERVER_OTHER, "Unified");
    press(screen, "oz", "largest first");
    look_at_changes(screen, SERVER_USER, "UnifiedSize");
    press(screen, "oa", "newest first");
    press(screen, "/from:ada\r", "Only with: from:ada");
    look_at_changes(screen, SERVER_OTHER, "Filter");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
    g_free(server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "INBOX", "all", NULL));
}

static void the_reader_stays_open_and_says_so_when_its_message_goes(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    deliver(SERVER_USER, "Keep", NULL, 10);
    deliver(SERVER_USER, "Read", NULL, 10);
    g_autoptr(terminal) screen = start(home);
    expect(screen, "Keep");
    expect(screen, "Read");
    press(screen, "<\r", "The text of Read");
    expunge(SERVER_USER, "Read");
    expect(screen, "deleted by another program");
    assert_true(terminal_contains(screen, "The text of Read"));
    press(screen, "q", "Keep");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
    g_free(server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "INBOX", "all", NULL));
}

static void a_message_joins_an_open_conversation_and_marks_are_kept(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    deliver(SERVER_USER, "Root", NULL, 10);
    deliver(SERVER_USER, "Branch", "Root", 10);
    deliver(SERVER_USER, "Other", NULL, 10);
    g_autoptr(terminal) screen = start(home);
    expect(screen, "Other");
    expect(screen, "(2)");
    press(screen, "<j\033[C", "Root");
    terminal_keys(screen, "< "); /* Other is marked, the cursor is on Root */
    terminal_wait_idle(screen, 100, 1000);
    assert_cursor_on(screen, "Root");
    deliver(SERVER_USER, "Leaf", "Branch", 10);
    expect(screen, "Leaf");
    assert_cursor_on(screen, "Root");
    press(screen, "e", "Archived 1 message"); /* the marked one */
    expect_gone(screen, "Other");
    press(screen, "\r", "of 3"); /* and into the page that is being read */
    deliver(SERVER_USER, "Twig", "Leaf", 10);
    expect(screen, "of 4");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

static int start_servers(void **state)
{
    g_autofree char *why = NULL;
    (void)state;
    servers = server_start(&why);
    if (servers == NULL)
        print_message("skipped: %s\n", why);
    return 0;
}

static int stop_servers(void **state)
{
    (void)state;
    server_free(servers);
    return 0;
}

static int need_servers(void **state)
{
    (void)state;
    if (servers == NULL)
        skip();
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, need_servers)
    const struct CMUnitTest tests[] = {
        TEST(what_another_client_does_is_seen_in_every_order),
        TEST(what_another_client_does_is_seen_in_all_inboxes_and_in_a_filter),
        TEST(the_reader_stays_open_and_says_so_when_its_message_goes),
        TEST(a_message_joins_an_open_conversation_and_marks_are_kept),
    };
    return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
