/* SPDX-License-Identifier: MIT */
/* POP3 against a real Dovecot, in the real program: each way to connect × each way to send, on the screen; a deletion with its undo; kill -9 at any
 * moment. */
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_MESSAGES 300

static server *servers;

struct door {
    const char *name;
    const char *security;
    int port;
    bool has_sign_in;
};

/* An empty home with one account file; its directory. */
static char *make_home(const struct door *in, const struct door *out, const char *rule)
{
    char *home = g_dir_make_tmp("postern-pop3-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    g_autofree char *text = g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = pop3\nhost = "
                                            "localhost\nport = %d\nsecurity = %s\nuser = %s\n"
                                            "password = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[pop3]\ndelete-from-server = %s\n\n"
                                            "[outgoing]\nprotocol = smtp\nhost = localhost\nport = %d\nsecurity = %s\ntls-ca-file = %s\n%s",
                                            SERVER_ADDRESS, in->port, in->security, SERVER_USER, server_ca_file(servers), rule, out->port,
                                            out->security, server_ca_file(servers), out->has_sign_in ? "" : "user =\n");
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\n", -1, NULL));
    return home;
}

static terminal *start(const char *home)
{
    g_autofree char *home_word = g_strconcat("HOME=", home, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", home, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", home, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", home, "/cache", NULL);
    const char *const env[] = { home_word, config, data, cache, NULL };
    return terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100, env);
}

static void fail_with_screen(terminal *screen, const char *what)
{
    g_autofree char *text = terminal_screen_text(screen), *log = server_log(servers);
    fail_msg("%s\n%s\n%s", what, text, log);
}

/* On the server, as another client sees it: 1 there, 0 not; asked until it is so or the time is over. */
static bool is_there(const char *subject, bool is_wanted)
{
    for (int i = 0; i < 400; i++) {
        g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_USER, "hdr.subject", "mailbox", "INBOX", NULL);
        if ((strstr(found, subject) != NULL) == is_wanted)
            return true;
        g_usleep(50 * 1000);
    }
    return false;
}

static void write_to_myself(terminal *screen, const char *subject)
{
    terminal_keys(screen, "c");
    assert_true(terminal_wait_for(screen, "Subject", 20000));
    terminal_keys(screen, SERVER_ADDRESS);
    terminal_keys(screen, "\033[B\033[B\033[B"); /* Cc, Bcc, Subject */
    terminal_keys(screen, subject);
    terminal_keys(screen, "\r");
    terminal_keys(screen, "Written in the terminal.");
    if (!terminal_wait_for(screen, "Written in the terminal.", 20000))
        fail_with_screen(screen, "no editor");
    terminal_keys(screen, "\033");
    terminal_wait_idle(screen, 100, 2000);
    terminal_keys(screen, "y");
}

static void send_and_receive(const struct door *in, const struct door *out)
{
    g_autofree char *subject = g_strdup_printf("From %s to %s", out->name, in->name), *home = make_home(in, out, "when-deleted");
    g_autoptr(terminal) screen = start(home);
    assert_non_null(screen);
    if (!terminal_wait_for(screen, "online", 20000))
        fail_with_screen(screen, "not online");
    write_to_myself(screen, subject);
    if (!is_there(subject, true))
        fail_with_screen(screen, "the message did not reach the server");
    terminal_keys(screen, "$"); /* look now */
    if (!terminal_wait_for(screen, subject, 30000))
        fail_with_screen(screen, "the message did not arrive on the screen");
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

static const struct door *pop3_doors(size_t *count_out)
{
    static struct door doors[3];
    const struct server_ports *ports = server_ports(servers);
    doors[0] = (struct door){ "POP3 plain", "plain", ports->pop3, true };
    doors[1] = (struct door){ "POP3 STLS", "starttls", ports->pop3, true };
    doors[2] = (struct door){ "POP3 TLS", "tls", ports->pop3s, true };
    *count_out = G_N_ELEMENTS(doors);
    return doors;
}

static void mail_goes_round_through_every_pair_of_doors(void **state)
{
    const struct server_ports *ports = server_ports(servers);
    const struct door outs[] = { { "SMTP 25 STARTTLS", "starttls", ports->smtp, false },
                                 { "SMTP 587 STARTTLS", "starttls", ports->submission, true },
                                 { "SMTP 465 TLS", "tls", ports->submissions, true } };
    size_t count = 0;
    const struct door *ins = pop3_doors(&count);
    (void)state;
    for (size_t i = 0; i < count; i++)
        send_and_receive(&ins[i], &outs[i]);
}

static void deliver(const char *subject, int year)
{
    g_autofree char *text = g_strdup_printf("From: Ada <ada@example.test>\nTo: %s\nSubject: %s\nMessage-ID: <%s@example.test>\n"
                                            "Date: 21 Nov %d 07:00:00 +0000\n\nHello.\n",
                                            SERVER_ADDRESS, subject, subject, year);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", text));
}

static void what_is_deleted_on_the_screen_goes_from_the_server_unless_undone(void **state)
{
    size_t count = 0;
    const struct door *ins = pop3_doors(&count);
    const struct door out = { "SMTP", "tls", server_ports(servers)->submissions, true };
    g_autofree char *home = make_home(&ins[2], &out, "when-deleted");
    (void)state;
    deliver("keepsake", 2025);
    deliver("rubbish", 2025);
    g_autoptr(terminal) screen = start(home);
    if (!terminal_wait_for(screen, "rubbish", 20000) || !terminal_wait_for(screen, "keepsake", 20000))
        fail_with_screen(screen, "the messages did not arrive");
    terminal_wait_idle(screen, 500, 10000); /* the visit is over: the list stands still under the cursor */
    terminal_keys(screen, "d");
    if (!terminal_wait_for(screen, "undo", 20000))
        fail_with_screen(screen, "nothing was deleted");
    terminal_keys(screen, "u");
    terminal_wait_idle(screen, 200, 2000);
    terminal_keys(screen, "$");
    deliver("a third one", 2099); /* when it is here, a visit was made */
    terminal_keys(screen, "$");
    if (!terminal_wait_for(screen, "a third one", 20000))
        fail_with_screen(screen, "no second visit");
    assert_true(is_there("keepsake", true));
    assert_true(is_there("rubbish", true));
    terminal_wait_idle(screen, 500, 10000);
    terminal_keys(screen, "\033[H");
    terminal_wait_idle(screen, 500, 10000);
    terminal_keys(screen, "d"); /* the newest: the third */
    terminal_wait_idle(screen, 200, 2000);
    terminal_keys(screen, "$");
    if (!is_there("a third one", false))
        fail_with_screen(screen, "what was deleted here is still on the server");
    assert_true(is_there("keepsake", true));
    g_clear_pointer(&screen, terminal_free);
    remove_tree(home);
}

/* --- kill -9 --- */
static GPid start_sync(const char *home)
{
    g_auto(GStrv) env = g_get_environ();
    const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        env = g_environ_setenv(env, names[i][0], path, TRUE);
    }
    const char *const argv[] = { POSTERN_PROGRAM, "sync", "test", NULL };
    GPid pid = 0;
    assert_true(g_spawn_async(NULL, (char **)argv, env, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                              NULL, NULL, &pid, NULL));
    return pid;
}

