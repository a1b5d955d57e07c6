/* SPDX-License-Identifier: MIT */
/* A message with a big attachment on a real server: its text alone is fetched to read it, the rest when it is asked for, also over a line that breaks. */
#include "tests/remove_tree.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/server.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { WAIT_MS = 60000, FILE_BYTES = 5000000 };

static server *servers;
static char *attached; /* the bytes of the file */

struct session {
    char *home;
    terminal *terminal;
};

static void write_settings(const char *home, int port)
{
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *settings = g_build_filename(home, "config/postern/postern.conf", NULL), *files = g_build_filename(home, "files", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Alice <%s>\n\n[incoming]\nprotocol = imap\nhost = localhost\nport = "
                        "%d\nsecurity = plain\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\n\n[outgoing]\nprotocol = "
                        "smtp\nhost = localhost\nport = %d\nsecurity = plain\nuser =\n",
                        SERVER_ADDRESS, port, SERVER_USER, server_ports(servers)->smtp);
    g_autofree char *wishes = g_strdup_printf("[postern]\ndownloads = %s\n", files);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_int_equal(g_mkdir_with_parents(files, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    assert_true(g_file_set_contents(settings, wishes, -1, NULL));
}

static void press(struct session *self, const char *keys, const char *wanted)
{
    terminal_keys(self->terminal, keys);
    if (terminal_wait_for(self->terminal, wanted, WAIT_MS))
        return;
    g_autofree char *screen = terminal_screen_text(self->terminal);
    fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
}

static struct session *session_new(int port)
{
    struct session *self = g_new0(struct session, 1);
    self->home = g_dir_make_tmp("postern-attach-XXXXXX", NULL);
    write_settings(self->home, port);
    static const char *const names[][2] = { { "HOME", "" },
                                            { "XDG_CONFIG_HOME", "/config" },
                                            { "XDG_DATA_HOME", "/data" },
                                            { "XDG_CACHE_HOME", "/cache" },
                                            { "XDG_RUNTIME_DIR", "" },
                                            { "POSTERN_LOG", "/log" } };
    g_auto(GStrv) env = g_new0(char *, G_N_ELEMENTS(names) + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        env[i] = g_strdup_printf("%s=%s%s", names[i][0], self->home, names[i][1]);
    self->terminal = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 30, 110, (const char *const *)env);
    assert_non_null(self->terminal);
    press(self, "", "a big one");
    return self;
}

static void session_free(struct session *self)
{
    terminal_keys(self->terminal, "\003");
    assert_int_equal(terminal_wait_exit(self->terminal, WAIT_MS), 0);
    terminal_free(self->terminal);
    remove_tree(self->home);
    g_free(self->home);
    g_free(self);
}

static bool log_has(const struct session *self, const char *words)
{
    g_autofree char *path = g_build_filename(self->home, "log", NULL), *log = NULL;
    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    return strstr(log, words) != NULL;
}

static void assert_saved(const struct session *self, const char *name)
{
    g_autofree char *path = g_build_filename(self->home, "files", name, NULL), *content = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &content, &size, NULL));
    assert_int_equal(size, FILE_BYTES);
    assert_memory_equal(content, attached, FILE_BYTES);
}

static void save_first(struct session *self, const char *wanted)
{
    press(self, "s", "Save which");
    press(self, "\r", "Save as:");
    press(self, "\r", wanted);
}

static void its_text_comes_first_and_the_file_when_it_is_saved(void **state)
{
    (void)state;
    struct session *session = session_new(server_ports(servers)->imap);
    press(session, "\r", "words to read");
    assert_true(terminal_contains(session->terminal, "2 attachments at the end"));
    press(session, ">", "fetched when you open or save it");
    assert_true(log_has(session, "BODY.PEEK[1.1]"));
    assert_false(log_has(session, "BODY.PEEK[2]"));
    assert_false(log_has(session, "BODY.PEEK[]"));
    save_first(session, "Saved ");
    assert_saved(session, "evil.bin");                  /* was "../../evil.bin" */
    assert_true(log_has(session, "BINARY.PEEK[2]<0.")); /* Dovecot takes the base64 off (RFC 3516) */
    save_first(session, "with this name already");
    press(session, "k", "evil.bin");
    session_free(session);
}

