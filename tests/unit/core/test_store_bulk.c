/* SPDX-License-Identifier: MIT */
/* Rows by the hundred: the store must look as if each had come alone. LABEL: threads */
#include "core/bulk_writer.h"
#include "core/intent.h"
#include "core/schema.h"
#include "core/store_bulk.h"
#include "store_fixture.h"
#include <string.h>

enum { MANY = 1000 };

struct letter {
    char *id, *references, *address;
    struct message_info info;
};

/* Conversations of all lengths, answers before questions, some without an id, doubles, keywords: the same for the same number. */
static void letter_make(struct letter *letter, int number)
{
    if (number % 97 == 96)
        number--;
    letter->id = number % 11 == 10 ? NULL : g_strdup_printf("l%d@example.test", number);
    letter->references = number % 4 == 0 ? NULL
                         : number % 4 == 1 && number > 200
                             ? g_strdup_printf("l%d@example.test l%d@example.test", number / 3, number - 7)
                             : g_strdup_printf("l%d@example.test", number % 2 == 0 ? number / 2 : MIN(number + 5, MANY));
    letter->address = g_strdup_printf("p%d@Example.test", number % 13);
    letter->info = fixture_info(letter->id, letter->references, 5000 + number * 7 % 501);
    letter->info.from_address = letter->address;
    letter->info.size_bytes = 100 + number;
}

static struct bulk_row row_of(struct letter *letter, int number)
{
    static const char *const keywords[] = { NULL, "", "$Important", "$Important work" };
    letter_make(letter, number);
    return (struct bulk_row){ .uid = (uint32_t)number + 1,
                              .flags = (number % 3 == 0 ? MESSAGE_SEEN : 0u) | (number % 5 == 0 ? MESSAGE_FLAGGED : 0u),
                              .keywords = keywords[number % 4],
                              .modseq = (uint64_t)(number % 2),
                              .info = &letter->info,
                              .is_left = true };
}

static void put_one(store *db, int64_t folder_id, const struct bulk_row *row)
{
    GError *error = NULL;
    assert_true(store_placement_put(db, folder_id, row->uid, row->flags, row->keywords, row->modseq, row->info, NULL, NULL, &error));
}

/* Returns how many were left. */
static size_t put_many(store *db, int64_t folder_id, int first, int count, bool is_together)
{
    g_autofree struct letter *letters = g_new0(struct letter, (gsize)count);
    g_autofree struct bulk_row *rows = g_new0(struct bulk_row, (gsize)count);
    size_t left = 0;
    GError *error = NULL;
    for (int i = 0; i < count; i++)
        rows[i] = row_of(&letters[i], first + i);
    if (is_together && !store_bulk_put(db, folder_id, rows, (size_t)count, NULL, &left, &error))
        fail_msg("%s", error->message);
    for (int i = 0; i < count; i++) {
        if (rows[i].is_left)
            put_one(db, folder_id, &rows[i]);
        g_free(letters[i].id);
        g_free(letters[i].references);
        g_free(letters[i].address);
    }
    return left;
}

/* Everything a person could see of it, without the numbers that depend on the order. A conversation is named by its smallest member. */
static char *view_of(store *db)
{
    static const char *const questions[] = {
        "SELECT folder_id || ' ' || uid || ' ' || flags || ' ' || server_flags || ' ' || sort_key || ' ' || modseq || ' ' ||"
        " coalesce(keywords, '-') || ' ' || coalesce(server_keywords, '-') || ' ' || coalesce(m.message_id, '-') || ' ' || m.subject ||"
        " coalesce(m.refs, '-') || ' ' || (SELECT min(q.folder_id * 100000 + q.uid) FROM placements AS q WHERE q.thread_id = p.thread_id)"
        " FROM placements AS p JOIN messages AS m ON m.id = p.message_id ORDER BY folder_id, uid",
        "SELECT address || ' ' || coalesce(name, '-') || ' ' || sent || ' ' || received || ' ' || last_utc FROM contacts ORDER BY address",
        "SELECT count(*) FROM contact_words",
        "SELECT count(*) FROM messages",
        "SELECT count(*) || ' ' || count(message_id) FROM thread_refs",
        "SELECT count(*) FROM message_twins",
        "SELECT 'nameless ' || m.id FROM messages AS m WHERE message_hash IS NOT NULL AND id NOT IN " STORE_MESSAGES_OF_HASH(
            "m.message_hash"),
        "SELECT count(DISTINCT message_id) FROM search_news",
        "SELECT count(*) FROM arrivals",
        "SELECT count(*) FROM bulk",
    };
    g_autoptr(GString) view = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(sqlite3_stmt) row = store_prepare(db, questions[i], NULL);
        while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
            g_string_append_printf(view, "%s\n", (const char *)sqlite3_column_text(row, 0));
    }
    return g_string_free(g_steal_pointer(&view), FALSE);
}

