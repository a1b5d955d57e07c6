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
    if (is_together && !store_bulk_put(db, folder_id, rows, (size_t)count, NULL, NULL, &left, &error))
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

static const char rows_seen[] =
    "SELECT folder_id || ' ' || uid || ' ' || flags || ' ' || server_flags || ' ' || sort_key || ' ' || modseq || ' ' ||"
    " coalesce(keywords, '-') || ' ' || coalesce(server_keywords, '-') || ' ' || coalesce(m.message_id, '-') || ' ' || m.subject ||"
    " coalesce(m.refs, '-') || ' ' || (SELECT min(q.folder_id * 100000 + q.uid) FROM placements AS q WHERE q.thread_id = p.thread_id)"
    " FROM placements AS p JOIN messages AS m ON m.id = p.message_id ORDER BY folder_id, uid";
static const char nameless[] =
    "SELECT 'nameless ' || m.id FROM messages AS m WHERE message_hash IS NOT NULL AND id NOT IN " STORE_MESSAGES_OF_HASH("m.message_hash");

/* Everything a person could see of it, without the numbers that depend on the order. A conversation is named by its smallest member. */
static char *view_of(store *db)
{
    static const char *const questions[] = {
        rows_seen,
        "SELECT address || ' ' || coalesce(name, '-') || ' ' || sent || ' ' || received || ' ' || last_utc FROM contacts ORDER BY address",
        "SELECT count(*) FROM contact_words",
        "SELECT count(*) FROM messages",
        "SELECT count(*) || ' ' || count(message_id) FROM message_refs",
        "SELECT count(*) FROM message_twins",
        nameless,
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

/* The next message's number, as in a store that has grown: the ids it brings lie in another part (core/message_ref). */
static void grow_to(store *db, int64_t number)
{
    assert_true(store_exec(db, "DELETE FROM sqlite_sequence WHERE name = 'messages'", NULL) &&
                store_run(db, NULL, "INSERT INTO sqlite_sequence(name, seq) VALUES('messages', ?)", NUM(number - 1)));
}

static void conversations_are_found_through_all_parts(void **state)
{
    struct fixture *self = *state;
    g_autofree char *path = g_build_filename(self->directory, "other.db", NULL);
    struct fixture other = { .db = store_open(path, STORE_UI, NULL) };
    fixture_fill(&other);
    store *const stores[] = { self->db, other.db };
    for (int i = 0; i < 2; i++) {
        for (int part = 0; part < 5; part++) {
            grow_to(stores[i], (part << 16) + 65500); /* the end of it lies in the next */
            put_many(stores[i], self->inbox, part * 200, 200, i == 1);
        }
        fixture_recount(stores[i]);
        assert_int_equal(fixture_number(stores[i], "SELECT count(*) FROM ref_parts"), 6);
        assert_int_equal(fixture_number(stores[i], "SELECT count(DISTINCT key >> 56) FROM message_refs"), 6);
        assert_int_equal(fixture_number(stores[i], "SELECT count(*) - count(DISTINCT key & " MESSAGE_REF_BITS ") FROM message_refs"), 0);
    }
    g_autofree char *alone = view_of(stores[0]), *together = view_of(stores[1]);
    assert_string_equal(alone, together);
    store_close(other.db);
}

static void put_through(store *db, int64_t folder_id, uint32_t uid, const char *id, const char *references, id_sieve *sieve)
{
    struct message_info info = fixture_info(id, references, 1000 + uid);
    struct bulk_row row = { .uid = uid, .info = &info };
    size_t left = 1;
    assert_true(store_bulk_put(db, folder_id, &row, 1, NULL, sieve, &left, NULL));
    assert_int_equal(left, 0);
}

#define THREADS "SELECT count(DISTINCT thread_id) FROM messages"

/* What another connection notes, alone and by the hundred, and what a transaction that failed took back. */
static void a_sieve_follows_what_others_note(void **state)
{
    struct fixture *self = *state;
    g_autoptr(id_sieve) sieve = id_sieve_new(), theirs = id_sieve_new();
    store *other = store_open(self->path, STORE_WORKER, NULL);
    assert_true(id_sieve_fill(sieve, self->db, NULL) && id_sieve_fill(theirs, other, NULL));
    assert_true(id_sieve_is_new(sieve, store_hash("a@x")));
    put_through(self->db, self->inbox, 1, "a@x", NULL, sieve);
    assert_false(id_sieve_is_new(sieve, store_hash("a@x")));
    put_through(other, self->archive, 1, "b@x", "a@x", theirs);
    fixture_put(other, self->archive, 2, "c@x", "b@x", 2000);
    put_through(self->db, self->inbox, 2, "d@x", "c@x", sieve);
    put_through(self->db, self->inbox, 3, "b@x", "a@x", sieve); /* the same message */
    assert_int_equal(fixture_number(self->db, THREADS), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 4);
    assert_true(store_begin(self->db, NULL));
    put_through(self->db, self->inbox, 4, "e@x", "d@x", sieve);
    store_rollback(self->db);
    id_sieve_forget(sieve);
    assert_true(id_sieve_fill(sieve, self->db, NULL));
    assert_true(id_sieve_is_new(sieve, store_hash("e@x")));
    put_through(self->db, self->inbox, 4, "f@x", "d@x", sieve);
    assert_int_equal(fixture_number(self->db, THREADS), 1);
    store_close(other);
    fixture_recount(self->db);
}

/* The ids of both, and those that are only referred to by them. */
static void joined_conversations_take_their_ids_along(void **state)
{
    struct fixture *self = *state;
    fixture_put(self->db, self->inbox, 1, "a@x", "root-of-a@x", 1000);
    fixture_put(self->db, self->inbox, 2, "b@x", "root-of-b@x", 1001);
    assert_int_equal(fixture_number(self->db, THREADS), 2);
    fixture_put(self->db, self->inbox, 3, "c@x", "a@x b@x", 1002);
    assert_int_equal(fixture_number(self->db, THREADS), 1);
    fixture_put(self->db, self->inbox, 4, "d@x", "root-of-a@x", 1003);
    fixture_put(self->db, self->inbox, 5, "e@x", "root-of-b@x", 1004);
    fixture_put(self->db, self->inbox, 6, "f@x", "b@x", 1005);
    assert_int_equal(fixture_number(self->db, THREADS), 1);
    assert_int_equal(fixture_number(self->db, "SELECT count(DISTINCT thread_id) FROM message_refs"), 1);
    fixture_recount(self->db);
}

/* As format 20 had it: one tree by the whole hash. */
static const char as_format_20[] = "ALTER TABLE outbox DROP COLUMN set_utc; ALTER TABLE outbox DROP COLUMN taker;"
                                   "ALTER TABLE intents DROP COLUMN set_utc;"
                                   "CREATE TABLE thread_refs(hash INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL, message_id INTEGER);"
                                   "CREATE INDEX thread_refs_by_thread ON thread_refs(thread_id);"
                                   "INSERT INTO thread_refs SELECT coalesce(m.message_hash, r.key & " MESSAGE_REF_BITS "), r.thread_id,"
                                   " r.message_id FROM message_refs AS r LEFT JOIN messages AS m ON m.id = r.message_id;"
                                   "DROP TABLE message_refs; DROP TABLE ref_parts; PRAGMA user_version = 20";

static void a_store_with_one_tree_of_ids_is_brought_up_to_date(void **state)
{
    struct fixture *self = *state;
    put_many(self->db, self->inbox, 0, 300, true);
    put_many(self->db, self->archive, 100, 100, true);
    g_autofree char *before = view_of(self->db);
    assert_true(store_exec(self->db, as_format_20, NULL));
    store_close(self->db);
    self->db = store_open(self->path, STORE_UI, NULL);
    assert_non_null(self->db);
    g_autofree char *after = view_of(self->db);
    assert_string_equal(before, after);
    put_many(self->db, self->inbox, 300, 300, true); /* their answers find them */
    fixture_recount(self->db);
    g_autofree char *path = g_build_filename(self->directory, "other.db", NULL);
    struct fixture other = { .db = store_open(path, STORE_UI, NULL) };
    fixture_fill(&other);
    put_many(other.db, other.inbox, 0, 300, true);
    put_many(other.db, other.archive, 100, 100, true);
    put_many(other.db, other.inbox, 300, 300, true);
    g_autofree char *wanted = view_of(other.db), *got = view_of(self->db);
    assert_string_equal(got, wanted);
    store_close(other.db);
}

/* Reading all ids costs more than asking for a few. */
static void a_sieve_of_a_large_store_is_filled_when_it_pays(void **state)
{
    struct fixture *self = *state;
    g_autoptr(id_sieve) sieve = id_sieve_new();
    grow_to(self->db, 100000);
    assert_true(id_sieve_fill(sieve, self->db, NULL));
    assert_false(id_sieve_is_new(sieve, store_hash("a@x")));
    for (int i = 0; i < 4000; i++)
        id_sieve_is_new(sieve, i);
    assert_true(id_sieve_fill(sieve, self->db, NULL));
    assert_true(id_sieve_is_new(sieve, store_hash("a@x")));
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
                           "UPDATE message_refs SET message_id = NULL; UPDATE message_refs SET message_id = 123456 WHERE key % 3 = 0;"
                           " DELETE FROM message_refs WHERE key % 5 = 0 AND key IN (SELECT message_hash & " MESSAGE_REF_BITS
                           " FROM messages);"
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
    assert_true(store_bulk_put(self->db, self->inbox, &row, 1, NULL, NULL, &left, NULL));
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
    assert_false(store_bulk_put(self->db, 4711, &row, 1, NULL, NULL, &left, &error));
    assert_non_null(error);
    assert_int_equal(fixture_number(self->db, "SELECT count(*) FROM messages"), 0);
    fixture_recount(self->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_at_once_are_what_each_alone_would_be, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(conversations_are_found_through_all_parts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_sieve_follows_what_others_note, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(joined_conversations_take_their_ids_along, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_with_one_tree_of_ids_is_brought_up_to_date, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_sieve_of_a_large_store_is_filled_when_it_pays, fixture_setup, fixture_teardown),
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
