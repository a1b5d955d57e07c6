/* SPDX-License-Identifier: MIT */
/* Rights, quota, searches and names of messages on a real Cyrus, which tells them in its own way. */
#include "core/account_quota.h"
#include "core/folder_rights.h"
#include "core/store_private.h"
#include "tests/remove_tree.h"
#include "tests/servers/server.h"
#include "tests/servers/server_jail.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static jail *where;

/* --- another client, of few words --- */

static void say(GIOStream *line, const char *text)
{
    assert_true(g_output_stream_write_all(g_io_stream_get_output_stream(line), text, strlen(text), NULL, NULL, NULL));
}

/* Until the answer to tag "a". */
static void hear(GDataInputStream *in, const char *what)
{
    for (;;) {
        g_autofree char *text = g_data_input_stream_read_line(in, NULL, NULL, NULL);
        if (text == NULL)
            fail_msg("%s: hung up", what);
        if (strncmp(text, "a ", 2) != 0)
            continue;
        if (strncmp(text, "a OK", 4) != 0)
            fail_msg("%s: %s", what, text);
        return;
    }
}

static void do_all(const char *const *commands)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection) line = g_socket_client_connect_to_host(client, "127.0.0.1", (guint16)jail_ports(where)->imap, NULL, NULL);
    assert_non_null(line);
    g_autoptr(GDataInputStream) in = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(line)));
    g_autofree char *login = g_strdup_printf("a LOGIN " SERVER_USER " {%zu+}\r\n%s\r\n", strlen(SERVER_PASSWORD), SERVER_PASSWORD);
    say(G_IO_STREAM(line), login);
    hear(in, "LOGIN");
    for (; *commands != NULL; commands++) {
        g_autofree char *command = g_strdup_printf("a %s\r\n", *commands);
        say(G_IO_STREAM(line), command);
        hear(in, *commands);
    }
}

/* --- the program --- */

static char *make_home(void)
{
    char *home = g_dir_make_tmp("postern-cyrus-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "work.conf", NULL);
    g_autofree char *text = g_strdup_printf(
        "[account]\nname = Work\nfrom = alice@example.test\n\n[incoming]\nprotocol = imap\nhost = 127.0.0.1\nport = %d\nsecurity = "
        "plain\nuser = %s\n"
        "password = pa ss\"w\\\\ord%%\xc3\xbc\n\n[outgoing]\nprotocol = sendmail\ncommand = true\n\n[sync]\nbodies = headers\n",
        jail_ports(where)->imap, SERVER_USER);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    return home;
}

/* What it printed; caller frees. */
static char *run(const char *home, const char *const *words)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_auto(GStrv) environment = g_get_environ();
    g_autofree char *config = g_strconcat(home, "/config", NULL), *data = g_strconcat(home, "/data", NULL),
                    *cache = g_strconcat(home, "/cache", NULL);
    char *out = NULL;
    g_autofree char *errors = NULL;
    int status = -1;
    environment = g_environ_setenv(environment, "HOME", home, TRUE);
    environment = g_environ_setenv(environment, "XDG_CONFIG_HOME", config, TRUE);
    environment = g_environ_setenv(environment, "XDG_DATA_HOME", data, TRUE);
    environment = g_environ_setenv(environment, "XDG_CACHE_HOME", cache, TRUE);
    g_ptr_array_add(argv, (gpointer)POSTERN_PROGRAM);
    for (; *words != NULL; words++)
        g_ptr_array_add(argv, (gpointer)*words);
    g_ptr_array_add(argv, NULL);
    assert_true(g_spawn_sync(NULL, (char **)argv->pdata, environment, 0, NULL, NULL, &out, &errors, &status, NULL));
    if (status != 0)
        fail_msg("status %d: %s", status, errors);
    return out;
}

static void rights_quota_searches_and_names_are_understood(void **state)
{
    (void)state;
    g_autofree char *home = make_home(), *much = g_strnfill(95 * 1024, 'x');
    for (char *c = much + 70; c < much + strlen(much) - 1; c += 72)
        memcpy(c, "\r\n", 2);
    static const char head[] =
        "From: ada@example.test\r\nSubject: Fixed\r\nMessage-ID: <fixed@example.test>\r\n\r\nA zebra in the text.\r\n";
    g_autofree char *append = g_strdup_printf("APPEND Notices {%zu+}\r\n%s", strlen(head), head);
    g_autofree char *large = g_strdup_printf("APPEND INBOX {%zu+}\r\nSubject: x\r\n\r\n%s", strlen(much) + 14, much);
    /* An owner cannot take kxca from himself. */
    do_all((const char *const[]){ "CREATE Notices", append, large, "SETACL Notices " SERVER_USER " lrkxca", "CREATE Elsewhere",
                                  "APPEND INBOX {17+}\r\nSubject: y\r\n\r\ny\r\n", "SELECT INBOX", "COPY 2 Elsewhere", NULL });
    g_free(run(home, (const char *const[]){ "sync", NULL }));

    g_autofree char *path = g_build_filename(home, "data/postern/mail.db", NULL);
    g_autoptr(store) db = store_open(path, STORE_READER, NULL);
    assert_non_null(db);
    g_autoptr(GPtrArray) folders = store_folders(db, 0, NULL);
    const struct folder *notices = NULL;
    for (guint i = 0; i < folders->len; i++) {
        const struct folder *each = g_ptr_array_index(folders, i);
        notices = strcmp(each->name, "Notices") == 0 ? each : notices;
    }
    assert_non_null(notices);
    assert_true(folder_rights_is_read_only(notices->flags));
    struct account_quota quota;
    assert_true(account_quota_read(db, notices->account_id, &quota));
    assert_true(quota.percent >= ACCOUNT_QUOTA_NEAR && quota.percent <= 100);

    int64_t rows = 0, places = 0; /* no Message-ID: the server says that they are one */
    assert_true(store_number(db, &rows, NULL, "SELECT count(*) FROM messages WHERE subject = 'y'"));
    assert_true(store_number(db, &places, NULL,
                             "SELECT count(*) FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE m.subject = 'y'"));
    assert_int_equal(rows, 1);
    assert_int_equal(places, 2);

    g_autofree char *here = run(home, (const char *const[]){ "search", "zebra", NULL });
    g_autofree char *there = run(home, (const char *const[]){ "search", "--server", "--json", "zebra", NULL });
    assert_string_equal(here, ""); /* the text is there only */
    assert_non_null(strstr(there, "\"fixed@example.test\""));
    assert_non_null(strstr(there, "\"found_by\":\"server\""));
    remove_tree(home);
}

int main(void)
{
    static const int waits[] = { offsetof(struct jail_ports, imap), -1 };
    const struct jail_options options = { .settings = "autocreate_quota: 100" };
    g_autofree char *why_not = NULL;
    if (!jail_is_possible(&why_not) || (where = jail_start_with("cyrus", waits, &options, &why_not)) == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(rights_quota_searches_and_names_are_understood) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    jail_free(where);
    return failed;
}