static void many_at_once_are_what_each_alone_would_be(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "other.db", NULL);
    struct fixture other = { .db = store_open(path, STORE_UI, NULL) };
    assert_non_null(other.db);
    fixture_fill(&other);
    store *const stores[] = { self->db, other.db };
    for (size_t i = 0; i < 2; i++) {
        put_many(stores[i], self->archive, 300, 50, false); /* some are known from another folder, and one was deleted there */
        assert_true(store_placement_vanished(stores[i], self->archive, 301, NULL));
        put_many(stores[i], self->inbox, 700, 20, false); /* some are known here */
        size_t left = put_many(stores[i], self->inbox, 0, MANY, i == 1);
        put_many(stores[i], self->trash, 0, 40, i == 1);
        put_many(stores[i], self->sent, 100, 40, i == 1);
        assert_true(i == 0 || (left > 0 && left < MANY / 2));
        fixture_recount(stores[i]);
    }
    g_autofree char *alone = view_of(stores[0]), *together = view_of(stores[1]);
    assert_string_equal(alone, together);
    store_close(other.db);
}

enum { BATCH = 250 };

/* What the writer leaves is put on this thread, while it has the next batch. */
static void put_by_writer(struct fixture *self, bulk_writer *writer, int count)
{
    g_autofree struct letter *letters = g_new0(struct letter, (gsize)count);
    g_autofree struct bulk_row *rows = g_new0(struct bulk_row, (gsize)count);
    GError *error = NULL;
    size_t left = 0;
    for (int i = 0; i < count; i++)
        rows[i] = row_of(&letters[i], i);
    for (int i = 0; i < count; i += BATCH) {
        bulk_writer_put(writer, self->inbox, rows + i, BATCH);
        for (int k = 0; k < 20; k++)
            store_set_meta(self->db, "cursor", "1", NULL); /* the screen goes on */
        if (!bulk_writer_wait(writer, &left, &error))
            fail_msg("%s", error->message);
        for (int k = i; k < i + BATCH; k++)
            if (rows[k].is_left)
                put_one(self->db, self->inbox, &rows[k]);
    }
    for (int i = 0; i < count; i++) {
        g_free(letters[i].id);
        g_free(letters[i].references);
        g_free(letters[i].address);
    }
}

/* What has a number from 50 on is new mail. */
static void watch(store *db, int64_t folder_id)
{
    assert_true(store_run(
        db, NULL, "INSERT OR REPLACE INTO arrival_marks(folder_id, uidvalidity, uid, last_message, since_utc) VALUES(?, 1, 50, 0, 0)",
        NUM(folder_id)));
}

static void a_thread_of_its_own_writes_the_same(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "other.db", NULL);
    struct fixture other = { .db = store_open(path, STORE_WORKER, NULL) };
    g_autoptr(bulk_writer) writer = bulk_writer_new(self->path);
    fixture_fill(&other);
    watch(self->db, self->inbox);
    watch(other.db, other.inbox);
    put_by_writer(self, writer, MANY);
    bulk_writer_free(g_steal_pointer(&writer)); /* the people come last */
    put_many(other.db, other.inbox, 0, MANY, false);
    assert_true(fixture_number(self->db, "SELECT count(*) FROM arrivals") > MANY / 2);
    fixture_recount(self->db);
    g_autofree char *alone = view_of(other.db), *together = view_of(self->db);
    assert_string_equal(alone, together);
    store_close(other.db);
}

