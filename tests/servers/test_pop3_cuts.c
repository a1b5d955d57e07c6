/* SPDX-License-Identifier: MIT */
/* A full maildrop of a real Dovecot over a line that is cut again and again, in a program that is killed again and again, by each rule for what is deleted
 * there: all of it comes, once, byte for byte, and the server keeps exactly what the rule says.
 *
 * POP3_MESSAGES=10000 POP3_KILLS=40 is the long form; POP3_SEED=N repeats a run, POP3_ONLY=by_at* some of it; POSTERN_KEEP=1 leaves what failed. */
#include "core/intent.h"
#include "core/store_private.h"
#include "tests/remove_tree.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/server_maildrop.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define RUNS_MAX 3000 /* starts of the program until all is here: an end for a test that would have none */

static server *servers;
static unsigned messages = 300, kills = 6;
static guint32 seed;

struct trip {
    const char *rule;
    bool is_tls;
    char *home, *inbox, *there;
    GPtrArray *all; /* hashes, in the server's order */
    fault_proxy *line;
    GRand *random;
    unsigned kills_left;
    unsigned runs, failures;
};

static int port_of(const struct trip *self)
{
    return self->is_tls ? server_ports(servers)->pop3s : server_ports(servers)->pop3;
}

static void write_account(const struct trip *self, const char *rule)
{
    g_autofree char *accounts = g_build_filename(self->home, "config/postern/accounts", NULL),
                    *path = g_build_filename(accounts, "test.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("[account]\nname = Test\nfrom = Bob <bob@example.test>\n\n[incoming]\nprotocol = pop3\nhost = "
                        "localhost\nport = %d\nsecurity = %s\nuser = %s\npassword = pa ss\"w\\\\ord%%\xc3\xbc\n"
                        "tls-ca-file = %s\n\n[pop3]\ndelete-from-server = %s\ndays = 3\n\n"
                        "[outgoing]\nprotocol = smtp\nhost = localhost\nport = 1\nsecurity = tls\n",
                        fault_proxy_port(self->line), self->is_tls ? "tls" : "plain", SERVER_OTHER, server_ca_file(servers), rule);
    assert_int_equal(g_mkdir_with_parents(accounts, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void trip_begin(struct trip *self, const char *rule, bool is_tls)
{
    *self = (struct trip){ .rule = rule, .is_tls = is_tls, .kills_left = kills };
    self->home = g_dir_make_tmp("postern-pop3-XXXXXX", NULL);
    self->inbox = g_build_filename(self->home, "data/postern/mail/test/Inbox", NULL);
    self->there = maildrop_directory(servers, SERVER_OTHER);
    self->all = maildrop_fill(servers, SERVER_OTHER, messages, messages > 1000 ? 1000000 : 40000);
    self->random = g_rand_new_with_seed(seed);
    self->line = fault_proxy_start(port_of(self), seed, 0);
    write_account(self, rule);
}

static void trip_end(struct trip *self)
{
    remove_tree(self->home);
    print_message("%s: %u runs, %u of them failed, %u connections, %u of them cut\n", self->rule, self->runs, self->failures,
                  fault_proxy_connections(self->line), fault_proxy_faults(self->line));
    fault_proxy_free(self->line);
    g_rand_free(self->random);
    g_ptr_array_unref(self->all);
    g_free(self->there);
    g_free(self->inbox);
    g_free(self->home);
}

/* --- the program --- */
static GPid start_sync(const struct trip *self)
{
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    g_auto(GStrv) env = g_get_environ();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(self->home, names[i][1], NULL);
        env = g_environ_setenv(env, names[i][0], path, TRUE);
    }
    const char *const argv[] = { POSTERN_PROGRAM, "sync", "test", NULL };
    GPid pid = 0;
    GSpawnFlags quiet = g_getenv("POP3_LOUD") != NULL ? 0 : G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
    assert_true(g_spawn_async(NULL, (char **)argv, env, G_SPAWN_DO_NOT_REAP_CHILD | quiet, NULL, NULL, &pid, NULL));
    return pid;
}

/* Each connection dies somewhere else: now with the end, now with a reset, now on the way there, now on the way back; once in a while just behind
 * QUIT, so that nobody knows whether what was to be deleted is. */
static void plan_next_cut(struct trip *self)
{
    gint32 least = messages > 1000 ? 100000 : 3000, most = messages > 1000 ? 600000 : 60000;
    bool is_towards_server = g_rand_int_range(self->random, 0, 4) == 0;
    guint64 after = (guint64)g_rand_int_range(self->random, least, most);
    fault_proxy_set_plan(self->line, g_rand_boolean(self->random) ? FAULT_CUT : FAULT_RESET, is_towards_server,
                         is_towards_server ? after / 20 + 1500 : after);
    if (g_rand_int_range(self->random, 0, 20) == 0)
        fault_proxy_cut_behind(self->line, g_rand_boolean(self->random) ? "QUIT\r\n" : "DELE 1");
}

/* True: it ended by itself, and well. is_cut false: over a good line, and nobody kills it. */
static bool run(struct trip *self, bool is_cut)
{
    GPid pid = start_sync(self);
    int status = 0;
    bool is_to_die = is_cut && self->kills_left > 0;
    gint64 until = g_get_monotonic_time() + 1000 * g_rand_int_range(self->random, 30, messages > 1000 ? 15000 : 1500);
    if (!is_cut)
        fault_proxy_set_percent(self->line, 0);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (is_cut)
            plan_next_cut(self);
        if (is_to_die && g_get_monotonic_time() >= until)
            kill(pid, SIGKILL);
        g_usleep(2000);
    }
    self->runs++;
    self->kills_left -= WIFSIGNALED(status) ? 1 : 0;
    self->failures += WIFEXITED(status) && WEXITSTATUS(status) != 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- what is where --- */
static unsigned count_of(GHashTable *counts, const char *hash)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(counts, hash));
}

