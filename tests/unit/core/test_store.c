/* SPDX-License-Identifier: MIT */
/* Opening the store, its transactions, its errors. LABEL: threads */
#include "core/schema.h"
#include "store_fixture.h"
#include <pthread.h>
#include <limits.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_new_store_is_private_and_opens_again(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "deep", "down", "mail.db", NULL);
    GError *error = NULL;
    g_autoptr(store) db = store_open(path, STORE_WORKER, &error);
    assert_non_null(db);
    assert_true(store_set_meta(db, "last", "INBOX", NULL));
    static const char *const names[] = { "deep/down/mail.db", "deep/down/mail.db-wal", "deep/down" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = g_build_filename(self->directory, names[i], NULL);
        struct stat about;
        assert_int_equal(stat(file, &about), 0);
        assert_int_equal(about.st_mode & 077, 0);
    }
    g_autoptr(store) reader = store_open(path, STORE_READER, &error);
    g_autofree char *last = store_get_meta(reader, "last");
    assert_string_equal(last, "INBOX");
    assert_false(store_set_meta(reader, "last", "x", NULL));
}

static void a_newer_store_is_refused_and_left_alone(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    assert_true(store_exec(self->db, "PRAGMA user_version = 999", NULL));
    assert_null(store_open(self->path, STORE_UI, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_VERSION));
    g_clear_error(&error);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM folders"), 4);
}

static void a_damaged_or_foreign_file_is_told_and_kept(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "bad.db", NULL), *after = NULL;
    GError *error = NULL;
    char noise[8192];
    memset(noise, 'x', sizeof noise);
    assert_true(g_file_set_contents(path, noise, sizeof noise, NULL));
    assert_null(store_open(path, STORE_UI, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT));
    assert_non_null(strstr(error->message, "bad.db"));
    g_clear_error(&error);
    gsize size;
    assert_true(g_file_get_contents(path, &after, &size, NULL));
    assert_int_equal(size, sizeof noise);
    assert_memory_equal(after, noise, size);
    g_unlink(path);
    sqlite3 *foreign;
    assert_int_equal(sqlite3_open(path, &foreign), SQLITE_OK);
    sqlite3_exec(foreign, "CREATE TABLE theirs(x)", NULL, NULL, NULL);
    sqlite3_close(foreign);
    assert_null(store_open(path, STORE_UI, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT));
    g_clear_error(&error);
}

static void a_directory_that_cannot_be_made_is_an_error_in_words(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->path, "below-a-file", "mail.db", NULL);
    GError *error = NULL;
    assert_null(store_open(path, STORE_UI, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_FULL));
    g_clear_error(&error);
}

static void a_full_disk_changes_nothing(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t pages = fixture_number(self->db, "PRAGMA page_count");
    g_autofree char *limit = g_strdup_printf("PRAGMA max_page_count = %d", (int)pages + 2);
    g_autofree char *big = g_strnfill(60000, 'x');
    assert_true(store_exec(self->db, limit, NULL));
    assert_true(store_begin(self->db, NULL));
    assert_true(store_set_meta(self->db, "small", "1", NULL));
    assert_false(store_set_meta(self->db, "big", big, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_FULL));
    store_rollback(self->db);
    g_clear_error(&error);
    assert_null(store_get_meta(self->db, "small"));
    assert_true(store_set_meta(self->db, "small", "2", NULL));
}

static void an_inner_failure_spoils_the_whole(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    assert_true(store_begin(self->db, NULL));
    assert_true(store_set_meta(self->db, "outer", "1", NULL));
    assert_true(store_begin(self->db, NULL));
    store_rollback(self->db);
    assert_true(store_set_meta(self->db, "after", "1", NULL));
    assert_false(store_commit(self->db, &error));
    assert_non_null(error);
    g_clear_error(&error);
    assert_null(store_get_meta(self->db, "outer"));
    assert_null(store_get_meta(self->db, "after"));
    assert_true(store_begin(self->db, NULL));
    assert_true(store_commit(self->db, NULL));
}

