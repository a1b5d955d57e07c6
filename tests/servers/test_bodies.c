/* SPDX-License-Identifier: MIT */
/* What [sync] asks for is on the disk byte for byte after a synchronisation with a real Dovecot: also when it was killed at any moment, when the disk was
 * full, and when the cache's limit is far below it. */
#include "core/blob.h"
#include "core/search_indexer.h"
#include "core/store_private.h"
#include "tests/remove_tree.h"
#include "tests/servers/server_maildrop.h"
#include <glib/gstdio.h>
#include <gmime/gmime.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGES   300
#define LARGE      290 /* from this one on: with an attachment of 2 MB */
#define LARGE_SIZE 2000000u
#define OLD        100 /* up to this one: of 2020 */

static server *servers;
static char *home;

/* --- the mail on the server --- */
static void add_lines(GString *text, size_t size)
{
    while (text->len < size)
        g_string_append_printf(text, "%08zx words that stand for what people write to each other all day long\r\n", text->len);
}

static char *bytes_of(unsigned number)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text,
                    "From: p%u@example.test\r\nTo: alice@example.test\r\nSubject: body %u\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
                    "Message-ID: <body-%u@example.test>\r\nMIME-Version: 1.0\r\n",
                    number, number, number);
    if (number < LARGE) {
        g_string_append(text, "Content-Type: text/plain\r\n\r\n");
        add_lines(text, 500 + number * 977 % 30000);
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(
        text,
        "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\nthe text of body %u\r\n"
        "--cut\r\nContent-Type: application/octet-stream; name=much.bin\r\n\r\n",
        number);
    add_lines(text, LARGE_SIZE);
    g_string_append(text, "--cut--\r\n");
    return g_string_free(text, FALSE);
}

static void fill(void)
{
    g_autofree char *directory = maildrop_directory(servers, SERVER_USER), *owner = g_path_get_dirname(directory);
    static const char *const parts[] = { "cur", "new", "tmp" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(directory, parts[i], NULL);
        assert_int_equal(g_mkdir_with_parents(path, 0700), 0);
    }
    for (unsigned i = 1; i <= MESSAGES; i++) {
        int64_t when = i <= OLD ? 1590000000 + i : g_get_real_time() / G_USEC_PER_SEC - MESSAGES + i;
        g_autofree char *text = bytes_of(i), *path = g_strdup_printf("%s/cur/%" G_GINT64_FORMAT ".M%uP1.test:2,S", directory, when, i);
        assert_true(g_file_set_contents(path, text, -1, NULL));
        const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };
        utimensat(AT_FDCWD, path, times, 0);
    }
    const char *const give[] = { "chown", "-R", "mail:mail", owner, NULL };
    assert_true(g_spawn_sync(NULL, (char **)give, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

/* --- the program --- */
static void write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(home, name, NULL), *directory = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void set_policy(const char *sync)
{
    g_autofree char *text =
        g_strdup_printf("[account]\nfrom = alice@example.test\n[incoming]\nhost = localhost\nport = %d\nsecurity = tls\nuser = " SERVER_USER
                        "\npassword = pa ss\"w\\\\ord%%\xc3\xbc\ntls-ca-file = %s\n%s\n[outgoing]\nhost = localhost\n",
                        server_ports(servers)->imaps, server_ca_file(servers), sync);
    write_file("config/postern/accounts/work.conf", text);
}

static GPid start(void)
{
    const char *const argv[] = { POSTERN_PROGRAM, "sync", "work", NULL };
    GPid pid = 0;
    assert_true(g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL));
    return pid;
}

static int wait_end(GPid pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- what is here --- */
static unsigned count_files(const char *directory)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    unsigned count = 0;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        count += g_file_test(path, G_FILE_TEST_IS_DIR) ? count_files(path) : strspn(name, "0123456789") == strlen(name);
    }
    return count;
}

static unsigned cached(void)
{
    g_autofree char *directory = g_build_filename(home, "cache/postern/work", NULL);
    return count_files(directory);
}

