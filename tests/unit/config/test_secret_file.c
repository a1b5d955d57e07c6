/* SPDX-License-Identifier: MIT */
/* The encrypted file of secrets: who opens it, what a stranger can do to it, and what two programs do to each other. LABEL: threads */
#include "config/account_file.h"
#include "config/secret.h"
#include "config/secret_file.h"
#include "config/secret_seal_private.h"
#include "fixture.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define GOOD "correct horse battery"

static void unlock(const char *passphrase)
{
    GError *error = NULL;
    if (!secret_file_unlock(passphrase, &error))
        fail_msg("%s", error->message);
}

static void put(const char *account, const char *direction, const char *secret)
{
    GError *error = NULL;
    if (!secret_file_put(account, direction, secret, &error))
        fail_msg("%s", error->message);
}

static void assert_secret(const char *account, const char *direction, const char *wanted)
{
    GError *error = NULL;
    char *secret = secret_file_get(account, direction, &error);
    if (secret == NULL)
        fail_msg("%s", error->message);
    assert_string_equal(secret, wanted);
    secret_free(secret);
}

/* As the next start of the program finds it. */
static void lock_and_unlock(const char *passphrase)
{
    secret_file_lock();
    assert_int_equal(secret_file_state(), SECRET_FILE_LOCKED);
    unlock(passphrase);
}

static char *read_all(gsize *length_out)
{
    g_autofree char *path = secret_file_path();
    char *bytes = NULL;
    assert_true(g_file_get_contents(path, &bytes, length_out, NULL));
    return bytes;
}

