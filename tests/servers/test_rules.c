/* SPDX-License-Identifier: MIT */
/* Tags, rules on arrival, mute and snooze against a real Dovecot: what another client sees, once, whatever moment postern is killed in. */
#include "core/intent.h"
#include "core/mute.h"
#include "core/rules_log.h"
#include "core/snooze.h"
#include "core/store_private.h"
#include "core/undo.h"
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
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define KILLS    25
#define MESSAGES 120

static server *servers;

struct world {
    char *home;
    char **environment;
};

static int setup(void **state)
{
    struct world *self = g_new0(struct world, 1);
    self->home = g_dir_make_tmp("postern-rules-XXXXXX", NULL);
    g_autofree char *accounts = g_build_filename(self->home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *text = g_strdup_printf("[account]\nname = Test\nfrom = Alice Example <%s>\n\n[incoming]\nprotocol = imap\nhost = "
                                            "localhost\nport = %d\nsecurity = tls\nuser = %s\n"
                                            "password = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n\n[outgoing]\nprotocol = smtp\nhost = "
                                            "localhost\nport = %d\nsecurity = starttls\ntls-ca-file = %s\nuser =\n",
                                            SERVER_ADDRESS, server_ports(servers)->imaps, SERVER_USER, server_ca_file(servers),
                                            server_ports(servers)->smtp, server_ca_file(servers));
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    static const char *const variables[] = { "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME" };
    static const char *const places[] = { "", "/config", "/data", "/cache" };
    self->environment = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        g_autofree char *value = g_strconcat(self->home, places[i], NULL);
        self->environment = g_environ_setenv(self->environment, variables[i], value, TRUE);
        g_setenv(variables[i], value, TRUE);
    }
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    struct world *self = *state;
    remove_tree(self->home);
    g_autofree char *expunged = server_doveadm(servers, "expunge", "-u", SERVER_USER, "mailbox", "*", "all", NULL);
    g_strfreev(self->environment);
    g_free(self->home);
    g_free(self);
    return 0;
}