/* At any moment, whatever happened: each message is on one side at least, and never twice on this one. The number of one that is not, or UINT_MAX. */
static unsigned find_lost(const struct trip *self, unsigned *here_out, unsigned *there_out)
{
    g_autoptr(GHashTable) there = maildrop_hashes(self->there),
                          here = maildrop_hashes(self->inbox); /* in this order: what leaves there is here */
    for (guint i = 0; i < self->all->len; i++) {
        const char *hash = g_ptr_array_index(self->all, i);
        *here_out = count_of(here, hash);
        *there_out = count_of(there, hash);
        if (*here_out > 1 || *here_out + *there_out == 0)
            return i;
    }
    return UINT_MAX;
}

static void assert_nothing_is_lost(const struct trip *self)
{
    unsigned here = 0, there = 0, lost = find_lost(self, &here, &there);
    for (int i = 0; i < 50 && lost != UINT_MAX; i++) { /* Dovecot may just be renaming its files while we list them */
        g_usleep(100 * 1000);
        lost = find_lost(self, &here, &there);
    }
    if (lost != UINT_MAX)
        fail_msg("%s, seed %u: message %u is %u times here and %u times there; %s", self->rule, seed, lost, here, there, self->home);
}

static void fetch_everything(struct trip *self)
{
    bool is_done = false;
    while (self->runs < RUNS_MAX && (!is_done || self->kills_left > 0)) {
        unsigned kills_before = self->kills_left;
        is_done = run(self, true);
        if (self->kills_left < kills_before)
            assert_nothing_is_lost(self);
        if (is_done)
            self->kills_left = 0; /* it was faster */
    }
    assert_true(is_done);
    assert_true(run(self, false));
}

static void assert_all_is_here(const struct trip *self, unsigned but)
{
    g_autoptr(GHashTable) here = maildrop_hashes(self->inbox);
    assert_nothing_is_lost(self);
    assert_int_equal(g_hash_table_size(here), messages - but);
    g_autofree char *tmp = g_build_filename(self->inbox, "tmp", NULL);
    g_autoptr(GDir) leftovers = g_dir_open(tmp, 0, NULL);
    assert_null(g_dir_read_name(leftovers));
}

typedef bool is_wanted_there(unsigned number);

static void assert_there(const struct trip *self, is_wanted_there *is_wanted)
{
    g_autoptr(GHashTable) there = maildrop_hashes(self->there);
    for (guint i = 0; i < self->all->len; i++)
        if (count_of(there, g_ptr_array_index(self->all, i)) != (is_wanted(i) ? 1 : 0))
            fail_msg("%s, seed %u: message %u is %s on the server; %s", self->rule, seed, i, is_wanted(i) ? "no more" : "still",
                     self->home);
}

