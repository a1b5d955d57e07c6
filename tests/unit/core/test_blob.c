/* SPDX-License-Identifier: MIT */
/* Message files: Maildir and cache. */
#include "core/blob.h"
#include "core/blob_names.h"
#include "store_fixture.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/xattr.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *maildir_new(void **state)
{
    struct fixture *self = *state;
    return g_build_filename(self->directory, "mail", "work", "Inbox", NULL);
}

/* The files of rows that went: whole, its parts, and nobody else's. */
static void what_nobody_needs_leaves_the_cache(void **state)
{
    static const int64_t gone[] = { 7, 107 };
    (void)state;
    assert_true(blob_cache_put("work", 7, NULL, "a", 1, NULL));
    assert_true(blob_cache_put("work", 7, "1.2", "b", 1, NULL));
    assert_true(blob_cache_put("work", 107, NULL, "c", 1, NULL));
    assert_true(blob_cache_put("work", 207, NULL, "d", 1, NULL));
    assert_true(blob_cache_put("work", 70, NULL, "e", 1, NULL));
    blob_cache_forget("work", gone, G_N_ELEMENTS(gone));
    assert_false(blob_cache_has("work", 7, NULL));
    assert_false(blob_cache_has("work", 7, "1.2"));
    assert_false(blob_cache_has("work", 107, NULL));
    assert_true(blob_cache_has("work", 207, NULL));
    assert_true(blob_cache_has("work", 70, NULL));
}

/* A directory is as old as it was a minute ago: what it holds is known from then on, until it changes. */
static void age(const char *maildir, int seconds)
{
    static const char *const parts[] = { "cur", "new" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = g_build_filename(maildir, parts[i], NULL);
        const struct timespec then = { .tv_sec = g_get_real_time() / G_USEC_PER_SEC - seconds };
        assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){ then, then }, 0), 0);
    }
}

static void many_missing_files_cost_one_reading(void **state)
{
    g_autofree char *maildir = maildir_new(state), *file = NULL;
    assert_true(blob_maildir_deliver(maildir, "hello", 5, 0, &file, NULL));
    age(maildir, 60);
    assert_false(blob_names_lack(maildir, "missing")); /* nobody has read it */
    assert_null(blob_maildir_find(maildir, "missing"));
    assert_true(blob_names_lack(maildir, "missing"));
    assert_true(blob_names_lack(maildir, "another"));
    assert_false(blob_names_lack(maildir, file));
    g_autofree char *there = blob_maildir_find(maildir, file);
    assert_non_null(there);
    /* Another program brings it: the directory's time tells. */
    g_autofree char *path = g_build_filename(maildir, "cur", "missing:2,abc", NULL);
    assert_true(g_file_set_contents(path, "x", 1, NULL));
    assert_false(blob_names_lack(maildir, "missing"));
    g_autofree char *found = blob_maildir_find(maildir, "missing");
    assert_string_equal(found, path);
    /* What changed a moment ago may change again without showing it. */
    assert_null(blob_maildir_find(maildir, "another"));
    assert_false(blob_names_lack(maildir, "another"));
}

static void a_delivered_message_is_a_private_file_with_its_flags(void **state)
{
    g_autofree char *maildir = maildir_new(state), *file = NULL, *unread = NULL, *text = NULL;
    GError *error = NULL;
    assert_true(blob_maildir_deliver(maildir, "hello", 5, MESSAGE_SEEN | MESSAGE_FLAGGED | MESSAGE_ANSWERED, &file, &error));
    assert_true(blob_maildir_deliver(maildir, "new", 3, 0, &unread, &error));
    g_autofree char *path = blob_maildir_find(maildir, file), *fresh = blob_maildir_find(maildir, unread);
    assert_true(g_str_has_suffix(path, ":2,FRS"));
    assert_non_null(strstr(path, "/cur/"));
    assert_non_null(strstr(fresh, "/new/"));
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "hello");
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 077, 0);
    g_autofree char *tmp = g_build_filename(maildir, "tmp", file, NULL);
    assert_false(g_file_test(tmp, G_FILE_TEST_EXISTS));
}

static void flags_change_the_name_and_keep_foreign_letters(void **state)
{
    g_autofree char *maildir = maildir_new(state), *file = NULL;
    assert_true(blob_maildir_deliver(maildir, "x", 1, MESSAGE_SEEN, &file, NULL));
    g_autofree char *path = blob_maildir_find(maildir, file), *foreign = g_strconcat(path, "ac", NULL);
    assert_int_equal(rename(path, foreign), 0);
    assert_true(blob_maildir_set_flags(maildir, file, MESSAGE_FLAGGED, NULL));
    g_autofree char *after = blob_maildir_find(maildir, file);
    assert_true(g_str_has_suffix(after, ":2,Fac"));
}