static void its_html_comes_when_it_is_looked_at(void **state)
{
    (void)state;
    struct session *session = session_new(server_ports(servers)->imap);
    press(session, "\r", "words to read");
    assert_false(log_has(session, "BODY.PEEK[1.2]"));
    press(session, "v", "Html, to look at");
    assert_true(log_has(session, "BODY.PEEK[1.2]"));
    session_free(session);
}

static void its_source_is_what_the_server_has(void **state)
{
    (void)state;
    struct session *session = session_new(server_ports(servers)->imap);
    press(session, "\r", "words to read");
    press(session, "v", "Html, to look at");
    press(session, "v", "boundary=m");
    assert_true(log_has(session, "BODY.PEEK[]<0."));
    assert_false(terminal_contains(session->terminal, "X-Postern"));
    session_free(session);
}

static void offline_it_is_said_and_done_later(void **state)
{
    (void)state;
    struct session *session = session_new(server_ports(servers)->imap);
    press(session, "\r", "words to read");
    press(session, "O", "offline");
    save_first(session, "You are offline");
    press(session, "O", "Saved ");
    assert_saved(session, "evil.bin");
    session_free(session);
}

static void all_are_saved_side_by_side(void **state)
{
    (void)state;
    struct session *session = session_new(server_ports(servers)->imap);
    press(session, "\r", "words to read");
    press(session, "S", "Save all in folder");
    press(session, "\r", "Saved 2 attachments");
    gsize sizes[2] = { 0 };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) { /* the small one may be first */
        g_autofree char *path = g_build_filename(session->home, "files", i == 0 ? "evil.bin" : "evil-2.bin", NULL), *content = NULL;
        assert_true(g_file_get_contents(path, &content, &sizes[i], NULL));
    }
    assert_int_equal(MAX(sizes[0], sizes[1]), FILE_BYTES);
    assert_int_equal(MIN(sizes[0], sizes[1]), strlen("small"));
    session_free(session);
}

static void a_line_that_breaks_only_delays_it(void **state)
{
    (void)state;
    g_autoptr(fault_proxy) proxy = fault_proxy_start(server_ports(servers)->imap, 1, 0);
    assert_non_null(proxy);
    struct session *session = session_new(fault_proxy_port(proxy));
    press(session, "\r", "words to read");
    fault_proxy_cut_behind(proxy, "BODY.PEEK[2]<2");
    save_first(session, "Saved ");
    assert_saved(session, "evil.bin");
    session_free(session);
}

static char *big_message(void)
{
    GString *text =
        g_string_new("From: Bob <bob@example.test>\nTo: alice@example.test\nSubject: a big one\nMIME-Version: 1.0\nContent-Type: "
                     "multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: "
                     "text/plain\n\nSome words to read.\n");
    for (int i = 0; i < 40; i++)
        g_string_append(text, "And then some more, so that nobody takes this for a stub.\n");
    g_string_append(text, "--a\nContent-Type: text/html\n\n<h1>Html, to look at</h1>\n--a--\n--m\nContent-Type: application/octet-stream\n"
                          "Content-Disposition: attachment; filename=\"../../evil.bin\"\nContent-Transfer-Encoding: base64\n\n");
    for (int i = 0; i < FILE_BYTES; i += 57) {
        g_autofree char *line = g_base64_encode((const guchar *)attached + i, (gsize)MIN(57, FILE_BYTES - i));
        g_string_append_printf(text, "%s\n", line);
    }
    g_string_append(text,
                    "--m\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=evil.bin\n\nsmall\n--m--\n");
    return g_string_free(text, FALSE);
}

int main(void)
{
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    attached = g_malloc(FILE_BYTES);
    for (int i = 0; i < FILE_BYTES; i++)
        attached[i] = (char)(((unsigned)i * 7919u + (unsigned)i / 251u) & 0xff);
    g_autofree char *message = big_message();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_text_comes_first_and_the_file_when_it_is_saved),
        cmocka_unit_test(its_html_comes_when_it_is_looked_at),
        cmocka_unit_test(its_source_is_what_the_server_has),
        cmocka_unit_test(offline_it_is_said_and_done_later),
        cmocka_unit_test(all_are_saved_side_by_side),
        cmocka_unit_test(a_line_that_breaks_only_delays_it),
    };
    int failed = server_deliver(servers, SERVER_USER, "INBOX", message) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    server_free(servers);
    g_free(attached);
    return failed;
}