static void write_all(const char *bytes, gsize length)
{
    g_autofree char *path = secret_file_path();
    assert_true(g_file_set_contents_full(path, bytes, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void secrets_of_several_accounts_come_back_after_the_passphrase(void **state)
{
    (void)state;
    g_autofree char *path = secret_file_path(), *directory = g_path_get_dirname(path), *big = g_strnfill(30000, 'x');
    assert_int_equal(secret_file_state(), SECRET_FILE_NONE);
    unlock(GOOD);
    assert_int_equal(secret_file_state(), SECRET_FILE_OPEN);
    put("work", "incoming", " p\303\244 ss\\\n%");
    put("work", "outgoing", "other");
    put("home", "incoming", big);
    put("work", "incoming", "newer \377");
    put("empty", "incoming", "");
    assert_int_equal(fixture_mode(path), 0600);
    assert_int_equal(fixture_mode(directory), 0700);
    lock_and_unlock(GOOD);
    assert_secret("work", "incoming", "newer \377");
    assert_secret("work", "outgoing", "other");
    assert_secret("home", "incoming", big);
    assert_secret("empty", "incoming", "");
    GError *error = NULL;
    assert_true(secret_file_remove("work", "incoming", &error));
    assert_true(secret_file_remove("work", "incoming", &error));
    assert_null(secret_file_get("work", "incoming", &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "not in the file");
    assert_secret("work", "outgoing", "other");
}

static void nothing_is_read_or_written_without_the_passphrase(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_false(secret_file_put("work", "incoming", "early", &error)); /* nobody chose a passphrase yet */
    assert_error_says(&error, CONFIG_ERROR_LOCKED, "passphrase");
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    secret_file_lock();
    assert_null(secret_file_get("work", "incoming", &error));
    assert_error_says(&error, CONFIG_ERROR_LOCKED, "passphrase");
    assert_false(secret_file_put("work", "incoming", "x", &error));
    assert_error_says(&error, CONFIG_ERROR_LOCKED, "passphrase");
    assert_false(secret_file_remove("work", "incoming", &error));
    assert_error_says(&error, CONFIG_ERROR_LOCKED, "passphrase");
    gsize length = 0;
    g_autofree char *bytes = read_all(&length);
    assert_null(memmem(bytes, length, "hunter2", 7));
    assert_null(memmem(bytes, length, "work", 4));
}

static void a_wrong_passphrase_is_told_apart_from_a_changed_file(void **state)
{
    (void)state;
    GError *error = NULL;
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    secret_file_lock();
    assert_false(secret_file_unlock("correct horse batterz", &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "not the passphrase");
    assert_false(secret_file_unlock("", &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "not the passphrase");
    assert_int_equal(secret_file_state(), SECRET_FILE_LOCKED);
    unlock(GOOD);
    assert_secret("work", "incoming", "hunter2");
}

static void a_short_passphrase_makes_no_file(void **state)
{
    (void)state;
    GError *error = NULL;
    assert_false(secret_file_unlock("short", &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "at least 8");
    assert_int_equal(secret_file_state(), SECRET_FILE_NONE);
}

static void every_changed_byte_and_every_cut_is_noticed(void **state)
{
    (void)state;
    gsize length = 0;
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    g_autofree char *bytes = read_all(&length);
    for (gsize i = 0; i < length; i++) {
        GError *error = NULL;
        bytes[i] = (char)(bytes[i] ^ 0x10);
        write_all(bytes, length);
        assert_null(secret_file_get("work", "incoming", &error));
        assert_error_says(&error, CONFIG_ERROR_SECRET, "changed");
        bytes[i] = (char)(bytes[i] ^ 0x10);
    }
    for (gsize cut = 0; cut < length; cut += 7) {
        GError *error = NULL;
        write_all(bytes, cut);
        assert_false(secret_file_put("work", "incoming", "must not overwrite", &error));
        assert_error_says(&error, CONFIG_ERROR_SECRET, "changed");
    }
    write_all(bytes, length);
    assert_secret("work", "incoming", "hunter2");
}

/* One who can compute the checksum, too: only the key proves the rest. */
static void a_change_with_a_right_checksum_is_noticed(void **state)
{
    (void)state;
    gsize length = 0;
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    g_autofree char *bytes = read_all(&length);
    for (gsize i = 0; i < length - 32; i += 3) {
        GError *error = NULL;
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        gsize sum_length = 32;
        g_autofree char *copy = g_memdup2(bytes, length);
        copy[i] = (char)(copy[i] ^ 1);
        g_checksum_update(sum, (const guchar *)copy, (gssize)(length - 32));
        g_checksum_get_digest(sum, (guint8 *)copy + length - 32, &sum_length);
        write_all(copy, length);
        secret_file_lock();
        bool is_open = secret_file_unlock(GOOD, &error);
        char *secret = is_open ? secret_file_get("work", "incoming", &error) : NULL;
        assert_null(secret);
        assert_non_null(error);
        g_clear_error(&error);
    }
}

static void a_file_that_wants_all_memory_is_refused(void **state)
{
    (void)state;
    GError *error = NULL;
    struct seal_head head = { .log2_n = 40, .r = 8, .p = 1 };
    unsigned char key[SEAL_KEY_BYTES] = { 0 };
    g_autofree unsigned char *bytes = NULL;
    size_t length = 0;
    unlock(GOOD);
    assert_true(seal_close(&head, key, (const unsigned char *)"", 0, &bytes, &length, &error));
    write_all((const char *)bytes, length);
    assert_false(secret_file_unlock(GOOD, &error));
    assert_error_says(&error, CONFIG_ERROR_SECRET, "more memory");
}

static void a_file_that_others_can_read_is_not_used(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autofree char *path = secret_file_path();
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    assert_int_equal(chmod(path, 0640), 0);
    assert_null(secret_file_get("work", "incoming", &error));
    assert_error_says(&error, CONFIG_ERROR_PERMISSION, "chmod 600");
}

static void a_new_passphrase_opens_and_the_old_one_does_not(void **state)
{
    (void)state;
    GError *error = NULL;
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    assert_false(secret_file_change("not this one", "another good one", &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "not the passphrase");
    assert_false(secret_file_change(GOOD, "tiny", &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "at least 8");
    assert_true(secret_file_change(GOOD, "another good one", &error));
    assert_secret("work", "incoming", "hunter2"); /* this program goes on */
    secret_file_lock();
    assert_false(secret_file_unlock(GOOD, &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "not the passphrase");
    unlock("another good one");
    assert_secret("work", "incoming", "hunter2");
}

static void another_program_that_changed_the_passphrase_locks_this_one_out(void **state)
{
    (void)state;
    GError *error = NULL;
    gsize length = 0;
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    g_autofree char *before = read_all(&length);
    gsize changed_length = 0;
    assert_true(secret_file_change(GOOD, "another good one", &error));
    g_autofree char *changed = read_all(&changed_length);
    write_all(before, length);
    secret_file_lock();
    unlock(GOOD);
    write_all(changed, changed_length); /* … as another process would */
    assert_int_equal(secret_file_state(), SECRET_FILE_LOCKED);
    assert_false(secret_file_put("work", "incoming", "x", &error));
    assert_error_says(&error, CONFIG_ERROR_LOCKED, "passphrase");
}

static void *write_many(void *data)
{
    const char *account = data;
    for (int i = 0; i < 20; i++) {
        g_autofree char *secret = g_strdup_printf("%s-%d", account, i);
        put(account, "incoming", secret);
        assert_secret(account, "incoming", secret);
    }
    return NULL;
}

static void writers_at_the_same_time_lose_nothing(void **state)
{
    (void)state;
    static const char *const accounts[] = { "a", "b", "c", "d" };
    pthread_t threads[G_N_ELEMENTS(accounts)];
    unlock(GOOD);
    for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, (void *)accounts[i]), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(accounts); i++) {
        g_autofree char *last = g_strdup_printf("%s-19", accounts[i]);
        assert_secret(accounts[i], "incoming", last);
    }
}

static void a_writer_that_is_killed_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    unlock(GOOD);
    put("work", "outgoing", "untouched");
    for (int round = 0; round < 20; round++) {
        int gate[2];
        char byte;
        put("work", "incoming", "0");
        assert_int_equal(pipe(gate), 0);
        pid_t child = fork();
        if (child == 0) {
            if (!secret_file_unlock(GOOD, NULL)) /* the key is not inherited */
                _exit(1);
            for (int i = 1;; i++) {
                g_autofree char *secret = g_strdup_printf("%d", i);
                if (!secret_file_put("work", "incoming", secret, NULL))
                    _exit(1);
                (void)!write(gate[1], "", i == 1 ? 1 : 0);
            }
        }
        assert_int_equal(read(gate[0], &byte, 1), 1);
        g_usleep((gulong)round * 137);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        close(gate[0]);
        close(gate[1]);
        GError *error = NULL;
        char *secret = secret_file_get("work", "incoming", &error);
        assert_non_null(secret);
        assert_true(g_ascii_strtoll(secret, NULL, 10) >= 1);
        secret_free(secret);
        assert_secret("work", "outgoing", "untouched");
    }
}

static void a_full_disk_costs_nothing_that_was_there(void **state)
{
    (void)state;
    GError *error = NULL;
    struct rlimit before, tiny;
    g_autofree char *big = g_strnfill(20000, 'x');
    unlock(GOOD);
    put("work", "incoming", "hunter2");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tiny = (struct rlimit){ .rlim_cur = 2000, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    bool is_kept = secret_file_put("work", "incoming", big, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(is_kept);
    assert_error_says(&error, CONFIG_ERROR_READ, "failed");
    assert_secret("work", "incoming", "hunter2");
}

/* --- as an account sees it --- */
static struct account *account_of(enum account_secret secret)
{
    struct account *self = account_new("work");
    self->name = g_strdup("Work");
    self->incoming.secret = self->outgoing.secret = secret;
    return self;
}

static void an_account_without_a_screen_gets_the_passphrase_from_a_command(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_of(ACCOUNT_SECRET_FILE);
    g_autofree char *path = fixture_write("postern/postern.conf", "[postern]\npassphrase-command = echo " GOOD "\n", 0600);
    assert_true(secret_put(self, &self->incoming, "hunter2", -1, 10000, &error));
    secret_file_lock();
    char *in = secret_get(self, &self->incoming, -1, 10000, &error), *out = secret_get(self, &self->outgoing, -1, 10000, &error);
    assert_string_equal(in, "hunter2");
    assert_string_equal(out, "hunter2");
    secret_free(in);
    secret_free(out);
    g_autofree char *again = fixture_write("postern/postern.conf", "[postern]\npassphrase-command = echo wrong one here\n", 0600);
    secret_file_lock();
    assert_null(secret_get(self, &self->incoming, -1, 10000, &error));
    assert_error_says(&error, CONFIG_ERROR_PASSPHRASE, "not the passphrase");
}

static void clear_text_of_before_moves_into_the_file_once_it_is_open(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_of(ACCOUNT_SECRET_FILE);
    g_autofree char *clear = fixture_write("postern/secrets/work-incoming", "hunter2\n", 0600);
    char *secret = secret_get(self, &self->incoming, -1, 1000, &error);
    assert_string_equal(secret, "hunter2"); /* still good where there is no passphrase yet */
    secret_free(secret);
    assert_true(g_file_test(clear, G_FILE_TEST_EXISTS));
    unlock(GOOD);
    secret = secret_get(self, &self->incoming, -1, 1000, &error);
    assert_string_equal(secret, "hunter2");
    secret_free(secret);
    assert_false(g_file_test(clear, G_FILE_TEST_EXISTS));
    assert_secret("work", "incoming", "hunter2");
}

static void a_forgotten_account_leaves_nothing(void **state)
{
    (void)state;
    GError *error = NULL;
    g_autoptr(account) self = account_of(ACCOUNT_SECRET_FILE);
    assert_true(secret_forget(self, &self->incoming, &error));
    unlock(GOOD);
    assert_true(secret_put(self, &self->incoming, "hunter2", -1, 1000, &error));
    assert_true(secret_forget(self, &self->incoming, &error));
    assert_null(secret_get(self, &self->incoming, -1, 1000, &error));
    assert_error_says(&error, CONFIG_ERROR_MISSING, "not in the file");
}

static int lock_again(void **state)
{
    secret_file_lock();
    return fixture_teardown(state);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, lock_again)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(secrets_of_several_accounts_come_back_after_the_passphrase),
        FILE_TEST(nothing_is_read_or_written_without_the_passphrase),
        FILE_TEST(a_wrong_passphrase_is_told_apart_from_a_changed_file),
        FILE_TEST(a_short_passphrase_makes_no_file),
        FILE_TEST(every_changed_byte_and_every_cut_is_noticed),
        FILE_TEST(a_change_with_a_right_checksum_is_noticed),
        FILE_TEST(a_file_that_wants_all_memory_is_refused),
        FILE_TEST(a_file_that_others_can_read_is_not_used),
        FILE_TEST(a_new_passphrase_opens_and_the_old_one_does_not),
        FILE_TEST(another_program_that_changed_the_passphrase_locks_this_one_out),
        FILE_TEST(writers_at_the_same_time_lose_nothing),
        FILE_TEST(a_writer_that_is_killed_leaves_the_old_or_the_new),
        FILE_TEST(a_full_disk_costs_nothing_that_was_there),
        FILE_TEST(an_account_without_a_screen_gets_the_passphrase_from_a_command),
        FILE_TEST(clear_text_of_before_moves_into_the_file_once_it_is_open),
        FILE_TEST(a_forgotten_account_leaves_nothing),
    };
    seal_set_cost(6);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
