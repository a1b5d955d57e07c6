/* SPDX-License-Identifier: MIT */
/* The activity view with a long queue for a server that does not answer: what waits is told, tried again, discarded, and opened. */
#include "core/intent.h"
#include "core/intent_list.h"
#include "core/store_folder.h"
#include "core/store_message.h"
#include "tests/remove_tree.h"
#include "tests/tui/terminal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { WAIT_MS = 30000, MESSAGES = 500 };

static char *make_home(void)
{
    char *home = g_dir_make_tmp("postern-activity-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(home, "config/postern/accounts", NULL),
                    *data = g_build_filename(home, "data/postern", NULL), *path = g_build_filename(accounts, "far.conf", NULL);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_int_equal(g_mkdir_with_parents(data, 0700), 0);
    /* Nobody listens at port 1. */
    assert_true(g_file_set_contents_full(
        path,
        "[account]\nname = Far\nfrom = a@example.test\n\n[incoming]\nprotocol = imap\nhost = 127.0.0.1\n"
        "port = 1\nsecurity = plain\nuser = a\npassword = b\n\n[outgoing]\nprotocol = smtp\nhost = 127.0.0.1\nport = 1\n"
        "security = plain\n",
        -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    return home;
}

static store *open_store(const char *home)
{
    g_autofree char *path = g_build_filename(home, "data/postern/mail.db", NULL);
    g_autoptr(GError) why = NULL;
    store *db = store_open(path, STORE_WORKER, &why);
    if (db == NULL)
        fail_msg("%s", why->message);
    return db;
}

static int64_t make_folder(store *db, int64_t account, const char *name, enum folder_role role)
{
    const struct folder box = { .account_id = account, .name = (char *)name, .wire = (char *)name, .delimiter = '/', .role = role };
    int64_t id = store_folder_put(db, &box, NULL);
    assert_true(id > 0);
    assert_true(store_folder_set_sync(db, id, 7, 1000, 0, 0, NULL));
    return id;
}

/* Five hundred messages, each starred by itself: a queue of as many lines. */
static void fill(const char *home)
{
    g_autoptr(store) db = open_store(home);
    int64_t account = store_account_id(db, "far", NULL), inbox = make_folder(db, account, "INBOX", FOLDER_INBOX);
    make_folder(db, account, "Archive", FOLDER_ARCHIVE);
    for (int i = 0; i < MESSAGES; i++) {
        g_autofree char *id = g_strdup_printf("m%d@x", i), *subject = g_strdup_printf("Number %03d", i);
        const struct message_info info = { .message_id = id,
                                           .subject = subject,
                                           .from_address = "b@example.test",
                                           .date_utc = 1700000000 + i,
                                           .received_utc = 1700000000 + i,
                                           .size_bytes = 100 };
        int64_t placement = 0;
        assert_true(store_placement_put(db, inbox, (uint32_t)i + 1, 0, NULL, 0, &info, &placement, NULL, NULL));
        assert_true(intent_flags(db, &placement, 1, MESSAGE_FLAGGED, 0, NULL) > 0);
    }
}

static terminal *start(const char *home, int rows, int columns)
{
    g_autofree char *home_word = g_strconcat("HOME=", home, NULL), *config = g_strconcat("XDG_CONFIG_HOME=", home, "/config", NULL);
    g_autofree char *data = g_strconcat("XDG_DATA_HOME=", home, "/data", NULL),
                    *cache = g_strconcat("XDG_CACHE_HOME=", home, "/cache", NULL);
    const char *const env[] = { home_word, config, data, cache, NULL };
    terminal *screen = terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, rows, columns, env);
    assert_non_null(screen);
    return screen;
}

static void expect(terminal *screen, const char *words)
{
    if (terminal_wait_for(screen, words, WAIT_MS))
        return;
    g_autofree char *text = terminal_screen_text(screen);
    fail_msg("no \"%s\"\n%s", words, text);
}

static void type(terminal *screen, const char *keys, const char *wanted)
{
    terminal_keys(screen, keys);
    expect(screen, wanted);
}

static void a_long_queue_is_told_and_worked_on_in_a_small_terminal(void **state)
{
    (void)state;
    g_autofree char *home = make_home();
    fill(home);
    g_autoptr(terminal) screen = start(home, 24, 80);
    expect(screen, "Number 499");
    type(screen, "A", "Connections");
    expect(screen, "Star “Number 000” in INBOX");
    type(screen, "\033[6~", "Star “Number 01"); /* a page */
    type(screen, "\033[H", "Connections");
    type(screen, "j", "Star “Number 000”");
    type(screen, "r", "tried again now");
    type(screen, "d", "as it was before");
    terminal_wait_gone(screen, "Number 000", WAIT_MS);
    expect(screen, "Star “Number 001”");
    terminal_resize(screen, 15, 60);
    expect(screen, "Star “Number 001”");
    terminal_resize(screen, 24, 80);
    type(screen, "\r", "Number 001"); /* the message, or why it cannot be shown */
    terminal_wait_gone(screen, "Connections", WAIT_MS);
    g_autoptr(store) db = open_store(home);
    assert_int_equal(intent_count(db, 0), MESSAGES - 1);
    terminal_keys(screen, "Q");
    terminal_wait_exit(screen, WAIT_MS);
    g_clear_pointer(&screen, terminal_free); /* or it would go on writing there */
    remove_tree(home);
}

static void mail_written_offline_is_said_to_wait_in_the_outbox(void **state)
{
    (void)state;
    g_autofree char *home = make_home(), *settings = g_build_filename(home, "config/postern/postern.conf", NULL);
    assert_true(g_file_set_contents(settings, "[postern]\nundo-delay = 0\neditor = builtin\n", -1, NULL));
    fill(home);
    g_autoptr(terminal) screen = start(home, 24, 110);
    expect(screen, "Number 499");
    type(screen, "O", "Offline");
    type(screen, "c", "Subject");
    type(screen, "b@example.test\r\r\rTrain", "Train");
    type(screen, "\r", "Esc ends writing");
    type(screen, "Written in a train", "in a train");
    type(screen, "\033", "y send");
    type(screen, "y", "Kept in the outbox");
    expect(screen, "Outbox");
    type(screen, "go", "sent when you are online");
    expect(screen, "to b@example.test");
    terminal_keys(screen, "q");
    type(screen, "u", "It was not sent.");
    expect(screen, "Written in a train");
    terminal_keys(screen, "\030");
    type(screen, "t", "Thrown away");
    terminal_keys(screen, "Q");
    terminal_wait_exit(screen, WAIT_MS);
    g_clear_pointer(&screen, terminal_free); /* or it would go on writing there */
    remove_tree(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_long_queue_is_told_and_worked_on_in_a_small_terminal),
                                        cmocka_unit_test(mail_written_offline_is_said_to_wait_in_the_outbox) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