static void the_screen_waits_at_most_its_limit(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    g_autoptr(store) worker = store_open(self->path, STORE_WORKER, NULL);
    assert_true(store_begin(worker, NULL));
    assert_true(store_set_meta(worker, "x", "1", NULL));
    gint64 begun = g_get_monotonic_time();
    assert_false(store_begin(self->db, &error));
    assert_true(g_get_monotonic_time() - begun < 4000000); /* 20 ms, and much air for a busy machine; any other connection waits 5 s */
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_BUSY));
    g_clear_error(&error);
    assert_true(store_commit(worker, NULL));
    assert_true(store_begin(self->db, NULL));
    store_rollback(self->db);
}

struct writer {
    const char *path;
    int64_t folder;
    int done;
    bool is_fine;
};

static void *write_much(void *data)
{
    struct writer *writer = data;
    g_autoptr(store) db = store_open(writer->path, STORE_WORKER, NULL);
    writer->is_fine = db != NULL && store_begin(db, NULL);
    for (uint32_t uid = 1; writer->is_fine && uid <= 3000; uid++) {
        g_autofree char *id = g_strdup_printf("w%u@x", uid);
        struct message_info info = fixture_info(id, NULL, 1000 + uid);
        writer->is_fine = store_placement_put(db, writer->folder, uid, 0, NULL, 0, &info, NULL, NULL, NULL) && store_breathe(db, NULL);
        g_atomic_int_set(&writer->done, (int)uid);
    }
    writer->is_fine = writer->is_fine && store_commit(db, NULL);
    g_atomic_int_set(&writer->done, 1000000);
    return NULL;
}

/* A worker fills a folder in one long transaction that breathes; the screen writes all the while. */
static void the_screen_gets_its_turn_while_a_worker_writes(void **state)
{
    struct fixture *self = *state;
    struct writer writer = { .path = self->path, .folder = self->inbox };
    pthread_t thread;
    int tries = 0, busy = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_much, &writer), 0);
    for (; g_atomic_int_get(&writer.done) < 1000000; tries++) {
        if (!store_set_meta(self->db, "cursor", "1", NULL))
            busy++;
        g_usleep(1000);
    }
    pthread_join(thread, NULL);
    assert_true(writer.is_fine);
    assert_int_equal(fixture_number(self->db, "SELECT total FROM folders WHERE name = 'INBOX'"), 3000);
    assert_true(busy * 4 <= tries + 4); /* now and then a slow commit; not as a rule, also under a sanitizer */
    fixture_recount(self->db);
}

static void *open_once(void *data)
{
    g_autoptr(store) db = store_open(data, STORE_WORKER, NULL);
    return db != NULL ? data : NULL;
}

static void many_may_open_a_fresh_file_at_once(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "fresh.db", NULL);
    pthread_t threads[6];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_once, path), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        void *opened;
        pthread_join(threads[i], &opened);
        assert_non_null(opened);
    }
}

/* Counts what reaches the disk: a VFS in front of the real one. */
static int synced;
static const sqlite3_io_methods *real_methods;
static sqlite3_io_methods counting_methods;

static int sync_counted(sqlite3_file *file, int flags)
{
    synced++;
    return real_methods->xSync(file, flags);
}

static void count_log_syncs(store *db)
{
    sqlite3_file *log = NULL;
    assert_int_equal(sqlite3_file_control(store_db(db), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log), SQLITE_OK);
    real_methods = log->pMethods;
    counting_methods = *real_methods;
    counting_methods.xSync = sync_counted;
    log->pMethods = &counting_methods;
    synced = 0;
}