static void a_move_can_be_repeated_and_a_removal_too(void **state)
{
    g_autofree char *maildir = maildir_new(state), *other = g_strconcat(maildir, ".Other", NULL), *file = NULL;
    GError *error = NULL;
    assert_true(blob_maildir_deliver(maildir, "x", 1, MESSAGE_SEEN, &file, NULL));
    assert_true(blob_maildir_move(maildir, file, other, &error));
    assert_true(blob_maildir_move(maildir, file, other, &error));
    g_autofree char *there = blob_maildir_find(other, file), *here = blob_maildir_find(maildir, file);
    assert_true(g_str_has_suffix(there, ":2,S"));
    assert_null(here);
    assert_true(blob_maildir_remove(other, file, &error));
    assert_true(blob_maildir_remove(other, file, &error));
    assert_false(blob_maildir_move(maildir, file, other, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING));
    g_clear_error(&error);
}

static bool count_one(void *data, const char *file, unsigned flags, const char *path)
{
    (void)file;
    (void)path;
    *(unsigned *)data += (flags & MESSAGE_SEEN) != 0 ? 101U : 1U;
    return true;
}

static void each_message_is_visited_once(void **state)
{
    g_autofree char *maildir = maildir_new(state);
    unsigned seen = 0;
    for (int i = 0; i < 6; i++)
        assert_true(blob_maildir_deliver(maildir, "x", 1, i % 2 == 0 ? MESSAGE_SEEN : 0, NULL, NULL));
    assert_true(blob_maildir_each(maildir, count_one, &seen, NULL));
    assert_int_equal(seen, 306);
}

static void names_from_outside_cannot_leave_the_directory(void **state)
{
    (void)state;
    assert_null(blob_maildir_find("/tmp", "../etc/passwd"));
    assert_null(blob_cache_path("work", 1, "../../etc/passwd"));
    assert_null(blob_cache_path("work", 1, "1/2"));
    assert_null(blob_cache_path("work", 1, ".."));
    assert_null(blob_cache_path("work", 1, ""));
    assert_false(blob_cache_has("work", 1, "/etc/passwd"));
    g_autofree char *path = blob_cache_path("../../evil/..", 1, "1.2");
    assert_null(strstr(path, "/../"));
    GError *error = NULL;
    assert_false(blob_cache_put("work", 1, "../x", "x", 1, &error));
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_OTHER));
    g_clear_error(&error);
}

static void the_oldest_read_are_evicted_first(void **state)
{
    (void)state;
    char body[1000];
    memset(body, 'x', sizeof body);
    for (int64_t id = 1; id <= 10; id++) {
        assert_true(blob_cache_put("work", id, id % 2 == 0 ? "1.2" : NULL, body, sizeof body, NULL));
        g_autofree char *path = blob_cache_path("work", id, id % 2 == 0 ? "1.2" : NULL);
        struct timespec old[] = { { .tv_sec = 1000 + id }, { .tv_sec = 1000 + id } };
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    }
    assert_true(blob_cache_has("work", 1, NULL)); /* read just now, though written first */
    assert_true(blob_cache_evict("work", 4000, NULL));
    static const bool expected[] = { true, false, false, false, false, false, false, true, true, true };
    for (int64_t id = 1; id <= 10; id++)
        assert_int_equal(blob_cache_has("work", id, id % 2 == 0 ? "1.2" : NULL), expected[id - 1]);
    assert_true(blob_cache_evict("nobody", 0, NULL));
}

enum damage { DAMAGE_NONE, DAMAGE_CUT, DAMAGE_ZERO_MIDDLE, DAMAGE_ZERO_END, DAMAGE_EMPTY, DAMAGES };

static void damage(const char *path, enum damage how)
{
    static const char zeros[100];
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    if (how == DAMAGE_CUT)
        assert_int_equal(ftruncate(fd, 7000), 0);
    if (how == DAMAGE_EMPTY)
        assert_int_equal(ftruncate(fd, 0), 0);
    if (how == DAMAGE_ZERO_MIDDLE || how == DAMAGE_ZERO_END)
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, how == DAMAGE_ZERO_END ? 8900 : 4096), sizeof zeros);
    close(fd);
}