static void a_writer_tells_what_went_wrong_and_ends(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "mail.db", "below", NULL);
    g_autoptr(bulk_writer) writer = bulk_writer_new(path), idle = bulk_writer_new(self->path);
    g_autoptr(GError) error = NULL;
    struct letter letter;
    struct bulk_row row = row_of(&letter, 1);
    size_t left = 7;
    assert_true(bulk_writer_wait(writer, &left, &error));
    assert_int_equal(left, 0);
    bulk_writer_put(writer, self->inbox, &row, 1);
    assert_false(bulk_writer_wait(writer, &left, &error));
    assert_non_null(error);
    bulk_writer_put(idle, self->inbox, &row, 1); /* ends with its batch under way */
    bulk_writer_free(g_steal_pointer(&idle));
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM placements"), 1);
    g_free(letter.id);
    g_free(letter.references);
    g_free(letter.address);
}

/* The writer's connection has no triggers, and those keep the orders. */
static void a_folder_that_is_sorted_otherwise_too_keeps_its_orders(void **state)
{
    struct fixture *self = *state;
    g_autoptr(bulk_writer) writer = bulk_writer_new(self->path);
    assert_true(store_run(self->db, NULL, "INSERT INTO folder_orders(folder_id, sort, is_ready) VALUES(?, 1, 1)", NUM(self->inbox)));
    put_by_writer(self, writer, BATCH);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM folder_order"), BATCH);
}

static void the_names_of_messages_are_made_anew(void **state)
{
    struct fixture *self = *state;
    put_many(self->db, self->inbox, 0, 300, true);
    put_many(self->db, self->archive, 100, 100, true);
    g_autofree char *before = view_of(self->db);
    assert_true(store_exec(self->db,
                           "UPDATE thread_refs SET message_id = NULL; UPDATE thread_refs SET message_id = 123456 WHERE hash % 3 = 0;"
                           " DELETE FROM thread_refs WHERE hash % 5 = 0 AND hash IN (SELECT message_hash FROM messages);"
                           " DELETE FROM message_twins; " SCHEMA_NAME_MESSAGES,
                           NULL));
    g_autofree char *after = view_of(self->db);
    assert_string_equal(before, after);
}

static void where_something_is_awaited_all_are_left(void **state)
{
    struct fixture *self = *state;
    GError *error = NULL;
    int64_t id = fixture_put(self->db, self->archive, 1, "l1@example.test", NULL, 1000);
    assert_true(intent_move(self->db, &id, 1, self->inbox, &error) != 0);
    assert_int_equal(put_many(self->db, self->inbox, 0, 50, true), 50);
    assert_int_equal(put_many(self->db, self->trash, 0, 50, true), 0);
    fixture_recount(self->db);
}

static void the_number_0_is_refused_as_ever(void **state)
{
    struct fixture *self = *state;
    struct message_info info = fixture_info("a@x", NULL, 1);
    struct bulk_row row = { .info = &info };
    size_t left = 0;
    assert_true(store_bulk_put(self->db, self->inbox, &row, 1, NULL, &left, NULL));
    assert_int_equal(left, 1);
    assert_true(row.is_left);
}

static void a_folder_that_went_is_an_error_and_nothing_is_changed(void **state)
{
    struct fixture *self = *state;
    struct message_info info = fixture_info("a@x", NULL, 1);
    struct bulk_row row = { .uid = 1, .info = &info };
    size_t left = 0;
    g_autoptr(GError) error = NULL;
    assert_false(store_bulk_put(self->db, 4711, &row, 1, NULL, &left, &error));
    assert_non_null(error);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 0);
    fixture_recount(self->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_at_once_are_what_each_alone_would_be, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_thread_of_its_own_writes_the_same, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_writer_tells_what_went_wrong_and_ends, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(where_something_is_awaited_all_are_left, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_is_sorted_otherwise_too_keeps_its_orders, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_names_of_messages_are_made_anew, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_number_0_is_refused_as_ever, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_went_is_an_error_and_nothing_is_changed, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