/* Numbers of those that are here whole; skeletons are counted apart. */
static unsigned compare(unsigned *skeletons_out)
{
    g_autoptr(store) db = store_open(NULL, STORE_READER, NULL);
    unsigned whole = 0;
    *skeletons_out = 0;
    assert_non_null(db);
    g_autoptr(sqlite3_stmt) row = store_select(db, NULL, "SELECT id, subject FROM messages");
    while (store_step(db, row, NULL)) {
        g_autofree char *path = blob_cache_path("work", sqlite3_column_int64(row, 0), NULL), *bytes = NULL;
        unsigned number = (unsigned)g_ascii_strtoull((const char *)sqlite3_column_text(row, 1) + strlen("body "), NULL, 10);
        if (!g_file_get_contents(path, &bytes, NULL, NULL))
            continue;
        g_autofree char *expected = bytes_of(number);
        bool is_skeleton = g_str_has_prefix(bytes, "X-Postern-Skeleton");
        if (!is_skeleton)
            assert_string_equal(bytes, expected);
        else
            assert_non_null(strstr(bytes, "the text of body"));
        whole += !is_skeleton;
        *skeletons_out += is_skeleton;
    }
    return whole;
}

static void nothing_is_left_half_written(void)
{
    g_autofree char *directory = g_build_filename(home, "cache/postern/work", NULL);
    unsigned skeletons = 0;
    assert_int_equal(compare(&skeletons), MESSAGES);
    assert_int_equal(cached(), MESSAGES);
}

/* --- tests --- */
static void everything_is_here_byte_for_byte(void **state)
{
    (void)state;
    unsigned skeletons = 0;
    set_policy("[sync]\nbodies = everything\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), MESSAGES);
    assert_int_equal(skeletons, 0);
}

static int64_t number(const char *sql)
{
    g_autoptr(store) db = store_open(NULL, STORE_READER, NULL);
    int64_t found = -1;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(store_db(db), sql, -1, &row, NULL), SQLITE_OK);
    if (sqlite3_step(row) == SQLITE_ROW)
        found = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return found;
}

static void what_came_is_made_searchable_and_shows_its_first_words(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    set_policy("[sync]\nbodies = text\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(number("SELECT count(*) FROM messages WHERE preview IS NOT NULL"), 0);
    assert_true(search_indexer_catch_up(NULL, NULL, NULL, &error));
    assert_int_equal(number("SELECT count(*) FROM messages WHERE preview IS NOT NULL"), MESSAGES);
    assert_int_equal(number("SELECT count(*) FROM search_news"), 0);
    const char *const argv[] = { POSTERN_PROGRAM, "search", "--json", "--limit", "1000", "\"the text of body\"", NULL };
    g_autofree char *found = NULL;
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &found, NULL, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(found, "\n", -1);
    assert_int_equal(g_strv_length(lines) - 1, MESSAGES - LARGE + 1);
}

static void of_large_messages_the_text_is_enough_where_text_is_asked_for(void **state)
{
    (void)state;
    unsigned skeletons = 0;
    set_policy("[sync]\nbodies = text\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), LARGE - 1);
    assert_int_equal(skeletons, MESSAGES - LARGE + 1);
    set_policy("[sync]\nbodies = everything\n"); /* and the rest of them comes when it is wanted after all */
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), MESSAGES);
}