/* How often each message is in the Maildir. */
static GHashTable *count_messages(const char *home)
{
    static const char *const parts[] = { "new", "cur" };
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *directory = g_build_filename(home, "data/postern/mail/test/Inbox", parts[i], NULL);
        g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
        const char *name;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *path = g_build_filename(directory, name, NULL), *text = NULL;
            assert_true(g_file_get_contents(path, &text, NULL, NULL));
            const char *subject = strstr(text, "Subject: "), *end = subject != NULL ? strchr(subject, '\n') : NULL;
            assert_non_null(end);
            char *key = g_strndup(subject, (gsize)(end - subject));
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
            g_hash_table_replace(counts, key, GUINT_TO_POINTER(count + 1));
        }
    }
    return counts;
}

static unsigned count_on_server(void)
{
    g_autofree char *found = server_doveadm(servers, "fetch", "-u", SERVER_OTHER, "uid", "mailbox", "INBOX", NULL);
    unsigned count = 0;
    for (const char *at = found; (at = strstr(at, "uid:")) != NULL; at += 4)
        count++;
    return count;
}

/* Straight into the Maildir: hundreds of doveadm calls would take minutes. */
static void fill_maildrop(void)
{
    static const char *const parts[] = { "tmp", "new", "cur" };
    g_autofree char *home = g_build_filename(server_directory(servers), "home", SERVER_OTHER, NULL),
                    *maildir = g_build_filename(home, "Maildir", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        assert_int_equal(g_mkdir_with_parents(path, 0700), 0);
    }
    for (int i = 0; i < KILL_MESSAGES; i++) {
        g_autofree char *path = g_strdup_printf("%s/new/%d.M%dP1.test", maildir, 1700000000 + i, i);
        g_autofree char *text = g_strdup_printf("Subject: Number %d\nFrom: a@example.test\nMessage-ID: <k%d@x>\n\n%0*d\n", i, i, 1500, i);
        assert_true(g_file_set_contents(path, text, -1, NULL));
    }
    const char *const argv[] = { "chown", "-R", "mail:mail", home, NULL };
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void killed_at_any_moment_it_loses_nothing_and_fetches_nothing_twice(void **state)
{
    size_t count = 0;
    const struct door *ins = pop3_doors(&count);
    const struct door out = { "SMTP", "tls", server_ports(servers)->submissions, true };
    g_autofree char *home = make_home(&ins[0], &out, "at-once"), *path = g_build_filename(home, "config/postern/accounts/test.conf", NULL);
    g_autofree char *text = NULL;
    (void)state;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(GString) changed = g_string_new(text);
    g_string_replace(changed, "user = " SERVER_USER, "user = " SERVER_OTHER, 1);
    assert_true(g_file_set_contents_full(path, changed->str, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    fill_maildrop();
    for (int i = 0; i < 40; i++) {
        int status = 0;
        GPid pid = start_sync(home);
        g_usleep((gulong)(20 + i * 17 % 300) * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (WIFEXITED(status))
            break;
        g_autoptr(GHashTable) here = count_messages(home);
        assert_true(g_hash_table_size(here) + count_on_server() >= KILL_MESSAGES); /* on at least one side, at any moment */
    }
    for (int i = 0; i < 3; i++) {
        int status = 0;
        waitpid(start_sync(home), &status, 0);
        assert_int_equal(status, 0);
    }
    g_autoptr(GHashTable) here = count_messages(home);
    assert_int_equal(g_hash_table_size(here), KILL_MESSAGES);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, here);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        assert_int_equal(GPOINTER_TO_UINT(value), 1);
    assert_int_equal(count_on_server(), 0);
    g_autofree char *tmp = g_build_filename(home, "data/postern/mail/test/Inbox/tmp", NULL);
    g_autoptr(GDir) leftovers = g_dir_open(tmp, 0, NULL);
    assert_null(g_dir_read_name(leftovers));
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_goes_round_through_every_pair_of_doors),
        cmocka_unit_test(what_is_deleted_on_the_screen_goes_from_the_server_unless_undone),
        cmocka_unit_test(killed_at_any_moment_it_loses_nothing_and_fetches_nothing_twice),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
