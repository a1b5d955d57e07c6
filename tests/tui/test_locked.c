/* SPDX-License-Identifier: MIT */
/* Another program holds the write lock of the store (a backup, somebody at a SQLite prompt): keys are taken, nothing stands still, and all is done
 * when the lock is free. Held until the test lets go, however long that takes. */
#include "tests/tui/demo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>

enum { WAIT_MS = 30000, ROWS = 24, COLUMNS = 80 };

static struct demo *open_demo(void)
{
    struct demo *demo = demo_start(POSTERN_PROGRAM, ROWS, COLUMNS);
    assert_non_null(demo);
    terminal_wait_idle(demo->terminal, 300, 3000);
    return demo;
}

static sqlite3 *open_store(const struct demo *demo)
{
    g_autofree char *path = g_build_filename(demo->home, "data", "postern", "mail.db", NULL);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, WAIT_MS);
    return db;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    int found = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int(row, 0) : -1;
    sqlite3_finalize(row);
    return found;
}

static void wait_number(struct demo *demo, sqlite3 *db, const char *sql, int wanted)
{
    int64_t until = g_get_monotonic_time() + (int64_t)WAIT_MS * 1000;
    int found;
    while ((found = number(db, sql)) != wanted && g_get_monotonic_time() < until)
        terminal_read(demo->terminal, 50);
    if (found != wanted) {
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        fail_msg("%s: %d, not %d\n%s", sql, found, wanted, screen);
    }
}

static int cursor_row(struct demo *demo)
{
    for (int i = 0; i < ROWS; i++) {
        g_autofree char *row = terminal_row(demo->terminal, i);
        if (g_str_has_prefix(row, "\342\226\270"))
            return i;
    }
    return -1;
}

/* The row under the cursor is another one: the screen lives. */
static void step(struct demo *demo, const char *key)
{
    int before = cursor_row(demo), now;
    int64_t until = g_get_monotonic_time() + (int64_t)WAIT_MS * 1000;
    terminal_keys(demo->terminal, key);
    while ((now = cursor_row(demo)) == before && g_get_monotonic_time() < until)
        terminal_read(demo->terminal, 20);
    if (now == before) {
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        fail_msg("the screen stands still after %s:\n%s", key, screen);
    }
}

static void press(struct demo *demo, const char *keys, const char *wanted)
{
    terminal_keys(demo->terminal, keys);
    if (!terminal_wait_for(demo->terminal, wanted, WAIT_MS)) {
        g_autofree char *screen = terminal_screen_text(demo->terminal);
        fail_msg("after \"%s\" there is no \"%s\":\n%s", keys, wanted, screen);
    }
}

static void assert_nobody_says_locked(struct demo *demo)
{
    const GByteArray *raw = terminal_raw(demo->terminal);
    g_autofree char *text = g_strndup((const char *)raw->data, raw->len);
    for (guint i = 0; i < raw->len; i++)
        text[i] = text[i] == '\0' ? ' ' : text[i];
    assert_null(strstr(text, "is locked"));
}

static void leave(struct demo *demo)
{
    terminal_keys(demo->terminal, "\003");
    int status = terminal_wait_exit(demo->terminal, WAIT_MS);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    demo_free(demo);
}

static void keys_are_taken_while_the_store_is_held_and_done_afterwards(void **state)
{
    (void)state;
    struct demo *demo = open_demo();
    sqlite3 *db = open_store(demo);
    int before = number(db, "SELECT count(*) FROM actions");
    run(db, "BEGIN IMMEDIATE");
    static const char *const keys[] = { "*", "V", "M", "#", "e" };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        terminal_keys(demo->terminal, keys[i]);
        step(demo, "j");
    }
    press(demo, "t", "A word sets a tag");
    terminal_keys(demo->terminal, "held\r");
    step(demo, "k");
    press(demo, ":", "commands");
    terminal_keys(demo->terminal, "\033");
    terminal_wait_idle(demo->terminal, 100, 2000);
    assert_int_equal(number(db, "SELECT count(*) FROM actions"), before);
    run(db, "ROLLBACK");
    wait_number(demo, db, "SELECT count(*) FROM actions", before + (int)G_N_ELEMENTS(keys) + 1);
    assert_nobody_says_locked(demo);
    /* And all of it can be taken back, also while the lock is held again. */
    run(db, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < G_N_ELEMENTS(keys) + 1; i++)
        terminal_keys(demo->terminal, "u");
    step(demo, "j");
    run(db, "ROLLBACK");
    wait_number(demo, db, "SELECT count(*) FROM actions WHERE is_undone = 0", before);
    assert_nobody_says_locked(demo);
    sqlite3_close(db);
    leave(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_taken_while_the_store_is_held_and_done_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