static void what_is_old_large_or_too_much_is_left_on_the_server(void **state)
{
    (void)state;
    unsigned skeletons = 0;
    set_policy("[sync]\nbodies = headers\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), 0);
    set_policy("[sync]\nbodies = everything\nnewest = 20\nmax-size = 1M\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), 20 - (MESSAGES - LARGE + 1));
    assert_int_equal(skeletons, MESSAGES - LARGE + 1);
    set_policy("[sync]\nbodies = text\nsince = 1y\n");
    assert_int_equal(wait_end(start()), 0);
    unsigned whole = compare(&skeletons);
    assert_int_equal(whole + skeletons, MESSAGES - OLD);
    set_policy("[sync]\nbodies = text\n[sync inbox]\nbodies = everything\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), MESSAGES);
}

static void killed_at_any_moment_it_goes_on_where_it_was(void **state)
{
    (void)state;
    set_policy("[sync]\nbodies = everything\n");
    for (unsigned kill_at = 1; kill_at < MESSAGES; kill_at += 37) {
        GPid pid = start();
        int status = 0;
        while (waitpid(pid, &status, WNOHANG) == 0 && cached() < kill_at)
            continue;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        assert_true(search_indexer_catch_up(NULL, NULL, NULL, NULL)); /* of some it was not told */
    }
    assert_int_equal(wait_end(start()), 0);
    nothing_is_left_half_written();
    assert_true(search_indexer_catch_up(NULL, NULL, NULL, NULL));
    assert_int_equal(number("SELECT count(*) FROM messages WHERE preview IS NOT NULL"), MESSAGES);
}

static void a_full_disk_stops_only_the_bodies(void **state)
{
    (void)state;
    g_autofree char *directory = g_build_filename(home, "cache/postern/work", NULL);
    unsigned skeletons = 0;
    assert_int_equal(g_mkdir_with_parents(directory, 0700), 0);
    if (mount("tmpfs", directory, "tmpfs", 0, "size=4m,mode=0700") != 0) {
        print_message("skipped: no file system of its own can be made here: %s\n", g_strerror(errno));
        skip();
    }
    set_policy("[sync]\nbodies = everything\n");
    assert_int_equal(wait_end(start()), 0);
    unsigned some = compare(&skeletons);
    assert_in_range(some, 1, MESSAGES - 1);
    assert_int_equal(mount("tmpfs", directory, "tmpfs", MS_REMOUNT, "size=100m,mode=0700"), 0);
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), MESSAGES);
    assert_int_equal(umount2(directory, MNT_DETACH), 0);
}

static bool is_third(void *data, int64_t message_id)
{
    (void)data;
    return message_id % 3 == 0;
}

static void what_is_wanted_does_not_count_against_the_limit(void **state)
{
    (void)state;
    unsigned skeletons = 0;
    write_file("config/postern/postern.conf", "[postern]\ncache-limit = 1\n");
    set_policy("[sync]\nbodies = everything\n");
    assert_int_equal(wait_end(start()), 0);
    assert_int_equal(compare(&skeletons), MESSAGES);
    assert_true(blob_cache_evict_but("work", 0, is_third, NULL, NULL)); /* as the program does it now and then */
    assert_int_equal(cached(), MESSAGES / 3);
}

static int setup(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "XDG_CONFIG_HOME", "config" }, { "XDG_DATA_HOME", "data" }, { "XDG_CACHE_HOME", "cache" } };
    home = g_dir_make_tmp("postern-bodies-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(home, names[i][1], NULL);
        g_setenv(names[i][0], path, TRUE);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    g_autofree char *mounted = g_build_filename(home, "cache/postern/work", NULL);
    umount2(mounted, MNT_DETACH);
    remove_tree(home);
    g_clear_pointer(&home, g_free);
    return 0;
}

#define BODIES_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BODIES_TEST(everything_is_here_byte_for_byte),
        BODIES_TEST(what_came_is_made_searchable_and_shows_its_first_words),
        BODIES_TEST(of_large_messages_the_text_is_enough_where_text_is_asked_for),
        BODIES_TEST(what_is_old_large_or_too_much_is_left_on_the_server),
        BODIES_TEST(killed_at_any_moment_it_goes_on_where_it_was),
        BODIES_TEST(a_full_disk_stops_only_the_bodies),
        BODIES_TEST(what_is_wanted_does_not_count_against_the_limit),
    };
    g_autofree char *why_not = NULL;
    servers = server_start(&why_not);
    if (servers == NULL) {
        printf("skipped: %s\n", why_not);
        return 77;
    }
    fill();
    int failures = cmocka_run_group_tests_name("bodies", tests, NULL, NULL);
    server_free(servers);
    return failures;
}