static void write_rules(struct world *self, const char *text)
{
    g_autofree char *path = g_build_filename(self->home, "config/postern/rules.conf", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* kill_after_ms < 0: it is left to end. True: it ended by itself and well. */
static bool sync_for(struct world *self, int kill_after_ms)
{
    static const char *const argv[] = { POSTERN_PROGRAM, "sync", NULL };
    GPid pid;
    int status = 0;
    assert_true(g_spawn_async(NULL, (char **)argv, self->environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL));
    if (kill_after_ms >= 0) {
        g_usleep((gulong)kill_after_ms * 1000);
        kill(pid, SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void deliver(const char *id, const char *from, const char *subject, const char *more)
{
    g_autofree char *text = g_strdup_printf("Message-ID: <%s@rules.test>\r\nFrom: %s\r\nTo: %s\r\nSubject: %s\r\n%sDate: Sat, 21 Nov 2026 "
                                            "10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe text of %s.\r\n",
                                            id, from, SERVER_ADDRESS, subject, more, subject);
    assert_true(server_deliver(servers, SERVER_USER, "INBOX", text));
}

static char *flags_in(const char *mailbox, const char *id)
{
    g_autofree char *wanted = g_strdup_printf("<%s@rules.test>", id);
    return server_doveadm(servers, "fetch", "-u", SERVER_USER, "flags", "mailbox", mailbox, "header", "message-id", wanted, NULL);
}

static int count_in(const char *mailbox, const char *id)
{
    int count = 0;
    g_autofree char *found = flags_in(mailbox, id);
    for (const char *at = found; (at = strstr(at, "flags:")) != NULL; at++)
        count++;
    return count;
}

static store *open_store(void)
{
    GError *error = NULL;
    store *db = store_open(NULL, STORE_WORKER, &error);
    if (db == NULL)
        fail_msg("%s", error->message);
    return db;
}

static int64_t placement_of(store *db, const char *id, const char *folder)
{
    int64_t found = 0;
    g_autofree char *wanted = g_strdup_printf("%s@rules.test", id);
    store_number(db, &found, NULL,
                 "SELECT p.id FROM placements AS p JOIN messages AS m ON m.id = p.message_id JOIN folders AS f ON f.id = p.folder_id"
                 " WHERE m.message_id = ? AND f.name = ?",
                 TXT(wanted), TXT(folder));
    return found;
}

static void tags_go_to_the_server_and_come_back_from_it(void **state)
{
    struct world *self = *state;
    deliver("tag1", "Ada <ada@example.test>", "tagged", "");
    assert_true(sync_for(self, -1));
    {
        g_autoptr(store) db = open_store();
        int64_t id = placement_of(db, "tag1", "INBOX");
        assert_true(intent_keywords(db, &id, 1, "work caf&AOk-", NULL, NULL) > 0);
    }
    assert_true(sync_for(self, -1));
    g_autofree char *flags = flags_in("INBOX", "tag1");
    assert_non_null(strstr(flags, "work"));
    assert_non_null(strstr(flags, "caf&AOk-"));
    g_autofree char *changed =
        server_doveadm(servers, "flags", "remove", "-u", SERVER_USER, "work", "mailbox", "INBOX", "subject", "tagged", NULL);
    g_autofree char *added =
        server_doveadm(servers, "flags", "add", "-u", SERVER_USER, "other", "mailbox", "INBOX", "subject", "tagged", NULL);
    assert_true(sync_for(self, -1));
    g_autoptr(store) db = open_store();
    g_autoptr(placement) place = store_placement(db, placement_of(db, "tag1", "INBOX"), NULL);
    assert_non_null(place);
    assert_non_null(strstr(place->keywords, "caf&AOk-"));
    assert_non_null(strstr(place->keywords, "other"));
    assert_null(strstr(place->keywords, "work"));
}

static void rules_file_what_arrives_and_not_what_was_there(void **state)
{
    struct world *self = *state;
    deliver("old1", "Dev <dev@lists.example.test>", "an old one", "List-Id: <dev.lists.example.test>\r\n");
    g_autofree char *made = server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "Lists", NULL);
    write_rules(self, "[Lists]\nmatch = list:dev\nmove = Lists\ntag = dev, to read\nread = yes\nstop = yes\n\n"
                      "[Never]\nmatch = list:dev\ntag = never\n\n[Star]\nmatch = subject:urgent\nflag = yes\n\n"
                      "[Broken]\nmatch = from:(\nmove = Lists\n");
    assert_true(sync_for(self, -1));
    deliver("new1", "Dev <dev@lists.example.test>", "a new one", "List-Id: <dev.lists.example.test>\r\n");
    deliver("new2", "Ada <ada@example.test>", "urgent thing", "");
    assert_true(sync_for(self, -1));
    assert_int_equal(count_in("INBOX", "old1"), 1);
    assert_int_equal(count_in("INBOX", "new1"), 0);
    g_autofree char *filed = flags_in("Lists", "new1"), *starred = flags_in("INBOX", "new2");
    assert_non_null(strstr(filed, "dev"));
    assert_non_null(strstr(filed, "to_read"));
    assert_non_null(strstr(filed, "\\Seen"));
    assert_null(strstr(filed, "never"));
    assert_non_null(strstr(starred, "\\Flagged"));
    /* Put back by another client it stays there. */
    g_autofree char *back = server_doveadm(servers, "move", "-u", SERVER_USER, "INBOX", "mailbox", "Lists", "all", NULL);
    assert_true(sync_for(self, -1));
    assert_true(sync_for(self, -1));
    assert_int_equal(count_in("INBOX", "new1"), 1);
    g_autoptr(store) db = open_store();
    g_autoptr(GPtrArray) log = rules_log_read(db, NULL, 100, NULL);
    assert_int_equal(log->len, 2);
}

static void a_rule_that_asks_for_the_text_gets_it(void **state)
{
    struct world *self = *state;
    write_rules(self, "[Text]\nmatch = body:\"secret handshake\"\ntag = found\n\n[Star]\nmatch = subject:urgent\nflag = yes\n");
    assert_true(sync_for(self, -1));
    deliver("text1", "Ada <ada@example.test>", "secret handshake", "");
    deliver("text2", "Ada <ada@example.test>", "urgent", "");
    assert_true(sync_for(self, -1));
    assert_true(sync_for(self, -1));
    g_autofree char *found = flags_in("INBOX", "text1"), *starred = flags_in("INBOX", "text2");
    assert_non_null(strstr(found, "found"));
    assert_non_null(strstr(starred, "\\Flagged"));
    assert_null(strstr(starred, "found"));
}

static void what_a_rule_did_can_be_taken_back_from_the_log(void **state)
{
    struct world *self = *state;
    g_autofree char *made = server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "Lists", NULL);
    write_rules(self, "[All]\nmatch = from:ada\nmove = Lists\ntag = a\nflag = yes\n");
    assert_true(sync_for(self, -1));
    deliver("back1", "Ada <ada@example.test>", "there and back", "");
    assert_true(sync_for(self, -1));
    assert_int_equal(count_in("Lists", "back1"), 1);
    {
        g_autoptr(store) db = open_store();
        g_autoptr(GPtrArray) log = rules_log_read(db, "All", 100, NULL);
        assert_int_equal(log->len, 1);
        const struct rules_log_row *row = g_ptr_array_index(log, 0);
        assert_string_equal(row->what, "moved to Lists, tagged a, starred");
        assert_true(rules_log_undo(db, row->id, NULL));
        assert_false(rules_log_undo(db, row->id, NULL));
    }
    assert_true(sync_for(self, -1));
    g_autofree char *flags = flags_in("INBOX", "back1");
    assert_int_equal(count_in("Lists", "back1"), 0);
    assert_non_null(strstr(flags, "flags:"));
    assert_null(strstr(flags, "Flagged"));
    assert_null(strstr(flags, " a"));
}

static bool raw_has(terminal *screen, const char *words)
{
    for (int i = 0; i < 200; i++) {
        const GByteArray *raw = terminal_raw(screen);
        if (memmem(raw->data, raw->len, words, strlen(words)) != NULL)
            return true;
        terminal_read(screen, 50);
    }
    return false;
}

static void in_the_running_program_mail_is_filed_and_told_of_as_it_comes(void **state)
{
    struct world *self = *state;
    g_autofree char *made = server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "Lists", NULL);
    g_autofree char *settings = g_build_filename(self->home, "config/postern/postern.conf", NULL);
    assert_true(g_file_set_contents(settings, "[postern]\nnotify = terminal\n", -1, NULL));
    write_rules(self, "[Lists]\nmatch = list:dev\nmove = Lists\ntag = dev\n[Text]\nmatch = body:\"text of handshake\"\ntag = found\n");
    g_autoptr(terminal) screen =
        terminal_start((const char *const[]){ POSTERN_PROGRAM, NULL }, 24, 100, (const char *const *)self->environment);
    assert_non_null(screen);
    assert_true(terminal_wait_for(screen, "online", 20000));
    terminal_wait_idle(screen, 1000, 10000); /* the inbox was seen */
    deliver("live1", "Dev <dev@lists.example.test>", "filed away", "List-Id: <dev.lists.example.test>\r\n");
    deliver("live2", "Ada \"\033]0;x\007\" Lovelace <ada@example.test>", "handshake", "");
    if (!terminal_wait_for(screen, "found ", 20000)) {
        g_autofree char *text = terminal_screen_text(screen);
        print_message("%s", text);
        fail_msg("the tag of the rule is not on the screen");
    }
    assert_true(terminal_wait_gone(screen, "filed away", 10000));
    assert_true(raw_has(screen, "\033]9;postern: Ada"));
    assert_false(memmem(terminal_raw(screen)->data, terminal_raw(screen)->len, "filed away\033\\", 12) != NULL);
    assert_null(memmem(terminal_raw(screen)->data, terminal_raw(screen)->len, "\033]0;x", 6));
    for (int i = 0; i < 400 && count_in("Lists", "live1") == 0; i++)
        g_usleep(100 * 1000);
    assert_int_equal(count_in("Lists", "live1"), 1);
    assert_int_equal(count_in("INBOX", "live1"), 0);
}

static void killed_at_any_moment_each_message_is_filed_once(void **state)
{
    struct world *self = *state;
    g_autofree char *made = server_doveadm(servers, "mailbox", "create", "-u", SERVER_USER, "Lists", NULL);
    write_rules(self, "[Odd]\nmatch = subject:odd\nmove = Lists\ntag = odd\n\n[Even]\nmatch = subject:even\nflag = yes\ntag = even\n");
    assert_true(sync_for(self, -1));
    guint32 seed = 1;
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    int sent = 0;
    for (int round = 0; round < KILLS; round++) {
        for (int i = 0; i < MESSAGES / KILLS + 1 && sent < MESSAGES; i++, sent++) {
            g_autofree char *id = g_strdup_printf("kill%d", sent), *subject = g_strdup_printf("%s %d", sent % 2 ? "odd" : "even", sent);
            deliver(id, "Ada <ada@example.test>", subject, "");
        }
        sync_for(self, g_rand_int_range(random, 20, 700));
    }
    assert_true(sync_for(self, -1));
    assert_true(sync_for(self, -1));
    for (int i = 0; i < sent; i++) {
        g_autofree char *id = g_strdup_printf("kill%d", i), *flags = flags_in(i % 2 ? "Lists" : "INBOX", id);
        if (count_in("INBOX", id) != (i % 2 ? 0 : 1) || count_in("Lists", id) != (i % 2 ? 1 : 0) ||
            strstr(flags, i % 2 ? "odd" : "even") == NULL)
            fail_msg("seed %u, message %d: %s", seed, i, flags);
    }
    g_autoptr(store) db = open_store();
    g_autoptr(GPtrArray) log = rules_log_read(db, NULL, 1000, NULL);
    assert_int_equal(log->len, MESSAGES);
}

static void a_muted_conversation_is_not_heard_of_again(void **state)
{
    struct world *self = *state;
    deliver("mute1", "Ada <ada@example.test>", "endless", "");
    assert_true(sync_for(self, -1));
    {
        g_autoptr(store) db = open_store();
        int64_t id = placement_of(db, "mute1", "INBOX");
        assert_true(mute_set(db, &id, 1, true, NULL) > 0);
    }
    assert_true(sync_for(self, -1));
    assert_int_equal(count_in("INBOX", "mute1"), 0);
    deliver("mute2", "Bob <bob@example.test>", "Re: endless", "In-Reply-To: <mute1@rules.test>\r\nReferences: <mute1@rules.test>\r\n");
    deliver("mute3", "Bob <bob@example.test>", "another thing", "");
    assert_true(sync_for(self, -1));
    g_autofree char *flags = flags_in("Archive", "mute2");
    assert_int_equal(count_in("INBOX", "mute2"), 0);
    assert_non_null(strstr(flags, "\\Seen"));
    assert_non_null(strstr(flags, "$Muted"));
    assert_int_equal(count_in("INBOX", "mute3"), 1);
}

static void what_was_put_off_comes_back_unread_on_another_computer_too(void **state)
{
    struct world *self = *state;
    deliver("nap1", "Ada <ada@example.test>", "not now", "");
    deliver("nap2", "Ada <ada@example.test>", "newer than that", "");
    assert_true(sync_for(self, -1));
    {
        g_autoptr(store) db = open_store();
        int64_t id = placement_of(db, "nap1", "INBOX");
        assert_true(intent_flags(db, &id, 1, MESSAGE_SEEN, 0, NULL) > 0);
        assert_true(snooze_set(db, &id, 1, store_now_utc() + 3600, NULL) > 0);
        assert_true(undo_last(db, NULL, NULL));
        assert_int_equal(placement_of(db, "nap1", "INBOX"), id);
        assert_true(redo_last(db, NULL, NULL));
    }
    assert_true(sync_for(self, -1));
    assert_int_equal(count_in("INBOX", "nap1"), 0);
    assert_int_equal(count_in("Snoozed", "nap1"), 1);
    /* Everything here is lost: another computer, which knows the mailbox only. */
    g_autofree char *data = g_build_filename(self->home, "data", NULL);
    remove_tree(data);
    assert_true(sync_for(self, -1));
    {
        g_autoptr(store) db = open_store();
        int64_t id = placement_of(db, "nap1", "Snoozed");
        assert_true(snooze_is_asleep(db, id));
        assert_true(snooze_wake_due(db, store_now_utc() + 3700, NULL, NULL, NULL)); /* as if the time had come */
    }
    assert_true(sync_for(self, -1));
    g_autofree char *flags = flags_in("INBOX", "nap1");
    assert_int_equal(count_in("Snoozed", "nap1"), 0);
    assert_int_equal(count_in("INBOX", "nap1"), 1);
    assert_null(strstr(flags, "\\Seen"));
    assert_null(strstr(flags, "$Snoozed"));
    assert_non_null(strstr(flags, "postern-snooze-"));
    g_autoptr(store) db = open_store();
    int64_t woken = 0, other = 0;
    store_number(db, &woken, NULL, "SELECT sort_key FROM placements WHERE id = ?", NUM(placement_of(db, "nap1", "INBOX")));
    store_number(db, &other, NULL, "SELECT sort_key FROM placements WHERE id = ?", NUM(placement_of(db, "nap2", "INBOX")));
    assert_true(woken > other);
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
        cmocka_unit_test_setup_teardown(tags_go_to_the_server_and_come_back_from_it, setup, teardown),
        cmocka_unit_test_setup_teardown(rules_file_what_arrives_and_not_what_was_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_that_asks_for_the_text_gets_it, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_rule_did_can_be_taken_back_from_the_log, setup, teardown),
        cmocka_unit_test_setup_teardown(a_muted_conversation_is_not_heard_of_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_put_off_comes_back_unread_on_another_computer_too, setup, teardown),
        cmocka_unit_test_setup_teardown(in_the_running_program_mail_is_filed_and_told_of_as_it_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_at_any_moment_each_message_is_filed_once, setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
