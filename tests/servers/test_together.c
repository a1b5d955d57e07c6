/* SPDX-License-Identifier: MIT */
/* LABEL: threads */
/* Accounts that are synchronised at once, each on its thread, while other commands change what is in the store: all of it is carried out, once. */
#include "tests/remove_tree.h"
#include "tests/servers/server_maildrop.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#define MESSAGES 120u /* of each person */
#define LARGE    40000u
#define ROUNDS   3u

static server *servers;
static char *home;

static const struct {
    const char *name, *user;
    bool is_starttls;
} accounts[] = { { "one", SERVER_USER, false }, { "two", SERVER_OTHER, false }, { "three", SERVER_USER, true } };

/* --- the program --- */
static void write_account(const char *name, const char *user, bool is_starttls)
{
    const struct server_ports *ports = server_ports(servers);
    g_autofree char *directory = g_build_filename(home, "config/postern/accounts", NULL),
                    *path = g_strdup_printf("%s/%s.conf", directory, name),
                    *text = g_strdup_printf(
                        "[account]\nfrom = %s@example.test\n[incoming]\nhost = localhost\nport = %d\nsecurity = %s\nuser = %s"
                        "\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n[outgoing]\nhost = localhost\n",
                        user, is_starttls ? ports->imap : ports->imaps, is_starttls ? "starttls" : "tls", user, server_ca_file(servers));
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static GPid start(const char *const *words)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    GPid pid = 0;
    g_ptr_array_add(argv, (gpointer)POSTERN_PROGRAM);
    for (size_t i = 0; words[i] != NULL; i++)
        g_ptr_array_add(argv, (gpointer)words[i]);
    g_ptr_array_add(argv, NULL);
    assert_true(
        g_spawn_async(NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, NULL));
    return pid;
}

/* may_wait: it may leave the work to one that runs already. */
static void assert_ends_well(GPid pid, bool may_wait)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    bool is_well = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || (may_wait && WEXITSTATUS(status) == EX_TEMPFAIL));
    if (!is_well)
        fail_msg("ended with %d", status);
}

static void run(const char *const *words)
{
    assert_ends_well(start(words), false);
}

/* --- what is here, and what is there --- */
static unsigned lines_in(const char *text)
{
    unsigned count = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

static unsigned listed(const char *account, const char *word)
{
    g_autofree char *query = g_strdup_printf("account:%s %s", account, word), *found = NULL;
    const char *const argv[] = { POSTERN_PROGRAM, "search", "--json", "--limit", "1000", query, NULL };
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &found, NULL, NULL, NULL));
    return lines_in(found);
}

static unsigned on_server(const char *user, const char *flag)
{
    g_autofree char *found = server_doveadm(servers, "search", "-u", user, "mailbox", "INBOX", flag, NULL);
    return lines_in(found);
}

static void three_accounts_come_at_once_while_marks_are_set(void **state)
{
    (void)state;
    static const char *const all[] = { "sync", NULL };
    run(all);
    for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++)
        assert_int_equal(listed(accounts[i].name, "in:inbox"), MESSAGES);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *const word = round % 2 == 0 ? "+flagged" : "-flagged";
        GPid syncs[] = { start(all), start(all) }, marks[] = { start((const char *const[]){ "flag", word, "account:one", NULL }),
                                                               start((const char *const[]){ "flag", word, "account:two", NULL }) };
        for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
            assert_ends_well(marks[i], false);
        for (size_t i = 0; i < G_N_ELEMENTS(syncs); i++)
            assert_ends_well(syncs[i], true);
        run(all); /* what was marked behind the question of the others; and twice: what one account changed is another's news */
        run(all);
        unsigned wanted = round % 2 == 0 ? MESSAGES : 0;
        for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++) {
            assert_int_equal(on_server(accounts[i].user, "FLAGGED"), wanted);
            assert_int_equal(listed(accounts[i].name, "in:inbox is:starred"), wanted);
            assert_int_equal(listed(accounts[i].name, "in:inbox"), MESSAGES);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    home = g_dir_make_tmp("postern-together-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        g_setenv(names[i][0], path, TRUE);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++)
        write_account(accounts[i].name, accounts[i].user, accounts[i].is_starttls);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_tree(home);
    g_clear_pointer(&home, g_free);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(three_accounts_come_at_once_while_marks_are_set, setup, teardown) };
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    g_ptr_array_unref(maildrop_fill(servers, SERVER_USER, MESSAGES, LARGE));
    g_ptr_array_unref(maildrop_fill(servers, SERVER_OTHER, MESSAGES, LARGE));
    int failures = cmocka_run_group_tests_name("together", tests, NULL, NULL);
    server_free(servers);
    return failures;
}
