/* SPDX-License-Identifier: MIT */
/* kill -9 at a random moment: whatever was under way, the store opens, is whole, and keeps what was committed. */
#include "core/intent.h"
#include "core/outbox.h"
#include "core/undo.h"
#include "store_fixture.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20

static void act(store *db, GRand *random, const int64_t *folders, uint32_t *uid)
{
    int64_t id = 0;
    int64_t folder_id = folders[g_rand_int_range(random, 0, 4)], target = folders[g_rand_int_range(random, 0, 4)];
    g_autofree char *name = g_strdup_printf("k%u@x", *uid), *parent = g_strdup_printf("k%u@x", *uid / 2);
    struct message_info info = fixture_info(name, parent, 1000 + *uid);
    static const char *const recipients[] = { "ada@example.test", NULL };
    store_number(db, &id, NULL, "SELECT id FROM placements WHERE folder_id = ? ORDER BY random() LIMIT 1", NUM(folder_id));
    switch (g_rand_int_range(random, 0, 7)) {
    case 0:
        intent_move(db, &id, 1, target, NULL);
        break;
    case 1:
        intent_flags(db, &id, 1, MESSAGE_SEEN, 0, NULL);
        break;
    case 2:
        intent_copy(db, &id, 1, target, NULL);
        break;
    case 3:
        undo_last(db, NULL, NULL);
        break;
    case 4:
        outbox_submit(db, "work", "Subject: x\n\nx\n", 14, "a@x", recipients, 0, 0, 0, NULL);
        break;
    default:
        store_placement_put(db, folder_id, ++*uid, 0, NULL, 0, &info, NULL, NULL, NULL);
    }
}

/* Says each finished step with one byte, so that the parent kills it in the midst of work. */
static void work_until_killed(struct fixture *self, guint32 seed, int out)
{
    GRand *random = g_rand_new_with_seed(seed);
    int64_t folders[] = { self->inbox, self->archive, self->trash, self->sent };
    uint32_t uid = seed * 100000;
    store *db = store_open(self->path, seed % 2 == 0 ? STORE_UI : STORE_WORKER, NULL);
    if (db == NULL)
        _exit(1);
    for (;;) {
        act(db, random, folders, &uid);
        if (write(out, "x", 1) != 1)
            _exit(1);
    }
}

static void run_and_kill(struct fixture *self, guint32 seed)
{
    int pipe_fds[2];
    char step;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipe_fds[0]);
        work_until_killed(self, seed, pipe_fds[1]);
    }
    close(pipe_fds[1]);
    int steps = (int)(seed * 37 % 90) + 1;
    for (int i = 0; i < steps; i++)
        assert_int_equal(read(pipe_fds[0], &step, 1), 1);
    g_usleep(seed * 97 % 1500); /* somewhere inside the next step */
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(pipe_fds[0]);
}

static void after_a_kill_the_store_is_whole(void **state)
{
    struct fixture *self = *state;
    g_clear_pointer(&self->db, store_close); /* an SQLite connection does not survive a fork */
    for (guint32 seed = 1; seed <= ROUNDS; seed++) {
        run_and_kill(self, seed);
        GError *error = NULL;
        self->db = store_open(self->path, STORE_UI, &error);
        if (self->db == NULL)
            fail_msg("%s", error->message);
        assert_true(outbox_recover(self->db, NULL) >= 0);
        sqlite3_stmt *row = NULL;
        assert_int_equal(sqlite3_prepare_v2(store_db(self->db), "PRAGMA integrity_check", -1, &row, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(row, 0), "ok");
        sqlite3_finalize(row);
        fixture_recount(self->db);
        g_autoptr(GPtrArray) mails = outbox_items(self->db, NULL);
        for (guint i = 0; i < mails->len; i++)
            assert_non_null(((struct outbox_item *)g_ptr_array_index(mails, i))->path); /* no row without its file */
        g_clear_pointer(&self->db, store_close);
    }
    self->db = store_open(self->path, STORE_UI, NULL);
    assert_true(fixture_number(self->db, "SELECT count(*) FROM messages") > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_a_kill_the_store_is_whole, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