static void a_key_costs_no_fsync_and_a_worker_s_commit_one(void **state)
{
    struct fixture *self = *state;
    assert_true(store_set_meta(self->db, "first", "1", NULL)); /* the log's header is synced once */
    count_log_syncs(self->db);
    for (int i = 0; i < 20; i++) {
        assert_true(store_begin(self->db, NULL));
        assert_true(store_set_meta(self->db, "key", "1", NULL));
        assert_true(store_commit(self->db, NULL));
    }
    assert_int_equal(synced, 0);
    assert_true(store_begin_durable(self->db, NULL));
    assert_true(store_set_meta(self->db, "outbox", "1", NULL));
    assert_true(store_commit(self->db, NULL));
    assert_int_equal(synced, 1);
    g_autoptr(store) worker = store_open(self->path, STORE_WORKER, NULL);
    assert_true(store_set_meta(worker, "first", "2", NULL));
    count_log_syncs(worker);
    assert_true(store_begin(worker, NULL));
    assert_true(store_set_meta(worker, "x", "1", NULL));
    assert_true(store_commit(worker, NULL));
    assert_int_equal(synced, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
/* As another process: opens, writes, closes. */
static int other_process(const char *path)
{
    g_autoptr(store) db = store_open(path, STORE_WORKER, NULL);
    return db != NULL && store_set_meta(db, "other", "was here", NULL) ? 0 : 1;
}

/* SQLite's locks belong to the process: one close() of the file anywhere, and the other process would take the log away. */
static void two_processes_share_a_store_and_lose_nothing(void **state)
{
    struct fixture *self = *state;
    g_autoptr(store) second = store_open(self->path, STORE_WORKER, NULL);
    char *argv[] = { (char *)"/proc/self/exe", (char *)"--other", self->path, NULL };
    char exe[PATH_MAX] = { 0 };
    assert_true(readlink("/proc/self/exe", exe, sizeof exe - 1) > 0);
    argv[0] = exe;
    int status = -1;
    assert_true(store_set_meta(second, "before", "1", NULL));
    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
    assert_int_equal(status, 0);
    g_autofree char *log = g_strconcat(self->path, "-wal", NULL);
    assert_true(g_file_test(log, G_FILE_TEST_EXISTS));
    assert_true(store_set_meta(second, "after", "1", NULL));
    g_autoptr(store) third = store_open(self->path, STORE_READER, NULL);
    g_autofree char *before = store_get_meta(third, "before"), *other = store_get_meta(third, "other"),
                    *after = store_get_meta(third, "after");
    assert_string_equal(before, "1");
    assert_string_equal(other, "was here");
    assert_string_equal(after, "1");
}

enum { SCREEN_S = 30, GLANCE_US = 4000 };

/* As the screen of another process: it wants the lock again and again. */
static int other_screen(const char *path)
{
    g_autoptr(store) db = store_open(path, STORE_UI, NULL);
    gint64 end = g_get_monotonic_time() + SCREEN_S * G_USEC_PER_SEC;
    while (db != NULL && g_get_monotonic_time() < end)
        store_set_meta(db, "cursor", "1", NULL);
    return 0;
}

/* Long before its own time is over: nobody else there has it, so it is the wish that was seen. */
static bool is_asked_for_the_lock(store *db)
{
    bool is_due = false;
    gint64 begun = g_get_monotonic_time();
    assert_true(store_begin(db, NULL));
    while (!is_due && g_get_monotonic_time() - begun < GLANCE_US)
        is_due = store_is_breath_due(db) && g_get_monotonic_time() - begun < GLANCE_US;
    store_rollback(db);
    return is_due;
}

static void a_screen_of_another_process_is_seen_to_wait(void **state)
{
    struct fixture *self = *state;
    g_autoptr(store) writer = store_open(self->path, STORE_WORKER, NULL);
    char exe[PATH_MAX] = { 0 };
    assert_true(readlink("/proc/self/exe", exe, sizeof exe - 1) > 0);
    char *argv[] = { exe, (char *)"--screen", self->path, NULL };
    GPid pid;
    assert_false(is_asked_for_the_lock(writer));
    assert_true(g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL));
    bool is_seen = false;
    for (gint64 end = g_get_monotonic_time() + SCREEN_S * G_USEC_PER_SEC; !is_seen && g_get_monotonic_time() < end;)
        is_seen = is_asked_for_the_lock(writer);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_true(is_seen);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--screen") == 0)
        return other_screen(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--other") == 0)
        return other_process(argv[2]);
    const struct CMUnitTest tests[] = {
        TEST(two_processes_share_a_store_and_lose_nothing),
        TEST(a_screen_of_another_process_is_seen_to_wait),
        TEST(a_new_store_is_private_and_opens_again),
        TEST(a_newer_store_is_refused_and_left_alone),
        TEST(a_damaged_or_foreign_file_is_told_and_kept),
        TEST(a_directory_that_cannot_be_made_is_an_error_in_words),
        TEST(a_full_disk_changes_nothing),
        TEST(an_inner_failure_spoils_the_whole),
        TEST(the_screen_waits_at_most_its_limit),
        TEST(the_screen_gets_its_turn_while_a_worker_writes),
        TEST(many_may_open_a_fresh_file_at_once),
        TEST(a_key_costs_no_fsync_and_a_worker_s_commit_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