static bool all(unsigned number)
{
    (void)number;
    return true;
}

static bool none(unsigned number)
{
    (void)number;
    return false;
}

static bool not_every_third(unsigned number)
{
    return number % 3 != 0;
}

/* --- the rules --- */
static store *open_store(const struct trip *self)
{
    g_autofree char *path = g_build_filename(self->home, "data/postern/mail.db", NULL);
    store *db = store_open(path, STORE_WORKER, NULL);
    assert_non_null(db);
    return db;
}

static void by_never_it_all_stays_there(void **state)
{
    struct trip trip;
    (void)state;
    trip_begin(&trip, "never", false);
    fetch_everything(&trip);
    assert_all_is_here(&trip, 0);
    assert_there(&trip, all);
    trip_end(&trip);
}

static void by_at_once_it_all_goes_there(void **state)
{
    struct trip trip;
    (void)state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        trip_begin(&trip, "at-once", is_tls != 0);
        fetch_everything(&trip);
        assert_all_is_here(&trip, 0);
        assert_there(&trip, none);
        trip_end(&trip);
    }
}

/* What came more than three days ago: every third. */
static void by_after_days_what_is_old_goes_there(void **state)
{
    struct trip trip;
    (void)state;
    trip_begin(&trip, "after-days", false);
    fetch_everything(&trip);
    assert_there(&trip, all);
    store *db = open_store(&trip);
    for (unsigned i = 0; i < messages; i += 3) {
        g_autofree char *id = g_strdup_printf("fill%u@example.test", i);
        assert_true(
            store_run(db, NULL,
                      "UPDATE pop3_mail SET arrived_utc = arrived_utc - 3 * 86400 WHERE file = (SELECT p.file FROM placements p JOIN "
                      "messages m ON m.id = p.message_id WHERE m.message_id = ?)",
                      TXT(id)));
    }
    store_close(db);
    trip.kills_left = kills / 2;
    fetch_everything(&trip);
    assert_all_is_here(&trip, 0);
    assert_there(&trip, not_every_third);
    trip_end(&trip);
}

static void by_when_deleted_what_is_deleted_here_goes_there(void **state)
{
    struct trip trip;
    (void)state;
    trip_begin(&trip, "when-deleted", true);
    fetch_everything(&trip);
    assert_there(&trip, all);
    store *db = open_store(&trip);
    for (unsigned i = 0; i < messages; i += 3) {
        int64_t placement = 0;
        g_autofree char *id = g_strdup_printf("fill%u@example.test", i);
        assert_true(store_number(db, &placement, NULL,
                                 "SELECT p.id FROM placements p JOIN messages m ON m.id = p.message_id WHERE m.message_id = ?", TXT(id)));
        assert_true(intent_delete(db, &placement, 1, i % 2 != 0, NULL) > 0); /* some to the trash, some for good */
    }
    store_close(db);
    trip.kills_left = kills / 2;
    for (bool is_done = false; !is_done && trip.runs < RUNS_MAX;)
        is_done = run(&trip, true);
    assert_true(run(&trip, false));
    assert_there(&trip, not_every_third);
    g_autoptr(GHashTable) here = maildrop_hashes(trip.inbox);
    assert_int_equal(g_hash_table_size(here), messages - (messages + 2) / 3);
    trip_end(&trip);
}

static unsigned number_from(const char *name, unsigned usual)
{
    const char *text = g_getenv(name);
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : usual;
}

int main(void)
{
    g_autofree char *why_not = NULL;
    messages = number_from("POP3_MESSAGES", messages);
    kills = number_from("POP3_KILLS", kills);
    seed = number_from("POP3_SEED", 1);
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_never_it_all_stays_there),
        cmocka_unit_test(by_at_once_it_all_goes_there),
        cmocka_unit_test(by_after_days_what_is_old_goes_there),
        cmocka_unit_test(by_when_deleted_what_is_deleted_here_goes_there),
    };
    if (g_getenv("POP3_ONLY") != NULL)
        cmocka_set_test_filter(g_getenv("POP3_ONLY"));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    server_free(servers);
    return failed;
}