/* What a power cut may leave of files that were not synced: written one by one, at once, and in pieces. */
static void what_a_power_cut_left_of_a_cached_body_counts_as_not_here(void **state)
{
    (void)state;
    char body[9000];
    memset(body, 'x', sizeof body);
    for (int64_t id = 1; id <= 3 * DAMAGES; id++) {
        g_autoptr(blob_bulk) bulk = blob_bulk_new("work", NULL);
        enum damage how = (enum damage)((id - 1) / 3);
        if (id % 3 == 0)
            assert_true(blob_cache_put("work", id, NULL, body, sizeof body, NULL));
        else if (id % 3 == 1)
            assert_true(blob_bulk_put(bulk, id, body, sizeof body, NULL));
        else
            assert_true(blob_bulk_begin(bulk, id, NULL) && blob_bulk_append(bulk, body, 5000, NULL) &&
                        blob_bulk_append(bulk, body, 4000, NULL) && blob_bulk_end(bulk, NULL));
        g_autofree char *path = blob_cache_path("work", id, NULL);
        bool is_sealed = getxattr(path, "user.postern.sum", NULL, 0) > 0; /* some file systems keep none: then the ends are looked at */
        damage(path, how);
        bool is_seen = how == DAMAGE_EMPTY || how == DAMAGE_ZERO_END || (is_sealed && how != DAMAGE_NONE);
        assert_int_equal(blob_cache_has("work", id, NULL), !is_seen);
        bool is_short = how == DAMAGE_EMPTY || (is_sealed && how == DAMAGE_CUT);
        assert_int_equal(blob_bulk_has(bulk, id, -1), !is_short);
        assert_true(blob_cache_put("work", id, NULL, body, sizeof body, NULL)); /* fetched again */
        assert_true(blob_cache_has("work", id, NULL));
    }
}

/* Killed by the limit's signal between two writes of one file. */
static void put_and_be_killed(blob_bulk *bulk, int64_t id, const char *body, size_t size)
{
    const struct rlimit small = { 4096, 4096 }, none = { 0, 0 };
    signal(SIGXFSZ, SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &small);
    blob_bulk_put(bulk, id, body, size, NULL);
    _exit(0);
}

static void a_program_killed_while_it_writes_a_body_leaves_none_that_counts(void **state)
{
    (void)state;
    char body[9000];
    int status = 0;
    memset(body, 'x', sizeof body);
    g_autoptr(blob_bulk) bulk = blob_bulk_new("work", NULL);
    pid_t child = fork();
    if (child == 0)
        put_and_be_killed(bulk, 7, body, sizeof body);
    assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    assert_false(blob_cache_has("work", 7, NULL));
    assert_false(blob_bulk_has(bulk, 7, -1));
    assert_false(blob_bulk_has(bulk, 7, sizeof body));
    assert_true(blob_bulk_put(bulk, 7, body, sizeof body, NULL)); /* over what was left */
    assert_true(blob_cache_has("work", 7, NULL));
    assert_true(blob_bulk_has(bulk, 7, sizeof body));
}

/* A limit on the size of files fails like a full disk, at any byte. */
static void a_full_disk_leaves_no_body_under_any_name(void **state)
{
    (void)state;
    GError *error = NULL;
    char body[9000];
    struct rlimit before, small;
    memset(body, 'x', sizeof body);
    g_autoptr(blob_bulk) bulk = blob_bulk_new("work", NULL);
    g_autofree char *path = blob_cache_path("work", 7, NULL), *directory = g_path_get_dirname(path);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 4096, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    bool is_done = blob_bulk_put(bulk, 7, body, sizeof body, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(is_done);
    assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_FULL));
    g_clear_error(&error);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    assert_non_null(entries);
    assert_null(g_dir_read_name(entries));
}

/* A limit on the size of files fails like a full disk, at any byte. */
static void a_full_disk_leaves_nothing_and_says_so(void **state)
{
    g_autofree char *maildir = maildir_new(state), *file = NULL;
    GError *error = NULL;
    char big[9000] = { 0 };
    struct rlimit before, small;
    assert_true(blob_maildir_make(maildir, NULL));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){ 4096, before.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    bool is_done = blob_maildir_deliver(maildir, big, sizeof big, 0, &file, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(is_done);
    assert_non_null(error);
    assert_null(file);
    g_clear_error(&error);
    unsigned left = 0;
    assert_true(blob_maildir_each(maildir, count_one, &left, NULL));
    g_autofree char *tmp = g_build_filename(maildir, "tmp", NULL);
    g_autoptr(GDir) entries = g_dir_open(tmp, 0, NULL);
    assert_null(g_dir_read_name(entries));
    assert_int_equal(left, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_delivered_message_is_a_private_file_with_its_flags),
        TEST(what_nobody_needs_leaves_the_cache),
        TEST(many_missing_files_cost_one_reading),
        TEST(flags_change_the_name_and_keep_foreign_letters),
        TEST(a_move_can_be_repeated_and_a_removal_too),
        TEST(each_message_is_visited_once),
        TEST(names_from_outside_cannot_leave_the_directory),
        TEST(the_oldest_read_are_evicted_first),
        TEST(what_a_power_cut_left_of_a_cached_body_counts_as_not_here),
        TEST(a_program_killed_while_it_writes_a_body_leaves_none_that_counts),
        TEST(a_full_disk_leaves_no_body_under_any_name),
        TEST(a_full_disk_leaves_nothing_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
